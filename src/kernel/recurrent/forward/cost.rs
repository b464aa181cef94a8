//! The predicted time of `rnn_forward`, in the expression language: clocks of one step, then picoseconds.
//!
//! A step is a chain; what it has in common with the backward pass's, and what all of it is fitted to, is in
//! [`super::super::clocks`]: the hand-over of h. Beside it:
//!
//! * multiply: the first read of h, then the longest of the dependent matrix instructions with the reads of h that a loop over
//!   steps waits for at each turn, what the sub-partition's warps issue to its tensor core with the fragments of R from shared
//!   memory, and what they read from shared memory at 128 bytes a clock; or h from L2;
//! * sums: with several warps along k, each writes its partial sums and reads its share, and a barrier lies between;
//! * pointwise: of a lone warp a chain and so much for each slot, more for what its lane does alone or unevenly; for each further
//!   warp of a sub-partition what its scheduler issues, or its special function unit computes at 4 lanes a clock;
//! * overhead: the instructions of a step that belong to no slot and the copies of Wx; where h is handed over, they come
//!   behind, and count where they take longer than h is on its way;
//! * barrier: by its warps.
//!
//! In training saved values that are not stored are left to the backward pass, which computes them again (`../again.rs`). That is
//! priced here, too, as `deferred_ps`, with no less than storing them would take: this pass alone stores them unless it may not,
//! as the backward pass alone expects. `rnn_training` weighs the one against the other.
//!
//! Beside the chain go Wx and the outputs, at 90% of the datasheet bandwidth, and the latency of a copy from memory, of
//! which `stages` − 1 are in flight. The time of such a copy: `crate::kernel::terms`.

use crate::kernel::recurrent::clocks::{self, CHAIN_HIGH_PERCENT, CHAIN_LOW_PERCENT, FIRST_SLOTS, HandOver};
use crate::kernel::recurrent::{Cell, again, sizes};
use crate::kernel::terms::{COPY_PS, clocks_to_ps};
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

/// What a pass that stores no saved values leaves to the backward pass.
pub(in crate::kernel::recurrent) const DEFERRED: &str = "deferred_ps";

/// The names of all parts.
pub(super) fn parts(instance: &Instance) -> Vec<&'static str> {
    let deferred = again::is_possible(instance).then_some(DEFERRED);
    STEP_PARTS.iter().map(|&(name, ..)| name).chain([STARTS.0]).chain(deferred).collect()
}

/// What the pointwise part of a lone warp takes beside what its cell says, in clocks, fitted to what `benches/machine_code`
/// estimates from the machine code of 700 configurations (CUDA 13.5, 8.0 to 12.0): for each slot a value that training stores, the
/// sums of several warps, a unit that is stored alone, a lane whose share is smaller than another's, with the functions for bf16 and
/// with the more accurate ones.
const STORED_CLOCKS: i64 = 6;
const SUMMED_CLOCKS: i64 = 33;
const ALONE_CLOCKS: i64 = 72;
const UNEVEN_CLOCKS: [i64; 2] = [215, 340];

/// Likewise: instructions of a step that belong to no slot, of a lone warp and of each other one, and those of a copy of Wx,
/// of one among many, whose address is computed anew, and of one through registers.
const AROUND_CLOCKS: i64 = 23;
const AROUND_INSTRUCTIONS: i64 = 33;
const COPY_CLOCKS: i64 = 1;
const FAR_COPY_CLOCKS: i64 = 20;
const REGISTER_COPY_CLOCKS: i64 = 34;

/// Likewise: numbered words, however many, and the part of h from L2 behind flags that products wait for.
const HAND_OVER: HandOver = HandOver { flags_clocks: 0, words_clocks: 14, exchange_percent: 83 };

/// Instructions for each value that is stored beside h.
const STORE_INSTRUCTIONS: i64 = 6;

fn range(flag: &str, percent: i64) -> String {
    let chain = clocks::chain(flag, percent);
    format!("rounds * (start_ps + sequence * max({chain}, exchange_ps, memory_ps, copies_ps)) + deferred_ps")
}

pub(super) fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let cell = Cell::of(instance);
    let bytes = sizes::element_bytes(instance);
    let accurate = usize::from(instance.dtype != "bf16");
    let is_training = instance.words["pass"] == "training";
    let if_training = |count: i64| if is_training { count } else { 0 };
    let own = vec![
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
        Named::new(
            "uneven_clocks",
            UNEVEN_CLOCKS[accurate],
            "clocks of a slot where lanes have shares of different size",
        ),
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
        Named::new("far_copy_clocks", FAR_COPY_CLOCKS, "clocks of a copy of Wx where a thread has more than four"),
        Named::new("copy_ps", COPY_PS, "time of a copy from memory to shared memory"),
        Named::new("read_unit_bytes", bytes * (cell.gates + 1), "bytes of Wx and h of a unit and sequence"),
    ];
    [clocks::constants(instance, &HAND_OVER), own].concat()
}

pub(super) fn definitions(instance: &Instance) -> Vec<Named<String>> {
    [
        clocks::residency(),
        clocks::products(instance, true),
        own_clocks(),
        clocks::times(true),
        own_times(),
        over_the_sequence(),
    ]
    .concat()
}

/// What the report shows.
fn over_the_sequence() -> Vec<Named<String>> {
    let steps =
        STEP_PARTS.iter().map(|&(name, step, meaning)| define(name, &format!("rounds * sequence * {step}"), meaning));
    steps.chain([define(STARTS.0, "rounds * start_ps", STARTS.1)]).collect()
}

/// Clocks of a step beside its products.
fn own_clocks() -> Vec<Named<String>> {
    vec![
        define(
            "multiply_clocks",
            "read_clocks + (exchange_percent * exchange_clocks // (100 * resident) if variant == 1 else 0) \
             + max(warp_steps * mma_clocks + (loop_turns * (read_clocks + turn_clocks) if variant < 2 else 0), \
             ceil_div(products * max(scheduler_warps * mma_interval_centiclocks, product_centiclocks), 100) \
             + fragment_clocks * shared_steps * warp_tiles, \
             ((read_bytes if variant == 0 else 0) + 512 * sm_warps * shared_steps * warp_tiles) // 128)",
            "clocks of R h",
        ),
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
            "unit_bytes",
            "read_unit_bytes + state_unit_bytes + saved_unit_bytes * (1 - recompute)",
            "bytes of a unit and sequence that a step moves: Wx, h and, in training, the rest",
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
            "slot_warps",
            "ceil_div(resident * heads_per_block * warps_along_units * min(warps_along_k, slots), 4)",
            "warps of a sub-partition that have slots",
        ),
        define(
            "pointwise_clocks",
            "lone_clocks + slot_stalls * owned_slots + further_clocks * max(0, owned_slots - first_slots) \
             + slot_clocks * owned_slots * (slot_warps - 1)",
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
    ]
}

/// Picoseconds.
fn own_times() -> Vec<Named<String>> {
    vec![
        define("copies_ps", "copy_ps // (stages - 1)", "a copy of Wx, of which some are on their way at once, a step"),
        define("step_ps", "max(chain_ps, exchange_ps, memory_ps, copies_ps)", "a step"),
        define("pass_ps", "rounds * (start_ps + sequence * step_ps)", "this pass"),
        define(
            "storing_clocks",
            "stored_values * owned_slots * (stored_clocks + store_instructions * slot_warps)",
            "clocks of a step that go into saved values, at most",
        ),
        define(
            "storing_ps",
            &format!(
                "{} + saved_unit_bytes * ceil_div(batch, batch_turns) * heads_per_launch * head_dim * running // blocks \
                 * 1000000 // memory_bytes_per_us + 2",
                clocks_to_ps("storing_clocks")
            ),
            "what a step takes longer that stores saved values, at most",
        ),
        define(
            DEFERRED,
            "max(recompute_ps, rounds * sequence * storing_ps) if recompute == 1 else 0",
            "left to the backward pass",
        ),
        define("time_ps", "pass_ps + deferred_ps", "predicted time"),
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
