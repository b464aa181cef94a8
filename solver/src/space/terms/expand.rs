//! From trees of sums and products to [polynomials](super::polynomial), before the diagram is built.

use super::exact::Exact;
use super::polynomial::{MOST_MONOMIALS, gcd};
use super::shapes::{Coefficients, Monomial};
use super::term::{Draft, Operands, Operator, Position, Relation, Term, TermId, Terms};
use num_traits::ToPrimitive;
use std::collections::BTreeMap;

/// Coefficients by monomial; that of the constant is the empty one.
type Expansion = BTreeMap<Monomial, i64>;

/// A polynomial over a monomial with a positive coefficient.
struct Fraction {
    numerator: Expansion,
    coefficient: i64,
    denominator: Monomial,
}

/// The truths with polynomials in place of trees, where that is no loss.
pub(in crate::space) fn with_polynomials(terms: &mut Terms, truths: Vec<TermId>) -> Vec<TermId> {
    truths.into_iter().map(|truth| expand_truth(terms, truth)).collect()
}

fn expand_truth(terms: &mut Terms, truth: TermId) -> TermId {
    match terms.get(truth).clone() {
        Term::Apply(operator @ (Operator::And | Operator::Or), operands) => {
            let operands: Operands = operands.iter().map(|&operand| expand_truth(terms, operand)).collect();
            terms.apply(&operator, &operands)
        }
        Term::Apply(Operator::Compare(relation), operands) if terms.is_listed(truth) => {
            let polynomial = expand(terms, operands[0]).and_then(|fraction| compare(terms, relation, &fraction));
            polynomial.unwrap_or(truth)
        }
        Term::Apply(Operator::Not, operands) => {
            let operand = expand_truth(terms, operands[0]);
            terms.negation(operand)
        }
        _ => truth,
    }
}

/// `fraction <relation> 0`, multiplied by the denominator, or by a multiple of it that is never negative.
fn compare(terms: &mut Terms, relation: Relation, fraction: &Fraction) -> Option<TermId> {
    let mut factor = Monomial::new();
    let mut guards = Operands::new();
    for run in fraction.denominator.chunk_by(|a, b| a == b) {
        let (lo, hi) = terms.domains.ends(run[0]);
        let inequality = matches!(relation, Relation::AtMost | Relation::Below);
        if lo <= 0 && inequality && run.len() % 2 == 1 {
            factor.push(run[0]);
        }
        if lo <= 0 && hi >= 0 {
            let divisor = terms.intern(Draft::Variable(run[0]));
            guards.push(terms.compare_with_zero(Relation::NotEqual, divisor));
        }
    }
    let mut sum = Expansion::new();
    for (monomial, c) in &fraction.numerator {
        add(&mut sum, product(monomial, &factor), *c)?;
    }
    let constant = sum.remove(&Monomial::new()).unwrap_or(0);
    let (mut coefficients, monomials): (Coefficients, Vec<Monomial>) =
        sum.into_iter().filter(|&(_, c)| c != 0).map(|(monomial, c)| (c, monomial)).unzip();
    coefficients.push(constant);
    if monomials.is_empty() {
        return None;
    }
    let shape = terms.shape(&monomials)?;
    guards.push(terms.compare_polynomial(relation, shape, coefficients)?);
    Some(terms.apply(&Operator::And, &guards))
}

/// A term as a polynomial with few monomials, over a monomial; `None` where it is none, or bounds would know less of the
/// polynomial. The term is defined where the monomial is not 0.
fn expand(terms: &Terms, term: TermId) -> Option<Fraction> {
    match terms.get(term) {
        Term::Constant(value) => Fraction::of(Monomial::new(), 1).scaled(value),
        &Term::Variable(position) => Some(Fraction::of(Monomial::from_slice(&[position]), 1)),
        Term::Linear(parts, constant) => {
            let constant = Fraction::of(Monomial::new(), 1).scaled(constant)?;
            parts
                .iter()
                .try_fold(constant, |sum, (part, coefficient)| sum.plus(expand(terms, *part)?.scaled(coefficient)?))
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

    fn scaled(mut self, factor: &Exact) -> Option<Self> {
        let factor = factor.rational();
        let (above, below) = (factor.numer().to_i64()?, factor.denom().to_i64()?);
        for coefficient in self.numerator.values_mut() {
            *coefficient = coefficient.checked_mul(above)?;
        }
        self.coefficient = self.coefficient.checked_mul(below)?;
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

    /// The quotient by a monomial.
    fn over(self, terms: &Terms, divisor: &Self) -> Option<Self> {
        let mut parts = divisor.numerator.iter().filter(|(_, c)| **c != 0);
        let (monomial, &coefficient) = parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        // What divides the divisor must not be 0 either, and is kept where it might be.
        let loose = |&&position: &&Position| terms.domains.ends(position).0 <= 0;
        let loose: Monomial = divisor.denominator.iter().filter(loose).copied().collect();
        let numerator = product(&divisor.denominator, &loose);
        let inverse = Fraction {
            numerator: Expansion::from([(numerator, divisor.coefficient.checked_mul(coefficient.signum())?)]),
            coefficient: coefficient.checked_abs()?,
            denominator: product(monomial, &loose),
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

#[cfg(test)]
mod tests {
    use super::super::lower::{Lowering, Place};
    use super::super::sets::Domains;
    use super::*;
    use crate::arith::Interval;
    use crate::domain::Domain;
    use crate::language;
    use crate::space::tests::model;

    /// A truth of variables that take the integers of some ranges, as a tree and with polynomials.
    fn both(ranges: &[(&str, i64, i64)], text: &str) -> (Terms, TermId, TermId) {
        let expr = language::parse(text, &model(ranges, &[])).unwrap();
        let domains: Vec<Domain> =
            ranges.iter().map(|&(_, lo, hi)| Domain::from_interval(Interval::new(lo, hi))).collect();
        let mut terms = Terms::new(Domains::new(&domains));
        let places: Vec<Place> = (0..).take(ranges.len()).map(Place::Open).collect();
        let tree = Lowering { terms: &mut terms, places: &places }.truth(&expr);
        let expanded = with_polynomials(&mut terms, vec![tree])[0];
        (terms, tree, expanded)
    }

    fn at(terms: &mut Terms, truth: TermId, values: &[i64]) -> TermId {
        (0..).zip(values).fold(truth, |left, (position, &value)| terms.substitute(left, position, value))
    }

    #[test]
    fn polynomials_hold_where_their_trees_do() {
        let ranges = [("a", -3, 4), ("b", 1, 5), ("c", 0, 3), ("d", 2, 6)];
        for text in [
            "a * b - 2 * c * d <= 3",
            "a * a * b + 6 * a > 4 * d",
            "a ** 3 + b == d * c",
            "6 * a * c + 4 * b != 10",
            "6 * a + 3 * c == 10 * b * d",
            "(b + 2 * c) * (d + c) * (1 + b) * 4 <= 300",
            "a / b + c / (2 * d) < 1",
            "(a * c) / (b * d) >= c / b",
            "16 * a / b + 32 * c * d > 31",
            "c * (b / 4 + 1 / 6) * d > 7 / 2",
            "b / c <= a",
            "b / a + d / c == b - 2",
            "not (d / (a * c) - b / a >= 2)",
            "a / (b / c) != d / a / c",
            "c / (a * a) + b / a < d / c",
            "c == 0 or (c * b + d) * c <= 21 and a * c <= 2",
        ] {
            let (mut terms, tree, expanded) = both(&ranges, text);
            assert_ne!(tree, expanded, "{text}");
            for index in 0..8 * 5 * 4 * 5 {
                let row = [index % 8 - 3, index / 8 % 5 + 1, index / 40 % 4, index / 160 + 2];
                let (known, found) = (at(&mut terms, tree, &row), at(&mut terms, expanded, &row));
                assert!(known == found && [Terms::TRUE, Terms::FALSE].contains(&found), "{text} at {row:?}");
            }
        }
    }

    #[test]
    fn what_bounds_know_more_of_or_no_polynomial_stays_a_tree() {
        let ranges = [("a", -3, 4), ("b", 1, 5), ("c", 0, 3)];
        for text in ["(a - b) * (b - c) <= 4", "a % b == 1", "max(a, b) + c <= 4", "a / (b + 1) <= c"] {
            let (_, tree, expanded) = both(&ranges, text);
            assert_eq!(tree, expanded, "{text}");
        }
    }

    #[test]
    fn equal_residuals_are_equal_terms() {
        let ranges = [("a", 1, 9), ("b", 1, 9), ("c", 0, 9), ("d", 0, 9)];
        let (mut terms, _, truth) = both(&ranges, "(a + 2 * c) * (b + 2 * c) * (2 + d) <= 150");
        assert_eq!(at(&mut terms, truth, &[2, 7]), at(&mut terms, truth, &[7, 2]));
        assert_ne!(at(&mut terms, truth, &[2, 7]), at(&mut terms, truth, &[7, 3]));
        let (mut terms, _, truth) = both(&ranges, "(5 + 5 * a) * c + d * 0 <= 53 + 53 * a");
        assert_eq!(at(&mut terms, truth, &[1]), at(&mut terms, truth, &[2]), "c <= 10.6 either way");
        let (mut terms, _, truth) = both(&ranges, "(5 + 5 * a) * c + (3 + 3 * a) * d <= 53 + 53 * a");
        assert_eq!(at(&mut terms, truth, &[1]), at(&mut terms, truth, &[2]), "5 c + 3 d <= 53 either way");
        let (mut terms, _, truth) = both(&ranges, "a * c - a * d - 3 * c + 3 * d == 0");
        assert_eq!(at(&mut terms, truth, &[1]), at(&mut terms, truth, &[5]), "c - d == 0 either way");
    }

    #[test]
    fn numbers_beyond_a_machine_word_go_on_as_trees() {
        let ranges = [("a", 1020, 1027), ("b", 1, 4)];
        for text in [
            "9007199254740991 * a * b <= 9007199254740990 * a * 2 + b",
            "9007199254740991 * a - 9007199254740990 * b * 300 - 7 < 0",
        ] {
            let (mut terms, tree, expanded) = both(&ranges, text);
            let Term::Polynomial(relation, shape, coefficients) = terms.get(expanded).clone() else {
                panic!("{text} stayed a tree")
            };
            assert_eq!(terms.substitute_polynomial(relation, shape, &coefficients, 1027), None, "{text}");
            for index in 0..8 * 4 {
                let row = [index % 8 + 1020, index / 8 + 1];
                assert_eq!(at(&mut terms, expanded, &row), at(&mut terms, tree, &row), "{text} at {row:?}");
            }
        }
    }
}
