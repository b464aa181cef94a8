//! Whether a configuration keeps the hardware's limits, in plain arithmetic on the chosen values.
//!
//! Imports nothing from the solver: what it found is held against numbers computed another way. A kernel that the user
//! describes has formulas, not code: they are evaluated exactly, and compared with the limits here and by `hardware`.

use crate::kernel::{Chosen, Limit};
use crate::tiling::Tiling;

/// Each limit with its two sides; empty without a kernel.
pub fn limits(tiling: &Tiling, values: &Chosen) -> Vec<Limit> {
    match (&tiling.kernel, &tiling.described) {
        (Some((kernel, instance)), _) => kernel.limits(instance, values),
        (None, Some(described)) => described.limits(values),
        (None, None) => Vec::new(),
    }
}

/// The limits that are exceeded, as sentences.
pub fn violations(tiling: &Tiling, values: &Chosen) -> Vec<String> {
    limits(tiling, values)
        .iter()
        .filter(|limit| !limit.holds())
        .map(|limit| format!("{}: {} of {}", limit.name, limit.used, limit.available))
        .collect()
}
