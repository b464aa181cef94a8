//! The limits of a GPU of which more is better.

use crate::hardware::Gpu;
use constrint_solver::model::MAX_VALUE;

/// The fields of a [`Gpu`] of which more is better, and which GPUs differ by. Those that end in an underscore are lists
/// or objects, each of whose numbers is a limit.
const CAPACITIES: [&str; 22] = [
    "max_threads_per_block",
    "max_threads_per_sm",
    "max_warps_per_sm",
    "max_blocks_per_sm",
    "max_grid_dimensions_",
    "max_block_dimensions_",
    "registers_per_sm",
    "registers_per_block",
    "max_registers_per_thread",
    "shared_memory_per_sm_bytes",
    "shared_memory_per_block_optin_bytes",
    "shared_memory_per_block_default_bytes",
    "l1_and_shared_memory_bytes",
    "tensor_memory_per_sm_bytes",
    "named_barriers_per_sm",
    "max_cluster_blocks_",
    "sms",
    "l2_bytes",
    "memory_bytes",
    "memory_bandwidth_bytes_per_s",
    "fp32_flops_per_s",
    "tensor_flops_per_s_",
];

/// The limits of which more is better, by field, with their values.
pub(super) fn capacities(gpu: &Gpu) -> impl Iterator<Item = (String, i64)> {
    let is_capacity = |field: &str| {
        CAPACITIES.iter().any(|known| if known.ends_with('_') { field.starts_with(known) } else { field == *known })
    };
    let fields =
        gpu.numbers().into_iter().filter_map(|(name, value)| Some((name.strip_prefix("gpu_")?.to_owned(), value)));
    fields.filter(move |(field, value)| (1..=MAX_VALUE).contains(value) && is_capacity(field))
}
