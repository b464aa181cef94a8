//! The predicted time of `matmul`, in the expression language, in picoseconds.
//!
//! The busiest SM works through `rounds` blocks, each of `slice_tiles` tiles along K. What overlaps counts by its longest
//! term, and half of each other one shows beside it, an assumption; of shared memory's a quarter, where a second set of
//! fragments is loaded ahead. Prologue and epilogue are added:
//!
//! * tensor cores: the tile's FLOP over the SM's share of what `mma.sync` reaches. A warp feeds the tensor core of its own
//!   sub-partition: fewer than four warps on an SM leave some idle;
//! * shared memory: what `ldmatrix` reads and `cp.async` writes, at 32 banks of 4 bytes a clock;
//! * L2: the operands of each block;
//! * memory: A once for each group of columns that runs together, B once for each group of rows, at 80% of the datasheet
//!   bandwidth, an assumption: streaming kernels reach 90%, tiles are fetched by pieces of rows. Neither is read again where
//!   all that passes L2 in between fits it. `tests/agreement/traffic.rs` holds the count against a simulated cache. A quarter of what L2 is
//!   taken to keep comes from memory all the same, as its replacement is not the ideal one. A last round of few blocks takes
//!   as long as a full one;
//! * latency: a tile's copy takes [`COPY_PS`], and `stages` of them are in flight;
//! * starts: a block takes 500 ns to be placed and to compute its addresses, an assumption;
//! * epilogue: C, or fp32 partial sums, written at half the bandwidth, as nothing overlaps it within a block, but by no SM
//!   faster than L2 feeds it. What lies beyond the edges of C is not written;
//! * slices are summed by a second kernel, whose blocks take 200 ns to be placed. It reads at half the bandwidth and waits for
//!   memory once for each slice: pessimistic, as four loads of each element are in flight.
//!
//! Held against NVIDIA's analytical model by `benches/matmul_heuristics.py`, which states the losses; the assumptions were
//! chosen with its answers in view.

use crate::kernel::terms::{self, COPY_PS, RESIDENT, transfer_ps};
use crate::kernel::{Instance, Named, define};

/// The definition to minimise.
pub(super) const TIME: &str = "time_ps";

/// The definitions of which it is made.
pub(super) const PARTS: [&str; 10] = [
    "tensor_ps",
    "shared_memory_ps",
    "l2_ps",
    "memory_ps",
    "latency_ps",
    "beside_ps",
    "fill_ps",
    "store_ps",
    "reduce_ps",
    "launch_ps",
];

/// The part of the datasheet's bandwidth that tiles are fetched and written at; see above.
const MEMORY_PERCENT: i64 = 80;

pub(super) fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let gpu = &instance.gpu;
    let rate = terms::mma_sync_flops_per_s(gpu, "bf16").expect("checked by the kernel");
    vec![
        Named::new("sm_gflops", (rate / 1_000_000_000 / gpu.sms).max(1), "mma.sync rate of an SM, GFLOP/s"),
        Named::new("l2_bytes_per_clock", terms::l2_bytes_per_clock(gpu), "bytes from L2 to an SM each clock"),
        Named::new(
            // Not each µs, for which the products of the largest shapes grow beyond what bounds are kept of.
            "memory_bytes_per_ns",
            (terms::memory_bytes_per_us(gpu, MEMORY_PERCENT) / 1000).max(1),
            "bytes from memory each ns, 80% of the datasheet",
        ),
        Named::new("l2_room", terms::l2_room_bytes(gpu), "bytes of L2 that hold different lines"),
        Named::new("copy_latency_ps", COPY_PS, "time of a copy from memory to shared memory"),
    ]
}

pub(super) fn definitions(instance: &Instance) -> Vec<Named<String>> {
    [rounds(instance), paths(), traffic(), memory(), ends(), total()].concat()
}

/// What the busiest SM goes through.
fn rounds(instance: &Instance) -> Vec<Named<String>> {
    vec![
        define("launch_ps", &terms::start_ps(&instance.gpu).to_string(), "launching the kernel"),
        define("rounds", "ceil_div(blocks, gpu_sms)", "blocks that the busiest SM computes"),
        define("resident", RESIDENT, "blocks that share that SM at once"),
        define("steps", "rounds * slice_tiles", "tiles along K that it goes through"),
    ]
}

/// The paths within an SM, and to L2.
fn paths() -> Vec<Named<String>> {
    let shared_bytes =
        "2 * block_k * (block_m * (block_n // warp_n) + block_n * (block_m // warp_m) + block_m + block_n)";
    let l2_bytes = "2 * block_k * (block_m + block_n)";
    vec![
        define(
            "tensor_ps",
            "steps * (2000 * block_m * block_n * block_k // sm_gflops) * 4 \
             // min(4, resident * (block_m // warp_m) * (block_n // warp_n))",
            "tensor cores",
        ),
        define("shared_memory_ps", &format!("steps * ({})", transfer_ps(shared_bytes, "128")), "shared memory"),
        define("l2_ps", &format!("steps * ({})", transfer_ps(l2_bytes, "l2_bytes_per_clock")), "L2"),
    ]
}

/// How often A and B are read, and what lies between.
fn traffic() -> Vec<Named<String>> {
    vec![
        define("wave", "min(tiles, gpu_sms * resident)", "tiles of C that run together"),
        define("rows_together", "min(tile_rows, ceil_div(wave, wave_columns))", "rows of tiles that run together"),
        define(
            "a_bytes_between",
            "2 * k * m + wave_columns * block_n * (2 * k + output_bytes * m)",
            "bytes that pass L2 until a group of columns reads A again",
        ),
        define(
            "b_bytes_between",
            "2 * k * (rows_together * block_m + wave_columns * block_n) \
             + output_bytes * rows_together * block_m * wave_columns * block_n",
            "bytes that pass L2 until the next rows read the same columns of B again",
        ),
        define(
            "a_bytes_apart",
            "2 * k * m * ceil_div(tile_columns * rows_together, wave)",
            "bytes of A that each group of columns reads apart",
        ),
        define(
            "b_bytes_apart",
            "2 * k * n * ceil_div(tile_rows, rows_together)",
            "bytes of B that each group of rows reads apart",
        ),
    ]
}

/// What comes from memory, and how long it takes to arrive.
fn memory() -> Vec<Named<String>> {
    vec![
        define(
            "memory_bytes",
            "(2 * k * m if a_bytes_between <= l2_room else a_bytes_apart) \
             + (2 * k * n if b_bytes_between <= l2_room else b_bytes_apart)",
            "bytes of A and B that come from memory",
        ),
        define("evicted_bytes", "(a_bytes_apart + b_bytes_apart - memory_bytes) // 4", "bytes that L2 may lose early"),
        define(
            "memory_ps",
            "(memory_bytes + evicted_bytes) * 1000 // memory_bytes_per_ns * (rounds * gpu_sms) // blocks",
            "device memory",
        ),
        define(
            "latency_ps",
            "ceil_div(2 * steps, resident * (2 * stages - 3)) * copy_latency_ps",
            "copies that arrive too late",
        ),
    ]
}

/// What nothing overlaps: the ends of each block, and the second kernel.
fn ends() -> Vec<Named<String>> {
    let stored = transfer_ps("rounds * block_m * block_n * sum_bytes", "l2_bytes_per_clock");
    vec![
        define(
            "fill_ps",
            "ceil_div(rounds, resident) * copy_latency_ps + rounds * 500000",
            "starts and first copies of each block",
        ),
        define("sum_bytes", "4 if split_k > 1 else output_bytes", "bytes of an element that blocks write"),
        define(
            "store_ps",
            &format!("max(m * n * split_k * sum_bytes * 2000 // memory_bytes_per_ns, {stored})"),
            "writing C or partial sums",
        ),
        define(
            "reduce_ps",
            "(launch_ps + ceil_div(min(4096, ceil_div(m * n, 256)), gpu_sms) * 200000 + split_k * copy_latency_ps \
             + m * n * (4 * split_k + output_bytes) * 2000 // memory_bytes_per_ns) if split_k > 1 else 0",
            "summing the slices",
        ),
    ]
}

/// All of it.
fn total() -> Vec<Named<String>> {
    vec![
        define(
            "longest_ps",
            "max(tensor_ps, shared_memory_ps, l2_ps, memory_ps, latency_ps)",
            "longest of what overlaps",
        ),
        define(
            "all_paths_ps",
            "tensor_ps + l2_ps + memory_ps + (3 - fragment_buffers) * shared_memory_ps // 2",
            "what overlaps, one after the other",
        ),
        define("beside_ps", "max(0, all_paths_ps - longest_ps) // 2", "what shows beside the longest"),
        // As one maximum, in which each term pushes one way: the search prunes by its bounds.
        define("overlapped_ps", "max(2 * longest_ps, longest_ps + all_paths_ps) // 2", "what overlaps, together"),
        define("time_ps", "launch_ps + overlapped_ps + fill_ps + store_ps + reduce_ps", "predicted time"),
    ]
}
