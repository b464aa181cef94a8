// The cell: CONSTRINT_RNN_FORWARD_CELL 0 is elman, 1 lstm, 2 gru, 3 slstm.
//
// A cell is a policy: it says how many gates, biases, states and saved values it has, and computes one unit's step. To
// add one, write its file, name it here, in `cells/mod.rs` and
// `forward/sources.rs`, and write its step again in `reference/mod.rs`.
//
//   gates    rows of R and of Wx for each unit
//   biases   rows of b for each unit; the first `gates` of them belong to the gates
//   states   h and what else passes from step to step; a cell keeps all but h in `memory`, all fp32
//   saved    values that the backward pass needs beside the states, written in training
//   step     recurrent: (R h)[gate]; input: Wx[gate]; h: the unit's last h on entry, its next one on return
#pragma once

#include "../device/math.cuh"
#include "element.cuh"
#include "numbers.cuh"

#if CONSTRINT_RNN_FORWARD_CELL == 0
#include "cells/elman.cuh"
#elif CONSTRINT_RNN_FORWARD_CELL == 1
#include "cells/lstm.cuh"
#elif CONSTRINT_RNN_FORWARD_CELL == 2
#include "cells/gru.cuh"
#elif CONSTRINT_RNN_FORWARD_CELL == 3
#include "cells/slstm.cuh"
#else
#error "CONSTRINT_RNN_FORWARD_CELL must be 0 (elman), 1 (lstm), 2 (gru) or 3 (slstm)"
#endif
