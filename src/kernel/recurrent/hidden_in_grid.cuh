// Variant flags: the blocks of a head hand h to each other through L2.
//
// A warp that has stored its part of h raises a flag; a warp that needs a slice of h waits for the flags of the blocks
// that compute this slice, and reads it straight from L2 into its fragments. There are two copies of h. The copy that a
// step writes was read in the step before: whoever writes has seen, through its block's barrier, the flags of all blocks of
// the head, and a block raises its flags after the barrier behind its last read.
#ifndef CONSTRINT_RNN_HAS_HIDDEN_IN_GRID
#define CONSTRINT_RNN_HAS_HIDDEN_IN_GRID

#include "../device/barrier.cuh"
#include "../device/flag.cuh"
#include "exchange.cuh"
#include "place.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

class HiddenInGrid {
public:
    CONSTRINT_DEVICE HiddenInGrid(unsigned char* workspace, const Place& place)
        : lane_(place.lane),
          row_offset_(place.group() * hidden_row_bytes + place.first_k() * element_bytes),
          quarter_(place.quarter()),
          first_factor_(place.first_unit * factors_per_unit) {
        unsigned char* mine = own_exchange(workspace);
        flags_ = reinterpret_cast<uint32_t*>(mine);
        hidden_ = mine + flags_bytes;
        const int block = static_cast<int>(blockIdx.x);
        own_flag_ = block * flags_per_block + place.along_units * owning_warps + place.along_k;
        owns_flag_ = place.along_k < owning_warps;
        first_flag_ = place.first_k() / factors_per_block * flags_per_block;
        const int end = device::minimum(place.first_k() + slice_factors, depth);
        end_flag_ = device::ceil_div(end, factors_per_block) * flags_per_block;
    }

    CONSTRINT_DEVICE void turn() { copy_ ^= 1; }

    // Tells the other blocks that the warp's part of the h that was stored last is there. The release waits for all stores
    // before it: what nobody waits for is better stored behind it.
    CONSTRINT_DEVICE void publish() {
        ++count_;
        if (!owns_flag_) return;
        device::warp_barrier();
        if (lane_ == 0) device::store_release(flags_ + own_flag_, count_);
    }

    // Waits until the warp's slice of as many h is there as the block has published.
    CONSTRINT_DEVICE void wait() const {
        const uint32_t* flags[most_flags];
#pragma unroll
        for (int i = 0; i < most_flags; ++i) {
            const int flag = first_flag_ + lane_ + i * lanes;
            flags[i] = flag < end_flag_ ? flags_ + flag : nullptr;
        }
        device::wait_until_all_at_least(flags, count_);
        device::warp_barrier();
    }

    template <int count>
    CONSTRINT_DEVICE device::words<count> fragment(int column, int offset) const {
        const unsigned char* address = hidden_ + copy_ * exchange_buffer_bytes + row_offset_ +
                                       column * (8 * hidden_row_bytes) + offset + quarter_ * 4 * count;
        return device::load_global_coherent(reinterpret_cast<const device::words<count>*>(address));
    }

    // As many factors as VALUE has, which divides where they begin within the block's row.
    template <typename Value>
    CONSTRINT_DEVICE void store(int sequence, int first, Value value) const {
        unsigned char* address = hidden_ + (copy_ ^ 1) * exchange_buffer_bytes + sequence * hidden_row_bytes +
                                 (first_factor_ + first) * element_bytes;
        device::store_global_coherent(reinterpret_cast<Value*>(address), value);
    }

private:
    // Flags that one lane looks at: a slice of k begins anywhere in a block.
    static constexpr int most_flags = device::ceil_div(
        device::minimum(blocks_per_head, device::ceil_div(slice_factors - 1, factors_per_block) + 1) * flags_per_block, lanes);

    int lane_;
    int row_offset_;
    int quarter_;
    int first_factor_;
    int own_flag_;
    bool owns_flag_;
    int first_flag_;
    int end_flag_;
    uint32_t* flags_;
    unsigned char* hidden_;
    int copy_ = 1;
    uint32_t count_ = 0;  // h published so far
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_HIDDEN_IN_GRID
