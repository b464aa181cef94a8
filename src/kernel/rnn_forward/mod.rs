//! `rnn_forward`: a recurrent layer with heads over a whole sequence, R on chip all the time.
//!
//! Per step t and head n: `g = R_n · h(t−1) + Wx(t) + b`, then a pointwise cell. Operands bf16, fp16 or fp32 (multiplied as
//! tf32), sums and states fp32; compute capability 8.0 and later; any head dimension whose R fits on chip, any number of
//! heads and sequences.
//!
//! | array | shape | type |
//! | --- | --- | --- |
//! | Wx | [B, T, G, N, D] | operand |
//! | R | [G, N, D, D], a row for each gate and unit | operand |
//! | b | [biases, N, D] | fp32 |
//! | initial and last states | [S, B, N, D], h first | fp32 |
//! | h of every step | [B, T, N, D]: T steps, without the initial one | operand |
//! | other states of every step, in training | [S − 1, B, T, N, D] | fp32 |
//! | saved values, in training | [saved, B, T, N, D] | operand |
//!
//! With `clip`, h is kept within ± a number given at launch; the next step and the output see the same h.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | what the kernel is called and takes; limits in plain arithmetic |
//! | `cells.rs`, `cells/*.cuh` | the cells: their counts, and their formulas |
//! | `tile.rs` | the chosen tile in plain arithmetic |
//! | `statement.rs`, `cost.rs` | variables, resources, constraints and predicted time, in the expression language |
//! | `reference/` | the layer in double precision, with bounds of the kernel's error |
//! | `rnn_forward.cu` and the `.cuh` beside it | the kernel |
//! | `verify.rs`, `rnn_forward_driver.cu` | how the kernel is run and held against it |
//! | `rnn_forward_launch.cuh`, `example.cu` | a host launcher and a program that uses it |
//!
//! # How it runs
//!
//! Gates are the 16 rows of the matrix instruction, sequences its 8 columns: eight sequences waste nothing. All gates of a
//! unit and sequence are sums of one lane, so that the pointwise part exchanges nothing. R's fragments stay in registers,
//! those that do not fit in shared memory. The columns of R are permuted so that a lane reads 16 consecutive bytes of h for
//! two instructions.
//!
//! * Variant block: a block holds a head, or several; h is in shared memory, twice; one barrier a step, and a second one
//!   where several warps share the sum over k.
//! * Variant grid: several blocks hold a head. A warp waits for the flags of the blocks whose part of h it needs, and reads
//!   it from L2 straight into fragments. All blocks are resident at once (cooperative launch). A warp raises its flag as soon as
//!   its h is stored: outputs and the copies of later inputs come behind, as the release waits for all stores before it.
//!
//! In both, parts of the batch run side by side as far as there is room, and in turn beyond that, while R stays where it is.
//! Heads without room beside the others wait: in block their blocks follow by themselves, in grid there is a launch for each
//! `HEADS_PER_LAUNCH` of them (`rnn_forward_launch.cuh`). What runs at once is then some heads for the whole sequence, not
//! all heads for a step, as heads never meet.
//!
//! # What a step costs
//!
//! Counted in clocks of 1,980 MHz, for lstm in bf16, batch 16, on an H100 (`cost.rs` has the sources of each latency):
//!
//! | | 64 × 12, block | 256 × 3, grid | 768 × 1, grid |
//! | --- | --- | --- | --- |
//! | hand-over: stores reach L2, fence, flag | – | 2 × 263 + 317 | 2 × 263 + 317 |
//! | first read of h | 29 (shared memory) | 263 (L2) | 263 (L2) |
//! | matrix instructions: a chain of 24 each, or one issued every 6.5 | 4 steps × 4 tiles: 104 | 4 × 4: 104 | 12 × 4: 311 |
//! | partial sums of four warps, written, a barrier, read | – | 201 | 201 |
//! | pointwise: a chain of 140, and 40 for each slot issued | 300 | 180 | 180 |
//! | instructions around: loop, addresses; in block, copies of Wx | 110 | 60 | 60 |
//! | barrier | 28 | – | – |
//! | sum | 571, 0.29 µs | 1,651, 0.83 µs | 1,858, 0.94 µs |
//!
//! In the machine code for 9.0 a step has 296, 247 and 315 instructions a warp, and each of the four schedulers has one warp.
//! In grid, 103 and 112 of them (outputs, copies of Wx, the loop) come behind the flag, while it is on its way.
//!
//! What is left over in block is the pointwise part: a head's 512 units and sequences keep the four special function units
//! busy for 160 clocks however many warps share them, and eight sequences are the least that the matrix instruction takes.
//! Beside it, half of the step's clocks issue nothing: one warp a scheduler has nobody to hide the latencies of shared memory,
//! the last matrix instruction and the chain of functions behind. In grid it is L2, crossed four times a step: the stores, the
//! fence, the flag, the read, two thirds of 256 × 3. Only words that carry their own flag would cross it twice. A fixed 5 µs to
//! 8 µs for the start and the reading of R come once.
//!
//! # How large a head may be
//!
//! The largest head dimensions (multiples of 8) that have a configuration, batch 16, any number of heads, by solving:
//!
//! | | lstm and slstm, 16 bits | fp32 | gru, 16 bits | fp32 | elman, 16 bits | fp32 |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | H100 SXM5 80GB | 2,112 | 1,440 | 2,112 | 1,792 | 4,224 | 3,072 |
//! | A100 SXM4 80GB | 1,728 | 1,184 | 1,728 | 1,472 | 3,456 | 2,560 |
//! | B200 | 2,368 | 1,440 | 2,368 | 1,792 | 4,736 | 3,072 |
//! | RTX 4090 | 1,920 | 1,024 | 2,048 | 1,088 | 4,096 | 2,048 |
//! | RTX 5090 | 1,920 | 1,360 | 2,304 | 1,088 | 4,096 | 2,720 |
//!
//! Two limits end it. R's rows are handed out by groups of 8 units (16 with an odd number of gates), and the SM with most groups
//! decides: lstm of 2,112 units is two groups for each of an H100's 132 SMs, and one unit more makes it three for some, 406 KB
//! of R. And of an SM's 256 KiB of registers and 227 KiB of shared memory, R gets 370 KB at most: a thread keeps some 95 of its
//! 255 registers for sums, addresses and states, and Wx and partial sums share the shared memory. So 2,400 units, whose R of
//! 46 MB is less than the 65 MB of all registers and shared memory, would take 461 KB on 36 of the SMs. Groups of 4 units, whose
//! four gates fill one tile of 16 rows and come together by a shuffle, would reach some 2,360 for lstm in 16 bits and 1,584 in
//! fp32: the next step, if larger heads are wanted.
//!
//! # Registers
//!
//! The model promises a number of registers, and the kernel holds the compiler to it with `__maxnreg__`; what counts is
//! that nothing spills. R's fragments, sums, states and biases are counted; what is needed beside them (`OTHER_REGISTERS`) was
//! fitted to the smallest limits without spills of random configurations (CUDA 13.5, `sm_80` to `sm_120a`). Of the 60 random
//! layers in `tests/compile/rnn_forward.rs`, for `sm_80`, `86`, `89`, `90a`, `100a` and `120a`, none spills, and the promise
//! exceeds what ptxas uses by 38 registers in the mean and 104 at worst: most where a head has an odd number of 16-bit units,
//! as each word of R then comes from two loads, all of which ptxas starts first. Of 240 more from four other seeds three spill 16
//! to 28 bytes: blocks of one warp in the variant grid with a part of R in shared memory, of which ptxas loads more ahead the
//! more registers it has. Of the best configurations of 63 random layers with 300 to 2,100 units, two spill 4 and 8 bytes:
//! slstm with four columns. `constrint compile` tells.

mod cells;
mod cost;
pub mod reference;
mod statement;
mod tile;
mod verify;

pub use cells::{CELLS, Cell};

use super::device::{DEVICE, with_device};
use super::{
    Chosen, Instance, Kernel, Limit, Resources, ShapeKind, ShapeParameter, SourceFile, Statement, Verify, source,
};
use crate::config::launch_resources;
use crate::error::{Error, Place, ProblemFault};
use crate::hardware::{Feature, occupancy};
use indexmap::IndexMap;
use tile::{Tile, ceil_div};

/// The forward pass of a recurrent layer.
#[derive(Clone, Copy, Debug)]
pub struct RnnForward;

/// Registers of a thread beside those that are counted.
const OTHER_REGISTERS: Others = Others {
    any: 56,
    training: 8,
    reads_hidden: 16,
    odd_head: 8,
    shared_weights: 8,
    column: 6,
    column_in_grid: 4,
    slot: 3,
    slots_together: 4,
};

struct Others {
    /// Addresses and counters.
    any: i64,
    /// Addresses of what training stores.
    training: i64,
    /// Where the cell reads h, and units lie 16 to a tile.
    reads_hidden: i64,
    /// Questions whether a unit is inside, where a head has an odd number.
    odd_head: i64,
    /// Fragments of R that come from shared memory.
    shared_weights: i64,
    /// A column's fragments of h, and more of them where they come from L2.
    column: i64,
    column_in_grid: i64,
    /// A slot's step, for those that are computed together; and half a register for each slot.
    slot: i64,
    slots_together: i64,
}

/// Registers that the compiler may use beyond what it needs, where the SM has them.
const REGISTER_SLACK: i64 = 24;

/// Slots of a lane: their bits fill a word.
const MOST_SLOTS: i64 = 32;

/// The operand types, the default first, with the number that the kernel's macro `ELEMENT` has for each.
const DTYPES: [&str; 3] = ["bf16", "fp16", "fp32"];

impl Kernel for RnnForward {
    fn name(&self) -> &'static str {
        "rnn_forward"
    }

    fn summary(&self) -> &'static str {
        "recurrent layer over a sequence, h = cell(R · h + Wx + b): lstm, gru, slstm, elman; bf16, fp16, fp32; 8.0 and later"
    }

    fn shape(&self) -> &'static [ShapeParameter] {
        const fn size(name: &'static str, meaning: &'static str, max: i64, default: Option<i64>) -> ShapeParameter {
            ShapeParameter { name, meaning, kind: ShapeKind::Size { min: 1, max, default } }
        }
        const fn word(name: &'static str, meaning: &'static str, words: &'static [&'static str]) -> ShapeParameter {
            ShapeParameter { name, meaning, kind: ShapeKind::Word { words } }
        }
        const SHAPE: [ShapeParameter; 7] = [
            word("cell", "the recurrent cell", &cells::NAMES),
            size("head_dim", "units of a head", 1 << 13, None),
            size("heads", "heads, each with a recurrence of its own", 1 << 12, Some(1)),
            size("batch", "sequences", 1 << 12, None),
            size("sequence", "steps of a sequence", 1 << 24, None),
            word("pass", "whether what a backward pass needs is saved", &["inference", "training"]),
            word("clip", "whether h is clipped", &["none", "hidden"]),
        ];
        &SHAPE
    }

    fn dtypes(&self) -> &'static [&'static str] {
        &DTYPES
    }

    fn state(&self, instance: &Instance) -> Result<Statement, Error> {
        let gpu = &instance.gpu;
        let lacks = |what| Err(Place::at("gpu").fault(ProblemFault::KernelNeeds { what, gpu: gpu.name.clone() }));
        if !gpu.supports(Feature::CpAsync) || !gpu.supports(Feature::Ldmatrix) {
            return lacks("asynchronous copies to shared memory (compute capability 8.0 and later)");
        }
        if cost::tensor_rate(instance).is_none() {
            return lacks("a rate of the tensor cores for this type (`tensor_flops_per_clock_per_sm`)");
        }
        if gpu.boost_clock_mhz.is_none() {
            return lacks("a clock (`boost_clock_mhz`)");
        }
        Ok(statement::state(instance))
    }

    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources {
        let tile = Tile::of(instance, values);
        let (threads, registers, shared) = (tile.threads(), tile.registers(), tile.shared_memory_bytes());
        let launch = launch_resources(threads, registers, shared);
        Resources {
            threads_per_block: threads,
            registers_per_thread: registers,
            shared_memory_per_block_bytes: shared,
            dynamic_shared_memory_bytes: shared,
            grid: tile.grid(),
            launches: tile.launches(),
            block: [threads, 1, 1],
            cluster: [1, 1, 1],
            occupancy: occupancy(&instance.gpu.sm_limits(), &launch).unwrap_or_default(),
        }
    }

    fn limits(&self, instance: &Instance, values: &Chosen) -> Vec<Limit> {
        let tile = Tile::of(instance, values);
        [shape_limits(instance, &tile), hardware_limits(instance, values, &tile)].concat()
    }

    fn macros(&self, instance: &Instance, values: &Chosen) -> IndexMap<String, i64> {
        let tile = Tile::of(instance, values);
        let resources = self.resources(instance, values);
        let element = DTYPES.iter().position(|dtype| *dtype == instance.dtype).unwrap_or(0);
        [
            ("CELL", tile.cell.code),
            ("ELEMENT", i64::try_from(element).unwrap_or(0)),
            ("HEAD_DIM", instance.sizes["head_dim"]),
            ("HEADS", instance.sizes["heads"]),
            ("BATCH", instance.sizes["batch"]),
            ("SEQUENCE", instance.sizes["sequence"]),
            ("TRAINING", i64::from(instance.words["pass"] == "training")),
            ("CLIP", i64::from(instance.words["clip"] == "hidden")),
            ("VARIANT", tile.variant),
            ("BATCH_TILES", tile.batch_tiles),
            ("GROUPS_PER_WARP", tile.groups_per_warp),
            ("WARPS_ALONG_UNITS", tile.warps_along_units),
            ("WARPS_ALONG_K", tile.warps_along_k),
            ("HEADS_PER_BLOCK", tile.heads_per_block),
            ("HEADS_PER_LAUNCH", tile.heads_per_launch()),
            ("BLOCKS_PER_HEAD", tile.blocks_per_head()),
            ("BATCH_BLOCKS", tile.batch_blocks()),
            ("REGISTER_STEPS", tile.register_steps),
            ("STAGES", tile.stages),
            ("VECTOR", tile::vector(instance)),
            ("THREADS", resources.threads_per_block),
            ("REGISTERS", resources.registers_per_thread),
            ("MIN_BLOCKS_PER_SM", tile.blocks_per_sm),
            ("SHARED_MEMORY_BYTES", resources.dynamic_shared_memory_bytes),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    fn sources(&self) -> &'static [SourceFile] {
        const OWN: [SourceFile; 19] = [
            source!("rnn_forward/rnn_forward.cu", "rnn_forward.cu"),
            source!("rnn_forward/arguments.cuh", "arguments.cuh"),
            source!("rnn_forward/cell.cuh", "cell.cuh"),
            source!("rnn_forward/cells/elman.cuh", "cells/elman.cuh"),
            source!("rnn_forward/cells/gru.cuh", "cells/gru.cuh"),
            source!("rnn_forward/cells/lstm.cuh", "cells/lstm.cuh"),
            source!("rnn_forward/cells/slstm.cuh", "cells/slstm.cuh"),
            source!("rnn_forward/config.cuh", "config.cuh"),
            source!("rnn_forward/element.cuh", "element.cuh"),
            source!("rnn_forward/hidden_in_block.cuh", "hidden_in_block.cuh"),
            source!("rnn_forward/hidden_in_grid.cuh", "hidden_in_grid.cuh"),
            source!("rnn_forward/input_ring.cuh", "input_ring.cuh"),
            source!("rnn_forward/numbers.cuh", "numbers.cuh"),
            source!("rnn_forward/place.cuh", "place.cuh"),
            source!("rnn_forward/pointwise.cuh", "pointwise.cuh"),
            source!("rnn_forward/products.cuh", "products.cuh"),
            source!("rnn_forward/weights.cuh", "weights.cuh"),
            source!("rnn_forward/rnn_forward_launch.cuh", "rnn_forward_launch.cuh"),
            source!("rnn_forward/example.cu", "example.cu"),
        ];
        const SOURCES: [SourceFile; OWN.len() + DEVICE.len()] = with_device(&OWN);
        &SOURCES
    }

    fn verification(&self) -> Option<&dyn Verify> {
        Some(self)
    }
}

/// Limits that come from how the kernel cuts the layer.
fn shape_limits(instance: &Instance, tile: &Tile) -> Vec<Limit> {
    let (head_dim, heads, batch) = (instance.sizes["head_dim"], instance.sizes["heads"], instance.sizes["batch"]);
    let blocks = tile.blocks_per_head();
    let steps = tile.warp_steps();
    let slice = steps * tile.step_units();
    let odd_steps = if tile.register_steps == steps { 0 } else { tile.register_steps % 2 };
    vec![
        Limit::equal("variant for so many blocks per head", tile.variant, i64::from(blocks > 1)),
        Limit::at_most("heads of a block", tile.heads_per_block, if blocks > 1 { 1 } else { heads }),
        Limit::at_most("columns of the batch", tile.batch_tiles, ceil_div(batch, 8)),
        Limit::at_most("units before the last warp", tile.units_per_block() - tile.units_per_warp() + 1, head_dim),
        Limit::at_most("units summed over before the last warp", (tile.warps_along_k - 1) * slice + 1, head_dim),
        Limit::at_most("steps of R in registers", tile.register_steps, steps),
        Limit::equal("odd step of R in registers", odd_steps, 0),
        Limit::at_most(
            "units and sequences of a lane, four times with several warps along k",
            tile.owned_slots() * if tile.warps_along_k == 1 { 1 } else { 4 },
            MOST_SLOTS,
        ),
    ]
}

fn hardware_limits(instance: &Instance, values: &Chosen, tile: &Tile) -> Vec<Limit> {
    let gpu = &instance.gpu;
    let resources = RnnForward.resources(instance, values);
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
        Limit::at_most("exchange of h in L2", tile.workspace_bytes(), gpu.l2_bytes),
        Limit::at_most("grid y", grid[1], gpu.max_grid_dimensions[1]),
        Limit::at_most("grid z", grid[2], gpu.max_grid_dimensions[2]),
    ]
}
