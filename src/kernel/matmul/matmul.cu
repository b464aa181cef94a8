// C[M, N] = A[M, K] B[K, N], all row-major and contiguous; bf16 inputs, fp32 sums, C in bf16 or fp32.
//
// Any M, N, K from 1 to 2^30 for which the vector widths divide the rows: K % VECTOR_A == 0, N % VECTOR_B == 0 and
// N % VECTOR_C == 0; each address aligned to its vectors, VECTOR_A, VECTOR_B or VECTOR_C elements. Compute capability
// 8.0 and later.
//
//   config.cuh     the configuration and its limits        pipeline.cuh   stages: copy ahead, wait, multiply
//   schedule.cuh   block -> tile of C and slice of K       warp_tile.cuh  fragments of one warp, tensor cores
//   tile_copy.cuh  global -> shared memory                 epilogue.cuh   sums -> C
#include "epilogue.cuh"
#include "pipeline.cuh"
#include "schedule.cuh"

namespace constrint::matmul {

CONSTRINT_DEVICE void sum_products(Accumulators& sums, const bf16* a, const bf16* b, int m, int n, int k, int row,
                                   int column, Slice slice) {
    const uint32_t shared_memory = device::dynamic_shared_memory();
    TileCopyA copy_a;
    TileCopyB copy_b;
    copy_a.begin(a, k, row, m, slice.begin, slice.end, shared_memory);
    copy_b.begin(b, n, slice.begin, slice.end, column, n, shared_memory + tile_bytes_a);
    clear(sums);
    Pipeline(copy_a, copy_b, shared_memory).run(sums, device::ceil_div(slice.end - slice.begin, block_k));
}

}  // namespace constrint::matmul

// Grid: x = ceil(M / BLOCK_M) * ceil(N / BLOCK_N), y = 1, z = SPLIT_K. Block: THREADS. Dynamic shared memory:
// SHARED_MEMORY_BYTES. With SPLIT_K > 1 the sums of slice z go to workspace[z, M, N], and `constrint_matmul_reduce`
// makes C of them; with SPLIT_K = 1 `workspace` is not used and may be null.
extern "C" __global__ void __maxnreg__(constrint::matmul::registers)
    constrint_matmul(const constrint::device::bf16* a, const constrint::device::bf16* b, void* c, float* workspace,
                     int m, int n, int k) {
    using namespace constrint::matmul;
    const TileIndex tile = tile_of_block(static_cast<int>(blockIdx.x), constrint::device::ceil_div(m, block_m),
                                         constrint::device::ceil_div(n, block_n));
    const int row = tile.row * block_m;
    const int column = tile.column * block_n;
    const int slice = static_cast<int>(blockIdx.z);

    Accumulators sums;
    sum_products(sums, a, b, m, n, k, row, column, slice_of_k(slice, k));

    if constexpr (split_k > 1) {
        store_sums(workspace + static_cast<int64_t>(slice) * m * n, sums, row, column, m, n);
    } else if constexpr (out_f32 == 1) {
        store_sums(static_cast<float*>(c), sums, row, column, m, n);
    } else {
        store_sums(static_cast<bf16*>(c), sums, row, column, m, n);
    }
}

#if CONSTRINT_MATMUL_SPLIT_K > 1
// Sums the slices in the order of K, so that equal inputs give equal bits. Any one-dimensional grid, and
// block of at most 256 threads.
extern "C" __global__ void __launch_bounds__(256)
    constrint_matmul_reduce(const float* workspace, void* c, int m, int n) {
    using namespace constrint;
    const int64_t elements = static_cast<int64_t>(m) * n;
    const int64_t stride = static_cast<int64_t>(gridDim.x) * blockDim.x;
    for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < elements; i += stride) {
        float sum = 0.0f;
#pragma unroll 4
        for (int slice = 0; slice < matmul::split_k; ++slice) {
            sum += device::load_global(workspace + slice * elements + i);
        }
        if constexpr (matmul::out_f32 == 1) {
            matmul::store_one(static_cast<float*>(c) + i, sum);
        } else {
            matmul::store_one(static_cast<device::bf16*>(c) + i, sum);
        }
    }
}
#endif
