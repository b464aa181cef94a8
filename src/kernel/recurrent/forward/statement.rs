//! The tile variables, resources and constraints of `rnn_forward`, in the expression language.

use super::registers::{MOST_SLOTS, MOST_STEPS_OF_WORDS, OTHERS, SLACK};
use super::{cost, tile};
use crate::kernel::recurrent::{Cell, again, statement};
use crate::kernel::{Instance, Named, Statement, define, register_room, shared_memory_allocated};
use constrint_solver::{ValueOrder, Values};
use std::borrow::Cow;

pub(super) fn state(instance: &Instance) -> Statement {
    let cut = tile::cut(instance);
    let layer = statement::constants(instance, cut);
    Statement {
        constants: [layer, constants(instance), again::constants(instance), cost::constants(instance)].concat(),
        variables: variables(instance),
        search: [statement::search(), vec![("stages".into(), ValueOrder::LargestFirst)]].concat(),
        definitions: [
            statement::tiles(),
            registers(),
            shared_memory(),
            statement::schedule(),
            again::definitions(),
            cost::definitions(instance),
        ]
        .concat(),
        constraints: constraints(),
        cost: cost::TIME.into(),
        cost_parts: cost::parts(instance).into_iter().map(Cow::from).collect(),
    }
}

fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let cell = Cell::of(instance);
    vec![
        Named::new(
            "kept_states",
            cell.states - 1 + i64::from(cell.reads_hidden),
            "states of a unit and sequence that stay in registers",
        ),
        Named::new("other_registers", other_registers(instance), "registers of a thread for addresses and counters"),
        Named::new(
            "lone_registers",
            if cell.reads_hidden { OTHERS.reads_hidden_alone } else { 0 },
            "and beside them where one warp sums over all of k",
        ),
        Named::new(
            "lone_grid_registers",
            OTHERS.alone_in_grid[usize::from(instance.dtype != "bf16")],
            "and beside these of such a warp across blocks",
        ),
        Named::new("shared_weight_registers", OTHERS.shared_weights, "registers for R from shared memory"),
        Named::new("column_registers", OTHERS.column, "registers for a column's fragments of h"),
        Named::new("grid_column_registers", OTHERS.column_in_grid, "registers beside these for h from L2"),
        Named::new(
            "third_column_registers",
            if instance.dtype == "fp32" { OTHERS.third_column } else { 0 },
            "registers beside these for each column behind the second",
        ),
        Named::new("word_registers", OTHERS.words, "registers beside the words of h that a lane takes at once"),
        Named::new(
            "lone_column_registers",
            OTHERS.column_of_lone,
            "and beside these where one warp sums over all of k",
        ),
        Named::new(
            "lone_slot_registers",
            OTHERS.slot_of_lone,
            "registers of a slot's step where a lane shares its slots with none",
        ),
        Named::new("slot_registers", OTHERS.slot, "registers for a slot's step"),
        Named::new(
            "slot_halves",
            OTHERS.halves(cell, instance.dtype),
            "halves of a register for each slot of a lane that has no others to share with",
        ),
        Named::new("slots_together", OTHERS.slots_together, "slots that a lane computes together"),
        Named::new("register_slack", SLACK, "registers beyond need that the compiler may use"),
        Named::new(
            "most_word_steps",
            MOST_STEPS_OF_WORDS,
            "steps along k, of all columns, whose numbered words a lane takes at once",
        ),
        Named::new("most_slots", MOST_SLOTS, "slots of a lane, whose bits fill a word"),
    ]
}

fn other_registers(instance: &Instance) -> i64 {
    let training = if instance.words["pass"] == "training" { OTHERS.training } else { 0 };
    let odd = if instance.sizes["head_dim"] % 2 == 1 { OTHERS.odd_head } else { 0 };
    let hidden = if Cell::of(instance).reads_hidden { OTHERS.reads_hidden } else { 0 };
    let clip = if instance.words["clip"] == "hidden" { OTHERS.clip } else { 0 };
    OTHERS.any + training + odd + hidden + clip
}

fn variables(instance: &Instance) -> Vec<Named<Values>> {
    let mut variables = statement::variables(instance, tile::cut(instance));
    let stages = Values::list([2, 3, 4, 6]).expect("four values");
    let place = variables.iter().position(|variable| variable.name == "blocks_per_sm").unwrap_or(variables.len());
    variables.insert(place, Named::new("stages", stages, "time steps of Wx in shared memory"));
    variables
}

fn registers() -> Vec<Named<String>> {
    vec![
        define(
            "registers_needed",
            "8 * ceil_div(4 * warp_tiles * (register_steps * loads_per_word + batch_tiles) + owned_slots * kept_states \
             + (warp_units // 8 if warps_along_k == 1 else owned_slots) * biases \
             + other_registers + (lone_registers + lone_grid_registers * min(variant, 1) if warps_along_k == 1 else 0) + (shared_weight_registers if shared_steps > 0 else 0) \
             + (column_registers + min(variant, 1) * (grid_column_registers + (lone_column_registers if warps_along_k == 1 else 0))) \
             * batch_tiles + third_column_registers * max(0, batch_tiles - 2) \
             + (lane_words + word_registers if variant == 2 else 0) \
             + (slot_registers + (lone_slot_registers if warps_along_k == 1 else 0)) * min(owned_slots, slots_together) + (slot_halves if warps_along_k == 1 else 1) * owned_slots // 2, 8)",
            "registers of a thread without spilling, fitted to what ptxas needs",
        ),
        register_room(),
        define(
            "registers",
            "min(registers_needed + register_slack, register_room, gpu_max_registers_per_thread)",
            "registers of a thread that the compiler may use",
        ),
    ]
}

fn shared_memory() -> Vec<Named<String>> {
    let own = vec![
        define("input_pieces", "block_units * gates * element_bytes // 16", "pieces of 16 bytes of a sequence's Wx"),
        define(
            "input_bytes",
            "stages * heads_per_block * block_sequences * 16 * (input_pieces + 1 - input_pieces % 2)",
            "bytes of shared memory for Wx",
        ),
        define(
            "shared_memory",
            "handed_bytes + sum_bytes + input_bytes + weight_bytes",
            "bytes of shared memory of a block",
        ),
        shared_memory_allocated(),
    ];
    [statement::shared_parts(), own].concat()
}

fn constraints() -> Vec<Named<String>> {
    let slots = define(
        "slots of a lane",
        "owned_slots * (1 if warps_along_k == 1 else 4) <= most_slots",
        "their bits fill a word; with several warps along k, each slot takes registers for its addresses",
    );
    let hardware = statement::hardware_constraints("h, Wx, partial sums and the rest of R are in shared memory");
    [statement::tile_constraints(), vec![slots], hardware].concat()
}
