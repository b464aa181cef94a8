// Runs the configured matrix product on a GPU, compares it with a plain product on the host, and times it.
//
//   nvcc -std=c++17 -O3 -arch=sm_80 -I DIRECTORY_OF_THE_HEADER example.cu -o example && ./example [M N K]
//
// where the header is the generated matmul_config.h. Exit status: 0 when the results agree, 1 when not, 2 on an error.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "matmul.cu"
#include "matmul_launch.cuh"

namespace {

using constrint::device::bf16;
using constrint::device::to_float;
namespace matmul = constrint::matmul;

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
    ~DeviceArray() { cudaFree(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;

    T* data() const { return data_; }
    void copy_from(const std::vector<T>& host) {
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

// Numbers from -1 to 1, cut to bf16.
std::vector<bf16> random_matrix(size_t elements, std::mt19937& random) {
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    std::vector<bf16> matrix(elements);
    for (bf16& element : matrix) {
        const float value = uniform(random);
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof(bits));
        element.bits = static_cast<uint16_t>(bits >> 16);
    }
    return matrix;
}

struct Shape {
    int m;
    int n;
    int k;
};

double exact_element(const std::vector<bf16>& a, const std::vector<bf16>& b, Shape shape, size_t row, size_t column) {
    const size_t n = static_cast<size_t>(shape.n);
    const size_t k = static_cast<size_t>(shape.k);
    double sum = 0.0;
    for (size_t i = 0; i < k; ++i) {
        sum += static_cast<double>(to_float(a[row * k + i])) * static_cast<double>(to_float(b[i * n + column]));
    }
    return sum;
}

// Whether about a million elements, evenly spread, are as near to the exact ones as their type allows.
template <typename T>
bool agrees(const std::vector<bf16>& a, const std::vector<bf16>& b, const std::vector<T>& c, Shape shape) {
    const double rounding = sizeof(T) == 2 ? 1.0 / 256.0 : 0.0;
    const double noise = 1e-5 * std::sqrt(static_cast<double>(shape.k));
    const size_t n = static_cast<size_t>(shape.n);
    // An odd distance meets all rows and columns in turn.
    const size_t work = c.size() * static_cast<size_t>(shape.k);
    const size_t distance = work / 1000000000 * 2 + 1;
    double largest = 0.0;
    bool all_agree = true;
    for (size_t i = 0; i < c.size(); i += distance) {
        const double exact = exact_element(a, b, shape, i / n, i % n);
        const double difference = std::fabs(static_cast<double>(to_float(c[i])) - exact);
        largest = difference > largest ? difference : largest;
        all_agree = all_agree && difference <= rounding * std::fabs(exact) + noise;
    }
    std::printf("largest difference %.3g over %zu elements: %s\n", largest, (c.size() + distance - 1) / distance,
                all_agree ? "PASS" : "FAIL");
    return all_agree;
}

// Milliseconds of one product, the mean of 20 after one to warm up.
template <typename Launch>
float measure(Launch launch) {
    constexpr int repetitions = 20;
    cudaEvent_t start;
    cudaEvent_t stop;
    check(cudaEventCreate(&start), "cudaEventCreate");
    check(cudaEventCreate(&stop), "cudaEventCreate");
    launch();
    check(cudaEventRecord(start), "cudaEventRecord");
    for (int i = 0; i < repetitions; ++i) launch();
    check(cudaEventRecord(stop), "cudaEventRecord");
    check(cudaEventSynchronize(stop), "matrix product");
    float total_ms = 0.0f;
    check(cudaEventElapsedTime(&total_ms, start, stop), "cudaEventElapsedTime");
    check(cudaEventDestroy(start), "cudaEventDestroy");
    check(cudaEventDestroy(stop), "cudaEventDestroy");
    return total_ms / repetitions;
}

template <typename T>
int run(Shape shape) {
    const size_t m = static_cast<size_t>(shape.m);
    const size_t n = static_cast<size_t>(shape.n);
    const size_t k = static_cast<size_t>(shape.k);
    std::mt19937 random(1);
    const std::vector<bf16> a = random_matrix(m * k, random);
    const std::vector<bf16> b = random_matrix(k * n, random);
    DeviceArray<bf16> device_a(m * k);
    DeviceArray<bf16> device_b(k * n);
    DeviceArray<T> device_c(m * n);
    DeviceArray<float> workspace(matmul::workspace_bytes(shape.m, shape.n) / sizeof(float));
    device_a.copy_from(a);
    device_b.copy_from(b);

    const float milliseconds = measure([&] {
        check(matmul::launch(device_a.data(), device_b.data(), device_c.data(), workspace.data(), shape.m, shape.n,
                             shape.k),
              "launch");
    });
    const double operations = 2.0 * shape.m * shape.n * shape.k;
    std::printf("%d x %d x %d: %.4f ms, %.1f TFLOP/s\n", shape.m, shape.n, shape.k, milliseconds,
                operations / milliseconds * 1e-9);
    return agrees(a, b, device_c.copy(), shape) ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 1 && count != 4) {
        std::fprintf(stderr, "usage: example [M N K]\n");
        return 2;
    }
    Shape shape{CONSTRINT_MATMUL_M, CONSTRINT_MATMUL_N, CONSTRINT_MATMUL_K};
    if (count == 4) shape = {std::atoi(arguments[1]), std::atoi(arguments[2]), std::atoi(arguments[3])};
    if constexpr (matmul::out_f32 == 1) return run<float>(shape);
    return run<bf16>(shape);
}
