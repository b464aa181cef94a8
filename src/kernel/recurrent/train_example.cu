// Trains a recurrent layer for some steps on a GPU: forward, the gradient of a loss, backward, an update of R and b, all on one stream;
// then once more, the whole step as a CUDA graph that is replayed.
//
//   constrint kernels rnn_training --out FOLDER && constrint solve PROBLEM --emit header --out FOLDER/config.h
//   nvcc -std=c++17 -O3 -arch=sm_80 -include FOLDER/config.h FOLDER/recurrent/train_example.cu -o train && ./train [BATCH SEQUENCE HEADS]
//
// where PROBLEM is one of the kernel rnn_training, whose header has the numbers of both passes. What is learned is what another layer of that shape, with other R and b, makes of the same Wx: the loss is the mean over
// all h of half the squared difference. R is kept in fp32 beside the elements that the kernels take. The gradient of Wx comes out too; what
// made Wx is not part of this program.
//
// Exit status: 0 when the loss falls with every step and the graph gives the same losses, to the bit, as all sums have a fixed order;
// 1 when not, 2 on an error.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <type_traits>
#include <vector>

#include "forward/rnn_forward.cu"
#include "forward/rnn_forward_launch.cuh"
// All of the one pass comes before all of the other.
#include "backward/rnn_backward.cu"
#include "backward/rnn_backward_launch.cuh"

namespace forward = constrint::rnn_forward;
namespace backward = constrint::rnn_backward;
namespace device = constrint::device;
using forward::Cell;
using forward::element;

static_assert(forward::is_training, "the forward pass must save for the backward pass: \"pass\": \"training\"");
static_assert(CONSTRINT_RNN_FORWARD_CELL == CONSTRINT_RNN_BACKWARD_CELL, "the passes must have the same cell");
static_assert(std::is_same_v<element, backward::element>, "the passes must have the same type");
static_assert(forward::head_dim == backward::head_dim, "the passes must have the same head dimension");
static_assert(forward::is_clipped == backward::is_clipped, "h must be clipped in both passes or in none");
static_assert(forward::recomputes == backward::recomputes, "saved values must come from one of the passes");
static_assert(forward::is_reverse == backward::is_reverse, "both passes must walk in the same order");

// --- Kernels of this program. They reach memory as the shipped ones do, so that the emulator follows them.

constexpr int threads = 128;
constexpr int blocks = 32;

CONSTRINT_DEVICE int64_t own_index() { return static_cast<int64_t>(blockIdx.x) * threads + threadIdx.x; }

// Sums and gradients of half the squared differences.
struct LossArguments {
    const element* hidden;
    const element* target;
    element* of_hidden;
    float* sums;  // one for each thread, which are always added up in the same order
    int64_t count;
};
extern "C" __global__ void train_loss(const LossArguments arguments) {
    float sum = 0.0f;
    for (int64_t i = own_index(); i < arguments.count; i += blocks * threads) {
        const float difference = device::to_float(device::load_global(arguments.hidden + i)) -
                                 device::to_float(device::load_global(arguments.target + i));
        // That of the sum. The update divides by the count: fp16 would lose gradients of a mean.
        device::store_global(arguments.of_hidden + i, device::round_to<element>(difference));
        sum += 0.5f * difference * difference;
    }
    device::store_global(arguments.sums + own_index(), sum);
}

// master -= rate * gradient, and the master's elements, where there are such.
struct UpdateArguments {
    float* master;
    const float* gradient;  // null for none
    element* elements;      // null for none
    float rate;
    int64_t count;
};
extern "C" __global__ void train_update(const UpdateArguments arguments) {
    for (int64_t i = own_index(); i < arguments.count; i += blocks * threads) {
        float value = device::load_global(arguments.master + i);
        if (arguments.gradient != nullptr) {
            value -= arguments.rate * device::load_global(arguments.gradient + i);
            device::store_global(arguments.master + i, value);
        }
        if (arguments.elements != nullptr) device::store_global(arguments.elements + i, device::round_to<element>(value));
    }
}

namespace {

constexpr int steps = 6;
// Of the mean over sequences and steps. The more units, the more a step along the gradient of all of R moves each of them.
constexpr float rate = 4.0f / static_cast<float>(forward::head_dim);

void check(cudaError_t status, const char* what) {
    if (status == cudaSuccess) return;
    std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
    std::exit(2);
}

template <typename Arguments>
void launch(void (*kernel)(Arguments), Arguments arguments, cudaStream_t stream) {
    void* parameters[] = {&arguments};
    check(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(blocks), dim3(threads), parameters, 0, stream), "launch");
}

// An array on the device.
template <typename T>
class DeviceArray {
public:
    explicit DeviceArray(size_t elements) : elements_(elements) {
        if (elements > 0) check(cudaMalloc(&data_, elements * sizeof(T)), "cudaMalloc");
    }
    ~DeviceArray() { cudaFree(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;

    T* data() const { return data_; }
    size_t size() const { return elements_; }

    void fill(const std::vector<T>& host) const {
        check(cudaMemcpy(data_, host.data(), elements_ * sizeof(T), cudaMemcpyHostToDevice), "copy to the device");
    }
    std::vector<T> copy() const {
        std::vector<T> host(elements_);
        check(cudaMemcpy(host.data(), data_, elements_ * sizeof(T), cudaMemcpyDeviceToHost), "copy from the device");
        return host;
    }

private:
    T* data_ = nullptr;
    size_t elements_;
};

std::vector<float> random_numbers(size_t count, float largest, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-largest, largest);
    std::vector<float> numbers(count);
    for (float& number : numbers) number = uniform(random);
    return numbers;
}

// The layer, and all that a training step needs. Nothing is allocated in a step.
class Training {
public:
    Training(int batch, int sequence, int heads)
        : batch_(batch), sequence_(sequence), heads_(heads), row_(static_cast<size_t>(heads) * forward::head_dim),
          all_(static_cast<size_t>(batch) * static_cast<size_t>(sequence) * row_), input_(all_ * Cell::gates),
          weights_(Cell::gates * row_ * forward::head_dim), master_(weights_.size()), bias_(Cell::biases * row_),
          target_(all_), hidden_(all_), memory_(all_ * (Cell::states - 1)), saved_(all_ * Cell::saved), of_hidden_(all_),
          of_input_(input_.size()), of_weights_(weights_.size()), of_bias_(bias_.size()), loss_(blocks * threads),
          losses_(steps * loss_.size()), sums_(backward::sums_bytes(batch, heads) / sizeof(float)),
          forward_workspace_(forward::workspace_bytes(batch, heads)),
          backward_workspace_(backward::workspace_bytes(batch, heads)) {
        const DeviceArray<float> exact(input_.size());
        exact.fill(random_numbers(exact.size(), 1.0f, 1));
        launch(train_update, UpdateArguments{exact.data(), nullptr, input_.data(), 0.0f, count(exact)}, nullptr);
        begin_with(2);
        forward::Arguments teacher = forward_arguments();
        teacher.hidden = target_.data();
        check(forward::launch(teacher), "forward pass");
        check(cudaDeviceSynchronize(), "the target");
    }

    // R and b anew, from a seed.
    void begin_with(unsigned seed) {
        master_.fill(random_numbers(master_.size(), 1.0f / std::sqrt(static_cast<float>(forward::head_dim)), seed));
        bias_.fill(random_numbers(bias_.size(), 1.0f, seed + 1));
        launch(train_update, UpdateArguments{master_.data(), nullptr, weights_.data(), 0.0f, count(master_)}, nullptr);
        check(cudaDeviceSynchronize(), "R and b");
    }

    // One step, put on the stream. Nothing waits for the device.
    void step(cudaStream_t stream) {
        check(forward::launch(forward_arguments(), stream), "forward pass");
        launch(train_loss, LossArguments{hidden_.data(), target_.data(), of_hidden_.data(), loss_.data(), static_cast<int64_t>(all_)},
               stream);
        check(backward::launch(backward_arguments(), stream), "backward pass");
        const float of_sums = rate / (static_cast<float>(batch_) * static_cast<float>(sequence_));
        launch(train_update, UpdateArguments{master_.data(), of_weights_.data(), weights_.data(), of_sums, count(master_)}, stream);
        launch(train_update, UpdateArguments{bias_.data(), of_bias_.data(), nullptr, of_sums, count(bias_)}, stream);
    }

    // Keeps the loss that the step just put on the stream began with, on the device.
    void keep_loss(int index, cudaStream_t stream) {
        float* const place = losses_.data() + static_cast<size_t>(index) * loss_.size();
        check(cudaMemcpyAsync(place, loss_.data(), loss_.size() * sizeof(float), cudaMemcpyDeviceToDevice, stream), "the loss");
    }

    // The mean loss of all steps.
    std::vector<double> losses() const {
        const std::vector<float> sums = losses_.copy();
        std::vector<double> means(steps, 0.0);
        for (size_t i = 0; i < sums.size(); ++i) means[i / loss_.size()] += sums[i] / static_cast<double>(all_);
        return means;
    }

private:
    template <typename T>
    static int64_t count(const DeviceArray<T>& array) {
        return static_cast<int64_t>(array.size());
    }

    forward::Arguments forward_arguments() const {
        forward::Arguments arguments{};
        arguments.input = input_.data();
        arguments.weights = weights_.data();
        arguments.bias = bias_.data();
        arguments.hidden = hidden_.data();
        arguments.memory = memory_.data();
        arguments.saved = saved_.data();
        arguments.workspace = forward_workspace_.data();
        arguments.batch = batch_;
        arguments.sequence = sequence_;
        arguments.heads = heads_;
        arguments.clip = 1e4f;
        return arguments;
    }

    backward::Arguments backward_arguments() const {
        backward::Arguments arguments{};
        arguments.weights = weights_.data();
        arguments.hidden = hidden_.data();
        arguments.memory = memory_.data();
        arguments.saved = saved_.data();
        // For saved values that are computed again.
        arguments.input = input_.data();
        arguments.bias = bias_.data();
        arguments.of_hidden = of_hidden_.data();
        arguments.of_input = of_input_.data();
        arguments.of_weights = of_weights_.data();
        arguments.of_bias = of_bias_.data();
        arguments.sums = sums_.data();
        arguments.workspace = backward_workspace_.data();
        arguments.batch = batch_;
        arguments.sequence = sequence_;
        arguments.heads = heads_;
        arguments.clip = 1e4f;
        arguments.gradient_clip = 1e4f;
        return arguments;
    }

    int batch_;
    int sequence_;
    int heads_;
    size_t row_;
    size_t all_;
    DeviceArray<element> input_;
    DeviceArray<element> weights_;
    DeviceArray<float> master_;
    DeviceArray<float> bias_;
    DeviceArray<element> target_;
    DeviceArray<element> hidden_;
    DeviceArray<float> memory_;
    DeviceArray<element> saved_;
    DeviceArray<element> of_hidden_;
    DeviceArray<element> of_input_;
    DeviceArray<float> of_weights_;
    DeviceArray<float> of_bias_;
    DeviceArray<float> loss_;
    DeviceArray<float> losses_;
    DeviceArray<float> sums_;
    DeviceArray<unsigned char> forward_workspace_;
    DeviceArray<unsigned char> backward_workspace_;
};

std::vector<double> train(Training& training, cudaStream_t stream) {
    for (int index = 0; index < steps; ++index) {
        training.step(stream);
        training.keep_loss(index, stream);
    }
    check(cudaStreamSynchronize(stream), "training");
    return training.losses();
}

// The same with one step in a graph: launching it costs the host a call instead of one for each kernel.
std::vector<double> train_by_graph(Training& training, cudaStream_t stream) {
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), "begin of the capture");
    training.step(stream);
    check(cudaStreamEndCapture(stream, &graph), "end of the capture");
    check(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
    for (int index = 0; index < steps; ++index) {
        check(cudaGraphLaunch(executable, stream), "cudaGraphLaunch");
        training.keep_loss(index, stream);
    }
    check(cudaStreamSynchronize(stream), "training by a graph");
    check(cudaGraphExecDestroy(executable), "cudaGraphExecDestroy");
    check(cudaGraphDestroy(graph), "cudaGraphDestroy");
    return training.losses();
}

int run(int batch, int sequence, int heads) {
    constexpr unsigned seed = 5;
    cudaStream_t stream;
    check(cudaStreamCreate(&stream), "cudaStreamCreate");
    Training training(batch, sequence, heads);
    training.begin_with(seed);
    const std::vector<double> losses = train(training, stream);
    training.begin_with(seed);
    const std::vector<double> replayed = train_by_graph(training, stream);
    check(cudaStreamDestroy(stream), "cudaStreamDestroy");
    bool is_learning = true;
    for (int index = 0; index < steps; ++index) {
        std::printf("step %d: loss %.6f, by the graph %.6f\n", index, losses[index], replayed[index]);
        // Written so that a NaN does not pass.
        is_learning = is_learning && (index == 0 || losses[index] < losses[index - 1]) && replayed[index] == losses[index];
    }
    std::printf("%s\n", is_learning ? "PASS" : "FAIL");
    return is_learning ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 1 && count != 4) {
        std::fprintf(stderr, "usage: train [BATCH SEQUENCE HEADS]\n");
        return 2;
    }
    const auto size = [&](int index, int configured) { return count == 4 ? std::atoi(arguments[index]) : configured; };
    return run(size(1, CONSTRINT_RNN_FORWARD_BATCH), size(2, CONSTRINT_RNN_FORWARD_SEQUENCE),
               size(3, CONSTRINT_RNN_FORWARD_HEADS));
}
