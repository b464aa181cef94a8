// The part of CUDA's runtime that launch functions call, as a recorder: nothing runs, and what is launched is printed, a line each:
//
//     launch KERNEL GRID.X GRID.Y GRID.Z BLOCK.X BLOCK.Y BLOCK.Z SHARED COOPERATIVE PARAMETERS IN HEXADECIMAL DIGITS
//     zero ADDRESS BYTES
//
// A program names its kernels with NAMED. It is compiled with -DCONSTRINT_EMULATOR, of which the keywords alone are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "../../../src/kernel/emulator/emulator.h"

enum cudaError_t { cudaSuccess, cudaErrorInvalidValue, cudaErrorMisalignedAddress };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize, cudaFuncAttributePreferredSharedMemoryCarveout };
constexpr int cudaSharedmemCarveoutMaxShared = 100;
using cudaStream_t = void*;

struct dim3 {
    unsigned x;
    unsigned y;
    unsigned z;
    dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

namespace recorder {

struct Kernel {
    std::string name;
    // Of its only parameter, where the runtime is given that by its address.
    size_t bytes;
};

inline std::map<const void*, Kernel>& kernels() {
    static std::map<const void*, Kernel> kernels;
    return kernels;
}

inline void launch(const void* kernel, const dim3& grid, const dim3& block, const std::vector<unsigned char>& parameters, size_t shared,
                   bool is_cooperative) {
    std::printf("launch %s %u %u %u %u %u %u %zu %d ", kernels().at(kernel).name.c_str(), grid.x, grid.y, grid.z, block.x, block.y,
                block.z, shared, is_cooperative);
    for (const unsigned char byte : parameters) std::printf("%02x", byte);
    std::printf("\n");
}

// Of a launch in angle brackets, whose parameters have the kernel's types and lie beside each other as C++ aligns them.
template <typename... Parameters>
auto recorded(void (*kernel)(Parameters...), const dim3& grid, const dim3& block, size_t shared = 0, cudaStream_t = nullptr) {
    return [=](Parameters... values) {
        std::vector<unsigned char> all;
        const auto add = [&](const auto& value) {
            all.resize((all.size() + alignof(decltype(value)) - 1) / alignof(decltype(value)) * alignof(decltype(value)));
            const auto* const bytes = reinterpret_cast<const unsigned char*>(&value);
            all.insert(all.end(), bytes, bytes + sizeof(value));
        };
        (add(values), ...);
        launch(reinterpret_cast<const void*>(kernel), grid, block, all, shared, false);
    };
}

}  // namespace recorder

#define NAMED(KERNEL, BYTES) recorder::kernels()[reinterpret_cast<const void*>(KERNEL)] = {#KERNEL, BYTES}

template <typename Kernel>
cudaError_t cudaFuncSetAttribute(Kernel*, cudaFuncAttribute, int) {
    return cudaSuccess;
}
inline cudaError_t cudaGetLastError() { return cudaSuccess; }

inline cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t) {
    if (value != 0) return cudaErrorInvalidValue;
    std::printf("zero %zu %zu\n", reinterpret_cast<size_t>(to), bytes);
    return cudaSuccess;
}

namespace recorder {

inline cudaError_t launch_struct(const void* kernel, dim3 grid, dim3 block, void** parameters, size_t shared, bool is_cooperative) {
    const auto* const bytes = static_cast<const unsigned char*>(parameters[0]);
    launch(kernel, grid, block, {bytes, bytes + kernels().at(kernel).bytes}, shared, is_cooperative);
    return cudaSuccess;
}

}  // namespace recorder

inline cudaError_t cudaLaunchKernel(const void* kernel, dim3 grid, dim3 block, void** parameters, size_t shared, cudaStream_t) {
    return recorder::launch_struct(kernel, grid, block, parameters, shared, false);
}

inline cudaError_t cudaLaunchCooperativeKernel(const void* kernel, dim3 grid, dim3 block, void** parameters, size_t shared,
                                               cudaStream_t) {
    return recorder::launch_struct(kernel, grid, block, parameters, shared, true);
}
