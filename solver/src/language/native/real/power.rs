//! Inverses, powers and logarithms of a [`Sum`], which may be rational.

use super::super::facts::evident_integer;
use super::ratio::{constant, one, power, ratio, times};
use super::refusal::{BY_IRRATIONAL, EXPONENT, LARGE, NOT_RATIONAL, Settled};
use super::sum::{Atom, Kind, LARGEST_DEGREE, Sum, root, times_roots};
use super::value::{Value, guarded};
use crate::model::{Comparison, Expr};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

impl Sum {
    pub(super) fn inverse(self) -> Settled<Value> {
        if self.atoms.is_empty() {
            return Ok(Self { rational: one() / self.rational.clone(), ..self }.value());
        }
        let [Atom { coefficient, kind: Kind::Root { base, exponent, degree } }] = &self.atoms[..] else {
            return Err(BY_IRRATIONAL);
        };
        if ratio(&self.rational).is_none_or(|rational| !rational.is_zero()) {
            return Err(BY_IRRATIONAL);
        }
        let kind = Kind::Root { base: base.clone(), exponent: -exponent, degree: *degree };
        let positive = base.clone().compare(Comparison::Greater, 0);
        let inverse = Self { atoms: vec![Atom { coefficient: one() / coefficient.clone(), kind }], ..self.clone() };
        Ok(inverse.also_defined(&[positive]).value())
    }

    /// The sum raised to a rational constant.
    pub(super) fn power(self, exponent: &BigRational) -> Settled<Value> {
        let (numerator, degree) = (exponent.numer().to_i64(), exponent.denom().to_i64());
        let (Some(numerator), Some(degree)) = (numerator, degree) else { return Err(LARGE) };
        if self.atoms.is_empty() && degree == 1 {
            return Ok(Self { rational: power(self.rational.clone(), numerator), ..self }.value());
        }
        if numerator.abs() > LARGEST_DEGREE || degree > LARGEST_DEGREE {
            return Err(LARGE);
        }
        match &self.atoms[..] {
            [] => Ok(root(self.rational, numerator, degree)?.also_defined(&self.defined).value()),
            [Atom { coefficient, kind: Kind::Root { base, exponent: inner, degree: of } }] if self.is_pure() => {
                let raised = times_roots(base, numerator * inner, degree * of)?;
                let factor = root(coefficient.clone(), numerator, degree)?;
                Ok(factor.times(&raised)?.also_defined(&self.defined).value())
            }
            _ if degree == 1 && numerator >= 0 => {
                let start = Self::rational(one()).also_defined(&self.defined);
                Ok((0..numerator).try_fold(start, |product, _| product.times(&self))?.value())
            }
            _ => Err(EXPONENT),
        }
    }

    /// `2 ** self`, where that is rational: multiples of logarithms become powers.
    pub(super) fn power_of_two(self) -> Settled<Value> {
        let mut factors = vec![Expr::Power(Box::new(Expr::Constant(2)), Box::new(self.rational.clone()))];
        if !evident_integer(&self.rational) {
            return Err(EXPONENT);
        }
        for atom in &self.atoms {
            let Kind::Logarithm(argument) = &atom.kind else { return Err(EXPONENT) };
            let multiple = ratio(&atom.coefficient).filter(BigRational::is_integer).and_then(|k| k.numer().to_i64());
            let multiple = multiple.filter(|multiple| multiple.abs() <= LARGEST_DEGREE).ok_or(EXPONENT)?;
            factors.push(power(argument.clone(), multiple));
        }
        let product = factors.into_iter().reduce(times).expect("a factor");
        Ok(Value::Rational(guarded(product, &self.defined)))
    }

    pub(super) fn logarithm(self) -> Settled<Value> {
        if self.atoms.is_empty() {
            let exact = ratio(&self.rational).and_then(|value| exponent_of_two(&value));
            let logarithm = if let Some(exponent) = exact {
                Self::rational(Expr::Constant(exponent))
            } else {
                let positive = self.rational.clone().compare(Comparison::Greater, 0);
                Self::atom(Kind::Logarithm(self.rational.clone()), positive)
            };
            return Ok(logarithm.also_defined(&self.defined).value());
        }
        // log2(base ** (p / q)) is p / q * log2(base).
        match &self.atoms[..] {
            [Atom { coefficient: Expr::Constant(1), kind: Kind::Root { base, exponent, degree } }]
                if self.is_pure() =>
            {
                let multiple = constant(&BigRational::new((*exponent).into(), (*degree).into()));
                let positive = base.clone().compare(Comparison::Greater, 0);
                let logarithm = Self::atom(Kind::Logarithm(base.clone()), positive);
                Ok(logarithm.scaled(&multiple).also_defined(&self.defined).value())
            }
            _ => Err(NOT_RATIONAL),
        }
    }
}

/// `e` for `2 ** e`.
fn exponent_of_two(value: &BigRational) -> Option<i64> {
    let exponent =
        |number: &BigInt| number.trailing_zeros().filter(|&zeros| number.is_positive() && zeros + 1 == number.bits());
    let (above, below) = (exponent(value.numer())?, exponent(value.denom())?);
    if value.denom().is_one() {
        i64::try_from(above).ok()
    } else if value.numer().is_one() {
        Some(-i64::try_from(below).ok()?)
    } else {
        None
    }
}
