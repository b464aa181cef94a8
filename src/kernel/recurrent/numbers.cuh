// The configuration's numbers: macros CONSTRINT_RNN_FORWARD_<NAME>, which each pass includes first (forward/config_header.cuh),
// or from -D flags.
#pragma once

#if !defined(CONSTRINT_RNN_FORWARD_HEAD_DIM)
#error "no configuration: include the generated header, or give CONSTRINT_RNN_FORWARD_HEAD_DIM and the others as -D flags"
#endif
