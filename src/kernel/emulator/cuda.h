// The keywords and built-in variables of CUDA C++ that kernels use.
#pragma once

#include "interface.h"

#define __global__
#define __device__
#define __host__
// Always inlined, so that one address tells the whole chain of calls (`source_line.h`).
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __maxnreg__(...)

#define threadIdx (::constrint::emulator::thread_coordinates())
#define blockIdx (::constrint::emulator::block_coordinates())
#define blockDim (::constrint::emulator::block_extents())
#define gridDim (::constrint::emulator::grid_extents())
