// Arrays and launches on the first GPU.
#pragma once

#include <cuda_runtime.h>

#include <tuple>
#include <utility>
#include <vector>

namespace constrint::driver {

inline void check(cudaError_t status, const char* what) {
    if (status != cudaSuccess) give_up("%s: %s", what, cudaGetErrorString(status));
}

inline void prepare() {
    int gpus = 0;
    check(cudaGetDeviceCount(&gpus), "no GPU can be used");
    if (gpus == 0) give_up("there is no GPU");
}

template <typename T>
class Array {
public:
    Array(const Job& job, const char* name) : Array(job, name, job.input_bytes(name) / sizeof(T)) {
        std::vector<T> values(elements_);
        job.read(name, values.data(), bytes());
        check(cudaMemcpy(data_, values.data(), bytes(), cudaMemcpyHostToDevice), name);
    }

    // All bytes begin as 0xff, a NaN in bf16, fp16 and fp32: what the kernel leaves out shows.
    Array(const Job& job, const char* name, std::size_t elements) : job_(job), name_(name), elements_(elements) {
        if (elements == 0) return;
        check(cudaMalloc(&data_, bytes()), name);
        check(cudaMemset(data_, 0xff, bytes()), name);
    }
    ~Array() { cudaFree(data_); }

    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;

    T* data() { return data_; }
    std::size_t size() const { return elements_; }

    void zero() { check(cudaMemset(data_, 0, bytes()), name_); }

    void save() const {
        std::vector<T> values(elements_);
        check(cudaMemcpy(values.data(), data_, bytes(), cudaMemcpyDeviceToHost), name_);
        job_.write(name_, values.data(), bytes());
    }

private:
    std::size_t bytes() const { return elements_ * sizeof(T); }

    const Job& job_;
    const char* name_;
    std::size_t elements_;
    T* data_ = nullptr;
};

template <typename... Parameters, typename... Arguments>
void launch(const Job&, const Configuration& what, void (*kernel)(Parameters...), Arguments... arguments) {
    const void* const function = reinterpret_cast<const void*>(kernel);
    check(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(what.shared_bytes)),
          "dynamic shared memory");
    check(cudaFuncSetAttribute(function, cudaFuncAttributePreferredSharedMemoryCarveout, cudaSharedmemCarveoutMaxShared),
          "shared memory's part beside L1");
    std::tuple<Parameters...> values(static_cast<Parameters>(arguments)...);
    std::vector<void*> pointers;
    std::apply([&](auto&... value) { (pointers.push_back(&value), ...); }, values);
    const dim3 grid(what.grid.x, what.grid.y, what.grid.z);
    const dim3 block(what.block.x, what.block.y, what.block.z);
    const cudaError_t status =
        what.cooperative ? cudaLaunchCooperativeKernel(function, grid, block, pointers.data(), what.shared_bytes, nullptr)
                         : cudaLaunchKernel(function, grid, block, pointers.data(), what.shared_bytes, nullptr);
    check(status, "launch");
    check(cudaDeviceSynchronize(), "kernel");
}

}  // namespace constrint::driver
