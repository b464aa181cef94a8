//! Linear programs in a search: they take as long as many nodes, so that they are asked where that promises to pay.

use super::Search;
use std::time::Instant;

impl Search<'_> {
    /// Whether the linear relaxation proves that no solution below this node is better than the best known.
    pub(super) fn cannot_improve(&mut self) -> bool {
        /// A linear program takes as long as many nodes: none is solved in a search that is over soon, and later only
        /// where so many variables are open.
        const FIRST_NODE: u64 = 256;
        const OPEN: usize = 4;
        /// One in so many must end a node, or no more are solved but every now and then.
        const WORTH: u64 = 8;
        const NOW_AND_THEN: u64 = 1024;
        let (Some(advice), Some((var, best))) = (&self.relaxation, self.cut) else { return false };
        if !advice.bounding || self.part.nodes < FIRST_NODE {
            return false;
        }
        let doubtful = (self.part.relaxation_cuts + 1) * WORTH < self.part.relaxations;
        if doubtful && !self.part.nodes.is_multiple_of(NOW_AND_THEN) {
            return false;
        }
        let open = self.branch_on.iter().filter(|&&(var, _)| self.engine.store.fixed(var).is_none());
        if open.count() < OPEN {
            return false;
        }
        let start = Instant::now();
        let bound = advice.relaxation.lower_bound(&self.engine.store, var);
        self.statistics.relaxation_time += start.elapsed();
        let ends = bound.is_some_and(|bound| bound > i128::from(best));
        self.part.relaxations += 1;
        self.part.relaxation_cuts += u64::from(ends);
        self.statistics.relaxations += 1;
        self.statistics.relaxation_cuts += u64::from(ends);
        ends
    }

    /// Whether the exponents of products prove that the whole model has no solution. Asked once, when so many nodes have
    /// brought none.
    pub(super) fn is_refuted(&mut self) -> bool {
        const PATIENCE: u64 = 512;
        let Some(advice) = self.relaxation.as_mut().filter(|advice| advice.may_refute) else { return false };
        if self.part.nodes < PATIENCE || self.statistics.solutions > 0 {
            return false;
        }
        advice.may_refute = false;
        let start = Instant::now();
        let root = self.engine.store.root_domains();
        let refuted = advice.relaxation.exponents.is_infeasible(&|var| &root[var.index()]);
        self.statistics.relaxations += 1;
        self.statistics.relaxation_time += start.elapsed();
        refuted
    }
}
