//! What a search did.

use crate::propagator::Family;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the search did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Nodes of the search tree.
    pub nodes: u64,
    /// Linear programs solved for bounds.
    pub relaxations: u64,
    /// Nodes that such a bound ended.
    pub relaxation_cuts: u64,
    /// Nodes where a domain became empty.
    pub failures: u64,
    /// Solutions met on the way to the best.
    pub solutions: u64,
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
    /// Time to search.
    pub search_time: Duration,
}

impl Statistics {
    pub(crate) fn add(&mut self, other: &Self) {
        self.nodes += other.nodes;
        self.relaxations += other.relaxations;
        self.relaxation_cuts += other.relaxation_cuts;
        self.failures += other.failures;
        self.solutions += other.solutions;
        self.propagations += other.propagations;
        self.propagators = self.propagators.max(other.propagators);
        self.variables = self.variables.max(other.variables);
        self.post_time += other.post_time;
        self.search_time += other.search_time;
        for (&family, &runs) in &other.propagations_by_family {
            *self.propagations_by_family.entry(family).or_insert(0) += runs;
        }
    }
}
