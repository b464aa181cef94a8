// What later steps read, brought into L2 some steps before it is asked for: a step of a small head may take less time than a load from
// memory, and where blocks share a head ptxas lets what is handed over wait for such loads. The threads of the block share the
// sectors of its units in all rows.
#pragma once

#include "../place.cuh"
#include "arguments.cuh"

namespace constrint::rnn_backward {

class Prefetch {
    static constexpr int sector_bytes = 32;
    static constexpr int units = device::minimum(units_per_block, head_dim);
    static constexpr int element_sectors = device::ceil_div(units * element_bytes, sector_bytes);
    static constexpr int memory_sectors = device::ceil_div(units * 4, sector_bytes);
    static constexpr int of_elements = (1 + Cell::saved + loads_hidden) * element_sectors;
    static constexpr int sectors_of_row = of_elements + (Cell::states - 1) * memory_sectors;
    static constexpr int sectors = heads_per_block * batch_per_block * sectors_of_row;
    static constexpr int each = device::ceil_div(sectors, threads);
    // Where a thread would have many sectors a step takes longer than a load.
    static constexpr bool is_used = each <= 4;
    static constexpr int steps_ahead = 4;

public:
    CONSTRINT_DEVICE Prefetch([[maybe_unused]] const Arguments& arguments, [[maybe_unused]] const Place& place) {
        if constexpr (is_used) {
            row_stride_ = static_cast<int64_t>(arguments.heads) * head_dim;
#pragma unroll
            for (int i = 0; i < each; ++i) {
                const int index = static_cast<int>(threadIdx.x) + i * threads;
                const int row_in_block = index / sectors_of_row;
                const int head = place.head - place.head_in_block + row_in_block / batch_per_block;
                const int sequence = place.first_sequence + row_in_block % batch_per_block;
                const int sector = index % sectors_of_row;
                const bool is_memory = sector >= of_elements;
                const int begin = place.first_unit * (is_memory ? 4 : element_bytes) + sector_in_array(sector) * sector_bytes;
                const bool is_inside = index < sectors && head < arguments.heads && sequence < arguments.batch &&
                                       begin < head_dim * (is_memory ? 4 : element_bytes);
                const int64_t last = static_cast<int64_t>(sequence) * arguments.sequence + place_of_last_step(arguments.sequence);
                const int64_t step = last - next_step * steps_ahead;
                address_[i] = row(arguments, sector, step, head) + static_cast<uint64_t>(begin);
                is_inside_ |= static_cast<uint32_t>(is_inside) << i;
                is_memory_ |= static_cast<uint32_t>(is_memory) << i;
            }
        }
    }

    // While step `time` runs.
    CONSTRINT_DEVICE void step([[maybe_unused]] int time) {
        if constexpr (is_used) {
            // States are those of the step before.
            if (time <= steps_ahead) return;
#pragma unroll
            for (int i = 0; i < each; ++i) {
                if ((is_inside_ >> i & 1) != 0) device::prefetch_global(reinterpret_cast<const void*>(address_[i]));
                const int bytes = (is_memory_ >> i & 1) != 0 ? 4 : element_bytes;
                address_[i] -= static_cast<uint64_t>(next_step * row_stride_ * bytes);
            }
        }
    }

private:
    static CONSTRINT_DEVICE int sector_in_array(int sector) {
        return sector < of_elements ? sector % element_sectors : (sector - of_elements) % memory_sectors;
    }

    // Where the array of sector `sector` has the head, in step `step` of all sequences' steps.
    static CONSTRINT_DEVICE uint64_t row(const Arguments& arguments, int sector, int64_t step, int head) {
        const int64_t stride = static_cast<int64_t>(arguments.heads) * head_dim;
        const int64_t all_steps = static_cast<int64_t>(arguments.batch) * arguments.sequence * stride;
        const int64_t here = step * stride + static_cast<int64_t>(head) * head_dim;
        if (sector >= of_elements) {
            const int state = (sector - of_elements) / memory_sectors;
            return reinterpret_cast<uint64_t>(arguments.memory + (state * all_steps + here - next_step * stride));
        }
        const int array = sector / element_sectors;
        const element* elements = array == 0             ? arguments.of_hidden + here
                                  : array <= Cell::saved ? arguments.saved + ((array - 1) * all_steps + here)
                                                         : arguments.hidden + (here - next_step * stride);
        return reinterpret_cast<uint64_t>(elements);
    }

    uint64_t address_[is_used ? each : 1];
    int64_t row_stride_;
    uint32_t is_inside_ = 0;  // bits of the sectors that there are
    uint32_t is_memory_ = 0;
};

}  // namespace constrint::rnn_backward
