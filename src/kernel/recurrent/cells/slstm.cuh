// The scalar memory cell of M. Beck et al., "xLSTM: Extended Long Short-Term Memory", 2024: exponential gates, kept in
// range by m. Gates i, f, z, o in this order; states h, c, n, m:
//
//   m' = max(i, log sigmoid(f) + m), and m' = i where n = 0, as nothing has been stored then
//   i' = exp(i - m');   f' = exp(log sigmoid(f) + m - m'), and f' = 0 where n = 0
//   c = f' c + i' tanh(z);   n = max(f' n + i', 1);   h = sigmoid(o) c / n
//
// Saved: i and f before, z and o after their activation.
#pragma once

#include "../../device/math.cuh"
#include "../element.cuh"

namespace constrint::recurrent {

struct Cell {
    static constexpr int gates = 4;
    static constexpr int biases = 4;
    static constexpr int states = 4;
    static constexpr int saved = 4;

    struct Memory {
        float value[3];  // c, n, m
    };

    static CONSTRINT_DEVICE float step(Memory& memory, float, const float (&recurrent)[gates],
                                       const float (&input)[gates], const float (&bias)[biases], float* saved_values) {
        using Activation = device::Activation<element>;
        const float i = recurrent[0] + (input[0] + bias[0]);
        const float f = recurrent[1] + (input[1] + bias[1]);
        const float z = Activation::tanh(recurrent[2] + (input[2] + bias[2]));
        const float o = Activation::sigmoid(recurrent[3] + (input[3] + bias[3]));
        float& c = memory.value[0];
        float& n = memory.value[1];
        float& m = memory.value[2];
        const bool is_empty = n == 0.0f;
        const float kept = device::log_sigmoid(f) + m;
        const float next_m = is_empty || i > kept ? i : kept;
        const float scaled_i = device::fast_exp(i - next_m);
        const float scaled_f = is_empty ? 0.0f : device::fast_exp(kept - next_m);
        c = scaled_f * c + scaled_i * z;
        const float sum = scaled_f * n + scaled_i;
        n = sum > 1.0f ? sum : 1.0f;
        m = next_m;
        saved_values[0] = i;
        saved_values[1] = f;
        saved_values[2] = z;
        saved_values[3] = o;
        return o * c * device::approximate_reciprocal(n);
    }
};

}  // namespace constrint::recurrent
