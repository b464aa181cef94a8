//! What a search did, and what it proved.

use super::options::Exhausted;
use crate::checker::Number;
use crate::propagator::Family;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the search did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Nodes of the search tree.
    pub nodes: u64,
    /// Boxes that were looked at where little was left of a node.
    pub boxes: u64,
    /// Linear programs solved for bounds.
    pub relaxations: u64,
    /// Nodes that such a bound ended.
    pub relaxation_cuts: u64,
    /// Nodes where a domain became empty.
    pub failures: u64,
    /// Solutions met on the way to the best.
    pub solutions: u64,
    /// Rounds in which parts of the tree were walked side by side.
    pub rounds: u64,
    /// Runs of propagators.
    pub propagations: u64,
    /// Runs of propagators of each kind.
    pub propagations_by_family: BTreeMap<Family, u64>,
    /// Propagators posted, after those that hold anyway were dropped.
    pub propagators: u64,
    /// Engine variables, auxiliary ones included.
    pub variables: u64,
    /// Time to post the model.
    pub post_time: Duration,
    /// Time to search, all threads together.
    pub search_time: Duration,
    /// The part of it that went into linear programs.
    pub relaxation_time: Duration,
    /// The limit that ended the search, if one did.
    pub stopped: Option<Exhausted>,
    /// Where a limit ended the search: what no solution can beat.
    pub bound: Option<Bound>,
}

/// No solution is better than this by an objective, among those that are best by the objectives before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The index of the objective.
    pub objective: usize,
    /// The value that it cannot beat.
    pub value: Number,
}

impl Statistics {
    pub(crate) fn add(&mut self, other: &Self) {
        self.nodes += other.nodes;
        self.boxes += other.boxes;
        self.relaxations += other.relaxations;
        self.relaxation_cuts += other.relaxation_cuts;
        self.failures += other.failures;
        self.solutions += other.solutions;
        self.rounds += other.rounds;
        self.propagations += other.propagations;
        self.propagators = self.propagators.max(other.propagators);
        self.variables = self.variables.max(other.variables);
        self.post_time += other.post_time;
        self.search_time += other.search_time;
        self.relaxation_time += other.relaxation_time;
        for (&family, &runs) in &other.propagations_by_family {
            *self.propagations_by_family.entry(family).or_insert(0) += runs;
        }
    }
}
