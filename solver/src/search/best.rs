//! [`Best`]: the best solutions so far; how a stage is paced, and what it ends with.

use super::Solution;
use super::options::{Exhausted, Progress};
use crate::checker::Number;
use crate::model::{Goal, Model};
use std::time::Duration;

/// How many nodes are walked at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// In the first walk, before rounds begin.
    pub(super) first_walk: u64,
    /// In a part of the first round; twice as many in each later one.
    pub(super) first_round: u64,
    /// In a part of any round.
    pub(super) most: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first_walk: 1 << 14, first_round: 128, most: 2048 }
    }
}

/// After so many improvements the search is taken to creep: its objective is halved instead.
const CREEPING: usize = 64;
/// Time to look for a bound when a limit has ended the search.
pub(super) const GRACE: Duration = Duration::from_millis(100);

/// What a stage found.
pub(super) struct Ending {
    pub(super) best: Vec<Solution>,
    pub(super) complete: bool,
    /// If not complete: the limit that ended it; none where a leaf could not be evaluated.
    pub(super) stopped: Option<Exhausted>,
    /// If not complete: what the first objective cannot beat.
    pub(super) bound: Option<Number>,
}

/// The best solutions so far, best first; of equally good ones, those met first.
pub(super) struct Best<'a> {
    pub(super) model: &'a Model,
    count: usize,
    pub(super) solutions: Vec<Solution>,
    pub(super) improvements: usize,
}

impl<'a> Best<'a> {
    pub(super) fn new(model: &'a Model, count: usize) -> Self {
        Self { model, count, solutions: Vec::new(), improvements: 0 }
    }

    /// Takes a solution in.
    pub(super) fn insert(&mut self, solution: Solution) {
        let place = self.solutions.partition_point(|known| compare(self.model, known, &solution).is_le());
        self.solutions.insert(place, solution);
        self.solutions.truncate(self.count);
        self.improvements += usize::from(self.solutions.len() == self.count);
    }

    /// The solution that others must beat, if there are enough.
    pub(super) fn to_beat(&self) -> Option<&Solution> {
        self.solutions.get(self.count - 1).filter(|_| !self.model.objectives().is_empty())
    }

    /// Whether there is nothing to improve on, so that enough are enough.
    pub(super) fn is_done(&self) -> bool {
        self.model.objectives().is_empty() && self.solutions.len() == self.count
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether so many solutions, each a little better than the last, say that halving the objective would pay. It starts
    /// over at the root, where several best solutions would all be met again.
    pub(super) fn is_creeping(&self) -> bool {
        self.count == 1 && self.improvements >= CREEPING
    }

    pub(super) fn progress(&self, nodes: u64) -> Progress {
        Progress { nodes, best: self.solutions.first().cloned() }
    }
}

/// Better solutions are less.
fn compare(model: &Model, a: &Solution, b: &Solution) -> std::cmp::Ordering {
    let of_each = model.objectives().iter().zip(a.objectives.iter().zip(&b.objectives));
    of_each
        .map(|(objective, (a, b))| if objective.goal == Goal::Minimize { a.cmp(b) } else { b.cmp(a) })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}
