//! Whether a problem has a solution at all: a search for any.

use super::clock::{Clock, optimizing};
use crate::problem::Problem;
use crate::tiling::lower;
use constrint_solver::{Outcome, solve};

/// Whether the problem has a solution, as far as one of so many parts of the time that is left tells. One that is refused has
/// none: a kernel that does not run on a GPU, or a size beyond its range.
pub(super) fn has_solution(problem: &Problem, clock: &Clock, parts: usize) -> Option<bool> {
    let Ok(mut tiling) = lower(problem) else { return Some(false) };
    tiling.model.clear_objectives();
    match solve(&tiling.model, &optimizing(&tiling, clock.share(parts))).0 {
        Outcome::Optimal(_) | Outcome::Feasible(_) => Some(true),
        Outcome::Infeasible => Some(false),
        Outcome::Unknown => None,
    }
}
