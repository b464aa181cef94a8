// The keywords and built-in variables of CUDA C++ that kernels use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "grid.h"

#define __global__
#define __device__
#define __host__
// Always inlined, so that one address tells the whole chain of calls (`source_line.h`).
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __maxnreg__(...)

#define threadIdx (::constrint::emulator::Grid::thread().coordinates)
#define blockIdx (::constrint::emulator::Grid::thread().block.place)
#define blockDim (::constrint::emulator::Grid::current()->launch().block)
#define gridDim (::constrint::emulator::Grid::current()->launch().grid)
