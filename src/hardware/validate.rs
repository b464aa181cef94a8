//! Whether the limits of a GPU make sense, alone and together.
//!
//! The ranges keep a slip (a size in KiB, a rate in TFLOP/s) and numbers that would overflow from entering a model; they
//! leave room for GPUs yet to come.

use super::HardwareError;
use super::{Gpu, GpuFault, TensorRates};

const KIB: i64 = 1 << 10;
const MIB: i64 = 1 << 20;
const GIB: i64 = 1 << 30;
/// Above every rate in sight, and such that products with small numbers stay within `i64`.
const MAX_RATE: i64 = 1_000_000_000_000_000_000;

/// Refuses a GPU whose limits cannot be meant.
///
/// # Errors
/// [`HardwareError::InvalidGpu`] for the first field at fault.
pub(super) fn validate(gpu: &Gpu) -> Result<(), HardwareError> {
    validate_ranges(gpu)?;
    validate_rates("tensor_flops_per_s", gpu.tensor_flops_per_s)?;
    validate_rates("tensor_flops_per_clock_per_sm", gpu.tensor_flops_per_clock_per_sm)?;
    validate_measured(gpu)?;
    validate_dimensions(gpu)?;
    validate_threads(gpu)?;
    validate_registers(gpu)?;
    validate_shared_memory(gpu)
}

/// Each number by itself.
fn validate_ranges(gpu: &Gpu) -> Result<(), HardwareError> {
    let required = [
        ("sms", gpu.sms, 1, 1 << 16),
        ("warp_size", gpu.warp_size, 1, 1 << 10),
        ("max_threads_per_block", gpu.max_threads_per_block, 1, 1 << 16),
        ("max_threads_per_sm", gpu.max_threads_per_sm, 1, 1 << 16),
        ("max_warps_per_sm", gpu.max_warps_per_sm, 1, 1 << 12),
        ("max_blocks_per_sm", gpu.max_blocks_per_sm, 1, 1 << 12),
        ("sub_partitions_per_sm", gpu.sub_partitions_per_sm, 1, 64),
        ("registers_per_sm", gpu.registers_per_sm, 1, 1 << 24),
        ("registers_per_block", gpu.registers_per_block, 1, 1 << 24),
        ("max_registers_per_thread", gpu.max_registers_per_thread, 1, 1 << 12),
        ("max_registers_per_thread_at_launch", gpu.max_registers_per_thread_at_launch, 1, 1 << 12),
        ("register_allocation_unit_per_warp", gpu.register_allocation_unit_per_warp, 1, 1 << 16),
        ("shared_memory_per_sm_bytes", gpu.shared_memory_per_sm_bytes, KIB, 64 * MIB),
        ("shared_memory_per_block_optin_bytes", gpu.shared_memory_per_block_optin_bytes, KIB, 64 * MIB),
        ("shared_memory_per_block_default_bytes", gpu.shared_memory_per_block_default_bytes, KIB, 64 * MIB),
        ("reserved_shared_memory_per_block_bytes", gpu.reserved_shared_memory_per_block_bytes, 0, MIB),
        ("shared_memory_allocation_unit_bytes", gpu.shared_memory_allocation_unit_bytes, 1, MIB),
        ("shared_memory_banks", gpu.shared_memory_banks, 1, 1 << 10),
        ("shared_memory_bank_bytes", gpu.shared_memory_bank_bytes, 1, 64),
        ("l1_and_shared_memory_bytes", gpu.l1_and_shared_memory_bytes, KIB, 64 * MIB),
        ("l1_line_bytes", gpu.l1_line_bytes, 1, 64 * KIB),
        ("l1_sector_bytes", gpu.l1_sector_bytes, 1, 64 * KIB),
        ("l2_line_bytes", gpu.l2_line_bytes, 1, 64 * KIB),
        ("l2_sector_bytes", gpu.l2_sector_bytes, 1, 64 * KIB),
        ("named_barriers_per_sm", gpu.named_barriers_per_sm, 1, 1 << 16),
        ("max_named_barriers_per_block", gpu.max_named_barriers_per_block, 1, 1 << 16),
        ("l2_bytes", gpu.l2_bytes, KIB, 64 * GIB),
        ("memory_bytes", gpu.memory_bytes, MIB, 1024 * 1024 * GIB),
        ("memory_bandwidth_bytes_per_s", gpu.memory_bandwidth_bytes_per_s, 1_000_000, MAX_RATE),
        ("fp32_fma_per_clock_per_sm", gpu.fp32_fma_per_clock_per_sm, 1, MIB),
    ];
    let optional = [
        (
            "static_shared_memory_per_block_arch_target_bytes",
            gpu.static_shared_memory_per_block_arch_target_bytes,
            KIB,
            64 * MIB,
        ),
        ("tensor_memory_per_sm_bytes", gpu.tensor_memory_per_sm_bytes, KIB, 64 * MIB),
        ("virtual_resources_per_sm", gpu.virtual_resources_per_sm, 1, 1 << 16),
        ("max_cluster_blocks_portable", gpu.max_cluster_blocks_portable, 1, 1 << 12),
        ("max_cluster_blocks_nonportable", gpu.max_cluster_blocks_nonportable, 1, 1 << 12),
        ("boost_clock_mhz", gpu.boost_clock_mhz, 1, 100_000),
        ("fp32_flops_per_s", gpu.fp32_flops_per_s, 1, MAX_RATE),
        ("tensor_clock_mhz", gpu.tensor_clock_mhz, 1, 100_000),
        ("fp64_fma_per_clock_per_sm", gpu.fp64_fma_per_clock_per_sm, 1, MIB),
    ];
    let given = optional.into_iter().filter_map(|(field, value, min, max)| Some((field, value?, min, max)));
    required.into_iter().chain(given).try_for_each(|(field, value, min, max)| in_range(field, value, min, max))
}

fn validate_rates(field: &str, rates: TensorRates) -> Result<(), HardwareError> {
    rates.iter().try_for_each(|(kind, rate)| {
        rate.map_or(Ok(()), |rate| in_range(&format!("{field}.{kind}"), rate, 1, MAX_RATE))
    })
}

fn validate_measured(gpu: &Gpu) -> Result<(), HardwareError> {
    gpu.measured.figures().into_iter().try_for_each(|(name, figure, most)| {
        figure.map_or(Ok(()), |figure| in_range(&format!("measured.{name}"), figure, 1, most))
    })
}

fn validate_dimensions(gpu: &Gpu) -> Result<(), HardwareError> {
    let in_int = |field: &str, sizes: [i64; 3]| {
        sizes.into_iter().try_for_each(|size| in_range(field, size, 1, i64::from(i32::MAX)))
    };
    in_int("max_grid_dimensions", gpu.max_grid_dimensions)?;
    in_int("max_block_dimensions", gpu.max_block_dimensions)
}

fn validate_threads(gpu: &Gpu) -> Result<(), HardwareError> {
    multiple("max_threads_per_sm", gpu.max_threads_per_sm, "warp_size", gpu.warp_size)?;
    let warps = gpu.max_threads_per_sm / gpu.warp_size;
    equal("max_warps_per_sm", gpu.max_warps_per_sm, "max_threads_per_sm / warp_size", warps)?;
    multiple("max_warps_per_sm", warps, "sub_partitions_per_sm", gpu.sub_partitions_per_sm)?;
    at_most("max_threads_per_block", gpu.max_threads_per_block, "max_threads_per_sm", gpu.max_threads_per_sm)
}

fn validate_registers(gpu: &Gpu) -> Result<(), HardwareError> {
    multiple("registers_per_sm", gpu.registers_per_sm, "sub_partitions_per_sm", gpu.sub_partitions_per_sm)?;
    at_most("registers_per_block", gpu.registers_per_block, "registers_per_sm", gpu.registers_per_sm)?;
    at_most(
        "max_registers_per_thread",
        gpu.max_registers_per_thread,
        "max_registers_per_thread_at_launch",
        gpu.max_registers_per_thread_at_launch,
    )
}

fn validate_shared_memory(gpu: &Gpu) -> Result<(), HardwareError> {
    let steps = &gpu.shared_memory_carveout_steps_bytes;
    if steps.is_empty() || !steps.is_sorted_by(|a, b| a < b) || steps[0] < 0 {
        let field = "shared_memory_carveout_steps_bytes".to_owned();
        return Err(HardwareError::InvalidGpu { field, fault: GpuFault::NotAscending });
    }
    let largest = steps[steps.len() - 1];
    let per_sm = gpu.shared_memory_per_sm_bytes;
    equal("shared_memory_per_sm_bytes", per_sm, "the last of shared_memory_carveout_steps_bytes", largest)?;
    let unified = gpu.l1_and_shared_memory_bytes;
    at_most("shared_memory_per_sm_bytes", per_sm, "l1_and_shared_memory_bytes", unified)?;
    let opt_in = gpu.shared_memory_per_block_optin_bytes;
    let after_reserve = per_sm - gpu.reserved_shared_memory_per_block_bytes;
    let bound = "shared_memory_per_sm_bytes - reserved_shared_memory_per_block_bytes";
    at_most("shared_memory_per_block_optin_bytes", opt_in, bound, after_reserve)?;
    let default = gpu.shared_memory_per_block_default_bytes;
    at_most("shared_memory_per_block_default_bytes", default, "shared_memory_per_block_optin_bytes", opt_in)?;
    let unit = gpu.shared_memory_allocation_unit_bytes;
    multiple("shared_memory_per_sm_bytes", per_sm, "shared_memory_allocation_unit_bytes", unit)
}

fn in_range(field: &str, value: i64, min: i64, max: i64) -> Result<(), HardwareError> {
    check((min..=max).contains(&value), field, GpuFault::OutOfRange { value, min, max })
}

fn multiple(field: &str, value: i64, of: &'static str, unit: i64) -> Result<(), HardwareError> {
    check(value % unit == 0, field, GpuFault::NotMultiple { value, of, unit })
}

fn equal(field: &str, value: i64, from: &'static str, expected: i64) -> Result<(), HardwareError> {
    check(value == expected, field, GpuFault::Differs { value, from, expected })
}

fn at_most(field: &str, value: i64, bound: &'static str, limit: i64) -> Result<(), HardwareError> {
    check(value <= limit, field, GpuFault::Exceeds { value, bound, limit })
}

fn check(holds: bool, field: &str, fault: GpuFault) -> Result<(), HardwareError> {
    if holds { Ok(()) } else { Err(HardwareError::InvalidGpu { field: field.to_owned(), fault }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::find;

    /// The field that is refused once `change` has been made to a T4.
    fn refused(change: impl Fn(&mut Gpu)) -> Option<String> {
        let mut gpu = find("T4").unwrap().clone();
        change(&mut gpu);
        match validate(&gpu) {
            Ok(()) => None,
            Err(HardwareError::InvalidGpu { field, .. }) => Some(field),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|gpu| gpu.sms = 0).as_deref(), Some("sms"));
        assert_eq!(refused(|gpu| gpu.l2_bytes = -1).as_deref(), Some("l2_bytes"));
        assert_eq!(refused(|gpu| gpu.boost_clock_mhz = Some(0)).as_deref(), Some("boost_clock_mhz"));
        let slow = refused(|gpu| gpu.tensor_flops_per_s.int8 = Some(0));
        assert_eq!(slow.as_deref(), Some("tensor_flops_per_s.int8"));
        let flat = refused(|gpu| gpu.max_grid_dimensions[2] = 0);
        assert_eq!(flat.as_deref(), Some("max_grid_dimensions"));
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(refused(|gpu| gpu.max_threads_per_sm = 1056).as_deref(), Some("max_warps_per_sm"));
        assert_eq!(refused(|gpu| gpu.max_threads_per_block = 2048).as_deref(), Some("max_threads_per_block"));
        assert_eq!(refused(|gpu| gpu.registers_per_sm = 65_535).as_deref(), Some("registers_per_sm"));
        assert_eq!(refused(|gpu| gpu.registers_per_block = 65_537).as_deref(), Some("registers_per_block"));
        assert_eq!(refused(|gpu| gpu.max_registers_per_thread = 257).as_deref(), Some("max_registers_per_thread"));
        for steps in [vec![], vec![65_536, 32_768], vec![-1, 65_536]] {
            let field = refused(|gpu| gpu.shared_memory_carveout_steps_bytes.clone_from(&steps));
            assert_eq!(field.as_deref(), Some("shared_memory_carveout_steps_bytes"), "{steps:?}");
        }
        let optin = refused(|gpu| gpu.shared_memory_per_block_optin_bytes += 1);
        assert_eq!(optin.as_deref(), Some("shared_memory_per_block_optin_bytes"));
        let per_sm = refused(|gpu| gpu.shared_memory_per_sm_bytes = 32_768);
        assert_eq!(per_sm.as_deref(), Some("shared_memory_per_sm_bytes"));
    }
}
