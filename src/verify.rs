//! Whether a configuration keeps the hardware's limits, in plain arithmetic on the chosen values.
//!
//! Imports nothing from the solver: what it found is held against numbers computed another way.

use crate::kernel::{Chosen, Limit};
use crate::tiling::Tiling;

/// Each limit with its two sides; empty without a kernel.
pub fn limits(tiling: &Tiling, values: &Chosen) -> Vec<Limit> {
    tiling.kernel.as_ref().map_or_else(Vec::new, |(kernel, instance)| kernel.limits(instance, values))
}

/// The limits that are exceeded, as sentences.
pub fn violations(tiling: &Tiling, values: &Chosen) -> Vec<String> {
    limits(tiling, values)
        .iter()
        .filter(|limit| !limit.holds())
        .map(|limit| format!("{}: {} of {}", limit.name, limit.used, limit.available))
        .collect()
}
