//! The predicted time of `matmul`, in the expression language, in picoseconds.
//!
//! The busiest SM works through `rounds` blocks, each of `slice_tiles` tiles along K. What overlaps counts by its longest
//! term, and a quarter of each data path shows beside it; prologue and epilogue are added:
//!
//! * tensor cores: the tile's FLOP over the SM's share of the datasheet rate. `mma.sync` reaches all of it on 8.x and
//!   12.x, 62% on 9.0 (Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU Architecture", 2024, measured 62.9%),
//!   and, an assumption, the same number of FLOP a clock on 10.x and 11.0, which is 31%. A warp feeds the tensor core of
//!   its own sub-partition: fewer than four warps on an SM leave some idle.
//! * shared memory: what `ldmatrix` reads and `cp.async` writes, at 32 banks of 4 bytes a clock;
//! * L2: the operands of each block, at 32 bytes a clock and SM on the data-centre parts 8.0, 9.0, 10.x and at 12 on the
//!   others: assumptions in the range that microbenchmarks report;
//! * memory: A once for each group of columns that runs together, B once for each group of rows, both once if they fit L2
//!   together, at 90% of the datasheet bandwidth;
//! * latency: a tile's copy takes 600 ns from memory, and `stages` of them are in flight;
//! * epilogue: C, or fp32 partial sums, written at half the bandwidth, as nothing overlaps it within a block; slices are
//!   summed by a second kernel.
//!
//! Held against NVIDIA's analytical model by `benches/matmul_heuristics.py`, which states the losses.

use crate::hardware::ComputeCapability;
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

pub(super) fn constants(instance: &Instance) -> Vec<Named<i64>> {
    let gpu = &instance.gpu;
    let rate = gpu.tensor_flops_per_s.bf16.expect("checked by the kernel");
    let sizes = &instance.sizes;
    let operand_bytes = 2 * sizes["k"] * (sizes["m"] + sizes["n"]);
    let (share, l2_bytes_per_clock) = rates(gpu.compute_capability);
    vec![
        Named::new(
            "sm_gflops",
            (rate / 100 * share / 1_000_000_000 / gpu.sms).max(1),
            "mma.sync rate of an SM, GFLOP/s",
        ),
        Named::new("l2_bytes_per_clock", l2_bytes_per_clock, "bytes from L2 to an SM each clock"),
        Named::new(
            "memory_bytes_per_ns",
            (gpu.memory_bandwidth_bytes_per_s / 1_000_000_000 * 9 / 10).max(1),
            "bytes from memory each ns, 90% of the datasheet",
        ),
        Named::new("operands_fit_l2", i64::from(operand_bytes <= gpu.l2_bytes), "whether A and B fit L2 together"),
        Named::new("copy_latency_ps", 600_000, "time of a copy from memory to shared memory"),
    ]
}

/// The percentage of the tensor rate that `mma.sync` reaches, and the bytes that L2 gives an SM each clock; sources in
/// the module documentation.
fn rates(capability: ComputeCapability) -> (i64, i64) {
    match (capability.major, capability.minor) {
        (8, 0) => (100, 32),
        (9, _) => (62, 32),
        (10 | 11, _) => (31, 32),
        _ => (100, 12),
    }
}

pub(super) fn definitions() -> Vec<Named<String>> {
    vec![
        define("launch_ps", "5000000", "launching the kernel"),
        define("rounds", "ceil_div(blocks, gpu_sms)", "blocks that the busiest SM computes"),
        define("resident", "min(blocks_per_sm, rounds)", "blocks that share that SM at once"),
        define("steps", "rounds * slice_tiles", "tiles along K that it goes through"),
        define(
            "tensor_ps",
            "steps * (2000 * block_m * block_n * block_k // sm_gflops) * 4 \
             // min(4, resident * (block_m // warp_m) * (block_n // warp_n))",
            "tensor cores",
        ),
        define(
            "shared_memory_ps",
            "steps * (2 * block_k * (block_m * (block_n // warp_n) + block_n * (block_m // warp_m) + block_m + block_n) \
             * 1000000 // (128 * gpu_boost_clock_mhz))",
            "shared memory",
        ),
        define(
            "l2_ps",
            "steps * (2 * block_k * (block_m + block_n) * 1000000 // (l2_bytes_per_clock * gpu_boost_clock_mhz))",
            "L2",
        ),
        define("wave", "min(tiles, gpu_sms * resident)", "tiles of C that run together"),
        define("rows_together", "min(tile_rows, ceil_div(wave, wave_columns))", "rows of tiles that run together"),
        define("columns_together", "min(tile_columns, ceil_div(wave, rows_together))", "columns of tiles that do"),
        define(
            "memory_bytes",
            "2 * k * (m * (1 if operands_fit_l2 else ceil_div(tile_columns, columns_together)) \
             + n * (1 if operands_fit_l2 else ceil_div(tile_rows, rows_together)))",
            "bytes of A and B that come from memory",
        ),
        define(
            "memory_ps",
            "memory_bytes * 1000 // memory_bytes_per_ns * (rounds * gpu_sms) // blocks",
            "device memory",
        ),
        define(
            "latency_ps",
            "ceil_div(2 * steps, resident * (2 * stages - 3)) * copy_latency_ps",
            "copies that arrive too late",
        ),
        define("fill_ps", "ceil_div(rounds, resident) * copy_latency_ps", "first copies of each block"),
        define(
            "store_ps",
            "rounds * gpu_sms * block_m * block_n * (4 if split_k > 1 else output_bytes) * 2000 // memory_bytes_per_ns",
            "writing C or partial sums",
        ),
        define(
            "reduce_ps",
            "(launch_ps + m * n * (4 * split_k + output_bytes) * 2000 // memory_bytes_per_ns) if split_k > 1 else 0",
            "summing the slices",
        ),
        define(
            "overlapped_ps",
            "max(tensor_ps, shared_memory_ps, l2_ps, memory_ps, latency_ps)",
            "longest of what overlaps",
        ),
        define(
            "beside_ps",
            "((3 - fragment_buffers) * shared_memory_ps + l2_ps + memory_ps) // 4",
            "data paths that show beside it",
        ),
        define("time_ps", "launch_ps + overlapped_ps + beside_ps + fill_ps + store_ps + reduce_ps", "predicted time"),
    ]
}
