//! [`Builder`]: from residual problems to nodes.
//!
//! A residual problem is a list of truths that must all hold, ascending, none of which speaks of more than what is
//! open. Its variables fall into components; the first variable of a component is tried with each of its values, and
//! what is left is again a residual problem. A component that was met before is not looked at again.

use super::components::{Component, components};
use super::diagram::{END, Growing, NOTHING, NodeId, Run, push_value};
use super::error::{Exhausted, SpaceError};
use super::machine::Support;
use super::sets::{Root, SetId};
use super::table::RowsOf;
use super::term::{Operands, Operator, Position, Term, TermId, Terms};
use super::wide::Candidates;
use crate::search::Limits;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Values tried between two looks at the clock and the memory.
const PATIENCE: u64 = 512;

/// See the module documentation.
pub(super) struct Builder<'a> {
    pub(super) terms: Terms,
    pub(super) growing: Growing,
    /// The variable of the model at each position.
    pub(super) variables: &'a [u32],
    pub(super) names: &'a dyn Fn(u32) -> String,
    limits: &'a Limits,
    deadline: Option<Instant>,
    components: FxHashMap<Box<[TermId]>, NodeId>,
    component_bytes: usize,
    leaves: FxHashMap<(Position, Option<SetId>), NodeId>,
    expanded: u64,
    tried: u64,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        terms: Terms,
        variables: &'a [u32],
        names: &'a dyn Fn(u32) -> String,
        limits: &'a Limits,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            terms,
            growing: Growing::new(),
            variables,
            names,
            limits,
            deadline,
            components: FxHashMap::default(),
            component_bytes: 0,
            leaves: FxHashMap::default(),
            expanded: 0,
            tried: 0,
        }
    }

    /// The node for truths over the variables in `open`, ascending.
    pub(super) fn solve(&mut self, truths: &[TermId], open: &[Position], depth: usize) -> Result<NodeId, SpaceError> {
        if depth > super::MAX_DEPTH {
            return Err(SpaceError::TooDeep { variables: self.variables.len() });
        }
        let mut parts: SmallVec<[NodeId; 8]> = SmallVec::new();
        for component in components(&self.terms, truths, open) {
            let part = self.component(&component, depth)?;
            if part == NOTHING {
                return Ok(NOTHING);
            }
            parts.push(part);
        }
        Ok(self.growing.split(&parts))
    }

    fn component(&mut self, component: &Component, depth: usize) -> Result<NodeId, SpaceError> {
        let (truths, open) = (&component.truths[..], &component.variables[..]);
        if let &[position] = open
            && !self.terms.domains.is_wide(position)
        {
            if truths.is_empty() {
                return Ok(self.leaf(position, None));
            }
            if let Term::InSet(_, set) = *self.terms.get(truths[0]) {
                return Ok(self.leaf(position, Some(set)));
            }
        }
        if truths.is_empty() {
            // A wide variable that nothing speaks of.
            return self.expand(truths, open, depth);
        }
        if let Some(&known) = self.components.get(truths) {
            return Ok(known);
        }
        let node = self.expand(truths, open, depth)?;
        self.component_bytes += 48 + size_of_val(truths);
        self.components.insert(truths.into(), node);
        Ok(node)
    }

    /// A variable that only its set speaks of.
    fn leaf(&mut self, position: Position, set: Option<SetId>) -> NodeId {
        if let Some(&known) = self.leaves.get(&(position, set)) {
            return known;
        }
        let mut runs = Vec::new();
        for value in self.listed(position, set) {
            push_value(&mut runs, value, END);
        }
        let node = self.growing.choice(self.variables[position as usize], runs);
        self.leaves.insert((position, set), node);
        node
    }

    fn listed(&self, position: Position, set: Option<SetId>) -> Vec<i64> {
        let Root::Listed(values) = self.terms.domains.get(position) else {
            unreachable!("wide variables have no sets")
        };
        let Some(set) = set else { return values.to_vec() };
        let inside = values.iter().enumerate().filter(|&(index, _)| self.terms.sets.contains(set, index));
        inside.map(|(_, &value)| value).collect()
    }

    /// Tries each value of the first open variable.
    fn expand(&mut self, truths: &[TermId], open: &[Position], depth: usize) -> Result<NodeId, SpaceError> {
        let (&position, rest) = open.split_first().expect("a component has a variable");
        self.expanded += 1;
        let (mut touched, kept): (Operands, Operands) =
            truths.iter().copied().partition(|&truth| self.terms.facts(truth).first == position);
        let variable = self.variables[position as usize];
        let values = match self.candidates(position, &touched)? {
            Candidates::Listed(values) => values,
            Candidates::Run { first, step, count } => {
                let child = self.solve(&kept, rest, depth + 1)?;
                let runs = if child == NOTHING { vec![] } else { vec![Run { first, step, count, child }] };
                return Ok(self.growing.choice(variable, runs));
            }
        };
        // The values are those of its set.
        touched.retain(|truth| !matches!(self.terms.get(*truth), Term::InSet(..)));
        // Truths of few variables are the likeliest to exclude a value, and the cheapest to ask.
        touched.sort_by_key(|&truth| self.terms.variables(truth).len());
        let mut rows = self.terms.rows(position, &touched);
        // Neighbouring values often leave the same.
        let mut before: Option<(Operands, NodeId)> = None;
        let mut runs = Vec::new();
        for value in values {
            self.check_limits()?;
            let Some(left) = self.left_of((&touched, rows.as_mut()), &kept, position, value)? else { continue };
            let child = match &before {
                Some((same, child)) if *same == left => *child,
                _ => self.solve(&left, rest, depth + 1)?,
            };
            push_value(&mut runs, value, child);
            before = Some((left, child));
        }
        Ok(self.growing.choice(variable, runs))
    }

    fn candidates(&self, position: Position, touched: &[TermId]) -> Result<Candidates, SpaceError> {
        if self.terms.domains.is_wide(position) {
            let name = || (self.names)(self.variables[position as usize]);
            return self.terms.wide_candidates(position, touched, name);
        }
        let set = touched.iter().find_map(|&truth| match self.terms.get(truth) {
            Term::InSet(_, set) => Some(*set),
            _ => None,
        });
        Ok(Candidates::Listed(self.listed(position, set)))
    }

    /// The residual problem once the variable is known; `None` where it has no solution.
    fn left_of(
        &mut self,
        (touched, mut rows): (&[TermId], Option<&mut RowsOf>),
        kept: &[TermId],
        position: Position,
        value: i64,
    ) -> Result<Option<Operands>, SpaceError> {
        let mut changed = Operands::new();
        for (row, &truth) in touched.iter().enumerate() {
            let left = match rows.as_deref_mut() {
                Some(rows) => self.terms.left_in_row(rows, row, truth, position, value),
                None => self.terms.substitute(truth, position, value),
            };
            match left {
                Terms::TRUE => {}
                Terms::FALSE => return Ok(None),
                rest => changed.push(rest),
            }
        }
        self.conjunction(kept, &changed)
    }

    /// Truths without conjunctions among them, one set at most for each variable, ascending; `None` where they contradict
    /// each other. Those in `kept` are so already.
    pub(super) fn conjunction(&mut self, kept: &[TermId], changed: &[TermId]) -> Result<Option<Operands>, SpaceError> {
        let mut flat = Operands::new();
        for &truth in changed {
            match self.terms.get(truth) {
                Term::Apply(Operator::And, inner) => flat.extend_from_slice(inner),
                _ => flat.push(truth),
            }
        }
        let mut left = Operands::from_slice(kept);
        let mut too_large = false;
        for truth in flat {
            match self.terms.as_set(truth) {
                Terms::TRUE => {}
                Terms::FALSE => return Ok(None),
                Terms::TOO_LARGE => too_large = true,
                truth => {
                    if !self.add_truth(&mut left, truth) || !self.add_support(&mut left, truth) {
                        return Ok(None);
                    }
                }
            }
        }
        if too_large {
            return Err(SpaceError::PowerTooLarge);
        }
        left.sort_unstable();
        left.dedup();
        Ok(Some(left))
    }

    /// Adds a truth, and meets a set with that of the same variable; false where nothing is left of them.
    fn add_truth(&mut self, left: &mut Operands, truth: TermId) -> bool {
        let &Term::InSet(position, _) = self.terms.get(truth) else {
            left.push(truth);
            return true;
        };
        let same = |other: &TermId| matches!(self.terms.get(*other), Term::InSet(other, _) if *other == position);
        let Some(index) = left.iter().position(same) else {
            left.push(truth);
            return true;
        };
        left[index] = self.terms.meet(left[index], truth);
        left[index] != Terms::FALSE
    }

    /// Adds what an equation of two variables leaves of each; false where nothing is left.
    fn add_support(&mut self, left: &mut Operands, truth: TermId) -> bool {
        match self.terms.support(truth) {
            Support::Unknown => true,
            Support::Empty => false,
            Support::Sets(sets) => sets.into_iter().all(|(position, set)| {
                let truth = self.terms.in_set(position, set);
                truth == Terms::TRUE || self.add_truth(left, truth)
            }),
        }
    }

    fn check_limits(&mut self) -> Result<(), SpaceError> {
        self.tried += 1;
        if !self.tried.is_multiple_of(PATIENCE) {
            return Ok(());
        }
        let cancelled = self.limits.cancel.as_deref().is_some_and(|cancel| cancel.load(Ordering::Relaxed));
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let bytes = self.terms.bytes() + self.growing.bytes() + self.component_bytes;
        let heavy = self.limits.is_memory_over(bytes as u64);
        let many = self.limits.nodes.is_some_and(|limit| self.expanded > limit);
        let reached = [
            (cancelled, Exhausted::Cancelled),
            (late, Exhausted::Time),
            (heavy, Exhausted::Memory),
            (many, Exhausted::Nodes),
        ];
        match reached.into_iter().find(|(reached, _)| *reached) {
            Some((_, exhausted)) => Err(SpaceError::Limit(exhausted)),
            None => Ok(()),
        }
    }
}
