//! Whether a configuration keeps the hardware's limits, in plain arithmetic on the chosen values.
//!
//! Imports nothing from the solver: what it found is held against numbers computed another way. The amounts of a problem's
//! `occupancy` are expressions, which its checker evaluates.

use crate::kernel::{Chosen, Limit};
use crate::tiling::Tiling;

/// Each limit with its two sides; without a kernel, only the blocks per SM of the problem's `occupancy`, if it has one.
pub fn limits(tiling: &Tiling, values: &Chosen) -> Vec<Limit> {
    let mut limits = tiling.kernel.as_ref().map_or_else(Vec::new, |(kernel, instance)| kernel.limits(instance, values));
    limits.extend(tiling.residency.as_ref().and_then(|residency| residency.limit(values)));
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
