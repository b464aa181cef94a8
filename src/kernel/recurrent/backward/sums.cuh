// What is left to add when all parts of the gradients of b and R are there, each by one thread in the order of the parts.
#pragma once

#include "arguments.cuh"

namespace constrint::rnn_backward {

constexpr int sums_threads = 256;

// Whether the parts of the gradient of R are left for a kernel of their own.
constexpr bool has_weight_sums = weight_parts > 1 && !adds_atomically;

// Adds up `parts` parts of `count` numbers each: a thread of the grid each number.
CONSTRINT_DEVICE void add_up(const float* parts_of, float* to, int parts, int64_t count, int threads_of_block) {
    const int64_t block = (static_cast<int64_t>(blockIdx.z) * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    const int64_t threads_of_grid = static_cast<int64_t>(gridDim.x) * gridDim.y * gridDim.z * threads_of_block;
#pragma unroll 1
    for (int64_t index = block * threads_of_block + threadIdx.x; index < count; index += threads_of_grid) {
        float sum = 0.0f;
#pragma unroll 1
        for (int i = 0; i < parts; ++i) sum += device::load_global_read_only(parts_of + (index + i * count));
        device::store_global(to + index, sum);
    }
}

// The gradient of b, by any number of blocks.
CONSTRINT_DEVICE void add_up_biases(const Arguments& arguments, int threads_of_block) {
    const int64_t units = static_cast<int64_t>(arguments.heads) * head_dim;
    add_up(arguments.sums, arguments.of_bias, bias_parts(arguments.batch), units * Cell::biases, threads_of_block);
}

// The parts of the gradient of R, by any number of blocks.
CONSTRINT_DEVICE void add_up_weights_of_parts(const Arguments& arguments) {
    const int64_t units = static_cast<int64_t>(arguments.heads) * head_dim;
    add_up(weight_sums(arguments), arguments.of_weights, weight_parts, units * gates * head_dim, sums_threads);
}

}  // namespace constrint::rnn_backward
