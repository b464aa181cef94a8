//! Parts of the tree, and what branch and bound asks of them.

use super::small::Credit;
use super::{Choice, Counters, Search, State};
use crate::arith::{Interval, is_finite};
use crate::checker::Number;
use crate::engine::Fixpoint;
use crate::post::ObjectiveVar;
use crate::search::Solution;
use crate::store::Var;
use num_bigint::BigInt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A part of the tree: what was decided on the way to its root.
#[derive(Debug, Clone)]
pub(in crate::search) struct Part {
    steps: Vec<(Var, Interval)>,
    /// What the branchers know: the failures that each propagator found before.
    failures: Arc<[u64]>,
    /// What is known of linear programs: how many were solved, and how many of them ended a node.
    asked: [u64; 2],
    /// What is known of exploring box by box.
    credit: Credit,
}

impl Part {
    /// The whole tree.
    pub(in crate::search) fn whole() -> Self {
        Self { steps: Vec::new(), failures: Arc::from([]), asked: [0, 0], credit: Credit::default() }
    }

    /// Bytes that it holds; the failures are shared.
    pub(in crate::search) fn bytes(&self) -> u64 {
        (size_of::<Self>() + self.steps.capacity() * size_of::<(Var, Interval)>()) as u64
    }
}

impl Search<'_> {
    /// Whether from now on only solutions strictly better by the first objective are of interest, or those as good too.
    pub(in crate::search) fn set_strict(&mut self, strict: bool) {
        self.least_gain = i64::from(strict);
    }

    /// From now on a single best solution is of interest: where little is left, it may be looked for box by box.
    pub(in crate::search) fn want_one(&mut self) {
        self.small.wanted = true;
    }

    /// Pauses once so many nodes of the part were seen.
    pub(in crate::search) fn pause_after(&mut self, nodes: u64) {
        self.pause_after = nodes;
    }

    /// The nodes of the part seen so far.
    pub(in crate::search) fn part_nodes(&self) -> u64 {
        self.part.nodes
    }

    /// Whether some leaf was left out because a number in it was too large.
    pub(in crate::search) fn has_skipped(&self) -> bool {
        self.skipped
    }

    /// From now on only solutions are of interest that are better than the given one by the first objective, or as good
    /// where the search is not strict.
    pub(in crate::search) fn improve_on(&mut self, known: &Solution) {
        self.small.known = Some(known.objectives[0].clone());
        let Some(ObjectiveVar { var, scale }) = self.objective else { return };
        let value = &known.objectives[0] * Number::from(BigInt::from(scale));
        if let Ok(value) = i64::try_from(value.to_integer())
            && is_finite(value)
        {
            let bound = value - self.least_gain;
            self.cut = Some((var, self.cut.map_or(bound, |(_, known)| known.min(bound))));
        }
        if self.halved.is_some() {
            self.return_to_root();
        }
    }

    /// Goes back to the root of the part. What was seen is seen again, unless it cannot improve any more.
    fn return_to_root(&mut self) {
        if let Some(first) = self.path.first() {
            self.steps.truncate(first.steps_before);
        }
        while self.path.pop().is_some() {
            self.engine.pop_level();
        }
        if self.state != State::Done {
            self.state = State::Enter;
        }
    }

    /// Goes back to the root of the part and from now on looks for solutions in the better half of what the objective
    /// can be; each solution then halves what is left. Whether it can: a variable that is not bounded has no half.
    pub(in crate::search) fn halve_objective(&mut self) -> bool {
        let Some(ObjectiveVar { var, .. }) = self.objective else { return false };
        self.return_to_root();
        self.halved = (self.engine.store.domain(var).len() < u64::MAX).then_some(var);
        self.halved.is_some()
    }

    /// From now on looks for solutions in the better half of what the objective can be, in every part. Whether it can.
    pub(in crate::search) fn halve_at_root(&mut self) -> bool {
        self.begin(&Part::whole());
        self.halve_objective()
    }

    /// Whether every node of the part was seen.
    pub(in crate::search) fn is_exhausted(&self) -> bool {
        self.state == State::Done
    }

    /// The nodes of all parts seen so far.
    pub(in crate::search) fn nodes(&self) -> u64 {
        self.statistics.nodes
    }

    /// Walks this part next. The root must have been propagated by [`Search::settle_root`].
    pub(in crate::search) fn begin(&mut self, part: &Part) {
        self.small.leave_whole();
        while self.engine.level() > 0 {
            self.engine.pop_level();
        }
        self.engine.push_level();
        // Asked in the first walk, if at all.
        if let Some(advice) = &mut self.relaxation {
            advice.may_refute = false;
        }
        self.engine.set_failures(&part.failures);
        self.brancher.forget();
        self.path.clear();
        self.steps.clone_from(&part.steps);
        // Where the root was not waited for, something may still have to be run.
        self.engine.schedule_all();
        let [relaxations, relaxation_cuts] = part.asked;
        self.part = Counters { relaxations, relaxation_cuts, credit: part.credit, ..Counters::default() };
        self.cut = None;
        self.small.known = None;
        let entered = part.steps.iter().all(|&(var, interval)| self.engine.store.restrict(var, interval).is_ok());
        self.state = if entered { State::Enter } else { State::Done };
    }

    /// Propagates at the root, below which all parts begin.
    pub(in crate::search) fn settle_root(&mut self) {
        match self.propagate() {
            Fixpoint::Reached | Fixpoint::Tired => {}
            Fixpoint::Conflict => self.state = State::Done,
            Fixpoint::Interrupted => self.stopped = self.limits.over(self.end),
        }
    }

    /// What has not been walked yet, in the order in which it would be.
    pub(in crate::search) fn open_parts(&self) -> Vec<Part> {
        let failures: Arc<[u64]> = Arc::from(self.engine.failures());
        let asked = [self.part.relaxations, self.part.relaxation_cuts];
        let credit = self.part.credit;
        let part = |steps: Vec<(Var, Interval)>| Part { steps, failures: Arc::clone(&failures), asked, credit };
        let current = (self.state == State::Enter).then(|| part(self.steps.clone()));
        let others = self.path.iter().rev().map(|&Choice { decision, steps_before }| {
            let mut steps = self.steps[..steps_before].to_vec();
            steps.push((decision.var, decision.part(false)));
            part(steps)
        });
        current.into_iter().chain(others).collect()
    }

    /// A value of the first objective that no solution in these parts is better than, nor the one known; none where
    /// nothing is known. It takes little longer than `grace`.
    pub(in crate::search) fn bound_of(&mut self, parts: &[Part], known: &Solution, grace: Duration) -> Option<Number> {
        let ObjectiveVar { var, scale } = self.objective?;
        let end = Instant::now() + grace;
        let over = || Instant::now() >= end;
        let mut least: Option<i64> = None;
        for part in parts {
            if over() {
                // What no part can beat, those that are left cannot.
                self.begin(&Part::whole());
                least = Some(self.engine.store.lo(var));
                break;
            }
            self.begin(part);
            if self.state == State::Enter && self.engine.fixpoint(&mut { over }) != Fixpoint::Conflict {
                let lo = self.engine.store.lo(var);
                least = Some(least.map_or(lo, |least| least.min(lo)));
            }
        }
        let scale = Number::from(BigInt::from(scale));
        let known = &known.objectives[0] * &scale;
        match least {
            Some(least) if !is_finite(least) => None,
            Some(least) => Some(known.min(Number::from(BigInt::from(least))) / scale),
            None => Some(known / scale),
        }
    }
}
