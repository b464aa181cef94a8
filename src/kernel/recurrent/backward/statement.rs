//! The tile variables, resources and constraints of `rnn_backward`, in the expression language.

use super::registers::{MOST_SLOTS, MOST_STEPS_OF_WORDS, OTHERS, SLACK};
use super::{cost, tile};
use crate::kernel::recurrent::Cell;
use crate::kernel::recurrent::sizes;
use crate::kernel::{Instance, Named, Statement, define, register_room, shared_memory_allocated};
use constrint_solver::{ValueOrder, Values};

pub(super) fn state(instance: &Instance) -> Statement {
    Statement {
        constants: [constants(instance), cost::constants(instance)].concat(),
        variables: variables(instance),
        search: search(),
        definitions: [tiles(), resources(), schedule(), cost::definitions(instance)].concat(),
        constraints: constraints(),
        cost: cost::TIME,
        cost_parts: cost::parts(),
    }
}

const WARPS_ALONG_K: [i64; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let (sizes, cell) = (&instance.sizes, Cell::of(instance));
    let bytes = sizes::element_bytes(instance);
    vec![
        Named::new("head_dim", sizes["head_dim"], "units of a head"),
        Named::new("heads", sizes["heads"], "heads"),
        Named::new("batch", sizes["batch"], "sequences"),
        Named::new("sequence", sizes["sequence"], "steps of a sequence"),
        Named::new("gates", cell.gates, "rows of R and Wx for each unit, and gradients that it hands over"),
        Named::new("biases", cell.biases, "rows of b for each unit"),
        Named::new("states", cell.states, "states of a unit"),
        Named::new("saved", cell.saved, "values of a unit and step that forward saved beside the states"),
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
        Named::new("group_units", tile::GROUP_UNITS, "units whose sums fill a tile of 16 rows"),
        Named::new("element_bytes", bytes, "bytes of an element of R, h and their gradients"),
        Named::new("step_factors", 32 / bytes, "gates that one instruction sums over"),
        Named::new("weights_tiles", tile::weights_tiles(instance), "tiles of the gradient of R"),
        Named::new(
            "weight_parts",
            tile::weight_parts(instance),
            "parts of all rows whose gradients of R are added last",
        ),
        // ptxas starts the loads of all of R before it puts the first word together.
        Named::new(
            "loads_per_word",
            if sizes["head_dim"] % 2 == 1 && bytes == 2 { 2 } else { 1 },
            "loads, and registers at the start, for a word of R",
        ),
        Named::new("other_registers", other_registers(instance), "registers of a thread for addresses and counters"),
        Named::new("shared_weight_registers", OTHERS.shared_weights, "registers for R from shared memory"),
        Named::new("column_registers", OTHERS.column, "registers for a column's fragments of gradients"),
        Named::new("grid_column_registers", OTHERS.column_in_grid, "registers beside these for gradients from L2"),
        Named::new("slot_registers", OTHERS.slot, "registers for a slot's step"),
        Named::new("single_slot_registers", OTHERS.single_slot, "more of them where neighbours do not go in pairs"),
        Named::new("slots_together", OTHERS.slots_together, "slots that a lane computes together"),
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
    OTHERS.any + if instance.sizes["head_dim"] % 2 == 1 { OTHERS.odd_head } else { 0 }
}

fn variables(instance: &Instance) -> Vec<Named<Values>> {
    let list = |values: &[i64], most: i64| {
        Values::list(values.iter().copied().filter(|&value| value <= most.max(1))).expect("1 is there")
    };
    let range = |min, max: i64| Values::range(min, max.max(min), 1).expect("not empty");
    let (gpu, sizes, cell) = (&instance.gpu, &instance.sizes, Cell::of(instance));
    let groups = sizes::ceil_div(sizes["head_dim"], tile::GROUP_UNITS);
    let steps = sizes::ceil_div(cell.gates * sizes["head_dim"], 32 / sizes::element_bytes(instance));
    vec![
        Named::new(
            "variant",
            range(0, 2),
            "0: a block holds a head; else blocks exchange gradients through L2, 1: with flags, 2: in numbered words",
        ),
        Named::new(
            "batch_tiles",
            range(1, sizes::ceil_div(sizes["batch"], 8).min(4)),
            "columns of 8 sequences of a block",
        ),
        Named::new("groups_per_warp", range(1, groups.min(4)), "groups of units of a warp"),
        Named::new("warps_along_units", range(1, groups.min(32)), "warps of a head side by side along the units"),
        Named::new(
            "warps_along_k",
            list(&WARPS_ALONG_K, steps),
            "warps that share the sum over the gates of the head's units",
        ),
        Named::new("heads_per_block", list(&[1, 2, 4, 8], sizes["heads"]), "heads that share a block"),
        Named::new("register_steps", register_steps(steps), "steps along k whose part of R is in registers"),
        Named::new("blocks_per_sm", list(&[1, 2, 3, 4, 6, 8], gpu.max_blocks_per_sm), "blocks that share an SM"),
    ]
}

/// Even numbers, and what all steps of a warp may be. 63 tiles of four registers fill a thread.
fn register_steps(steps: i64) -> Values {
    let all = WARPS_ALONG_K.iter().map(|&warps| sizes::ceil_div(steps, warps));
    let even = (0..=steps).step_by(2);
    Values::list(even.chain(all).filter(|&value| value <= 63)).expect("0 is there")
}

/// What decides the time first.
fn search() -> Vec<(&'static str, ValueOrder)> {
    let large = |name| (name, ValueOrder::LargestFirst);
    let small = |name| (name, ValueOrder::SmallestFirst);
    vec![
        small("variant"),
        small("batch_tiles"),
        small("heads_per_block"),
        small("groups_per_warp"),
        large("warps_along_units"),
        small("warps_along_k"),
        small("blocks_per_sm"),
        large("register_steps"),
    ]
}

fn tiles() -> Vec<Named<String>> {
    vec![
        define("warp_units", "groups_per_warp * group_units", "units that a warp computes"),
        define("block_units", "warps_along_units * warp_units", "units that a block computes"),
        define("blocks_per_head", "ceil_div(head_dim, block_units)", "blocks that share a head"),
        define("warp_tiles", "groups_per_warp", "tiles of 16 rows of a warp"),
        define(
            "warp_steps",
            "ceil_div(ceil_div(gates * head_dim, step_factors), warps_along_k)",
            "steps along k of a warp",
        ),
        define("shared_steps", "warp_steps - register_steps", "steps whose part of R is in shared memory"),
        define("warps", "heads_per_block * warps_along_units * warps_along_k", "warps of a block"),
        define("threads", "32 * warps", "threads of a block"),
        define("slots", "warp_units // 8 * batch_tiles * 2", "units and sequences of each lane of a warp"),
        define("owned_slots", "ceil_div(slots, warps_along_k)", "those whose pointwise part one lane computes"),
        define(
            "lane_words",
            "warp_steps * 8 // element_bytes * batch_tiles",
            "words of gradients that a lane reads, one for each gate",
        ),
    ]
}

/// What a block and a thread use.
fn resources() -> Vec<Named<String>> {
    vec![
        define("slot_width", "1 + (slots % (2 * warps_along_k) == 0)", "slots that a lane loads and stores at once"),
        define(
            "ahead_halves",
            "read_elements * (1 if element_bytes == 2 and head_dim % 2 == 0 and slot_width == 2 else 2) + 2 * (states - 1)",
            "halves of registers for what the next step reads of a unit and sequence",
        ),
        define(
            "registers_needed",
            "8 * ceil_div(4 * warp_tiles * (register_steps * loads_per_word + batch_tiles) + owned_slots * kept_states \
             + ceil_div(owned_slots * ahead_halves, 2) \
             + (warp_units // 8 if warps_along_k == 1 else owned_slots) * biases \
             + other_registers + (shared_weight_registers if shared_steps > 0 else 0) \
             + (column_registers + min(variant, 1) * grid_column_registers) * batch_tiles \
             + (lane_words if variant == 2 else 0) \
             + (slot_registers + (2 - slot_width) * single_slot_registers) * min(owned_slots, slots_together), 8)",
            "registers of a thread without spilling, fitted to what ptxas needs",
        ),
        register_room(),
        define(
            "registers",
            "min(registers_needed + register_slack, register_room, gpu_max_registers_per_thread)",
            "registers of a thread that the compiler may use",
        ),
        define("block_sequences", "8 * batch_tiles", "sequences of a block"),
        define(
            "row_bytes",
            "128 * ceil_div(element_bytes * max(blocks_per_head * block_units * gates, warps_along_k * warp_steps * step_factors), \
             128)",
            "bytes of one sequence's gradients of a head",
        ),
        define(
            "handed_bytes",
            "2 * heads_per_block * block_sequences * row_bytes if variant == 0 else 0",
            "bytes of shared memory for gradients",
        ),
        define(
            "sum_bytes",
            "(1 + min(variant, 1)) * warps * slots * 128 if warps_along_k > 1 else 0",
            "bytes of shared memory for partial sums",
        ),
        define("weight_bytes", "512 * shared_steps * warp_tiles * warps", "bytes of shared memory for R"),
        define("shared_memory", "handed_bytes + sum_bytes + weight_bytes", "bytes of shared memory of a block"),
        shared_memory_allocated(),
    ]
}

/// What runs where.
fn schedule() -> Vec<Named<String>> {
    vec![
        define(
            "launches",
            "ceil_div(heads, max(1, min(heads, gpu_sms * blocks_per_sm // blocks_per_head))) if variant > 0 else 1",
            "launches, each of heads whose blocks all run at once",
        ),
        define("heads_per_launch", "ceil_div(heads, launches)", "heads of a launch"),
        define("head_blocks", "ceil_div(heads_per_launch, heads_per_block)", "blocks along these heads"),
        define("batch_parts", "ceil_div(batch, block_sequences)", "parts of the batch"),
        define(
            "batch_turns",
            "ceil_div(batch_parts, max(1, min(batch_parts, gpu_sms * blocks_per_sm // (blocks_per_head * head_blocks))))",
            "parts that a block computes in turn",
        ),
        define("batch_blocks", "ceil_div(batch_parts, batch_turns)", "blocks along the batch"),
        define("blocks", "blocks_per_head * head_blocks * batch_blocks", "blocks of a launch"),
        define(
            "exchange_bytes",
            "head_blocks * batch_blocks * (2 * block_sequences * row_bytes * 4 // element_bytes if variant == 2 \
             else 128 * ceil_div(4 * blocks_per_head * warps_along_units * min(warps_along_k, slots), 128) \
             + 2 * block_sequences * row_bytes) if variant > 0 else 0",
            "bytes of flags and gradients that the blocks exchange",
        ),
        define(
            "saved_bytes",
            "batch * sequence * heads * head_dim * (element_bytes * saved + 4 * (states - 1))",
            "bytes of what forward saves for this pass, beside h",
        ),
    ]
}

fn constraints() -> Vec<Named<String>> {
    [tile_constraints(), hardware_constraints()].concat()
}

fn tile_constraints() -> Vec<Named<String>> {
    vec![
        define(
            "variant",
            "(variant > 0) == (blocks_per_head > 1)",
            "blocks that share a head have to exchange gradients",
        ),
        define(
            "numbered words",
            "variant < 2 or (warp_steps * batch_tiles <= most_word_steps and lane_words // batch_tiles % 4 == 0)",
            "a lane takes all of its gradients at once, in whole vectors",
        ),
        define(
            "heads of a block",
            "heads_per_block <= (heads if variant == 0 else 1)",
            "a block has no more heads than there are, and one where others share it",
        ),
        define("columns of the batch", "8 * (batch_tiles - 1) < batch", "a column without a sequence computes nothing"),
        define(
            "warps along the units",
            "block_units - warp_units < head_dim",
            "a warp without a unit would compute nothing",
        ),
        define(
            "warps along k",
            "(warps_along_k - 1) * warp_steps * step_factors < gates * head_dim",
            "a warp without a part of the sum would compute nothing",
        ),
        define(
            "steps in registers",
            "register_steps == warp_steps or (register_steps < warp_steps and register_steps % 2 == 0)",
            "a lane reads gradients for two steps at once",
        ),
        define(
            "slots of a lane",
            "owned_slots <= (most_slots if warps_along_k == 1 else most_slots_of_several)",
            "each keeps states, gradients and what the next step reads in registers",
        ),
    ]
}

fn hardware_constraints() -> Vec<Named<String>> {
    vec![
        define("threads", "threads <= gpu_max_threads_per_block", "the hardware limits the threads of a block"),
        define(
            "registers",
            "registers_needed <= register_room",
            "R, sums and states live in registers: 255 a thread, and the SM's registers are shared by its blocks",
        ),
        define(
            "shared memory",
            "shared_memory <= gpu_shared_memory_per_block_optin_bytes",
            "gradients, partial sums and the rest of R are in shared memory",
        ),
        define(
            "shared memory of an SM",
            "blocks_per_sm * shared_memory_allocated <= gpu_shared_memory_per_sm_bytes",
            "the blocks of an SM share its shared memory, and the driver reserves some for each",
        ),
        define(
            "threads of an SM",
            "blocks_per_sm * threads <= gpu_max_threads_per_sm",
            "the hardware limits the threads of an SM",
        ),
        define(
            "all blocks at once",
            "variant == 0 or blocks <= gpu_sms * blocks_per_sm",
            "the blocks of a head wait for each other after each step, so all must run",
        ),
        define("exchange in L2", "exchange_bytes <= gpu_l2_bytes", "gradients go from block to block through L2"),
        define(
            "grid",
            "head_blocks <= gpu_max_grid_dimensions_1 and batch_blocks <= gpu_max_grid_dimensions_2",
            "the hardware limits the grid",
        ),
    ]
}
