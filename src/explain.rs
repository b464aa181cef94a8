//! Why a problem has no solution and what would help, and what its best solution is bound by.
//!
//! The conflict itself is part of the [`Answer`]; what takes more time is asked for here.
//!
//! | file | holds |
//! | --- | --- |
//! | `explain.rs` | smallest changes of single limits; what binds |
//! | `hardware.rs` | the limits of the GPU that stand in the way, and what the problem needs of them |
//! | `nearest.rs` | the nearest GPU of the catalog where it fits |

mod hardware;
mod nearest;

pub use hardware::{HardwareNeed, LimitNeed};
pub use nearest::NearestGpu;

use crate::solve::Answer;
use crate::tiling::Tiling;
use constrint_solver::explain::{self, Binding, Relaxations};
use constrint_solver::{Branching, Limits, Options};
use std::time::Duration;

/// What explanations take at most where no limit is set.
const USUAL_TIME: Duration = Duration::from_secs(5);

impl Answer {
    /// For each numeric limit in the conflict, the smallest change of it alone that leaves the problem with a solution,
    /// or at least ends this conflict; nothing where no conflict is known. Without a limit, it takes some seconds at
    /// most.
    ///
    /// ```
    /// use constrint::{Problem, Request, solve};
    /// use constrint_solver::Limits;
    /// let problem = Problem::from_json(
    ///     r#"{"version": 1, "variables": {"a": {"min": 1, "max": 20}, "b": {"min": 1, "max": 20}},
    ///         "constraints": ["a * b >= 300", "a + b <= 30"]}"#,
    /// )?;
    /// let changes = solve(&problem, &Request::default())?.relaxations(&Limits::default());
    /// let needed: Vec<String> = changes.found.iter().map(|change| change.needed.to_string()).collect();
    /// assert_eq!(needed, ["225", "35"]);
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn relaxations(&self, limits: &Limits) -> Relaxations {
        let conflict = self.conflict.as_deref().unwrap_or_default();
        let limits = Limits { time: limits.time.or(Some(USUAL_TIME)), ..limits.clone() };
        explain::relaxations(&self.tiling.model, conflict, &optimizing(&self.tiling, limits))
    }

    /// How much each single inequality leaves at the best solution, the least first; nothing where there is none.
    ///
    /// ```
    /// use constrint::{Problem, Request, solve};
    /// let problem = Problem::from_json(
    ///     r#"{"version": 1, "variables": {"tile": {"divisors_of": 96}}, "constraints": ["tile * 3 <= 100"],
    ///         "objective": {"maximize": "tile"}}"#,
    /// )?;
    /// let bindings = solve(&problem, &Request::default())?.bindings();
    /// assert_eq!((bindings[0].sides.to_string(), bindings[0].slack.to_string()), ("96 <= 100".into(), "4".into()));
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn bindings(&self) -> Vec<Binding> {
        let best = self.configs.first();
        let values: Option<Vec<i64>> = best.map(|best| best.values.values().copied().collect());
        values.map(|values| explain::bindings(&self.tiling.model, &values)).unwrap_or_default()
    }
}

/// How to look for the best by an objective that the problem does not state: a kernel knows what to decide first, and
/// otherwise the failures met so far tell.
fn optimizing(tiling: &Tiling, limits: Limits) -> Options {
    let branching = if tiling.search.is_empty() { Branching::WeightedDegree } else { Branching::InputOrder };
    Options { limits, branching, order: tiling.search.clone(), ..Options::default() }
}
