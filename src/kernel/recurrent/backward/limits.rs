//! The limits that a configuration must keep, in plain arithmetic, which shares no code with the statement.

use super::registers::{MOST_SLOTS, MOST_STEPS_OF_WORDS};
use super::tile::Tile;
use crate::kernel::recurrent::again;
use crate::kernel::recurrent::sizes::ceil_div;
use crate::kernel::{Instance, Limit, Resources};

/// All of them, each with its two sides.
pub(super) fn limits(instance: &Instance, tile: &Tile, resources: &Resources) -> Vec<Limit> {
    [shape_limits(instance, tile), hardware_limits(instance, tile, resources)].concat()
}

/// Limits that come from how the kernel cuts the layer.
fn shape_limits(instance: &Instance, tile: &Tile) -> Vec<Limit> {
    let (head_dim, heads, batch) = (instance.sizes["head_dim"], instance.sizes["heads"], instance.sizes["batch"]);
    let blocks = tile.blocks_per_head();
    let steps = tile.warp_steps();
    let slice = steps * tile.step_factors();
    let odd_steps = if tile.register_steps == steps { 0 } else { tile.register_steps % 2 };
    vec![
        Limit::equal("variant for so many blocks per head", i64::from(tile.is_grid()), i64::from(blocks > 1)),
        Limit::at_most(
            "steps of gradients that a lane takes at once",
            if tile.is_words() { steps * tile.batch_tiles } else { 0 },
            MOST_STEPS_OF_WORDS,
        ),
        Limit::equal(
            "words beyond whole vectors",
            if tile.is_words() { tile.words_of_lane() / tile.batch_tiles % 4 } else { 0 },
            0,
        ),
        Limit::at_most("saved values computed again", tile.recompute, i64::from(again::is_possible(instance))),
        Limit::at_most("heads of a block", tile.heads_per_block, if blocks > 1 { 1 } else { heads }),
        Limit::at_most("columns of the batch", tile.batch_tiles, ceil_div(batch, 8)),
        Limit::at_most("units before the last warp", tile.units_per_block() - tile.units_per_warp() + 1, head_dim),
        Limit::at_most("gates summed over before the last warp", (tile.warps_along_k - 1) * slice + 1, tile.depth()),
        Limit::at_most("steps of R in registers", tile.register_steps, steps),
        Limit::equal("odd step of R in registers", odd_steps, 0),
        Limit::at_most(
            "units and sequences of a lane",
            tile.owned_slots(),
            MOST_SLOTS[usize::from(tile.warps_along_k > 1)],
        ),
    ]
}

fn hardware_limits(instance: &Instance, tile: &Tile, resources: &Resources) -> Vec<Limit> {
    let gpu = &instance.gpu;
    let grid = tile.grid();
    let resident = if tile.is_grid() { grid.iter().product() } else { 0 };
    // 255 registers can be named; a need of 256 still fits them, as its last few are slack.
    let register_limit = ceil_div(tile.register_limit(), 8) * 8;
    vec![
        Limit::at_most("threads per block", tile.threads(), gpu.max_threads_per_block),
        Limit::at_most("registers needed per thread", tile.registers_needed(), register_limit),
        Limit::at_most("registers per thread", resources.registers_per_thread, gpu.max_registers_per_thread),
        Limit::at_most("shared memory per block", tile.shared_memory_bytes(), gpu.shared_memory_per_block_optin_bytes),
        Limit::at_most("blocks per SM counted on", tile.blocks_per_sm, resources.occupancy.blocks_per_sm),
        Limit::at_most("blocks that wait for each other", resident, gpu.sms * tile.blocks_per_sm),
        Limit::at_most("exchange of gradients in L2", tile.workspace_bytes(), gpu.l2_bytes),
        Limit::at_most("grid y", grid[1], gpu.max_grid_dimensions[1]),
        Limit::at_most("grid z", grid[2], gpu.max_grid_dimensions[2]),
    ]
}
