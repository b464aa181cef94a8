// What the kernel is called with.
//
// B sequences, T steps, N heads, D units; G gates, S states, as many biases and saved values as the cell has. All arrays
// are row-major and contiguous, in device memory, aligned to 16 bytes. With ORDER_REVERSE the layer walks from step T - 1 of the
// arrays to step 0: the former is the first step here, the latter the last.
#pragma once

#include <cstdint>

#include "config.cuh"

namespace constrint::rnn_forward {

struct Arguments {
    const element* input;        // Wx [B, T, G, N, D]
    const element* weights;      // R [G, N, D, D]: row u of R[g, n] makes gate g of unit u
    const float* bias;           // b [biases, N, D]
    const float* initial;        // the states before the first step [S, B, N, D], h first; null for zeros
    element* hidden;             // h after each step [B, T, N, D]
    float* memory;               // training: the other states after each step [S - 1, B, T, N, D]; else null
    element* saved;              // training without RECOMPUTE: what else the backward pass needs [saved, B, T, N, D]; else null
    float* last;                 // the states after the last step [S, B, N, D], h first; may be null
    unsigned char* workspace;    // grid variant: workspace_bytes() bytes, all zero; else null
    int batch;                   // B
    int sequence;                // T
    int heads;                   // N
    float clip;                  // with CLIP: h is kept within -clip and clip
};

// Blocks along the batch.
inline int blocks_along_batch(int batch) {
    return device::minimum(device::ceil_div(batch, batch_per_block), batch_blocks);
}

// The same layer from head `first` on: the arrays begin at that head, and rows are as far apart as before.
inline Arguments from_head(Arguments arguments, int first) {
    const int64_t units = static_cast<int64_t>(first) * head_dim;
    const auto advance = [](auto*& array, int64_t elements) {
        if (array != nullptr) array += elements;
    };
    advance(arguments.input, units);
    advance(arguments.weights, units * head_dim);
    advance(arguments.bias, units);
    advance(arguments.initial, units);
    advance(arguments.hidden, units);
    advance(arguments.memory, units);
    advance(arguments.saved, units);
    advance(arguments.last, units);
    return arguments;
}

}  // namespace constrint::rnn_forward
