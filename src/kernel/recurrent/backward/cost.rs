//! The predicted time of `rnn_backward`, in the expression language: clocks of one step, then picoseconds.
//!
//! A step is a chain; what it has in common with the forward pass's, and what all of it is fitted to, is in
//! [`super::super::clocks`]: the hand-over of d. Beside it:
//!
//! * multiply: `R^T d`, as R h there; the gradients of all gates are many, so that what several warps read from L2 and multiply overlaps;
//! * sums: with several warps along k, each writes its partial sums and reads its share, and a barrier lies between;
//! * pointwise: the derivative. Of a lone warp a chain and so much for each slot, more for what its lane does alone or unevenly; for
//!   each further warp of a sub-partition what its scheduler issues;
//! * overhead: what the next step reads is asked for, and gradients are stored; where they are handed over, this comes behind, and
//!   counts where it takes longer than they are on their way;
//! * barrier: by its warps.
//!
//! Beside the chain goes what a step reads and writes, at 90% of the datasheet bandwidth, and a load from memory, or from L2 where it
//! was brought there before: it is asked for behind a step's pointwise part, and the next step's waits for it. With the gradient cut
//! a step has neither products nor what belongs to them. After the last step comes the product for the gradient of R (`weights.rs`). With `recompute` the saved values come before the first step (`../again.rs`).

use super::tile;
use crate::kernel::recurrent::clocks::{self, CHAIN_HIGH_PERCENT, CHAIN_LOW_PERCENT, HandOver};
use crate::kernel::recurrent::sizes;
use crate::kernel::recurrent::{Cell, again};
use crate::kernel::terms::clocks_to_ps;
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

/// Clocks of a lone warp's derivative, with the functions for bf16 and with the more accurate ones: once, for each slot of a lane, and
/// beside that for each slot that is not among the first; and the instructions of a slot of each further warp. Fitted to what
/// `benches/machine_code` estimates from the machine code of 420 configurations of all cells, types and variants (CUDA 13.5, 8.0
/// to 12.0), by least squares of the estimates' logarithms, beside what all cells share.
fn derivative(cell: &Cell) -> ([[i64; 3]; 2], i64) {
    match cell.name {
        "lstm" => ([[0, 78, 11], [54, 95, 91]], 40),
        "gru" => ([[0, 80, 77], [0, 93, 86]], 59),
        "slstm" => ([[92, 130, 164], [65, 173, 66]], 101),
        _ => ([[0, 28, 47], [69, 9, 91]], 13),
    }
}

/// Likewise, for each slot: of a lane's that goes alone, of several warps along k whose sums are added up, of a lane whose share is
/// smaller than another's. Where such a lane has several, ptxas lets each wait for its own loads: a part of a load's latency.
const SINGLE_CLOCKS: i64 = 32;
const SUMMED_CLOCKS: i64 = 25;
const UNEVEN_CLOCKS: i64 = 234;
const STUCK_PERCENT: i64 = 110;

/// Likewise: what a lone warp does beside the slots, in each step, and for each of a gate's gradients that a lane stores at once, with the
/// loads beside it; and the instructions of each further warp.
const AROUND_CLOCKS: i64 = 3;
const STORE_CLOCKS: i64 = 14;
const AROUND_INSTRUCTIONS: i64 = 29;

/// Likewise: clocks of gradients behind flags and of those in numbered words, however many; and the part of a warp's gradients from L2
/// that its products wait for.
const HAND_OVER: HandOver = HandOver { flags_clocks: 311, words_clocks: 63, exchange_percent: 35 };

fn range(flag: &str, percent: i64) -> String {
    let chain = clocks::chain(flag, percent);
    format!(
        "rounds * (start_ps + sequence * max({chain}, loads_ps * {percent} // 100, exchange_ps, memory_ps)) + weights_ps + recompute_ps"
    )
}

/// Whether a step multiplies by R.
fn multiplies(instance: &Instance) -> bool {
    instance.words["gradient_cut"] == "none"
}

pub(super) fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let cell = Cell::of(instance);
    let bytes = sizes::element_bytes(instance);
    let accurate = usize::from(instance.dtype != "bf16");
    let (lone, instructions) = derivative(cell);
    let [once, slot, further] = lone[accurate];
    let read = 1 + cell.saved + i64::from(tile::loads_hidden(instance));
    let own = vec![
        // With the gradient cut nothing comes first that its loads or sums would let wait.
        Named::new("lone_clocks", if multiplies(instance) { once } else { 0 }, "clocks of a lone warp's derivative"),
        Named::new("lone_slot_clocks", slot, "clocks of it for a unit and sequence of each lane"),
        Named::new("further_clocks", further, "clocks beside these for each slot that is not among the first"),
        Named::new("first_slots", clocks::FIRST_SLOTS[accurate], "slots of a lane that are computed beside each other"),
        Named::new("slot_instructions", instructions, "clocks of a scheduler for a slot of a further warp"),
        Named::new("single_clocks", SINGLE_CLOCKS, "clocks of a slot that is loaded and stored alone"),
        Named::new(
            "summed_clocks",
            if multiplies(instance) { SUMMED_CLOCKS } else { 0 },
            "clocks of a slot whose sums are added up",
        ),
        Named::new("uneven_clocks", UNEVEN_CLOCKS, "clocks of a slot where lanes have shares of different size"),
        Named::new("stuck_percent", STUCK_PERCENT, "part of a load that such slots wait for, if a lane has several"),
        Named::new("around_clocks", AROUND_CLOCKS, "clocks of a warp in a step beside the slots"),
        Named::new(
            "around_instructions",
            AROUND_INSTRUCTIONS,
            "instructions of a further warp in a step beside the slots",
        ),
        Named::new(
            "access_clocks",
            STORE_CLOCKS * cell.gates,
            "clocks of an access to a lane's slots: loads for the next step, and stores",
        ),
        Named::new(
            "unit_bytes",
            bytes * (read + cell.gates) + 4 * (cell.states - 1),
            "bytes of a unit and sequence that a step moves: gradients, saved values and states",
        ),
    ];
    [clocks::constants(instance, &HAND_OVER), own].concat()
}

pub(super) fn definitions(instance: &Instance) -> Vec<Named<String>> {
    let multiplies = multiplies(instance);
    [
        clocks::residency(),
        clocks::products(instance, multiplies),
        own_clocks(multiplies),
        clocks::times(multiplies),
        own_times(),
        over_the_sequence(),
    ]
    .concat()
}

/// What the report shows.
fn over_the_sequence() -> Vec<Named<String>> {
    let steps =
        STEP_PARTS.iter().map(|&(name, step, meaning)| define(name, &format!("rounds * sequence * {step}"), meaning));
    steps.chain(ONCE.iter().map(|&(name, text, meaning)| define(name, text, meaning))).collect()
}

/// Clocks of a step.
fn own_clocks(multiplies: bool) -> Vec<Named<String>> {
    let if_any = |text: &str| if multiplies { text.to_owned() } else { "0".to_owned() };
    vec![
        define(
            "lone_multiply_clocks",
            "max(warp_steps * mma_clocks + (loop_turns * (read_clocks + turn_clocks) if variant < 2 else 0), \
             ceil_div(products * max(mma_interval_centiclocks, product_centiclocks), 100) \
             + fragment_clocks * shared_steps * warp_tiles)",
            "clocks of a lone warp's products",
        ),
        define(
            "all_multiply_clocks",
            "max(ceil_div(products * scheduler_warps * mma_interval_centiclocks, 100) + fragment_clocks * shared_steps * warp_tiles, \
             ((read_bytes if variant == 0 else 0) + 512 * sm_warps * shared_steps * warp_tiles) // 128)",
            "clocks of the products of all warps of a sub-partition, and of what they read from shared memory",
        ),
        define(
            "multiply_clocks",
            &if_any(
                "max(lone_multiply_clocks, all_multiply_clocks - exchange_clocks // resident) if variant == 2 else \
                 read_clocks + max(lone_multiply_clocks + (exchange_percent * exchange_clocks \
                 // (100 * resident * scheduler_warps) if variant == 1 else 0), \
                 all_multiply_clocks, exchange_clocks // resident)",
            ),
            "clocks of R^T d",
        ),
        define(
            "sums_clocks",
            &if_any(
                "23 * sm_warps * slots // 50 + shared_clocks + barrier_clocks + 4 * warps_along_k if warps_along_k > 1 else 0",
            ),
            "clocks of the sums of the warps along k",
        ),
        define(
            "slot_stalls",
            "lone_slot_clocks + (2 - slot_width) * single_clocks + (summed_clocks if warps_along_k > 1 else 0) \
             + (uneven_clocks if slots % warps_along_k > 0 else 0)",
            "clocks of a slot of a lone warp",
        ),
        define(
            "computing_warps",
            "ceil_div(resident * heads_per_block * warps_along_units * min(warps_along_k, slots), 4)",
            "warps of a sub-partition that have slots",
        ),
        define(
            "pointwise_clocks",
            "lone_clocks + slot_stalls * owned_slots + further_clocks * max(0, owned_slots - first_slots) \
             + slot_instructions * owned_slots * (computing_warps - 1)",
            "clocks of the pointwise part",
        ),
        define(
            "around",
            "around_clocks + (scheduler_warps - 1) * around_instructions \
             + computing_warps * access_clocks * (owned_slots // slot_width) * (2 if slot_width == 2 and head_dim % 2 == 1 else 1)",
            "clocks of the instructions around",
        ),
        define("load_clocks", "l2_clocks if sectors > 0 else memory_clocks", "clocks of a load"),
        define(
            "stuck_clocks",
            "stuck_percent * load_clocks // 100 if owned_slots > 1 and slots % warps_along_k > 0 else 0",
            "clocks of loads that are waited for where they are asked for",
        ),
        define(
            "overhead_clocks",
            "stuck_clocks + (max(0, around - flag_ps * gpu_boost_clock_mhz // 1000000) if hands_over == 1 else around)",
            "those of them that are not over while gradients are on their way, and such loads",
        ),
    ]
}

/// Picoseconds.
fn own_times() -> Vec<Named<String>> {
    vec![
        define(
            "loads_ps",
            &clocks_to_ps("(load_clocks + pointwise_clocks)"),
            "the pointwise part, and the loads behind it that the next one waits for",
        ),
        define("step_ps", "max(chain_ps, loads_ps, exchange_ps, memory_ps)", "a step"),
        define("time_ps", "rounds * (start_ps + sequence * step_ps) + weights_ps + recompute_ps", "predicted time"),
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
