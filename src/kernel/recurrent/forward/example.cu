// Runs the configured recurrent layer on a GPU, compares its first steps with a plain computation on the host, and times it.
//
//   nvcc -std=c++17 -O3 -arch=sm_80 -I DIRECTORY_OF_THE_HEADER example.cu -o example && ./example [BATCH SEQUENCE HEADS]
//
// where the header is the generated rnn_forward_config.h. The host computes sequence 0 of head 0 only, for at most 16 steps.
// Exit status: 0 when the results agree, 1 when not, 2 on an error.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "rnn_forward.cu"
#include "rnn_forward_launch.cuh"

namespace {

namespace rnn = constrint::rnn_forward;
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

// Numbers that every operand type holds exactly: multiples of 1 / 128 of `largest`, a power of two.
std::vector<float> random_numbers(size_t count, float largest, std::mt19937& random) {
    std::uniform_int_distribution<int> uniform(-127, 127);
    std::vector<float> numbers(count);
    for (float& number : numbers) number = static_cast<float>(uniform(random)) / 128.0f * largest;
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

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// One unit's step in double precision; `states` are those of the unit, h first.
double host_step(double* states, const double* recurrent, const double* input, const double* bias) {
    const auto gate = [&](int index) { return recurrent[index] + input[index] + bias[index]; };
#if CONSTRINT_RNN_FORWARD_CELL == 0
    states[0] = std::tanh(gate(0));
#elif CONSTRINT_RNN_FORWARD_CELL == 1
    states[1] = sigmoid(gate(1)) * states[1] + sigmoid(gate(0)) * std::tanh(gate(2));
    states[0] = sigmoid(gate(3)) * std::tanh(states[1]);
#elif CONSTRINT_RNN_FORWARD_CELL == 2
    const double z = sigmoid(gate(1));
    const double n = std::tanh(input[2] + bias[3] + sigmoid(gate(0)) * (recurrent[2] + bias[2]));
    states[0] = z * states[0] + (1.0 - z) * n;
#else
    const double kept = states[3] - std::log1p(std::exp(-gate(1)));
    const bool is_empty = states[2] == 0.0;
    const double m = is_empty ? gate(0) : std::fmax(gate(0), kept);
    const double scaled_f = is_empty ? 0.0 : std::exp(kept - m);
    states[1] = scaled_f * states[1] + std::exp(gate(0) - m) * std::tanh(gate(2));
    states[2] = std::fmax(scaled_f * states[2] + std::exp(gate(0) - m), 1.0);
    states[3] = m;
    states[0] = sigmoid(gate(3)) * states[1] / states[2];
#endif
    return states[0];
}

struct Host {
    std::vector<float> input;
    std::vector<float> weights;
    std::vector<float> bias;
    size_t heads;
    size_t sequence;
    float clip;

    // The largest difference in sequence 0, head 0, over the first steps.
    double largest_difference(const std::vector<element>& hidden, size_t steps) const {
        constexpr size_t dim = rnn::head_dim;
        std::vector<std::vector<double>> states(dim, std::vector<double>(Cell::states, 0.0));
        double largest = 0.0;
        for (size_t time = 0; time < steps; ++time) {
            std::vector<double> last(dim);
            for (size_t unit = 0; unit < dim; ++unit) last[unit] = states[unit][0];
            for (size_t unit = 0; unit < dim; ++unit) {
                double h = step(states[unit], last, time, unit);
                if constexpr (rnn::is_clipped) h = states[unit][0] = std::fmin(std::fmax(h, -clip), clip);
                const double difference = std::fabs(decode(hidden[place(time) * heads * dim + unit]) - h);
                largest = difference > largest ? difference : largest;
            }
        }
        return largest;
    }

private:
    // Where a step is in the arrays.
    size_t place(size_t time) const { return rnn::is_reverse ? sequence - 1 - time : time; }

    double step(std::vector<double>& states, const std::vector<double>& last, size_t time, size_t unit) const {
        constexpr size_t dim = rnn::head_dim;
        double recurrent[Cell::gates] = {};
        double inputs[Cell::gates];
        double biases[Cell::biases];
        for (size_t gate = 0; gate < Cell::gates; ++gate) {
            for (size_t k = 0; k < dim; ++k) {
                recurrent[gate] += static_cast<double>(weights[(gate * heads * dim + unit) * dim + k]) * last[k];
            }
            inputs[gate] = input[(place(time) * Cell::gates + gate) * heads * dim + unit];
        }
        for (size_t index = 0; index < Cell::biases; ++index) biases[index] = bias[index * heads * dim + unit];
        return host_step(states.data(), recurrent, inputs, biases);
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
    const size_t units = batch * heads * dim;
    // Rows of R whose sums stay around 1: 1 over the root of their length, as a power of two.
    const float weight = std::ldexp(1.0f, -static_cast<int>(std::log2(static_cast<double>(dim)) / 2.0));
    const Host host{random_numbers(units * sequence * Cell::gates, 1.0f, random),
                    random_numbers(Cell::gates * heads * dim * dim, weight, random),
                    random_numbers(Cell::biases * heads * dim, 1.0f, random), heads, sequence, 0.5f};
    const DeviceArray<element> input(elements_of(host.input));
    const DeviceArray<element> weights(elements_of(host.weights));
    const DeviceArray<float> bias(host.bias);
    const DeviceArray<element> hidden(units * sequence);
    const DeviceArray<float> memory(rnn::is_training ? units * sequence * (Cell::states - 1) : 0);
    const DeviceArray<element> saved(rnn::saves ? units * sequence * Cell::saved : 0);
    const DeviceArray<unsigned char> workspace(rnn::workspace_bytes(static_cast<int>(batch), static_cast<int>(heads)));
    rnn::Arguments arguments{};
    arguments.input = input.data();
    arguments.weights = weights.data();
    arguments.bias = bias.data();
    arguments.hidden = hidden.data();
    arguments.memory = memory.data();
    arguments.saved = saved.data();
    arguments.workspace = workspace.data();
    arguments.batch = static_cast<int>(batch);
    arguments.sequence = static_cast<int>(sequence);
    arguments.heads = static_cast<int>(heads);
    arguments.clip = host.clip;
    const float milliseconds = measure([&] { check(rnn::launch(arguments), "launch"); });
    std::printf("batch %zu, %zu steps, %zu heads of %zu: %.4f ms, %.3f us a step\n", batch, sequence, heads, dim,
                milliseconds, milliseconds * 1e3f / static_cast<float>(sequence));
    const double largest = host.largest_difference(hidden.copy(), sequence < 16 ? sequence : 16);
    const bool agrees = largest < (sizeof(element) == 2 ? 0.05 : 0.01);
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
    return run(size(1, CONSTRINT_RNN_FORWARD_BATCH), size(2, CONSTRINT_RNN_FORWARD_SEQUENCE),
               size(3, CONSTRINT_RNN_FORWARD_HEADS));
}
