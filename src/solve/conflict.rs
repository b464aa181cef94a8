//! What clashes where there is no solution.

use super::Request;
use constrint_solver::explain::{self, Clash};
use constrint_solver::{Limits, Model, Options};
use std::time::Duration;

/// What a conflict is worth where somebody asks for it.
pub(crate) const TIME_FOR_CONFLICT: Duration = Duration::from_secs(5);

/// Where nobody asks for it, little beside what the refutation took.
pub(super) fn time_for_conflict(request: &Request, refutation: Duration) -> Duration {
    const MOST: Duration = TIME_FOR_CONFLICT;
    // Propagation alone finds most conflicts in a millisecond; without optimisation it takes ten times as long.
    const LEAST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 50 });
    if request.explain { MOST } else { (refutation / 4).clamp(LEAST, MOST) }
}

/// What clashes, and whether each constraint of it is known to be needed. Only whether there is a solution is asked, so
/// that no order helps.
pub(crate) fn conflict(model: &Model, options: &Options, time: Duration) -> (Option<Vec<usize>>, bool) {
    let limits = Limits { time: Some(time), ..options.limits.clone() };
    match explain::minimal_conflict(model, &Options { limits, order: Vec::new(), ..options.clone() }) {
        Clash::Between(constraints) => (Some(constraints), true),
        Clash::Among(constraints) => (Some(constraints), false),
        Clash::None => (Some(Vec::new()), false),
        Clash::Unknown => (None, false),
    }
}
