// Variant block: h in shared memory. A step reads one copy and writes the other, so that one barrier a step is enough.
//
// A row is one sequence. The 16-byte pieces of each 128 bytes of row r are exchanged: piece p lies at p XOR swap(r). A
// quarter of a warp reads 64 bytes of two neighbouring rows, and a warp stores to four rows of equal parity; both then fall
// into different banks.
#pragma once

#include "../device/barrier.cuh"
#include "place.cuh"

namespace constrint::recurrent {

class HiddenInBlock {
public:
    CONSTRINT_DEVICE HiddenInBlock(const Arguments&, const Place& place)
        : head_in_block_(place.head_in_block),
          row_(place.group()),
          offset_(place.first_k() * element_bytes),
          quarter_(place.quarter()),
          base_(device::dynamic_shared_memory()) {}

    // Both copies begin as zeros: what lies beyond the last unit stays so.
    CONSTRINT_DEVICE void clear() const {
        for (int i = static_cast<int>(threadIdx.x) * 16; i < hidden_bytes; i += threads * 16) {
            device::store_shared(base_ + static_cast<uint32_t>(i), device::words<4>{{0, 0, 0, 0}});
        }
        device::block_barrier();
    }

    // Makes the h that was stored last the one to be read.
    CONSTRINT_DEVICE void turn() { copy_ ^= 1; }

    // The block's barrier at the end of a step shows h to all who need it.
    CONSTRINT_DEVICE void publish() const {}

    // The warp's slice of h, `count` words from its byte `offset` + 4 `count` `quarter` on, of sequence 8 `column` + group.
    template <int count>
    CONSTRINT_DEVICE device::words<count> fragment(int column, int offset) const {
        const int within = (offset_ + offset + quarter_ * 4 * count) ^ swap(row_);
        return device::load_shared<device::words<count>>(copy(copy_) + static_cast<uint32_t>(
                                                                           (8 * column + row_) * hidden_row_bytes + within));
    }

    CONSTRINT_DEVICE void store(int sequence, int unit, factor value) const {
        const int within = (unit * element_bytes) ^ swap(sequence);
        device::store_shared(copy(copy_ ^ 1) + static_cast<uint32_t>(sequence * hidden_row_bytes + within), value);
    }

private:
    // Which pieces of a row are exchanged, in bytes.
    static CONSTRINT_DEVICE int swap(int row) { return ((row & 1) << 2 | (row >> 1 & 3)) * 16; }

    CONSTRINT_DEVICE uint32_t copy(int index) const {
        return base_ + static_cast<uint32_t>((index * heads_per_block + head_in_block_) * hidden_buffer_bytes);
    }

    int head_in_block_;
    int row_;
    int offset_;
    int quarter_;
    uint32_t base_;
    int copy_ = 1;
};

}  // namespace constrint::recurrent
