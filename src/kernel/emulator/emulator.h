// Runs CUDA kernels on the CPU, to check their numbers and their synchronisation without a GPU.
//
// Needs a C++17 compiler for Linux and nothing else; addr2line, which comes with g++, turns places into lines. A kernel is
// compiled unchanged with -DCONSTRINT_EMULATOR; the wrappers in `../device/` then call what is declared here. Each thread is a
// fiber, and the whole grid is alive at once if it is launched cooperatively. There is no parallelism and no timing. What it
// adds to running the numbers:
//
// - Fibers run in a random order that a seed decides.
// - All memory remembers who touched it, and barriers and flags what they order (`knowledge.h`): two accesses that nothing
//   orders, one of them a write, are a fault whatever the order of fibers.
// - Reads of what nobody wrote, accesses out of bounds or misaligned, data of a copy that has not been waited for.
// - Barriers that a part of a block, group or warp does not reach, and flags that nobody raises.
// - Approximate functions err, and matrix products cut sums off, as the PTX ISA allows.
//
// A fault ends the program with status 1, a sentence and the lines of source (`failure.h`). Compile with -g1, so that there are
// lines, and -U_FORTIFY_SOURCE: fortified headers take a jump from one fiber's stack to another's for an attack. A program is
// made of emulator.cpp, which may be compiled once, and a driver that includes the kernel.
//
// Files, each importing only those above it:
//   number.h               number formats
//   interface.h            what kernels and drivers see
//   cuda.h                 the keywords and built-in variables of CUDA C++
//   emulator.h             these three
// and, for emulator.cpp alone:
//   approximate.h          functions that the hardware approximates
//   source_line.h          from a place in the machine code to the line of source
//   failure.h              how a fault of the kernel is reported
//   switch.h               switching between two stacks
//   fiber.h                functions on stacks of their own
//   knowledge.h            what is ordered before what
//   shadow.h               what is known of every two bytes of memory
//   shared_memory.h        one block's shared memory
//   global_memory.h        the stretches of global memory that a kernel may touch
//   buffer.h               memory of the host that is lent to kernels
//   random.h               random numbers
//   thread.h               threads, warps, blocks
//   deadlock.h             what is said when no thread can run
//   grid.h                 one launch: the scheduler, barriers, flags
//   memory_instructions.h  what the wrappers for memory call
//   warp_instructions.h    what the wrappers for barriers and warp-wide instructions call
//   launch.h               runs a grid
#pragma once

#include "cuda.h"
#include "interface.h"
#include "number.h"
