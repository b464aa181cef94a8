// What every kernel stands on: the CUDA keywords, or the emulator's stand-ins for them.
//
// Kernels reach the hardware only through the headers in this folder. Each wrapper has two bodies: inline PTX for
// nvcc, and a call of the emulator (`../emulator/`) when CONSTRINT_EMULATOR is defined, where a plain C++17 compiler is
// enough.
#pragma once

#if defined(CONSTRINT_EMULATOR)
#include "../emulator/emulator.h"
#else
#include <cstdint>
#endif

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
#error "cp.async and bf16 matrix products need compute capability 8.0 or later"
#endif

#define CONSTRINT_DEVICE __device__ __forceinline__

namespace constrint::device {

// Rounds a quotient up; both integers positive, their sum below 2^31.
__host__ __device__ constexpr int ceil_div(int dividend, int divisor) { return (dividend + divisor - 1) / divisor; }

__host__ __device__ constexpr int minimum(int left, int right) { return left < right ? left : right; }

// Waits until every thread of the block is here; orders their shared and global memory accesses.
CONSTRINT_DEVICE void block_barrier() {
#if defined(CONSTRINT_EMULATOR)
    emulator::block_barrier();
#else
    __syncthreads();
#endif
}

// Keeps the compiler from replacing the value by an expression of what it was computed from.
CONSTRINT_DEVICE void forget_origin([[maybe_unused]] uint64_t& value) {
#if !defined(CONSTRINT_EMULATOR)
    asm volatile("" : "+l"(value));
#endif
}

}  // namespace constrint::device
