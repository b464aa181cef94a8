// Runs CUDA kernels on the CPU, to check their numbers and their synchronisation without a GPU.
//
// Needs a C++17 compiler for Linux and nothing else. A kernel is compiled unchanged with -DCONSTRINT_EMULATOR; the
// wrappers in `../device/` then call what is declared here. Each thread of a block is a fiber; blocks run one after the
// other. There is no parallelism and no timing. What it adds to running the numbers:
//
// - Fibers run in a random order that a seed decides, so a missing barrier shows as a wrong result or a race.
// - Every element of shared memory remembers who touched it since the last barrier: an unordered access is an error
//   whatever the order of fibers (`shared_memory.h`).
// - Shared memory begins as NaN, and an asynchronous copy turns its destination into NaN until it has been waited for.
// - Accesses to global memory are checked for bounds and alignment (`global_memory.h`).
//
// Files, each importing only those above it:
//   failure.h        how a fault of the kernel is reported
//   fiber.h          stacks and switching between them
//   global_memory.h  the buffers that a kernel may touch
//   shared_memory.h  one block's shared memory with its shadow state
//   block.h          threads, warps, barriers, the scheduler
//   instructions.h   what the wrappers in `../device/` call
//   launch.h         runs a grid
//   cuda.h           the keywords and built-in variables of CUDA C++
#pragma once

#include "cuda.h"
#include "instructions.h"
#include "launch.h"
