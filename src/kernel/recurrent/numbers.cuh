// The configuration's numbers: CONSTRINT_RNN(NAME) is the pass's macro CONSTRINT_RNN_<PASS>_<NAME>. Each pass includes its
// config_header.cuh before all else, which says so, and whether it is the way back.
//
// What is here belongs to the pass that includes it: two passes are two translation units, and CONSTRINT_RNN_PASS, the name of an
// inline namespace, keeps them apart where they are linked.
#pragma once

#if !defined(CONSTRINT_RNN_PASS)
#error "no pass: include forward/config_header.cuh or backward/config_header.cuh first"
#endif
