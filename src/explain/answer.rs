//! The smallest changes that would help, and what binds the best solution.

use super::clock::{USUAL_TIME, optimizing};
use crate::solve::Answer;
use constrint_solver::Limits;
use constrint_solver::explain::{self, Binding, Relaxations};

impl Answer {
    /// For each numeric limit in the conflict, the smallest change of it alone that leaves the problem with a solution,
    /// or at least ends this conflict; nothing where no conflict is known. What a shipped kernel demands is not for its
    /// user to change: there only the problem's own constraints are moved. Without a limit, it takes some seconds at most.
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
        let is_fixed = |index: usize| self.tiling.kernel.is_some() && self.tiling.from_kernel[index];
        let movable: Vec<usize> = conflict.iter().copied().filter(|&index| !is_fixed(index)).collect();
        explain::relaxations_of(&self.tiling.model, conflict, &movable, &optimizing(&self.tiling, limits))
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
