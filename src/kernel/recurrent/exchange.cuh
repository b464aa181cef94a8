// What the blocks of a head and part of the batch share in global memory: flags and two copies of h, or two copies of h whose
// words carry their own flags.
#ifndef CONSTRINT_RNN_HAS_EXCHANGE
#define CONSTRINT_RNN_HAS_EXCHANGE

#include "config.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

// A flag for each warp that stores.
constexpr int flags_per_block = warps_along_units * owning_warps;
constexpr int flags_bytes = is_words ? 0 : device::ceil_div(blocks_per_head * flags_per_block * 4, 128) * 128;

// A copy of h: rows of elements, or of words of 32 bits.
constexpr int exchange_row_bytes = is_words ? hidden_row_bytes / element_bytes * 4 : hidden_row_bytes;
constexpr int exchange_buffer_bytes = batch_per_block * exchange_row_bytes;

constexpr int64_t exchange_bytes = flags_bytes + 2 * static_cast<int64_t>(exchange_buffer_bytes);

// The part of the workspace that belongs to the block's head and part of the batch.
CONSTRINT_DEVICE unsigned char* own_exchange(unsigned char* workspace) {
    return workspace + (static_cast<int64_t>(blockIdx.z) * gridDim.y + blockIdx.y) * exchange_bytes;
}

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_EXCHANGE
