//! [`Plan`]: what can be said of a truth before the other variables are known.

use super::super::exact::Exact;
use super::super::term::{Operator, Position, Relation, Term, TermId, Terms};
use smallvec::SmallVec;

/// How a truth is taken apart: what can be said of it before the other variables are known.
#[derive(Debug)]
pub(super) enum Plan {
    /// `number <relation> 0`, where the number is `c * last + k`.
    Affine(Relation, TermId),
    /// `number % modulus == residue`, where the number is `c * last + k`.
    Residue {
        number: TermId,
        modulus: TermId,
        residue: i64,
    },
    /// `(number // divisor) % modulus == residue`, or with the quotient rounded up, where the number is `c * last + k`.
    Quotient {
        number: TermId,
        divisor: TermId,
        is_ceil: bool,
        modulus: TermId,
        residue: i64,
    },
    /// `number % divisor == residue`, where the divisor is `c * last + k` and the number does not speak of it; or the divisor
    /// divides the number where the residue is 0.
    Divisor {
        number: TermId,
        divisor: TermId,
        residue: i64,
    },
    /// `gcd(last, other) == divisor`.
    Common {
        other: TermId,
        divisor: i64,
    },
    /// The last variable occurs in remainders by these alone.
    Periodic(SmallVec<[TermId; 2]>),
    Bisected,
}

/// The plan for a truth once all variables but the last one are known.
pub(super) fn plan(terms: &Terms, truth: TermId, last: Position) -> Plan {
    let special = match terms.get(truth) {
        Term::Polynomial(relation, ..) if is_affine(terms, truth, last) => Some(Plan::Affine(*relation, truth)),
        Term::Apply(Operator::Compare(relation), operands) => compare_plan(terms, *relation, operands[0], last),
        Term::Apply(Operator::Divides, operands) if speaks_of(terms, operands[0], last) => {
            divisor_plan(terms, operands[1], operands[0], 0, last)
        }
        Term::Apply(Operator::Divides, operands) => residue_plan(terms, operands[1], operands[0], 0, last)
            .filter(|_| terms.facts(operands[0]).bounds.excludes_zero()),
        _ => None,
    };
    let mut moduli = SmallVec::new();
    special.unwrap_or_else(|| {
        if periods(terms, truth, last, &mut moduli) { Plan::Periodic(moduli) } else { Plan::Bisected }
    })
}

fn compare_plan(terms: &Terms, relation: Relation, number: TermId, last: Position) -> Option<Plan> {
    if is_affine(terms, number, last) {
        return Some(Plan::Affine(relation, number));
    }
    if relation != Relation::Equal {
        return None;
    }
    // c * function + k == 0, of a function with integer values.
    let form = terms.form(number);
    let [(function, coefficient)] = &form.terms[..] else { return None };
    let target = form.constant.negate().divide(coefficient)?.small()?;
    let Term::Apply(operator, operands) = terms.get(*function) else { return None };
    match operator {
        Operator::Remainder if speaks_of(terms, operands[1], last) => {
            divisor_plan(terms, operands[0], operands[1], target, last)
        }
        Operator::Remainder => residue_plan(terms, operands[0], operands[1], target, last),
        Operator::Gcd if operands.len() == 2 => {
            let place = operands.iter().position(|&operand| is(terms, operand, last))?;
            let other = operands[1 - place];
            (!speaks_of(terms, other, last)).then_some(Plan::Common { other, divisor: target })
        }
        _ => None,
    }
}

fn residue_plan(terms: &Terms, number: TermId, modulus: TermId, residue: i64, last: Position) -> Option<Plan> {
    if speaks_of(terms, modulus, last) {
        return None;
    }
    if is_affine(terms, number, last) {
        return Some(Plan::Residue { number, modulus, residue });
    }
    let Term::Apply(operator @ (Operator::FloorDivide | Operator::CeilDivide), operands) = terms.get(number) else {
        return None;
    };
    let (number, divisor, is_ceil) = (operands[0], operands[1], *operator == Operator::CeilDivide);
    let fits = is_affine(terms, number, last) && !speaks_of(terms, divisor, last);
    fits.then_some(Plan::Quotient { number, divisor, is_ceil, modulus, residue })
}

fn divisor_plan(terms: &Terms, number: TermId, divisor: TermId, residue: i64, last: Position) -> Option<Plan> {
    let fits = is_affine(terms, divisor, last) && !speaks_of(terms, number, last);
    fits.then_some(Plan::Divisor { number, divisor, residue })
}

fn is(terms: &Terms, term: TermId, position: Position) -> bool {
    *terms.get(term) == Term::Variable(position)
}

fn speaks_of(terms: &Terms, term: TermId, position: Position) -> bool {
    terms.variables(term).contains(&position)
}

/// Whether a number is `c * last + k` once the other variables are known.
fn is_affine(terms: &Terms, term: TermId, last: Position) -> bool {
    if !speaks_of(terms, term, last) {
        return true;
    }
    let occurrences = |list: &[TermId]| list.iter().filter(|&&part| speaks_of(terms, part, last)).count();
    match terms.get(term) {
        Term::Variable(_) => true,
        Term::Linear(parts, _) => parts.iter().all(|(part, _)| is_affine(terms, *part, last)),
        Term::Polynomial(_, shape, _) => {
            let monomials = &terms.shapes.get(*shape).monomials;
            monomials.iter().all(|monomial| monomial.iter().filter(|&&position| position == last).count() <= 1)
        }
        Term::Apply(Operator::Product, factors) => {
            occurrences(factors) == 1 && factors.iter().all(|&factor| is_affine(terms, factor, last))
        }
        _ => false,
    }
}

/// Whether a term has the same value wherever the last variable has the same residues by the moduli that it finds.
fn periods(terms: &Terms, term: TermId, last: Position, moduli: &mut SmallVec<[TermId; 2]>) -> bool {
    if !speaks_of(terms, term, last) {
        return true;
    }
    match terms.get(term) {
        Term::Linear(parts, _) => parts.iter().all(|(part, _)| periods(terms, *part, last, moduli)),
        Term::Apply(Operator::Remainder, operands) => {
            let known = !speaks_of(terms, operands[1], last);
            if known && is_integer_polynomial(terms, operands[0], last) {
                moduli.push(operands[1]);
                return true;
            }
            known && periods(terms, operands[0], last, moduli)
        }
        Term::Apply(Operator::Divides, operands) => {
            // Of a divisor that is 0, the period is none.
            let fits = !speaks_of(terms, operands[0], last)
                && terms.facts(operands[0]).bounds.excludes_zero()
                && is_integer_polynomial(terms, operands[1], last);
            moduli.extend(fits.then_some(operands[0]));
            fits
        }
        Term::Apply(_, operands) => operands.iter().all(|&operand| periods(terms, operand, last, moduli)),
        _ => false,
    }
}

/// Whether a term is a polynomial of the last variable, with coefficients that are integers.
fn is_integer_polynomial(terms: &Terms, term: TermId, last: Position) -> bool {
    let facts = terms.facts(term);
    if !facts.integer {
        return false;
    }
    if !speaks_of(terms, term, last) {
        return true;
    }
    match terms.get(term) {
        Term::Variable(_) => true,
        Term::Linear(parts, _) => {
            parts.iter().all(|(part, c)| c.is_integer() && is_integer_polynomial(terms, *part, last))
        }
        Term::Apply(Operator::Product, factors) => {
            factors.iter().all(|&factor| is_integer_polynomial(terms, factor, last))
        }
        Term::Apply(Operator::Power, operands) => {
            let natural = terms.number(operands[1]).and_then(Exact::small).is_some_and(|e| e >= 1);
            natural && is_integer_polynomial(terms, operands[0], last)
        }
        _ => false,
    }
}
