//! The order of variables for a count, which may be any: one in which few residual problems differ.
//!
//! Of `(a // b) * (c // d) == 32`, knowing `a` and `b` leaves one of few quotients, knowing `a` and `c` leaves all their
//! pairs. How many residual problems a set of known variables can leave is estimated by what is left of them: the terms of
//! known variables in terms of others, and how many values these have.

use super::components::{Component, components};
use super::error::SpaceError;
use super::term::{Operator, Position, Term, TermId, Terms};
use rustc_hash::FxHashMap;

/// Counts that are estimated to take less keep their order.
const WORTHWHILE: u64 = 1 << 17;
/// From so many first variables orders are looked for, times the square of how many there are.
const MOST_STEPS: usize = 1 << 12;
/// How many times less another order has to take.
const BETTER: u64 = 4;
/// What finding the values of the last variable takes, in values tried.
const LAST_COST: u64 = 8;

/// An order of the open variables in which a count is estimated to take much less; `None` where theirs is good enough.
pub(super) fn arrangement(
    terms: &Terms,
    truths: &[TermId],
    open: &[Position],
    look: &dyn Fn() -> Result<(), SpaceError>,
) -> Result<Option<Vec<Position>>, SpaceError> {
    if open.last().is_none_or(|&last| last >= u64::BITS) {
        return Ok(None);
    }
    let mut order = Vec::new();
    let mut changed = false;
    for Component { variables, truths } in components(terms, truths, open) {
        let mut widths = Widths { terms, truths: &truths, look, known: FxHashMap::default() };
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

/// How many residual problems sets of known variables leave, by their bits.
struct Widths<'a> {
    terms: &'a Terms,
    truths: &'a [TermId],
    look: &'a dyn Fn() -> Result<(), SpaceError>,
    known: FxHashMap<u64, u64>,
}

/// What is left of known variables in a term of others.
struct Left {
    /// The term, or the one that it is a part of.
    term: TermId,
    variables: u64,
    values: u64,
}

impl Widths<'_> {
    /// An estimate of the values that are tried in an order.
    fn cost(&mut self, order: &[Position]) -> Result<u64, SpaceError> {
        let (mut known, mut cost) = (0, 0u64);
        for (place, &position) in order.iter().enumerate() {
            let size = self.terms.domains.len(position);
            if let Some(&last) = order.get(place + 1).filter(|_| place + 2 == order.len()) {
                // Of two variables, the values of one are found for each of the other.
                let least = size.min(self.terms.domains.len(last));
                return Ok(cost.saturating_add(self.width(known)?.saturating_mul(least).saturating_mul(LAST_COST)));
            }
            cost = cost.saturating_add(self.width(known)?.saturating_mul(size));
            known |= 1 << position;
        }
        Ok(cost)
    }

    /// The best of the orders that begin with one of some variables.
    fn best_order(&mut self, variables: &[Position]) -> Result<Option<(u64, Vec<Position>)>, SpaceError> {
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
                let key = (self.terms.domains.is_wide(position), self.width(known | 1 << position)?);
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

    fn width(&mut self, known: u64) -> Result<u64, SpaceError> {
        if let Some(&width) = self.known.get(&known) {
            return Ok(width);
        }
        (self.look)()?;
        let mut left: Vec<Left> = Vec::new();
        for &truth in self.truths {
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
        self.known.insert(known, width);
        Ok(width)
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
