//! The chosen tile in plain arithmetic, which shares no code with the statement.

use super::registers::{OTHERS, SLACK};
use crate::kernel::recurrent::Cell;
use crate::kernel::recurrent::sizes::{ceil_div, element_bytes};
use crate::kernel::{Chosen, Instance};

/// What a configuration chose, with the instance it is for.
pub(super) struct Tile<'a> {
    instance: &'a Instance,
    pub(super) cell: &'static Cell,
    pub(super) variant: i64,
    pub(super) batch_tiles: i64,
    pub(super) groups_per_warp: i64,
    pub(super) warps_along_units: i64,
    pub(super) warps_along_k: i64,
    pub(super) heads_per_block: i64,
    pub(super) register_steps: i64,
    pub(super) stages: i64,
    pub(super) blocks_per_sm: i64,
    pub(super) recompute: i64,
}

impl<'a> Tile<'a> {
    pub(super) fn of(instance: &'a Instance, values: &Chosen) -> Self {
        let value = |name: &str| values.get(name).copied().unwrap_or(1);
        Self {
            instance,
            cell: Cell::of(instance),
            variant: value("variant"),
            batch_tiles: value("batch_tiles"),
            groups_per_warp: value("groups_per_warp"),
            warps_along_units: value("warps_along_units"),
            warps_along_k: value("warps_along_k"),
            heads_per_block: value("heads_per_block"),
            register_steps: value("register_steps"),
            stages: value("stages"),
            blocks_per_sm: value("blocks_per_sm"),
            recompute: values.get("recompute").copied().unwrap_or(0),
        }
    }

    fn size(&self, name: &str) -> i64 {
        self.instance.sizes[name]
    }

    pub(super) fn is_grid(&self) -> bool {
        self.variant != 0
    }

    /// Whether h crosses L2 in words that carry the number of their step.
    pub(super) fn is_words(&self) -> bool {
        self.variant == 2
    }

    /// Words of 32 bits of one step along k that a lane takes at once, of all columns.
    pub(super) fn words_of_lane(&self) -> i64 {
        self.warp_steps() * 8 / element_bytes(self.instance) * self.batch_tiles
    }

    pub(super) fn units_per_warp(&self) -> i64 {
        self.groups_per_warp * self.cell.units_per_group()
    }

    pub(super) fn units_per_block(&self) -> i64 {
        self.warps_along_units * self.units_per_warp()
    }

    pub(super) fn blocks_per_head(&self) -> i64 {
        ceil_div(self.size("head_dim"), self.units_per_block())
    }

    pub(super) fn warps(&self) -> i64 {
        self.heads_per_block * self.warps_along_units * self.warps_along_k
    }

    pub(super) fn threads(&self) -> i64 {
        self.warps() * 32
    }

    /// Blocks of a launch.
    pub(super) fn grid(&self) -> [i64; 3] {
        [self.blocks_per_head(), self.head_blocks(), self.batch_blocks()]
    }

    /// Launches: one, but in the grid variant as many as it takes to have all blocks of each running at once.
    pub(super) fn launches(&self) -> i64 {
        if !self.is_grid() {
            return 1;
        }
        let heads = self.size("heads");
        let room = self.instance.gpu.sms * self.blocks_per_sm / self.blocks_per_head();
        ceil_div(heads, room.clamp(1, heads))
    }

    /// Heads of a launch; the last may have fewer.
    pub(super) fn heads_per_launch(&self) -> i64 {
        ceil_div(self.size("heads"), self.launches())
    }

    fn head_blocks(&self) -> i64 {
        ceil_div(self.heads_per_launch(), self.heads_per_block)
    }

    /// Parts of the batch side by side: all of them if the GPU has room, else as many as make the fewest turns.
    pub(super) fn batch_blocks(&self) -> i64 {
        let parts = ceil_div(self.size("batch"), 8 * self.batch_tiles);
        let room = self.instance.gpu.sms * self.blocks_per_sm / (self.blocks_per_head() * self.head_blocks());
        let turns = ceil_div(parts, room.clamp(1, parts));
        ceil_div(parts, turns)
    }

    /// Units that one instruction sums over: 32 bytes of a row of h.
    pub(super) fn step_units(&self) -> i64 {
        32 / element_bytes(self.instance)
    }

    /// Steps along k of a warp.
    pub(super) fn warp_steps(&self) -> i64 {
        ceil_div(ceil_div(self.size("head_dim"), self.step_units()), self.warps_along_k)
    }

    /// Tiles of 16 rows of a warp.
    pub(super) fn tiles(&self) -> i64 {
        self.groups_per_warp * self.cell.tiles_per_group()
    }

    /// Units and sequences of each lane that the warps along k compute together.
    pub(super) fn slots(&self) -> i64 {
        self.units_per_warp() / 8 * self.batch_tiles * 2
    }

    /// Those whose pointwise part one lane computes.
    pub(super) fn owned_slots(&self) -> i64 {
        ceil_div(self.slots(), self.warps_along_k)
    }

    /// Bytes of h, partial sums, Wx and R in shared memory.
    pub(super) fn shared_memory_parts(&self) -> [i64; 4] {
        let bytes = element_bytes(self.instance);
        let row_units = (self.blocks_per_head() * self.units_per_block())
            .max(self.warps_along_k * self.warp_steps() * self.step_units());
        let sequences = self.heads_per_block * 8 * self.batch_tiles;
        let hidden = if self.is_grid() { 0 } else { 2 * sequences * (ceil_div(row_units * bytes, 128) * 128) };
        let sums = self.warps() * self.slots() * 32 * self.cell.gates * 4;
        let partial = if self.warps_along_k == 1 { 0 } else { sums * if self.is_grid() { 2 } else { 1 } };
        // An odd number of 16-byte pieces for each sequence.
        let pieces = self.units_per_block() * self.cell.gates * bytes / 16;
        let input = self.stages * sequences * 16 * (pieces + 1 - pieces % 2);
        let weights = (self.warp_steps() - self.register_steps) * self.tiles() * 16 * self.threads();
        [hidden, partial, input, weights]
    }

    pub(super) fn shared_memory_bytes(&self) -> i64 {
        self.shared_memory_parts().iter().sum()
    }

    /// Bytes of global memory that blocks share which hold a head together: flags, or numbers, and two copies of h.
    pub(super) fn workspace_bytes(&self) -> i64 {
        if !self.is_grid() {
            return 0;
        }
        let row_units = (self.blocks_per_head() * self.units_per_block())
            .max(self.warps_along_k * self.warp_steps() * self.step_units());
        let bytes = element_bytes(self.instance);
        let row = ceil_div(row_units * bytes, 128) * 128;
        let [_, heads, batches] = self.grid();
        let copies = 2 * 8 * self.batch_tiles;
        if self.is_words() {
            return heads * batches * copies * (row / bytes * 4);
        }
        let flags = self.blocks_per_head() * self.warps_along_units * self.warps_along_k.min(self.slots()) * 4;
        heads * batches * (ceil_div(flags, 128) * 128 + copies * row)
    }

    /// Registers that hold R, sums, fragments of h, states and addresses without spilling.
    pub(super) fn registers_needed(&self) -> i64 {
        let halves = if self.size("head_dim") % 2 == 1 && element_bytes(self.instance) == 2 { 2 } else { 1 };
        let weights = 4 * halves * self.tiles() * self.register_steps;
        let sums = 4 * self.tiles() * self.batch_tiles;
        let memory = self.cell.states - 1 + i64::from(self.cell.reads_hidden);
        let owned = self.owned_slots();
        let units = if self.warps_along_k == 1 { self.units_per_warp() / 8 } else { owned };
        let others = OTHERS;
        let is_lone = self.warps_along_k == 1;
        let lone_column = if is_lone { others.column_of_lone } else { 0 };
        let in_grid = if self.is_grid() { others.column_in_grid + lone_column } else { 0 };
        let halves = if is_lone { others.halves(self.cell, self.instance.dtype) } else { 1 };
        let is_training = self.instance.words["pass"] == "training";
        let other = others.any
            + if is_training { others.training } else { 0 }
            + if self.size("head_dim") % 2 == 1 { others.odd_head } else { 0 }
            + if self.register_steps < self.warp_steps() { others.shared_weights } else { 0 }
            + if self.cell.reads_hidden { others.reads_hidden } else { 0 }
            + if self.cell.reads_hidden && is_lone { others.reads_hidden_alone } else { 0 }
            + (others.column + in_grid) * self.batch_tiles
            + if self.is_words() { self.words_of_lane() + others.words } else { 0 }
            + halves * owned / 2
            + (others.slot + if is_lone { others.slot_of_lone } else { 0 }) * owned.min(others.slots_together);
        let needed = weights + sums + owned * memory + units * self.cell.biases + other;
        ceil_div(needed, 8) * 8
    }

    /// Registers that a thread may have with `blocks_per_sm` blocks on an SM.
    pub(super) fn register_limit(&self) -> i64 {
        let gpu = &self.instance.gpu;
        let threads = ceil_div(self.blocks_per_sm * self.threads(), 128) * 128;
        (gpu.registers_per_sm / threads / 8 * 8).min(gpu.max_registers_per_thread)
    }

    /// Registers that the compiler is told to stay within.
    pub(super) fn registers(&self) -> i64 {
        (self.registers_needed() + SLACK).min(self.register_limit())
    }
}
