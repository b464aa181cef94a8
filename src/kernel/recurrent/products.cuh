// A warp's sums, g = R h or on the way back R^T d, over its slice of k, and their way to the pointwise part.
#ifndef CONSTRINT_RNN_HAS_PRODUCTS
#define CONSTRINT_RNN_HAS_PRODUCTS

#include "../device/mma.cuh"
#include "place.cuh"
#include "weights.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

struct Sums {
    float of[tiles_per_warp][batch_tiles][4];

    CONSTRINT_DEVICE void clear() {
#pragma unroll
        for (int tile = 0; tile < tiles_per_warp; ++tile) {
#pragma unroll
            for (int column = 0; column < batch_tiles; ++column) {
#pragma unroll
                for (int i = 0; i < 4; ++i) of[tile][column][i] = 0.0f;
            }
        }
    }

    // Gate `gate` of slot `slot` of the warp; both known to the compiler.
    CONSTRINT_DEVICE float gate_of_slot(int slot, int gate) const {
        const int unit = lane_unit_of_slot(slot);
        const int tile = batch_tile_of_slot(slot);
        const int column = column_of_slot(slot);
        if constexpr (rows_per_unit == 2) {
            return of[unit * tiles_per_group + gate / 2][tile][gate % 2 * 2 + column];
        } else {
            return of[unit / 2 * tiles_per_group + gate][tile][unit % 2 * 2 + column];
        }
    }
};

// Adds the products of one step with the B fragments of all columns of the batch, two words each.
template <bool is_in_registers>
CONSTRINT_DEVICE void multiply_step(Sums& sums, const Weights& weights, int step,
                                    const uint32_t (&hidden)[batch_tiles][2]) {
#pragma unroll
    for (int tile = 0; tile < tiles_per_warp; ++tile) {
        uint32_t fragment[4];
        weights.fragment<is_in_registers>(fragment, step, tile);
#pragma unroll
        for (int column = 0; column < batch_tiles; ++column) {
            device::multiply_accumulate<factor>(sums.of[tile][column], fragment, hidden[column]);
        }
    }
}

// Adds the products of steps `step` and `step` + 1.
template <bool is_in_registers, typename Hidden>
CONSTRINT_DEVICE void multiply_pair(Sums& sums, const Weights& weights, const Hidden& hidden, int step) {
    uint32_t first[batch_tiles][2];
    uint32_t second[batch_tiles][2];
#pragma unroll
    for (int column = 0; column < batch_tiles; ++column) {
        const auto words = hidden.template fragment<4>(column, step * step_bytes);
        first[column][0] = words.word[0];
        first[column][1] = words.word[1];
        second[column][0] = words.word[2];
        second[column][1] = words.word[3];
    }
    multiply_step<is_in_registers>(sums, weights, step, first);
    multiply_step<is_in_registers>(sums, weights, step + 1, second);
}

// Adds the products of all steps.
template <typename Hidden>
CONSTRINT_DEVICE void multiply(Sums& sums, const Weights& weights, const Hidden& hidden) {
    constexpr int paired_steps = warp_steps / 2 * 2;
    constexpr int paired_in_registers = device::minimum(register_steps, paired_steps);
#pragma unroll
    for (int step = 0; step < paired_in_registers; step += 2) multiply_pair<true>(sums, weights, hidden, step);
    // About four fragments of h on their way at once: more would only fill registers. Those that are there are known by number.
    [[maybe_unused]] constexpr int pairs_together =
        is_words ? device::maximum(1, paired_steps / 2) : device::maximum(1, 4 / batch_tiles);
#pragma unroll pairs_together
    for (int step = paired_in_registers; step < paired_steps; step += 2) multiply_pair<false>(sums, weights, hidden, step);
    if constexpr (warp_steps % 2 == 1) {
        uint32_t single[batch_tiles][2];
#pragma unroll
        for (int column = 0; column < batch_tiles; ++column) {
            const auto words = hidden.template fragment<2>(column, paired_steps * step_bytes);
            single[column][0] = words.word[0];
            single[column][1] = words.word[1];
        }
        multiply_step<register_steps == warp_steps>(sums, weights, paired_steps, single);
    }
}

// The sums of the warps along k, brought together in shared memory: each of these warps adds up the slots that it owns,
// always in the order of k, so that equal inputs give equal bits.
class PartialSums {
public:
    explicit CONSTRINT_DEVICE PartialSums(const Place& place)
        : along_k_(place.along_k),
          base_(device::dynamic_shared_memory() +
                static_cast<uint32_t>(partial_offset +
                                      (place.head_in_block * warps_along_units + place.along_units) *
                                          (slots_per_warp * warps_along_k * partial_slot_bytes) +
                                      place.lane * lane_bytes)) {}

    // Takes the next buffer, where there are several.
    CONSTRINT_DEVICE void turn() {
        if constexpr (partial_buffers > 1) buffer_ = static_cast<uint32_t>(partial_buffer_bytes) - buffer_;
    }

    CONSTRINT_DEVICE void store(const Sums& sums) const {
        const uint32_t mine = base_ + buffer_ + static_cast<uint32_t>(along_k_ * partial_slot_bytes);
#pragma unroll
        for (int slot = 0; slot < slots_per_warp; ++slot) {
            const uint32_t address = mine + static_cast<uint32_t>(slot * warps_along_k * partial_slot_bytes);
            if constexpr (sums_per_unit == 4) {
                device::store_shared(address,
                                     device::float_quad{sums.gate_of_slot(slot, 0), sums.gate_of_slot(slot, 1),
                                                        sums.gate_of_slot(slot, 2), sums.gate_of_slot(slot, 3)});
            } else {
#pragma unroll
                for (int gate = 0; gate < sums_per_unit; ++gate) {
                    device::store_shared(address + static_cast<uint32_t>(gate * lanes * 4),
                                         sums.gate_of_slot(slot, gate));
                }
            }
        }
    }

    // The sums of slot `slot` of the warp over all of k.
    CONSTRINT_DEVICE void add_up(float (&recurrent)[sums_per_unit], int slot) const {
#pragma unroll
        for (int gate = 0; gate < sums_per_unit; ++gate) recurrent[gate] = 0.0f;
#pragma unroll
        for (int along_k = 0; along_k < warps_along_k; ++along_k) {
            const uint32_t address = base_ + buffer_ +
                                     static_cast<uint32_t>((slot * warps_along_k + along_k) * partial_slot_bytes);
            if constexpr (sums_per_unit == 4) {
                const auto part = device::load_shared<device::float_quad>(address);
                recurrent[0] += part.first;
                recurrent[1] += part.second;
                recurrent[2] += part.third;
                recurrent[3] += part.fourth;
            } else {
#pragma unroll
                for (int gate = 0; gate < sums_per_unit; ++gate) {
                    recurrent[gate] += device::load_shared<float>(address + static_cast<uint32_t>(gate * lanes * 4));
                }
            }
        }
    }

private:
    // Four gates lie together, for one access; others lie apart, so that lanes are neighbours.
    static constexpr int lane_bytes = sums_per_unit == 4 ? 16 : 4;

    int along_k_;
    uint32_t base_;
    uint32_t buffer_ = 0;
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent

#endif  // CONSTRINT_RNN_HAS_PRODUCTS
