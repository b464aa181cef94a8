//! Truths that others imply and that speak of fewer variables, or of earlier ones, so that fewer values are tried.

use crate::space::terms::exact::Exact;
use crate::space::terms::term::{Operator, Relation, Term, TermId, Terms};
use smallvec::SmallVec;

/// `coefficient * factors` divides a number that is not 0.
struct Divisor {
    coefficient: Exact,
    factors: Factors,
    number: Exact,
}

type Factors = SmallVec<[TermId; 6]>;

/// A coefficient times integer factors.
type Side = (Exact, Factors);

/// The truths, and what products that must divide a number imply: that each of their variables divides it, and what is
/// left of equations of two products one of which they are a part of.
pub(super) fn with_implied(terms: &mut Terms, mut truths: Vec<TermId>) -> Vec<TermId> {
    let divisors: Vec<Divisor> = truths.iter().filter_map(|&truth| terms.divisor(truth)).collect();
    let equations: Vec<[Side; 2]> = truths.iter().filter_map(|&truth| terms.equal_products(truth)).collect();
    for divisor in &divisors {
        let number = terms.constant(&divisor.number);
        for &factor in &divisor.factors {
            if divisor.factors.len() > 1 && matches!(terms.get(factor), Term::Variable(_)) {
                let multiple = terms.sum(&[(factor, divisor.coefficient.clone())], Exact::ZERO);
                truths.push(terms.apply(&Operator::Divides, &[multiple, number]));
            }
        }
        for [left, right] in &equations {
            truths.extend(terms.quotient_divides(divisor, left, right));
            truths.extend(terms.quotient_divides(divisor, right, left));
        }
    }
    truths
}

impl Terms {
    /// `divisor | number`, in either of its forms, with integer factors and a number that is known.
    fn divisor(&self, truth: TermId) -> Option<Divisor> {
        let (number, divisor) = match self.get(truth) {
            Term::Apply(Operator::Divides, operands) => (operands[1], operands[0]),
            Term::Apply(Operator::Compare(Relation::Equal), operands) => match self.get(operands[0]) {
                Term::Apply(Operator::Remainder, operands) => (operands[0], operands[1]),
                _ => return None,
            },
            _ => return None,
        };
        let number = self.number(number).filter(|number| number.is_integer() && !number.is_zero())?;
        let (coefficient, product) = self.multiple(divisor);
        let factors = self.integer_factors(product)?;
        coefficient.is_integer().then(|| Divisor { coefficient, factors, number: number.clone() })
    }

    /// The factors of a product, or a term as its only factor, where all are integers.
    fn integer_factors(&self, term: TermId) -> Option<Factors> {
        let factors = match self.get(term) {
            Term::Apply(Operator::Product, factors) => Factors::from_slice(factors),
            _ => Factors::from_slice(&[term]),
        };
        let integer = |&factor: &TermId| self.facts(factor).integer && self.facts(factor).total;
        factors.iter().all(integer).then_some(factors)
    }

    /// `a * left == b * right` as the coefficients and factors of both sides.
    fn equal_products(&self, truth: TermId) -> Option<[Side; 2]> {
        let Term::Apply(Operator::Compare(Relation::Equal), operands) = self.get(truth) else { return None };
        let Term::Linear(parts, constant) = self.get(operands[0]) else { return None };
        let [(left, a), (right, b)] = &parts[..] else { return None };
        let whole = constant.is_zero() && a.is_integer() && b.is_integer() && !a.is_zero() && !b.is_zero();
        let (left, right) = (self.integer_factors(*left)?, self.integer_factors(*right)?);
        whole.then(|| [(a.clone(), left), (b.negate(), right)])
    }

    /// From `e * F | n` and `a * F * rest == b * right` follows `e * b * right | n * a * rest`: the quotient is `n / (e * F)`.
    fn quotient_divides(&mut self, divisor: &Divisor, (a, left): &Side, (b, right): &Side) -> Option<TermId> {
        let mut rest = left.clone();
        for factor in &divisor.factors {
            rest.remove(rest.iter().position(|other| other == factor)?);
        }
        let (below, above) = (divisor.coefficient.multiply(b), divisor.number.multiply(a));
        let common = below.common_divisor(&above);
        let mut side = |coefficient: &Exact, factors: &[TermId]| {
            let product = self.product(factors);
            self.sum(&[(product, coefficient.divide(&common).expect("not 0"))], Exact::ZERO)
        };
        let operands = [side(&below, right), side(&above, &rest)];
        Some(self.apply(&Operator::Divides, &operands))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arith::Interval;
    use crate::domain::Domain;
    use crate::language;
    use crate::space::terms::lower::{Lowering, Place};
    use crate::space::terms::sets::Domains;
    use crate::space::terms::term::Draft;
    use crate::space::tests::model;

    /// The truths of texts over variables a, b, c, d, e of some range, and all of them with what they imply.
    fn implied(terms: &mut Terms, texts: &[&str]) -> Vec<TermId> {
        let (lo, hi) = terms.domains.ends(0);
        let model = model(&["a", "b", "c", "d", "e"].map(|name| (name, lo, hi)), &[]);
        let places: Vec<Place> = (0..5).map(Place::Open).collect();
        let truths = texts.iter().map(|text| {
            let expr = language::parse(text, &model).unwrap();
            Lowering { terms, places: &places }.truth(&expr)
        });
        let truths = truths.collect();
        with_implied(terms, truths)
    }

    fn terms(lo: i64, hi: i64) -> Terms {
        Terms::new(Domains::new(&vec![Domain::from_interval(Interval::new(lo, hi)); 5]))
    }

    #[test]
    fn what_is_implied_holds_where_the_truths_do() {
        for (texts, more) in [
            (&["24 % (b * c) == 0", "a * b * c == 24 * d * e"][..], 3),
            (&["divides(2 * b, 12)", "3 * b * a * c == -8 * d", "d * e * b == b * b * a"], 3),
            (&["divides(a * a, 36)", "a * a * b == c * d", "a * e == 6 * c * b"], 3),
            (&["6 % a == 0", "a == 2 * b"], 1),
            (&["6 % (a + b) == 0", "(a + b) * c == 3 * d"], 1),
        ] {
            let mut terms = terms(-3, 3);
            let truths = implied(&mut terms, texts);
            assert_eq!(truths.len() - texts.len(), more, "{texts:?}");
            let mut solutions = 0;
            for index in 0..7i64.pow(5) {
                let row: Vec<i64> = (0..5).map(|place| index / 7i64.pow(place) % 7 - 3).collect();
                let mut at = |truth| {
                    (0..).zip(&row).fold(truth, |left, (position, &value)| terms.substitute(left, position, value))
                };
                if truths[..texts.len()].iter().all(|&truth| at(truth) == Terms::TRUE) {
                    solutions += 1;
                    assert!(truths.iter().all(|&truth| at(truth) == Terms::TRUE), "{texts:?} at {row:?}");
                }
            }
            assert!(solutions > 10, "{texts:?}");
        }
    }

    #[test]
    fn a_product_is_left_out_of_an_equation() {
        let mut terms = terms(1, 50);
        let truths = implied(&mut terms, &["24 % (2 * b * c) == 0", "a * b * c == 24 * d * e"]);
        let [a, d, e] = [0, 3, 4].map(|position| terms.intern(Draft::Variable(position)));
        let two = terms.constant(&Exact::Whole(2));
        let product = terms.product(&[two, d, e]);
        let expected = terms.apply(&Operator::Divides, &[product, a]);
        assert!(truths.contains(&expected));
    }

    #[test]
    fn what_may_be_0_or_no_integer_implies_nothing() {
        let mut terms = terms(-3, 3);
        for texts in [&["0 % (b * c) == 0", "a * b * c == d"][..], &["divides(a / 2, 6)", "a / 2 * b == c"]] {
            assert_eq!(implied(&mut terms, texts).len(), texts.len(), "{texts:?}");
        }
    }
}
