//! Whether what is best is best wherever in its range the predicted time lies.

use super::clock::{Clock, optimizing};
use crate::kernel::Chosen;
use crate::solve::{Answer, Status};
use constrint_solver::{Goal, Limits, Objective, checker, solve};
use num_traits::ToPrimitive;

/// A configuration that is quicker than the best one at an end of the range of predicted times: the choice between them hangs on
/// what is not known exactly, such as a latency of which several were published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickerAtEnd {
    /// Whether it is the end of the least times, such as that of the shortest latencies.
    pub is_low: bool,
    /// A value for each variable.
    pub values: Chosen,
    /// The time at that end, in picoseconds.
    pub time_ps: i64,
    /// That of the best configuration there.
    pub best_ps: i64,
}

impl Answer {
    /// For each end of the range of predicted times the quickest configuration there, where that is not the best one; nothing where
    /// the problem has another objective, no configuration is proved best, or its kernel knows no range. Without a limit, it takes
    /// some seconds at most.
    ///
    /// ```
    /// use constrint::{Problem, Request, solve};
    /// use constrint_solver::Limits;
    /// let problem = Problem::from_json(
    ///     r#"{"version": 1, "kernel": "rnn_forward", "gpu": "H100 SXM",
    ///         "shape": {"cell": "lstm", "head_dim": 16, "heads": 48, "batch": 16, "sequence": 1024}}"#,
    /// )?;
    /// // A block holds a head: no latency between SMs decides.
    /// assert!(solve(&problem, &Request::default())?.quicker_at_ends(&Limits::default()).is_empty());
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn quicker_at_ends(&self, limits: &Limits) -> Vec<QuickerAtEnd> {
        let tiling = &self.tiling;
        let [objective] = tiling.model.objectives() else { return Vec::new() };
        let (Some(best), Some((kernel, instance))) = (self.configs.first(), &tiling.kernel) else { return Vec::new() };
        let is_time = self.status == Status::Optimal && tiling.cost.as_ref() == Some(&objective.text);
        let Some((low, high)) = kernel.confidence(instance).range.filter(|_| is_time) else { return Vec::new() };
        let clock = Clock::new(limits);
        let row: Vec<i64> = best.values.values().copied().collect();
        let at_end = |(is_low, name): (bool, &str)| {
            let expr = &tiling.definitions.get(name)?.expr;
            let time = |row: &[i64]| checker::evaluate(expr, row).ok().flatten()?.to_i64();
            let mut model = tiling.model.clone();
            model.clear_objectives();
            model.add_objective(Objective { goal: Goal::Minimize, expr: expr.clone(), text: name.to_owned() });
            let (outcome, _) = solve(&model, &optimizing(tiling, clock.share(2)));
            let found = &outcome.solution()?.values;
            let (time_ps, best_ps) = (time(found)?, time(&row)?);
            let values = best.values.keys().cloned().zip(found.iter().copied()).collect();
            (time_ps < best_ps).then_some(QuickerAtEnd { is_low, values, time_ps, best_ps })
        };
        [(true, low), (false, high)].into_iter().filter_map(at_end).collect()
    }
}
