//! [`Enclosure`]: what intervals of values say of a term, in machine integers.
//!
//! Bounds round outward, and what does not fit machine integers says nothing. So a truth that is found true or false is so
//! for every combination of values in the intervals.

use super::shapes::ShapeId;
use super::term::{Operator, Position, Relation, Term, TermId, Terms};
use std::cmp::Ordering;

/// Polynomials of more open variables are enclosed monomial by monomial.
const MOST_CORNERS: u32 = 4;

/// The values of a term where it is defined; of a truth, 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Enclosure {
    /// Reversed where the term is defined nowhere.
    pub(super) lo: i128,
    pub(super) hi: i128,
    /// Whether it is defined everywhere.
    total: bool,
}

impl Enclosure {
    const NOWHERE: Self = Self { lo: 1, hi: 0, total: false };
    const UNKNOWN_TRUTH: Self = Self::new(0, 1);

    const fn new(lo: i128, hi: i128) -> Self {
        Self { lo, hi, total: true }
    }

    fn truth(known: Option<bool>) -> Self {
        known.map_or(Self::UNKNOWN_TRUTH, |truth| Self::new(truth.into(), truth.into()))
    }

    fn is_nowhere(self) -> bool {
        self.lo > self.hi
    }

    /// The same bounds, defined no more often than others are.
    fn under(self, others: &[Self]) -> Self {
        if others.iter().any(|other| other.is_nowhere()) {
            return Self::NOWHERE;
        }
        Self { total: self.total && others.iter().all(|other| other.total), ..self }
    }

    fn plus(self, other: Self) -> Option<Self> {
        Some(Self::new(self.lo.checked_add(other.lo)?, self.hi.checked_add(other.hi)?).under(&[self, other]))
    }

    fn times(self, other: Self) -> Option<Self> {
        let ends = [(self.lo, other.lo), (self.lo, other.hi), (self.hi, other.lo), (self.hi, other.hi)];
        let (mut lo, mut hi) = (i128::MAX, i128::MIN);
        for (a, b) in ends {
            let product = a.checked_mul(b)?;
            (lo, hi) = (lo.min(product), hi.max(product));
        }
        Some(Self::new(lo, hi).under(&[self, other]))
    }

    /// How it compares with 0: what holds for all values, if anything does. Undefined numbers make a comparison false.
    fn compare(self, relation: Relation) -> Option<bool> {
        if self.is_nowhere() {
            return Some(false);
        }
        match relation.decided(self.lo.cmp(&0), self.hi.cmp(&0)) {
            Some(true) if !self.total => None,
            decided => decided,
        }
    }
}

impl Terms {
    /// What a truth is for all values in the hulls, where that is certain.
    pub(in crate::space) fn certain(&self, truth: TermId, hull: &impl Fn(Position) -> (i64, i64)) -> Option<bool> {
        let Enclosure { lo, hi, .. } = self.enclosure(truth, hull)?;
        (lo == hi).then_some(lo != 0)
    }

    /// The values of a term for all values in the hulls; `None` where nothing is known.
    fn enclosure(&self, term: TermId, hull: &impl Fn(Position) -> (i64, i64)) -> Option<Enclosure> {
        match self.get(term) {
            Term::Constant(number) => {
                let number = i128::from(number.small()?);
                Some(Enclosure::new(number, number))
            }
            &Term::Variable(position) => {
                let (lo, hi) = hull(position);
                Some(Enclosure::new(lo.into(), hi.into()))
            }
            Term::Undefined => Some(Enclosure::NOWHERE),
            Term::TooLarge | Term::InSet(..) => None,
            Term::Linear(parts, constant) => {
                let constant = i128::from(constant.small()?);
                parts.iter().try_fold(Enclosure::new(constant, constant), |sum, (part, coefficient)| {
                    let coefficient = i128::from(coefficient.small()?);
                    sum.plus(self.enclosure(*part, hull)?.times(Enclosure::new(coefficient, coefficient))?)
                })
            }
            Term::Polynomial(relation, shape, coefficients) => {
                let number = self.polynomial_enclosure(*shape, coefficients, hull)?;
                Some(Enclosure::truth(number.compare(*relation)))
            }
            Term::Apply(operator, operands) => self.enclosure_of(operator, operands, hull),
        }
    }

    fn enclosure_of(
        &self,
        operator: &Operator,
        operands: &[TermId],
        hull: &impl Fn(Position) -> (i64, i64),
    ) -> Option<Enclosure> {
        let of = |index: usize| self.enclosure(operands[index], hull);
        Some(match operator {
            Operator::And => Enclosure::truth(self.junction_certain(operands, false, hull)),
            Operator::Or => Enclosure::truth(self.junction_certain(operands, true, hull)),
            Operator::Not => Enclosure::truth(self.certain(operands[0], hull).map(|truth| !truth)),
            Operator::Compare(relation) => Enclosure::truth(of(0)?.compare(*relation)),
            Operator::Product => {
                let product = (1..operands.len()).try_fold(of(0)?, |product, index| product.times(of(index)?));
                product?
            }
            Operator::FloorDivide => divided(of(0)?, of(1)?, |a, b| a.div_euclid(b) - sign_correction(a, b))?,
            Operator::CeilDivide => divided(of(0)?, of(1)?, |a, b| -((-a).div_euclid(b) - sign_correction(-a, b)))?,
            Operator::Remainder => remainder(of(0)?, of(1)?)?,
            Operator::Minimum | Operator::Maximum => self.extremum_enclosure(operator, operands, hull)?,
            Operator::Absolute => {
                let inner = of(0)?;
                let Enclosure { lo, hi, .. } = inner;
                let least = if lo <= 0 && hi >= 0 { 0 } else { lo.checked_abs()?.min(hi.checked_abs()?) };
                Enclosure::new(least, lo.checked_abs()?.max(hi.checked_abs()?)).under(&[inner])
            }
            Operator::Divides => {
                let (divisor, number) = (of(0)?, of(1)?);
                Enclosure::truth(divides_certain(divisor, number))
            }
            Operator::If => match self.certain(operands[0], hull) {
                Some(truth) => of(if truth { 1 } else { 2 })?,
                None => hull_of(of(1)?, of(2)?),
            },
            _ => return None,
        })
    }

    fn junction_certain(
        &self,
        operands: &[TermId],
        decides: bool,
        hull: &impl Fn(Position) -> (i64, i64),
    ) -> Option<bool> {
        let mut all = true;
        for &operand in operands {
            match self.certain(operand, hull) {
                Some(truth) if truth == decides => return Some(decides),
                Some(_) => {}
                None => all = false,
            }
        }
        all.then_some(!decides)
    }

    fn extremum_enclosure(
        &self,
        operator: &Operator,
        operands: &[TermId],
        hull: &impl Fn(Position) -> (i64, i64),
    ) -> Option<Enclosure> {
        let pick = if *operator == Operator::Minimum { i128::min } else { i128::max };
        let first = self.enclosure(operands[0], hull)?;
        operands[1..].iter().try_fold(first, |best, &operand| {
            let other = self.enclosure(operand, hull)?;
            Some(Enclosure::new(pick(best.lo, other.lo), pick(best.hi, other.hi)).under(&[best, other]))
        })
    }

    /// A polynomial that is linear in each of its variables has its extreme values at the corners.
    fn polynomial_enclosure(
        &self,
        shape: ShapeId,
        coefficients: &[i64],
        hull: &impl Fn(Position) -> (i64, i64),
    ) -> Option<Enclosure> {
        let known = self.shapes.get(shape);
        let variables = self.scopes.variables(known.scope);
        let mut hulls: smallvec::SmallVec<[(Position, i64, i64); 8]> = smallvec::SmallVec::new();
        let mut open = 0;
        for &position in variables {
            let (lo, hi) = hull(position);
            open += u32::from(lo < hi);
            hulls.push((position, lo, hi));
        }
        let place = |position: &Position| variables.binary_search(position).expect("of its scope");
        let linear = known.monomials.iter().all(|monomial| {
            monomial.windows(2).all(|pair| {
                let (_, lo, hi) = hulls[place(&pair[0])];
                pair[0] != pair[1] || lo == hi
            })
        });
        if !linear || open > MOST_CORNERS {
            return self.monomials_enclosure(shape, coefficients, hull);
        }
        let (mut least, mut most) = (i128::MAX, i128::MIN);
        for corner in 0..1u32 << open {
            let mut bit = 0;
            let at: smallvec::SmallVec<[i64; 8]> = hulls
                .iter()
                .map(|&(_, lo, hi)| {
                    if lo == hi {
                        return lo;
                    }
                    bit += 1;
                    if corner >> (bit - 1) & 1 == 0 { lo } else { hi }
                })
                .collect();
            let mut sum = i128::from(*coefficients.last()?);
            for (monomial, &coefficient) in known.monomials.iter().zip(coefficients) {
                let mut product = i128::from(coefficient);
                for position in monomial {
                    product = product.checked_mul(at[place(position)].into())?;
                }
                sum = sum.checked_add(product)?;
            }
            (least, most) = (least.min(sum), most.max(sum));
        }
        Some(Enclosure::new(least, most))
    }

    fn monomials_enclosure(
        &self,
        shape: ShapeId,
        coefficients: &[i64],
        hull: &impl Fn(Position) -> (i64, i64),
    ) -> Option<Enclosure> {
        let constant = i128::from(*coefficients.last()?);
        let monomials = self.shapes.get(shape).monomials.iter().zip(coefficients);
        monomials.into_iter().try_fold(Enclosure::new(constant, constant), |sum, (monomial, &coefficient)| {
            let mut product = Enclosure::new(coefficient.into(), coefficient.into());
            for run in monomial.chunk_by(|a, b| a == b) {
                let (lo, hi) = hull(run[0]);
                product = product.times(power(lo.into(), hi.into(), run.len())?)?;
            }
            sum.plus(product)
        })
    }
}

/// Of the values of an interval, raised to a natural exponent that is not 0.
fn power(lo: i128, hi: i128, exponent: usize) -> Option<Enclosure> {
    let exponent = u32::try_from(exponent).ok()?;
    let (a, b) = (lo.checked_pow(exponent)?, hi.checked_pow(exponent)?);
    let turns = exponent % 2 == 0 && lo < 0 && hi > 0;
    Some(Enclosure::new(if turns { 0 } else { a.min(b) }, a.max(b)))
}

/// What floor division differs by from Euclid's.
fn sign_correction(a: i128, b: i128) -> i128 {
    i128::from(b < 0 && a.rem_euclid(b) != 0)
}

/// A quotient that grows and falls with its operands: extreme at their ends, where the divisor is never 0.
fn divided(a: Enclosure, b: Enclosure, quotient: fn(i128, i128) -> i128) -> Option<Enclosure> {
    if a.is_nowhere() || b.is_nowhere() || (b.lo == 0 && b.hi == 0) {
        return Some(Enclosure::NOWHERE);
    }
    // Where the divisor may be 0, the quotient is not defined there; next to it stand 1 and -1.
    let sides = [(b.lo, b.hi.min(-1)), (b.lo.max(1), b.hi)];
    let (mut lo, mut hi) = (i128::MAX, i128::MIN);
    for (from, to) in sides.into_iter().filter(|(from, to)| from <= to) {
        for (x, y) in [(a.lo, from), (a.lo, to), (a.hi, from), (a.hi, to)] {
            if x == i128::MIN {
                return None;
            }
            let value = quotient(x, y);
            (lo, hi) = (lo.min(value), hi.max(value));
        }
    }
    let total = a.total && b.total && (b.lo > 0 || b.hi < 0);
    Some(Enclosure { lo, hi, total })
}

/// `a % b`, exact where all dividends have the same quotient by one divisor.
fn remainder(a: Enclosure, b: Enclosure) -> Option<Enclosure> {
    if a.is_nowhere() || b.is_nowhere() || (b.lo == 0 && b.hi == 0) {
        return Some(Enclosure::NOWHERE);
    }
    if b.lo <= 0 {
        return None;
    }
    if b.lo == b.hi && a.lo.div_euclid(b.lo) == a.hi.div_euclid(b.lo) {
        return Some(Enclosure::new(a.lo.rem_euclid(b.lo), a.hi.rem_euclid(b.lo)).under(&[a, b]));
    }
    if a.lo >= 0 && a.hi < b.lo {
        return Some(a.under(&[a, b]));
    }
    let most = if a.lo >= 0 { a.hi.min(b.hi - 1) } else { b.hi - 1 };
    Some(Enclosure::new(0, most).under(&[a, b]))
}

/// Numbers that are not 0 and smaller than a divisor are no multiples of it.
fn divides_certain(divisor: Enclosure, number: Enclosure) -> Option<bool> {
    if divisor.is_nowhere() || number.is_nowhere() {
        return Some(false);
    }
    let nonzero = number.lo > 0 || number.hi < 0;
    let largest = number.lo.checked_abs()?.max(number.hi.checked_abs()?);
    let beyond = match divisor.lo.cmp(&0) {
        Ordering::Greater => divisor.lo > largest,
        _ => divisor.hi.checked_neg()? > largest && divisor.hi < 0,
    };
    if nonzero && (beyond || (divisor.lo == 0 && divisor.hi == 0)) {
        return Some(false);
    }
    let point = divisor.lo == divisor.hi && number.lo == number.hi && divisor.total && number.total;
    point.then(|| if divisor.lo == 0 { number.lo == 0 } else { number.lo % divisor.lo == 0 })
}

fn hull_of(a: Enclosure, b: Enclosure) -> Enclosure {
    match (a.is_nowhere(), b.is_nowhere()) {
        (true, true) => Enclosure::NOWHERE,
        (true, false) => Enclosure { total: false, ..b },
        (false, true) => Enclosure { total: false, ..a },
        _ => Enclosure { lo: a.lo.min(b.lo), hi: a.hi.max(b.hi), total: a.total && b.total },
    }
}

#[cfg(test)]
mod tests {
    use super::super::expand::with_polynomials;
    use super::super::lower::{Lowering, Place};
    use super::super::sets::Domains;
    use super::*;
    use crate::arith::Interval;
    use crate::domain::Domain;
    use crate::language;
    use crate::space::tests::model;

    /// Every box of a small grid: what is certain of it holds at each of its points.
    #[test]
    fn what_is_certain_of_intervals_holds_at_every_point() {
        let ranges = [("x", -4, 5), ("y", -2, 4)];
        let model = model(&ranges, &[]);
        for text in [
            "3 * x - 2 * y <= 4",
            "x * y - 2 * x + 1 == 0",
            "x * x * y + y < 7",
            "x ** 2 - y ** 2 != 3",
            "x // y >= 1",
            "ceil_div(x, y) == 2",
            "x % y == 1",
            "x % 4 <= y",
            "max(x, 2 * y) - min(x, y) <= 3",
            "abs(x - y) > 2 or x == y",
            "not (x // y <= y and x > 0)",
            "divides(x, y)",
            "divides(y, 3 * x - 1)",
            "(x if y > 1 else 3 // x) >= 1",
            "x * y // (y - 1) <= 2",
        ] {
            let domains = ranges.map(|(_, lo, hi)| Domain::from_interval(Interval::new(lo, hi)));
            let mut terms = Terms::new(Domains::new(&domains));
            let places: Vec<Place> = (0..2).map(Place::Open).collect();
            let tree = Lowering { terms: &mut terms, places: &places }.truth(&language::parse(text, &model).unwrap());
            let expanded = with_polynomials(&mut terms, vec![tree])[0];
            let mut decided = 0;
            for truth in [tree, expanded] {
                let boxes =
                    (0..10 * 10 * 7 * 7).map(|index| (index % 10, index / 10 % 10, index / 100 % 7, index / 700));
                for (a, b, c, d) in boxes.filter(|(a, b, c, d)| a <= b && c <= d) {
                    let hulls = [(a - 4, b - 4), (c - 2, d - 2)];
                    let Some(known) = terms.certain(truth, &|position| hulls[position as usize]) else { continue };
                    decided += 1;
                    for x in hulls[0].0..=hulls[0].1 {
                        for y in hulls[1].0..=hulls[1].1 {
                            let left = terms.substitute(tree, 0, x);
                            let left = terms.substitute(left, 1, y);
                            assert_eq!(left, Terms::truth(known), "{text} at {x}, {y} in {hulls:?}");
                        }
                    }
                }
            }
            assert!(decided > 150, "{text}: {decided}");
        }
    }
}
