// The scalar memory cell of M. Beck et al., "xLSTM: Extended Long Short-Term Memory", 2024: exponential gates, kept in
// range by m. Gates i, f, z, o in this order; states h, c, n, m:
//
//   m' = max(i, log sigmoid(f) + m), and m' = i where n = 0, as nothing has been stored then
//   i' = exp(i - m');   f' = exp(log sigmoid(f) + m - m'), and f' = 0 where n = 0
//   c = f' c + i' tanh(z);   n = max(f' n + i', 1);   h = sigmoid(o) c / n
//
// Saved: i and f before, z and o after their activation.
//
// Backward, exactly, for losses over all states. Of i' and f' the one that m' was taken from is 1, and the exponent of the other
// falls with m'. What m' gets goes on to i where i > log sigmoid(f) + m, else to the latter; what is left of it there is what
// comes from later less the part of the other one. n' passes its own where f' n + i' is 1 or more. Where n = 0, nothing
// comes through c, n, m and f.
#include "../../device/math.cuh"
#include "../element.cuh"

namespace constrint::recurrent {
namespace CONSTRINT_RNN_PASS {

struct Cell {
    static constexpr int gates = 4;
    static constexpr int biases = 4;
    static constexpr int states = 4;
    static constexpr int saved = 4;
    static constexpr bool back_reads_before = false;
    static constexpr bool back_reads_after = false;
    static constexpr int scaled_gate = -1;

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

    static constexpr __host__ __device__ int input_bias(int gate) { return gate; }

    static CONSTRINT_DEVICE void back(float (&d)[states], const float (&before)[states], const float (&after)[states], const float* saved_values,
                                      float (&of_bias)[biases]) {
        const float i = saved_values[0];
        const float f = saved_values[1];
        const float z = saved_values[2];
        const float o = saved_values[3];
        const float c = before[1];
        const float n = before[2];
        const bool is_empty = n == 0.0f;
        const float kept = device::log_sigmoid(f) + before[3];
        const bool takes_i = is_empty || i > kept;
        // The smaller one's exponent: saved values are rounded, and may put it above 0.
        const float exponent = (takes_i ? kept : i) - after[3];
        const float scale = device::fast_exp(exponent < 0.0f ? exponent : 0.0f);
        const float scaled_i = takes_i ? 1.0f : scale;
        const float scaled_f = is_empty ? 0.0f : takes_i ? scale : 1.0f;
        const float per_n = device::approximate_reciprocal(after[2]);
        const float of_h = after[1] * per_n;  // h / o
        const float d_c = d[1] + o * per_n * d[0];
        const float d_next_n = d[2] - o * of_h * per_n * d[0];
        const bool passes = takes_i || n >= 1.0f || n + scaled_i >= 1.0f;
        const float d_n = passes ? d_next_n : 0.0f;
        const float through_i = scaled_i * (z * d_c + d_n);
        const float through_f = scaled_f * (c * d_c + n * d_n);
        const float d_i = takes_i ? d[3] - through_f : through_i;
        const float d_kept = takes_i ? through_f : d[3] - through_i;
        of_bias[0] = d_i;
        of_bias[1] = (1.0f - device::Activation<element>::sigmoid(f)) * d_kept;
        of_bias[2] = (1.0f - z * z) * scaled_i * d_c;
        of_bias[3] = o * (1.0f - o) * of_h * d[0];
        d[0] = 0.0f;
        d[1] = scaled_f * d_c;
        d[2] = scaled_f * d_n;
        d[3] = d_kept;
    }
};

}  // namespace CONSTRINT_RNN_PASS
}  // namespace constrint::recurrent
