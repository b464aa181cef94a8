// What the backward pass has beside ../config.cuh.
#pragma once

#include "../config.cuh"

namespace constrint::rnn_backward {

using namespace recurrent::backward;

// Whether the gradient of h that a step hands to the step before is clipped, and whether it goes through R at all.
constexpr bool clips_gradient = CONSTRINT_RNN(GRADIENT_CLIP) == 1;
constexpr bool is_cut = CONSTRINT_RNN(GRADIENT_CUT) == 1;
// Whether the saved values are computed again instead of read as forward saved them.
constexpr bool recomputes = CONSTRINT_RNN(RECOMPUTE) == 1;
// Parts of all sequences and steps whose gradients of R are summed up side by side, and then added.
constexpr int weight_parts = CONSTRINT_RNN(WEIGHT_PARTS);
// Whether they are added as they come, and not in their order.
constexpr bool adds_atomically = CONSTRINT_RNN(GRADIENT_SUMS_ATOMIC) == 1 && weight_parts > 1;

// Whether h of a step stays in registers until the step is done, and whether it is loaded at all.
constexpr bool keeps_hidden = Cell::back_reads_after || is_clipped;
constexpr bool loads_hidden = Cell::back_reads_before || keeps_hidden;
// Whether a cell hands a gradient of h to the step before that does not go through R.
constexpr bool passes_hidden = Cell::back_reads_before;

// Sums of the gradients of b that a block leaves for each unit: a warp that computes all sequences of a unit adds them up.
constexpr int bias_parts_per_block = warps_along_k == 1 ? 1 : 2 * batch_tiles;

constexpr int weights_offset = own_offset;

static_assert(CONSTRINT_RNN(GRADIENT_CLIP) == 0 || CONSTRINT_RNN(GRADIENT_CLIP) == 1, "GRADIENT_CLIP must be 0 or 1");
static_assert(CONSTRINT_RNN(GRADIENT_CUT) == 0 || CONSTRINT_RNN(GRADIENT_CUT) == 1, "GRADIENT_CUT must be 0 or 1");
static_assert(CONSTRINT_RNN(RECOMPUTE) == 0 || CONSTRINT_RNN(RECOMPUTE) == 1, "RECOMPUTE must be 0 or 1");
static_assert(CONSTRINT_RNN(GRADIENT_SUMS_ATOMIC) == 0 || CONSTRINT_RNN(GRADIENT_SUMS_ATOMIC) == 1,
              "GRADIENT_SUMS_ATOMIC must be 0 or 1");
static_assert(!recomputes || Cell::saved > 0, "RECOMPUTE must be 0 where the cell saves nothing");
static_assert(owned_slots <= (warps_along_k == 1 ? 12 : 8),
              "a lane has at most 12 units and sequences, 8 with several WARPS_ALONG_K: fewer GROUPS_PER_WARP or BATCH_TILES");
static_assert(weight_parts >= 1 && weight_parts <= 65535, "WEIGHT_PARTS must be 1 to 65535");
static_assert(shared_memory_bytes == static_cast<long long>(weights_offset) + weights_bytes,
              "SHARED_MEMORY_BYTES must be the bytes of gradients, partial sums and R");

}  // namespace constrint::rnn_backward
