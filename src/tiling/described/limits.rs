//! The hardware's limits on what a described kernel uses, as constraints.

use super::names::{WARPS_OF_GROUP, role_registers, role_threads};
use crate::diagnostic::Place;
use crate::hardware::{Feature, Gpu};
use crate::kernel::KernelFault;
use crate::problem::{FormulaSpec, KernelDescription};
use crate::tiling::TilingError;
use crate::tiling::stated::StatedText;

/// The limits that need no axis: name, expression, reason.
const LIMITS: [(&str, &str, &str); 8] = [
    ("threads", "threads_per_block <= gpu_max_threads_per_block", "the hardware limits the threads of a block"),
    (
        "registers",
        "1 <= registers_per_thread and registers_per_thread <= gpu_max_registers_per_thread",
        "the instruction set names so many registers",
    ),
    (
        "static shared memory",
        "0 <= static_shared_memory_bytes and static_shared_memory_bytes <= gpu_shared_memory_per_block_default_bytes",
        "what a source declares must fit without opting in",
    ),
    (
        "shared memory",
        "0 <= dynamic_shared_memory_bytes and shared_memory_per_block_bytes <= gpu_shared_memory_per_block_optin_bytes",
        "the hardware limits the shared memory of a block",
    ),
    (
        "blocks of an SM",
        "1 <= min_blocks_per_sm and min_blocks_per_sm <= gpu_max_blocks_per_sm",
        "the hardware limits the blocks of an SM",
    ),
    ("warps of an SM", "min_blocks_per_sm <= blocks_by_warps", "the blocks of an SM share its warps"),
    ("registers of an SM", "min_blocks_per_sm <= blocks_by_registers", "the blocks of an SM share its registers"),
    (
        "shared memory of an SM",
        "min_blocks_per_sm <= blocks_by_shared_memory",
        "the blocks of an SM share its shared memory, and the driver reserves some for each",
    ),
];

/// All of them.
pub(super) fn limits(kernel: &KernelDescription) -> Vec<StatedText> {
    let mut limits = Vec::new();
    for (axis, formula) in kernel.block.iter().enumerate() {
        let text = format!("1 <= ({0}) and ({0}) <= gpu_max_block_dimensions_{axis}", formula.text());
        limits.push(limit(&format!("block, axis {axis}"), text, "the hardware limits each side of a block"));
    }
    for (axis, formula) in kernel.grid.iter().enumerate() {
        let text = format!("1 <= ({0}) and ({0}) <= gpu_max_grid_dimensions_{axis}", formula.text());
        limits.push(limit(&format!("grid, axis {axis}"), text, "the hardware limits each side of a grid"));
    }
    limits.extend(LIMITS.map(|(name, text, because)| limit(name, text, because)));
    if has_clusters(kernel) {
        limits.extend(cluster_limits(kernel));
    }
    limits.extend(role_limits(kernel));
    limits
}

/// What `setmaxnreg` asks for: whole warp groups, a number of registers that it can name, and no more registers in all
/// than those that the block is launched with. Bounds as ptxas 13 has them.
fn role_limits(kernel: &KernelDescription) -> Vec<StatedText> {
    let (mut limits, mut threads, mut registers) = (Vec::new(), Vec::new(), Vec::new());
    for role in kernel.roles.keys() {
        let (of_role, each) = (role_threads(role), role_registers(role));
        let text = format!("1 <= {of_role} and {of_role} % ({WARPS_OF_GROUP} * gpu_warp_size) == 0");
        limits.push(limit(&format!("role {role}, threads"), text, "setmaxnreg is executed by whole warp groups"));
        let text = format!("24 <= {each} and {each} <= 256 and {each} % 8 == 0");
        limits.push(limit(&format!("role {role}, registers"), text, "setmaxnreg takes multiples of 8 from 24 to 256"));
        registers.push(format!("{of_role} * {each}"));
        threads.push(of_role);
    }
    if !kernel.roles.is_empty() {
        let text = format!("{} == threads_per_block", threads.join(" + "));
        limits.push(limit("threads of the roles", text, "each thread of a block has one role"));
        let text = format!("{} <= warps_per_block * registers_per_warp", registers.join(" + "));
        limits.push(limit("registers of the roles", text, "roles share the registers that the block is launched with"));
    }
    limits
}

/// What is wrong where the kernel has roles and the GPU moves no registers.
pub(super) fn lacks_roles(kernel: &KernelDescription, gpu: &Gpu) -> Option<TilingError> {
    let lacks = !kernel.roles.is_empty() && !gpu.supports(Feature::Setmaxnreg);
    let fault = || KernelFault::KernelNeeds { what: "registers that warp groups hand over", gpu: gpu.name.clone() };
    lacks.then(|| Place::at("kernel.roles").fault(fault()))
}

/// What is wrong where the kernel has clusters and the GPU knows none.
pub(super) fn lacks_clusters(kernel: &KernelDescription, gpu: &Gpu) -> Option<TilingError> {
    let lacks = has_clusters(kernel) && gpu.max_cluster_blocks_portable.is_none();
    let fault = || KernelFault::KernelNeeds { what: "clusters of blocks", gpu: gpu.name.clone() };
    lacks.then(|| Place::at("kernel.cluster").fault(fault()))
}

fn has_clusters(kernel: &KernelDescription) -> bool {
    kernel.cluster.iter().any(|formula| *formula != FormulaSpec::Integer(1))
}

fn cluster_limits(kernel: &KernelDescription) -> Vec<StatedText> {
    let factors: Vec<String> = kernel.cluster.iter().map(|formula| format!("({})", formula.text())).collect();
    let text = format!("{} <= gpu_max_cluster_blocks_portable", factors.join(" * "));
    let mut limits = vec![limit("cluster", text, "the hardware limits the blocks of a cluster")];
    for (axis, cluster) in factors.iter().enumerate() {
        let grid = kernel.grid.get(axis).map_or_else(|| "1".to_owned(), FormulaSpec::text);
        let text = format!("1 <= {cluster} and ({grid}) % {cluster} == 0");
        limits.push(limit(&format!("cluster, axis {axis}"), text, "a grid is made of whole clusters"));
    }
    limits
}

fn limit(name: &str, text: impl Into<String>, because: &str) -> StatedText {
    StatedText::named(Place::at("kernel").field(name), name, text, because)
}
