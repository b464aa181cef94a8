//! The tile variables, resources and constraints of `rnn_backward`, in the expression language.

use super::registers::{MOST_SLOTS, MOST_STEPS_OF_WORDS, OTHERS, SLACK};
use super::weights::Product;
use super::{cost, tile};
use crate::kernel::recurrent::{Cell, again, statement};
use crate::kernel::{Instance, Named, Statement, define, register_room, shared_memory_allocated};
use std::borrow::Cow;

pub(super) fn state(instance: &Instance) -> Statement {
    let cut = tile::cut(instance);
    let layer = statement::constants(instance, cut);
    Statement {
        constants: [layer, constants(instance), again::constants(instance), cost::constants(instance)].concat(),
        variables: statement::variables(instance, cut),
        search: statement::search(),
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
    let (cell, product) = (Cell::of(instance), Product::of(instance));
    vec![
        Named::new("states", cell.states, "states of a unit"),
        Named::new(
            "kept_states",
            tile::kept_states(instance),
            "states of a unit and sequence, and gradients of them, that stay in registers",
        ),
        Named::new(
            "read_elements",
            1 + cell.saved + i64::from(tile::loads_hidden(instance)),
            "elements of a unit and sequence that a step reads",
        ),
        Named::new("sector_bytes", tile::SECTOR_BYTES, "bytes of a sector"),
        Named::new("most_sectors", tile::MOST_SECTORS, "sectors that a thread brings to L2, at most"),
        Named::new("weight_tile", product.tile, "units of a tile of the gradient of R, along both sides"),
        Named::new("weight_parts", product.parts, "parts of all rows whose gradients of R are added last"),
        Named::new("weights_ps", product.ps, "gradients of R and b, added up"),
        Named::new("other_registers", other_registers(instance), "registers of a thread for addresses and counters"),
        Named::new("any_registers", OTHERS.any, "those of them that each thread has"),
        Named::new("word_registers", OTHERS.words, "registers beside the words that a lane takes at once"),
        Named::new("shared_weight_registers", OTHERS.shared_weights, "registers for R from shared memory"),
        Named::new("column_registers", OTHERS.column, "registers for a column's fragments of gradients"),
        Named::new("grid_column_registers", OTHERS.column_in_grid, "registers beside these for gradients from L2"),
        Named::new("slot_registers", OTHERS.slot, "registers for a slot's step"),
        Named::new("single_slot_registers", OTHERS.single_slot, "more of them where neighbours do not go in pairs"),
        Named::new("slots_together", OTHERS.slots_together, "slots that a lane computes together"),
        Named::new(
            "further_slot_registers",
            OTHERS.further_slot,
            "more of them for a slot beyond those that a lane may have with several warps along k",
        ),
        Named::new("register_slack", SLACK, "registers beyond need that the compiler may use"),
        Named::new(
            "most_word_steps",
            MOST_STEPS_OF_WORDS,
            "steps along k, of all columns, whose numbered words a lane takes at once",
        ),
        Named::new("most_slots", MOST_SLOTS[0], "slots of a lane"),
        Named::new("most_slots_of_several", MOST_SLOTS[1], "slots of a lane with several warps along k"),
    ]
}

fn other_registers(instance: &Instance) -> i64 {
    let odd = if instance.sizes["head_dim"] % 2 == 1 { OTHERS.odd_head } else { 0 };
    let clip = if instance.words["clip"] == "hidden" { OTHERS.clip } else { 0 };
    let gradient_clip = if instance.words["gradient_clip"] == "recurrent" { OTHERS.gradient_clip } else { 0 };
    OTHERS.any + odd + clip + gradient_clip
}

fn registers() -> Vec<Named<String>> {
    vec![
        define("slot_width", "1 + (slots % (2 * warps_along_k) == 0)", "slots that a lane loads and stores at once"),
        define(
            "ahead_halves",
            "read_elements * (1 if element_bytes == 2 and head_dim % 2 == 0 and slot_width == 2 else 2) + 2 * (states - 1)",
            "halves of registers for what the next step reads of a unit and sequence",
        ),
        define("near_units", "min(block_units, head_dim)", "units of a block, none beyond the head"),
        define(
            "row_sectors",
            "read_elements * ceil_div(near_units * element_bytes, sector_bytes) \
             + (states - 1) * ceil_div(near_units * 4, sector_bytes)",
            "sectors of a block's units of a sequence that a step reads",
        ),
        define(
            "wanted_sectors",
            "ceil_div(heads_per_block * block_sequences * row_sectors, threads)",
            "sectors that a step reads, for each thread",
        ),
        define(
            "sectors",
            "wanted_sectors if wanted_sectors <= most_sectors else 0",
            "sectors that a thread brings to L2 in a step, if they are not too many",
        ),
        // Of an odd number of steps ptxas starts all loads before it puts the first word of R together.
        define(
            "start_registers",
            "8 * warp_tiles * register_steps + any_registers + register_slack if register_steps % 2 == 1 else 0",
            "registers of a thread while it reads R",
        ),
        define(
            "registers_needed",
            "8 * ceil_div(max(start_registers, 4 * warp_tiles * (register_steps * loads_per_word + batch_tiles) + owned_slots * kept_states \
             + ceil_div(owned_slots * ahead_halves, 2) + 2 * sectors \
             + (warp_units // 8 if warps_along_k == 1 else owned_slots) * biases \
             + other_registers + (shared_weight_registers if shared_steps > 0 else 0) \
             + (column_registers + min(variant, 1) * grid_column_registers) * batch_tiles \
             + (lane_words + word_registers if variant == 2 else 0) \
             + (slot_registers + (2 - slot_width) * single_slot_registers) * min(owned_slots, slots_together) \
             + further_slot_registers * max(0, owned_slots - most_slots_of_several)), 8)",
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
        define("shared_memory", "handed_bytes + sum_bytes + weight_bytes", "bytes of shared memory of a block"),
        shared_memory_allocated(),
    ];
    [statement::shared_parts(), own].concat()
}

fn constraints() -> Vec<Named<String>> {
    let slots = define(
        "slots of a lane",
        "owned_slots <= (most_slots if warps_along_k == 1 else most_slots_of_several)",
        "each keeps states, gradients and what the next step reads in registers",
    );
    let hardware = statement::hardware_constraints("gradients, partial sums and the rest of R are in shared memory");
    [statement::tile_constraints(), vec![slots], hardware].concat()
}
