//! The order of variables for a count, which may be any: one in which few residual problems differ.
//!
//! Of `(a // b) * (c // d) == 32`, knowing `a` and `b` leaves one of few quotients, knowing `a` and `c` leaves all their
//! pairs. How many residual problems a set of known variables can leave is estimated by what is left of them: the terms of
//! known variables in terms of others, how many values these have, and how many of some samples nothing excludes yet.

use super::components::{Component, components};
use crate::space::error::SpaceError;
use crate::space::terms::term::{Operator, Position, Term, TermId, Terms};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::BuildHasher;

/// Counts that are estimated to take less keep their order.
const WORTHWHILE: u64 = 1 << 17;
/// From so many first variables orders are looked for, times the square of how many there are.
const MOST_STEPS: usize = 1 << 12;
/// The best order is looked for among so many sets of known variables.
const MOST_SETS: usize = 1 << 13;
/// How many times less another order has to take.
const BETTER: u64 = 4;
/// What finding the values of the last variable takes, in values tried.
const LAST_COST: u64 = 8;

/// Orders of the open variables in which a count is estimated to take much less; none where theirs is good enough. Each is
/// the best by another [`Estimate`].
pub(super) fn arrangements(
    terms: &Terms,
    truths: &[TermId],
    open: &[Position],
    look: &dyn Fn() -> Result<(), SpaceError>,
) -> Result<Vec<Vec<Position>>, SpaceError> {
    let mut orders = Vec::new();
    if open.last().is_some_and(|&last| last < u64::BITS) {
        for estimate in [Estimate::Together, Estimate::Apart] {
            let order = arrangement(terms, truths, open, estimate, look)?;
            orders.extend(order.filter(|order| !orders.contains(order)));
        }
    }
    Ok(orders)
}

fn arrangement(
    terms: &Terms,
    truths: &[TermId],
    open: &[Position],
    estimate: Estimate,
    look: &dyn Fn() -> Result<(), SpaceError>,
) -> Result<Option<Vec<Position>>, SpaceError> {
    let mut order = Vec::new();
    let mut changed = false;
    for Component { variables, truths } in components(terms, truths, open) {
        let mut widths = Widths::new(terms, &truths, estimate, look);
        let stated = widths.cost(&variables)?;
        let best = if stated >= WORTHWHILE { widths.best_order(&variables)? } else { None };
        match best.filter(|(cost, _)| cost.saturating_mul(BETTER) <= stated) {
            Some((_, best)) => {
                changed = true;
                order.extend(best);
            }
            None => order.extend(variables),
        }
    }
    Ok(changed.then_some(order))
}

/// How residual problems are estimated. Neither is always the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Estimate {
    /// All that is left is one problem.
    Together,
    /// What is left falls into independent problems, and truths exclude as many as of some samples.
    Apart,
}

/// How many residual problems sets of known variables leave, by their bits.
struct Widths<'a> {
    terms: &'a Terms,
    truths: &'a [TermId],
    estimate: Estimate,
    look: &'a dyn Fn() -> Result<(), SpaceError>,
    /// By the known variables, and those that truths connect once they are known.
    known: FxHashMap<(u64, u64), u64>,
    /// By the place of a truth and the known ones of its variables.
    samples: FxHashMap<(usize, u64), Samples>,
}

/// Sampled assignments, of which a set is so many bits.
const SAMPLES: usize = 256;
type Samples = [u64; SAMPLES / 64];

/// What is left of known variables in a term of others.
struct Left {
    /// The term, or the one that it is a part of.
    term: TermId,
    variables: u64,
    values: u64,
}

impl<'a> Widths<'a> {
    fn new(
        terms: &'a Terms,
        truths: &'a [TermId],
        estimate: Estimate,
        look: &'a dyn Fn() -> Result<(), SpaceError>,
    ) -> Self {
        Self { terms, truths, estimate, look, known: FxHashMap::default(), samples: FxHashMap::default() }
    }

    /// An estimate of the values that are tried in an order.
    fn cost(&mut self, order: &[Position]) -> Result<u64, SpaceError> {
        let (mut known, mut cost) = (0, 0u64);
        for &position in order {
            cost = cost.saturating_add(self.step(known, position)?);
            known |= 1 << position;
        }
        Ok(cost)
    }

    /// An estimate of the values of a variable that are tried once others are known.
    fn step(&mut self, known: u64, position: Position) -> Result<u64, SpaceError> {
        let size = self.terms.domains.len(position);
        let others = self.connected(known, position) & !(1 << position);
        let tried = match others {
            // It was found together with the one before.
            0 => return Ok(0),
            // Of two variables, the values of one are found for each of the other.
            other if other.is_power_of_two() => {
                size.min(self.terms.domains.len(other.trailing_zeros())).saturating_mul(LAST_COST)
            }
            _ => size,
        };
        Ok(self.width(known, position)?.saturating_mul(tried))
    }

    /// The best order: of all, where these are few enough sets of known variables to look at, otherwise of some.
    fn best_order(&mut self, variables: &[Position]) -> Result<Option<(u64, Vec<Position>)>, SpaceError> {
        match self.least_order(variables)? {
            Some(best) => Ok(Some(best)),
            None => self.greedy_order(variables),
        }
    }

    /// The order of least cost, from the sets of known variables that cost the least to get to; none where they are many.
    fn least_order(&mut self, variables: &[Position]) -> Result<Option<(u64, Vec<Position>)>, SpaceError> {
        let all = set_of(variables);
        let mut waiting = BinaryHeap::from([Reverse((0u64, 0u64))]);
        // What it costs to get to a set, and the variable that was added to it last.
        let mut reached: FxHashMap<u64, (u64, Position)> = FxHashMap::default();
        while let Some(Reverse((cost, known))) = waiting.pop() {
            if known == all {
                return Ok(Some((cost, Self::way_to(known, &reached))));
            }
            if reached.get(&known).is_some_and(|&(least, _)| least < cost) {
                continue;
            }
            if self.known.len() > MOST_SETS {
                return Ok(None);
            }
            let left = || variables.iter().copied().filter(|&position| known >> position & 1 == 0);
            let only_wide = left().all(|position| self.terms.domains.is_wide(position));
            let next: Vec<Position> =
                left().filter(|&position| only_wide || !self.terms.domains.is_wide(position)).collect();
            for position in next {
                let after = known | 1 << position;
                let cost = cost.saturating_add(self.step(known, position)?);
                if reached.get(&after).is_none_or(|&(least, _)| cost < least) {
                    reached.insert(after, (cost, position));
                    waiting.push(Reverse((cost, after)));
                }
            }
        }
        Ok(None)
    }

    fn way_to(mut known: u64, reached: &FxHashMap<u64, (u64, Position)>) -> Vec<Position> {
        let mut order = Vec::new();
        while known != 0 {
            let (_, position) = reached[&known];
            order.push(position);
            known &= !(1 << position);
        }
        order.reverse();
        order
    }

    /// The best of the orders that begin with one of some variables.
    fn greedy_order(&mut self, variables: &[Position]) -> Result<Option<(u64, Vec<Position>)>, SpaceError> {
        let starts = (MOST_STEPS / (variables.len() * variables.len())).max(1);
        let mut best: Option<(u64, Vec<Position>)> = None;
        for &first in variables.iter().take(starts) {
            let order = self.order_from(first, variables)?;
            let cost = self.cost(&order)?;
            let wide_last = order.is_sorted_by_key(|&position| self.terms.domains.is_wide(position));
            if wide_last && best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, order));
            }
        }
        Ok(best)
    }

    /// After a first variable, next is the one that leaves the fewest residual problems. Variables with too many values to be
    /// listed stay last.
    fn order_from(&mut self, first: Position, variables: &[Position]) -> Result<Vec<Position>, SpaceError> {
        let mut order = vec![first];
        let mut known = 1u64 << first;
        while order.len() < variables.len() {
            let mut next: Option<((bool, u64), Position)> = None;
            for &position in variables.iter().filter(|&&position| known >> position & 1 == 0) {
                let mut widest = 0;
                for &other in variables.iter().filter(|&&other| (known | 1 << position) >> other & 1 == 0) {
                    widest = self.width(known | 1 << position, other)?.max(widest);
                }
                let key = (self.terms.domains.is_wide(position), widest);
                if next.is_none_or(|(least, _)| key < least) {
                    next = Some((key, position));
                }
            }
            let (_, next) = next.expect("some variable is left");
            order.push(next);
            known |= 1 << next;
        }
        Ok(order)
    }

    /// How many residual problems that a variable has a part in known variables leave, about.
    fn width(&mut self, known: u64, position: Position) -> Result<u64, SpaceError> {
        let open = self.connected(known, position);
        if let Some(&width) = self.known.get(&(known, open)) {
            return Ok(width);
        }
        (self.look)()?;
        let mut left: Vec<Left> = Vec::new();
        let mut speaking = 0;
        for &truth in self.truths.iter().filter(|&&truth| self.terms.mask(truth) & open != 0) {
            speaking |= self.terms.mask(truth) & known;
            self.leave(truth, known, &mut left);
        }
        // What speaks of the same variables has no more values than these.
        let mut groups: Vec<(u64, u64)> = Vec::new();
        for Left { variables, values, .. } in left {
            let (mut variables, mut values) = (variables, values);
            groups.retain(|(others, product)| {
                let apart = others & variables == 0;
                if !apart {
                    variables |= others;
                    values = values.saturating_mul(*product);
                }
                apart
            });
            groups.push((variables, values.min(self.assignments(variables))));
        }
        let width = groups.into_iter().fold(1, |width: u64, (_, values)| width.saturating_mul(values));
        let width = match self.estimate {
            Estimate::Together => width,
            Estimate::Apart => {
                width.div_ceil(SAMPLES as u64).saturating_mul(self.not_excluded(known, speaking)).min(width)
            }
        };
        self.known.insert((known, open), width);
        Ok(width)
    }

    /// The variables that are left in one problem with this one, once others are known.
    fn connected(&self, known: u64, position: Position) -> u64 {
        if self.estimate == Estimate::Together {
            return self.truths.iter().fold(0, |all, &truth| all | self.terms.mask(truth)) & !known;
        }
        let mut connected = 1u64 << position;
        loop {
            let masks = self.truths.iter().map(|&truth| self.terms.mask(truth) & !known);
            let more = masks.filter(|mask| mask & connected != 0).fold(connected, |all, mask| all | mask);
            if more == connected {
                return connected;
            }
            connected = more;
        }
    }

    /// How many samples are not excluded by what is known, looking at truths that of the known variables have these alone;
    /// at least one.
    fn not_excluded(&mut self, known: u64, speaking: u64) -> u64 {
        let mut left: Samples = [u64::MAX; SAMPLES / 64];
        for (place, &truth) in self.truths.iter().enumerate() {
            let decided = self.terms.mask(truth) & known;
            if decided == 0 || decided & !speaking != 0 {
                continue;
            }
            let (terms, known) = (self.terms, decided);
            let of_truth = self.samples.entry((place, known)).or_insert_with(|| possible(terms, truth, known));
            left.iter_mut().zip(of_truth).for_each(|(left, word)| *left &= *word);
        }
        u64::from(left.iter().map(|word| word.count_ones()).sum::<u32>()).max(1)
    }

    /// Adds what known variables leave of a term.
    fn leave(&self, term: TermId, known: u64, left: &mut Vec<Left>) {
        let variables = self.terms.mask(term);
        if variables & known == 0 || variables & !known == 0 {
            return;
        }
        match self.terms.get(term) {
            Term::Linear(parts, _) => {
                let parts: Vec<TermId> = parts.iter().map(|(part, _)| *part).collect();
                self.leave_together(term, &parts, known, left);
            }
            Term::Apply(Operator::Product, factors) => self.leave_together(term, factors, known, left),
            Term::Apply(_, operands) => {
                for &operand in &**operands {
                    if self.is_known(operand, known) {
                        Self::add(operand, self.terms.mask(operand), self.values(operand), left);
                    } else {
                        self.leave(operand, known, left);
                    }
                }
            }
            _ => {}
        }
    }

    /// Of a sum or a product, the known parts are one number.
    fn leave_together(&self, whole: TermId, parts: &[TermId], known: u64, left: &mut Vec<Left>) {
        let (mut variables, mut values) = (0, 1u64);
        let product = matches!(self.terms.get(whole), Term::Apply(..));
        for &part in parts {
            if !self.is_known(part, known) {
                self.leave(part, known, left);
                continue;
            }
            variables |= self.terms.mask(part);
            let more = self.values(part);
            values = if product { values.saturating_mul(more) } else { values.saturating_add(more) };
        }
        match parts.iter().filter(|&&part| self.is_known(part, known)).count() {
            0 => {}
            1 => {
                let part = parts.iter().copied().find(|&part| self.is_known(part, known)).expect("one of them");
                Self::add(part, variables, self.values(part), left);
            }
            _ => Self::add(whole, variables, values.min(self.assignments(variables)), left),
        }
    }

    fn add(term: TermId, variables: u64, values: u64, left: &mut Vec<Left>) {
        if !left.iter().any(|other| other.term == term && other.variables == variables) {
            left.push(Left { term, variables, values });
        }
    }

    fn is_known(&self, term: TermId, known: u64) -> bool {
        let variables = self.terms.mask(term);
        variables != 0 && variables & !known == 0
    }

    /// How many values a term has at most.
    fn values(&self, term: TermId) -> u64 {
        let facts = self.terms.facts(term);
        let assignments = self.assignments(self.terms.mask(term));
        if !facts.integer || !facts.bounds.is_bounded() {
            return assignments;
        }
        let range = facts.bounds.hi.saturating_sub(facts.bounds.lo).saturating_add(1);
        // Undefined is a value too.
        u64::try_from(range).unwrap_or(u64::MAX).saturating_add((!facts.total).into()).min(assignments)
    }

    /// How many values some variables have together.
    fn assignments(&self, mut variables: u64) -> u64 {
        let mut product = 1u64;
        while variables != 0 {
            product = product.saturating_mul(self.terms.domains.len(variables.trailing_zeros()));
            variables &= variables - 1;
        }
        product
    }
}

fn set_of(variables: &[Position]) -> u64 {
    variables.iter().fold(0, |all, &position| all | 1 << position)
}

/// The samples that a truth does not exclude once some variables are known.
fn possible(terms: &Terms, truth: TermId, known: u64) -> Samples {
    let mut possible = [0; SAMPLES / 64];
    for sample in 0..SAMPLES {
        let hull = |position: Position| match terms.domains.line(position).filter(|_| known >> position & 1 == 1) {
            Some(line) => {
                let drawn = FxBuildHasher.hash_one((position, sample));
                let value = line.value(drawn % line.len());
                (value, value)
            }
            None => terms.domains.ends(position),
        };
        if terms.certain(truth, &hull) != Some(false) {
            possible[sample / 64] |= 1 << (sample % 64);
        }
    }
    possible
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;
    use crate::language;
    use crate::space::terms::lower::{Lowering, Place};
    use crate::space::terms::sets::Domains;
    use crate::space::tests::model;
    use itertools::Itertools;

    /// Against every order, by both estimates.
    #[test]
    fn the_least_order_costs_what_the_best_of_all_orders_costs() {
        let ranges = [("v", 1, 64), ("w", 1, 9), ("x", 1, 40), ("y", 0, 7), ("z", 1, 300)];
        for constraints in [
            &["(v // w) * (x // (y + 1)) <= 32", "z * v <= 900", "z % x == 0"][..],
            &["v * z == x * 12", "w + y <= z", "v % w == 0"],
            &["v + w + x + y + z <= 90", "x * y % v == 0"],
        ] {
            let model = model(&ranges, constraints);
            let domains: Vec<Domain> =
                ranges.iter().map(|&(_, first, last)| Domain::progression(first, last, 1)).collect();
            let mut terms = Terms::new(Domains::new(&domains));
            let places: Vec<Place> = (0..5).map(Place::Open).collect();
            let truth = |text| language::parse(text, &model).unwrap();
            let mut lowering = Lowering { terms: &mut terms, places: &places };
            let truths: Vec<TermId> = constraints.iter().map(|text| lowering.truth(&truth(text))).collect();
            for estimate in [Estimate::Together, Estimate::Apart] {
                let mut widths = Widths::new(&terms, &truths, estimate, &|| Ok(()));
                let (cost, order) = widths.least_order(&[0, 1, 2, 3, 4]).unwrap().expect("few sets");
                assert_eq!(widths.cost(&order).unwrap(), cost, "{constraints:?} {estimate:?}");
                let least = (0..5).permutations(5).map(|order| widths.cost(&order).unwrap()).min();
                assert_eq!(Some(cost), least, "{constraints:?} {estimate:?}");
            }
        }
    }
}
