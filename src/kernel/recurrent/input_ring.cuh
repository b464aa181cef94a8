// Wx on its way: the inputs of STAGES time steps in shared memory, counting round. While a step computes, those of the
// STAGES - 1 steps after it are in flight.
//
// A stage holds, for each head and sequence of the block, a row of `gates` times `units_per_block` elements. Units and
// sequences beyond the last are zeros.
#pragma once

#include "../device/async_copy.cuh"
#include "place.cuh"

namespace constrint::recurrent {

class InputRing {
public:
    CONSTRINT_DEVICE InputRing(const Arguments& arguments, const Place& place)
        : arguments_(arguments),
          first_unit_(place.first_unit),
          first_sequence_(place.first_sequence),
          first_head_(place.head - place.head_in_block),
          ring_(device::dynamic_shared_memory() + input_offset) {}

    // Starts the copies of all stages but one.
    CONSTRINT_DEVICE void start_first() {
#pragma unroll 1
        for (int time = 0; time < stages - 1; ++time) start(time);
    }

    // Starts the copies of a step into the stage that was read last, and closes their group. Nothing comes from beyond
    // the last step, but the group is there, so that groups count steps.
    CONSTRINT_DEVICE void start(int time) {
        if (time < arguments_.sequence) {
            const uint32_t stage = ring_ + static_cast<uint32_t>(time % stages * input_stage_bytes);
            uint64_t thread = threadIdx.x;
            // The addresses of a few passes may stay in registers from step to step; those of many are better computed
            // anew.
            if constexpr (passes > 2) device::forget_origin(thread);
            if constexpr (passes <= 4) {
#pragma unroll
                for (int pass = 0; pass < passes; ++pass) copy(stage, time, pass, static_cast<int>(thread));
            } else {
#pragma unroll 1
                for (int pass = 0; pass < passes; ++pass) copy(stage, time, pass, static_cast<int>(thread));
            }
        }
        device::commit_async_copies();
    }

    // Waits for the thread's copies of the oldest step not yet waited for. A barrier shows them to the others.
    CONSTRINT_DEVICE void wait() const { device::wait_async_copies<stages - 2>(); }

    // Wx of a unit and sequence of the block.
    CONSTRINT_DEVICE void read(float (&input)[gates], int time, int head_in_block, int sequence, int unit) const {
        const uint32_t row = ring_ + static_cast<uint32_t>(time % stages * input_stage_bytes +
                                                           (head_in_block * batch_per_block + sequence) * input_row_bytes +
                                                           unit * element_bytes);
#pragma unroll
        for (int gate = 0; gate < gates; ++gate) {
            input[gate] = device::to_float(
                device::load_shared<element>(row + static_cast<uint32_t>(gate * units_per_block * element_bytes)));
        }
    }

private:
    static constexpr int vectors_per_row = units_per_block / vector;
    static constexpr int vectors = heads_per_block * batch_per_block * gates * vectors_per_row;
    static constexpr int passes = device::ceil_div(vectors, threads);
    static constexpr int vector_bytes = vector * element_bytes;

    CONSTRINT_DEVICE void copy(uint32_t stage, int time, int pass, int thread) const {
        const int index = pass * threads + thread;
        if (vectors % threads != 0 && index >= vectors) return;
        const int unit = index % vectors_per_row * vector;
        const int gate = index / vectors_per_row % gates;
        const int row = index / vectors_per_row / gates;
        const int sequence = first_sequence_ + row % batch_per_block;
        const int head = first_head_ + row / batch_per_block;
        const uint32_t destination =
            stage +
            static_cast<uint32_t>(row * input_row_bytes + (gate * units_per_block + unit) * element_bytes);
        const bool is_inside =
            sequence < arguments_.batch && head < arguments_.heads && first_unit_ + unit < head_dim;
        const int64_t step = static_cast<int64_t>(sequence) * arguments_.sequence + time;
        const int64_t offset = ((step * gates + gate) * arguments_.heads + head) * head_dim + first_unit_ + unit;
        const element* source = is_inside ? arguments_.input + offset : arguments_.input;
        if constexpr (vector_bytes >= 4) {
            device::async_copy<vector_bytes>(destination, source, is_inside ? vector_bytes : 0);
        } else {
            // cp.async has no copies of two bytes.
            element value{};
            if (is_inside) value = device::load_global_read_only(source);
            device::store_shared(destination, value);
        }
    }

    const Arguments& arguments_;
    int first_unit_;
    int first_sequence_;
    int first_head_;
    uint32_t ring_;
};

}  // namespace constrint::recurrent
