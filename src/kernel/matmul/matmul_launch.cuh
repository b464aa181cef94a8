// Calls the matrix product from C++.
//
// Either include this after matmul.cu, in one .cu file; or compile matmul.cu on its own, with the same configuration,
// and include this wherever the product is called. `example.cu` does the former.
#pragma once

#include <cuda_runtime.h>

#include "../device/number.cuh"
#include "config.cuh"

extern "C" __global__ void constrint_matmul(const constrint::device::bf16* a, const constrint::device::bf16* b, void* c,
                                            float* workspace, int m, int n, int k);
#if CONSTRINT_MATMUL_SPLIT_K > 1
extern "C" __global__ void constrint_matmul_reduce(const float* workspace, void* c, int m, int n);
#endif

namespace constrint::matmul {

// Device memory that `launch` needs beside the matrices; 0 without SPLIT_K.
inline size_t workspace_bytes(int m, int n) {
    if constexpr (split_k == 1) return 0;
    return sizeof(float) * split_k * static_cast<size_t>(m) * static_cast<size_t>(n);
}

// Whether the kernel can compute this shape; see matmul.cu.
inline bool is_supported(int m, int n, int k) {
    constexpr int limit = 1 << 30;
    const bool in_range = m >= 1 && n >= 1 && k >= 1 && m <= limit && n <= limit && k <= limit;
    return in_range && k % vector_a == 0 && n % vector_b == 0 && n % vector_c == 0;
}

// Whether the matrices begin where vectors may: a row does if the first one does, as the vectors divide the rows.
inline bool is_aligned(const void* a, const void* b, const void* c, const float* workspace) {
    const auto divides = [](size_t bytes, const void* address) {
        return reinterpret_cast<uintptr_t>(address) % bytes == 0;
    };
    constexpr size_t out_bytes = out_f32 == 1 ? sizeof(float) : sizeof(device::bf16);
    return divides(vector_a * sizeof(device::bf16), a) && divides(vector_b * sizeof(device::bf16), b) &&
           divides(vector_c * out_bytes, c) && divides(vector_c * sizeof(float), workspace);
}

#if CONSTRINT_MATMUL_SPLIT_K > 1
inline cudaError_t launch_reduce(const float* workspace, void* c, int m, int n, cudaStream_t stream) {
    constexpr int block = 256;
    // Enough blocks for the largest GPU; each thread takes several elements of a larger matrix.
    constexpr int64_t most_blocks = 4096;
    const int64_t blocks = (static_cast<int64_t>(m) * n + block - 1) / block;
    constrint_matmul_reduce<<<static_cast<unsigned>(blocks < most_blocks ? blocks : most_blocks), block, 0, stream>>>(
        workspace, c, m, n);
    return cudaGetLastError();
}
#endif

// Starts C = A B on `stream`. `a` is m x k and `b` is k x n, bf16, row-major; `c` is m x n, fp32 or bf16 as configured;
// all in device memory, aligned as `is_aligned` asks, which what cudaMalloc returns always is. `workspace` has
// `workspace_bytes(m, n)` bytes and may be null if that is 0.
inline cudaError_t launch(const void* a, const void* b, void* c, float* workspace, int m, int n, int k,
                          cudaStream_t stream = nullptr) {
    if (!is_supported(m, n, k)) return cudaErrorInvalidValue;
    if (!is_aligned(a, b, c, workspace)) return cudaErrorMisalignedAddress;
    const int64_t tiles =
        static_cast<int64_t>(device::ceil_div(m, block_m)) * static_cast<int64_t>(device::ceil_div(n, block_n));
    if (tiles > INT32_MAX) return cudaErrorInvalidValue;

    // More than 48 KiB a block must be asked for.
    const cudaError_t status = cudaFuncSetAttribute(constrint_matmul, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                    static_cast<int>(shared_memory_bytes));
    if (status != cudaSuccess) return status;
    const dim3 grid(static_cast<unsigned>(tiles), 1, split_k);
    constrint_matmul<<<grid, threads, static_cast<size_t>(shared_memory_bytes), stream>>>(
        static_cast<const device::bf16*>(a), static_cast<const device::bf16*>(b), c, workspace, m, n, k);
    const cudaError_t launched = cudaGetLastError();
#if CONSTRINT_MATMUL_SPLIT_K > 1
    if (launched == cudaSuccess) return launch_reduce(workspace, c, m, n, stream);
#endif
    return launched;
}

}  // namespace constrint::matmul
