//! The limits that a configuration of either pass must keep, in plain arithmetic, which shares no code with the statement.

use super::sizes::ceil_div;
use super::tile::Tile;
use crate::kernel::{Limit, Resources};

/// What a pass has of its own.
pub(super) struct Own {
    /// Registers that a thread needs without spilling.
    pub(super) registers_needed: i64,
    /// Bytes of shared memory.
    pub(super) shared_memory: i64,
    /// Slots of a lane, and how many it may have.
    pub(super) slots: [i64; 2],
    /// Steps along k, of all columns, whose factors a lane takes at once in numbered words.
    pub(super) most_word_steps: i64,
}

/// All of them, each with its two sides.
pub(super) fn limits(tile: &Tile, own: &Own, resources: &Resources) -> Vec<Limit> {
    [shape_limits(tile, own), hardware_limits(tile, own, resources)].concat()
}

/// Limits that come from how the kernel cuts the layer.
fn shape_limits(tile: &Tile, own: &Own) -> Vec<Limit> {
    let (head_dim, heads, batch) = (tile.size("head_dim"), tile.size("heads"), tile.size("batch"));
    let blocks = tile.blocks_per_head();
    let steps = tile.warp_steps();
    let slice = steps * tile.step_factors();
    let odd_steps = if tile.register_steps == steps { 0 } else { tile.register_steps % 2 };
    let [slots, most_slots] = own.slots;
    let can_recompute = tile.cell.saved > 0 && tile.instance.words.get("pass") != Some(&"inference");
    vec![
        Limit::equal("variant for so many blocks per head", i64::from(tile.is_grid()), i64::from(blocks > 1)),
        Limit::at_most(
            "steps along k that a lane takes at once",
            if tile.is_words() { steps * tile.batch_tiles } else { 0 },
            own.most_word_steps,
        ),
        Limit::equal(
            "words beyond whole vectors",
            if tile.is_words() { tile.words_of_lane() / tile.batch_tiles % 4 } else { 0 },
            0,
        ),
        Limit::at_most("saved values computed again", tile.recompute, i64::from(can_recompute)),
        Limit::at_most("heads of a block", tile.heads_per_block, if blocks > 1 { 1 } else { heads }),
        Limit::at_most("columns of the batch", tile.batch_tiles, ceil_div(batch, 8)),
        Limit::at_most("units before the last warp", tile.units_per_block() - tile.units_per_warp() + 1, head_dim),
        Limit::at_most("factors summed over before the last warp", (tile.warps_along_k - 1) * slice + 1, tile.depth()),
        Limit::at_most("steps of R in registers", tile.register_steps, steps),
        Limit::equal("odd step of R in registers", odd_steps, 0),
        Limit::at_most("units and sequences of a lane", slots, most_slots),
    ]
}

fn hardware_limits(tile: &Tile, own: &Own, resources: &Resources) -> Vec<Limit> {
    let gpu = &tile.instance.gpu;
    let grid = tile.grid();
    let resident = if tile.is_grid() { grid.iter().product() } else { 0 };
    // 255 registers can be named; a need of 256 still fits them, as its last few are slack.
    let register_limit = ceil_div(tile.register_limit(), 8) * 8;
    vec![
        Limit::at_most("threads per block", tile.threads(), gpu.max_threads_per_block),
        Limit::at_most("registers needed per thread", own.registers_needed, register_limit),
        Limit::at_most("registers per thread", resources.registers_per_thread, gpu.max_registers_per_thread),
        Limit::at_most("shared memory per block", own.shared_memory, gpu.shared_memory_per_block_optin_bytes),
        Limit::at_most("blocks per SM counted on", tile.blocks_per_sm, resources.occupancy.blocks_per_sm),
        Limit::at_most("blocks that wait for each other", resident, gpu.sms * tile.blocks_per_sm),
        Limit::at_most("exchange in L2", tile.workspace_bytes(), gpu.l2_bytes),
        Limit::at_most("grid y", grid[1], gpu.max_grid_dimensions[1]),
        Limit::at_most("grid z", grid[2], gpu.max_grid_dimensions[2]),
    ]
}
