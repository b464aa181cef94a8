//! The predicted time of `rnn_backward`, in the expression language: clocks of one step, then picoseconds.
//!
//! A step is a chain, as the forward pass's is (its `cost.rs` says more of each part):
//!
//! * hand-over (variants flags and words): the way of d from block to block;
//! * multiply: the first read of d, then the longest of the chain of matrix instructions, their issue, and what they read;
//! * sums: with several warps along k, partial sums are written, a barrier lies between, and they are read;
//! * pointwise: the derivative of a slot; the special function unit does 4 lanes a clock and sub-partition, the warp scheduler
//!   issues one instruction; and the latency of one slot's chain;
//! * overhead: the instructions of a step that belong to no slot; barrier: by its warps.
//!
//! Beside the chain goes what a step reads and writes, at 90% of the datasheet bandwidth, and the latency of a load from memory, as
//! all that a step reads is asked for in the step that runs before it. After the last step come the products for the gradient of R,
//! at the rate of the tensor cores or of memory, and the launches of both kernels behind. With `recompute` the saved values come
//! before the first step (`../again.rs`).
//!
//! Nothing of it was measured; the counts of instructions are estimates.

use super::tile;
use crate::hardware::{LAUNCH_PS, Latencies};
use crate::kernel::recurrent::sizes::{self, ceil_div};
use crate::kernel::recurrent::{Cell, again};
use crate::kernel::terms::{self, BLOCK_BARRIER_CLOCKS, RESIDENT, RUNNING, START_PS, clocks_to_ps};
use crate::kernel::{Instance, Named, define};

/// The definition to minimise.
pub(super) const TIME: &str = "time_ps";

/// The definitions of which it is made, over the whole sequence: what each is, what it is in a step, and its meaning.
const STEP_PARTS: [(&str, &str, &str); 7] = [
    ("hand_overs_ps", "hand_over_ps", "hand-over of gradients"),
    ("products_ps", "multiply_ps", "R^T d"),
    ("all_sums_ps", "sums_ps", "sums of the warps along k"),
    ("all_pointwise_ps", "pointwise_ps", "pointwise part"),
    ("overheads_ps", "overhead_ps", "instructions around"),
    ("barriers_ps", "barrier_ps", "barriers"),
    ("traffic_ps", "memory_ps", "what is read and written, beside the rest"),
];

/// The parts that come once: for each block that an SM's place computes, and behind the last step.
const ONCE: [(&str, &str, &str); 2] = [
    ("starts_ps", "rounds * start_ps", "starts, with the blocks' parts of R"),
    ("of_weights_ps", "weights_ps", "gradients of R and b, added up"),
];

/// The names of all parts.
pub(super) fn parts(instance: &Instance) -> Vec<&'static str> {
    let named = STEP_PARTS.iter().chain(&ONCE).map(|&(name, ..)| name);
    named.chain(again::parts(instance)).collect()
}

/// FLOP of one matrix instruction of 16 rows, 8 columns and 32 bytes of depth, times the element's bytes.
const INSTRUCTION_FLOP_BYTES: i64 = 2 * 16 * 8 * 32;

/// Latency of one slot's chain in the pointwise part, in clocks: shared memory, a function, products. With the more accurate
/// functions more.
const CHAIN_CLOCKS: [i64; 2] = [120, 200];

/// Instructions of a warp in each step that belong to no slot, and those to read or write a number of a slot.
const OVERHEAD_INSTRUCTIONS: i64 = 60;
const ACCESS_INSTRUCTIONS: i64 = 5;

/// The part of the datasheet's bandwidth that whole rows stream at.
const MEMORY_PERCENT: i64 = 90;

/// Operations of the special function unit for one unit's derivative, with the functions for bf16 and with the more accurate
/// ones, and other instructions, likewise.
fn derivative(cell: &Cell) -> [[i64; 2]; 2] {
    match cell.name {
        "lstm" => [[1, 2], [30, 45]],
        "gru" => [[0, 0], [25, 25]],
        "slstm" => [[5, 6], [60, 65]],
        _ => [[0, 0], [6, 6]],
    }
}

/// Dense FLOP of an SM each clock, by the datasheet.
fn tensor_rate(instance: &Instance) -> Option<i64> {
    let rates = &instance.gpu.tensor_flops_per_clock_per_sm;
    match instance.dtype {
        "bf16" => rates.bf16,
        "fp16" => rates.fp16,
        _ => rates.tf32,
    }
}

pub(super) fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let (gpu, cell) = (&instance.gpu, Cell::of(instance));
    let latencies = Latencies::of(gpu.compute_capability);
    let bytes = sizes::element_bytes(instance);
    let accurate = usize::from(instance.dtype != "bf16");
    let [special, instructions] = derivative(cell).map(|counts| counts[accurate]);
    // A quarter of the SM's rate, in hundredths of a clock an instruction.
    let rate = tensor_rate(instance).expect("checked by the kernel");
    let reached = (rate * terms::mma_sync_percent(gpu.compute_capability)).max(1);
    let elements = 1 + cell.saved + i64::from(tile::loads_hidden(instance)) + cell.gates;
    vec![
        Named::new("mma_clocks", latencies.mma_m16n8k16_clocks, "clocks until a matrix instruction's result"),
        Named::new(
            "mma_interval_centiclocks",
            ceil_div(INSTRUCTION_FLOP_BYTES / bytes * 4 * 100 * 100, reached),
            "hundredths of a clock between two of a sub-partition",
        ),
        Named::new("tensor_centiflop_per_clock", reached, "hundredths of the FLOP that an SM reaches each clock"),
        Named::new("shared_clocks", latencies.shared_memory_clocks, "clocks of a load from shared memory"),
        Named::new("l2_clocks", latencies.l2_clocks, "clocks of a load from L2"),
        Named::new("memory_clocks", latencies.memory_clocks, "clocks of a load from memory"),
        Named::new("fence_clocks", latencies.fence_clocks, "clocks of a fence before a flag"),
        Named::new("flag_ps", latencies.flag_handover_ps, "one way of a flag from SM to SM, ps"),
        Named::new(
            "l2_bytes_per_clock",
            terms::l2_bytes_per_clock_of_shared_lines(gpu.compute_capability),
            "bytes from L2 to an SM each clock",
        ),
        Named::new(
            "slot_clocks",
            (8 * special).max(instructions + ACCESS_INSTRUCTIONS * (elements + cell.states - 1)),
            "clocks of a sub-partition for a unit and sequence of each lane of a warp",
        ),
        Named::new("chain_clocks", CHAIN_CLOCKS[accurate], "clocks until such a slot is done"),
        Named::new("overhead_instructions", OVERHEAD_INSTRUCTIONS, "instructions of a warp in a step beside the slots"),
        Named::new("begin_ps", START_PS, "launch, first loads and the first product"),
        Named::new("launch_ps", LAUNCH_PS, "a launch behind another"),
        Named::new(
            "memory_bytes_per_us",
            terms::memory_bytes_per_us(gpu, MEMORY_PERCENT),
            "bytes to or from memory each µs, 90% of the datasheet",
        ),
        Named::new(
            "unit_bytes",
            bytes * elements + 4 * (cell.states - 1),
            "bytes of a unit and sequence that a step moves: gradients, saved values and states",
        ),
    ]
}

pub(super) fn definitions() -> Vec<Named<String>> {
    [residency(), clocks(), times(), over_the_sequence()].concat()
}

/// What the report shows.
fn over_the_sequence() -> Vec<Named<String>> {
    let steps =
        STEP_PARTS.iter().map(|&(name, step, meaning)| define(name, &format!("rounds * sequence * {step}"), meaning));
    steps.chain(ONCE.iter().map(|&(name, text, meaning)| define(name, text, meaning))).collect()
}

/// Who shares an SM.
fn residency() -> Vec<Named<String>> {
    vec![
        define(
            "rounds",
            "launches * batch_turns * ceil_div(blocks, gpu_sms * blocks_per_sm)",
            "launches, parts of the batch and blocks that an SM's place computes in turn",
        ),
        define("resident", RESIDENT, "blocks that share the busiest SM"),
        define("sm_warps", "resident * warps", "warps of that SM"),
        define("scheduler_warps", "ceil_div(sm_warps, 4)", "warps of one of its sub-partitions"),
        define("running", RUNNING, "blocks that run at once"),
    ]
}

/// Clocks of a step.
fn clocks() -> Vec<Named<String>> {
    vec![
        define(
            "read_bytes",
            "256 * sm_warps * warp_steps * batch_tiles",
            "bytes of gradients that the SM's warps read",
        ),
        define(
            "read_clocks",
            "shared_clocks if variant == 0 else l2_clocks if variant == 1 else 0",
            "clocks until gradients are there that have been asked for",
        ),
        define(
            "loop_turns",
            "ceil_div(shared_steps // 2, max(1, 4 // batch_tiles)) if shared_steps // 2 > max(1, 4 // batch_tiles) else 0",
            "turns of a warp's loop over the steps whose part of R is in shared memory",
        ),
        define(
            "multiply_clocks",
            "read_clocks + max(warp_steps * mma_clocks + loop_turns * read_clocks, \
             ceil_div(scheduler_warps * warp_tiles * batch_tiles * warp_steps * mma_interval_centiclocks, 100), \
             ((read_bytes if variant == 0 else 0) + 512 * sm_warps * shared_steps * warp_tiles) // 128, \
             read_bytes // l2_bytes_per_clock if variant > 0 else 0)",
            "clocks of R^T d",
        ),
        define("barrier_clocks", BLOCK_BARRIER_CLOCKS, "clocks of a block's barrier"),
        define(
            "sums_clocks",
            "2 * sm_warps * slots + shared_clocks + barrier_clocks + 4 * warps_along_k if warps_along_k > 1 else 0",
            "clocks of the sums of the warps along k",
        ),
        define(
            "pointwise_clocks",
            "chain_clocks + slot_clocks * owned_slots * ceil_div(resident * heads_per_block * warps_along_units \
             * min(warps_along_k, slots), 4)",
            "clocks of the pointwise part",
        ),
        define("overhead_clocks", "scheduler_warps * overhead_instructions", "clocks of the instructions around"),
    ]
}

/// Picoseconds.
fn times() -> Vec<Named<String>> {
    vec![
        define(
            "hand_over_ps",
            &format!("flag_ps + ({} if variant == 1 else 0) if variant > 0 else 0", clocks_to_ps("fence_clocks")),
            "hand-over of gradients, a step",
        ),
        define("multiply_ps", &clocks_to_ps("multiply_clocks"), "R^T d, a step"),
        define("sums_ps", &clocks_to_ps("sums_clocks"), "sums of the warps along k, a step"),
        define("pointwise_ps", &clocks_to_ps("pointwise_clocks"), "pointwise part, a step"),
        define("overhead_ps", &clocks_to_ps("overhead_clocks"), "instructions around, a step"),
        // Across blocks and with several warps along k the barrier is the one between the sums.
        define(
            "barrier_ps",
            &format!("({}) if variant == 0 or warps_along_k == 1 else 0", clocks_to_ps("barrier_clocks")),
            "barrier, a step",
        ),
        define(
            "chain_ps",
            "hand_over_ps + multiply_ps + sums_ps + pointwise_ps + overhead_ps + barrier_ps",
            "what a step does in turn",
        ),
        define(
            "memory_ps",
            "unit_bytes * ceil_div(batch, batch_turns) * heads_per_launch * head_dim * running // blocks * 1000000 \
             // memory_bytes_per_us",
            "what is read and written, a step",
        ),
        define("step_ps", &format!("max(chain_ps, memory_ps, {})", clocks_to_ps("memory_clocks")), "a step"),
        define(
            "start_ps",
            "begin_ps + element_bytes * gates * heads_per_launch * head_dim * head_dim * batch_blocks \
             // ceil_div(rounds, launches * batch_turns) * 1000000 // memory_bytes_per_us",
            "start of a block, with its part of R",
        ),
        // 64 by 64 numbers a tile, 2 FLOP a number and row; d and h once for each row of tiles, from memory or L2.
        define(
            "weights_ps",
            "2 * launch_ps + max(8192 * weights_tiles * batch * sequence * 100 * 1000000 \
             // (tensor_centiflop_per_clock * min(gpu_sms, weights_tiles * weight_parts) * gpu_boost_clock_mhz), \
             element_bytes * batch * sequence * heads * head_dim * (gates + 1) * 1000000 // memory_bytes_per_us)",
            "gradients of R and b, added up",
        ),
        define("time_ps", "rounds * (start_ps + sequence * step_ps) + weights_ps + recompute_ps", "predicted time"),
    ]
}
