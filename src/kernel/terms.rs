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
//! | barriers | [`block_barrier_clocks`]; grid and flags: [`crate::hardware::Latencies`] |
//! | launch | [`launch_ps`], [`start_ps`] |
//!
//! What was measured of a GPU ([`crate::hardware::Measured`]) takes the place of what is known of its kind.

use crate::hardware::{ComputeCapability, Gpu, LAUNCH_PS, Latencies};

/// A copy from a busy memory to shared memory, until a warp may read it: an assumption, some 1,200 clocks, where an idle
/// memory takes 550 to 860 ([`crate::hardware::Latencies`]).
pub(crate) const COPY_PS: i64 = 670_000;

/// Launching one kernel behind another.
pub(crate) fn launch_ps(gpu: &Gpu) -> i64 {
    gpu.measured.launch_ps.unwrap_or(LAUNCH_PS)
}

/// From the call of a kernel to what its first block computes: the launch, and 4 µs, an assumption, for fetching
/// instructions and parameters and for seeing the end.
pub(crate) fn start_ps(gpu: &Gpu) -> i64 {
    launch_ps(gpu) + 4_000_000
}

/// Blocks that share the busiest SM.
pub(crate) const RESIDENT: &str = "min(blocks_per_sm, ceil_div(blocks, gpu_sms))";

/// Blocks that run at once.
pub(crate) const RUNNING: &str = "min(blocks, gpu_sms * blocks_per_sm)";

/// Clocks of `__syncthreads` in a block of `warps`: [`Latencies::block_barrier_clocks`] as a formula.
pub(crate) fn block_barrier_clocks(gpu: &Gpu) -> String {
    let of = Latencies::of_gpu(gpu);
    format!("{} + 1000 * (warps - 1) // {}", of.lone_barrier_clocks, of.barrier_warps_per_1000_clocks)
}

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

/// FLOP a second of `mma.sync` for a type of the catalog: as measured, or [`mma_sync_percent`] of the datasheet's rate.
pub(crate) fn mma_sync_flops_per_s(gpu: &Gpu, kind: &str) -> Option<i64> {
    let (_, rate) = gpu.tensor_flops_per_s.iter().find(|(known, _)| *known == kind)?;
    let known = rate.map(|rate| rate / 100 * mma_sync_percent(gpu.compute_capability));
    gpu.measured.mma_flops_per_s.of(kind).or(known)
}

/// Hundredths of the FLOP of `mma.sync` that an SM does in a clock, for a type whose rate of the datasheet each clock is given.
pub(crate) fn mma_sync_centiflop_per_clock(gpu: &Gpu, kind: &str, rate: i64) -> i64 {
    let measured = gpu.measured.mma_flops_per_s.of(kind).zip(gpu.boost_clock_mhz).and_then(|(flops, clock_mhz)| {
        let clocks = i128::from(gpu.sms) * i128::from(clock_mhz) * 1_000_000;
        i64::try_from((i128::from(flops) * 100).checked_div(clocks)?).ok()
    });
    measured.unwrap_or(rate * mma_sync_percent(gpu.compute_capability)).max(1)
}

/// Bytes that L2 gives each of all SMs in a clock when they load different lines: as measured, or
/// [`l2_bytes_per_clock_of`] its compute capability.
pub(crate) fn l2_bytes_per_clock(gpu: &Gpu) -> i64 {
    gpu.measured.l2_bytes_per_clock_per_sm.unwrap_or_else(|| l2_bytes_per_clock_of(gpu.compute_capability))
}

/// What L2 gives each of all SMs in a clock where nothing was measured. That of the A100 reads 5,120 bytes a
/// clock (NVIDIA A100 whitepaper, 2020), 47 for each SM; that of later data-centre parts is taken to read as much, 38 for
/// each SM; the others 16 on 8.6 and 8.7, an assumption, and 12 on 8.9 and 12.x; 20 on 7.x (Jia et al., "Dissecting the NVIDIA Turing T4
/// GPU via Microbenchmarking", 2019, measured 1,270 GB/s on a T4 and 2,155 on a V100). Luo et al. measured 18.6 on an A100, 34.6
/// on an H800 and 13.3 on an RTX 4090.
fn l2_bytes_per_clock_of(capability: ComputeCapability) -> i64 {
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

/// What streaming kernels reach of the datasheet's bandwidth, in percent: 90 to 92 (Luo et al., 2024).
const STREAMING_PERCENT: i64 = 91;

/// Bytes to or from memory each µs, at a percentage of the datasheet's bandwidth; where a copy was measured, which streams, at that
/// part of what it reached.
pub(crate) fn memory_bytes_per_us(gpu: &Gpu, percent: i64) -> i64 {
    match gpu.measured.copy_bytes_per_s {
        Some(reached) => (reached / 1_000_000 * percent / STREAMING_PERCENT).max(1),
        None => (gpu.memory_bandwidth_bytes_per_s / 1_000_000 * percent / 100).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::{Measured, MmaRates, catalog, find};
    use constrint_solver::{checker, language};

    #[test]
    fn a_barrier_takes_as_long_in_the_formula_as_by_the_table() {
        let mut measured = find("H100 SXM").unwrap().clone();
        measured.measured.block_barrier_clocks = Some(31);
        measured.measured.block_barrier_warps_per_1000_clocks = Some(900);
        for (gpu, warps) in
            [find("H100 SXM").unwrap(), &measured].into_iter().flat_map(|gpu| (1..=32).map(move |warps| (gpu, warps)))
        {
            let text = block_barrier_clocks(gpu).replace("warps", &warps.to_string());
            let expr = language::parse(&text, &language::Names::default()).unwrap();
            let clocks = checker::evaluate(&expr, &[]).unwrap().unwrap().to_integer();
            assert_eq!(clocks, Latencies::of_gpu(gpu).block_barrier_clocks(warps).into(), "{warps}");
        }
        assert_eq!(Latencies::of_gpu(&measured).block_barrier_clocks(10), 41);
    }

    /// Each figure that was measured moves the term that it is for.
    #[test]
    fn measured_figures_take_the_place_of_known_ones() {
        let known = find("H100 SXM").unwrap();
        let rates = MmaRates { bf16: Some(700_000_000_000_000), ..MmaRates::default() };
        let mut gpu = known.clone();
        gpu.measured = Measured {
            l2_bytes_per_clock_per_sm: Some(44),
            copy_bytes_per_s: Some(3_003_000_000_000),
            launch_ps: Some(2_500_000),
            mma_flops_per_s: rates,
            ..Measured::default()
        };
        assert_eq!((l2_bytes_per_clock(known), l2_bytes_per_clock(&gpu)), (38, 44));
        assert_eq!(memory_bytes_per_us(&gpu, 91), 3_003_000);
        assert_eq!(memory_bytes_per_us(&gpu, 80), 2_640_000);
        assert_eq!((launch_ps(&gpu), start_ps(&gpu)), (2_500_000, 6_500_000));
        assert_eq!(mma_sync_flops_per_s(&gpu, "bf16"), Some(700_000_000_000_000));
        assert_eq!(mma_sync_flops_per_s(&gpu, "fp16"), mma_sync_flops_per_s(known, "fp16"));
        // 700 TFLOP/s over 132 SMs at the boost clock.
        let clock = gpu.boost_clock_mhz.unwrap();
        assert_eq!(
            mma_sync_centiflop_per_clock(&gpu, "bf16", 4096),
            70_000_000_000_000_000 / (132 * clock * 1_000_000)
        );
        assert_eq!(mma_sync_centiflop_per_clock(known, "bf16", 4096), 4096 * 62);
    }

    #[test]
    fn every_gpu_has_positive_rates() {
        for gpu in catalog().gpus() {
            let capability = gpu.compute_capability;
            assert!((1..=100).contains(&mma_sync_percent(capability)), "{}", gpu.name);
            assert!(l2_bytes_per_clock(gpu) <= l2_bytes_per_clock_of_shared_lines(capability), "{}", gpu.name);
            assert!(memory_bytes_per_us(gpu, 80) <= memory_bytes_per_us(gpu, 90), "{}", gpu.name);
            assert!((1..=gpu.l2_bytes).contains(&l2_room_bytes(gpu)), "{}", gpu.name);
        }
    }
}
