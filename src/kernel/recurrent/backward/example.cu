// Runs the configured backward pass on a GPU, compares the gradients of its last steps with a plain computation on the host, and
// times it.
//
//   nvcc -std=c++17 -O3 -arch=sm_80 -I DIRECTORY_OF_THE_HEADER example.cu -o example && ./example [BATCH SEQUENCE HEADS]
//
// where the header is the generated rnn_backward_config.h. What forward would have saved is made up: the derivative is the same
// formula whatever its numbers are. With RECOMPUTE its saved values follow from made-up h and Wx, and are compared, too. The host
// computes sequence 0 of head 0 only, for at most the last 16 steps; without clips.
// Exit status: 0 when the results agree, 1 when not, 2 on an error.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "rnn_backward.cu"
#include "rnn_backward_launch.cuh"

namespace {

namespace rnn = constrint::rnn_backward;
using rnn::Cell;
using rnn::element;

void check(cudaError_t status, const char* what) {
    if (status == cudaSuccess) return;
    std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
    std::exit(2);
}

// An array on the device.
template <typename T>
class DeviceArray {
public:
    explicit DeviceArray(size_t elements) : elements_(elements) {
        if (elements > 0) check(cudaMalloc(&data_, elements * sizeof(T)), "cudaMalloc");
    }
    explicit DeviceArray(const std::vector<T>& host) : DeviceArray(host.size()) {
        check(cudaMemcpy(data_, host.data(), elements_ * sizeof(T), cudaMemcpyHostToDevice), "copy to the device");
    }
    ~DeviceArray() { cudaFree(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;

    T* data() const { return data_; }
    std::vector<T> copy() const {
        std::vector<T> host(elements_);
        check(cudaMemcpy(host.data(), data_, elements_ * sizeof(T), cudaMemcpyDeviceToHost), "copy from the device");
        return host;
    }

private:
    T* data_ = nullptr;
    size_t elements_;
};

// Numbers that every operand type holds exactly: `middle` and multiples of 1 / 128 of `largest`, powers of two.
std::vector<float> random_numbers(size_t count, float middle, float largest, std::mt19937& random) {
    std::uniform_int_distribution<int> uniform(-63, 63);
    std::vector<float> numbers(count);
    for (float& number : numbers) number = middle + static_cast<float>(uniform(random)) / 64.0f * largest;
    return numbers;
}

// The bits of such a number as an element.
[[maybe_unused]] void encode(float value, float& to) { to = value; }
[[maybe_unused]] void encode(float value, constrint::device::bf16& to) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    to.bits = static_cast<uint16_t>(bits >> 16);
}
[[maybe_unused]] void encode(float value, constrint::device::fp16& to) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    const uint32_t exponent = bits >> 23 & 0xff;
    const uint32_t rest = exponent < 113 ? 0 : (exponent - 112) << 10 | (bits >> 13 & 0x3ff);
    to.bits = static_cast<uint16_t>((bits >> 16 & 0x8000) | rest);
}

[[maybe_unused]] double decode(float value) { return value; }
[[maybe_unused]] double decode(constrint::device::bf16 value) {
    const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
    float result;
    std::memcpy(&result, &bits, sizeof(result));
    return result;
}
[[maybe_unused]] double decode(constrint::device::fp16 value) {
    const int exponent = value.bits >> 10 & 0x1f;
    const double fraction = (value.bits & 0x3ff) / 1024.0;
    const double magnitude = exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1.0 + fraction, exponent - 15);
    return (value.bits & 0x8000) != 0 ? -magnitude : magnitude;
}

std::vector<element> elements_of(const std::vector<float>& numbers) {
    std::vector<element> elements(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) encode(numbers[i], elements[i]);
    return elements;
}

// One unit's derivative in double precision: `d` as Cell::back has it. The gradients of its gates, as R^T and Wx take them.
struct OfGates {
    double recurrent[Cell::gates];
    double input[Cell::gates];
};
OfGates host_back(double* d, [[maybe_unused]] const double* before, [[maybe_unused]] const double* after,
                  [[maybe_unused]] const double* saved) {
    OfGates of{};
#if CONSTRINT_RNN_BACKWARD_CELL == 0
    of.recurrent[0] = (1.0 - after[0] * after[0]) * d[0];
    d[0] = 0.0;
#elif CONSTRINT_RNN_BACKWARD_CELL == 1
    const double tanh_c = std::tanh(after[1]);
    const double d_c = d[1] + saved[3] * (1.0 - tanh_c * tanh_c) * d[0];
    of.recurrent[0] = saved[0] * (1.0 - saved[0]) * saved[2] * d_c;
    of.recurrent[1] = saved[1] * (1.0 - saved[1]) * before[1] * d_c;
    of.recurrent[2] = (1.0 - saved[2] * saved[2]) * saved[0] * d_c;
    of.recurrent[3] = saved[3] * (1.0 - saved[3]) * tanh_c * d[0];
    d[0] = 0.0;
    d[1] = saved[1] * d_c;
#elif CONSTRINT_RNN_BACKWARD_CELL == 2
    const double d_n = (1.0 - saved[1]) * (1.0 - saved[2] * saved[2]) * d[0];
    of.recurrent[0] = saved[0] * (1.0 - saved[0]) * saved[3] * d_n;
    of.recurrent[1] = saved[1] * (1.0 - saved[1]) * (before[0] - saved[2]) * d[0];
    of.recurrent[2] = saved[0] * d_n;
    d[0] = saved[1] * d[0];
#else
    // States are made up so that n is at least 1, or 0 before the first step.
    const bool is_empty = before[2] == 0.0;
    const double kept = before[3] - std::log1p(std::exp(-saved[1]));
    const bool takes_i = is_empty || saved[0] > kept;
    const double scaled_i = takes_i ? 1.0 : std::exp(std::fmin(saved[0] - after[3], 0.0));
    const double scaled_f = is_empty ? 0.0 : takes_i ? std::exp(std::fmin(kept - after[3], 0.0)) : 1.0;
    const double of_h = after[1] / after[2];
    const double d_c = d[1] + saved[3] / after[2] * d[0];
    const double d_n = d[2] - saved[3] * of_h / after[2] * d[0];
    const double through_i = scaled_i * (saved[2] * d_c + d_n);
    const double through_f = scaled_f * (before[1] * d_c + before[2] * d_n);
    const double d_kept = takes_i ? through_f : d[3] - through_i;
    of.recurrent[0] = takes_i ? d[3] - through_f : through_i;
    of.recurrent[1] = d_kept / (1.0 + std::exp(saved[1]));
    of.recurrent[2] = (1.0 - saved[2] * saved[2]) * scaled_i * d_c;
    of.recurrent[3] = saved[3] * (1.0 - saved[3]) * of_h * d[0];
    d[0] = 0.0;
    d[1] = scaled_f * d_c;
    d[2] = scaled_f * d_n;
    d[3] = d_kept;
#endif
    for (int gate = 0; gate < Cell::gates; ++gate) of.input[gate] = of.recurrent[gate];
#if CONSTRINT_RNN_BACKWARD_CELL == 2
    of.input[2] = d_n;
#endif
    return of;
}

// What one unit's step saves, in double precision.
[[maybe_unused]] void host_saved([[maybe_unused]] double* saved, [[maybe_unused]] const double* recurrent,
                                 [[maybe_unused]] const double* input, [[maybe_unused]] const double* bias) {
    [[maybe_unused]] const auto gate = [&](int index) { return recurrent[index] + input[index] + bias[index]; };
    [[maybe_unused]] const auto sigmoid = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
#if CONSTRINT_RNN_BACKWARD_CELL == 1
    for (const int index : {0, 1, 3}) saved[index] = sigmoid(gate(index));
    saved[2] = std::tanh(gate(2));
#elif CONSTRINT_RNN_BACKWARD_CELL == 2
    for (const int index : {0, 1}) saved[index] = sigmoid(gate(index));
    saved[3] = recurrent[2] + bias[2];
    saved[2] = std::tanh(input[2] + bias[3] + saved[0] * saved[3]);
#elif CONSTRINT_RNN_BACKWARD_CELL == 3
    for (const int index : {0, 1}) saved[index] = gate(index);
    saved[2] = std::tanh(gate(2));
    saved[3] = sigmoid(gate(3));
#endif
}

// What the layer reads, on the host.
struct Host {
    std::vector<float> weights;
    std::vector<float> hidden;
    std::vector<float> memory;
    std::vector<float> saved;
    std::vector<float> of_hidden;
    std::vector<float> input;
    std::vector<float> bias;
    size_t batch;
    size_t sequence;
    size_t heads;

    // The largest difference of `saved` in sequence 0, head 0, over the last steps, where it was computed again.
    double largest_difference_of_saved(size_t steps) const {
        constexpr size_t dim = rnn::head_dim;
        const size_t row = heads * dim;
        double largest = 0.0;
        for (size_t time = sequence - steps; time < sequence; ++time) {
            for (size_t unit = 0; unit < dim; ++unit) {
                double recurrent[Cell::gates] = {};
                double of_unit[Cell::gates];
                double biases[Cell::biases];
                double values[Cell::saved > 0 ? Cell::saved : 1];
                for (size_t gate = 0; gate < Cell::gates; ++gate) {
                    of_unit[gate] = input[(place(time) * Cell::gates + gate) * row + unit];
                    for (size_t k = 0; k < dim && time > 0; ++k) {
                        recurrent[gate] +=
                            static_cast<double>(weights[(gate * row + unit) * dim + k]) * hidden[place(time - 1) * row + k];
                    }
                }
                for (size_t index = 0; index < Cell::biases; ++index) biases[index] = bias[index * row + unit];
                host_saved(values, recurrent, of_unit, biases);
                for (int index = 0; index < Cell::saved; ++index) {
                    const double found = saved[static_cast<size_t>(index) * batch * sequence * row + place(time) * row + unit];
                    largest = std::fmax(largest, std::fabs(found - values[index]));
                }
            }
        }
        return largest;
    }

    // The largest difference of gradients in sequence 0, head 0, over the last steps.
    double largest_difference(const std::vector<element>& of_input, size_t steps) const {
        constexpr size_t dim = rnn::head_dim;
        const size_t row = heads * dim;
        std::vector<std::vector<double>> carried(dim, std::vector<double>(Cell::states, 0.0));
        double largest = 0.0;
        for (size_t time = sequence; time-- > sequence - steps;) {
            std::vector<OfGates> of(dim);
            for (size_t unit = 0; unit < dim; ++unit) {
                carried[unit][0] += of_hidden[place(time) * row + unit];
                of[unit] = back(carried[unit], time, unit);
                for (size_t gate = 0; gate < Cell::gates; ++gate) {
                    const double found = decode(of_input[(place(time) * Cell::gates + gate) * row + unit]);
                    largest = std::fmax(largest, std::fabs(found - of[unit].input[gate]));
                }
            }
            for (size_t unit = 0; unit < dim && !rnn::is_cut; ++unit) {
                for (size_t k = 0; k < dim * Cell::gates; ++k) {
                    const size_t gate = k / dim;
                    carried[unit][0] +=
                        static_cast<double>(weights[(gate * row + k % dim) * dim + unit]) * of[k % dim].recurrent[gate];
                }
            }
        }
        return largest;
    }

private:
    // Where a step is in the arrays.
    size_t place(size_t time) const { return rnn::is_reverse ? sequence - 1 - time : time; }

    OfGates back(std::vector<double>& d, size_t time, size_t unit) const {
        const size_t row = heads * rnn::head_dim;
        const size_t all = batch * sequence * row;
        double before[Cell::states] = {};
        double after[Cell::states];
        double values[Cell::saved > 0 ? Cell::saved : 1];
        after[0] = hidden[place(time) * row + unit];
        if (time > 0) before[0] = hidden[place(time - 1) * row + unit];
        for (size_t state = 1; state < Cell::states; ++state) {
            after[state] = memory[(state - 1) * all + place(time) * row + unit];
            if (time > 0) before[state] = memory[(state - 1) * all + place(time - 1) * row + unit];
        }
        for (int index = 0; index < Cell::saved; ++index) {
            values[index] = saved[static_cast<size_t>(index) * all + place(time) * row + unit];
        }
        return host_back(d.data(), before, after, values);
    }
};

// Milliseconds of one pass, the mean of 10 after a tenth of a second to warm up: an idle GPU needs a while to raise its clocks.
template <typename Launch>
float measure(Launch launch) {
    constexpr int repetitions = 10;
    cudaEvent_t start;
    cudaEvent_t stop;
    check(cudaEventCreate(&start), "cudaEventCreate");
    check(cudaEventCreate(&stop), "cudaEventCreate");
    const auto began = std::chrono::steady_clock::now();
    do {
        launch();
        check(cudaDeviceSynchronize(), "recurrent layer");
    } while (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(100));
    check(cudaEventRecord(start), "cudaEventRecord");
    for (int i = 0; i < repetitions; ++i) launch();
    check(cudaEventRecord(stop), "cudaEventRecord");
    check(cudaEventSynchronize(stop), "recurrent layer");
    float total_ms = 0.0f;
    check(cudaEventElapsedTime(&total_ms, start, stop), "cudaEventElapsedTime");
    check(cudaEventDestroy(start), "cudaEventDestroy");
    check(cudaEventDestroy(stop), "cudaEventDestroy");
    return total_ms / repetitions;
}

int run(size_t batch, size_t sequence, size_t heads) {
    constexpr size_t dim = rnn::head_dim;
    std::mt19937 random(1);
    const size_t row = heads * dim;
    const size_t units = batch * row;
    const size_t all = units * sequence;
    // Rows of R whose sums stay around 1: 1 over the root of their length, as a power of two.
    const float weight = std::ldexp(1.0f, -static_cast<int>(std::log2(static_cast<double>(dim)) / 2.0));
    Host host{random_numbers(Cell::gates * row * dim, 0.0f, weight, random),
              random_numbers(all, 0.0f, 0.5f, random),
              random_numbers(all * (Cell::states - 1), 0.0f, 1.0f, random),
              random_numbers(rnn::recomputes ? 0 : all * Cell::saved, 0.5f, 0.5f, random),
              random_numbers(all, 0.0f, 1.0f, random),
              random_numbers(rnn::recomputes ? all * Cell::gates : 0, 0.0f, 1.0f, random),
              random_numbers(rnn::recomputes ? Cell::biases * row : 0, 0.0f, 0.5f, random),
              batch,
              sequence,
              heads};
    if (Cell::states == 4) {
        for (size_t i = all; i < 2 * all; ++i) host.memory[i] = std::fabs(host.memory[i]) + 1.0f;
    }
    const DeviceArray<element> weights(elements_of(host.weights));
    const DeviceArray<element> hidden(elements_of(host.hidden));
    const DeviceArray<float> memory(host.memory);
    const DeviceArray<element> saved =
        rnn::recomputes ? DeviceArray<element>(all * Cell::saved) : DeviceArray<element>(elements_of(host.saved));
    const DeviceArray<element> input(elements_of(host.input));
    const DeviceArray<float> bias(host.bias);
    const DeviceArray<element> of_hidden(elements_of(host.of_hidden));
    const DeviceArray<element> of_input(all * Cell::gates);
    const DeviceArray<float> of_weights(Cell::gates * row * dim);
    const DeviceArray<float> of_bias(Cell::biases * row);
    const DeviceArray<float> sums(rnn::sums_bytes(static_cast<int>(batch), static_cast<int>(heads)) / sizeof(float));
    const DeviceArray<unsigned char> workspace(rnn::workspace_bytes(static_cast<int>(batch), static_cast<int>(heads)));
    rnn::Arguments arguments{};
    arguments.weights = weights.data();
    arguments.hidden = hidden.data();
    arguments.memory = memory.data();
    arguments.saved = saved.data();
    arguments.input = input.data();
    arguments.bias = bias.data();
    arguments.of_hidden = of_hidden.data();
    arguments.of_input = of_input.data();
    arguments.of_weights = of_weights.data();
    arguments.of_bias = of_bias.data();
    arguments.sums = sums.data();
    arguments.workspace = workspace.data();
    arguments.batch = static_cast<int>(batch);
    arguments.sequence = static_cast<int>(sequence);
    arguments.heads = static_cast<int>(heads);
    // Beyond all numbers here: what a configuration clips is clipped nowhere.
    arguments.clip = 1e4f;
    arguments.gradient_clip = 1e4f;
    const float milliseconds = measure([&] { check(rnn::launch(arguments), "launch"); });
    std::printf("batch %zu, %zu steps, %zu heads of %zu: %.4f ms, %.3f us a step\n", batch, sequence, heads, dim,
                milliseconds, milliseconds * 1e3f / static_cast<float>(sequence));
    const size_t steps = sequence < 16 ? sequence : 16;
    double largest = 0.0;
    if (rnn::recomputes) {
        for (const element value : saved.copy()) host.saved.push_back(static_cast<float>(decode(value)));
        largest = host.largest_difference_of_saved(steps);
    }
    largest = std::fmax(largest, host.largest_difference(of_input.copy(), steps));
    const bool agrees = largest < (sizeof(element) == 2 ? 0.1 : 0.02);
    std::printf("largest difference %.3g: %s\n", largest, agrees ? "PASS" : "FAIL");
    return agrees ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 1 && count != 4) {
        std::fprintf(stderr, "usage: example [BATCH SEQUENCE HEADS]\n");
        return 2;
    }
    const auto size = [&](int index, int configured) {
        return static_cast<size_t>(count == 4 ? std::atoi(arguments[index]) : configured);
    };
    return run(size(1, CONSTRINT_RNN_BACKWARD_BATCH), size(2, CONSTRINT_RNN_BACKWARD_SEQUENCE),
               size(3, CONSTRINT_RNN_BACKWARD_HEADS));
}
