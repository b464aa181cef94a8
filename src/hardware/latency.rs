//! How long single operations take on an idle GPU: loads, matrix instructions, barriers, hand-overs, launches.
//!
//! The figures are those that microbenchmarks report, for one GPU of a generation each; clocks were the same on other
//! boards of it wherever two were measured. None was measured by this project, and all are rounded: they were noted from
//! these works and not checked against their tables again, so that a few percent either way mean nothing. Where no figure
//! was found, the nearest generation's stands in, which the table marks.
//!
//! Sources, by the letters used in the table:
//!
//! * L: W. Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU Architecture via Microbenchmarking", 2024
//!   (A100, RTX 4090, H100 PCIe): latency of memory, of distributed shared memory, of `mma.sync`;
//! * S: W. Sun et al., "Dissecting Tensor Cores via Microbenchmarks", 2022 (A100, RTX 3070 Ti): latency of `mma.sync`;
//! * J: A. Jarmusch et al., "Dissecting the NVIDIA Blackwell Architecture with Microbenchmarks", 2025 (RTX 5080);
//! * Z: L. Zhang et al., "A Study of Single and Multi-device Synchronization Methods in Nvidia GPUs", 2020 (V100): a
//!   block's barrier, a grid's barrier by cooperative groups, the launch of an empty kernel;
//! * G: A. Gray, "Getting Started with CUDA Graphs", NVIDIA Technical Blog, 2019 (V100): kernels in a row with and
//!   without a graph;
//! * R: figures reported for persistent kernels on A100 (grid barrier 1.1 to 1.2 µs) and H100 (a flag through L2, 0.16 µs
//!   one way; a cluster barrier of 2 blocks, about 850 clocks).

use super::ComputeCapability;

/// Latencies of one generation of GPUs. Clocks are those of the SM.
///
/// ```
/// use constrint::hardware::{Latencies, clocks_to_ps, find};
///
/// let h100 = find("H100 SXM5 80GB")?;
/// let latencies = Latencies::of(h100.compute_capability);
/// // A chain of 48 dependent matrix instructions on a clock of 1,980 MHz takes about 0.6 microseconds.
/// let chain = clocks_to_ps(48 * latencies.mma_m16n8k16_clocks, h100.boost_clock_mhz.unwrap_or(1000));
/// assert!((500_000..700_000).contains(&chain));
/// assert!(latencies.distributed_shared_memory_clocks.unwrap() < latencies.l2_clocks);
/// # Ok::<(), constrint::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latencies {
    /// From a load of shared memory, also by `ldmatrix`, to its use.
    pub shared_memory_clocks: i64,
    /// From a load that hits L1 to its use.
    pub l1_clocks: i64,
    /// From a load that hits L2 to its use.
    pub l2_clocks: i64,
    /// From a load that goes to device memory to its use.
    pub memory_clocks: i64,
    /// From `mma.sync.m16n8k16` of 16-bit operands with fp32 sums to the use of its result.
    pub mma_m16n8k16_clocks: i64,
    /// From a load of another block's shared memory in the same cluster to its use; `None` without clusters.
    pub distributed_shared_memory_clocks: Option<i64>,
    /// `barrier.cluster` arrive and wait, for two blocks that come at the same time; `None` without clusters.
    pub cluster_barrier_clocks: Option<i64>,
    /// From a release store of one SM to the acquire load of another SM that sees it, through L2, one way.
    pub flag_handover_ps: i64,
    /// A barrier of the whole grid, one block an SM: every block arrives, and every block sees it.
    pub grid_barrier_ps: i64,
}

/// Launching one kernel in a stream on an idle GPU, until its first block runs, and seeing its end: what an empty kernel
/// costs beyond the host's call (Z: 1.1 µs; G: 0.9 µs with launches that overlap).
pub const LAUNCH_PS: i64 = 1_000_000;

/// From the end of one kernel of a CUDA graph to the start of the next that waits for it (G: 0.5 µs).
pub const GRAPH_NODE_PS: i64 = 500_000;

impl Latencies {
    /// Those of the compute capability, or of the nearest one that was measured.
    pub fn of(capability: ComputeCapability) -> Self {
        match (capability.major, capability.minor) {
            (..8, _) | (8, 0) => AMPERE,
            // Ada's figures stand in for 8.6 and 8.7, but for the matrix instruction, which S measured there too.
            (8, _) => ADA,
            // Nothing was found for the data-centre parts of Blackwell: as Hopper.
            (9..=11, _) => HOPPER,
            _ => BLACKWELL_GEFORCE,
        }
    }

    /// `__syncthreads` of a block of so many warps that come at the same time (Z: 22 clocks for one warp, and a warp more
    /// every 1 / 0.475 clocks).
    ///
    /// ```
    /// use constrint::hardware::Latencies;
    /// assert_eq!(Latencies::of("9.0".parse()?).block_barrier_clocks(8), 22 + 15);
    /// # Ok::<(), constrint::error::Error>(())
    /// ```
    pub fn block_barrier_clocks(&self, warps: i64) -> i64 {
        22 + (warps.max(1) - 1).saturating_mul(1000).saturating_add(474) / 475
    }
}

/// L, and S for the matrix instruction; R for what crosses SMs.
const AMPERE: Latencies = Latencies {
    shared_memory_clocks: 29,
    l1_clocks: 38,
    l2_clocks: 262,
    memory_clocks: 466,
    mma_m16n8k16_clocks: 25,
    distributed_shared_memory_clocks: None,
    cluster_barrier_clocks: None,
    // As on H100: not found.
    flag_handover_ps: 200_000,
    grid_barrier_ps: 1_200_000,
};

/// L; what crosses SMs as on A100: not found.
const ADA: Latencies = Latencies {
    shared_memory_clocks: 30,
    l1_clocks: 43,
    l2_clocks: 273,
    memory_clocks: 542,
    mma_m16n8k16_clocks: 33,
    distributed_shared_memory_clocks: None,
    cluster_barrier_clocks: None,
    flag_handover_ps: 200_000,
    grid_barrier_ps: 1_200_000,
};

/// L; R for barriers and flags, where the barrier of the grid was not measured and A100's stands in.
const HOPPER: Latencies = Latencies {
    shared_memory_clocks: 29,
    l1_clocks: 41,
    l2_clocks: 263,
    memory_clocks: 479,
    mma_m16n8k16_clocks: 24,
    distributed_shared_memory_clocks: Some(180),
    cluster_barrier_clocks: Some(850),
    flag_handover_ps: 160_000,
    grid_barrier_ps: 1_200_000,
};

/// J for L2 and device memory; the rest as on Ada and, for clusters, Hopper: not found.
const BLACKWELL_GEFORCE: Latencies = Latencies {
    l2_clocks: 358,
    memory_clocks: 877,
    distributed_shared_memory_clocks: Some(180),
    cluster_barrier_clocks: Some(850),
    ..ADA
};

/// The time of so many clocks at a clock rate, in picoseconds, rounded up; 0 for a rate that is not positive.
///
/// ```
/// assert_eq!(constrint::hardware::clocks_to_ps(3, 1500), 2000);
/// ```
pub fn clocks_to_ps(clocks: i64, clock_mhz: i64) -> i64 {
    if clock_mhz <= 0 {
        return 0;
    }
    let ps = (i128::from(clocks) * 1_000_000 + i128::from(clock_mhz) - 1).div_euclid(i128::from(clock_mhz));
    i64::try_from(ps).unwrap_or(if ps > 0 { i64::MAX } else { i64::MIN })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::{Feature, catalog};

    #[test]
    fn farther_is_slower_on_every_gpu() {
        for gpu in catalog().gpus() {
            let of = Latencies::of(gpu.compute_capability);
            let ascending = [of.shared_memory_clocks, of.l1_clocks, of.l2_clocks, of.memory_clocks];
            assert!(ascending.windows(2).all(|pair| pair[0] < pair[1]), "{}", gpu.name);
            let mhz = gpu.boost_clock_mhz.unwrap_or(1000);
            assert!(clocks_to_ps(of.block_barrier_clocks(32), mhz) < of.flag_handover_ps, "{}", gpu.name);
            assert!(of.flag_handover_ps < of.grid_barrier_ps, "{}", gpu.name);
            // What needs clusters is there exactly where clusters are.
            let clusters = gpu.supports(Feature::Clusters);
            assert_eq!(of.cluster_barrier_clocks.is_some(), clusters, "{}", gpu.name);
            assert_eq!(of.distributed_shared_memory_clocks.is_some(), clusters, "{}", gpu.name);
        }
    }

    #[test]
    fn clocks_round_up_and_never_overflow() {
        assert_eq!((clocks_to_ps(1, 3), clocks_to_ps(0, 3), clocks_to_ps(1, 0)), (333_334, 0, 0));
        assert_eq!(clocks_to_ps(i64::MAX, 1), i64::MAX);
        assert!(Latencies::of("8.0".parse().unwrap()).block_barrier_clocks(i64::MAX) > 22);
    }
}
