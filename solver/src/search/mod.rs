//! Depth-first search: [`Search`] walks the solutions, [`solve`] finds the best by branch and bound.
//!
//! | file | holds |
//! | --- | --- |
//! | `options.rs` | what to search for, how, and when to stop |
//! | `walk/` | [`Search`]: enter a node (propagate, decide or meet a leaf), retreat, until done; parts of the tree; linear programs |
//! | `optimize.rs` | [`solve`] and [`best_solutions`]: an objective at a time |
//! | `separate.rs`, `components.rs` | models that fall apart into components, and the best of each |
//! | `best.rs` | the best solutions so far, and what a stage ends with |
//! | `stage.rs` | the best solutions by one set of objectives: a walk, and rounds of walks if it takes long |
//! | `rounds.rs` | parts of the tree, walked on several threads with the same answer as on one |
//! | `statistics.rs` | what was done, and what was proved |

mod best;
mod components;
mod optimize;
mod options;
mod rounds;
mod separate;
mod stage;
mod statistics;
#[cfg(test)]
mod tests;
mod walk;

pub use optimize::{best_solutions, solve};
pub use options::{Branching, Exhausted, Limits, Observer, Options, Progress};
pub use statistics::{Bound, Statistics};
pub use walk::Search;

use crate::checker::{self, Number};
use crate::model::Model;

/// Values for all variables of a model that satisfy all its constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// In the order of the model's variables.
    pub values: Vec<i64>,
    /// The exact value of each objective.
    pub objectives: Vec<Number>,
}

impl Solution {
    /// With what the objectives are there.
    fn of(model: &Model, values: Vec<i64>) -> Self {
        let objectives = model.objectives().iter().map(|objective| {
            let value = checker::evaluate(&objective.expr, &values).expect("small enough at a solution");
            value.expect("defined at a solution")
        });
        let objectives = objectives.collect();
        Self { values, objectives }
    }
}

/// What a search found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The best solution; for a model without objective, the first in the order of the search.
    Optimal(Solution),
    /// A limit was reached; this is the best solution so far. [`Statistics::bound`] says how much better one could be.
    Feasible(Solution),
    /// There is no solution.
    Infeasible,
    /// A limit was reached before a solution was found.
    Unknown,
}

impl Outcome {
    /// The solution, if there is one.
    pub fn solution(&self) -> Option<&Solution> {
        match self {
            Self::Optimal(solution) | Self::Feasible(solution) => Some(solution),
            Self::Infeasible | Self::Unknown => None,
        }
    }
}

/// One step of a [`Search`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The next solution.
    Solution(Solution),
    /// There are no more.
    Exhausted,
    /// A limit was reached.
    Interrupted,
}
