//! The limits that a configuration must keep, in plain arithmetic, which shares no code with the statement.

use super::tile::{ELEMENT_BYTES, Tile, Widths, least_fragment_buffers};
use crate::kernel::{Instance, Limit, Resources};

/// How the tiles fit into each other.
pub(super) fn shape_limits(tile: &Tile) -> Vec<Limit> {
    let divides = |name: &str, size: i64, part: i64| {
        // A part larger than the whole leaves the whole as the rest.
        Limit::equal(name, if part > 0 { size % part } else { size }, 0)
    };
    vec![
        divides("rest of block_m by warp_m", tile.block[0], tile.warp[0]),
        divides("rest of block_n by warp_n", tile.block[1], tile.warp[1]),
        divides("rest of warp_m by the instruction's 16 rows", tile.warp[0], 16),
        divides("rest of warp_n by the instruction's 8 columns", tile.warp[1], 8),
        divides("rest of block_k by the instruction's depth 16", tile.block[2], 16),
    ]
}

/// What the hardware has for tiles that fit into each other.
pub(super) fn hardware_limits(instance: &Instance, tile: &Tile, resources: &Resources) -> Vec<Limit> {
    let (gpu, widths) = (&instance.gpu, Widths::of(instance));
    let [row_a, row_b] = tile.row_elements();
    let grid = tile.grid(instance);
    let tiles_of_k = (instance.sizes["k"] + tile.block[2] - 1) / tile.block[2];
    // 255 registers can be named; a need of 256 still fits them, as its last few are slack.
    let register_limit = (tile.register_limit(instance) + 7) / 8 * 8;
    let sixteen_bytes = |elements: i64| elements * ELEMENT_BYTES / 16;
    // A second set of fragments is filled from a tile that must have arrived, and a tile starts with the first set.
    let steps = tile.block[2] / 16;
    let most_buffers = if tile.stages >= 3 && steps % 2 == 0 { 2 } else { 1 };
    vec![
        Limit::at_most("sets of fragments", tile.fragment_buffers, most_buffers),
        Limit::at_most("sets of fragments that ptxas makes", least_fragment_buffers(gpu), tile.fragment_buffers),
        Limit::at_most("threads per block", tile.threads(), gpu.max_threads_per_block),
        Limit::at_most("registers needed per thread", tile.registers_needed(&widths), register_limit),
        Limit::at_most("registers per thread", resources.registers_per_thread, gpu.max_registers_per_thread),
        Limit::at_most("shared memory per block", tile.shared_memory_bytes(), gpu.shared_memory_per_block_optin_bytes),
        Limit::equal("parity of A's rows in units of 16 bytes", sixteen_bytes(row_a) % 2, 1),
        Limit::equal("parity of B's rows in units of 16 bytes", sixteen_bytes(row_b) % 2, 1),
        Limit::at_most("blocks per SM counted on", tile.blocks_per_sm, resources.occupancy.blocks_per_sm),
        Limit::at_most("grid x", grid[0], gpu.max_grid_dimensions[0]),
        Limit::at_most("grid z", grid[2], gpu.max_grid_dimensions[2]),
        Limit::at_most("slices of k", tile.split_k, tiles_of_k),
        Limit::at_most("L2 working set of a wave", wave_bytes(instance, tile), gpu.l2_bytes),
    ]
}

/// Bytes of A and B that the blocks running at once have in flight.
fn wave_bytes(instance: &Instance, tile: &Tile) -> i64 {
    let gpu = &instance.gpu;
    let tiles = |size: &str, tile: i64| (instance.sizes[size] + tile - 1) / tile;
    let (rows, columns) = (tiles("m", tile.block[0]), tiles("n", tile.block[1]));
    let running = (gpu.sms * tile.blocks_per_sm).min(rows * columns * tile.split_k);
    let across = columns.min(tile.swizzle);
    let down = rows.min((running + across - 1) / across);
    (down * tile.block[0] + across * tile.block[1]) * tile.block[2] * tile.stages * ELEMENT_BYTES
}
