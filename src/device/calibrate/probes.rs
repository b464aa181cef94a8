//! What is run to find each figure, and how much it does.

use crate::hardware::{ComputeCapability, Gpu};
use crate::kernel::{Argument, Field, Holds, Launch, Plan, Scalar, Step};

/// What is measured, by the name that is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Probe {
    SharedMemory,
    L1,
    L2,
    Memory,
    DistributedSharedMemory,
    Product,
    Fence,
    /// A barrier of one warp, and of 32.
    LoneBarrier,
    FullBarrier,
    ClusterBarrier,
    GridBarrier,
    HandOver,
    Launch,
    Copy,
    ReadL2,
    MultiplyAdd,
    Fp16,
    Bf16,
    Tf32,
    Int8,
}

/// All of them, in the order in which they are run.
pub(super) const PROBES: [Probe; 20] = [
    Probe::SharedMemory,
    Probe::L1,
    Probe::L2,
    Probe::Memory,
    Probe::DistributedSharedMemory,
    Probe::Product,
    Probe::Fence,
    Probe::LoneBarrier,
    Probe::FullBarrier,
    Probe::ClusterBarrier,
    Probe::GridBarrier,
    Probe::HandOver,
    Probe::Launch,
    Probe::Copy,
    Probe::ReadL2,
    Probe::MultiplyAdd,
    Probe::Fp16,
    Probe::Bf16,
    Probe::Tf32,
    Probe::Int8,
];

/// Loads, products, barriers that follow each other: enough that what comes before and behind them does not count.
const STEPS: i32 = 4096;
/// Barriers of the grid, and ways there and back.
const CROSSINGS: i32 = 2000;
/// Steps of a loop that keeps units busy: about a millisecond.
const BUSY_STEPS: i32 = 8192;
/// Rounds of reads from L2.
const ROUNDS: i32 = 64;
/// Threads of a block that fills an SM's share, and blocks of an SM then.
const THREADS: i64 = 512;
const BLOCKS_PER_SM: i64 = 2;
/// Warps of such a block, chains of each that are independent, and multiply-adds of a thread in a step: as `kernels.cu` has them.
const CHAINS: i64 = 8;
const MULTIPLY_ADDS: i64 = 16;
/// Bytes that L1 keeps whatever is shared memory, and the distance of two links of a chain that are in different lines.
const L1_BYTES: i64 = 8 << 10;
const LINE_BYTES: i64 = 128;
/// Far enough apart that nothing has the next one already.
const MEMORY_STRIDE_BYTES: i64 = 4096;
/// A copy is of so many times what L2 holds, and of so much at least.
const COPY_TIMES: i64 = 8;
const LEAST_COPY_BYTES: i64 = 256 << 20;

/// A probe, ready to be run.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// How much is done, in the unit that the figure is for: loads, bytes, FLOP.
    pub(super) done: i64,
}

impl Probe {
    /// As it is told.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SharedMemory => "shared memory latency",
            Self::L1 => "L1 latency",
            Self::L2 => "L2 latency",
            Self::Memory => "memory latency",
            Self::DistributedSharedMemory => "distributed shared memory latency",
            Self::Product => "matrix instruction latency",
            Self::Fence => "fence",
            Self::LoneBarrier => "barrier of one warp",
            Self::FullBarrier => "barrier of 32 warps",
            Self::ClusterBarrier => "barrier of a cluster",
            Self::GridBarrier => "barrier of the grid",
            Self::HandOver => "hand-over between blocks",
            Self::Launch => "launch",
            Self::Copy => "copy in device memory",
            Self::ReadL2 => "reads from L2",
            Self::MultiplyAdd => "fp32 multiply-adds",
            Self::Fp16 => "fp16 products",
            Self::Bf16 => "bf16 products",
            Self::Tf32 => "tf32 products",
            Self::Int8 => "int8 products",
        }
    }

    /// Whether a GPU has what is measured.
    pub(super) fn is_of(self, capability: ComputeCapability) -> bool {
        match self {
            Self::DistributedSharedMemory | Self::ClusterBarrier => capability.major >= 9,
            Self::Bf16 | Self::Tf32 | Self::Int8 => capability.major >= 8,
            _ => true,
        }
    }

    /// Whether the kernel tells the clocks of its loop itself; else the time of a run counts.
    pub(super) fn tells_clocks(self) -> bool {
        !matches!(self, Self::GridBarrier | Self::HandOver | Self::Launch | Self::Copy | Self::ReadL2)
            && !self.is_rate()
    }

    /// Whether units are kept busy, whose clock is then that of work.
    pub(super) fn is_rate(self) -> bool {
        matches!(self, Self::MultiplyAdd | Self::Fp16 | Self::Bf16 | Self::Tf32 | Self::Int8)
    }

    /// What is run on this GPU.
    pub(super) fn planned(self, gpu: &Gpu) -> Planned {
        let mut plan = Plan::default();
        let told = plan.add(TOLD, 16, Holds::Zeros);
        let to = Argument::address(told);
        let steps = i64::from(STEPS);
        match self {
            Self::SharedMemory => one_block(plan, "chase_shared", 1, vec![to, int(STEPS)], steps),
            Self::Product => one_block(plan, "chain_products", 32, vec![to, int(STEPS)], steps),
            Self::Fence => one_block(plan, "fences", 1, vec![to, int(STEPS)], steps),
            Self::LoneBarrier => one_block(plan, "block_barriers", 32, vec![to, int(STEPS)], steps),
            Self::FullBarrier => one_block(plan, "block_barriers", 1024, vec![to, int(STEPS)], steps),
            Self::DistributedSharedMemory => cluster(plan, "chase_distributed", 1, vec![to, int(STEPS)]),
            Self::ClusterBarrier => cluster(plan, "cluster_barriers", 32, vec![to, int(STEPS)]),
            Self::L1 => chase(plan, (L1_BYTES, LINE_BYTES), (STEPS, STEPS), false),
            Self::L2 => chase(plan, (gpu.l2_bytes / 8, LINE_BYTES), (STEPS, i32::MAX), true),
            Self::Memory => chase_memory(plan, gpu),
            Self::GridBarrier => crossing(plan, "grid_barriers", gpu.sms, 1),
            Self::HandOver => crossing(plan, "hand_over", gpu.sms, 2),
            Self::Launch => one_block(plan, "nothing", 32, vec![to], 1),
            Self::Copy => copy(plan, gpu),
            Self::ReadL2 => read(plan, gpu),
            Self::MultiplyAdd => {
                let of_thread = 2 * MULTIPLY_ADDS * i64::from(BUSY_STEPS);
                busy(plan, "multiply_add", gpu, of_thread * THREADS)
            }
            Self::Fp16 => products(plan, "products_fp16", gpu, self),
            Self::Bf16 => products(plan, "products_bf16", gpu, self),
            Self::Tf32 => products(plan, "products_tf32", gpu, self),
            Self::Int8 => products(plan, "products_int8", gpu, self),
        }
    }

    /// FLOP of one matrix instruction: m16n8k16, m16n8k8 and m16n8k32; on 7.5 m16n8k8.
    fn flop(self, capability: ComputeCapability) -> i64 {
        let depth = match self {
            Self::Int8 => 32,
            Self::Tf32 => 8,
            _ if capability.major < 8 => 8,
            _ => 16,
        };
        2 * 16 * 8 * depth
    }
}

/// The array that kernels tell their clocks in.
pub(super) const TOLD: &str = "told";

fn int(value: i32) -> Argument {
    Argument::One(Field::Int32(value))
}

fn launch(entry: &str, blocks: i64, threads: i64, arguments: Vec<Argument>) -> Launch {
    Launch {
        entry: entry.to_owned(),
        grid: [blocks, 1, 1],
        block: [threads, 1, 1],
        arguments,
        ..Launch::of_one_block()
    }
}

fn one_block(mut plan: Plan, entry: &str, threads: i64, arguments: Vec<Argument>, done: i64) -> Planned {
    plan.steps.push(Step::Launch(launch(entry, 1, threads, arguments)));
    Planned { plan, done }
}

/// A cluster of two blocks.
fn cluster(mut plan: Plan, entry: &str, threads: i64, arguments: Vec<Argument>) -> Planned {
    let launch = Launch { cluster: [2, 1, 1], ..launch(entry, 2, threads, arguments) };
    plan.steps.push(Step::Launch(launch));
    Planned { plan, done: i64::from(STEPS) }
}

/// A chain of so many bytes, a link each stride; so many loads, after others that do not count: as many as there are links at most.
fn chase(mut plan: Plan, (bytes, stride): (i64, i64), (steps, warm): (i32, i32), is_past_l1: bool) -> Planned {
    let links = i32::try_from((bytes / stride).max(2)).unwrap_or(i32::MAX);
    let array = plan.add("chain", i64::from(links) * stride, Holds::Nothing);
    let words = i32::try_from(stride / 4).unwrap_or(i32::MAX);
    let made = vec![Argument::address(array), int(links), int(words)];
    plan.steps.push(Step::Launch(launch("link", 64, 256, made)));
    walk(&mut plan, array, [steps, warm.min(links), i32::from(is_past_l1)]);
    Planned { plan, done: i64::from(steps) }
}

/// Each link once, after L2 was filled with something else.
fn chase_memory(plan: Plan, gpu: &Gpu) -> Planned {
    let mut planned = chase(plan, (i64::from(STEPS + 1) * MEMORY_STRIDE_BYTES, MEMORY_STRIDE_BYTES), (STEPS, 0), true);
    let other = planned.plan.add("other", gpu.l2_bytes * 2, Holds::Nothing);
    planned.plan.steps.insert(1, Step::Zero { array: other });
    planned
}

/// Loads along a chain: how many, how many before them, and whether past L1.
fn walk(plan: &mut Plan, chain: usize, numbers: [i32; 3]) {
    let addresses = [0, chain].map(Argument::address);
    let arguments = addresses.into_iter().chain(numbers.map(int)).collect();
    plan.steps.push(Step::Launch(launch("chase", 1, 1, arguments)));
}

/// Blocks that wait for each other, one an SM; so many of what is asked for in a step.
fn crossing(mut plan: Plan, entry: &str, blocks: i64, of_a_step: i64) -> Planned {
    let flags = plan.add("flags", 1024, Holds::Zeros);
    plan.steps.push(Step::Zero { array: flags });
    let arguments = vec![Argument::address(0), Argument::address(flags), int(CROSSINGS)];
    let launch = Launch { cooperative: true, ..launch(entry, blocks.max(2), 128, arguments) };
    plan.steps.push(Step::Launch(launch));
    Planned { plan, done: i64::from(CROSSINGS) * of_a_step }
}

fn copy(mut plan: Plan, gpu: &Gpu) -> Planned {
    let wanted = gpu.l2_bytes.saturating_mul(COPY_TIMES).max(LEAST_COPY_BYTES);
    let bytes = wanted.min(gpu.memory_bytes / 8) / 16 * 16;
    let numbers = Holds::Random { scalar: Scalar::Fp32, within: [-1.0, 1.0] };
    let (from, into) = (plan.add("from", bytes, numbers), plan.add("into", bytes, Holds::Zeros));
    let vectors = int(i32::try_from(bytes / 16).unwrap_or(i32::MAX));
    let arguments = vec![Argument::address(0), Argument::address(from), Argument::address(into), vectors];
    plan.steps.push(Step::Launch(launch("copy", gpu.sms * 2 * BLOCKS_PER_SM, THREADS, arguments)));
    Planned { plan, done: 2 * bytes }
}

/// A quarter of L2, of which both halves may hold a copy.
fn read(mut plan: Plan, gpu: &Gpu) -> Planned {
    let bytes = gpu.l2_bytes / 4 / 16 * 16;
    let numbers = Holds::Random { scalar: Scalar::Fp32, within: [-1.0, 1.0] };
    let from = plan.add("from", bytes, numbers);
    let vectors = int(i32::try_from(bytes / 16).unwrap_or(i32::MAX));
    let arguments = vec![Argument::address(0), Argument::address(from), vectors, int(ROUNDS)];
    plan.steps.push(Step::Launch(launch("read", gpu.sms * 2 * BLOCKS_PER_SM, THREADS, arguments)));
    Planned { plan, done: bytes * i64::from(ROUNDS) }
}

/// As many blocks as fill every SM, each of which does so much.
fn busy(mut plan: Plan, entry: &str, gpu: &Gpu, of_a_block: i64) -> Planned {
    let blocks = gpu.sms * BLOCKS_PER_SM;
    plan.steps.push(Step::Launch(launch(entry, blocks, THREADS, vec![Argument::address(0), int(BUSY_STEPS)])));
    Planned { plan, done: blocks * of_a_block }
}

fn products(plan: Plan, entry: &str, gpu: &Gpu, probe: Probe) -> Planned {
    let instructions = CHAINS * i64::from(BUSY_STEPS) * THREADS / gpu.warp_size;
    busy(plan, entry, gpu, instructions * probe.flop(gpu.compute_capability))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::catalog;

    /// On every GPU of the catalog: arrays that fit its memory, blocks that fit its SMs, and something to divide by.
    #[test]
    fn probes_fit_every_gpu() {
        for gpu in catalog().gpus() {
            for probe in PROBES.into_iter().filter(|probe| probe.is_of(gpu.compute_capability)) {
                let Planned { plan, done } = probe.planned(gpu);
                assert!(done >= 1 && plan.bytes() <= gpu.memory_bytes / 2, "{} {probe:?}: {}", gpu.name, plan.bytes());
                for launch in plan.launches() {
                    let volume = launch.block.iter().product::<i64>();
                    assert!(volume <= gpu.max_threads_per_block, "{} {probe:?}", gpu.name);
                    let blocks = launch.grid.iter().product::<i64>();
                    assert!(!launch.cooperative || blocks <= gpu.sms.max(2) * 2, "{} {probe:?}", gpu.name);
                    assert!(launch.cluster == [1; 3] || gpu.max_cluster_blocks_portable.is_some(), "{}", gpu.name);
                }
            }
        }
    }

    /// Every kernel that is asked for is there, with as many parameters as it is given.
    #[test]
    fn the_source_has_every_kernel() {
        let source = super::super::SOURCE;
        let gpu = crate::hardware::find("H100 SXM").unwrap();
        for launch in PROBES.iter().flat_map(|probe| probe.planned(gpu).plan.launches().cloned().collect::<Vec<_>>()) {
            let head =
                source.split(&format!("ONCE {}(", launch.entry)).nth(1).unwrap_or_else(|| panic!("{}", launch.entry));
            let parameters = head.split(')').next().unwrap().split(',').count();
            assert_eq!(parameters, launch.arguments.len(), "{}", launch.entry);
        }
    }

    /// L2 is emptied between the making of the chain and the walk along it.
    #[test]
    fn memory_is_reached() {
        let gpu = crate::hardware::find("A100 SXM4 80GB").unwrap();
        let plan = Probe::Memory.planned(gpu).plan;
        let [Step::Launch(link), Step::Zero { array }, Step::Launch(chase)] = plan.steps.as_slice() else {
            panic!("{plan:?}")
        };
        assert_eq!((link.entry.as_str(), chase.entry.as_str()), ("link", "chase"));
        assert!(plan.arrays[*array].bytes >= 2 * gpu.l2_bytes);
    }

    /// What a kernel does is stated here in another way: by hand, for an H100.
    #[test]
    fn what_is_done_is_counted() {
        let gpu = crate::hardware::find("H100 SXM").unwrap();
        let done = |probe: Probe| probe.planned(gpu).done;
        // 264 blocks of 16 warps, 8 chains of 8192 instructions of 4096 FLOP.
        assert_eq!(done(Probe::Bf16), 264 * 16 * 8 * 8192 * 4096);
        assert_eq!(done(Probe::Int8), 2 * done(Probe::Bf16));
        assert_eq!(done(Probe::Tf32), done(Probe::Bf16) / 2);
        assert_eq!(done(Probe::MultiplyAdd), 264 * 512 * 16 * 8192 * 2);
        // Read and written.
        assert_eq!(done(Probe::Copy), 2 * 8 * 52_428_800);
        assert_eq!(done(Probe::HandOver), 4000);
        let turing = crate::hardware::find("T4").unwrap();
        assert_eq!(Probe::Fp16.planned(turing).done, 80 * 16 * 8 * 8192 * 2048);
    }
}
