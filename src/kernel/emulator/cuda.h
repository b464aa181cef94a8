// The keywords and built-in variables of CUDA C++ that kernels use.
#pragma once

#include <cstddef>
#include <cstdint>

#include "block.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __maxnreg__(...)

#define threadIdx (::constrint::emulator::Block::current()->thread().coordinates)
#define blockIdx (::constrint::emulator::Block::current()->place())
#define blockDim (::constrint::emulator::Block::current()->shape())
#define gridDim (::constrint::emulator::Block::current()->grid())
