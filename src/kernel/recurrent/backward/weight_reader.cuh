// R as the backward pass multiplies by it: transposed, a row for each old unit j, and along k the gates of each new unit i beside
// each other, so that column i G + g of row j is R[g, i, j].
#pragma once

#include "../weights.cuh"
#include "arguments.cuh"

namespace constrint::rnn_backward {

// Reads R's elements. A lane's rows are neighbours: those of 16 bits come in pairs, where each pair is a word.
class WeightReader {
public:
    CONSTRINT_DEVICE WeightReader(const Arguments& arguments, const Place& place)
        : unit_(place.first_unit + place.first_unit_of_warp() + units_between_groups * place.group()),
          k_(place.first_k()),
          quarter_(place.quarter()),
          is_head_(place.head < arguments.heads),
          gate_stride_(static_cast<int64_t>(arguments.heads) * head_dim * head_dim),
          base_(arguments.weights + static_cast<int64_t>(place.head) * head_dim * head_dim + unit_) {}

    // The A fragment: register 0 is row g, the word of half 0; 1 row g + 8, half 0; 2 row g, half 1; 3 row g + 8, half 1.
    CONSTRINT_DEVICE void read(uint32_t (&words)[4], int step, int tile) const {
        static_assert(rows_per_unit == 1 && is_paired, "rows g and g + 8 are neighbouring units");
        const int unit = offset_of_lane_unit(2 * tile);
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int lane_k = k_ + quarter_ * factors_per_quarter(step);
            const int k = factor_of_word(step, half);
            const Pair first = pair(unit, lane_k, k);
            if constexpr (factors_per_word == 1) {
                words[2 * half] = first.word[0];
                words[2 * half + 1] = first.word[1];
            } else {
                const uint32_t lower = first.word[0];
                const uint32_t upper = pair(unit, lane_k, k + 1).word[0];
                words[2 * half] = device::join_lower_halves(lower, upper);
                words[2 * half + 1] = lower >> 16 | (upper & 0xffff0000u);
            }
        }
    }

private:
    // Unit `unit` of the lane in column lane_k + k; the latter known to the compiler.
    CONSTRINT_DEVICE const element* address(int unit, int lane_k, int k) const {
        // Where a lane's columns begin with a unit, which gate a column is is known as well.
        constexpr bool is_regular = warp_steps % 2 == 0 && 4 * factors_per_word % gates == 0;
        const int gate = is_regular ? k % gates : (lane_k + k) % gates;
        const int new_unit = is_regular ? lane_k / gates + k / gates : (lane_k + k) / gates;
        return base_ + (gate * gate_stride_ + static_cast<int64_t>(new_unit) * head_dim + unit);
    }

    CONSTRINT_DEVICE bool is_inside(int unit, int k) const { return is_head_ && unit_ + unit < head_dim && k < depth; }

    // An element as a factor; zero outside of R.
    CONSTRINT_DEVICE uint32_t bits(int unit, int lane_k, int k) const {
        return is_inside(unit, lane_k + k) ? to_factor(device::load_global_read_only(address(unit, lane_k, k))).bits : 0;
    }

    // Those of two neighbouring units.
    using Pair = device::words<2 / factors_per_word>;
    CONSTRINT_DEVICE Pair pair(int unit, int lane_k, int k) const {
        Pair both{};
        if constexpr (head_dim % 2 == 0) {
            if (!is_inside(unit, lane_k + k)) return both;
            both = device::load_global_read_only(reinterpret_cast<const Pair*>(address(unit, lane_k, k)));
            if constexpr (factors_per_word == 1) {
#pragma unroll
                for (int i = 0; i < 2; ++i) both.word[i] = device::round_to<factor>(device::bits_as<float>(both.word[i])).bits;
            }
        } else {
            both.word[0] = bits(unit, lane_k, k);
            const uint32_t other = bits(unit + 1, lane_k, k);
            both.word[1 / factors_per_word] |= other << (32 / factors_per_word % 32);
        }
        return both;
    }

    int unit_;
    int k_;
    int quarter_;
    bool is_head_;
    int64_t gate_stride_;
    const element* base_;
};

}  // namespace constrint::rnn_backward
