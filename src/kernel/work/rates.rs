//! How fast an SM does each kind of work, by compute capability; what is not found stands in from the nearest generation.
//!
//! Sources: the diagrams of an SM in NVIDIA's whitepapers (V100 2017, Turing 2018, A100 2020, GA102 2020, Ada 2022, H100 2022):
//! load/store units and special function units; the CUDA C++ programming guide 13, "Throughput of Native Arithmetic
//! Instructions".

use crate::hardware::{ComputeCapability, Gpu, Latencies};
use crate::kernel::Named;
use crate::kernel::terms;

/// The part of the datasheet's bandwidth that is reached, as [`terms`] has it for streaming kernels of tiles.
const MEMORY_PERCENT: i64 = 80;

/// Lanes of a warp that an SM's load/store units take in a clock: 32 on data-centre parts, 16 (4 in each sub-partition) on 7.5,
/// 8.6 to 8.9 and, an assumption, 12.x.
fn load_store_lanes(capability: ComputeCapability) -> i64 {
    match (capability.major, capability.minor) {
        (7, 5) | (8, 1..) | (12.., _) => 16,
        _ => 32,
    }
}

/// Bytes between the registers and L1 or shared memory in a clock: 64 on 7.5, half of the others (Turing and GA102 whitepapers).
fn shared_bytes_per_clock(capability: ComputeCapability) -> i64 {
    if (capability.major, capability.minor) == (7, 5) { 64 } else { 128 }
}

/// Instructions on two fp16 numbers that all lanes of an SM do in a clock: half the results of the programming guide's table.
fn fp16_per_clock(capability: ComputeCapability) -> i64 {
    if matches!((capability.major, capability.minor), (8, 0) | (9..=11, _)) { 128 } else { 64 }
}

/// Whole-number instructions of an SM in a clock, by the programming guide's table for additions.
const INTEGER_PER_CLOCK: i64 = 64;

/// Special functions and conversions of an SM in a clock: 4 units in each sub-partition.
const SPECIAL_PER_CLOCK: i64 = 16;

/// The type of operands on the tensor cores by its name in the catalog.
pub(super) fn tensor_type(name: &str) -> Option<&'static str> {
    TENSOR_TYPES.into_iter().find(|known| *known == name)
}

/// Types whose rate does not depend on more than the type.
pub(super) const TENSOR_TYPES: [&str; 5] = ["fp16", "bf16", "tf32", "fp8", "int8"];

pub(super) fn constants(gpu: &Gpu, tensor: Option<&str>) -> Vec<Named<i64>> {
    let capability = gpu.compute_capability;
    let latencies = Latencies::of_gpu(gpu);
    let mut constants = vec![
        Named::new("load_store_lanes", load_store_lanes(capability), "lanes that load or store in a clock of an SM"),
        Named::new(
            "shared_bytes_per_clock",
            shared_bytes_per_clock(capability),
            "bytes of shared memory or L1 in a clock",
        ),
        Named::new("l2_bytes_per_clock", terms::l2_bytes_per_clock(gpu), "bytes from L2 to an SM each clock"),
        Named::new("memory_bytes_per_us", terms::memory_bytes_per_us(gpu, MEMORY_PERCENT), "bytes from memory each µs"),
        Named::new("l2_room", terms::l2_room_bytes(gpu), "bytes of L2 that hold different lines"),
        Named::new("fp16_per_clock", fp16_per_clock(capability), "fp16 pairs of an SM in a clock"),
        Named::new("integer_per_clock", INTEGER_PER_CLOCK, "whole-number instructions of an SM in a clock"),
        Named::new("special_per_clock", SPECIAL_PER_CLOCK, "special functions of an SM in a clock"),
        Named::new("shared_wait", latencies.shared_memory_clocks, "clocks of a load from shared memory"),
        Named::new("l1_wait", latencies.l1_clocks, "clocks of a load from L1"),
        Named::new("l2_wait", latencies.l2_clocks, "clocks of a load from L2"),
        Named::new("memory_wait", latencies.memory_clocks, "clocks of a load from memory"),
    ];
    if let Some(rate) = tensor.and_then(|kind| tensor_flops_per_clock(gpu, kind)) {
        constants.push(Named::new("tensor_flops_per_clock", rate, "FLOP of an SM's tensor cores in a clock"));
    }
    constants
}

/// As `mma.sync` reaches it.
fn tensor_flops_per_clock(gpu: &Gpu, kind: &str) -> Option<i64> {
    let clocks = gpu.sms.checked_mul(gpu.boost_clock_mhz?)?.checked_mul(1_000_000)?;
    Some(terms::mma_sync_flops_per_s(gpu, kind)?.checked_div(clocks)?.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::catalog;

    #[test]
    fn every_gpu_has_rates_and_slow_paths_are_no_faster_than_fast_ones() {
        for gpu in catalog().gpus() {
            let constants = constants(gpu, Some("fp16"));
            let value =
                |name: &str| constants.iter().find(|constant| constant.name == name).map(|constant| constant.it);
            assert!(constants.iter().all(|constant| constant.it > 0), "{}", gpu.name);
            assert!(value("l2_bytes_per_clock") <= value("shared_bytes_per_clock"), "{}", gpu.name);
            assert_eq!(value("load_store_lanes").map(|lanes| 32 % lanes), Some(0), "{}", gpu.name);
            // 2 FLOP for each of at least 64 multiply-adds: no tensor core is slower.
            assert!(value("tensor_flops_per_clock").is_none_or(|rate| rate >= 128), "{}", gpu.name);
        }
    }
}
