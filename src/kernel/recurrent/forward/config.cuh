// What the forward pass has beside ../config.cuh: what it saves, and Wx on its way.
#pragma once

#include "../config.cuh"

namespace constrint::rnn_forward {

using namespace recurrent::forward;

// Whether what the backward pass needs is saved.
constexpr bool is_training = CONSTRINT_RNN(TRAINING) == 1;
// Whether the backward pass computes again all of it but the states, which alone are stored then.
constexpr bool recomputes = CONSTRINT_RNN(RECOMPUTE) == 1;
constexpr bool saves = is_training && !recomputes && Cell::saved > 0;
// Time steps of Wx in shared memory: the present one and those on their way.
constexpr int stages = CONSTRINT_RNN(STAGES);

// One sequence's inputs of a step: an odd number of 16-byte pieces, so that lanes of different sequences meet in
// different banks.
constexpr int input_row_bytes = (units_per_block * gates * element_bytes / 16 | 1) * 16;
constexpr int input_stage_bytes = heads_per_block * batch_per_block * input_row_bytes;
constexpr int input_bytes = stages * input_stage_bytes;

constexpr int input_offset = own_offset;
constexpr int weights_offset = input_offset + input_bytes;

static_assert(CONSTRINT_RNN(TRAINING) == 0 || CONSTRINT_RNN(TRAINING) == 1, "TRAINING must be 0 or 1");
static_assert(CONSTRINT_RNN(RECOMPUTE) == 0 || CONSTRINT_RNN(RECOMPUTE) == 1, "RECOMPUTE must be 0 or 1");
static_assert(!recomputes || (is_training && Cell::saved > 0), "RECOMPUTE must be 0 where nothing would be saved");
static_assert(stages >= 2, "STAGES must be at least 2");
static_assert(shared_memory_bytes == static_cast<long long>(weights_offset) + weights_bytes,
              "SHARED_MEMORY_BYTES must be the bytes of h, partial sums, Wx and R");

}  // namespace constrint::rnn_forward
