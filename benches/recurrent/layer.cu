// Runs a recurrent layer on arrays from files, and times it: run.py compiles and calls it.
//
//   layer FOLDER BATCH SEQUENCE HEADS REPEATS
//
// Reads FOLDER/NAME.in: input, weights and bias; writes hidden.out. Where the forward pass saves for training (the configuration says
// so) it is followed by the backward pass, and of_hidden is read; of_input, of_weights, of_bias and of_initial are written. The
// arrays lie as arguments.cuh of the passes has them. Both passes then run REPEATS times, after a fifth of a second to warm up, on one
// stream; standard output gets a JSON object with the milliseconds of each time by CUDA events. Exit status: 0, or 2 on an error.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "recurrent/forward/rnn_forward.cu"
#include "recurrent/forward/rnn_forward_launch.cuh"
#if CONSTRINT_RNN_FORWARD_TRAINING == 1
#include "recurrent/backward/rnn_backward.cu"
#include "recurrent/backward/rnn_backward_launch.cuh"
#endif

namespace {

namespace forward = constrint::rnn_forward;
using forward::Cell;
using forward::element;

void check(cudaError_t status, const char* what) {
    if (status == cudaSuccess) return;
    std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
    std::exit(2);
}

std::FILE* open(const std::string& path, const char* mode) {
    std::FILE* const file = std::fopen(path.c_str(), mode);
    if (file == nullptr) {
        std::fprintf(stderr, "%s cannot be opened\n", path.c_str());
        std::exit(2);
    }
    return file;
}

// An array on the device, and its file.
template <typename T>
class DeviceArray {
public:
    explicit DeviceArray(size_t elements) : elements_(elements) {
        if (elements > 0) check(cudaMalloc(&data_, elements * sizeof(T)), "cudaMalloc");
    }
    DeviceArray(const std::string& folder, const char* name, size_t elements) : DeviceArray(elements) {
        std::vector<T> host(elements);
        std::FILE* const file = open(folder + "/" + name + ".in", "rb");
        const bool is_whole = std::fread(host.data(), sizeof(T), elements, file) == elements && std::fgetc(file) == EOF;
        std::fclose(file);
        if (!is_whole) {
            std::fprintf(stderr, "%s.in does not have %zu elements\n", name, elements);
            std::exit(2);
        }
        check(cudaMemcpy(data_, host.data(), elements * sizeof(T), cudaMemcpyHostToDevice), "copy to the device");
    }
    ~DeviceArray() { cudaFree(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;

    T* data() const { return data_; }

    void save(const std::string& folder, const char* name) const {
        std::vector<T> host(elements_);
        check(cudaMemcpy(host.data(), data_, elements_ * sizeof(T), cudaMemcpyDeviceToHost), "copy from the device");
        std::FILE* const file = open(folder + "/" + name + ".out", "wb");
        const bool is_whole = std::fwrite(host.data(), sizeof(T), elements_, file) == elements_;
        if (std::fclose(file) != 0 || !is_whole) {
            std::fprintf(stderr, "%s.out cannot be written\n", name);
            std::exit(2);
        }
    }

private:
    T* data_ = nullptr;
    size_t elements_;
};

class Event {
public:
    Event() { check(cudaEventCreate(&event_), "cudaEventCreate"); }
    ~Event() { cudaEventDestroy(event_); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void record() const { check(cudaEventRecord(event_), "cudaEventRecord"); }
    void wait() const { check(cudaEventSynchronize(event_), "recurrent layer"); }
    float since(const Event& start) const {
        float ms = 0.0f;
        check(cudaEventElapsedTime(&ms, start.event_, event_), "cudaEventElapsedTime");
        return ms;
    }

private:
    cudaEvent_t event_{};
};

void print(const char* name, const std::vector<float>& times_ms) {
    std::printf("\"%s\": [", name);
    for (size_t i = 0; i < times_ms.size(); ++i) std::printf("%s%.6f", i == 0 ? "" : ", ", times_ms[i]);
    std::printf("]");
}

// `there` alone, or `there` and then `back`.
template <typename There, typename Back>
void measure(int repeats, bool has_back, There there, Back back) {
    const Event start;
    const Event turn;
    const Event stop;
    std::vector<float> times[3];
    // An idle GPU needs a while to raise its clocks.
    const auto began = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(200)) {
        there();
        back();
        check(cudaDeviceSynchronize(), "recurrent layer");
    }
    for (int i = 0; i < repeats; ++i) {
        start.record();
        there();
        turn.record();
        back();
        stop.record();
        stop.wait();
        times[0].push_back(turn.since(start));
        times[1].push_back(stop.since(turn));
        times[2].push_back(stop.since(start));
    }
    std::printf("{");
    print("forward_ms", times[0]);
    if (has_back) {
        std::printf(", ");
        print("backward_ms", times[1]);
        std::printf(", ");
        print("both_ms", times[2]);
    }
    std::printf("}\n");
}

void run(const std::string& folder, size_t batch, size_t sequence, size_t heads, int repeats) {
    const int counts[] = {static_cast<int>(batch), static_cast<int>(sequence), static_cast<int>(heads)};
    const size_t row = heads * forward::head_dim;
    const size_t units = batch * row;
    const size_t all = units * sequence;
    const size_t kept = forward::is_training ? all : 0;
    const DeviceArray<element> input(folder, "input", all * Cell::gates);
    const DeviceArray<element> weights(folder, "weights", Cell::gates * row * forward::head_dim);
    const DeviceArray<float> bias(folder, "bias", Cell::biases * row);
    const DeviceArray<element> hidden(all);
    const DeviceArray<float> memory(kept * (Cell::states - 1));
    const DeviceArray<element> saved(kept * Cell::saved);
    const DeviceArray<unsigned char> workspace(forward::workspace_bytes(counts[0], counts[2]));
    forward::Arguments there{};
    there.input = input.data();
    there.weights = weights.data();
    there.bias = bias.data();
    there.hidden = hidden.data();
    there.memory = memory.data();
    there.saved = saved.data();
    there.workspace = workspace.data();
    there.batch = counts[0];
    there.sequence = counts[1];
    there.heads = counts[2];
    const auto go = [&] { check(forward::launch(there), "forward pass"); };
#if CONSTRINT_RNN_FORWARD_TRAINING == 1
    namespace backward = constrint::rnn_backward;
    const DeviceArray<element> of_hidden(folder, "of_hidden", all);
    const DeviceArray<element> of_input(all * Cell::gates);
    const DeviceArray<float> of_initial(units * Cell::states);
    const DeviceArray<float> of_weights(Cell::gates * row * forward::head_dim);
    const DeviceArray<float> of_bias(Cell::biases * row);
    const DeviceArray<float> sums(backward::sums_bytes(counts[0], counts[2]) / sizeof(float));
    const DeviceArray<unsigned char> exchange(backward::workspace_bytes(counts[0], counts[2]));
    backward::Arguments back{};
    back.weights = weights.data();
    back.hidden = hidden.data();
    back.memory = memory.data();
    back.saved = saved.data();
    back.of_hidden = of_hidden.data();
    back.of_input = of_input.data();
    back.of_initial = of_initial.data();
    back.of_weights = of_weights.data();
    back.of_bias = of_bias.data();
    back.sums = sums.data();
    back.workspace = exchange.data();
    back.batch = counts[0];
    back.sequence = counts[1];
    back.heads = counts[2];
    const auto come = [&] { check(backward::launch(back), "backward pass"); };
#else
    const auto come = [] {};
#endif
    go();
    come();
    check(cudaDeviceSynchronize(), "recurrent layer");
    hidden.save(folder, "hidden");
#if CONSTRINT_RNN_FORWARD_TRAINING == 1
    of_input.save(folder, "of_input");
    of_initial.save(folder, "of_initial");
    of_weights.save(folder, "of_weights");
    of_bias.save(folder, "of_bias");
#endif
    if (repeats > 0) measure(repeats, forward::is_training, go, come);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) {
        std::fprintf(stderr, "usage: layer FOLDER BATCH SEQUENCE HEADS REPEATS\n");
        return 2;
    }
    const auto size = [&](int index) { return static_cast<size_t>(std::atoi(arguments[index])); };
    run(arguments[1], size(2), size(3), size(4), std::atoi(arguments[5]));
    return 0;
}
