//! Comparisons of what is irrational, as comparisons of rational numbers.

use super::ratio::{constant, minus, one, power, ratio, signed_power, times, wide_multiple};
use super::refusal::Settled;
use super::settler::Settler;
use super::sum::{Atom, Kind, LARGEST_DEGREE, Sum, common_multiple};
use super::value::{Value, all};
use crate::model::{Comparison, Expr};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

const SEVERAL_ROOTS: &str = "more than one root is added up";
const MIXED: &str = "a root and a logarithm are added up";
const MULTIPLES: &str = "multiples of logarithms are added up that are no constants";
const LARGE: &str = "the degrees of roots, or the multiples of logarithms, are too large for an exact comparison";

/// Logarithms are compared with constants up to this as their arguments with powers of two.
const LARGEST_EXPONENT: i64 = 1 << 10;

impl Settler {
    /// Whether `a` compares with `b` in that way; false where one of them is undefined.
    pub(super) fn compare(&mut self, comparison: Comparison, a: Value, b: Value) -> Settled<Expr> {
        if let (Value::Rational(a), Value::Rational(b)) = (&a, &b) {
            return Ok(a.clone().compare(comparison, b.clone()));
        }
        let opposite = self.negate(b)?;
        let difference = self.add(a, opposite)?;
        decide(difference, comparison)
    }
}

/// Whether the value compares with 0 in that way.
fn decide(value: Value, comparison: Comparison) -> Settled<Expr> {
    match value {
        Value::Rational(value) => Ok(value.compare(comparison, 0)),
        Value::Irrational(sum) => sum.compare_with_zero(comparison),
        Value::Choice(condition, then, otherwise) => {
            let (then, otherwise) = (decide(*then, comparison)?, decide(*otherwise, comparison)?);
            let unless = Expr::Not(condition.clone());
            Ok(Expr::Or(vec![all(vec![*condition, then]), all(vec![unless, otherwise])]))
        }
    }
}

impl Sum {
    fn compare_with_zero(self, comparison: Comparison) -> Settled<Expr> {
        let roots = self.atoms.iter().filter(|atom| matches!(atom.kind, Kind::Root { .. })).count();
        let test = match roots {
            0 => self.compare_logarithms(comparison)?,
            _ if roots < self.atoms.len() => return Err(MIXED),
            1 => self.compare_root(comparison)?,
            2 if self.is_pure() => self.compare_roots(comparison)?,
            _ => return Err(SEVERAL_ROOTS),
        };
        let mut conditions = self.defined;
        // A comparison with a logarithm already demands that there is one.
        if let Expr::Compare(_, logarithm, _) = &test
            && let Expr::Log2(argument) = &**logarithm
        {
            let positive = (**argument).clone().compare(Comparison::Greater, 0);
            conditions.retain(|condition| *condition != positive);
        }
        conditions.push(test);
        Ok(all(conditions))
    }

    /// `c * r + t` with 0 is `c * r` with `-t`, and so are both raised to the degree, with their signs.
    fn compare_root(&self, comparison: Comparison) -> Settled<Expr> {
        let atom = &self.atoms[0];
        let negative = ratio(&atom.coefficient).is_some_and(|coefficient| coefficient.is_negative());
        let (left, comparison, right) = if negative {
            (atom.scaled(&minus(&one())), comparison.mirrored(), self.rational.clone())
        } else {
            (atom.clone(), comparison, minus(&self.rational))
        };
        let degree = left.degree();
        Ok(left.raised(degree)?.compare(comparison, signed_power(right, degree)))
    }

    /// `c * r + d * s` with 0 is `c * r` with `-d * s`.
    fn compare_roots(&self, comparison: Comparison) -> Settled<Expr> {
        let [a, b] = &self.atoms[..] else { unreachable!("two roots") };
        let degree = common_multiple(a.degree(), b.degree());
        let (left, right) = (a.raised(degree)?, b.scaled(&minus(&one())).raised(degree)?);
        Ok(left.compare(comparison, right))
    }

    fn compare_logarithms(&self, comparison: Comparison) -> Settled<Expr> {
        if let [Atom { coefficient, kind: Kind::Logarithm(argument) }] = &self.atoms[..]
            && ratio(coefficient).is_none()
        {
            return Ok(self.compare_multiple(comparison, coefficient, argument));
        }
        let Powers { above, below, common } = self.powers()?;
        let exponent = times(constant(&BigRational::from(-common)), self.rational.clone());
        let unit = |atom: &Atom| ratio(&atom.coefficient).is_some_and(|c| c.abs().is_one());
        match (
            &self.atoms[..],
            ratio(&exponent).filter(|exponent| exponent.numer().magnitude() <= &LARGEST_EXPONENT.unsigned_abs().into()),
        ) {
            // One logarithm stays as it is written.
            ([only], _) if unit(only) && below.is_none() => {
                Ok(Expr::Log2(Box::new(above.expect("one of them"))).compare(comparison, exponent))
            }
            ([only], _) if unit(only) => {
                let logarithm = Expr::Log2(Box::new(below.expect("one of them")));
                Ok(logarithm.compare(comparison.mirrored(), minus(&exponent)))
            }
            (_, Some(exponent)) if exponent.denom() <= &LARGEST_DEGREE.into() => {
                let degree = exponent.denom().to_i64().expect("small");
                let whole = exponent.numer().to_i64().expect("small");
                let side = |product: Option<Expr>, shift: i64| {
                    let product = product.map_or(one(), |product| power(product, degree));
                    times(constant(&BigRational::from(BigInt::one() << shift.max(0))), product)
                };
                Ok(side(above, -whole).compare(comparison, side(below, whole)))
            }
            _ => {
                let above = above.unwrap_or(one());
                let argument = match below {
                    Some(below) => above / below,
                    None => above,
                };
                Ok(Expr::Log2(Box::new(argument)).compare(comparison, exponent))
            }
        }
    }

    /// `c * log2(a) + t` with 0, by the sign of `c`.
    fn compare_multiple(&self, comparison: Comparison, coefficient: &Expr, argument: &Expr) -> Expr {
        let quotient = minus(&self.rational) / coefficient.clone();
        let case = |sign, test| all(vec![coefficient.clone().compare(sign, 0), test]);
        let logarithm = || Expr::Log2(Box::new(argument.clone()));
        Expr::Or(vec![
            case(Comparison::Greater, logarithm().compare(comparison, quotient.clone())),
            case(Comparison::Less, logarithm().compare(comparison.mirrored(), quotient)),
            case(Comparison::Equal, self.rational.clone().compare(comparison, 0)),
        ])
    }

    /// Constant multiples of logarithms, times a common denominator, as one quotient of products.
    pub(super) fn powers(&self) -> Settled<Powers> {
        let mut multiples = Vec::with_capacity(self.atoms.len());
        for atom in &self.atoms {
            let Kind::Logarithm(argument) = &atom.kind else { return Err(MIXED) };
            multiples.push((ratio(&atom.coefficient).ok_or(MULTIPLES)?, argument));
        }
        let common =
            multiples.iter().fold(BigInt::one(), |common, (multiple, _)| wide_multiple(&common, multiple.denom()));
        let (mut above, mut below) = (None::<Expr>, None::<Expr>);
        for (multiple, argument) in multiples {
            let multiple = (multiple * BigRational::from(common.clone())).to_integer();
            let exponent = multiple.to_i64().filter(|multiple| multiple.abs() <= LARGEST_DEGREE).ok_or(LARGE)?;
            let side = if exponent > 0 { &mut above } else { &mut below };
            let factor = power(argument.clone(), exponent.abs());
            *side = Some(side.take().map_or(factor.clone(), |product| times(product, factor)));
        }
        Ok(Powers { above, below, common })
    }
}

/// `common * Σ k · log2(a)` as `log2(above / below)`.
pub(super) struct Powers {
    pub(super) above: Option<Expr>,
    pub(super) below: Option<Expr>,
    /// At least 1.
    pub(super) common: BigInt,
}

impl Atom {
    pub(super) fn degree(&self) -> i64 {
        if let Kind::Root { degree, .. } = self.kind { degree } else { unreachable!("a root") }
    }

    pub(super) fn scaled(&self, factor: &Expr) -> Self {
        Self { coefficient: times(factor.clone(), self.coefficient.clone()), kind: self.kind.clone() }
    }

    /// Its power to a multiple of the degree, with the sign of the coefficient.
    pub(super) fn raised(&self, to: i64) -> Settled<Expr> {
        let Kind::Root { base, exponent, degree } = &self.kind else { unreachable!("a root") };
        if to > LARGEST_DEGREE {
            return Err(LARGE);
        }
        let inside = power(base.clone(), exponent * (to / degree));
        Ok(times(signed_power(self.coefficient.clone(), to), inside))
    }
}
