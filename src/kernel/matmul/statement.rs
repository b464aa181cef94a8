//! The tile variables, resources and constraints of `matmul`, in the expression language.

use super::cost;
use super::tile::{REGISTER_SLACK, Widths, least_fragment_buffers};
use crate::hardware::AccessPattern;
use crate::kernel::terms::RUNNING;
use crate::kernel::{Instance, Named, Statement, define, register_room, shared_memory_allocated};
use constrint_solver::{ValueOrder, Values};
use std::borrow::Cow;

/// The kernel's own variables, as its macros name them in capitals.
pub(super) const VARIABLES: [&str; 12] = [
    "block_m",
    "block_n",
    "block_k",
    "warp_m",
    "warp_n",
    "stages",
    "split_k",
    "swizzle",
    "padding_a",
    "padding_b",
    "fragment_buffers",
    "blocks_per_sm",
];

pub(super) fn state(instance: &Instance, widths: &Widths) -> Statement {
    Statement {
        constants: [constants(instance, widths), cost::constants(instance)].concat(),
        variables: variables(instance),
        search: search(),
        definitions: [resources(), schedule(), cost::definitions(instance)].concat(),
        constraints: constraints(),
        cost: cost::TIME.into(),
        cost_parts: cost::PARTS.map(Cow::from).to_vec(),
    }
}

fn constants(instance: &Instance, widths: &Widths) -> Vec<Named<i64>> {
    let sizes = &instance.sizes;
    vec![
        Named::new("m", sizes["m"], "rows of A and C"),
        Named::new("n", sizes["n"], "columns of B and C"),
        Named::new("k", sizes["k"], "columns of A, rows of B"),
        Named::new("vector_a", widths.a, "elements of A in one access"),
        Named::new("vector_b", widths.b, "elements of B in one access"),
        Named::new("output_bytes", if instance.words["output"] == "fp32" { 4 } else { 2 }, "bytes of an element of C"),
        Named::new(
            "least_fragment_buffers",
            least_fragment_buffers(&instance.gpu),
            "sets of fragments that ptxas makes even of one",
        ),
        Named::new("register_slack", REGISTER_SLACK, "registers beyond need that the compiler may use"),
    ]
}

fn variables(instance: &Instance) -> Vec<Named<Values>> {
    let list = |values: &[i64]| Values::list(values.iter().copied()).expect("not empty");
    let range = |min, max| Values::range(min, max, 1).expect("not empty");
    let gpu = &instance.gpu;
    vec![
        Named::new("block_m", list(&[64, 128, 256]), "rows of C that a block computes"),
        Named::new("block_n", list(&[64, 128, 256]), "columns of C that a block computes"),
        Named::new("block_k", list(&[32, 64]), "depth of K that a stage holds"),
        Named::new("warp_m", list(&[32, 64, 128]), "rows of C that a warp computes"),
        Named::new("warp_n", list(&[32, 64, 128]), "columns of C that a warp computes"),
        Named::new("stages", range(2, 8), "tiles of A and B in shared memory"),
        Named::new("split_k", range(1, 16), "slices of K, each summed by its own blocks"),
        Named::new("swizzle", list(&[1, 2, 4, 8, 16]), "columns of blocks that are walked together"),
        Named::new("padding_a", list(&[0, 8]), "unused elements behind each row of A in shared memory"),
        Named::new("padding_b", list(&[0, 8]), "unused elements behind each row of B in shared memory"),
        Named::new("fragment_buffers", range(1, 2), "sets of fragments in registers"),
        Named::new("blocks_per_sm", range(1, gpu.max_blocks_per_sm.min(8)), "blocks that share an SM"),
    ]
}

/// What decides the time first, and large tiles first: they are the better ones more often than not, so that the first
/// solutions prune most of the rest.
fn search() -> Vec<(Cow<'static, str>, ValueOrder)> {
    let large = |name: &'static str| (name.into(), ValueOrder::LargestFirst);
    let small = |name: &'static str| (name.into(), ValueOrder::SmallestFirst);
    vec![
        small("split_k"),
        large("block_m"),
        large("block_n"),
        large("warp_m"),
        large("warp_n"),
        small("block_k"),
        large("fragment_buffers"),
        large("blocks_per_sm"),
        small("stages"),
        small("swizzle"),
    ]
}

/// What a block and a thread use.
fn resources() -> Vec<Named<String>> {
    vec![
        define("threads", "32 * (block_m // warp_m) * (block_n // warp_n)", "threads of a block"),
        define("accumulators", "warp_m * warp_n // 32", "registers of a thread that hold sums"),
        define("fragments", "warp_m // 4 + warp_n // 4", "registers of a thread that hold one step's operands"),
        define("across_a", "min(block_k // vector_a, threads)", "threads along a row of A's tile"),
        define("across_b", "min(block_n // vector_b, threads)", "threads along a row of B's tile"),
        define(
            "copies",
            "(ceil_div(block_k // vector_a, across_a) * ceil_div(block_m, threads // across_a) if vector_a > 1 else 4) \
             + (ceil_div(block_n // vector_b, across_b) * ceil_div(block_k, threads // across_b) if vector_b > 1 else 4)",
            "copies of a thread for each stage that are in flight at once",
        ),
        define(
            "registers_needed",
            "8 * ceil_div(accumulators + fragment_buffers * fragments + 32 + max(0, min(24, copies - 8)), 8)",
            "registers of a thread without spilling, fitted to what ptxas needs",
        ),
        register_room(),
        define(
            "registers",
            "min(registers_needed + register_slack * (3 - fragment_buffers), register_room, gpu_max_registers_per_thread)",
            "registers of a thread that the compiler may use",
        ),
        define(
            "shared_memory",
            "2 * stages * (block_m * (block_k + padding_a) + block_k * (block_n + padding_b))",
            "bytes of shared memory of a block",
        ),
        shared_memory_allocated(),
    ]
}

/// What runs where and when.
fn schedule() -> Vec<Named<String>> {
    vec![
        define("tile_rows", "ceil_div(m, block_m)", "rows of tiles of C"),
        define("tile_columns", "ceil_div(n, block_n)", "columns of tiles of C"),
        define("tiles", "tile_rows * tile_columns", "tiles of C"),
        define("blocks", "tiles * split_k", "blocks of the grid"),
        define("slice_tiles", "ceil_div(ceil_div(k, block_k), split_k)", "stages that a block goes through"),
        define("running", RUNNING, "blocks that run at once"),
        define("wave_columns", "min(swizzle, tile_columns)", "columns of tiles that the running blocks touch"),
        define("wave_rows", "min(tile_rows, ceil_div(running, wave_columns))", "rows of tiles that they touch"),
        define(
            "wave_working_set",
            "2 * stages * block_k * (wave_rows * block_m + wave_columns * block_n)",
            "bytes of A and B that the running blocks have in flight",
        ),
    ]
}

fn constraints() -> Vec<Named<String>> {
    let state = define;
    vec![
        state(
            "warp tiles fill the block tile",
            "block_m % warp_m == 0 and block_n % warp_n == 0",
            "each warp of a block computes one warp tile",
        ),
        state(
            "instruction shape",
            "warp_m % 16 == 0 and warp_n % 8 == 0 and block_k % 16 == 0",
            "mma.sync multiplies 16 x 16 by 16 x 8",
        ),
        state("threads", "threads <= gpu_max_threads_per_block", "the hardware limits the threads of a block"),
        state(
            "registers",
            "registers_needed <= register_room",
            "fragments and sums live in registers: 255 a thread, and the SM's registers are shared by its blocks",
        ),
        state(
            "second set of fragments",
            "fragment_buffers == 1 or (stages >= 3 and block_k // 16 % 2 == 0)",
            "it is filled a step ahead, from a tile that must have arrived, and a tile starts with the first set",
        ),
        state(
            "fragments that ptxas keeps",
            "fragment_buffers >= least_fragment_buffers",
            "for 10.0 and later ptxas loads fragments ahead in any case, and spills where one set was planned",
        ),
        state(
            "no bank conflicts on A",
            &AccessPattern::LDMATRIX.condition("2 * (block_k + padding_a)"),
            "ldmatrix reads 8 rows at once: they fall into different banks if a row is an odd number of 16-byte units",
        ),
        state(
            "no bank conflicts on B",
            &AccessPattern::LDMATRIX.condition("2 * (block_n + padding_b)"),
            "ldmatrix reads 8 rows at once: they fall into different banks if a row is an odd number of 16-byte units",
        ),
        state(
            "shared memory",
            "shared_memory <= gpu_shared_memory_per_block_optin_bytes",
            "all stages of a block are in shared memory at once",
        ),
        state(
            "shared memory of an SM",
            "blocks_per_sm * shared_memory_allocated <= gpu_shared_memory_per_sm_bytes",
            "the blocks of an SM share its shared memory, and the driver reserves some for each",
        ),
        state(
            "threads of an SM",
            "blocks_per_sm * threads <= gpu_max_threads_per_sm",
            "the hardware limits the threads of an SM",
        ),
        state(
            "L2 working set",
            "wave_working_set <= gpu_l2_bytes",
            "what the running blocks share must stay in L2 until all have read it",
        ),
        state("slices of K", "split_k <= ceil_div(k, block_k)", "a slice without a tile would only write zeros"),
        state(
            "grid",
            "tiles <= gpu_max_grid_dimensions_0 and split_k <= gpu_max_grid_dimensions_2",
            "the hardware limits the grid",
        ),
    ]
}
