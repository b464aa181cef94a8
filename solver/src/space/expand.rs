//! From trees of sums and products to [polynomials](super::polynomial), before the diagram is built.

use super::exact::Exact;
use super::polynomial::{Coefficients, MOST_MONOMIALS, Monomial, gcd};
use super::term::{Operands, Operator, Position, Term, TermId, Terms};
use std::collections::BTreeMap;

/// Coefficients by monomial; that of the constant is the empty one.
type Expansion = BTreeMap<Monomial, i64>;

/// A polynomial over a monomial with a positive coefficient, of variables that are positive.
struct Fraction {
    numerator: Expansion,
    coefficient: i64,
    denominator: Monomial,
}

/// The truths with polynomials in place of trees, where that is no loss.
pub(super) fn with_polynomials(terms: &mut Terms, truths: Vec<TermId>) -> Vec<TermId> {
    truths.into_iter().map(|truth| expand_truth(terms, truth)).collect()
}

fn expand_truth(terms: &mut Terms, truth: TermId) -> TermId {
    match terms.get(truth).clone() {
        Term::Apply(operator @ (Operator::And | Operator::Or), operands) => {
            let operands: Operands = operands.iter().map(|&operand| expand_truth(terms, operand)).collect();
            terms.apply(&operator, &operands)
        }
        Term::Apply(Operator::Compare(relation), operands) if terms.is_listed(truth) => {
            let Some(fraction) = expand(terms, operands[0]) else { return truth };
            let mut sum = fraction.numerator;
            let constant = sum.remove(&Monomial::new()).unwrap_or(0);
            let (mut coefficients, monomials): (Coefficients, Vec<Monomial>) =
                sum.into_iter().filter(|&(_, c)| c != 0).map(|(monomial, c)| (c, monomial)).unzip();
            coefficients.push(constant);
            if monomials.is_empty() {
                return truth;
            }
            let shape = terms.shape(&monomials);
            shape.and_then(|shape| terms.compare_polynomial(relation, shape, coefficients)).unwrap_or(truth)
        }
        _ => truth,
    }
}

/// A term as a polynomial with few monomials, over a monomial that is always positive; `None` where it is none, or bounds
/// would know less of the polynomial.
fn expand(terms: &Terms, term: TermId) -> Option<Fraction> {
    match terms.get(term) {
        Term::Constant(value) => Some(Fraction::of(Monomial::new(), value.small()?)),
        &Term::Variable(position) => Some(Fraction::of(Monomial::from_slice(&[position]), 1)),
        Term::Linear(parts, constant) => {
            let mut sum = Fraction::of(Monomial::new(), constant.small()?);
            for (part, coefficient) in parts.iter() {
                sum = sum.plus(expand(terms, *part)?.scaled(coefficient.small()?)?)?;
            }
            Some(sum)
        }
        Term::Apply(Operator::Product, factors) => {
            let sums = factors.iter().any(|&factor| !matches!(terms.get(factor), Term::Variable(_)));
            let bounded = terms.facts(term).bounds.is_bounded();
            if sums && bounded && !factors.iter().all(|&factor| never_negative(terms, factor)) {
                return None;
            }
            let one = Fraction::of(Monomial::new(), 1);
            factors.iter().try_fold(one, |product, &factor| product.times(&expand(terms, factor)?))
        }
        Term::Apply(Operator::Power, operands) => {
            let (&Term::Variable(position), &Exact::Whole(exponent @ 1..=4)) =
                (terms.get(operands[0]), terms.number(operands[1])?)
            else {
                return None;
            };
            Some(Fraction::of((0..exponent).map(|_| position).collect(), 1))
        }
        Term::Apply(Operator::Quotient, operands) => {
            let numerator = expand(terms, operands[0])?;
            numerator.over(terms, &expand(terms, operands[1])?)
        }
        _ => None,
    }
}

impl Fraction {
    fn of(monomial: Monomial, coefficient: i64) -> Self {
        Self { numerator: Expansion::from([(monomial, coefficient)]), coefficient: 1, denominator: Monomial::new() }
    }

    fn scaled(mut self, factor: i64) -> Option<Self> {
        for coefficient in self.numerator.values_mut() {
            *coefficient = coefficient.checked_mul(factor)?;
        }
        Some(self)
    }

    fn plus(self, other: Self) -> Option<Self> {
        let denominator = least_multiple(&self.denominator, &other.denominator);
        let common = i64::try_from(gcd(self.coefficient.unsigned_abs(), other.coefficient.unsigned_abs())).ok()?;
        let coefficient = self.coefficient.checked_mul(other.coefficient / common)?;
        let mut numerator = Expansion::new();
        for part in [self, other] {
            let missing = without(&denominator, &part.denominator);
            for (monomial, c) in part.numerator {
                let c = c.checked_mul(coefficient / part.coefficient)?;
                add(&mut numerator, product(&monomial, &missing), c)?;
            }
        }
        (numerator.len() <= MOST_MONOMIALS).then_some(Self { numerator, coefficient, denominator })
    }

    fn times(&self, other: &Self) -> Option<Self> {
        let mut numerator = Expansion::new();
        for (left, c) in &self.numerator {
            for (right, d) in &other.numerator {
                add(&mut numerator, product(left, right), c.checked_mul(*d)?)?;
            }
        }
        let denominator = product(&self.denominator, &other.denominator);
        let coefficient = self.coefficient.checked_mul(other.coefficient)?;
        (numerator.len() <= MOST_MONOMIALS).then_some(Self { numerator, coefficient, denominator })
    }

    /// The quotient by a monomial that is always positive.
    fn over(self, terms: &Terms, divisor: &Self) -> Option<Self> {
        let mut parts = divisor.numerator.iter().filter(|(_, c)| **c != 0);
        let (monomial, &coefficient) = parts.next()?;
        let positive = |&position: &Position| terms.domains.ends(position).0 > 0;
        if parts.next().is_some() || coefficient < 0 || !monomial.iter().all(positive) {
            return None;
        }
        let inverse = Fraction {
            numerator: Expansion::from([(divisor.denominator.clone(), divisor.coefficient)]),
            coefficient,
            denominator: monomial.clone(),
        };
        self.times(&inverse)
    }
}

fn product(a: &[Position], b: &[Position]) -> Monomial {
    let mut product: Monomial = a.iter().chain(b).copied().collect();
    product.sort_unstable();
    product
}

/// What is left of a monomial divided by one that divides it.
fn without(all: &[Position], divisor: &[Position]) -> Monomial {
    let mut left = Monomial::from_slice(all);
    for position in divisor {
        if let Some(index) = left.iter().position(|other| other == position) {
            left.remove(index);
        }
    }
    left
}

/// The least monomial that both divide.
fn least_multiple(a: &[Position], b: &[Position]) -> Monomial {
    product(a, &without(b, a))
}

/// Whether no part of a sum is ever negative: then the bounds of a product of sums are those of the sum of products.
fn never_negative(terms: &Terms, factor: TermId) -> bool {
    match terms.get(factor) {
        Term::Linear(parts, constant) => {
            !constant.is_negative()
                && parts.iter().all(|(part, c)| !c.is_negative() && terms.facts(*part).bounds.lo >= 0)
                && parts.iter().all(|(part, _)| never_negative(terms, *part))
        }
        Term::Apply(Operator::Product, factors) => factors.iter().all(|&factor| never_negative(terms, factor)),
        _ => terms.facts(factor).bounds.lo >= 0,
    }
}

fn add(sum: &mut Expansion, monomial: Monomial, coefficient: i64) -> Option<()> {
    let place = sum.entry(monomial).or_insert(0);
    *place = place.checked_add(coefficient)?;
    Some(())
}

impl Terms {
    /// Whether no variable of a term is wide.
    fn is_listed(&self, term: TermId) -> bool {
        self.variables(term).iter().all(|&position| !self.domains.is_wide(position))
    }
}
