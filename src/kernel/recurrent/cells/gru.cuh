// The gated recurrent unit (K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014), in the form
// whose reset gate acts after the product. Gates r, z, n in this order; biases of r, z, of the candidate's recurrent part
// and of its input part; state h:
//
//   n = tanh(Wx_n + b_n + sigmoid(r) (R_n h + b_rn));   h = sigmoid(z) h + (1 - sigmoid(z)) n
//
// Saved: r and z after their activation, n, and R_n h + b_rn.
//
// Backward, with r, z, n and R_n h + b_rn = q as saved:
//
//   d_n = (1 - z) (1 - n^2) d_h';   d_q = r d_n;   d_r = r (1 - r) q d_n;   d_z = z (1 - z) (h - n) d_h';   d_h = z d_h'
//
// R_n's gradient and the product take d_q, Wx_n's d_n.
#include "../../device/math.cuh"
#include "../element.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

struct Cell {
    static constexpr int gates = 3;
    static constexpr int biases = 4;
    static constexpr int states = 1;
    static constexpr int saved = 4;
    static constexpr bool back_reads_before = true;
    static constexpr bool back_reads_after = false;
    static constexpr int scaled_gate = 2;

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

    static constexpr __host__ __device__ int input_bias(int gate) { return gate == 2 ? 3 : gate; }

    static CONSTRINT_DEVICE void back(float (&d)[states], const float (&before)[states], const float (&)[states], const float* saved_values,
                                      float (&of_bias)[biases]) {
        const float r = saved_values[0];
        const float z = saved_values[1];
        const float n = saved_values[2];
        const float of_h = saved_values[3];
        const float d_n = (1.0f - z) * (1.0f - n * n) * d[0];
        of_bias[0] = r * (1.0f - r) * of_h * d_n;
        of_bias[1] = z * (1.0f - z) * (before[0] - n) * d[0];
        of_bias[2] = r * d_n;
        of_bias[3] = d_n;
        d[0] = z * d[0];
    }
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent
