//! [`Answer`]: how a search ended, and with what.

use crate::cache::CacheUse;
use crate::config::{Config, Number, ObjectiveValue, Unverified};
use crate::diagnostic::Place;
use crate::tiling::Tiling;
use constrint_solver::{Goal, Solution, Statistics};
use num_traits::ToPrimitive;
use std::fmt;

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The solutions are the best by the objective, or the first in the order asked for.
    Optimal,
    /// A limit was reached: the best so far. Without an objective and an order, some solutions, and no limit.
    Feasible,
    /// There is no solution.
    Infeasible,
    /// A limit was reached before any solution was found.
    Unknown,
}

impl Status {
    /// As JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Feasible => "feasible",
            Self::Infeasible => "infeasible",
            Self::Unknown => "unknown",
        }
    }
}

/// A constraint of those that cannot hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clashing {
    /// What it is called; the place where nothing else is.
    pub name: String,
    /// The field of the problem that states it, or what the kernel calls it.
    pub place: Place,
    /// As it was written.
    pub expression: String,
    /// Why it is there; may be empty.
    pub because: String,
}

impl fmt::Display for Clashing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, place, expression, because } = self;
        // A constraint without a name is called by its place, which ends with the name where the kernel states it.
        let name = if place.to_string().ends_with(name.as_str()) { String::new() } else { format!(" ({name})") };
        let because = if because.is_empty() { String::new() } else { format!(": {because}") };
        write!(formatter, "{place}{name} `{expression}`{because}")
    }
}

/// The answer to a [`Request`](super::Request).
#[derive(Debug)]
pub struct Answer {
    /// How the search ended.
    pub status: Status,
    /// Best first, or in the order asked for.
    pub configs: Vec<Config>,
    /// If infeasible: indices of constraints of the tiling's model that cannot hold together. Empty where an objective is
    /// defined nowhere; none where the time for it ran out.
    pub conflict: Option<Vec<usize>>,
    /// Whether each constraint of the conflict is known to be needed for it.
    pub conflict_is_minimal: bool,
    /// What the search did; nothing if the answer comes from the cache.
    pub statistics: Statistics,
    /// Whether the answer comes from the cache, or is there now.
    pub cache: CacheUse,
    /// The model that was solved.
    pub tiling: Tiling,
}

impl Answer {
    /// The constraints that cannot hold together, as they were written; none where there is a solution or nothing is known.
    ///
    /// ```
    /// use constrint::{Problem, Request, solve};
    /// let problem = Problem::from_json(
    ///     r#"{"version": 1, "variables": {"x": {"min": 1, "max": 9}}, "constraints": ["x * x == 50"]}"#,
    /// )?;
    /// let clashing = solve(&problem, &Request::default())?.clashing();
    /// assert_eq!(clashing[0].to_string(), "constraints[0] `x * x == 50`");
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn clashing(&self) -> Vec<Clashing> {
        let of = |&index: &usize| {
            let constraint = &self.tiling.model.constraints()[index];
            Clashing {
                name: constraint.name.clone(),
                place: self.tiling.places[index].clone(),
                expression: constraint.text.clone(),
                because: constraint.because.clone(),
            }
        };
        self.conflict.iter().flatten().map(of).collect()
    }

    /// Where a limit ended the search: how far the best found may be from the best there is, as a part of the former.
    /// None where it is proved best, nothing was found or no bound is known.
    pub fn gap(&self) -> Option<f64> {
        let bound = self.statistics.bound.as_ref()?;
        let Number::Integer(found) = self.configs.first()?.objectives.get(bound.objective)?.value else { return None };
        let (found, bound) = (found.to_f64()?, bound.value.to_f64()?);
        Some((found - bound).abs() / found.abs().max(1.0))
    }
}

/// A solution as a configuration.
pub(crate) fn config(tiling: &Tiling, solution: &Solution) -> Result<Config, Unverified> {
    let objectives =
        tiling.model.objectives().iter().zip(&solution.objectives).map(|(objective, value)| ObjectiveValue {
            maximized: objective.goal == Goal::Maximize,
            text: objective.text.clone(),
            value: Number::of(value),
        });
    Config::new(tiling, &solution.values, objectives.collect())
}
