// Where a thread works: which head, which units, which sequences.
#ifndef CONSTRINT_RNN_HAS_PLACE
#define CONSTRINT_RNN_HAS_PLACE

#include "config.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

// Grid: x counts the blocks of a head, y the heads (in groups of HEADS_PER_BLOCK), z the batch.
struct Place {
    int head_in_block;
    int along_units;  // the warp's place among those side by side along the units
    int along_k;      // and along k
    int lane;
    int head;
    int first_unit;      // of the block, within the head
    int first_sequence;  // of the block

    // Each time from the start, so that the compiler need not keep in registers what only begins a part of the batch.
    CONSTRINT_DEVICE Place() {
        uint64_t thread = threadIdx.x;
        device::forget_origin(thread);
        const int warp = static_cast<int>(thread) / lanes;
        along_k = warp % warps_along_k;
        along_units = warp / warps_along_k % warps_along_units;
        head_in_block = warp / warps_per_head;
        lane = static_cast<int>(thread) % lanes;
        head = static_cast<int>(blockIdx.y) * heads_per_block + head_in_block;
        first_unit = static_cast<int>(blockIdx.x) * units_per_block;
        first_sequence = static_cast<int>(blockIdx.z) * batch_per_block;
    }

    // The same place in the part of the batch that begins with sequence `first`.
    static CONSTRINT_DEVICE Place from_sequence(int first) {
        Place place;
        place.first_sequence = first;
        return place;
    }

    // From one part of the batch that is the block's to the next one.
    static CONSTRINT_DEVICE int sequences_away() { return static_cast<int>(gridDim.z) * batch_per_block; }

    // A lane of a fragment is in row `group()` and `group()` + 8 of A and D, in column `group()` of B, and in columns
    // 2 * `quarter()` and 2 * `quarter()` + 1 of D.
    CONSTRINT_DEVICE int group() const { return lane / 4; }
    CONSTRINT_DEVICE int quarter() const { return lane % 4; }

    CONSTRINT_DEVICE int first_unit_of_warp() const { return along_units * units_per_warp; }
    CONSTRINT_DEVICE int first_k() const { return along_k * slice_factors; }
};

// The unit behind word `half` (0 or 1) of the B fragment of lane quarter 0, the first of `factors_per_word`, within the
// warp's slice; and how many units each further quarter is away.
__host__ __device__ constexpr bool is_single(int step) { return step == warp_steps - 1 && warp_steps % 2 == 1; }
__host__ __device__ constexpr int factor_of_word(int step, int half) {
    if (is_single(step)) return step * step_factors + half * factors_per_word;
    return step / 2 * (2 * step_factors) + (step % 2 * 2 + half) * factors_per_word;
}
__host__ __device__ constexpr int factors_per_quarter(int step) { return (is_single(step) ? 2 : 4) * factors_per_word; }

// Which unit of a lane, and which sequence, a slot of its warp is. Of a pair of neighbouring units each has the slot beside the
// other's; then come the two columns of a lane, the instruction's columns, the other units.
__host__ __device__ constexpr int lane_unit_of_slot(int slot) {
    if (is_paired) return slot / (4 * batch_tiles) * 2 + slot % 2;
    return slot / (2 * batch_tiles);
}
__host__ __device__ constexpr int column_of_slot(int slot) { return (is_paired ? slot / 2 : slot) % 2; }
__host__ __device__ constexpr int batch_tile_of_slot(int slot) { return (is_paired ? slot / 4 : slot / 2) % batch_tiles; }

// How far a lane's n-th unit is from its first one, and a lane's first one from that of the lanes before it.
__host__ __device__ constexpr int offset_of_lane_unit(int unit) { return is_paired ? unit / 2 * 16 + unit % 2 : unit * 8; }
constexpr int units_between_groups = is_paired ? 2 : 1;

// The slots of a lane: its n-th is unit `unit(n)` of the block and sequence `sequence(n)` of the block. The warps along k take the
// warp's slots in turn, SLOT_WIDTH at once. With one warp all is known to the compiler.
struct Slots {
    int first_unit;
    int first_sequence;
    int along_k;

    explicit CONSTRINT_DEVICE Slots(const Place& place)
        : first_unit(place.first_unit_of_warp() + units_between_groups * place.group()),
          first_sequence(2 * place.quarter()),
          along_k(place.along_k) {}

    // Keeps the compiler from holding what follows from it, for each slot, in registers.
    CONSTRINT_DEVICE void forget_origin() {
        uint64_t packed = static_cast<uint64_t>(along_k) << 32 | static_cast<uint64_t>(first_unit) << 8 |
                          static_cast<uint64_t>(first_sequence);
        device::forget_origin(packed);
        along_k = static_cast<int>(packed >> 32);
        first_unit = static_cast<int>(packed >> 8 & 0xffffff);
        first_sequence = static_cast<int>(packed & 0xff);
    }

    // Among the slots of the warp.
    CONSTRINT_DEVICE int index(int slot) const {
        if constexpr (warps_along_k == 1) return slot;
        return (slot / slot_width * warps_along_k + along_k) * slot_width + slot % slot_width;
    }
    CONSTRINT_DEVICE bool is_owned(int slot) const {
        return slots_per_warp % warps_along_k == 0 || index(slot) < slots_per_warp;
    }
    CONSTRINT_DEVICE int unit_offset(int slot) const { return offset_of_lane_unit(lane_unit_of_slot(index(slot))); }
    CONSTRINT_DEVICE int sequence_offset(int slot) const {
        return batch_tile_of_slot(index(slot)) * 8 + column_of_slot(index(slot));
    }
    CONSTRINT_DEVICE int unit(int slot) const { return first_unit + unit_offset(slot); }
    CONSTRINT_DEVICE int sequence(int slot) const { return first_sequence + sequence_offset(slot); }
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_PLACE
