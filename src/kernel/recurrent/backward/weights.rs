//! The product for the gradient of R, behind the last step: its tile, its parts, and the time that it takes, in plain arithmetic.
//!
//! It depends on the layer and the GPU alone, not on the tile of the recurrence: the quickest of a few is taken here, and the statement has
//! its time as a number. An SM goes through `rounds` of blocks, each of `chunks` of rows; a chunk takes the longest of
//!
//! * one block's chain: a load, or the products of a warp if they take longer, then stores to shared memory and a barrier;
//! * what all blocks that share the SM ask of the tensor cores, of shared memory, and of L2.
//!
//! Beside it: the operands from memory, once; a block's start; the sums as they are stored, read again where parts are added in their
//! order; launches. Nothing of it was read from machine code or measured.
//!
//! Fused into the loop over the steps the product would read d where it lies and save what is loaded here: for 16 by 48 on an H100
//! 42 µs, some 75 clocks a step, and the same for other layers of 768 units. It would add to each step, for each warp of four, a load
//! of d's fragments, loads of h of all units and its share of the matrix instructions, of whose depth of 8 sequences one is made: two
//! at 16 units, about as many clocks as are saved; 32 at 64 units, with 128 sums a lane, for which there are no registers beside R.
//! So there is no such way to choose.

use crate::hardware::{Gpu, Latencies};
use crate::kernel::Instance;
use crate::kernel::recurrent::sizes::{self, ceil_div};
use crate::kernel::recurrent::{Cell, clocks};
use crate::kernel::terms;
use itertools::iproduct;

/// Units of a tile along both sides.
const TILES: [i64; 3] = [32, 64, LARGEST];
const LARGEST: i64 = 128;

/// Parts of all rows, at most, whose gradients of R are summed up side by side; each has eight chunks or more.
const MOST_PARTS: i64 = 32;
const LEAST_CHUNKS: i64 = 8;

/// Registers of a thread: what the largest tile is held to, and the others need; and of the largest in fp32, where gradients are
/// scaled on their way, and where a row goes by less than 16 bytes.
const REGISTERS: i64 = 128;
const MORE_REGISTERS: i64 = 256;

/// A block's place and its first loads, as `matmul` has it, an assumption.
const BLOCK_PS: i64 = 500_000;

/// Clocks of a vector's way to shared memory in both operands, with its conversion, an assumption.
const STORE_CLOCKS: i64 = 16;

/// Percent of the datasheet's bandwidth that rows of a head stream at, an assumption.
const MEMORY_PERCENT: i64 = 80;

/// How the gradient of R is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Product {
    /// Units of a tile along both sides.
    pub(super) tile: i64,
    /// Parts of all rows.
    pub(super) parts: i64,
    /// What it takes, with all launches behind the last step.
    pub(super) ps: i64,
}

impl Product {
    /// The quickest, of equally quick ones that with fewer parts.
    pub(super) fn of(instance: &Instance) -> Self {
        let layer = Layer::of(instance);
        let tiles = TILES.into_iter().filter(|&tile| layer.allows(tile));
        let all = iproduct!(1..=MOST_PARTS, tiles)
            .filter(|&(parts, tile)| parts == 1 || parts * LEAST_CHUNKS <= ceil_div(layer.rows, layer.chunk(tile)));
        let timed = all.map(|(parts, tile)| Self { tile, parts, ps: layer.predicted_ps(tile, parts) });
        timed.min_by_key(|product| product.ps).expect("one part of small tiles is allowed")
    }
}

/// What the times depend on.
struct Layer<'a> {
    gpu: &'a Gpu,
    clock_mhz: i64,
    /// Hundredths of the FLOP that an SM reaches each clock, and hundredths of a clock between two matrix instructions of a sub-partition.
    centiflop: i64,
    interval: i64,
    element_bytes: i64,
    vector: i64,
    matrices: i64,
    head_dim: i64,
    gates: i64,
    units: i64,
    rows: i64,
    /// Whether a gate's gradients are scaled on their way: gru's candidate, whose R h the reset gate scales.
    is_scaled: bool,
    is_atomic: bool,
}

impl<'a> Layer<'a> {
    fn of(instance: &'a Instance) -> Self {
        let size = |name: &str| instance.sizes[name];
        let gates = Cell::of(instance).gates;
        Self {
            gpu: &instance.gpu,
            clock_mhz: instance.gpu.boost_clock_mhz.expect("checked by the kernel"),
            centiflop: clocks::tensor_centiflop(instance),
            interval: clocks::mma_interval_centiclocks(instance),
            element_bytes: sizes::element_bytes(instance),
            vector: sizes::vector(instance),
            matrices: gates * size("heads"),
            head_dim: size("head_dim"),
            gates,
            units: size("heads") * size("head_dim"),
            rows: size("batch") * size("sequence"),
            is_scaled: Cell::of(instance).reads_hidden,
            is_atomic: instance.words["gradient_sums"] == "atomic",
        }
    }

    /// Threads of the largest tile would have too much on its way to registers where a row goes by 4 bytes.
    fn allows(&self, tile: i64) -> bool {
        tile < LARGEST || self.vector * self.element_bytes >= 8
    }

    /// Rows of a chunk.
    fn chunk(&self, tile: i64) -> i64 {
        if tile == LARGEST && self.element_bytes == 4 { 16 } else { 32 }
    }

    /// Blocks that share an SM.
    fn resident(&self, tile: i64) -> i64 {
        let bytes = 4 * self.chunk(tile) * (tile + 8) * self.element_bytes + 1024;
        let is_light = self.element_bytes == 2 && self.vector == 8 && !self.is_scaled;
        let needs_more = tile == LARGEST && !is_light;
        let registers = if needs_more { MORE_REGISTERS } else { REGISTERS };
        let by_registers = self.gpu.registers_per_sm / (registers * threads(tile));
        let by_threads = self.gpu.max_threads_per_sm / threads(tile);
        by_registers.min(by_threads).min(self.gpu.shared_memory_per_sm_bytes / bytes).max(1)
    }

    /// Clocks of a chunk where so many blocks share the SM.
    fn chunk_clocks(&self, tile: i64, blocks: i64) -> i64 {
        let latencies = Latencies::of_gpu(self.gpu);
        let (chunk, warps) = (self.chunk(tile), threads(tile) / 32);
        // Matrix instructions of 16 rows and 8 columns, and of 32 bytes of depth; a warp has 32 columns and half of the rows.
        let (row_tiles, column_tiles, depths) = (tile / 32, 4, chunk * self.element_bytes / 32);
        let tensor = blocks * 2 * tile * tile * chunk * 100 / self.centiflop;
        let read = warps * depths * (512 * row_tiles + 256 * column_tiles);
        let rows = 2 * tile * chunk * self.element_bytes;
        let shared = blocks * (read + rows) / 128;
        let l2 = blocks * rows / terms::l2_bytes_per_clock(self.gpu);
        let products = row_tiles * column_tiles * (clocks::PRODUCT_CENTICLOCKS.max(self.interval * warps / 4)) / 100;
        let multiply = depths * (latencies.shared_memory_clocks + products);
        let passes = ceil_div(chunk * tile, self.vector * threads(tile));
        let chain =
            latencies.memory_clocks.max(multiply) + passes * STORE_CLOCKS + latencies.block_barrier_clocks(warps);
        chain.max(tensor).max(shared).max(l2)
    }

    fn memory_ps(&self, bytes: i64) -> i64 {
        bytes * 1_000_000 / terms::memory_bytes_per_us(self.gpu, MEMORY_PERCENT)
    }

    fn predicted_ps(&self, tile: i64, parts: i64) -> i64 {
        let side = ceil_div(self.head_dim, tile);
        let blocks = side * side * self.matrices * parts;
        let chunks = ceil_div(ceil_div(self.rows, self.chunk(tile)), parts);
        let together = self.gpu.sms * self.resident(tile);
        let (rounds, rest) = (blocks / together, ceil_div(blocks % together, self.gpu.sms));
        let last = if rest > 0 { self.chunk_clocks(tile, rest) } else { 0 };
        let clocks = chunks * (rounds * self.chunk_clocks(tile, self.resident(tile)) + last);
        let products = clocks * 1_000_000 / self.clock_mhz + ceil_div(blocks, together) * BLOCK_PS;
        let operands = self.memory_ps(self.element_bytes * self.rows * self.units * (self.gates + 1));
        let sums = 4 * self.gates * self.units * self.head_dim;
        let stored = self.memory_ps(parts * sums);
        terms::launch_ps(self.gpu) + products.max(operands) + stored + self.added_ps(parts, sums)
    }

    /// What several parts take beside: in their order a launch, and all of them once more; else zeros first, and each read where it is added.
    fn added_ps(&self, parts: i64, sums: i64) -> i64 {
        match (parts, self.is_atomic) {
            (1, _) => 0,
            (_, true) => self.memory_ps((parts + 1) * sums),
            (_, false) => terms::launch_ps(self.gpu) + self.memory_ps((parts + 1) * sums),
        }
    }
}

/// Two warps along the new units, one for each 32 old ones.
fn threads(tile: i64) -> i64 {
    2 * tile / 32 * 32
}
