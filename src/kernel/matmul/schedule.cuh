// Which part of the product a block computes.
#pragma once

#include "config.cuh"

namespace constrint::matmul {

// A tile of C in units of tiles.
struct TileIndex {
    int row;
    int column;
};

// The tile of block `block` of a grid of `tile_rows` x `tile_columns` tiles.
//
// Columns of tiles form groups of `swizzle`; the last group holds what is left. Groups are walked one after the other,
// from left to right; within a group, rows from top to bottom; within a row, the columns of the group from left to
// right. So p blocks that run at the same time touch about p / swizzle rows of tiles of A and `swizzle` columns of
// tiles of B. Every group but the last has exactly `swizzle` columns, hence each tile has one block, whatever `swizzle`
// and the grid are.
CONSTRINT_DEVICE TileIndex tile_of_block(int block, int tile_rows, int tile_columns) {
    if constexpr (swizzle == 1) return {block % tile_rows, block / tile_rows};
    // A group wider than the grid would be the grid, but the number of its tiles could overflow.
    const int width = device::minimum(swizzle, tile_columns);
    const int group = block / (width * tile_rows);
    const int place = block - group * width * tile_rows;
    const int first_column = group * width;
    const int group_columns = device::minimum(width, tile_columns - first_column);
    return {place / group_columns, first_column + place % group_columns};
}

// A range of K, from `begin` up to but not including `end`; empty when `end` <= `begin`.
struct Slice {
    int begin;
    int end;
};

// Slice `index` of K: all have the same number of whole tiles but the last ones, which take what is left, if anything.
CONSTRINT_DEVICE Slice slice_of_k(int index, int k) {
    if constexpr (split_k == 1) return {0, k};
    const int tiles = device::ceil_div(device::ceil_div(k, block_k), split_k);
    // In 64 bits, because a slice may begin beyond the end of a K that itself is close to 2^31.
    const int64_t begin = static_cast<int64_t>(index) * tiles * block_k;
    const int64_t end = begin + static_cast<int64_t>(tiles) * block_k;
    return {static_cast<int>(begin < k ? begin : k), static_cast<int>(end < k ? end : k)};
}

}  // namespace constrint::matmul
