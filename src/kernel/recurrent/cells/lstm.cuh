// Long short-term memory with a forget gate (F. A. Gers, J. Schmidhuber, F. Cummins, "Learning to Forget", 2000). Gates
// i, f, z, o in this order; states h, c:
//
//   c = sigmoid(f) c + sigmoid(i) tanh(z);   h = sigmoid(o) tanh(c)
//
// Saved: the four gates after their activation.
#pragma once

#include "../../device/math.cuh"
#include "../element.cuh"

namespace constrint::recurrent {

struct Cell {
    static constexpr int gates = 4;
    static constexpr int biases = 4;
    static constexpr int states = 2;
    static constexpr int saved = 4;

    struct Memory {
        float value[1];  // c
    };

    static CONSTRINT_DEVICE float step(Memory& memory, float, const float (&recurrent)[gates],
                                       const float (&input)[gates], const float (&bias)[biases], float* saved_values) {
        using Activation = device::Activation<element>;
        const float i = Activation::sigmoid(recurrent[0] + (input[0] + bias[0]));
        const float f = Activation::sigmoid(recurrent[1] + (input[1] + bias[1]));
        const float z = Activation::tanh(recurrent[2] + (input[2] + bias[2]));
        const float o = Activation::sigmoid(recurrent[3] + (input[3] + bias[3]));
        float& c = memory.value[0];
        c = f * c + i * z;
        saved_values[0] = i;
        saved_values[1] = f;
        saved_values[2] = z;
        saved_values[3] = o;
        return o * Activation::tanh(c);
    }
};

}  // namespace constrint::recurrent
