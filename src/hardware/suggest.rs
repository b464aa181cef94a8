//! Occupancy turned round: the shared memory that keeps a number of blocks resident, and the block size that keeps the
//! most threads resident.

use super::OccupancyError;
use super::occupancy::{as_header, block_limit_bytes, carveout_bytes, divide_up};
use super::{KernelResources, OptIn, SmLimits};

/// The most dynamic shared memory, in bytes a block, with which `blocks_per_sm` blocks of the kernel stay resident.
///
/// The kernel's own dynamic shared memory and opt-in do not count: it is taken to opt in to whatever it gets.
///
/// # Errors
/// [`OccupancyError::TooManyBlocks`] if that many do not fit without dynamic shared memory either, and what
/// [`occupancy`](super::occupancy()) refuses.
///
/// ```
/// use constrint::hardware::{KernelResources, find, max_dynamic_shared_memory_bytes};
///
/// let h100 = find("H100 SXM5 80GB")?.sm_limits();
/// assert_eq!(max_dynamic_shared_memory_bytes(&h100, &KernelResources::new(32, 128), 2)?, 113 * 1024);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn max_dynamic_shared_memory_bytes(
    limits: &SmLimits,
    kernel: &KernelResources,
    blocks_per_sm: i64,
) -> Result<i64, OccupancyError> {
    KernelResources { opt_in: OptIn::AsNeeded, ..kernel.clone() }.check_ranges()?;
    max_dynamic_as_header(limits, kernel, blocks_per_sm).map(u64::cast_signed)
}

/// [`max_dynamic_shared_memory_bytes`] with the header's reading of a negative static size.
pub(super) fn max_dynamic_as_header(
    limits: &SmLimits,
    kernel: &KernelResources,
    blocks_per_sm: i64,
) -> Result<u64, OccupancyError> {
    if blocks_per_sm <= 0 {
        return Err(OccupancyError::OutOfRange);
    }
    let static_bytes = kernel.static_shared_memory_bytes;
    let max_dynamic_bytes = limits.shared_memory_per_block_optin_bytes.wrapping_sub(static_bytes);
    let empty =
        KernelResources { dynamic_shared_memory_bytes: 0, opt_in: OptIn::UpTo(max_dynamic_bytes), ..kernel.clone() };
    if as_header(limits, &empty)?.blocks_per_sm < blocks_per_sm {
        return Err(OccupancyError::TooManyBlocks);
    }
    let taken_bytes = static_bytes.wrapping_add(limits.reserved_shared_memory_per_block_bytes);
    let share_bytes = share_bytes(limits, kernel, blocks_per_sm)?.wrapping_sub(taken_bytes.cast_unsigned());
    // This is also the limit of a block: it exceeds what the kernel may opt in to by the reserve alone.
    Ok(share_bytes.min(max_dynamic_bytes.cast_unsigned()))
}

/// What each of the blocks may take, in bytes and whole units. A single block may ignore the carve-out.
fn share_bytes(limits: &SmLimits, kernel: &KernelResources, blocks_per_sm: i64) -> Result<u64, OccupancyError> {
    let pool_bytes = if blocks_per_sm == 1 {
        block_limit_bytes(limits, OptIn::AsNeeded, limits.shared_memory_per_sm_bytes.cast_unsigned())
    } else {
        let wished_bytes = carveout_bytes(limits, kernel)?.max(1);
        limits.carveout_step_bytes(wished_bytes).ok_or(OccupancyError::NoCarveoutStep)?.cast_unsigned()
    };
    let unit_bytes = limits.shared_memory_allocation_unit_bytes.cast_unsigned();
    Ok(pool_bytes / blocks_per_sm.cast_unsigned() / unit_bytes * unit_bytes)
}

/// A block size and how many such blocks fill an SM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSize {
    /// Threads of a block; 0 if no size fits.
    pub threads_per_block: i64,
    /// Blocks resident on an SM; times the SMs of the GPU, the smallest grid that fills it.
    pub blocks_per_sm: i64,
}

/// The largest block size, in whole warps, that keeps the most threads resident.
///
/// The kernel's own `threads_per_block` does not count.
///
/// # Errors
/// What [`occupancy`](super::occupancy()) refuses.
///
/// ```
/// use constrint::hardware::{KernelResources, find, suggest_block_size};
///
/// let t4 = find("T4")?.sm_limits();
/// let size = suggest_block_size(&t4, &KernelResources::new(40, 1))?;
/// assert_eq!((size.threads_per_block, size.blocks_per_sm), (1024, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn suggest_block_size(limits: &SmLimits, kernel: &KernelResources) -> Result<BlockSize, OccupancyError> {
    kernel.check_ranges()?;
    suggest_as_header(limits, kernel)
}

/// [`suggest_block_size`] with the header's reading of negative sizes.
pub(super) fn suggest_as_header(limits: &SmLimits, kernel: &KernelResources) -> Result<BlockSize, OccupancyError> {
    let mut best = BlockSize { threads_per_block: 0, blocks_per_sm: 0 };
    let resident_threads = |size: BlockSize| size.threads_per_block * size.blocks_per_sm;
    let most_warps = divide_up(limits.max_threads_per_block, limits.warp_size);
    for warps in (1..=most_warps).rev() {
        let threads_per_block = (warps * limits.warp_size).min(limits.max_threads_per_block);
        let occupancy = as_header(limits, &KernelResources { threads_per_block, ..kernel.clone() })?;
        let size = BlockSize { threads_per_block, blocks_per_sm: occupancy.blocks_per_sm };
        // Only a strict improvement counts, so that the largest of equally good sizes stays.
        if resident_threads(size) > resident_threads(best) {
            best = size;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::{catalog, occupancy};

    #[test]
    fn the_shares_of_hopper() {
        let limits = catalog().capability("9.0".parse().unwrap()).unwrap().sm_limits();
        let kernel = KernelResources::new(32, 128);
        let share = |blocks| max_dynamic_shared_memory_bytes(&limits, &kernel, blocks).unwrap() / 1024;
        assert_eq!((share(1), share(2), share(3)), (227, 113, 75));
        assert_eq!(max_dynamic_shared_memory_bytes(&limits, &kernel, 17), Err(OccupancyError::TooManyBlocks));
        assert_eq!(max_dynamic_shared_memory_bytes(&limits, &kernel, 0), Err(OccupancyError::OutOfRange));
    }

    #[test]
    fn one_block_ignores_the_carveout() {
        let limits = catalog().capability("9.0".parse().unwrap()).unwrap().sm_limits();
        let kernel = KernelResources { carveout_percent: Some(0), ..KernelResources::new(32, 128) };
        let share = |blocks| max_dynamic_shared_memory_bytes(&limits, &kernel, blocks).unwrap() / 1024;
        // Two blocks share the smallest step that is not empty, 8 KiB, and each pays the reserve.
        assert_eq!((share(1), share(2)), (227, 3));
    }

    #[test]
    fn a_share_stops_at_the_limit_of_a_block() {
        let hopper = catalog().capability("9.0".parse().unwrap()).unwrap().sm_limits();
        let limits = SmLimits { shared_memory_per_block_optin_bytes: 64 * 1024, ..hopper };
        assert_eq!(max_dynamic_shared_memory_bytes(&limits, &KernelResources::new(32, 128), 2), Ok(64 * 1024));
    }

    #[test]
    fn the_share_keeps_the_blocks_and_one_byte_more_does_not() {
        for row in catalog().capabilities() {
            let limits = row.sm_limits();
            for (blocks, static_bytes) in [(1, 0), (2, 100), (3, 5000), (4, 1)] {
                let kernel =
                    KernelResources { static_shared_memory_bytes: static_bytes, ..KernelResources::new(16, 64) };
                let bytes = max_dynamic_shared_memory_bytes(&limits, &kernel, blocks).unwrap();
                let resident = |bytes| {
                    let kernel = KernelResources { dynamic_shared_memory_bytes: bytes, ..kernel.clone() };
                    occupancy(&limits, &kernel).unwrap().blocks_per_sm
                };
                assert!(resident(bytes) >= blocks, "{} {blocks}", row.compute_capability);
                assert!(resident(bytes + 1) < blocks, "{} {blocks}", row.compute_capability);
            }
        }
    }

    #[test]
    fn no_block_size_fits_too_much_shared_memory() {
        let limits = catalog().capability("7.5".parse().unwrap()).unwrap().sm_limits();
        let kernel = KernelResources { dynamic_shared_memory_bytes: 70_000, ..KernelResources::new(32, 1) };
        let none = BlockSize { threads_per_block: 0, blocks_per_sm: 0 };
        assert_eq!(suggest_block_size(&limits, &kernel), Ok(none));
    }
}
