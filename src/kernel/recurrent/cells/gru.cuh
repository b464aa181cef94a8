// The gated recurrent unit (K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014), in the form
// whose reset gate acts after the product. Gates r, z, n in this order; biases of r, z, of the candidate's recurrent part
// and of its input part; state h:
//
//   n = tanh(Wx_n + b_n + sigmoid(r) (R_n h + b_rn));   h = sigmoid(z) h + (1 - sigmoid(z)) n
//
// Saved: r and z after their activation, n, and R_n h + b_rn.
#pragma once

#include "../../device/math.cuh"
#include "../element.cuh"

namespace constrint::recurrent {

struct Cell {
    static constexpr int gates = 3;
    static constexpr int biases = 4;
    static constexpr int states = 1;
    static constexpr int saved = 4;

    struct Memory {
        float value[1];  // not used: h is all that passes on
    };

    static CONSTRINT_DEVICE float step(Memory&, float h, const float (&recurrent)[gates], const float (&input)[gates],
                                       const float (&bias)[biases], float* saved_values) {
        using Activation = device::Activation<element>;
        const float r = Activation::sigmoid(recurrent[0] + (input[0] + bias[0]));
        const float z = Activation::sigmoid(recurrent[1] + (input[1] + bias[1]));
        const float of_h = recurrent[2] + bias[2];
        const float n = Activation::tanh(input[2] + bias[3] + r * of_h);
        saved_values[0] = r;
        saved_values[1] = z;
        saved_values[2] = n;
        saved_values[3] = of_h;
        return z * h + (1.0f - z) * n;
    }
};

}  // namespace constrint::recurrent
