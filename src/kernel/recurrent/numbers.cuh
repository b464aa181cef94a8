// The configuration's numbers: CONSTRINT_RNN(NAME) is the pass's macro CONSTRINT_RNN_<PASS>_<NAME>. Each pass includes its
// config_header.cuh before all else, which says so, and whether it is the way back.
//
// What is here belongs to the pass that includes it, in a namespace of its name, CONSTRINT_RNN_PASS. A file that calls both passes
// includes the shared headers twice (begin_pass.cuh).
#if !defined(CONSTRINT_RNN_PASS)
#error "no pass: include forward/config_header.cuh or backward/config_header.cuh first"
#endif
