//! [`Builder`]: from residual problems to nodes.
//!
//! A residual problem is a list of truths that must all hold, ascending, none of which speaks of more than what is
//! open. Its variables fall into components; the first variable of a component is tried with each of its values, and
//! what is left is again a residual problem. A component that was met before is not looked at again.

use super::arrange::arrangements;
use super::components::{Component, components};
use super::parts::Parts;
use super::wide::Candidates;
use crate::search::Limits;
use crate::space::budget::look;
use crate::space::diagram::{Growing, NodeId};
use crate::space::error::{Exhausted, SpaceError};
use crate::space::terms::last::Meter;
use crate::space::terms::left::RowsOf;
use crate::space::terms::line::Line;
use crate::space::terms::sets::{Root, SetId};
use crate::space::terms::term::Support;
use crate::space::terms::term::{Mark, Operands, Operator, Position, Term, TermId, Terms};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::time::Instant;

/// Values tried between two looks at the clock and the memory.
const PATIENCE: u64 = 512;
/// Evaluations in one residual problem after which these are looked at between its truths.
const MOST_UNSEEN: u64 = 1 << 14;
/// Values tried before another order of variables is thought of: most counts are over by then.
const REARRANGED_AFTER: u64 = 1 << 16;
/// Which part of all assignments has to be dealt with by then to go on as before.
const FAR: f64 = 0.25;
/// Bytes that a count keeps of what it may meet again, unless less memory was asked for.
const MOST_KEPT: usize = 96 << 20;
/// Bytes of a known leaf, likewise.
const LEAF_BYTES: usize = 64;
/// Bytes of a known component beside its truths: its place in a map, which doubles as it grows.
const COMPONENT_BYTES: usize = 128;

/// See the module documentation.
pub(super) struct Builder<'a, P: Parts> {
    pub(super) terms: Terms,
    pub(super) parts: P,
    /// The variable of the model at each position.
    pub(super) variables: &'a [u32],
    pub(super) names: &'a dyn Fn(u32) -> String,
    limits: &'a Limits,
    deadline: Option<Instant>,
    /// Bytes beyond which what can be found again is forgotten.
    most_kept: usize,
    components: FxHashMap<Box<[TermId]>, P::Part>,
    component_bytes: usize,
    leaves: FxHashMap<(Position, Option<SetId>), P::Part>,
    expanded: u64,
    tried: u64,
    looked: u64,
    /// Bytes held when something was last forgotten.
    kept: usize,
    /// The problem, for another order of its variables, should the first turn out to be slow.
    rearrangeable: Option<(Vec<TermId>, Vec<Position>)>,
    better: Vec<Vec<Position>>,
    /// Values tried after which the problem is given up, for now.
    most_tried: u64,
    /// Which part of all assignments was dealt with, and which part a value of the variable at hand stands for.
    done: f64,
    share: f64,
}

impl<'a, P: Parts> Builder<'a, P> {
    pub(super) fn new(
        terms: Terms,
        parts: P,
        variables: &'a [u32],
        names: &'a dyn Fn(u32) -> String,
        limits: &'a Limits,
        deadline: Option<Instant>,
    ) -> Self {
        let asked = limits.memory_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        Self {
            terms,
            parts,
            variables,
            names,
            limits,
            deadline,
            most_kept: asked.map_or(MOST_KEPT, |bytes| MOST_KEPT.min(bytes / 2)),
            components: FxHashMap::default(),
            component_bytes: 0,
            leaves: FxHashMap::default(),
            expanded: 0,
            tried: 0,
            looked: 0,
            kept: 0,
            rearrangeable: None,
            better: Vec::new(),
            most_tried: u64::MAX,
            done: 0.0,
            share: 1.0,
        }
    }

    /// Ends after some time with [`Builder::better_orders`], where there are some for the variables of some truths.
    pub(super) fn rearrange_when_slow(&mut self, truths: Vec<TermId>, open: Vec<Position>) {
        self.rearrangeable = Some((truths, open));
    }

    /// The orders of variables for which this one was given up.
    pub(super) fn better_orders(&mut self) -> Vec<Vec<Position>> {
        std::mem::take(&mut self.better)
    }

    /// Ends after so many values were tried.
    pub(super) fn give_up_after(&mut self, tried: u64) {
        self.most_tried = tried;
    }

    /// Whether it was given up for having tried so many values.
    pub(super) fn is_given_up(&self) -> bool {
        self.tried > self.most_tried
    }

    /// Which part of all assignments was dealt with, about.
    pub(super) fn part_done(&self) -> f64 {
        self.done
    }

    /// The part for truths over the variables in `open`, ascending.
    pub(super) fn solve(&mut self, truths: &[TermId], open: &[Position], depth: usize) -> Result<P::Part, SpaceError>
    where
        Self: LastVariables<P>,
    {
        if depth > crate::space::stack::MAX_DEPTH {
            return Err(SpaceError::TooDeep { variables: self.variables.len() });
        }
        let mut parts: SmallVec<[P::Part; 8]> = SmallVec::new();
        for component in components(&self.terms, truths, open) {
            let part = self.component(&component, depth)?;
            if P::is_nothing(&part) {
                return Ok(P::nothing());
            }
            parts.push(part);
        }
        Ok(self.parts.product(&parts))
    }

    fn component(&mut self, component: &Component, depth: usize) -> Result<P::Part, SpaceError>
    where
        Self: LastVariables<P>,
    {
        let (truths, open) = (&component.truths[..], &component.variables[..]);
        if let &[position] = open
            && !self.terms.domains.is_wide(position)
        {
            if truths.is_empty() {
                return self.leaf(position, None);
            }
            if let Term::InSet(_, set) = *self.terms.get(truths[0]) {
                return self.leaf(position, Some(set));
            }
        }
        if truths.is_empty() {
            // A wide variable that nothing speaks of.
            return self.expand(truths, open, depth);
        }
        if let Some(known) = self.components.get(truths) {
            return Ok(known.clone());
        }
        let part = match self.last_variables(truths, open)? {
            Some(part) => part,
            None => self.expand(truths, open, depth)?,
        };
        self.component_bytes += COMPONENT_BYTES + size_of_val(truths) + P::heap_bytes(&part);
        self.components.insert(truths.into(), part.clone());
        Ok(part)
    }

    /// A variable that only its set speaks of.
    fn leaf(&mut self, position: Position, set: Option<SetId>) -> Result<P::Part, SpaceError> {
        if let Some(known) = self.leaves.get(&(position, set)) {
            return Ok(known.clone());
        }
        let mut choice = P::Choice::default();
        if P::COUNTS_ONLY {
            let count = set.map_or(self.terms.domains.len(position), |set| self.terms.sets.len(set) as u64);
            P::add_run(&mut choice, 0, 1, count, &P::end());
        } else {
            self.add_values(&mut choice, position, set);
        }
        let work = P::length(&choice) as u64 / 8;
        let part = self.parts.close(self.variables[position as usize], choice);
        self.leaves.insert((position, set), part.clone());
        self.spend(work)?;
        Ok(part)
    }

    fn add_values(&self, choice: &mut P::Choice, position: Position, set: Option<SetId>) {
        let line = self.terms.domains.line(position).expect("a listed variable");
        let mut add = |from: usize, to: usize| match line {
            Line::Progression { first, step, .. } => {
                let first = first + step * i64::try_from(from).expect("of a list");
                P::add_run(choice, first, *step, (to - from) as u64, &P::end());
            }
            Line::List(values) => values[from..to].iter().for_each(|&value| P::add(choice, value, &P::end())),
        };
        match set {
            None => add(0, usize::try_from(line.len()).expect("of a list")),
            Some(set) => self.terms.sets.for_each_range(set, add),
        }
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
    fn expand(&mut self, truths: &[TermId], open: &[Position], depth: usize) -> Result<P::Part, SpaceError>
    where
        Self: LastVariables<P>,
    {
        let (&position, rest) = open.split_first().expect("a component has a variable");
        self.expanded += 1;
        let (mut touched, kept): (Operands, Operands) =
            truths.iter().copied().partition(|&truth| self.terms.facts(truth).first == position);
        let variable = self.variables[position as usize];
        let mut choice = P::Choice::default();
        let values = match self.candidates(position, &touched, rest.len())? {
            Candidates::Listed(mut values) => {
                if P::COUNTS_ONLY {
                    // How long the least values take says little of the others.
                    let middle = values.len() / 2;
                    values.rotate_left(middle);
                }
                values
            }
            Candidates::Run { first, step, count } => {
                let part = self.solve(&kept, rest, depth + 1)?;
                P::add_run(&mut choice, first, step, count, &part);
                return Ok(self.parts.close(variable, choice));
            }
        };
        // The values are those of its set.
        touched.retain(|truth| !matches!(self.terms.get(*truth), Term::InSet(..)));
        // Truths of few variables are the likeliest to exclude a value, and the cheapest to ask.
        touched.sort_by_key(|&truth| self.terms.variables(truth).len());
        let mut rows = self.terms.rows(position, &touched);
        // Neighbouring values often leave the same.
        let mut before: Option<(Operands, P::Part)> = None;
        let mark = self.terms.mark();
        let (before_all, whole) = (self.done, self.share);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let share = whole / values.len() as f64;
        for (index, value) in values.into_iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let done = before_all + share * index as f64;
            (self.done, self.share) = (done, share);
            self.spend(1)?;
            let Some(left) = self.left_of((&touched, rows.as_mut()), &kept, position, value)? else { continue };
            if rows.is_none() && self.is_excluded(&left) {
                continue;
            }
            let part = match &before {
                Some((same, part)) if *same == left => part.clone(),
                _ => self.solve(&left, rest, depth + 1)?,
            };
            P::add(&mut choice, value, &part);
            before = Some((left, part));
            if P::COUNTS_ONLY && self.is_heavy() {
                before = None;
                self.forget(&mark);
            }
        }
        (self.done, self.share) = (before_all + whole, whole);
        Ok(self.parts.close(variable, choice))
    }

    /// Whether much was kept since the last time that something was forgotten.
    fn is_heavy(&self) -> bool {
        let bytes = self.terms.bytes() + self.component_bytes;
        bytes > self.most_kept && bytes > self.kept + self.most_kept / 4
    }

    /// Forgets terms made since a mark, and what is known of them. It can be found again.
    fn forget(&mut self, mark: &Mark) {
        self.terms.release(mark);
        self.components.retain(|truths, _| truths.iter().all(|truth| mark.covers(*truth)));
        self.component_bytes = self
            .components
            .iter()
            .map(|(truths, part)| COMPONENT_BYTES + size_of_val(&**truths) + P::heap_bytes(part))
            .sum();
        self.leaves.retain(|(_, set), _| set.is_none());
        self.kept = self.terms.bytes() + self.component_bytes;
    }

    fn candidates(&mut self, position: Position, touched: &[TermId], others: usize) -> Result<Candidates, SpaceError> {
        if self.terms.domains.is_wide(position) {
            let (names, variable) = (self.names, self.variables[position as usize]);
            let mut meter = self.meter();
            return self.terms.wide_candidates(position, touched, others, &mut meter, || names(variable));
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

    /// Whether some truth holds nowhere between the ends of the sets of its variables.
    fn is_excluded(&self, truths: &[TermId]) -> bool {
        let mut hulls: SmallVec<[(Position, (i64, i64)); 8]> = SmallVec::new();
        for &truth in truths {
            if let Term::InSet(position, set) = *self.terms.get(truth) {
                hulls.push((position, self.terms.hull_of_set(position, set)));
            }
        }
        let hull = |asked: Position| {
            let known = hulls.iter().find(|(position, _)| *position == asked);
            known.map_or_else(|| self.terms.domains.ends(asked), |(_, hull)| *hull)
        };
        let speaks = |truth: &&TermId| {
            let variables = self.terms.variables(**truth);
            variables.len() > 1 && variables.iter().any(|asked| hulls.iter().any(|(position, _)| position == asked))
        };
        truths.iter().filter(speaks).any(|&truth| self.terms.certain(truth, &hull) == Some(false))
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
            if self.terms.work > MOST_UNSEEN {
                self.look()?;
            }
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

    /// What was made of the problems, without what helped to make it.
    pub(super) fn into_parts(self) -> P {
        self.parts
    }

    /// Counts work, in values tried, and looks at the limits from time to time.
    pub(super) fn spend(&mut self, work: u64) -> Result<(), SpaceError> {
        self.tried += work + std::mem::take(&mut self.terms.work) / 8;
        if self.tried < self.looked + PATIENCE {
            return Ok(());
        }
        self.looked = self.tried;
        if self.tried > REARRANGED_AFTER
            && let Some((truths, open)) = self.rearrangeable.take()
            && self.done < FAR
        {
            let (limits, deadline) = (self.limits, self.deadline);
            self.better = arrangements(&self.terms, &truths, &open, &|| look(limits, deadline))?;
            if !self.better.is_empty() {
                return Err(SpaceError::Limit(Exhausted::Nodes));
            }
        }
        if self.tried > self.most_tried {
            return Err(SpaceError::Limit(Exhausted::Nodes));
        }
        self.look()
    }

    /// Looks at the limits.
    fn look(&self) -> Result<(), SpaceError> {
        let bytes = self.terms.bytes() + self.parts.bytes() + self.component_bytes + LEAF_BYTES * self.leaves.len();
        let heavy = self.limits.is_memory_over(bytes as u64);
        let many = self.limits.nodes.is_some_and(|limit| self.expanded > limit);
        let reached = self
            .limits
            .over(self.deadline)
            .or_else(|| heavy.then_some(Exhausted::Memory))
            .or_else(|| many.then_some(Exhausted::Nodes));
        reached.map_or(Ok(()), |exhausted| Err(SpaceError::Limit(exhausted)))
    }

    /// Counts the evaluations of lines within the limits.
    pub(super) fn meter(&self) -> Meter<'a> {
        Meter::new(self.limits, self.deadline)
    }
}

/// What is done with the last variables of a residual problem, before they are taken one by one.
pub(super) trait LastVariables<P: Parts> {
    /// The part for all of its variables, where there is a quicker way to it.
    fn last_variables(&mut self, truths: &[TermId], open: &[Position]) -> Result<Option<P::Part>, SpaceError>;
}

impl LastVariables<Growing> for Builder<'_, Growing> {
    fn last_variables(&mut self, _: &[TermId], _: &[Position]) -> Result<Option<NodeId>, SpaceError> {
        Ok(None)
    }
}
