// R as the forward pass multiplies by it: a row for each gate of a unit, a column for each unit that is summed over.
#pragma once

#include "../weights.cuh"
#include "arguments.cuh"

namespace constrint::rnn_forward {

// Reads R's elements. An address is one of `gates` pointers and a distance that the compiler knows, so that few registers
// hold addresses while many wait for R.
class WeightReader {
public:
    CONSTRINT_DEVICE WeightReader(const Arguments& arguments, const Place& place)
        : unit_(place.first_unit + place.first_unit_of_warp() + units_between_groups * place.group()),
          k_(place.first_k()),
          quarter_(place.quarter()),
          is_head_(place.head < arguments.heads) {
#pragma unroll
        for (int gate = 0; gate < gates; ++gate) {
            const int64_t row = (static_cast<int64_t>(gate) * arguments.heads + place.head) * head_dim + unit_;
            rows_[gate] = arguments.weights + row * head_dim + k_;
        }
    }

    // The A fragment: register 0 is row g, the word of half 0; 1 row g + 8, half 0; 2 row g, half 1; 3 row g + 8, half 1.
    CONSTRINT_DEVICE void read(uint32_t (&words)[4], int step, int tile) const {
        const int tile_in_group = tile % tiles_per_group;
        const int first_unit = tile / tiles_per_group * (units_per_group / 8);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const int gate = rows_per_unit == 2 ? tile_in_group * 2 + i % 2 : tile_in_group;
            const int unit = offset_of_lane_unit(first_unit + (rows_per_unit == 2 ? 0 : i % 2));
            words[i] = read_word(gate, unit, factor_of_word(step, i / 2), quarter_ * factors_per_quarter(step));
        }
    }

private:
    static constexpr bool fills_units = blocks_per_head * units_per_block == head_dim && heads_per_block == 1;
    static constexpr bool fills_k = warps_along_k * slice_factors == head_dim;

    // Columns k and, if a word has two factors, k + 1 of a row of R; zero outside of R.
    CONSTRINT_DEVICE uint32_t read_word(int gate, int unit, int k, int lane_k) const {
        const element* address = rows_[gate] + lane_k + (unit * head_dim + k);
        const bool is_row = fills_units || (is_head_ && unit_ + unit < head_dim);
        const bool is_inside = is_row && (fills_k || k_ + lane_k + k < head_dim);
        if constexpr (head_dim % factors_per_word != 0) {
            const bool is_second = is_row && k_ + lane_k + k + 1 < head_dim;
            const factor first = is_inside ? to_factor(device::load_global(address)) : factor{0};
            const factor second = is_second ? to_factor(device::load_global(address + 1)) : factor{0};
            return word_of(first, second);
        } else if constexpr (factors_per_word == 2) {
            return is_inside ? device::load_global(reinterpret_cast<const device::words<1>*>(address)).word[0] : 0;
        } else {
            return is_inside ? to_factor(device::load_global(address)).bits : 0;
        }
    }

    const element* rows_[gates];
    int unit_;
    int k_;
    int quarter_;
    bool is_head_;
};

}  // namespace constrint::rnn_forward
