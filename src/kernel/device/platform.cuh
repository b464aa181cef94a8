// What every kernel stands on: the CUDA keywords, or the emulator's stand-ins for them.
//
// Kernels reach the hardware only through the headers in this folder. Each wrapper has two bodies: inline PTX for
// nvcc, and a call of the emulator (`../emulator/`) when CONSTRINT_EMULATOR is defined, where a plain C++17 compiler is
// enough. Beside the wrappers, a kernel may use `threadIdx`, `blockIdx`, `blockDim`, `gridDim`, `__launch_bounds__` and
// `__maxnreg__` (one of the two on a kernel, not both), but no `__shared__` variable: see `memory.cuh`.
//
//   platform.cuh    keywords, small arithmetic, who the thread is
//   number.cuh      bf16, fp16 and tf32, and conversions from and to fp32
//   memory.cuh      loads and stores of shared and global memory, vectors
//   async_copy.cuh  copies from global to shared memory beside other work
//   ldmatrix.cuh    warp-wide loads of matrix fragments from shared memory
//   mma.cuh         warp-wide matrix products
//   warp.cuh        shuffles and votes
//   flag.cuh        flags and sums in global memory: release, acquire, atomic addition
//   barrier.cuh     barriers of a warp, some warps, a block, several blocks, the grid
//   math.cuh        tanh, the logistic function, exp, log
#pragma once

#if defined(CONSTRINT_EMULATOR)
#include "../emulator/emulator.h"
#else
#include <cstdint>
#include <cstring>
#endif

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
#error "cp.async and bf16 matrix products need compute capability 8.0 or later"
#endif

#define CONSTRINT_DEVICE __device__ __forceinline__

namespace constrint::device {

constexpr int warp_lanes = 32;

// Rounds a quotient up; both integers positive, their sum below 2^31.
__host__ __device__ constexpr int ceil_div(int dividend, int divisor) { return (dividend + divisor - 1) / divisor; }

__host__ __device__ constexpr int minimum(int left, int right) { return left < right ? left : right; }
__host__ __device__ constexpr int maximum(int left, int right) { return left > right ? left : right; }

// The thread's place in its warp, 0 to 31, and the warp's place in its block. Blocks are one-dimensional.
CONSTRINT_DEVICE int lane_index() { return static_cast<int>(threadIdx.x) % warp_lanes; }
CONSTRINT_DEVICE int warp_index() { return static_cast<int>(threadIdx.x) / warp_lanes; }

// Keeps the compiler from replacing the value by an expression of what it was computed from.
CONSTRINT_DEVICE void forget_origin([[maybe_unused]] uint64_t& value) {
#if !defined(CONSTRINT_EMULATOR)
    asm volatile("" : "+l"(value));
#endif
}
CONSTRINT_DEVICE void forget_origin([[maybe_unused]] float& value) {
#if !defined(CONSTRINT_EMULATOR)
    asm volatile("" : "+f"(value));
#endif
}

// The same bits as another type of the same size.
template <typename To, typename From>
__host__ CONSTRINT_DEVICE To bits_as(const From& from) {
    static_assert(sizeof(To) == sizeof(From), "only the type changes, not the bits");
    To to;
    memcpy(&to, &from, sizeof(to));
    return to;
}

}  // namespace constrint::device
