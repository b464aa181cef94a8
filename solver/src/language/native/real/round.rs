//! Irrational numbers rounded, as integer expressions.

use super::super::facts::evident_integer;
use super::ratio::{constant, minus, one, plus, ratio, times, wide_multiple};
use super::refusal::Settled;
use super::settler::Settler;
use super::sum::{Atom, Kind, Sum};
use super::value::{Value, choose, guarded, rational};
use crate::model::{Comparison, Expr};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

const SUM: &str =
    "a sum is rounded in which several roots, or a root and a logarithm, or a fraction that is no constant stand";

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Towards {
    Down,
    Up,
}

impl Towards {
    fn opposite(self) -> Self {
        match self {
            Self::Down => Self::Up,
            Self::Up => Self::Down,
        }
    }

    fn divide(self, a: Expr, b: Expr) -> Expr {
        if let (Some(a), Some(b)) = (ratio(&a), ratio(&b).filter(|b| !b.is_zero())) {
            return constant(&match self {
                Self::Down => (a / b).floor(),
                Self::Up => (a / b).ceil(),
            });
        }
        match self {
            _ if b == one() && evident_integer(&a) => a,
            Self::Down => Expr::FloorDivide(Box::new(a), Box::new(b)),
            Self::Up => Expr::CeilDivide(Box::new(a), Box::new(b)),
        }
    }
}

impl Settler {
    /// The largest integer that is not above the value.
    pub(super) fn floor(&mut self, value: Value) -> Settled<Expr> {
        self.round(value, Towards::Down)
    }

    /// The smallest integer that is not below the value.
    pub(super) fn ceil(&mut self, value: Value) -> Settled<Expr> {
        self.round(value, Towards::Up)
    }

    fn round(&mut self, value: Value, towards: Towards) -> Settled<Expr> {
        let rounded = self.each(value, &|sum| sum.rounded(towards).map(Value::Rational))?;
        rational(rounded)
    }
}

impl Sum {
    fn rounded(self, towards: Towards) -> Settled<Expr> {
        let number = match &self.atoms[..] {
            [] => match &self.rational {
                Expr::Quotient(a, b) => towards.divide((**a).clone(), (**b).clone()),
                number => towards.divide(number.clone(), one()),
            },
            [root @ Atom { kind: Kind::Root { .. }, .. }] => self.rounded_root(root, towards)?,
            _ => self.rounded_logarithm(towards)?,
        };
        let mut conditions = self.defined;
        conditions.retain(|condition| !demands(&number, condition));
        Ok(guarded(number, &conditions))
    }

    /// The rational part as an integer over a constant.
    fn fraction(&self) -> Settled<(Expr, BigInt)> {
        if evident_integer(&self.rational) {
            return Ok((self.rational.clone(), BigInt::one()));
        }
        if let Some(constant_part) = ratio(&self.rational) {
            return Ok((Expr::from_big(constant_part.numer()), constant_part.denom().clone()));
        }
        let over = |a: &Expr, b: &Expr| {
            let denominator = ratio(b).filter(|b| b.is_integer() && b.is_positive())?;
            evident_integer(a).then(|| (a.clone(), denominator.to_integer()))
        };
        match &self.rational {
            Expr::Quotient(a, b) => over(a, b).ok_or(SUM),
            Expr::Sum(terms) => {
                let mut sum = (Expr::Constant(0), BigInt::one());
                for term in terms {
                    let (a, b) = Self::rational(term.clone()).fraction()?;
                    let common = wide_multiple(&sum.1, &b);
                    let widened = |a: Expr, b: &BigInt| times(Expr::from_big(&(&common / b)), a);
                    sum = (plus(widened(sum.0, &sum.1), widened(a, &b)), common);
                }
                Ok(sum)
            }
            _ => Err(SUM),
        }
    }

    /// `floor((r + n) / d) = (floor(r) + n) // d` for integers `n` and `d`.
    fn rounded_root(&self, root: &Atom, towards: Towards) -> Settled<Expr> {
        let (numerator, denominator) = self.fraction()?;
        let root = root.scaled(&Expr::from_big(&denominator));
        let degree = root.degree();
        let magnitude = |sign: i64| root.scaled(&Expr::Constant(sign)).raised(degree);
        let positive = || Ok::<_, &'static str>(root_of(magnitude(1)?, degree, towards));
        let negative = || Ok::<_, &'static str>(minus(&root_of(magnitude(-1)?, degree, towards.opposite())));
        let rounded = match ratio(&root.coefficient) {
            Some(coefficient) if coefficient.is_negative() => negative()?,
            Some(_) => positive()?,
            None => choose(root.coefficient.clone().at_least(0), positive()?, negative()?),
        };
        Ok(towards.divide(plus(rounded, numerator), Expr::from_big(&denominator)))
    }

    fn rounded_logarithm(&self, towards: Towards) -> Settled<Expr> {
        let (numerator, denominator) = self.fraction()?;
        // Everything over one denominator: (log2(above / below) + numerator) / common.
        let scaled = self.clone().scaled(&Expr::from_big(&denominator));
        let powers = scaled.powers()?;
        let common = powers.common.clone() * &denominator;
        let numerator = times(Expr::from_big(&powers.common), numerator);
        let whole = |product: &Option<Expr>| product.as_ref().is_none_or(evident_integer);
        let rounded = match (powers.above, powers.below) {
            (Some(above), None) if whole(&Some(above.clone())) => logarithm_of(above, towards),
            (None, Some(below)) if whole(&Some(below.clone())) => minus(&logarithm_of(below, towards.opposite())),
            (above, below) => {
                let (above, below) = (above.unwrap_or(one()), below.unwrap_or(one()));
                logarithm_of_fraction(&above, &below, towards)
            }
        };
        Ok(towards.divide(plus(rounded, numerator), Expr::from_big(&common)))
    }
}

/// Whether the number is undefined by itself wherever the condition does not hold, as far as is easily seen.
fn demands(number: &Expr, condition: &Expr) -> bool {
    match number {
        Expr::FloorRoot(a, _) => (**a).clone().at_least(0) == *condition,
        Expr::FloorLog2(a) => match condition {
            Expr::Compare(Comparison::Greater, positive, zero) => {
                **zero == Expr::Constant(0) && (a == positive || **a == doubled_less_one((**positive).clone()))
            }
            _ => false,
        },
        Expr::Sum(list) | Expr::Product(list) => list.iter().any(|part| demands(part, condition)),
        Expr::Negate(a) | Expr::FloorDivide(a, _) | Expr::CeilDivide(a, _) => demands(a, condition),
        _ => false,
    }
}

/// The root of a number that is not negative: rounding first changes nothing.
fn root_of(number: Expr, degree: i64, towards: Towards) -> Expr {
    let degree = u32::try_from(degree).expect("small");
    let number = match number {
        Expr::Quotient(a, b) => towards.divide(*a, *b),
        number => towards.divide(number, one()),
    };
    if let Some(value) = ratio(&number).filter(|value| !value.is_negative()) {
        let root = value.numer().nth_root(degree);
        let up = towards == Towards::Up && root.pow(degree) != *value.numer();
        return Expr::from_big(&(root + i32::from(up)));
    }
    match towards {
        Towards::Down => Expr::FloorRoot(Box::new(number), degree),
        Towards::Up => {
            let below = Expr::FloorRoot(Box::new(plus(number.clone(), Expr::Constant(-1))), degree);
            choose(number.compare(Comparison::Greater, 0), plus(below, one()), Expr::Constant(0))
        }
    }
}

/// The logarithm of a positive integer: that of `2 * a - 1`, rounded down, is that of `a`, rounded up.
fn logarithm_of(number: Expr, towards: Towards) -> Expr {
    Expr::FloorLog2(Box::new(match towards {
        Towards::Down => number,
        Towards::Up => doubled_less_one(number),
    }))
}

fn doubled_less_one(number: Expr) -> Expr {
    plus(times(Expr::Constant(2), number), Expr::Constant(-1))
}

/// Of a positive fraction: below 1 it is the opposite of that of the inverse, which may be rounded first.
fn logarithm_of_fraction(above: &Expr, below: &Expr, towards: Towards) -> Expr {
    let above_one = towards.divide(above.clone(), below.clone());
    let inverse = towards.opposite().divide(below.clone(), above.clone());
    choose(
        above.clone().at_least(below.clone()),
        logarithm_of(above_one, towards),
        minus(&logarithm_of(inverse, towards.opposite())),
    )
}
