//! How many blocks of a kernel one SM holds.
//!
//! The rules are those of NVIDIA's `cuda_occupancy.h` of CUDA 13.5 for compute capability 7.0 and later, restated;
//! `tests/occupancy.rs` compares the two on random kernels. Clusters do not enter: how many fit depends on the layout
//! of the GPU's processing clusters, which only the driver knows.
//!
//! 1. Registers: a warp gets its registers in whole units from one sub-partition of the SM, so that the division is
//!    rounded down for each sub-partition before blocks are counted.
//! 2. Warps: the warp slots of the SM, divided by the warps of a block.
//! 3. Blocks: a constant.
//! 4. Shared memory: static, dynamic and the driver's reserve, rounded up to whole units, out of the carve-out.
//! 5. Virtual resources: a pool that the header divides from 10.0 on; no way to learn a kernel's need is documented.
//! 6. Named barriers: a pool that the header divides from 9.0 on.

use serde::Serialize;

use super::OccupancyError;
use super::{KernelResources, Limiter, Limiters, OptIn, SmLimits};

/// How a kernel occupies an SM.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Occupancy {
    /// Blocks resident on an SM; 0 if not even one fits.
    pub blocks_per_sm: i64,
    /// Warps resident on an SM.
    pub warps_per_sm: i64,
    /// Resident threads, in whole warps, as a fraction of those the SM has room for.
    pub occupancy: f64,
    /// What keeps the number of blocks from being larger.
    pub limiters: Limiters,
    /// The number of blocks that each resource alone would allow.
    pub block_limits: BlockLimits,
    /// Registers that a block takes, in whole units.
    pub allocated_registers_per_block: i64,
    /// Shared memory that a block takes, in bytes, in whole units, the driver's reserve included.
    pub allocated_shared_memory_per_block_bytes: i64,
}

/// Blocks that fit an SM by each resource alone; `None` where the resource sets no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BlockLimits {
    /// By warp slots.
    pub warps: i64,
    /// By registers.
    pub registers: Option<i64>,
    /// By shared memory.
    pub shared_memory: Option<i64>,
    /// By block slots.
    pub blocks: i64,
    /// By named barriers.
    pub barriers: Option<i64>,
    /// By virtual resources.
    pub virtual_resources: Option<i64>,
}

/// How many blocks of the kernel an SM with these limits holds, and why not more.
///
/// # Errors
/// [`OccupancyError`] if the kernel's numbers make no sense. A kernel that does not fit is an answer: 0 blocks.
///
/// ```
/// use constrint::hardware::{KernelResources, Limiter, find, occupancy};
///
/// let h100 = find("H100 SXM5 80GB")?.sm_limits();
/// let answer = occupancy(&h100, &KernelResources::new(255, 128))?;
/// assert_eq!(answer.blocks_per_sm, 2);
/// assert!(answer.limiters.contains(Limiter::Registers));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn occupancy(limits: &SmLimits, kernel: &KernelResources) -> Result<Occupancy, OccupancyError> {
    kernel.check_ranges()?;
    as_header(limits, kernel)
}

/// [`occupancy`] with the header's reading of sizes below zero or above 2^31: they wrap as C's `size_t` does.
///
/// Registers and threads so many that their product overflows C's `int` are the exception: there the header's own
/// arithmetic is undefined, and this one gives the plain product.
pub(super) fn as_header(limits: &SmLimits, kernel: &KernelResources) -> Result<Occupancy, OccupancyError> {
    if kernel.threads_per_block <= 0 || kernel.registers_per_thread < 0 {
        return Err(OccupancyError::OutOfRange);
    }
    let warps_per_block = divide_up(kernel.threads_per_block, limits.warp_size);
    let registers = registers_per_block(limits, kernel, warps_per_block);
    let shared_memory = allocated_shared_memory_bytes(limits, kernel);
    let block_limits = BlockLimits {
        warps: warp_limit(limits, kernel, warps_per_block),
        registers: register_limit(limits, kernel, warps_per_block),
        shared_memory: shared_memory_limit(limits, kernel, shared_memory)?,
        blocks: limits.max_blocks_per_sm,
        barriers: barrier_limit(limits, kernel),
        virtual_resources: virtual_limit(limits, kernel),
    };
    let (blocks, limiters) = smallest(&block_limits);
    let warps = blocks * warps_per_block;
    Ok(Occupancy {
        blocks_per_sm: blocks,
        warps_per_sm: warps,
        occupancy: fraction(warps * limits.warp_size, limits.max_threads_per_sm),
        limiters,
        block_limits,
        allocated_registers_per_block: registers,
        allocated_shared_memory_per_block_bytes: shared_memory.cast_signed(),
    })
}

/// The smallest of the limits and all that equal it. Barriers come last and do not clear what was set before them, so
/// that another limiter stays listed even where barriers alone decide.
fn smallest(limits: &BlockLimits) -> (i64, Limiters) {
    let or_none = |limit: Option<i64>| limit.unwrap_or(i64::MAX);
    let ranked = [
        (Limiter::Warps, limits.warps),
        (Limiter::Registers, or_none(limits.registers)),
        (Limiter::SharedMemory, or_none(limits.shared_memory)),
        (Limiter::Blocks, limits.blocks),
        (Limiter::Virtual, or_none(limits.virtual_resources)),
    ];
    let without_barriers = ranked.iter().map(|(_, limit)| *limit).fold(i64::MAX, i64::min);
    let mut limiters = Limiters::default();
    for (limiter, limit) in ranked {
        limiters.insert_if(limiter, limit == without_barriers);
    }
    let blocks = without_barriers.min(or_none(limits.barriers));
    limiters.insert_if(Limiter::Barriers, limits.barriers == Some(blocks));
    (blocks, limiters)
}

/// Rule 2. The header does not look at the kernel's own `__launch_bounds__` here.
fn warp_limit(limits: &SmLimits, kernel: &KernelResources, warps_per_block: i64) -> i64 {
    if kernel.threads_per_block > limits.max_threads_per_block {
        return 0;
    }
    limits.max_warps_per_sm() / warps_per_block
}

/// Registers of one warp, in whole units.
fn registers_per_warp(limits: &SmLimits, kernel: &KernelResources) -> i64 {
    round_up(kernel.registers_per_thread * limits.warp_size, limits.register_allocation_unit_per_warp)
}

/// Registers that a block takes.
fn registers_per_block(limits: &SmLimits, kernel: &KernelResources, warps_per_block: i64) -> i64 {
    registers_per_warp(limits, kernel) * warps_per_block
}

/// Rule 1. The hardware checks a launch as if all sub-partitions gave registers to equally many warps, hence the
/// rounding of the warps. That check bites only where a block may hold fewer registers than the SM has.
fn register_limit(limits: &SmLimits, kernel: &KernelResources, warps_per_block: i64) -> Option<i64> {
    let per_warp = registers_per_warp(limits, kernel);
    let checked_at_launch = per_warp * round_up(warps_per_block, limits.sub_partitions_per_sm);
    if kernel.registers_per_thread > limits.max_registers_per_thread_at_launch
        || checked_at_launch > limits.registers_per_block
    {
        return Some(0);
    }
    if per_warp == 0 {
        return None;
    }
    let warps_per_sub_partition = limits.registers_per_sm / limits.sub_partitions_per_sm / per_warp;
    Some(warps_per_sub_partition * limits.sub_partitions_per_sm / warps_per_block)
}

/// Shared memory that a block takes, in bytes.
///
/// The sum is C's `size_t`, and the header rounds its low 32 bits as a signed number. For sizes below 2 GiB that is
/// plain arithmetic.
fn allocated_shared_memory_bytes(limits: &SmLimits, kernel: &KernelResources) -> u64 {
    let bytes = fixed_shared_memory_bytes(limits, kernel).wrapping_add(kernel.dynamic_shared_memory_bytes);
    #[allow(clippy::cast_possible_truncation, reason = "the header casts to int")]
    let bytes = i64::from(bytes as i32);
    round_up(bytes, limits.shared_memory_allocation_unit_bytes).cast_unsigned()
}

/// Shared memory of a block that does not change from launch to launch, in bytes.
fn fixed_shared_memory_bytes(limits: &SmLimits, kernel: &KernelResources) -> i64 {
    kernel.static_shared_memory_bytes.wrapping_add(limits.reserved_shared_memory_per_block_bytes)
}

/// Rule 4. A carve-out too small for one block grows to the step that holds one, not to the largest, so that a low
/// carve-out does cost occupancy.
fn shared_memory_limit(
    limits: &SmLimits,
    kernel: &KernelResources,
    allocated_bytes: u64,
) -> Result<Option<i64>, OccupancyError> {
    let wished_bytes = carveout_bytes(limits, kernel)?;
    let max_dynamic_bytes = kernel.max_dynamic_shared_memory_bytes();
    let beyond_attribute = kernel.opt_in != OptIn::Never
        && kernel.dynamic_shared_memory_bytes.cast_unsigned() > max_dynamic_bytes.cast_unsigned();
    let most_bytes = fixed_shared_memory_bytes(limits, kernel).wrapping_add(max_dynamic_bytes).cast_unsigned();
    if beyond_attribute || allocated_bytes > block_limit_bytes(limits, kernel.opt_in, most_bytes) {
        return Ok(Some(0));
    }
    // At most the limit of a block from here on, which is far below the range of the signed type.
    let allocated_bytes = allocated_bytes.cast_signed();
    let pool_bytes = if wished_bytes >= allocated_bytes {
        wished_bytes
    } else {
        limits.carveout_step_bytes(allocated_bytes).ok_or(OccupancyError::NoCarveoutStep)?
    };
    Ok(pool_bytes.checked_div(allocated_bytes))
}

/// Shared memory that a block may take, in bytes, the driver's reserve included. A kernel that opts in gets the larger
/// limit only if its own maximum needs it.
pub(super) fn block_limit_bytes(limits: &SmLimits, opt_in: OptIn, most_bytes: u64) -> u64 {
    let default_bytes = limits.shared_memory_per_block_default_bytes;
    let raised = opt_in != OptIn::Never && most_bytes > default_bytes.cast_unsigned();
    let bytes = if raised { limits.shared_memory_per_block_optin_bytes } else { default_bytes };
    (bytes + limits.reserved_shared_memory_per_block_bytes).cast_unsigned()
}

/// Shared memory that the SM sets aside by the kernel's wish, in bytes.
pub(super) fn carveout_bytes(limits: &SmLimits, kernel: &KernelResources) -> Result<i64, OccupancyError> {
    let percent = kernel.carveout_percent.unwrap_or(100);
    if !(0..=100).contains(&percent) {
        return Err(OccupancyError::CarveoutOutOfRange);
    }
    let wished_bytes = percent * limits.shared_memory_per_sm_bytes / 100;
    limits.carveout_step_bytes(wished_bytes).ok_or(OccupancyError::NoCarveoutStep)
}

/// Rule 5.
fn virtual_limit(limits: &SmLimits, kernel: &KernelResources) -> Option<i64> {
    let pool = limits.virtual_resources_per_sm?;
    (kernel.virtual_resources > 0).then(|| pool / kernel.virtual_resources)
}

/// Rule 6.
fn barrier_limit(limits: &SmLimits, kernel: &KernelResources) -> Option<i64> {
    let counted = limits.named_barriers_limit_blocks && kernel.named_barriers > 0;
    counted.then(|| limits.named_barriers_per_sm / kernel.named_barriers)
}

/// Threads as a fraction of the room for them. Both are small, so that the division is exact up to its rounding.
#[allow(clippy::cast_precision_loss, reason = "thread counts of an SM are far below 2^53")]
fn fraction(threads: i64, max_threads: i64) -> f64 {
    threads as f64 / max_threads as f64
}

pub(super) fn divide_up(dividend: i64, divisor: i64) -> i64 {
    (dividend + divisor - 1) / divisor
}

fn round_up(value: i64, unit: i64) -> i64 {
    divide_up(value, unit) * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::{Capability, catalog};

    fn limits(compute_capability: &str) -> SmLimits {
        catalog().capability(compute_capability.parse().unwrap()).map(Capability::sm_limits).unwrap()
    }

    fn on(compute_capability: &str, kernel: &KernelResources) -> Occupancy {
        occupancy(&limits(compute_capability), kernel).unwrap()
    }

    #[test]
    fn registers_are_divided_within_each_sub_partition() {
        // 40 registers are 1280 a warp: 12 warps in each quarter of the file, 48 in all; the whole file would give 51.
        let answer = on("9.0", &KernelResources::new(40, 32));
        assert_eq!((answer.block_limits.registers, answer.blocks_per_sm), (Some(48), 32));
        let answer = on("9.0", &KernelResources::new(255, 128));
        assert_eq!((answer.blocks_per_sm, answer.warps_per_sm, answer.occupancy), (2, 8, 0.125));
        assert_eq!(answer.limiters.iter().collect::<Vec<_>>(), [Limiter::Registers]);
    }

    #[test]
    fn a_block_that_cannot_launch_gives_zero() {
        for kernel in [KernelResources::new(257, 32), KernelResources::new(128, 1024), KernelResources::new(16, 1025)] {
            assert_eq!(on("9.0", &kernel).blocks_per_sm, 0, "{kernel:?}");
        }
        assert_eq!(on("9.0", &KernelResources::new(64, 1024)).blocks_per_sm, 1);
    }

    #[test]
    fn the_register_limit_of_a_block_counts_whole_rounds_of_sub_partitions() {
        // As on 5.3 and 6.2, where a block may hold half the registers of the SM: 5 warps are checked as 8.
        let halved = SmLimits { registers_per_block: 32_768, ..limits("8.0") };
        let fits = |threads| occupancy(&halved, &KernelResources::new(160, threads)).unwrap().blocks_per_sm > 0;
        assert!(fits(128) && !fits(160));
    }

    #[test]
    fn shared_memory_takes_the_reserve_and_whole_units() {
        let kernel = KernelResources { dynamic_shared_memory_bytes: 113 * 1024, ..KernelResources::new(32, 128) };
        assert_eq!(on("9.0", &kernel).blocks_per_sm, 2);
        let kernel = KernelResources { dynamic_shared_memory_bytes: 113 * 1024 + 1, ..kernel };
        let answer = on("9.0", &kernel);
        assert_eq!((answer.blocks_per_sm, answer.allocated_shared_memory_per_block_bytes), (1, 114 * 1024 + 128));
    }

    #[test]
    fn without_opting_in_a_block_stops_at_the_default() {
        let with = |bytes, opt_in| {
            let kernel =
                KernelResources { dynamic_shared_memory_bytes: bytes, opt_in, ..KernelResources::new(32, 128) };
            on("8.0", &kernel).blocks_per_sm
        };
        assert_eq!((with(49_152, OptIn::Never), with(49_153, OptIn::Never)), (3, 0));
        assert_eq!((with(49_153, OptIn::AsNeeded), with(49_153, OptIn::UpTo(49_152))), (3, 0));
    }

    #[test]
    fn a_small_carveout_grows_to_one_block_only() {
        let with = |percent| {
            let kernel = KernelResources {
                carveout_percent: Some(percent),
                dynamic_shared_memory_bytes: 20_000,
                ..KernelResources::new(32, 128)
            };
            on("9.0", &kernel).blocks_per_sm
        };
        assert_eq!((with(0), with(50), with(100)), (1, 6, 11));
    }

    #[test]
    fn barriers_leave_the_other_limiters_set() {
        let kernel = KernelResources { named_barriers: 4, ..KernelResources::new(16, 32) };
        let answer = on("9.0", &kernel);
        assert_eq!(answer.blocks_per_sm, 16);
        assert_eq!(answer.limiters.iter().collect::<Vec<_>>(), [Limiter::Blocks, Limiter::Barriers]);
        assert_eq!(on("8.0", &kernel).block_limits.barriers, None);
    }

    #[test]
    fn virtual_resources_count_from_blackwell_on() {
        let kernel = KernelResources { virtual_resources: 50, ..KernelResources::new(16, 32) };
        assert_eq!((on("10.0", &kernel).blocks_per_sm, on("9.0", &kernel).blocks_per_sm), (2, 32));
        assert!(on("10.0", &kernel).limiters.contains(Limiter::Virtual));
    }

    #[test]
    fn nonsense_is_refused() {
        let negative = KernelResources { dynamic_shared_memory_bytes: -1, ..KernelResources::new(32, 32) };
        let percent = KernelResources { carveout_percent: Some(101), ..KernelResources::new(32, 32) };
        for (kernel, error) in [
            (KernelResources::new(-1, 32), OccupancyError::OutOfRange),
            (KernelResources::new(32, 0), OccupancyError::OutOfRange),
            (KernelResources::new(32, i64::MAX), OccupancyError::OutOfRange),
            (negative, OccupancyError::OutOfRange),
            (percent, OccupancyError::CarveoutOutOfRange),
        ] {
            assert_eq!(occupancy(&limits("9.0"), &kernel), Err(error), "{kernel:?}");
        }
    }
}
