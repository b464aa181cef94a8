//! Answers a case and says what that took.

use crate::client::Client;
use crate::clock::timed;
use constrint_solver::language::constrint;
use constrint_solver::{Model, Options, Outcome, Statistics, checker, solve};
use std::time::Duration;

/// The answer to a case.
pub(crate) struct Answer {
    pub(crate) model: Model,
    pub(crate) outcome: Outcome,
    pub(crate) statistics: Statistics,
}

impl Answer {
    /// `optimal` or `infeasible`.
    ///
    /// # Panics
    /// Where the answer is neither, or not a solution: such a time is worth nothing.
    pub(crate) fn status(&self) -> &'static str {
        match &self.outcome {
            Outcome::Optimal(best) => {
                assert_eq!(checker::is_solution(&self.model, &best.values), Ok(true), "{:?}", best.values);
                "optimal"
            }
            Outcome::Infeasible => "infeasible",
            other => panic!("no proved answer: {other:?}"),
        }
    }
}

/// Reads and solves a text. Its name is the one whose instructions `instructions.sh` counts.
#[inline(never)]
pub(crate) fn answer_text(text: &str, client: &Client) -> Answer {
    let model = parse(text);
    let options = Options { order: client.order(&model), ..Options::default() };
    let (outcome, statistics) = solve(&model, &options);
    Answer { model, outcome, statistics }
}

fn parse(text: &str) -> Model {
    constrint::parse(text).unwrap_or_else(|error| panic!("{}", error.render(text, "text", false))).model
}

/// CPU times of some runs of a case.
pub(crate) struct Times {
    /// From text to model, at best.
    pub(crate) parse: Duration,
    /// From text to answer, sorted.
    pub(crate) total: Vec<Duration>,
}

impl Times {
    pub(crate) fn best(&self) -> Duration {
        self.total[0]
    }

    pub(crate) fn median(&self) -> Duration {
        self.total[self.total.len() / 2]
    }
}

/// The answer to a text, and the times of several runs.
pub(crate) fn time(text: &str, client: &Client, runs: usize) -> (Answer, Times) {
    let parse = (0..runs).map(|_| timed(|| parse(text)).1).min().expect("at least one run");
    let mut total: Vec<Duration> = (1..runs).map(|_| timed(|| answer_text(text, client)).1).collect();
    let (answer, last) = timed(|| answer_text(text, client));
    total.push(last);
    total.sort();
    (answer, Times { parse, total })
}
