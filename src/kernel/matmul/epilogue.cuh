// Writes a warp's sums to C, or to its slice of the workspace.
#pragma once

#include "../device/memory.cuh"
#include "warp_tile.cuh"

namespace constrint::matmul {

using device::bf16;

// Stores one or two neighbours of a row; two need `columns` to be even, which keeps the access aligned.
CONSTRINT_DEVICE void store_pair(float* address, float first, float second) {
    device::store_global(reinterpret_cast<device::float_pair*>(address), device::float_pair{first, second});
}
CONSTRINT_DEVICE void store_pair(bf16* address, float first, float second) {
    device::store_global(reinterpret_cast<uint32_t*>(address), device::pack_bf16x2(first, second));
}
CONSTRINT_DEVICE void store_one(float* address, float value) { device::store_global(address, value); }
CONSTRINT_DEVICE void store_one(bf16* address, float value) { device::store_global(address, device::to_bf16(value)); }

template <typename T>
CONSTRINT_DEVICE void store_inside(T* row, int column, int columns, float first, float second) {
    if constexpr (vector_c == 2) {
        if (column < columns) store_pair(row + column, first, second);
    } else {
        if (column < columns) store_one(row + column, first);
        if (column + 1 < columns) store_one(row + column + 1, second);
    }
}

// `row` and `column` are those of the block's tile in the `rows` x `columns` matrix `out`.
template <typename T>
CONSTRINT_DEVICE void store_sums(T* out, const Accumulators& sums, int row, int column, int rows, int columns) {
    const WarpOrigin origin = warp_origin();
    const int first_row = row + origin.row + lane_index() / 4;
    const int first_column = column + origin.column + lane_index() % 4 * 2;
#pragma unroll
    for (int i = 0; i < fragments_m; ++i) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int this_row = first_row + i * instruction_m + half * 8;
            if (this_row >= rows) continue;
            T* const out_row = out + static_cast<int64_t>(this_row) * columns;
#pragma unroll
            for (int j = 0; j < fragments_n; ++j) {
                store_inside(out_row, first_column + j * instruction_n, columns, sums[i][j][2 * half],
                             sums[i][j][2 * half + 1]);
            }
        }
    }
}

}  // namespace constrint::matmul
