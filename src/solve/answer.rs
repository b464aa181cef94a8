//! [`Answer`]: how a search ended, and with what.

use crate::cache::CacheUse;
use crate::config::{Config, Number, ObjectiveValue, Unverified};
use crate::tiling::Tiling;
use constrint_solver::{Goal, Solution, Statistics};
use num_traits::ToPrimitive;

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
