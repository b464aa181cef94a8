//! Variables that an equation defines by others: for counting, they need no place in the diagram.
//!
//! From `a*b*v == c` follows `v = c / (a*b)`: each solution of the other variables has one value of `v` at most. So the
//! equation goes, `v` becomes that quotient wherever it occurs, and what is left to ask of it is that the quotient is
//! one of its values. Chains of such variables, sizes and totals of a tiling, would otherwise be as many nodes as there
//! are solutions.

use crate::model::MemberSet;
use crate::space::terms::exact::Exact;
use crate::space::terms::sets::Root;
use crate::space::terms::term::{Operands, Operator, Position, Relation, Term, TermId, Terms};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// `position = numerator / divisor`.
struct Definition {
    truth: TermId,
    position: Position,
    numerator: TermId,
    divisor: TermId,
}

/// The same truths without the variables that equations among them define, and those variables.
pub(super) fn eliminate(terms: &mut Terms, truths: Vec<TermId>) -> (Vec<TermId>, Vec<Position>) {
    let mut truths = flat(terms, truths);
    let mut eliminated = Vec::new();
    while let Some(definition) = best_definition(terms, &truths) {
        eliminated.push(definition.position);
        let Definition { truth, position, numerator, divisor } = definition;
        let value = terms.apply(&Operator::Quotient, &[numerator, divisor]);
        let mut known = FxHashMap::default();
        let mut left = values_of(terms, &definition);
        for other in truths.into_iter().filter(|&other| other != truth) {
            left.push(terms.replace(other, position, value, &mut known));
        }
        truths = flat(terms, left);
    }
    (truths, eliminated)
}

/// Without conjunctions, and without repetitions.
fn flat(terms: &Terms, truths: Vec<TermId>) -> Vec<TermId> {
    let mut flat = Vec::with_capacity(truths.len());
    for truth in truths {
        match terms.get(truth) {
            Term::Apply(Operator::And, inner) => flat.extend_from_slice(inner),
            _ if truth == Terms::TRUE => {}
            _ => flat.push(truth),
        }
    }
    flat.sort_unstable();
    flat.dedup();
    flat
}

/// Of the variables that can go and had better go, one with the most values.
fn best_definition(terms: &mut Terms, truths: &[TermId]) -> Option<Definition> {
    let mut best: Option<(u64, TermId, Position)> = None;
    for &truth in truths {
        for position in defined_by(terms, truth) {
            let Some(values) = count_of_progression(terms.domains.get(position)) else { continue };
            if best.is_none_or(|(most, ..)| values > most) && had_better_go(terms, truths, truth, position) {
                best = Some((values, truth, position));
            }
        }
    }
    let (_, truth, position) = best?;
    Some(definition(terms, truth, position))
}

/// Whether the other truths stay as telling without the variable: a quotient in place of a divisor says nothing before
/// all of it is known. A wide variable has to go in any case.
fn had_better_go(terms: &mut Terms, truths: &[TermId], truth: TermId, position: Position) -> bool {
    if terms.domains.is_wide(position) {
        return true;
    }
    let divisor = definition(terms, truth, position).divisor;
    let whole = terms.number(divisor).is_some_and(|divisor| divisor.absolute() == Exact::ONE);
    whole || truths.iter().all(|&other| other == truth || is_polynomial_in(terms, other, position))
}

/// Whether the variable occurs only in sums of products that are compared with 0.
fn is_polynomial_in(terms: &Terms, term: TermId, position: Position) -> bool {
    if !terms.variables(term).contains(&position) {
        return true;
    }
    match terms.get(term) {
        Term::Variable(_) => true,
        Term::Linear(parts, _) => parts.iter().all(|(part, _)| is_polynomial_in(terms, *part, position)),
        Term::Apply(Operator::Product | Operator::Compare(_), operands) => {
            operands.iter().all(|&operand| is_polynomial_in(terms, operand, position))
        }
        _ => false,
    }
}

/// How many values a domain has, where a test of membership can be stated.
fn count_of_progression(root: &Root) -> Option<u64> {
    match root {
        Root::Listed(values) => u64::try_from(values.len()).ok(),
        Root::Wide(domain) => {
            let reach = i128::from(domain.step()) * i128::from(domain.len() - 1);
            (i128::from(domain.hi()) - i128::from(domain.lo()) == reach).then(|| domain.len())
        }
    }
}

/// The variables for which an equation of integers can be solved: each occurs in one of its terms, once, as a factor beside
/// others that are never 0. Where they are, the variable may be anything.
fn defined_by(terms: &Terms, truth: TermId) -> Vec<Position> {
    let Term::Apply(Operator::Compare(Relation::Equal), operands) = terms.get(truth) else { return Vec::new() };
    let form = terms.form(operands[0]);
    let plain = |(term, c): &(TermId, Exact)| {
        let facts = terms.facts(*term);
        c.is_integer() && !c.is_zero() && facts.integer && facts.total
    };
    if !form.constant.is_integer() || !form.terms.iter().all(plain) {
        return Vec::new();
    }
    let occurs = |position: &Position| {
        form.terms.iter().filter(|(term, _)| terms.variables(*term).contains(position)).count() == 1
    };
    let mut found = Vec::new();
    for (term, _) in &form.terms {
        let factors = terms.factors(*term);
        found.extend(factors.iter().filter_map(|&factor| {
            let &Term::Variable(position) = terms.get(factor) else { return None };
            let elsewhere = factors.iter().filter(|&&other| terms.variables(other).contains(&position)).count() > 1;
            let divides = factors.iter().all(|&other| other == factor || terms.facts(other).bounds.excludes_zero());
            (!elsewhere && divides && occurs(&position)).then_some(position)
        }));
    }
    found
}

/// Solves an equation for a variable of [`defined_by`].
fn definition(terms: &mut Terms, truth: TermId, position: Position) -> Definition {
    let Term::Apply(_, operands) = terms.get(truth) else { unreachable!("an equation") };
    let form = terms.form(operands[0]);
    let place = form.terms.iter().position(|(term, _)| terms.variables(*term).contains(&position));
    let (term, coefficient) = form.terms[place.expect("it occurs")].clone();
    let others: Vec<(TermId, Exact)> =
        form.terms.iter().filter(|(other, _)| *other != term).map(|(term, c)| (*term, c.negate())).collect();
    let numerator = terms.sum(&others, form.constant.negate());
    let mut factors = terms.factors(term);
    factors.retain(|&factor| *terms.get(factor) != Term::Variable(position));
    factors.push(terms.constant(&coefficient));
    let divisor = terms.apply(&Operator::Product, &factors);
    Definition { truth, position, numerator, divisor }
}

/// What says that the quotient is one of the variable's values.
fn values_of(terms: &mut Terms, definition: &Definition) -> Vec<TermId> {
    let &Definition { position, numerator, divisor, .. } = definition;
    let (lo, hi) = terms.domains.ends(position);
    let (step, list) = match terms.domains.get(position) {
        Root::Wide(domain) => (domain.step(), None),
        Root::Listed(values) => {
            let step = if values.len() > 1 { values[1] - values[0] } else { 1 };
            let even = values.windows(2).all(|pair| pair[1] - pair[0] == step);
            (if even { step } else { 1 }, (!even).then(|| values.clone()))
        }
    };
    // (numerator - lo * divisor) % (step * divisor) == 0
    let above = terms.sum(&[(numerator, Exact::ONE), (divisor, Exact::Whole(lo).negate())], Exact::ZERO);
    let spacing = terms.sum(&[(divisor, Exact::Whole(step))], Exact::ZERO);
    let mut truths = vec![terms.apply(&Operator::Divides, &[spacing, above])];
    if terms.facts(divisor).bounds.lo > 0 {
        let zero = terms.constant(&Exact::ZERO);
        truths.push(terms.compare(Relation::AtMost, zero, above));
        let below = terms.sum(&[(numerator, Exact::ONE), (divisor, Exact::Whole(hi).negate())], Exact::ZERO);
        truths.push(terms.compare_with_zero(Relation::AtMost, below));
    } else {
        let value = terms.apply(&Operator::Quotient, &[numerator, divisor]);
        let (lo, hi) = (terms.constant(&Exact::Whole(lo)), terms.constant(&Exact::Whole(hi)));
        truths.push(terms.compare(Relation::AtMost, lo, value));
        truths.push(terms.compare(Relation::AtMost, value, hi));
    }
    if let Some(list) = list {
        let value = terms.apply(&Operator::Quotient, &[numerator, divisor]);
        let set = Rc::new(MemberSet::Values(list.to_vec()));
        truths.push(terms.apply(&Operator::Member(set), &[value]));
    }
    truths
}

impl Terms {
    /// The factors of a product; any other term is its own only factor.
    fn factors(&self, term: TermId) -> Vec<TermId> {
        match self.get(term) {
            Term::Apply(Operator::Product, factors) => factors.to_vec(),
            _ => vec![term],
        }
    }

    /// The term with another in place of a variable.
    fn replace(
        &mut self,
        term: TermId,
        position: Position,
        by: TermId,
        known: &mut FxHashMap<TermId, TermId>,
    ) -> TermId {
        if !self.variables(term).contains(&position) {
            return term;
        }
        if let Some(&known) = known.get(&term) {
            return known;
        }
        let result = match self.get(term).clone() {
            Term::Variable(_) => by,
            Term::Linear(parts, constant) => {
                let parts: Vec<_> =
                    parts.iter().map(|(part, c)| (self.replace(*part, position, by, known), c.clone())).collect();
                self.sum(&parts, constant)
            }
            Term::Apply(operator, operands) => {
                let operands: Operands =
                    operands.iter().map(|&operand| self.replace(operand, position, by, known)).collect();
                self.apply(&operator, &operands)
            }
            Term::InSet(..) | Term::Polynomial(..) => unreachable!("made when the diagram is built"),
            Term::Constant(_) | Term::Undefined | Term::TooLarge => term,
        };
        known.insert(term, result);
        result
    }
}
