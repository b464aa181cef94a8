//! The chosen tile of either pass in plain arithmetic, which shares no code with the statement.

use super::cells::Cell;
use super::shape::DTYPES;
use super::sizes::{ceil_div, element_bytes, vector};
use crate::hardware::{KernelResources, occupancy};
use crate::kernel::{Chosen, Instance, Resources};
use indexmap::IndexMap;

/// How a pass cuts a layer: what its tiles hold, and what is handed from step to step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// Units that fill whole tiles of 16 rows, and how many tiles they fill.
    pub(super) group_units: i64,
    pub(super) group_tiles: i64,
    /// Sums of a unit and sequence, of which several warps along k each have a part.
    pub(super) sums: i64,
    /// Numbers that a unit hands over: factors of the next step's products, which sum over those of all units.
    pub(super) factors: i64,
}

/// What a configuration chose, with the instance it is for.
pub(super) struct Tile<'a> {
    pub(super) instance: &'a Instance,
    pub(super) cell: &'static Cell,
    cut: Cut,
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
    pub(super) fn of(instance: &'a Instance, values: &Chosen, cut: Cut) -> Self {
        let value = |name: &str| values.get(name).copied().unwrap_or(1);
        Self {
            instance,
            cell: Cell::of(instance),
            cut,
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

    pub(super) fn size(&self, name: &str) -> i64 {
        self.instance.sizes[name]
    }

    pub(super) fn element_bytes(&self) -> i64 {
        element_bytes(self.instance)
    }

    pub(super) fn is_grid(&self) -> bool {
        self.variant != 0
    }

    /// Whether factors cross L2 in words that carry the number of their step.
    pub(super) fn is_words(&self) -> bool {
        self.variant == 2
    }

    /// Words of 32 bits of one step along k that a lane takes at once, of all columns.
    pub(super) fn words_of_lane(&self) -> i64 {
        self.warp_steps() * 8 / self.element_bytes() * self.batch_tiles
    }

    pub(super) fn units_per_warp(&self) -> i64 {
        self.groups_per_warp * self.cut.group_units
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

    /// All that is summed over: the factors of all units of a head.
    pub(super) fn depth(&self) -> i64 {
        self.cut.factors * self.size("head_dim")
    }

    /// Factors that one instruction sums over: 32 bytes of them.
    pub(super) fn step_factors(&self) -> i64 {
        32 / self.element_bytes()
    }

    /// Steps along k of a warp.
    pub(super) fn warp_steps(&self) -> i64 {
        ceil_div(ceil_div(self.depth(), self.step_factors()), self.warps_along_k)
    }

    /// Tiles of 16 rows of a warp.
    pub(super) fn tiles(&self) -> i64 {
        self.groups_per_warp * self.cut.group_tiles
    }

    /// Units and sequences of each lane that the warps along k compute together.
    pub(super) fn slots(&self) -> i64 {
        self.units_per_warp() / 8 * self.batch_tiles * 2
    }

    /// Those whose pointwise part one lane computes.
    pub(super) fn owned_slots(&self) -> i64 {
        ceil_div(self.slots(), self.warps_along_k)
    }

    /// Units whose biases, or sums of their gradients, a lane keeps.
    pub(super) fn bias_units(&self) -> i64 {
        if self.warps_along_k == 1 { self.units_per_warp() / 8 } else { self.owned_slots() }
    }

    /// Bytes of one sequence's factors of a head.
    fn row_bytes(&self) -> i64 {
        let written = self.blocks_per_head() * self.units_per_block() * self.cut.factors;
        let read = self.warps_along_k * self.warp_steps() * self.step_factors();
        ceil_div(written.max(read) * self.element_bytes(), 128) * 128
    }

    /// Sequences of a block, those of each of its heads by themselves.
    pub(super) fn sequences(&self) -> i64 {
        self.heads_per_block * 8 * self.batch_tiles
    }

    /// Bytes of shared memory for factors, partial sums and R.
    pub(super) fn shared_parts(&self) -> [i64; 3] {
        let handed = if self.is_grid() { 0 } else { 2 * self.sequences() * self.row_bytes() };
        let sums = self.warps() * self.slots() * 32 * self.cut.sums * 4;
        let partial = if self.warps_along_k == 1 { 0 } else { sums * if self.is_grid() { 2 } else { 1 } };
        let weights = (self.warp_steps() - self.register_steps) * self.tiles() * 16 * self.threads();
        [handed, partial, weights]
    }

    /// Bytes of global memory that blocks share which hold a head together: flags, or numbers, and two copies of the factors.
    pub(super) fn workspace_bytes(&self) -> i64 {
        if !self.is_grid() {
            return 0;
        }
        let (bytes, row) = (self.element_bytes(), self.row_bytes());
        let [_, heads, batches] = self.grid();
        let copies = 2 * 8 * self.batch_tiles;
        if self.is_words() {
            return heads * batches * copies * (row / bytes * 4);
        }
        let flags = self.blocks_per_head() * self.warps_along_units * self.warps_along_k.min(self.slots()) * 4;
        heads * batches * (ceil_div(flags, 128) * 128 + copies * row)
    }

    /// Registers that hold fragments of R and sums.
    pub(super) fn registers_of_products(&self) -> i64 {
        let is_odd = self.size("head_dim") % 2 == 1;
        let halves = if is_odd && self.element_bytes() == 2 { 2 } else { 1 };
        4 * self.tiles() * (halves * self.register_steps + self.batch_tiles)
    }

    /// Registers that a thread may have with `blocks_per_sm` blocks on an SM.
    pub(super) fn register_limit(&self) -> i64 {
        let gpu = &self.instance.gpu;
        let threads = ceil_div(self.blocks_per_sm * self.threads(), 128) * 128;
        (gpu.registers_per_sm / threads / 8 * 8).min(gpu.max_registers_per_thread)
    }

    /// What a launch uses, with registers that the compiler is told to stay within, and bytes of shared memory.
    pub(super) fn resources(&self, registers: i64, shared: i64) -> Resources {
        let launch = KernelResources::launched(self.threads(), registers, shared);
        Resources {
            threads_per_block: self.threads(),
            registers_per_thread: registers,
            shared_memory_per_block_bytes: shared,
            dynamic_shared_memory_bytes: shared,
            grid: self.grid(),
            launches: self.launches(),
            block: [self.threads(), 1, 1],
            cluster: [1, 1, 1],
            occupancy: occupancy(&self.instance.gpu.sm_limits(), &launch).unwrap_or_default(),
        }
    }

    /// The numbers that the sources of both passes read, and behind them what a pass has of its own.
    pub(super) fn macros(&self, own: &[(&str, i64)], resources: &Resources) -> IndexMap<String, i64> {
        let element = DTYPES.iter().position(|dtype| *dtype == self.instance.dtype).unwrap_or(0);
        let word = |name: &str, is: &str| i64::from(self.instance.words[name] == is);
        let shared = [
            ("CELL", self.cell.code),
            ("ELEMENT", i64::try_from(element).unwrap_or(0)),
            ("HEAD_DIM", self.size("head_dim")),
            ("HEADS", self.size("heads")),
            ("BATCH", self.size("batch")),
            ("SEQUENCE", self.size("sequence")),
            ("CLIP", word("clip", "hidden")),
            ("ORDER_REVERSE", word("order", "reverse")),
            ("RECOMPUTE", self.recompute),
            ("VARIANT", self.variant),
            ("BATCH_TILES", self.batch_tiles),
            ("GROUPS_PER_WARP", self.groups_per_warp),
            ("WARPS_ALONG_UNITS", self.warps_along_units),
            ("WARPS_ALONG_K", self.warps_along_k),
            ("HEADS_PER_BLOCK", self.heads_per_block),
            ("HEADS_PER_LAUNCH", self.heads_per_launch()),
            ("BLOCKS_PER_HEAD", self.blocks_per_head()),
            ("BATCH_BLOCKS", self.batch_blocks()),
            ("REGISTER_STEPS", self.register_steps),
            ("VECTOR", vector(self.instance)),
            ("THREADS", resources.threads_per_block),
            ("REGISTERS", resources.registers_per_thread),
            ("MIN_BLOCKS_PER_SM", self.blocks_per_sm),
            ("SHARED_MEMORY_BYTES", resources.dynamic_shared_memory_bytes),
        ];
        shared.iter().chain(own).map(|&(name, value)| (name.to_owned(), value)).collect()
    }
}
