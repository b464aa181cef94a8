//! How long single operations take on an idle GPU: loads, matrix instructions, barriers, hand-overs, launches.
//!
//! The figures are those that microbenchmarks report, for one or two boards of a generation each. None was measured by
//! this project. Those of D, Q, N, X, M and MT4G were read there; those of L and E were held against a digest that quotes these papers; those
//! of S, J, Z and G were noted from these works and not read again. Where no figure was found, the nearest generation's stands in, which the table says.
//!
//! How far such figures can be trusted: L and D agree within a tenth on L1 and within a quarter on L2, whose latency depends on
//! the half of it that holds the line (E: 208 clocks near and 357 far on an A100, 258 and 414 on an H800). For device
//! memory L gives 466 (A100), 542 (RTX 4090) and 479 clocks (H800), D 550, 636 and 700 on boards of the catalog, MT4G 834 on an
//! H100 SXM: the table has D's.
//!
//! Sources, by the letters used in the table:
//!
//! * L: W. Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU Architecture", 2024, arXiv 2402.13499, tables 4 and 7
//!   (A100, RTX 4090, H800): latency of memory, of distributed shared memory, of `mma.sync`;
//! * E: W. Luo et al., "Dissecting the NVIDIA Hopper Architecture through Microbenchmarking and Multiple Level Analysis",
//!   2025, arXiv 2501.12084: the halves of L2; 181 to 213 clocks to another SM's shared memory;
//! * D: M. Dewing, `AI_kernels`, latency/README.md on GitHub (A100 SXM, H100 SXM, RTX 4090 and 5090, RTX PRO 6000, B200, B300);
//! * Q: `ademeure/QuickRunCUDA` on GitHub, notes on a B300 SXM6 of April 2026: shared memory, `mma.sync`, barriers;
//! * S: W. Sun et al., "Dissecting Tensor Cores via Microbenchmarks", 2022 (RTX 3070 Ti): latency of `mma.sync` on RTX
//!   boards, whose fp32 sums go at half the rate of fp16 ones;
//! * J: A. Jarmusch et al., "Dissecting the NVIDIA Blackwell Architecture with Microbenchmarks", 2025 (RTX 5080);
//! * Z: L. Zhang et al., "A Study of Single and Multi-device Synchronization Methods in Nvidia GPUs", 2020 (V100): a
//!   block's barrier, a grid's barrier by cooperative groups, the launch of an empty kernel;
//! * G: A. Gray, "Getting Started with CUDA Graphs", NVIDIA Technical Blog, 2019 (V100): kernels in a row with and
//!   without a graph;
//! * MT4G: the memory topology tool's report of an H100 SXM 80GB;
//! * N: `gpzlx1/NV-Learning` on GitHub, measurements of August 2026 with inspected machine code (H800, 132 SMs; Thor);
//! * X: `togethercomputer/xorl` on GitHub, notes on a fused training kernel (H100);
//! * M: `Infatoshi/MegaQwen` on GitHub (RTX 3090);
//! * R: figures reported for persistent kernels on A100 (grid barrier 1.1 to 1.2 µs) and H100 (a flag through L2, 0.16 µs
//!   one way; a cluster barrier of 2 blocks, about 850 clocks), whose measurement was not found.

use super::{ComputeCapability, Gpu};

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
    /// `fence.acq_rel.gpu` of one thread with nothing else under way, which a release store contains (machine code: `MEMBAR`).
    pub fence_clocks: i64,
    /// From a store to a flag by one SM to the load by another SM that sees it, through L2, one way; the fence that makes it a
    /// release comes before it.
    pub flag_handover_ps: i64,
    /// The least and the most that this is by what was found.
    pub flag_handover_range_ps: [i64; 2],
    /// A barrier of the whole grid, one block an SM: every block arrives, and every block sees it.
    pub grid_barrier_ps: i64,
    /// `__syncthreads` of a block of one warp (Z: 22 clocks; Q finds 24 on a B300).
    pub lone_barrier_clocks: i64,
    /// Further warps that it takes in 1000 clocks (Z: 475; by Q 500 on a B300, 38 clocks for eight warps).
    pub barrier_warps_per_1000_clocks: i64,
}

/// Launching one kernel in a stream on an idle GPU, until its first block runs, and seeing its end: what an empty kernel
/// costs beyond the host's call (Z: 1.1 µs; G: 0.9 µs with launches that overlap; Q: 0.54 µs a kernel within a graph).
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
            (9, _) => HOPPER,
            (10, _) => BLACKWELL,
            (11, _) => THOR,
            _ => BLACKWELL_GEFORCE,
        }
    }

    /// Those that were measured of this very GPU, and for the others those of its compute capability.
    ///
    /// ```
    /// use constrint::hardware::{GpuSpec, Latencies, find};
    ///
    /// let spec: GpuSpec = serde_json::from_str(r#"{"base": "H100 SXM", "measured": {"l2_clocks": 270}}"#)?;
    /// let (measured, known) = (Latencies::of_gpu(&spec.resolve()?), Latencies::of_gpu(find("H100 SXM")?));
    /// assert_eq!((measured.l2_clocks, measured.memory_clocks), (270, known.memory_clocks));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_gpu(gpu: &Gpu) -> Self {
        let (known, measured) = (Self::of(gpu.compute_capability), &gpu.measured);
        let flag = measured.flag_handover_ps;
        Self {
            shared_memory_clocks: measured.shared_memory_clocks.unwrap_or(known.shared_memory_clocks),
            l1_clocks: measured.l1_clocks.unwrap_or(known.l1_clocks),
            l2_clocks: measured.l2_clocks.unwrap_or(known.l2_clocks),
            memory_clocks: measured.memory_clocks.unwrap_or(known.memory_clocks),
            mma_m16n8k16_clocks: measured.mma_m16n8k16_clocks.unwrap_or(known.mma_m16n8k16_clocks),
            distributed_shared_memory_clocks: measured
                .distributed_shared_memory_clocks
                .or(known.distributed_shared_memory_clocks),
            cluster_barrier_clocks: measured.cluster_barrier_clocks.or(known.cluster_barrier_clocks),
            fence_clocks: measured.fence_clocks.unwrap_or(known.fence_clocks),
            flag_handover_ps: flag.unwrap_or(known.flag_handover_ps),
            flag_handover_range_ps: flag.map_or(known.flag_handover_range_ps, |flag| [flag; 2]),
            grid_barrier_ps: measured.grid_barrier_ps.unwrap_or(known.grid_barrier_ps),
            lone_barrier_clocks: measured.block_barrier_clocks.unwrap_or(known.lone_barrier_clocks),
            barrier_warps_per_1000_clocks: measured
                .block_barrier_warps_per_1000_clocks
                .unwrap_or(known.barrier_warps_per_1000_clocks),
        }
    }

    /// `__syncthreads` of a block of so many warps that come at the same time.
    ///
    /// ```
    /// use constrint::hardware::Latencies;
    /// assert_eq!(Latencies::of("9.0".parse()?).block_barrier_clocks(8), 22 + 14);
    /// # Ok::<(), constrint::error::Error>(())
    /// ```
    pub fn block_barrier_clocks(&self, warps: i64) -> i64 {
        let further = (warps.max(1) - 1).saturating_mul(1000) / self.barrier_warps_per_1000_clocks.max(1);
        self.lone_barrier_clocks.saturating_add(further)
    }
}

/// L; D for device memory; R for what crosses SMs.
const AMPERE: Latencies = Latencies {
    shared_memory_clocks: 29,
    l1_clocks: 38,
    l2_clocks: 262,
    memory_clocks: 550,
    mma_m16n8k16_clocks: 25,
    distributed_shared_memory_clocks: None,
    cluster_barrier_clocks: None,
    // Not found: the fence as on H100, the flag a little slower.
    fence_clocks: 663,
    flag_handover_ps: 200_000,
    flag_handover_range_ps: [150_000, 400_000],
    grid_barrier_ps: 1_200_000,
    lone_barrier_clocks: 22,
    barrier_warps_per_1000_clocks: 475,
};

/// L; D for device memory, S for the matrix instruction, M for the barrier of the grid; what else crosses SMs as on A100: not
/// found.
const ADA: Latencies = Latencies {
    shared_memory_clocks: 30,
    l1_clocks: 43,
    l2_clocks: 273,
    memory_clocks: 636,
    mma_m16n8k16_clocks: 33,
    distributed_shared_memory_clocks: None,
    cluster_barrier_clocks: None,
    fence_clocks: 663,
    flag_handover_ps: 200_000,
    flag_handover_range_ps: [150_000, 400_000],
    // M: 0.73 µs for 82 blocks of an RTX 3090.
    grid_barrier_ps: 730_000,
    lone_barrier_clocks: 22,
    barrier_warps_per_1000_clocks: 475,
};

/// L; D for device memory; N for the fence, for the flag's least (294 clocks from a store to the load of the same thread that sees
/// it; R has 160 ns) and, at 1,097 ns, for the barrier of the grid; X for the flag's most (0.64 µs from a release to the acquire
/// that sees it, less the fence); R for the barrier of a cluster. N has 751 clocks for that, and 71 where it orders no memory.
const HOPPER: Latencies = Latencies {
    shared_memory_clocks: 29,
    l1_clocks: 41,
    l2_clocks: 263,
    memory_clocks: 700,
    mma_m16n8k16_clocks: 24,
    distributed_shared_memory_clocks: Some(200),
    cluster_barrier_clocks: Some(850),
    fence_clocks: 663,
    flag_handover_ps: 160_000,
    flag_handover_range_ps: [148_000, 305_000],
    grid_barrier_ps: 1_097_000,
    lone_barrier_clocks: 22,
    barrier_warps_per_1000_clocks: 475,
};

/// D for the caches and device memory (B200), Q for the rest (B300): 180 clocks to another SM's shared memory in clusters of
/// 3 to 8 blocks and 224 in those of 2, 375 for `cluster.sync`; 277 to 320 clocks for a fence. Its ping-pong of fence, store and
/// poll gives 790 ns, for both ways or for one, which its program leaves open: less the fence, a flag takes 238 to 633 ns.
const BLACKWELL: Latencies = Latencies {
    shared_memory_clocks: 28,
    l1_clocks: 40,
    l2_clocks: 295,
    memory_clocks: 860,
    mma_m16n8k16_clocks: 20,
    distributed_shared_memory_clocks: Some(200),
    cluster_barrier_clocks: Some(375),
    fence_clocks: 320,
    flag_handover_ps: 238_000,
    flag_handover_range_ps: [238_000, 633_000],
    grid_barrier_ps: 1_170_000,
    lone_barrier_clocks: 22,
    barrier_warps_per_1000_clocks: 475,
};

/// N, on a Thor, but for the matrix instruction and the barrier of the grid, which stand in from the data-centre parts: L2 247 to
/// 271 clocks, 646 clocks from a release to the acquire of the same thread, of which the fence is 267.
const THOR: Latencies = Latencies {
    shared_memory_clocks: 28,
    l1_clocks: 32,
    l2_clocks: 259,
    memory_clocks: 821,
    mma_m16n8k16_clocks: BLACKWELL.mma_m16n8k16_clocks,
    distributed_shared_memory_clocks: Some(178),
    cluster_barrier_clocks: Some(341),
    fence_clocks: 267,
    flag_handover_ps: 240_000,
    flag_handover_range_ps: [170_000, 400_000],
    grid_barrier_ps: BLACKWELL.grid_barrier_ps,
    lone_barrier_clocks: 22,
    barrier_warps_per_1000_clocks: 475,
};

/// D for L1, J for L2 and device memory, with which D agrees (360 and 936 clocks on an RTX 5090, 352 and 864 on an RTX PRO
/// 6000); the rest as on Ada and, for clusters, as on the data-centre parts: not found.
const BLACKWELL_GEFORCE: Latencies = Latencies {
    l1_clocks: 44,
    l2_clocks: 358,
    memory_clocks: 877,
    distributed_shared_memory_clocks: BLACKWELL.distributed_shared_memory_clocks,
    cluster_barrier_clocks: BLACKWELL.cluster_barrier_clocks,
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
            let [least, most] = of.flag_handover_range_ps;
            assert!((least..=most).contains(&of.flag_handover_ps), "{}", gpu.name);
            // A fence waits for stores on their way to L2.
            assert!(of.fence_clocks >= of.l2_clocks, "{}", gpu.name);
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
