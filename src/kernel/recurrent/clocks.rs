//! What the predicted times of both passes have in common: who shares an SM, the hand-over of factors, and the products with R.
//!
//! A step is a chain that nothing overlaps but other warps and blocks, and a scheduler rarely has more than one warp: what that
//! warp waits for adds up. ptxas writes how long each instruction keeps its warp; `benches/machine_code` adds that up along a
//! step, which no GPU can beat, and runs the instructions in order with latencies and pipes. The clocks of a lone warp here and
//! in the passes' `cost.rs` are fitted to that estimate, and `tests/compile/` holds the models to both.
//!
//! * hand-over: with flags the fence before the flag, a look at the flags, and the flag's one way; in numbered words one
//!   way, and for each word its load, test and joining with the next;
//! * multiply, as far as the passes have it in common: the first read of factors, the turns of a loop over steps, each of which waits
//!   for its reads, and factors from L2, which all SMs read at once.
//!
//! Latencies: [`Latencies`]; rates and the time of a start: `crate::kernel::terms`. The range of the predicted time: what was found
//! of the flag's way, and for the rest of the chain what the estimate gives with all latencies at the lower and the upper ends of
//! what was published.

use super::sizes::{self, ceil_div};
use crate::hardware::Latencies;
use crate::kernel::terms::{self, RESIDENT, RUNNING, clocks_to_ps};
use crate::kernel::{Confidence, Instance, Named, define};

/// FLOP of one matrix instruction of 16 rows, 8 columns and 32 bytes of depth, times the element's bytes.
const INSTRUCTION_FLOP_BYTES: i64 = 2 * 16 * 8 * 32;

/// Slots of a lane that ptxas interleaves, with the functions for bf16 and with the more accurate ones.
pub(super) const FIRST_SLOTS: [i64; 2] = [4, 2];

/// Stalls of a warp for a matrix instruction, for a fragment of R from shared memory, for a look at its flags, for a turn of a loop over
/// steps, for a numbered word, which is loaded, tested and joined. Fitted for the forward pass (its `cost.rs` says to what), whose machine code
/// the backward pass has here, too.
pub(super) const PRODUCT_CENTICLOCKS: i64 = 715;
const FRAGMENT_CLOCKS: i64 = 8;
const FLAGS_CLOCKS: i64 = 5;
const TURN_CLOCKS: i64 = 17;
const WORD_CLOCKS: i64 = 2;

/// The part of the datasheet's bandwidth that whole rows stream at.
const MEMORY_PERCENT: i64 = 90;

/// The range of the predicted time: percent of a step's chain beside the flag's way, which has a range of its own.
pub(super) const CHAIN_LOW_PERCENT: i64 = 85;
pub(super) const CHAIN_HIGH_PERCENT: i64 = 120;

/// How sure a predicted time is, of either pass.
pub(super) const CONFIDENCE: Confidence = Confidence {
    range: Some(("time_low_ps", "time_high_ps")),
    measured: false,
    basis: "by machine code and published latencies, not measured on a GPU",
};

/// What the hand-over takes that depends on the pass: clocks behind flags and of numbered words, however many factors there are, and the
/// part of what comes from L2 behind flags that products wait for.
pub(super) struct HandOver {
    pub(super) flags_clocks: i64,
    pub(super) words_clocks: i64,
    pub(super) exchange_percent: i64,
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

/// Hundredths of the FLOP that an SM reaches each clock.
pub(super) fn tensor_centiflop(instance: &Instance) -> i64 {
    let rate = tensor_rate(instance).expect("checked by the kernel");
    let kind = if instance.dtype == "fp32" { "tf32" } else { instance.dtype };
    terms::mma_sync_centiflop_per_clock(&instance.gpu, kind, rate)
}

/// Hundredths of a clock between two matrix instructions at a quarter of the SM's rate.
pub(super) fn mma_interval_centiclocks(instance: &Instance) -> i64 {
    ceil_div(INSTRUCTION_FLOP_BYTES / sizes::element_bytes(instance) * 4 * 100 * 100, tensor_centiflop(instance))
}

/// A chain as long as `percent` of what is predicted, with another way of the flag.
pub(super) fn chain(flag: &str, percent: i64) -> String {
    format!(
        "((chain_ps - (flag_ps if hands_over == 1 else 0)) * {percent}) // 100 + ({flag} if hands_over == 1 else 0)"
    )
}

pub(super) fn constants(instance: &Instance, hand_over: &HandOver) -> Vec<Named<i64>> {
    let gpu = &instance.gpu;
    let latencies = Latencies::of_gpu(gpu);
    vec![
        Named::new("mma_clocks", latencies.mma_m16n8k16_clocks, "clocks until a matrix instruction's result"),
        Named::new(
            "mma_interval_centiclocks",
            mma_interval_centiclocks(instance),
            "hundredths of a clock between two of a sub-partition",
        ),
        Named::new(
            "tensor_centiflop_per_clock",
            tensor_centiflop(instance),
            "hundredths of the FLOP that an SM reaches each clock",
        ),
        Named::new("shared_clocks", latencies.shared_memory_clocks, "clocks of a load from shared memory"),
        Named::new("l2_clocks", latencies.l2_clocks, "clocks of a load from L2"),
        Named::new("memory_clocks", latencies.memory_clocks, "clocks of a load from memory"),
        Named::new("fence_clocks", latencies.fence_clocks, "clocks of a fence before a flag"),
        Named::new("flag_ps", latencies.flag_handover_ps, "one way of a flag from SM to SM, ps"),
        Named::new("flag_low_ps", latencies.flag_handover_range_ps[0], "the least that it may be, ps"),
        Named::new("flag_high_ps", latencies.flag_handover_range_ps[1], "the most that it may be, ps"),
        Named::new(
            "l2_bytes_per_clock",
            terms::l2_bytes_per_clock_of_shared_lines(gpu.compute_capability),
            "bytes from L2 to an SM each clock",
        ),
        Named::new(
            "product_centiclocks",
            PRODUCT_CENTICLOCKS,
            "hundredths of a clock until a warp's next matrix instruction",
        ),
        Named::new("fragment_clocks", FRAGMENT_CLOCKS, "clocks of a fragment of R from shared memory"),
        Named::new("flags_clocks", FLAGS_CLOCKS, "clocks of a look at flags"),
        Named::new("behind_flags_clocks", hand_over.flags_clocks, "clocks of factors behind flags, however many"),
        Named::new("words_clocks", hand_over.words_clocks, "clocks of numbered words, however many"),
        Named::new("turn_clocks", TURN_CLOCKS, "clocks of a turn of a loop over steps beside its products and reads"),
        Named::new(
            "exchange_percent",
            hand_over.exchange_percent,
            "part of what comes from L2 behind flags that products wait for",
        ),
        Named::new("word_clocks", WORD_CLOCKS, "clocks of a numbered word"),
        Named::new("begin_ps", terms::start_ps(gpu), "launch, first loads and the first product"),
        Named::new(
            "memory_bytes_per_us",
            terms::memory_bytes_per_us(gpu, MEMORY_PERCENT),
            "bytes to or from memory each µs, 90% of the datasheet",
        ),
    ]
}

/// Who shares an SM.
pub(super) fn residency() -> Vec<Named<String>> {
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

/// What a step's products depend on, if it has any, clocks of their factors' way, and of a barrier.
pub(super) fn products(instance: &Instance, multiplies: bool) -> Vec<Named<String>> {
    let if_any = |text: &str| if multiplies { text.to_owned() } else { "0".to_owned() };
    vec![
        define("hands_over", &if_any("min(variant, 1)"), "1: blocks hand factors to each other"),
        define("read_bytes", "256 * sm_warps * warp_steps * batch_tiles", "bytes of factors that the SM's warps read"),
        define(
            "read_clocks",
            "shared_clocks if variant == 0 else l2_clocks if variant == 1 else 0",
            "clocks until factors are there that have been asked for",
        ),
        // `multiply` in products.cuh: pairs of steps whose factors are asked for at once. A single turn is unrolled.
        define(
            "loop_turns",
            "shared_steps // 2 // max(1, 4 // batch_tiles) if shared_steps // 2 >= 2 * max(1, 4 // batch_tiles) else 0",
            "turns of a warp's loop over the steps whose part of R is in shared memory",
        ),
        define(
            "exchange_clocks",
            "read_bytes * (1 if variant == 1 else 4 // element_bytes) // l2_bytes_per_clock if hands_over == 1 else 0",
            "clocks in which factors come from L2",
        ),
        define("products", "warp_tiles * batch_tiles * warp_steps", "matrix instructions of a warp"),
        define("barrier_clocks", &terms::block_barrier_clocks(&instance.gpu), "clocks of a block's barrier"),
        define(
            "hand_over_clocks",
            "0 if hands_over == 0 else behind_flags_clocks + scheduler_warps * flags_clocks + fence_clocks if variant == 1 \
             else words_clocks + exchange_clocks // resident + scheduler_warps * word_clocks * lane_words",
            "clocks of the hand-over beside the way from SM to SM",
        ),
    ]
}

/// Picoseconds of these, and of what both passes have beside a step's chain.
pub(super) fn times(multiplies: bool) -> Vec<Named<String>> {
    let barrier = format!("({}) if variant == 0 or warps_along_k == 1 else 0", clocks_to_ps("barrier_clocks"));
    vec![
        define(
            "hand_over_ps",
            &format!("flag_ps + {} if hands_over == 1 else 0", clocks_to_ps("hand_over_clocks")),
            "hand-over of factors, a step",
        ),
        define("multiply_ps", &clocks_to_ps("multiply_clocks"), "products with R, a step"),
        define("sums_ps", &clocks_to_ps("sums_clocks"), "sums of the warps along k, a step"),
        define("pointwise_ps", &clocks_to_ps("pointwise_clocks"), "pointwise part, a step"),
        define("overhead_ps", &clocks_to_ps("overhead_clocks"), "instructions around, a step"),
        // Across blocks with several warps along k the barrier is the one between the sums.
        define("barrier_ps", if multiplies { &barrier } else { "0" }, "barrier, a step"),
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
        define(
            "exchange_ps",
            &format!("flag_ps + {} if hands_over == 1 else 0", clocks_to_ps("exchange_clocks")),
            "factors of all blocks of an SM from L2, a step",
        ),
        define(
            "start_ps",
            "begin_ps + element_bytes * gates * heads_per_launch * head_dim * head_dim * batch_blocks \
             // ceil_div(rounds, launches * batch_turns) * 1000000 // memory_bytes_per_us",
            "start of a block, with its part of R",
        ),
    ]
}
