//! What the statements of both passes have in common: tile variables, how a layer is cut, and the hardware's constraints, in the
//! expression language.

use super::again;
use super::cells::Cell;
use super::sizes::{self, ceil_div};
use super::tile::Cut;
use crate::kernel::{Instance, Named, define};
use constrint_solver::{ValueOrder, Values};
use std::borrow::Cow;

const WARPS_ALONG_K: [i64; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

/// Sizes of the layer, and how a pass cuts it.
pub(super) fn constants(instance: &Instance, cut: Cut) -> Vec<Named<i64>> {
    let (sizes, cell) = (&instance.sizes, Cell::of(instance));
    let bytes = sizes::element_bytes(instance);
    vec![
        Named::new("head_dim", sizes["head_dim"], "units of a head"),
        Named::new("heads", sizes["heads"], "heads"),
        Named::new("batch", sizes["batch"], "sequences"),
        Named::new("sequence", sizes["sequence"], "steps of a sequence"),
        Named::new("gates", cell.gates, "rows of R and Wx for each unit"),
        Named::new("biases", cell.biases, "rows of b for each unit"),
        Named::new("group_units", cut.group_units, "units that fill whole tiles of 16 rows"),
        Named::new("group_tiles", cut.group_tiles, "tiles of 16 rows that such a group fills"),
        Named::new("slot_sums", cut.sums, "sums of a unit and sequence"),
        Named::new("unit_factors", cut.factors, "numbers of a unit that the next step's products multiply with R"),
        Named::new("element_bytes", bytes, "bytes of an element of Wx, R, h and their gradients"),
        Named::new("step_factors", 32 / bytes, "factors that one instruction sums over"),
        Named::new("vector", sizes::vector(instance), "elements of a row of units in one access"),
        // ptxas starts the loads of all of R before it puts the first word together.
        Named::new(
            "loads_per_word",
            if sizes["head_dim"] % 2 == 1 && bytes == 2 { 2 } else { 1 },
            "loads, and registers at the start, for a word of R",
        ),
    ]
}

pub(super) fn variables(instance: &Instance, cut: Cut) -> Vec<Named<Values>> {
    let list = |values: &[i64], most: i64| {
        Values::list(values.iter().copied().filter(|&value| value <= most.max(1))).expect("1 is there")
    };
    let range = |min, max: i64| Values::range(min, max.max(min), 1).expect("not empty");
    let (gpu, sizes) = (&instance.gpu, &instance.sizes);
    let groups = ceil_div(sizes["head_dim"], cut.group_units);
    let steps = ceil_div(cut.factors * sizes["head_dim"], 32 / sizes::element_bytes(instance));
    vec![
        Named::new(
            "variant",
            range(0, 2),
            "0: a block holds a head; else blocks hand factors over through L2, 1: with flags, 2: in numbered words",
        ),
        Named::new("batch_tiles", range(1, ceil_div(sizes["batch"], 8).min(4)), "columns of 8 sequences of a block"),
        Named::new("groups_per_warp", range(1, groups.min(4)), "groups of units of a warp"),
        Named::new("warps_along_units", range(1, groups.min(32)), "warps of a head side by side along the units"),
        Named::new("warps_along_k", list(&WARPS_ALONG_K, steps), "warps that share the sums over the head's units"),
        Named::new("heads_per_block", list(&[1, 2, 4, 8], sizes["heads"]), "heads that share a block"),
        Named::new("register_steps", register_steps(steps), "steps along k whose part of R is in registers"),
        Named::new("blocks_per_sm", list(&[1, 2, 3, 4, 6, 8], gpu.max_blocks_per_sm), "blocks that share an SM"),
        again::variable(instance),
    ]
}

/// Even numbers, and what all steps of a warp may be. 63 tiles of four registers fill a thread.
fn register_steps(steps: i64) -> Values {
    let all = WARPS_ALONG_K.iter().map(|&warps| ceil_div(steps, warps));
    let even = (0..=steps).step_by(2);
    Values::list(even.chain(all).filter(|&value| value <= 63)).expect("0 is there")
}

/// What decides the time first.
pub(super) fn search() -> Vec<(Cow<'static, str>, ValueOrder)> {
    let large = |name: &'static str| (name.into(), ValueOrder::LargestFirst);
    let small = |name: &'static str| (name.into(), ValueOrder::SmallestFirst);
    vec![
        small(again::NAME),
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

pub(super) fn tiles() -> Vec<Named<String>> {
    vec![
        define("warp_units", "groups_per_warp * group_units", "units that a warp computes"),
        define("block_units", "warps_along_units * warp_units", "units that a block computes"),
        define("blocks_per_head", "ceil_div(head_dim, block_units)", "blocks that share a head"),
        define("warp_tiles", "groups_per_warp * group_tiles", "tiles of 16 rows of a warp"),
        define(
            "warp_steps",
            "ceil_div(ceil_div(unit_factors * head_dim, step_factors), warps_along_k)",
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
            "words that a lane reads in the variant of numbered words, one for each factor",
        ),
        define("block_sequences", "8 * batch_tiles", "sequences of a block"),
    ]
}

/// Shared memory for what is handed over, partial sums and R.
pub(super) fn shared_parts() -> Vec<Named<String>> {
    vec![
        define(
            "row_bytes",
            "128 * ceil_div(element_bytes * max(blocks_per_head * block_units * unit_factors, \
             warps_along_k * warp_steps * step_factors), 128)",
            "bytes of one sequence's factors of a head",
        ),
        define(
            "handed_bytes",
            "2 * heads_per_block * block_sequences * row_bytes if variant == 0 else 0",
            "bytes of shared memory for factors of the next step's products",
        ),
        define(
            "sum_bytes",
            "(1 + min(variant, 1)) * warps * slots * slot_sums * 128 if warps_along_k > 1 else 0",
            "bytes of shared memory for partial sums",
        ),
        define("weight_bytes", "512 * shared_steps * warp_tiles * warps", "bytes of shared memory for R"),
    ]
}

/// What runs where.
pub(super) fn schedule() -> Vec<Named<String>> {
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
            "bytes of flags and factors that the blocks exchange",
        ),
    ]
}

/// How a layer may be cut, but for the slots of a lane.
pub(super) fn tile_constraints() -> Vec<Named<String>> {
    vec![
        define(
            "variant",
            "(variant > 0) == (blocks_per_head > 1)",
            "blocks that share a head have to exchange what the next step needs",
        ),
        define(
            "numbered words",
            "variant < 2 or (warp_steps * batch_tiles <= most_word_steps and lane_words // batch_tiles % 4 == 0)",
            "a lane takes all of its words at once, in whole vectors",
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
            "(warps_along_k - 1) * warp_steps * step_factors < unit_factors * head_dim",
            "a warp without a part of the sum would compute nothing",
        ),
        define(
            "steps in registers",
            "register_steps == warp_steps or (register_steps < warp_steps and register_steps % 2 == 0)",
            "a lane reads factors for two steps at once",
        ),
    ]
}

/// The limits of the hardware; `shared` is what a pass keeps in shared memory.
pub(super) fn hardware_constraints(shared: &str) -> Vec<Named<String>> {
    vec![
        define("threads", "threads <= gpu_max_threads_per_block", "the hardware limits the threads of a block"),
        define(
            "registers",
            "registers_needed <= register_room",
            "R, sums and states live in registers: 255 a thread, and the SM's registers are shared by its blocks",
        ),
        define("shared memory", "shared_memory <= gpu_shared_memory_per_block_optin_bytes", shared),
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
        define("exchange in L2", "exchange_bytes <= gpu_l2_bytes", "what blocks hand to each other goes through L2"),
        define(
            "grid",
            "head_blocks <= gpu_max_grid_dimensions_1 and batch_blocks <= gpu_max_grid_dimensions_2",
            "the hardware limits the grid",
        ),
    ]
}
