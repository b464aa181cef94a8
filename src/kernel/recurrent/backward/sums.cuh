// What is left to add when all parts of the gradients of b and R are there, each by one thread in the order of the parts.
#pragma once

#include "arguments.cuh"

namespace constrint::rnn_backward {

constexpr int sums_threads = 256;

// The sums to add up: those of b, and of R where there are several parts.
__host__ CONSTRINT_DEVICE int64_t sums_to_add(int heads) {
    const int64_t units = static_cast<int64_t>(heads) * head_dim;
    return units * Cell::biases + (weight_parts > 1 ? units * gates * head_dim : 0);
}

// Any number of blocks.
CONSTRINT_DEVICE void add_up_parts(const Arguments& arguments) {
    const int64_t units = static_cast<int64_t>(arguments.heads) * head_dim;
    const int64_t biases = units * Cell::biases;
    const int64_t weights = units * gates * head_dim;
    const int64_t threads_of_grid = static_cast<int64_t>(gridDim.x) * sums_threads;
#pragma unroll 1
    for (int64_t index = static_cast<int64_t>(blockIdx.x) * sums_threads + threadIdx.x; index < sums_to_add(arguments.heads);
         index += threads_of_grid) {
        const bool is_bias = index < biases;
        const float* part = is_bias ? arguments.sums + index : weight_sums(arguments) + (index - biases);
        const int parts = is_bias ? bias_parts(arguments.batch) : weight_parts;
        float sum = 0.0f;
#pragma unroll 1
        for (int i = 0; i < parts; ++i) sum += device::load_global_read_only(part + i * (is_bias ? biases : weights));
        device::store_global(is_bias ? arguments.of_bias + index : arguments.of_weights + (index - biases), sum);
    }
}

}  // namespace constrint::rnn_backward
