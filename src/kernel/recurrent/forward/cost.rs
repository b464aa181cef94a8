//! The predicted time of `rnn_forward`, in the expression language: clocks of one step, then picoseconds.
//!
//! A step is a chain that nothing overlaps but other warps and blocks, and a scheduler rarely has more than one warp: what that
//! warp waits for adds up. ptxas writes how long each instruction keeps its warp; `benches/machine_code` adds that up along a
//! step, which no GPU can beat, and runs the instructions in order with latencies and pipes. The clocks of a lone warp here
//! are fitted to that estimate, and `tests/compile/machine_code.rs` holds the model to both.
//!
//! * hand-over: with flags the fence before the flag, a look at the flags, and the flag's one way; in numbered words one
//!   way, and for each word its load, test and joining with the next;
//! * multiply: the first read of h, then the longest of the dependent matrix instructions with the reads of h that a loop over
//!   steps waits for at each turn, what the sub-partition's warps issue to its tensor core with the fragments of R from shared
//!   memory, and what they read from shared memory at 128 bytes a clock; or h from L2, which all SMs read at once;
//! * sums: with several warps along k, each writes its partial sums and reads its share, and a barrier lies between;
//! * pointwise: of a lone warp a chain and so much for each slot, more for what its lane does alone or unevenly; for each further
//!   warp of a sub-partition what its scheduler issues, or its special function unit computes at 4 lanes a clock;
//! * overhead: the instructions of a step that belong to no slot and the copies of Wx; where h is handed over, they come
//!   behind, and count where they take longer than h is on its way;
//! * barrier: by its warps.
//!
//! In training, what the backward pass spends on saved values that are not stored belongs to the cost, too (`../again.rs`):
//! `time_ps` is `pass_ps` and that.
//!
//! Beside the chain go Wx and the outputs, at 90% of the datasheet bandwidth, and the latency of a copy from memory, of
//! which `stages` − 1 are in flight. Latencies: [`Latencies`]; rates, the time of a copy and that of
//! a start: `crate::kernel::terms`. The range of the predicted time: what was found of the flag's way, and for the rest of the
//! chain what the estimate gives with all latencies at the lower and the upper ends of what was published.

use crate::hardware::Latencies;
use crate::kernel::recurrent::sizes::{self, ceil_div};
use crate::kernel::recurrent::{Cell, again};
use crate::kernel::terms::{self, BLOCK_BARRIER_CLOCKS, COPY_PS, RESIDENT, RUNNING, START_PS, clocks_to_ps};
use crate::kernel::{Instance, Named, define};

/// The definition to minimise.
pub(super) const TIME: &str = "time_ps";

/// The definitions of which it is made, over the whole sequence: what each is, what it is in a step, and its meaning.
const STEP_PARTS: [(&str, &str, &str); 7] = [
    ("hand_overs_ps", "hand_over_ps", "hand-over of h"),
    ("products_ps", "multiply_ps", "R h"),
    ("all_sums_ps", "sums_ps", "sums of the warps along k"),
    ("all_pointwise_ps", "pointwise_ps", "pointwise part"),
    ("overheads_ps", "overhead_ps", "instructions around"),
    ("barriers_ps", "barrier_ps", "barriers"),
    ("traffic_ps", "memory_ps", "Wx and outputs, beside the rest"),
];

/// The part that comes once for each block that an SM's place computes.
const STARTS: (&str, &str) = ("starts_ps", "starts, with the blocks' parts of R");

/// The names of all parts.
pub(super) fn parts(instance: &Instance) -> Vec<&'static str> {
    STEP_PARTS.iter().map(|&(name, ..)| name).chain([STARTS.0]).chain(again::parts(instance)).collect()
}

/// FLOP of one matrix instruction of 16 rows, 8 columns and 32 bytes of depth, times the element's bytes.
const INSTRUCTION_FLOP_BYTES: i64 = 2 * 16 * 8 * 32;

/// What the pointwise part of a lone warp takes beside what its cell says, in clocks, fitted to what `benches/machine_code`
/// estimates from the machine code of 700 configurations (CUDA 13.5, 8.0 to 12.0): for each slot a value that training stores, the
/// sums of several warps, a unit that is stored alone, a lane whose share is smaller than another's.
const STORED_CLOCKS: i64 = 6;
const SUMMED_CLOCKS: i64 = 33;
const ALONE_CLOCKS: i64 = 72;
const UNEVEN_CLOCKS: i64 = 123;

/// Slots of a lane that ptxas interleaves, with the functions for bf16 and with the more accurate ones.
const FIRST_SLOTS: [i64; 2] = [4, 2];

/// Likewise: instructions of a step that belong to no slot, of a lone warp and of each other one, and those of a copy of Wx,
/// of one among many, whose address is computed anew, and of one through registers.
const AROUND_CLOCKS: i64 = 23;
const AROUND_INSTRUCTIONS: i64 = 33;
const COPY_CLOCKS: i64 = 1;
const FAR_COPY_CLOCKS: i64 = 20;
const REGISTER_COPY_CLOCKS: i64 = 34;

/// Likewise: stalls of a warp for a matrix instruction, for a fragment of R from shared memory, for a look at its flags, for
/// numbered words, for each of them, which is loaded, tested and joined.
const PRODUCT_CENTICLOCKS: i64 = 715;
const FRAGMENT_CLOCKS: i64 = 8;
const FLAGS_CLOCKS: i64 = 5;
const WORDS_CLOCKS: i64 = 14;
const TURN_CLOCKS: i64 = 17;
const EXCHANGE_PERCENT: i64 = 83;
const WORD_CLOCKS: i64 = 2;

/// Instructions for each value that is stored beside h.
const STORE_INSTRUCTIONS: i64 = 6;

/// The part of the datasheet's bandwidth that whole rows of Wx and of the outputs stream at.
const MEMORY_PERCENT: i64 = 90;

/// Dense FLOP of an SM each clock, by the datasheet.
pub(super) fn tensor_rate(instance: &Instance) -> Option<i64> {
    let rates = &instance.gpu.tensor_flops_per_clock_per_sm;
    match instance.dtype {
        "bf16" => rates.bf16,
        "fp16" => rates.fp16,
        _ => rates.tf32,
    }
}

/// The range of the predicted time: percent of a step's chain beside the flag's way, which has a range of its own.
const CHAIN_LOW_PERCENT: i64 = 85;
const CHAIN_HIGH_PERCENT: i64 = 120;

fn range(flag: &str, percent: i64) -> String {
    format!(
        "rounds * (start_ps + sequence * max(((chain_ps - (flag_ps if variant > 0 else 0)) * {percent}) // 100 \
         + ({flag} if variant > 0 else 0), exchange_ps, memory_ps, copies_ps)) + recompute_ps"
    )
}

pub(super) fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let (gpu, cell) = (&instance.gpu, Cell::of(instance));
    let latencies = Latencies::of(gpu.compute_capability);
    let share = terms::mma_sync_percent(gpu.compute_capability);
    let bytes = sizes::element_bytes(instance);
    let accurate = usize::from(instance.dtype != "bf16");
    let is_training = instance.words["pass"] == "training";
    let if_training = |count: i64| if is_training { count } else { 0 };
    // A quarter of the SM's rate, in hundredths of a clock an instruction.
    let rate = tensor_rate(instance).expect("checked by the kernel");
    let interval = ceil_div(INSTRUCTION_FLOP_BYTES / bytes * 4 * 100 * 100, (rate * share).max(1));
    vec![
        Named::new("mma_clocks", latencies.mma_m16n8k16_clocks, "clocks until a matrix instruction's result"),
        Named::new("mma_interval_centiclocks", interval, "hundredths of a clock between two of a sub-partition"),
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
        Named::new("stored_states", if_training(cell.states - 1), "states of a unit that a step stores beside h"),
        Named::new("stored_values", if_training(cell.saved), "values that it stores unless they are computed again"),
        Named::new("special_clocks", 8 * cell.special[accurate], "clocks of the special function units for a slot"),
        Named::new("slot_instructions", cell.instructions[accurate], "instructions of a slot that stores only h"),
        Named::new("store_instructions", STORE_INSTRUCTIONS, "instructions to store a value more"),
        Named::new("lone_clocks", cell.lone[accurate][0], "clocks of a lone warp's pointwise part"),
        Named::new(
            "lone_slot_clocks",
            cell.lone[accurate][1],
            "clocks of it for a unit and sequence of each lane that stores only h",
        ),
        Named::new("stored_clocks", STORED_CLOCKS, "clocks to store a value more"),
        Named::new(
            "further_clocks",
            cell.lone[accurate][2],
            "clocks beside these for each slot that is not among the first",
        ),
        Named::new("first_slots", FIRST_SLOTS[accurate], "slots of a lane that are computed beside each other"),
        Named::new("summed_clocks", SUMMED_CLOCKS, "clocks of a slot whose sums are added up"),
        Named::new(
            "alone_clocks",
            ALONE_CLOCKS,
            "clocks of a slot whose unit is stored alone, where there are several",
        ),
        Named::new("uneven_clocks", UNEVEN_CLOCKS, "clocks of a slot where lanes have shares of different size"),
        Named::new("around_clocks", AROUND_CLOCKS, "clocks of a warp in a step beside the slots"),
        Named::new(
            "around_instructions",
            AROUND_INSTRUCTIONS,
            "instructions of a further warp in a step beside the slots",
        ),
        Named::new(
            "copy_clocks_each",
            if sizes::vector(instance) * bytes < 4 { REGISTER_COPY_CLOCKS } else { COPY_CLOCKS },
            "clocks of a copy of Wx",
        ),
        Named::new(
            "product_centiclocks",
            PRODUCT_CENTICLOCKS,
            "hundredths of a clock until a warp's next matrix instruction",
        ),
        Named::new("far_copy_clocks", FAR_COPY_CLOCKS, "clocks of a copy of Wx where a thread has more than four"),
        Named::new("fragment_clocks", FRAGMENT_CLOCKS, "clocks of a fragment of R from shared memory"),
        Named::new("flags_clocks", FLAGS_CLOCKS, "clocks of a look at flags"),
        Named::new("words_clocks", WORDS_CLOCKS, "clocks of numbered words, however many"),
        Named::new("turn_clocks", TURN_CLOCKS, "clocks of a turn of a loop over steps beside its products and reads"),
        Named::new("exchange_percent", EXCHANGE_PERCENT, "part of h from L2 behind flags that products wait for"),
        Named::new("word_clocks", WORD_CLOCKS, "clocks of a numbered word"),
        Named::new("copy_ps", COPY_PS, "time of a copy from memory to shared memory"),
        Named::new("begin_ps", START_PS, "launch, first copies and the first h"),
        Named::new(
            "memory_bytes_per_us",
            terms::memory_bytes_per_us(gpu, MEMORY_PERCENT),
            "bytes to or from memory each µs, 90% of the datasheet",
        ),
        Named::new(
            "unit_bytes",
            bytes * (cell.gates + 1),
            "bytes of Wx and h of a unit and sequence that a step moves",
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
    steps.chain([define(STARTS.0, "rounds * start_ps", STARTS.1)]).collect()
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
        define("read_bytes", "256 * sm_warps * warp_steps * batch_tiles", "bytes of h that the SM's warps read"),
        define(
            "read_clocks",
            "shared_clocks if variant == 0 else l2_clocks if variant == 1 else 0",
            "clocks until h is there that has been asked for",
        ),
        // `multiply` in products.cuh: pairs of steps of which h is asked for at once. A single turn is unrolled.
        define(
            "loop_turns",
            "shared_steps // 2 // max(1, 4 // batch_tiles) if shared_steps // 2 >= 2 * max(1, 4 // batch_tiles) else 0",
            "turns of a warp's loop over the steps whose part of R is in shared memory",
        ),
        define(
            "exchange_clocks",
            "read_bytes * (1 if variant == 1 else 4 // element_bytes) // l2_bytes_per_clock if variant > 0 else 0",
            "clocks in which h comes from L2",
        ),
        define("products", "warp_tiles * batch_tiles * warp_steps", "matrix instructions of a warp"),
        define(
            "multiply_clocks",
            "read_clocks + (exchange_percent * exchange_clocks // (100 * resident) if variant == 1 else 0) \
             + max(warp_steps * mma_clocks + (loop_turns * (read_clocks + turn_clocks) if variant < 2 else 0), \
             ceil_div(products * max(scheduler_warps * mma_interval_centiclocks, product_centiclocks), 100) \
             + fragment_clocks * shared_steps * warp_tiles, \
             ((read_bytes if variant == 0 else 0) + 512 * sm_warps * shared_steps * warp_tiles) // 128)",
            "clocks of R h",
        ),
        define("barrier_clocks", BLOCK_BARRIER_CLOCKS, "clocks of a block's barrier"),
        define(
            "sums_clocks",
            "23 * sm_warps * slots * gates // 50 + shared_clocks + barrier_clocks + 4 * warps_along_k if warps_along_k > 1 else 0",
            "clocks of the sums of the warps along k",
        ),
        define(
            "stored",
            "stored_states + stored_values * (1 - recompute)",
            "values of a unit and sequence that a step stores beside h",
        ),
        define(
            "slot_clocks",
            "max(special_clocks, slot_instructions + store_instructions * stored)",
            "clocks of a sub-partition for a unit and sequence of each lane of a further warp",
        ),
        define(
            "slot_stalls",
            "lone_slot_clocks + stored_clocks * stored + (summed_clocks if warps_along_k > 1 else 0) \
             + (alone_clocks if owned_slots > 2 and (warp_units // 8 % 2 == 1 or slots % (2 * warps_along_k) > 0) else 0) \
             + (uneven_clocks if slots % warps_along_k > 0 else 0)",
            "clocks of a slot of a lone warp",
        ),
        define(
            "pointwise_clocks",
            "lone_clocks + slot_stalls * owned_slots + further_clocks * max(0, owned_slots - first_slots) \
             + slot_clocks * owned_slots * (ceil_div(resident * heads_per_block * warps_along_units \
             * min(warps_along_k, slots), 4) - 1)",
            "clocks of the pointwise part",
        ),
        define(
            "copies",
            "ceil_div(heads_per_block * block_sequences * gates * (block_units // vector), threads)",
            "copies of Wx of a thread",
        ),
        define(
            "around",
            "around_clocks + (scheduler_warps - 1) * around_instructions + scheduler_warps * copies \
             * (max(copy_clocks_each, far_copy_clocks) if copies > 4 else copy_clocks_each) \
             + (memory_clocks * ceil_div(copies, 4) if vector * element_bytes < 4 else 0)",
            "clocks of the instructions around, and of the loads of Wx where it goes through registers, four at once",
        ),
        define(
            "overhead_clocks",
            "around if variant == 0 else max(0, around - flag_ps * gpu_boost_clock_mhz // 1000000)",
            "those of them that are not over while h is on its way",
        ),
        define(
            "hand_over_clocks",
            "scheduler_warps * flags_clocks + fence_clocks if variant == 1 \
             else words_clocks + exchange_clocks // resident + scheduler_warps * word_clocks * lane_words \
             if variant == 2 else 0",
            "clocks of the hand-over of h beside the way from SM to SM",
        ),
    ]
}

/// Picoseconds.
fn times() -> Vec<Named<String>> {
    vec![
        define(
            "hand_over_ps",
            &format!("flag_ps + {} if variant > 0 else 0", clocks_to_ps("hand_over_clocks")),
            "hand-over of h, a step",
        ),
        define("multiply_ps", &clocks_to_ps("multiply_clocks"), "R h, a step"),
        define("sums_ps", &clocks_to_ps("sums_clocks"), "sums of the warps along k, a step"),
        define("pointwise_ps", &clocks_to_ps("pointwise_clocks"), "pointwise part, a step"),
        define("overhead_ps", &clocks_to_ps("overhead_clocks"), "instructions around, a step"),
        // In the grid variant with several warps along k the barrier is the one between the sums.
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
            "(unit_bytes + state_unit_bytes + saved_unit_bytes * (1 - recompute)) * ceil_div(batch, batch_turns) * heads_per_launch * head_dim * running // blocks * 1000000 \
             // memory_bytes_per_us",
            "Wx and outputs, a step",
        ),
        define("copies_ps", "copy_ps // (stages - 1)", "a copy of Wx, of which some are on their way at once, a step"),
        define(
            "exchange_ps",
            &format!("flag_ps + {} if variant > 0 else 0", clocks_to_ps("exchange_clocks")),
            "h of all blocks of an SM from L2, a step",
        ),
        define("step_ps", "max(chain_ps, exchange_ps, memory_ps, copies_ps)", "a step"),
        define(
            "start_ps",
            "begin_ps + element_bytes * gates * heads_per_launch * head_dim * head_dim * batch_blocks \
             // ceil_div(rounds, launches * batch_turns) * 1000000 // memory_bytes_per_us",
            "start of a block, with its part of R",
        ),
        define("pass_ps", "rounds * (start_ps + sequence * step_ps)", "this pass"),
        define("time_ps", "pass_ps + recompute_ps", "predicted time"),
        define(
            "time_low_ps",
            &range("flag_low_ps", CHAIN_LOW_PERCENT),
            "the least that the time may be, by what was found of each latency",
        ),
        define(
            "time_high_ps",
            &range("flag_high_ps", CHAIN_HIGH_PERCENT),
            "the most that the time may be, by what was found of each latency",
        ),
    ]
}
