//! The names that mean something for every described kernel, and which names C++ can have.

use crate::hardware::{Gpu, OccupancyInputs, Quantity, occupancy_definitions};

/// The name of the predicted time.
pub(super) const TIME: &str = "time_ps";

/// What a described kernel calls the blocks that an SM holds at once: [`occupancy_definitions`] has them as
/// `blocks_per_sm`, which is what problems like to call the blocks that they count on. Where they do not, that name means
/// the same.
pub(super) const RESIDENT: &str = "resident_blocks";

/// What problems elsewhere call the blocks that an SM holds at once, unless a described kernel's problem means its own.
pub(super) const BLOCKS_PER_SM: &str = "blocks_per_sm";

/// Warps of a group, between which `setmaxnreg` moves registers.
pub(super) const WARPS_OF_GROUP: i64 = 4;

/// What the threads of a role are called.
pub(super) fn role_threads(role: &str) -> String {
    format!("{role}_threads")
}

/// What the registers of each of them are called.
pub(super) fn role_registers(role: &str) -> String {
    format!("{role}_registers_per_thread")
}

/// What follows from the formulas, over and above occupancy: name, text, meaning.
pub(super) const SHARED_MEMORY: (&str, &str, &str) =
    ("shared_memory_per_block_bytes", "static_shared_memory_bytes + dynamic_shared_memory_bytes", "bytes of a block");
pub(super) const WAVES: (&str, &str, &str) =
    ("waves", "ceil_div(grid_blocks, gpu_sms * resident_blocks)", "rounds in which the blocks run");

/// The names of what follows from the formulas, on any GPU.
const DERIVED: [&str; 10] = [
    SHARED_MEMORY.0,
    "warps_per_block",
    "blocks_by_warps",
    "registers_per_warp",
    "blocks_by_registers",
    "shared_memory_allocated_bytes",
    "blocks_by_shared_memory",
    "blocks_by_barriers",
    RESIDENT,
    WAVES.0,
];

/// The names that the formulas themselves get.
const FORMULAS: [&str; 6] = [
    "threads_per_block",
    "grid_blocks",
    "registers_per_thread",
    "static_shared_memory_bytes",
    "dynamic_shared_memory_bytes",
    "min_blocks_per_sm",
];

/// Occupancy by the rules of NVIDIA's `cuda_occupancy.h`, as for every other problem: a kernel that uses one barrier and has
/// opted in to the shared memory that it needs.
pub(super) fn residency(gpu: &Gpu) -> Vec<Quantity> {
    let inputs = OccupancyInputs {
        static_shared_memory_bytes: "static_shared_memory_bytes".to_owned(),
        ..OccupancyInputs::new("threads_per_block", "registers_per_thread", "dynamic_shared_memory_bytes")
    };
    let mut quantities = occupancy_definitions(gpu, &inputs);
    // What comes after the blocks of an SM is not asked for here.
    let blocks = quantities.iter().position(|quantity| quantity.name == "blocks_per_sm").expect("defined on every GPU");
    quantities.truncate(blocks + 1);
    RESIDENT.clone_into(&mut quantities[blocks].name);
    quantities
}

/// Whether a name is that of the time, of a formula, or of what follows from the formulas.
pub(super) fn is_derived(name: &str) -> bool {
    name == TIME || FORMULAS.contains(&name) || DERIVED.contains(&name)
}

/// Whether C++ can have the name.
pub(super) fn is_identifier(name: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::{DERIVED, SHARED_MEMORY, WAVES, residency};
    use crate::hardware::catalog;
    use std::collections::BTreeSet;

    #[test]
    fn what_follows_has_the_names_that_are_taken() {
        let mut names = BTreeSet::from([SHARED_MEMORY.0.to_owned(), WAVES.0.to_owned()]);
        names.extend(catalog().gpus().iter().flat_map(residency).map(|quantity| quantity.name));
        assert_eq!(names, DERIVED.map(str::to_owned).into());
    }
}
