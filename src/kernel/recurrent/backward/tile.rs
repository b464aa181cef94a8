//! The chosen tile in plain arithmetic, which shares no code with the statement.

use super::registers::{OTHERS, SLACK};
use crate::kernel::recurrent::Cell;
use crate::kernel::recurrent::sizes::{ceil_div, element_bytes};
use crate::kernel::{Chosen, Instance};

/// Units of a group, whose sums fill a tile of 16 rows.
pub(super) const GROUP_UNITS: i64 = 16;

/// Whether a step reads h: after it elman's derivative and the clip's, before it gru's.
pub(super) fn loads_hidden(instance: &Instance) -> bool {
    Cell::of(instance).reads_hidden || keeps_hidden(instance)
}

fn keeps_hidden(instance: &Instance) -> bool {
    Cell::of(instance).saved == 0 || instance.words["clip"] == "hidden"
}

/// Numbers of a unit and sequence that stay in registers from step to step: the states after the step, and their gradients.
pub(super) fn kept_states(instance: &Instance) -> i64 {
    let cell = Cell::of(instance);
    2 * (cell.states - 1) + i64::from(cell.reads_hidden) + i64::from(keeps_hidden(instance))
}

/// Units of a tile of the gradient of R, along both sides, and rows of a chunk: as `weight_gradients.cuh` has them.
pub(super) const WEIGHTS_TILE: i64 = 64;
const WEIGHTS_CHUNK: i64 = 32;

/// Parts of all rows, at most, whose gradients of R are summed up side by side.
const MOST_WEIGHT_PARTS: i64 = 32;

/// Tiles of the gradient of R.
pub(super) fn weights_tiles(instance: &Instance) -> i64 {
    let side = ceil_div(instance.sizes["head_dim"], WEIGHTS_TILE);
    Cell::of(instance).gates * instance.sizes["heads"] * side * side
}

/// Parts of all sequences and steps: as many as give each SM two blocks, none of them with less than eight chunks.
pub(super) fn weight_parts(instance: &Instance) -> i64 {
    let chunks = ceil_div(instance.sizes["batch"] * instance.sizes["sequence"], WEIGHTS_CHUNK);
    let wanted = 2 * instance.gpu.sms / weights_tiles(instance);
    wanted.clamp(1, MOST_WEIGHT_PARTS).min(ceil_div(chunks, 8))
}

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

    /// Whether gradients cross L2 in words that carry the number of their step.
    pub(super) fn is_words(&self) -> bool {
        self.variant == 2
    }

    /// Words of 32 bits of one step along k that a lane takes at once, of all columns.
    pub(super) fn words_of_lane(&self) -> i64 {
        self.warp_steps() * 8 / element_bytes(self.instance) * self.batch_tiles
    }

    pub(super) fn units_per_warp(&self) -> i64 {
        self.groups_per_warp * GROUP_UNITS
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

    /// All that is summed over: the gates of all units of a head.
    pub(super) fn depth(&self) -> i64 {
        self.cell.gates * self.size("head_dim")
    }

    /// Gates that one instruction sums over: 32 bytes of them.
    pub(super) fn step_factors(&self) -> i64 {
        32 / element_bytes(self.instance)
    }

    /// Steps along k of a warp.
    pub(super) fn warp_steps(&self) -> i64 {
        ceil_div(ceil_div(self.depth(), self.step_factors()), self.warps_along_k)
    }

    /// Tiles of 16 rows, one for each group of units, of a warp.
    pub(super) fn tiles(&self) -> i64 {
        self.groups_per_warp
    }

    /// Units and sequences of each lane that the warps along k compute together.
    pub(super) fn slots(&self) -> i64 {
        self.units_per_warp() / 8 * self.batch_tiles * 2
    }

    /// Those whose pointwise part one lane computes.
    pub(super) fn owned_slots(&self) -> i64 {
        ceil_div(self.slots(), self.warps_along_k)
    }

    /// Bytes of gradients, partial sums and R in shared memory.
    pub(super) fn shared_memory_parts(&self) -> [i64; 3] {
        let sequences = self.heads_per_block * 8 * self.batch_tiles;
        let handed = if self.is_grid() { 0 } else { 2 * sequences * self.row_bytes() };
        let sums = self.warps() * self.slots() * 32 * 4;
        let partial = if self.warps_along_k == 1 { 0 } else { sums * if self.is_grid() { 2 } else { 1 } };
        let weights = (self.warp_steps() - self.register_steps) * self.tiles() * 16 * self.threads();
        [handed, partial, weights]
    }

    /// Bytes of one sequence's gradients of a head.
    fn row_bytes(&self) -> i64 {
        let written = self.blocks_per_head() * self.units_per_block() * self.cell.gates;
        let read = self.warps_along_k * self.warp_steps() * self.step_factors();
        ceil_div(written.max(read) * element_bytes(self.instance), 128) * 128
    }

    pub(super) fn shared_memory_bytes(&self) -> i64 {
        self.shared_memory_parts().iter().sum()
    }

    /// Bytes of global memory that blocks share which hold a head together: flags, or numbers, and two copies of gradients.
    pub(super) fn workspace_bytes(&self) -> i64 {
        if !self.is_grid() {
            return 0;
        }
        let (bytes, row) = (element_bytes(self.instance), self.row_bytes());
        let [_, heads, batches] = self.grid();
        let copies = 2 * 8 * self.batch_tiles;
        if self.is_words() {
            return heads * batches * copies * (row / bytes * 4);
        }
        let flags = self.blocks_per_head() * self.warps_along_units * self.warps_along_k.min(self.slots()) * 4;
        heads * batches * (ceil_div(flags, 128) * 128 + copies * row)
    }

    /// Whether a lane's slots are pairs of neighbouring units.
    fn is_in_pairs(&self) -> bool {
        self.slots() % (2 * self.warps_along_k) == 0
    }

    /// Registers of a slot for what the next step reads, in halves.
    fn ahead_halves(&self) -> i64 {
        let is_half = element_bytes(self.instance) == 2 && self.size("head_dim") % 2 == 0 && self.is_in_pairs();
        let elements = 1 + self.cell.saved + i64::from(loads_hidden(self.instance));
        elements * if is_half { 1 } else { 2 } + 2 * (self.cell.states - 1)
    }

    /// Registers that hold R, sums, fragments of gradients, states and addresses without spilling.
    pub(super) fn registers_needed(&self) -> i64 {
        let is_odd = self.size("head_dim") % 2 == 1;
        let halves = if is_odd && element_bytes(self.instance) == 2 { 2 } else { 1 };
        let weights = 4 * halves * self.tiles() * self.register_steps;
        let sums = 4 * self.tiles() * self.batch_tiles;
        let owned = self.owned_slots();
        let units = if self.warps_along_k == 1 { self.units_per_warp() / 8 } else { owned };
        let others = OTHERS;
        let other = others.any
            + if is_odd { others.odd_head } else { 0 }
            + if self.register_steps < self.warp_steps() { others.shared_weights } else { 0 }
            + (others.column + if self.is_grid() { others.column_in_grid } else { 0 }) * self.batch_tiles
            + if self.is_words() { self.words_of_lane() } else { 0 }
            + (others.slot + if self.is_in_pairs() { 0 } else { others.single_slot })
                * owned.min(others.slots_together);
        let slots = owned * kept_states(self.instance) + ceil_div(owned * self.ahead_halves(), 2);
        let needed = weights + sums + slots + units * self.cell.biases + other;
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
