// Calls a kernel's launch function with the recorder for a runtime, and prints the bytes that it asks for: tests/device/plans.rs
// compiles this with MATMUL, FORWARD or BACKWARD, and holds a plan against what comes out. Sizes and addresses are arguments, NAME=VALUE.
#include <cuda_runtime.h>

#include <cstdlib>

namespace {

int count;
char** settings;

size_t value(const char* name) {
    const size_t length = std::strlen(name);
    for (int i = 1; i < count; ++i) {
        if (std::strncmp(settings[i], name, length) == 0 && settings[i][length] == '=') {
            return std::strtoull(settings[i] + length + 1, nullptr, 10);
        }
    }
    std::fprintf(stderr, "no %s\n", name);
    std::exit(1);
}

[[maybe_unused]] int size(const char* name) { return static_cast<int>(value(name)); }

template <typename Pointer>
void address(Pointer& pointer, const char* name) {
    pointer = reinterpret_cast<Pointer>(value(name));
}

}  // namespace

#define ADDRESS(NAME) address(arguments.NAME, #NAME)

#if defined(MATMUL)

#include "matmul/matmul_launch.cuh"

extern "C" void constrint_matmul(const constrint::device::bf16*, const constrint::device::bf16*, void*, float*, int, int, int) {}
#if CONSTRINT_MATMUL_SPLIT_K > 1
extern "C" void constrint_matmul_reduce(const float*, void*, int, int) {}
#endif

int main(int arguments, char** texts) {
    namespace matmul = constrint::matmul;
    count = arguments;
    settings = texts;
    NAMED(constrint_matmul, 0);
#if CONSTRINT_MATMUL_SPLIT_K > 1
    NAMED(constrint_matmul_reduce, 0);
#endif
    const int m = size("m"), n = size("n"), k = size("k");
    std::printf("bytes workspace %zu\n", matmul::workspace_bytes(m, n));
    const void* a;
    const void* b;
    void* c;
    float* workspace;
    address(a, "a");
    address(b, "b");
    address(c, "c");
    address(workspace, "workspace");
    return matmul::launch(a, b, c, workspace, m, n, k);
}

#elif defined(FORWARD)

#include "recurrent/forward/rnn_forward_launch.cuh"

extern "C" void constrint_rnn_forward(const constrint::rnn_forward::Arguments) {}

int main(int texts_count, char** texts) {
    namespace rnn = constrint::rnn_forward;
    count = texts_count;
    settings = texts;
    NAMED(constrint_rnn_forward, sizeof(rnn::Arguments));
    rnn::Arguments arguments{};
    arguments.batch = size("batch");
    arguments.sequence = size("sequence");
    arguments.heads = size("heads");
    arguments.clip = static_cast<float>(size("clip")) / 256.0f;
    ADDRESS(input);
    ADDRESS(weights);
    ADDRESS(bias);
    ADDRESS(initial);
    ADDRESS(hidden);
    ADDRESS(memory);
    ADDRESS(saved);
    ADDRESS(last);
    ADDRESS(workspace);
    std::printf("bytes workspace %zu\n", rnn::workspace_bytes(arguments.batch, arguments.heads));
    return rnn::launch(arguments);
}

#elif defined(BACKWARD)

#include "recurrent/backward/rnn_backward_launch.cuh"

extern "C" void constrint_rnn_backward(const constrint::rnn_backward::Arguments) {}
extern "C" void constrint_rnn_backward_saved(const constrint::rnn_backward::Arguments) {}
extern "C" void constrint_rnn_backward_weights(const constrint::rnn_backward::Arguments) {}
extern "C" void constrint_rnn_backward_sums(const constrint::rnn_backward::Arguments) {}

int main(int texts_count, char** texts) {
    namespace rnn = constrint::rnn_backward;
    count = texts_count;
    settings = texts;
    NAMED(constrint_rnn_backward, sizeof(rnn::Arguments));
    NAMED(constrint_rnn_backward_saved, sizeof(rnn::Arguments));
    NAMED(constrint_rnn_backward_weights, sizeof(rnn::Arguments));
    NAMED(constrint_rnn_backward_sums, sizeof(rnn::Arguments));
    rnn::Arguments arguments{};
    arguments.batch = size("batch");
    arguments.sequence = size("sequence");
    arguments.heads = size("heads");
    arguments.clip = static_cast<float>(size("clip")) / 256.0f;
    arguments.gradient_clip = static_cast<float>(size("gradient_clip")) / 256.0f;
    ADDRESS(weights);
    ADDRESS(initial);
    ADDRESS(hidden);
    ADDRESS(memory);
    ADDRESS(saved);
    ADDRESS(of_hidden);
    ADDRESS(of_memory);
    ADDRESS(of_last);
    ADDRESS(of_input);
    ADDRESS(of_initial);
    ADDRESS(of_weights);
    ADDRESS(of_bias);
    ADDRESS(sums);
    ADDRESS(workspace);
    ADDRESS(input);
    ADDRESS(bias);
    std::printf("bytes workspace %zu\n", rnn::workspace_bytes(arguments.batch, arguments.heads));
    std::printf("bytes sums %zu\n", rnn::sums_bytes(arguments.batch, arguments.heads));
    if (rnn::recomputes) {
        std::printf("bytes saved %zu\n", rnn::saved_workspace_bytes(arguments.batch, arguments.sequence, arguments.heads));
    }
    return rnn::launch(arguments);
}

#endif
