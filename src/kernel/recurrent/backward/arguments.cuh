// What the kernels are called with.
//
// B sequences, T steps, N heads, D units; G gates, S states, as many biases and saved values as the cell has. All arrays
// are row-major and contiguous, in device memory, aligned to 16 bytes. What forward saved is only read. With ORDER_REVERSE
// forward has walked from step T - 1 of the arrays to step 0: the former is the first step here, the latter the last. With
// RECOMPUTE it saved no more than the states: the rest is computed again, from the same Wx and b, into a workspace.
#pragma once

#include <cstdint>

#include "config.cuh"

namespace constrint::rnn_backward {

struct Arguments {
    const element* weights;      // R [G, N, D, D]: row u of R[g, n] makes gate g of unit u
    const float* initial;        // the states before the first step [S, B, N, D], h first; null for zeros
    const element* hidden;       // h after each step [B, T, N, D]
    const float* memory;         // the other states after each step [S - 1, B, T, N, D]
    element* saved;              // what else forward saved [saved, B, T, N, D]; with RECOMPUTE a workspace of that shape
    const element* of_hidden;    // the gradient of `hidden` [B, T, N, D]
    const float* of_memory;      // that of `memory` [S - 1, B, T, N, D]; null for zeros
    const float* of_last;        // that of the states after the last step [S, B, N, D], beside the others; null for zeros
    element* of_input;           // the gradient of Wx [B, T, G, N, D]
    float* of_initial;           // that of the states before the first step [S, B, N, D]; may be null
    float* of_weights;           // that of R [G, N, D, D]
    float* of_bias;              // that of b [biases, N, D]
    float* sums;                 // sums_bytes() bytes for partial sums
    unsigned char* workspace;    // variants 1 and 2: workspace_bytes() bytes, all zero; else null
    int batch;                   // B
    int sequence;                // T
    int heads;                   // N
    float clip;                  // with CLIP: what h was kept within
    float gradient_clip;         // with GRADIENT_CLIP: what the gradient of h is kept within between steps
    const element* input;        // with RECOMPUTE: Wx [B, T, G, N, D]; else null
    const float* bias;           // with RECOMPUTE: b [biases, N, D]; else null
};

// Blocks along the batch.
__host__ CONSTRINT_DEVICE int blocks_along_batch(int batch) {
    return device::minimum(device::ceil_div(batch, batch_per_block), batch_blocks);
}

// Partial sums of the gradients of b.
__host__ CONSTRINT_DEVICE int bias_parts(int batch) { return blocks_along_batch(batch) * bias_parts_per_block; }

// Those of b come first [bias_parts, biases, N, D], then those of R [WEIGHT_PARTS, G, N, D, D], if there are several that are added in
// their order.
inline size_t sums_bytes(int batch, int heads) {
    const size_t units = static_cast<size_t>(heads) * head_dim;
    const size_t weights =
        weight_parts > 1 && !adds_atomically ? static_cast<size_t>(weight_parts) * gates * units * head_dim : 0;
    return (static_cast<size_t>(bias_parts(batch)) * Cell::biases * units + weights) * sizeof(float);
}

// Where those of R begin.
CONSTRINT_DEVICE float* weight_sums(const Arguments& arguments) {
    return arguments.sums + static_cast<int64_t>(bias_parts(arguments.batch)) * Cell::biases * arguments.heads * head_dim;
}

// The same layer from head `first` on: the arrays begin at that head, and rows are as far apart as before.
inline Arguments from_head(Arguments arguments, int first) {
    const int64_t units = static_cast<int64_t>(first) * head_dim;
    const auto advance = [](auto*& array, int64_t elements) {
        if (array != nullptr) array += elements;
    };
    advance(arguments.weights, units * head_dim);
    advance(arguments.initial, units);
    advance(arguments.hidden, units);
    advance(arguments.memory, units);
    advance(arguments.saved, units);
    advance(arguments.of_hidden, units);
    advance(arguments.of_memory, units);
    advance(arguments.of_last, units);
    advance(arguments.of_input, units);
    advance(arguments.of_initial, units);
    advance(arguments.of_weights, units * head_dim);
    advance(arguments.sums, units);
    return arguments;
}

}  // namespace constrint::rnn_backward
