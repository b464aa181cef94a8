// The plain recurrent cell of J. L. Elman, "Finding Structure in Time", 1990: h = tanh(R h + Wx + b).
//
// Backward: d_g = (1 - h^2) d_h; nothing passes but through R.
#include "../../device/math.cuh"
#include "../element.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

struct Cell {
    static constexpr int gates = 1;
    static constexpr int biases = 1;
    static constexpr int states = 1;
    static constexpr int saved = 0;
    static constexpr bool back_reads_before = false;
    static constexpr bool back_reads_after = true;
    static constexpr int scaled_gate = -1;

    struct Memory {
        float value[1];  // not used: h is all that passes on
    };

    static CONSTRINT_DEVICE float step(Memory&, float, const float (&recurrent)[gates], const float (&input)[gates],
                                       const float (&bias)[biases], float*) {
        return device::Activation<element>::tanh(recurrent[0] + (input[0] + bias[0]));
    }

    static constexpr __host__ __device__ int input_bias(int gate) { return gate; }

    static CONSTRINT_DEVICE void back(float (&d)[states], const float (&)[states], const float (&after)[states], const float*,
                                      float (&of_bias)[biases]) {
        of_bias[0] = (1.0f - after[0] * after[0]) * d[0];
        d[0] = 0.0f;
    }
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent
