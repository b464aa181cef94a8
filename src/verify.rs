//! Whether a configuration keeps the hardware's limits, in plain arithmetic on the chosen values.
//!
//! The limits are those of each kernel (`kernel/*/limits.rs`, `kernel/described.rs`); whether what it computes is right is another
//! matter, that of [`crate::run`]. Imports nothing from the solver: what it found is held against numbers computed another way. The formulas of a kernel that
//! the user describes, and the amounts of a problem's `occupancy`, are expressions, which its checker evaluates.

use crate::kernel::{Chosen, Instance, Limit, Part};
use crate::tiling::Tiling;

/// Each limit with its two sides; without a kernel, only the blocks per SM of the problem's `occupancy`, if it has one.
pub fn limits(tiling: &Tiling, values: &Chosen) -> Vec<Limit> {
    let mut limits = match (&tiling.kernel, &tiling.described) {
        (Some((kernel, instance)), _) => {
            kernel.parts().iter().flat_map(|part| of_part(part, instance, values)).collect()
        }
        (None, Some(described)) => described.limits(values),
        (None, None) => Vec::new(),
    };
    limits.extend(tiling.residency.as_ref().and_then(|residency| residency.limit(values)));
    limits
}

/// Those of a part of several have its name before their own.
fn of_part(part: &Part, instance: &Instance, values: &Chosen) -> Vec<Limit> {
    let mut limits = part.kernel.limits(&part.instance(instance), &part.values(values));
    if !part.name.is_empty() {
        for limit in &mut limits {
            limit.name = format!("{}: {}", part.name, limit.name);
        }
    }
    limits
}

/// The limits that are exceeded, as sentences.
pub fn violations(tiling: &Tiling, values: &Chosen) -> Vec<String> {
    limits(tiling, values)
        .iter()
        .filter(|limit| !limit.holds())
        .map(|limit| format!("{}: {} of {}", limit.name, limit.used, limit.available))
        .collect()
}
