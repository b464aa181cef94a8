//! Terms of the predicted time that the shipped kernels share: rates, shares and fixed times, and formulas over the names
//! that their statements have in common.
//!
//! A kernel's own `cost.rs` says what its blocks do and which terms add up; what a GPU makes of it is said here, each figure
//! with its source. Times are in picoseconds, so that the solver minimises whole numbers. Formulas are texts of the native
//! expression language over `blocks`, `blocks_per_sm`, `threads` or `warps` and the limits of the GPU. No figure was measured
//! by this project.
//!
//! | term | how |
//! | --- | --- |
//! | roofline | [`mma_sync_percent`] of the tensor cores, [`l2_bytes_per_clock`], [`memory_bytes_per_us`] |
//! | waves and tail | [`RESIDENT`] blocks share the busiest SM, [`RUNNING`] run at once |
//! | pipeline fill | [`COPY_PS`] for what the first multiplication waits for |
//! | barriers | [`BLOCK_BARRIER_CLOCKS`]; grid and flags: [`crate::hardware::Latencies`] |
//! | launch | [`START_PS`] |

use crate::hardware::{ComputeCapability, Gpu, LAUNCH_PS};

/// A copy from a busy memory to shared memory, until a warp may read it: an assumption, some 1,200 clocks, where an idle
/// memory takes 550 to 860 ([`crate::hardware::Latencies`]).
pub(crate) const COPY_PS: i64 = 670_000;

/// From the call of a kernel to what its first block computes: the launch, and 4 µs, an assumption, for fetching
/// instructions and parameters and for seeing the end.
pub(crate) const START_PS: i64 = LAUNCH_PS + 4_000_000;

/// Blocks that share the busiest SM.
pub(crate) const RESIDENT: &str = "min(blocks_per_sm, ceil_div(blocks, gpu_sms))";

/// Blocks that run at once.
pub(crate) const RUNNING: &str = "min(blocks, gpu_sms * blocks_per_sm)";

/// Clocks of `__syncthreads` in a block of `warps`: [`crate::hardware::Latencies::block_barrier_clocks`] as a formula.
pub(crate) const BLOCK_BARRIER_CLOCKS: &str = "22 + 1000 * (warps - 1) // 475";

/// The formula for the picoseconds of so many clocks of an SM.
pub(crate) fn clocks_to_ps(clocks: &str) -> String {
    format!("1000000 * {clocks} // gpu_boost_clock_mhz")
}

/// The formula for the picoseconds in which a data path of so many bytes a clock moves so many.
pub(crate) fn transfer_ps(bytes: &str, bytes_per_clock: &str) -> String {
    format!("{bytes} * 1000000 // ({bytes_per_clock} * gpu_boost_clock_mhz)")
}

/// The percentage of the datasheet's rate that `mma.sync` reaches: all of it on 8.x and 12.x, 62% on 9.0 (Luo et al.,
/// "Benchmarking and Dissecting the Nvidia Hopper GPU Architecture", 2024, measured 62.9%), and 24% on 10.x (569 to 579
/// TFLOP/s on a B300, notes in `ademeure/QuickRunCUDA` of 2026) and, an assumption, 11.0.
pub(crate) fn mma_sync_percent(capability: ComputeCapability) -> i64 {
    match capability.major {
        9 => 62,
        10 | 11 => 24,
        _ => 100,
    }
}

/// Bytes that L2 gives each of all SMs in a clock when they load different lines. That of the A100 reads 5,120 bytes a
/// clock (NVIDIA A100 whitepaper, 2020), 47 for each SM; that of later data-centre parts is taken to read as much, 38 for
/// each SM; the others 16 on 8.6 and 8.7, an assumption, and 12 on 8.9 and 12.x; 20 on 7.x (Jia et al., "Dissecting the NVIDIA Turing T4
/// GPU via Microbenchmarking", 2019, measured 1,270 GB/s on a T4 and 2,155 on a V100). Luo et al. measured 18.6 on an A100, 34.6
/// on an H800 and 13.3 on an RTX 4090.
pub(crate) fn l2_bytes_per_clock(capability: ComputeCapability) -> i64 {
    match (capability.major, capability.minor) {
        (8, 0) => 47,
        (9..=11, _) => 38,
        (8, 6 | 7) => 16,
        (..8, _) => 20,
        _ => 12,
    }
}

/// The same when all SMs load the same few lines, as a hand-over has them do: 64, the width of an SM's port, on data-centre
/// parts, half of it on others; assumptions.
pub(crate) fn l2_bytes_per_clock_of_shared_lines(capability: ComputeCapability) -> i64 {
    if matches!((capability.major, capability.minor), (8, 0) | (9..=11, _)) { 64 } else { 32 }
}

/// Bytes of L2 that hold different lines: that of 8.0 and 9.0 has two halves, which may both hold a line (NVIDIA A100
/// whitepaper, 2020; Luo et al., 2025).
pub(crate) fn l2_room_bytes(gpu: &Gpu) -> i64 {
    let halves =
        if matches!((gpu.compute_capability.major, gpu.compute_capability.minor), (8, 0) | (9, _)) { 2 } else { 1 };
    gpu.l2_bytes / halves
}

/// Bytes to or from memory each µs, at a percentage of the datasheet's bandwidth. Streaming kernels reach 90 to 92 (Luo et
/// al., 2024).
pub(crate) fn memory_bytes_per_us(gpu: &Gpu, percent: i64) -> i64 {
    (gpu.memory_bandwidth_bytes_per_s / 1_000_000 * percent / 100).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::{Latencies, catalog};
    use constrint_solver::{checker, language};

    #[test]
    fn a_barrier_takes_as_long_in_the_formula_as_by_the_table() {
        for warps in 1..=32 {
            let text = BLOCK_BARRIER_CLOCKS.replace("warps", &warps.to_string());
            let expr = language::parse(&text, &language::Names::default()).unwrap();
            let clocks = checker::evaluate(&expr, &[]).unwrap().unwrap().to_integer();
            let latencies = Latencies::of("9.0".parse().unwrap());
            assert_eq!(clocks, latencies.block_barrier_clocks(warps).into(), "{warps}");
        }
    }

    #[test]
    fn every_gpu_has_positive_rates() {
        for gpu in catalog().gpus() {
            let capability = gpu.compute_capability;
            assert!((1..=100).contains(&mma_sync_percent(capability)), "{}", gpu.name);
            assert!(l2_bytes_per_clock(capability) <= l2_bytes_per_clock_of_shared_lines(capability), "{}", gpu.name);
            assert!(memory_bytes_per_us(gpu, 80) <= memory_bytes_per_us(gpu, 90), "{}", gpu.name);
            assert!((1..=gpu.l2_bytes).contains(&l2_room_bytes(gpu)), "{}", gpu.name);
        }
    }
}
