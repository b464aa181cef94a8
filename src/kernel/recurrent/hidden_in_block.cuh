// Variant block: h in shared memory. A step reads one copy and writes the other, so that one barrier a step is enough.
//
// A row is one sequence. The 16-byte pieces of each 128 bytes of row r are exchanged: piece p lies at p XOR swap(r). A
// quarter of a warp reads 64 bytes of two neighbouring rows, and a warp stores 16 or 32 bytes to each of four rows of equal
// parity; all of these then fall into different banks.
#ifndef CONSTRINT_RNN_HAS_HIDDEN_IN_BLOCK
#define CONSTRINT_RNN_HAS_HIDDEN_IN_BLOCK

#include "../device/barrier.cuh"
#include "place.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

class HiddenInBlock {
public:
    CONSTRINT_DEVICE HiddenInBlock(unsigned char*, const Place& place)
        : row_(place.group()),
          offset_(place.first_k() * element_bytes),
          quarter_(place.quarter()),
          base_(device::dynamic_shared_memory()),
          both_(2 * base_ + static_cast<uint32_t>((heads_per_block + 2 * place.head_in_block) * hidden_buffer_bytes)),
          read_(base_ + static_cast<uint32_t>(place.head_in_block * hidden_buffer_bytes)) {}

    // Both copies begin as zeros: what lies beyond the last unit stays so.
    CONSTRINT_DEVICE void clear() const {
        for (int i = static_cast<int>(threadIdx.x) * 16; i < hidden_bytes; i += threads * 16) {
            device::store_shared(base_ + static_cast<uint32_t>(i), device::words<4>{{0, 0, 0, 0}});
        }
        device::block_barrier();
    }

    // Makes the h that was stored last the one to be read.
    CONSTRINT_DEVICE void turn() { read_ = written(); }

    // The block's barrier at the end of a step shows h to all who need it.
    CONSTRINT_DEVICE void publish() const {}

    // The warp's slice of h, `count` words from its byte `offset` + 4 `count` `quarter` on, of sequence 8 `column` + group.
    template <int count>
    CONSTRINT_DEVICE device::words<count> fragment(int column, int offset) const {
        const int within = (offset_ + offset + quarter_ * 4 * count) ^ swap(row_);
        return device::load_shared<device::words<count>>(read_ + static_cast<uint32_t>(
                                                                           (8 * column + row_) * hidden_row_bytes + within));
    }

    // As many factors as VALUE has, which divides where they begin within the block's row.
    template <typename Value>
    CONSTRINT_DEVICE void store(int sequence, int first, Value value) const {
        const int within = (first * element_bytes) ^ swap(sequence);
        device::store_shared(written() + static_cast<uint32_t>(sequence * hidden_row_bytes + within), value);
    }

private:
    // Which pieces of a row are exchanged, in bytes.
    static CONSTRINT_DEVICE int swap(int row) { return ((row & 1) << 2 ^ (row >> 1 & 3) << 1) * 16; }

    // The other copy: the addresses of both add up to what is kept.
    CONSTRINT_DEVICE uint32_t written() const { return both_ - read_; }

    int row_;
    int offset_;
    int quarter_;
    uint32_t base_;
    uint32_t both_;
    uint32_t read_;
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_HIDDEN_IN_BLOCK
