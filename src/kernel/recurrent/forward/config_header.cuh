// Begins this pass: its generated header, where the configuration does not come from -D flags, and what it is called. Included before
// anything that reads its numbers. A file may call both passes: all headers of the one, then all of the other.
#ifndef CONSTRINT_RNN_FORWARD_BEGAN
#define CONSTRINT_RNN_FORWARD_BEGAN

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

#include "../begin_pass.cuh"

#define CONSTRINT_RNN_PASS forward
#define CONSTRINT_RNN_IS_BACKWARD 0
#define CONSTRINT_RNN(NAME) CONSTRINT_RNN_FORWARD_##NAME

#elif CONSTRINT_RNN_IS_BACKWARD != 0
#error "the other pass has begun: include all headers of a pass before those of the next"
#endif
