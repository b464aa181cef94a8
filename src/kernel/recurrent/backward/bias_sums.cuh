// The gradients of b: each lane adds up those of its units over all steps and parts of the batch, and leaves the sum for the
// kernel that adds up what all blocks have left, always in the same order.
#pragma once

#include "../../device/warp.cuh"
#include "../place.cuh"
#include "arguments.cuh"

namespace constrint::rnn_backward {

class BiasSums {
public:
    CONSTRINT_DEVICE BiasSums() {
#pragma unroll
        for (int index = 0; index < count; ++index) {
#pragma unroll
            for (int bias = 0; bias < Cell::biases; ++bias) sums_[index][bias] = 0.0f;
        }
    }

    // A slot's gradients; SLOT is known to the compiler.
    CONSTRINT_DEVICE void add(int slot, const float (&of_bias)[Cell::biases]) {
        const int index = warps_along_k == 1 ? lane_unit_of_slot(slot) : slot;
#pragma unroll
        for (int bias = 0; bias < Cell::biases; ++bias) sums_[index][bias] += of_bias[bias];
    }

    // Four lanes have the same units, of different sequences. The place is computed anew, so that no register keeps it meanwhile.
    CONSTRINT_DEVICE void store(const Arguments& arguments, const Place& place) const {
        const Slots slots(place);
        const int block_part = static_cast<int>(blockIdx.z) * bias_parts_per_block;
        const int64_t row_stride = static_cast<int64_t>(arguments.heads) * head_dim;
#pragma unroll
        for (int index = 0; index < count; ++index) {
            if (warps_along_k > 1 && !slots.is_owned(index)) continue;
            const int slot = slots.index(index);
            const int unit = place.first_unit + slots.first_unit +
                             (warps_along_k == 1 ? offset_of_lane_unit(index) : slots.unit_offset(index));
            const int part =
                block_part + (warps_along_k == 1 ? 0 : batch_tile_of_slot(slot) * 2 + column_of_slot(slot));
            const bool is_mine = place.quarter() == 0 && place.head < arguments.heads && unit < head_dim;
            float* address = arguments.sums + part * Cell::biases * row_stride + place.head * head_dim + unit;
#pragma unroll
            for (int bias = 0; bias < Cell::biases; ++bias) {
                float sum = sums_[index][bias];
                sum += device::shuffle_xor(sum, 1);
                sum += device::shuffle_xor(sum, 2);
                if (is_mine) device::store_global(address + bias * row_stride, sum);
            }
        }
    }

private:
    // Slots of the same unit share a sum.
    static constexpr int count = warps_along_k == 1 ? units_per_lane : owned_slots;

    float sums_[count][Cell::biases];
};

}  // namespace constrint::rnn_backward
