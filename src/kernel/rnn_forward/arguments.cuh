// What the kernel is called with.
//
// B sequences, T steps, N heads, D units; G gates, S states, as many biases and saved values as the cell has. All arrays
// are row-major and contiguous, in device memory, aligned to 16 bytes.
#pragma once

#include "element.cuh"

namespace constrint::rnn_forward {

struct Arguments {
    const element* input;        // Wx [B, T, G, N, D]
    const element* weights;      // R [G, N, D, D]: row u of R[g, n] makes gate g of unit u
    const float* bias;           // b [biases, N, D]
    const float* initial;        // the states before the first step [S, B, N, D], h first; null for zeros
    element* hidden;             // h after each step [B, T, N, D]
    float* memory;               // training: the other states after each step [S - 1, B, T, N, D]; else null
    element* saved;              // training: what else the backward pass needs [saved, B, T, N, D]; else null
    float* last;                 // the states after the last step [S, B, N, D], h first; may be null
    unsigned char* workspace;    // grid variant: workspace_bytes() bytes, all zero; else null
    int batch;                   // B
    int sequence;                // T
    int heads;                   // N
    float clip;                  // with CLIP: h is kept within -clip and clip
};

}  // namespace constrint::rnn_forward
