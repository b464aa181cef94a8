//! How long explanations take at most, and how they search.

use crate::tiling::Tiling;
use constrint_solver::{Branching, Limits, Options};
use std::time::{Duration, Instant};

/// What explanations take at most where no limit is set.
pub(super) const USUAL_TIME: Duration = Duration::from_secs(5);

/// How to look for the best by an objective that the problem does not state: a kernel knows what to decide first, and
/// otherwise the failures met so far tell.
pub(super) fn optimizing(tiling: &Tiling, limits: Limits) -> Options {
    let branching = if tiling.search.is_empty() { Branching::WeightedDegree } else { Branching::InputOrder };
    Options { limits, branching, order: tiling.search.clone(), ..Options::default() }
}

/// The time for all searches together.
pub(super) struct Clock {
    limits: Limits,
}

impl Clock {
    pub(super) fn new(limits: &Limits) -> Self {
        let time = limits.time.or(Some(USUAL_TIME));
        Self { limits: Limits { time, ..limits.clone() }.started() }
    }

    /// One of so many parts of the time that is left.
    pub(super) fn share(&self, parts: usize) -> Limits {
        let left = self.limits.deadline.map_or(USUAL_TIME, |end| end.saturating_duration_since(Instant::now()));
        let parts = u32::try_from(parts.max(1)).unwrap_or(u32::MAX);
        Limits { time: Some((left / parts).max(Duration::from_millis(1))), ..self.limits.clone() }
    }

    pub(super) fn is_over(&self) -> bool {
        self.limits.over(self.limits.deadline).is_some()
    }
}
