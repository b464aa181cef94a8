// The cell: the macro CELL 0 is elman, 1 lstm, 2 gru, 3 slstm.
//
// A cell is a policy: it says how many gates, biases, states and saved values it has, and computes one unit's step, forward and
// back. To add one, write its file, name it here, in `cells/mod.rs` and both `sources.rs`, and write its step again in
// `reference/mod.rs` and in `reference/backward/cells.rs`.
//
//   gates    rows of R and of Wx for each unit
//   biases   rows of b for each unit; the first `gates` of them belong to the gates
//   states   h and what else passes from step to step; a cell keeps all but h in `memory`, all fp32
//   saved    values that the backward pass needs beside the states, written in training; they follow from the gates alone, so that
//            the backward pass may compute them again, for all steps at once (backward/saved_again.cuh)
//   step     recurrent: (R h)[gate]; input: Wx[gate]; h: the unit's last h on entry, its next one on return
//
// and for the way back:
//
//   back               d: the gradient of the states after the step on entry, h first, of those before it on return, without
//                      what comes through R; before, after: the states; of_bias: the gradient of each bias. Those of the
//                      first `gates` biases are those of R h.
//   input_bias         the bias whose gradient is that of Wx[gate]
//   back_reads_before  whether it reads h before the step
//   back_reads_after   or the one after it
//   scaled_gate        the gate whose R h is multiplied by saved value 0 before it meets Wx, or -1
#ifndef CONSTRINT_RNN_HAS_CELL
#define CONSTRINT_RNN_HAS_CELL

#include "../device/math.cuh"
#include "element.cuh"
#include "numbers.cuh"

#if CONSTRINT_RNN(CELL) == 0
#include "cells/elman.cuh"
#elif CONSTRINT_RNN(CELL) == 1
#include "cells/lstm.cuh"
#elif CONSTRINT_RNN(CELL) == 2
#include "cells/gru.cuh"
#elif CONSTRINT_RNN(CELL) == 3
#include "cells/slstm.cuh"
#else
#error "CELL must be 0 (elman), 1 (lstm), 2 (gru) or 3 (slstm)"
#endif

#endif  // CONSTRINT_RNN_HAS_CELL
