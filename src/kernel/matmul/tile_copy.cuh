// Copies the tiles of A and B from global to shared memory, one call a stage.
#pragma once

#include "../device/async_copy.cuh"
#include "../device/memory.cuh"
#include "config.cuh"

namespace constrint::matmul {

using device::bf16;

// One thread's share of copying tile after tile of a row-major matrix, `rows` x `columns` elements each.
// The next tile lies below the present one if `moves_down`, else to its right.
//
// The threads form a grid over the tile: neighbours along a row, so that a warp reads whole cache lines, and
// `threads_down` rows at a time. A thread therefore keeps its column and meets its rows at a fixed distance: of all the
// addresses it needs, only the first is computed at run time. One pointer runs through all of them: left to itself, the
// compiler keeps a 64-bit distance for each row, and with many rows a thread these fill the registers.
template <int rows, int columns, int row_elements, int vector, bool moves_down>
struct TileCopy {
    static_assert(columns % vector == 0, "vectors must not cross the edge of a tile");

    static constexpr int vector_bytes = vector * element_bytes;
    static constexpr int vectors_per_row = columns / vector;
    static constexpr int threads_across = device::minimum(vectors_per_row, threads);
    static constexpr int threads_down = threads / threads_across;
    static constexpr int passes_across = device::ceil_div(vectors_per_row, threads_across);
    static constexpr int passes_down = device::ceil_div(rows, threads_down);
    static constexpr int passes = passes_across * passes_down;
    // Loads of single elements that one thread has in flight: enough to overlap, and few registers.
    static constexpr int batch = device::minimum(passes, 4);
    // Whether the thread meets the same column, and no other, in every tile.
    static constexpr bool is_column_fixed = moves_down && passes_across == 1;
    // Where the threads' grid covers the tile exactly, no thread has to ask whether its element is inside.
    static constexpr bool exact_across = vectors_per_row % threads_across == 0;
    static constexpr bool exact_down = rows % threads_down == 0 && threads % threads_across == 0;

    uint64_t source;       // address of the thread's next element in global memory
    int64_t pass_bytes;    // from its row in one pass to its row in the next one
    int64_t tile_bytes;    // from its last row of a tile to its first row of the next one
    int rows_left;         // rows of the matrix from the thread's first row on; may be negative
    int columns_left;      // columns of the matrix from the thread's first column on; may be negative
    uint32_t destination;  // address of the thread's first element in the first stage

    // `matrix` is row-major with `matrix_columns` columns. The first tile begins at (`row`, `column`); rows from
    // `row_end` and columns from `column_end` on are read as zero.
    CONSTRINT_DEVICE void begin(const bf16* matrix, int matrix_columns, int row, int row_end, int column,
                                int column_end, uint32_t shared_tile) {
        const int thread = static_cast<int>(threadIdx.x);
        const int down = thread / threads_across;
        const int across = thread % threads_across * vector;
        const int64_t row_bytes = static_cast<int64_t>(matrix_columns) * element_bytes;
        // An integer, because the address may lie outside of the matrix, where it is never read.
        source = reinterpret_cast<uintptr_t>(matrix) + static_cast<uint64_t>((row + down) * row_bytes) +
                 static_cast<uint64_t>(static_cast<int64_t>(column + across) * element_bytes);
        pass_bytes = threads_down * row_bytes;
        tile_bytes = (moves_down ? rows * row_bytes : columns * element_bytes) - (passes_down - 1) * pass_bytes;
        rows_left = row_end - row - down;
        columns_left = column_end - column - across;
        // What is true of all the tiles is asked once.
        if (is_column_fixed && columns_left <= 0) rows_left = 0;
        destination = shared_tile + static_cast<uint32_t>((down * row_elements + across) * element_bytes);
    }

    // Copies part `part` of `parts` of the tile to the stage that begins `stage_offset` bytes after the first one.
    template <int part, int parts>
    CONSTRINT_DEVICE void copy(uint32_t stage_offset) {
        if constexpr (vector == 1) {
            // cp.async has no copies of two bytes. All of the tile goes with the first part.
            if constexpr (part == 0) copy_elements(stage_offset);
        } else {
#pragma unroll
            for (int pass = passes * part / parts; pass < passes * (part + 1) / parts; ++pass) {
                copy_vector(pass, stage_offset);
                if (pass % passes_across == passes_across - 1) advance(pass == passes - 1);
            }
        }
    }

    // To be called once all parts have been copied.
    CONSTRINT_DEVICE void next_tile() {
        if constexpr (moves_down) {
            rows_left -= rows;
        } else {
            columns_left -= columns;
        }
    }

private:
    static CONSTRINT_DEVICE int rows_to(int pass) { return pass / passes_across * threads_down; }
    static CONSTRINT_DEVICE int columns_to(int pass) { return pass % passes_across * threads_across * vector; }

    static CONSTRINT_DEVICE bool is_inside_tile(int pass) {
        const int thread = static_cast<int>(threadIdx.x);
        const int down = thread / threads_across;
        const int across = thread % threads_across * vector;
        // Threads beyond the last whole row of the grid have `down` == threads_down, and nothing to do.
        const bool inside_down = exact_down || (down < threads_down && down + rows_to(pass) < rows);
        const bool inside_across = exact_across || across + columns_to(pass) < columns;
        return inside_down && inside_across;
    }

    CONSTRINT_DEVICE bool is_inside_matrix(int pass) const {
        if constexpr (is_column_fixed) return rows_to(pass) < rows_left;
        // The first question is the same for all passes with the same column.
        const int rows_seen = columns_to(pass) < columns_left ? rows_left : 0;
        return rows_to(pass) < rows_seen;
    }

    CONSTRINT_DEVICE const void* source_of(int pass) const {
        return reinterpret_cast<const void*>(source + static_cast<uint64_t>(columns_to(pass) * element_bytes));
    }

    CONSTRINT_DEVICE void advance(bool is_last_row) {
        source += static_cast<uint64_t>(is_last_row ? tile_bytes : pass_bytes);
        device::forget_origin(source);
    }

    CONSTRINT_DEVICE uint32_t destination_of(int pass) const {
        return destination + static_cast<uint32_t>((rows_to(pass) * row_elements + columns_to(pass)) * element_bytes);
    }

    CONSTRINT_DEVICE void copy_vector(int pass, uint32_t stage_offset) const {
        if (!is_inside_tile(pass)) return;
        device::async_copy<vector_bytes>(destination_of(pass) + stage_offset, source_of(pass),
                                         is_inside_matrix(pass) ? vector_bytes : 0);
    }

    CONSTRINT_DEVICE void copy_elements(uint32_t stage_offset) {
#pragma unroll 1
        for (int first = 0; first < passes; first += batch) {
            bf16 values[batch];
#pragma unroll
            for (int i = 0; i < batch; ++i) {
                const int pass = first + i;
                values[i] = load_element(pass);
                if (pass % passes_across == passes_across - 1 && pass < passes) advance(pass == passes - 1);
            }
#pragma unroll
            for (int i = 0; i < batch; ++i) store_element(first + i, stage_offset, values[i]);
        }
    }

    CONSTRINT_DEVICE bool is_mine(int pass) const {
        return (passes % batch == 0 || pass < passes) && is_inside_tile(pass);
    }

    CONSTRINT_DEVICE bf16 load_element(int pass) const {
        if (!is_mine(pass) || !is_inside_matrix(pass)) return bf16{0};
        return device::load_global(static_cast<const bf16*>(source_of(pass)));
    }

    CONSTRINT_DEVICE void store_element(int pass, uint32_t stage_offset, bf16 value) const {
        if (is_mine(pass)) device::store_shared(destination_of(pass) + stage_offset, value);
    }
};

using TileCopyA = TileCopy<block_m, block_k, row_elements_a, vector_a, false>;
using TileCopyB = TileCopy<block_k, block_n, row_elements_b, vector_b, true>;

}  // namespace constrint::matmul
