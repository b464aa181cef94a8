// The configuration's numbers: macros CONSTRINT_RNN_FORWARD_<NAME>, from the generated header, or from -D flags.
#pragma once

#if !defined(CONSTRINT_RNN_FORWARD_HEAD_DIM) && !defined(CONSTRINT_NO_CONFIG_HEADER)
#if defined(CONSTRINT_CONFIG_HEADER)
#include CONSTRINT_CONFIG_HEADER
#else
#include "rnn_forward_config.h"
#endif
#endif
#if !defined(CONSTRINT_RNN_FORWARD_HEAD_DIM)
#error "no configuration: include the generated header, or give CONSTRINT_RNN_FORWARD_HEAD_DIM and the others as -D flags"
#endif
