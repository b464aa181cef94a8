// The configuration of the matrix product, and every limit it has to keep.
//
// The numbers come as macros CONSTRINT_MATMUL_<NAME>: from the generated header, or from -D flags. The static_asserts
// restate what the constraint model promises; they share no code with it, and tests assert that the two agree.
#pragma once

#if !defined(CONSTRINT_MATMUL_BLOCK_M) && !defined(CONSTRINT_NO_CONFIG_HEADER)
#if defined(CONSTRINT_CONFIG_HEADER)
#include CONSTRINT_CONFIG_HEADER
#else
#include "matmul_config.h"
#endif
#endif
#if !defined(CONSTRINT_MATMUL_BLOCK_M)
#error "no configuration: include the generated header, or give CONSTRINT_MATMUL_BLOCK_M and the others as -D flags"
#endif

#include "../device/platform.cuh"

namespace constrint::matmul {

// Tile of C that a block computes, and the depth of K that one stage of the pipeline holds (elements).
constexpr int block_m = CONSTRINT_MATMUL_BLOCK_M;
constexpr int block_n = CONSTRINT_MATMUL_BLOCK_N;
constexpr int block_k = CONSTRINT_MATMUL_BLOCK_K;
// Tile of C that a warp computes (elements).
constexpr int warp_m = CONSTRINT_MATMUL_WARP_M;
constexpr int warp_n = CONSTRINT_MATMUL_WARP_N;
// Copies of the A and B tiles in shared memory. With one, copying and computing take turns.
constexpr int stages = CONSTRINT_MATMUL_STAGES;
// Slices into which K is cut; each is summed by its own blocks.
constexpr int split_k = CONSTRINT_MATMUL_SPLIT_K;
// Unused elements behind each row of a tile in shared memory.
constexpr int padding_a = CONSTRINT_MATMUL_PADDING_A;
constexpr int padding_b = CONSTRINT_MATMUL_PADDING_B;
// Block columns that are walked together, so that neighbouring blocks share rows of A and columns of B in L2.
constexpr int swizzle = CONSTRINT_MATMUL_SWIZZLE;
// Elements in one access to global memory.
constexpr int vector_a = CONSTRINT_MATMUL_VECTOR_A;
constexpr int vector_b = CONSTRINT_MATMUL_VECTOR_B;
constexpr int vector_c = CONSTRINT_MATMUL_VECTOR_C;
// Whether C holds fp32 (1) or bf16 (0).
constexpr int out_f32 = CONSTRINT_MATMUL_OUT_F32;
constexpr int threads = CONSTRINT_MATMUL_THREADS;
constexpr int min_blocks_per_sm = CONSTRINT_MATMUL_MIN_BLOCKS_PER_SM;
// The registers per thread that the model predicts; `constrint compile` compares them with what ptxas says.
constexpr int registers = CONSTRINT_MATMUL_REGISTERS;
constexpr long long shared_memory_bytes = CONSTRINT_MATMUL_SHARED_MEMORY_BYTES;

// The shape m16n8k16 of the tensor core instruction.
constexpr int instruction_m = 16;
constexpr int instruction_n = 8;
constexpr int instruction_k = 16;

constexpr int lanes = 32;
constexpr int warps_n = block_n / warp_n;
constexpr int fragments_m = warp_m / instruction_m;
constexpr int fragments_n = warp_n / instruction_n;
constexpr int steps = block_k / instruction_k;

constexpr int element_bytes = 2;
constexpr int row_elements_a = block_k + padding_a;
constexpr int row_elements_b = block_n + padding_b;
constexpr int tile_bytes_a = block_m * row_elements_a * element_bytes;
constexpr int tile_bytes_b = block_k * row_elements_b * element_bytes;
constexpr int stage_bytes = tile_bytes_a + tile_bytes_b;

// Registers that hold sums, and those that hold the inputs of one step.
constexpr int accumulator_registers = warp_m * warp_n / lanes;
constexpr int fragment_registers = 4 * fragments_m + 2 * fragments_n;

// Registers a thread may have when MIN_BLOCKS_PER_SM blocks share the 65,536 of an SM. They are handed out in units of
// 8 a thread, and the warps sit in the SM's four partitions, the fullest of which decides. CUDA C++ Programming Guide,
// "Technical Specifications per Compute Capability"; ptxas limits itself to the same number.
constexpr int threads_per_sm = device::ceil_div(min_blocks_per_sm * threads, 4 * lanes) * 4 * lanes;
constexpr int register_limit = device::minimum(255, 65536 / threads_per_sm / 8 * 8);
// What ptxas needs beside sums and fragments; measured over some 300 configurations.
constexpr int other_registers = 32;

// Two sets of fragments hide the latency of shared memory behind the products of the step before, also across the
// boundary of tiles. They need
// - three stages: they want the next tile one step early, and with two it would only just have been asked for;
// - an even number of steps, because a tile must begin with the first set;
// - registers, or the second set would only be spilled.
#if defined(CONSTRINT_MATMUL_FRAGMENT_BUFFERS)
constexpr int fragment_buffers = CONSTRINT_MATMUL_FRAGMENT_BUFFERS;
#else
constexpr int fragment_buffers =
    stages >= 3 && steps % 2 == 0 &&
            accumulator_registers + 2 * fragment_registers + other_registers <= register_limit
        ? 2
        : 1;
#endif

constexpr bool is_vector_of_inputs(int vector) { return vector == 1 || vector == 2 || vector == 4 || vector == 8; }

// ldmatrix reads eight rows at once, 16 bytes of each. They fall into different banks when the distance between rows,
// in units of 16 bytes, is odd.
constexpr bool is_free_of_bank_conflicts(int row_elements) {
    return row_elements % 8 == 0 && row_elements / 8 % 2 == 1;
}

static_assert(block_m > 0 && block_n > 0 && block_k > 0, "BLOCK_M, BLOCK_N and BLOCK_K must be positive");
static_assert(warp_m > 0 && warp_n > 0, "WARP_M and WARP_N must be positive");
static_assert(block_m % warp_m == 0, "WARP_M must divide BLOCK_M");
static_assert(block_n % warp_n == 0, "WARP_N must divide BLOCK_N");
static_assert(warp_m % instruction_m == 0, "WARP_M must be a multiple of 16, the rows of mma.m16n8k16");
static_assert(warp_n % instruction_n == 0, "WARP_N must be a multiple of 8, the columns of mma.m16n8k16");
static_assert(block_k % instruction_k == 0, "BLOCK_K must be a multiple of 16, the depth of mma.m16n8k16");
static_assert(threads == (block_m / warp_m) * (block_n / warp_n) * lanes,
              "THREADS must be 32 times the warps: (BLOCK_M / WARP_M) * (BLOCK_N / WARP_N)");
static_assert(threads <= 1024, "a block has at most 1024 threads");
static_assert(stages >= 1, "STAGES must be at least 1");
static_assert(split_k >= 1 && split_k <= 65535, "SPLIT_K must be 1 to 65535, the largest z of a grid");
static_assert(swizzle >= 1, "SWIZZLE must be at least 1");
static_assert(min_blocks_per_sm >= 1, "MIN_BLOCKS_PER_SM must be at least 1");
static_assert(registers >= 1 && registers <= 255, "a thread has at most 255 registers");
static_assert(registers <= register_limit, "MIN_BLOCKS_PER_SM blocks with so many REGISTERS do not fit the SM's 65536");
static_assert(padding_a >= 0 && padding_b >= 0, "PADDING_A and PADDING_B must not be negative");
static_assert(is_free_of_bank_conflicts(row_elements_a), "(BLOCK_K + PADDING_A) / 8 must be a whole, odd number");
static_assert(is_free_of_bank_conflicts(row_elements_b), "(BLOCK_N + PADDING_B) / 8 must be a whole, odd number");
static_assert(is_vector_of_inputs(vector_a), "VECTOR_A must be 1, 2, 4 or 8");
static_assert(is_vector_of_inputs(vector_b), "VECTOR_B must be 1, 2, 4 or 8");
static_assert(vector_c == 1 || vector_c == 2, "VECTOR_C must be 1 or 2");
static_assert(out_f32 == 0 || out_f32 == 1, "OUT_F32 must be 0 or 1");
static_assert(shared_memory_bytes == static_cast<long long>(stages) * stage_bytes,
              "SHARED_MEMORY_BYTES must be STAGES * (BLOCK_M * (BLOCK_K + PADDING_A) + BLOCK_K * (BLOCK_N + PADDING_B))"
              " * 2");
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 1300
// Shared memory of an SM; the driver reserves 1 KiB of it for each block, and hands it out in units of 128 bytes. CUDA
// C++ Programming Guide, "Technical Specifications per Compute Capability".
constexpr long long shared_memory_per_sm = 1024 * (__CUDA_ARCH__ == 800 || __CUDA_ARCH__ == 870    ? 164
                                                   : __CUDA_ARCH__ >= 900 && __CUDA_ARCH__ < 1200 ? 228
                                                                                                  : 100);
static_assert(min_blocks_per_sm * ((shared_memory_bytes + 1024 + 127) / 128 * 128) <= shared_memory_per_sm,
              "MIN_BLOCKS_PER_SM blocks with so many SHARED_MEMORY_BYTES do not fit an SM of this architecture");
#endif
static_assert(fragment_buffers == 1 || (fragment_buffers == 2 && stages >= 2 && steps % 2 == 0),
              "FRAGMENT_BUFFERS must be 1, or 2 with STAGES >= 2 and an even BLOCK_K / 16");

// The shape for which the configuration was picked. The kernel runs any shape whose rows keep the vectors aligned.
static_assert(CONSTRINT_MATMUL_M >= 1 && CONSTRINT_MATMUL_N >= 1 && CONSTRINT_MATMUL_K >= 1,
              "M, N and K must be at least 1");
static_assert(CONSTRINT_MATMUL_K % vector_a == 0, "VECTOR_A must divide K, the length of a row of A");
static_assert(CONSTRINT_MATMUL_N % vector_b == 0, "VECTOR_B must divide N, the length of a row of B");
static_assert(CONSTRINT_MATMUL_N % vector_c == 0, "VECTOR_C must divide N, the length of a row of C");

}  // namespace constrint::matmul
