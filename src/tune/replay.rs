//! [`Recording`]: a bench that looks times up instead of measuring.

use super::{Bench, Measured, Outcome, Run};
use crate::kernel::Chosen;
use constrint_solver::Limits;
use std::collections::HashMap;
use std::convert::Infallible;

/// What is said of a configuration that a recording does not have.
const NOT_RECORDED: &str = "not recorded";

/// Configurations that were measured earlier, by their values in the order of the model's variables.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    outcomes: HashMap<Vec<i64>, Outcome>,
}

impl Recording {
    /// Of several measurements of a configuration the last one counts.
    pub fn new(measured: impl IntoIterator<Item = Measured>) -> Self {
        Self { outcomes: measured.into_iter().map(|one| (one.values, one.outcome)).collect() }
    }

    /// What became of a configuration.
    pub fn outcome(&self, values: &[i64]) -> Outcome {
        self.outcomes.get(values).cloned().unwrap_or_else(|| Outcome::Failed(NOT_RECORDED.to_owned()))
    }
}

impl Bench for Recording {
    type Error = Infallible;

    fn measure(&self, values: &Chosen, _limits: &Limits) -> Result<Run, Infallible> {
        let values: Vec<i64> = values.values().copied().collect();
        Ok(match self.outcome(&values) {
            Outcome::Took(time_ms) => Run::Took(time_ms),
            Outcome::Failed(why) => Run::Failed(why),
        })
    }
}
