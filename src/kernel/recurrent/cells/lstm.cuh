// Long short-term memory with a forget gate (F. A. Gers, J. Schmidhuber, F. Cummins, "Learning to Forget", 2000). Gates
// i, f, z, o in this order; states h, c:
//
//   c = sigmoid(f) c + sigmoid(i) tanh(z);   h = sigmoid(o) tanh(c)
//
// Saved: the four gates after their activation.
//
// Backward, with i, f, z, o as saved and c' the next c: d_c' += o (1 - tanh(c')^2) d_h, then
//
//   d_i = i (1 - i) z d_c';   d_f = f (1 - f) c d_c';   d_z = (1 - z^2) i d_c';   d_o = o (1 - o) tanh(c') d_h;   d_c = f d_c'
#include "../../device/math.cuh"
#include "../element.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

struct Cell {
    static constexpr int gates = 4;
    static constexpr int biases = 4;
    static constexpr int states = 2;
    static constexpr int saved = 4;
    static constexpr bool back_reads_before = false;
    static constexpr bool back_reads_after = false;
    static constexpr int scaled_gate = -1;

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

    static constexpr __host__ __device__ int input_bias(int gate) { return gate; }

    static CONSTRINT_DEVICE void back(float (&d)[states], const float (&before)[states], const float (&after)[states], const float* saved_values,
                                      float (&of_bias)[biases]) {
        const float i = saved_values[0];
        const float f = saved_values[1];
        const float z = saved_values[2];
        const float o = saved_values[3];
        const float tanh_c = device::Activation<element>::tanh(after[1]);
        const float d_c = d[1] + o * (1.0f - tanh_c * tanh_c) * d[0];
        of_bias[0] = i * (1.0f - i) * z * d_c;
        of_bias[1] = f * (1.0f - f) * before[1] * d_c;
        of_bias[2] = (1.0f - z * z) * i * d_c;
        of_bias[3] = o * (1.0f - o) * tanh_c * d[0];
        d[0] = 0.0f;
        d[1] = f * d_c;
    }
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent
