//! Rational constants, and sums and products that fold them.

use crate::model::Expr;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// Powers of constants with more bits than this are left as powers.
const MOST_BITS: u64 = 4096;

/// The value of an expression of constants; none where there is a variable, or what is rarely made of constants.
pub(super) fn ratio(expr: &Expr) -> Option<BigRational> {
    match expr {
        Expr::Constant(value) => Some(BigRational::from(BigInt::from(*value))),
        Expr::Negate(a) => Some(-ratio(a)?),
        Expr::Sum(list) => list.iter().try_fold(BigRational::zero(), |sum, term| Some(sum + ratio(term)?)),
        Expr::Product(list) => {
            list.iter().try_fold(BigRational::one(), |product, factor| Some(product * ratio(factor)?))
        }
        Expr::Quotient(a, b) => {
            let (a, b) = (ratio(a)?, ratio(b)?);
            if b.is_zero() { None } else { Some(a / b) }
        }
        Expr::Power(a, b) => raised(&ratio(a)?, i64::try_from(ratio(b).filter(BigRational::is_integer)?.numer()).ok()?),
        _ => None,
    }
}

/// The power, where it has few bits.
pub(super) fn raised(base: &BigRational, exponent: i64) -> Option<BigRational> {
    if base.is_zero() && exponent < 0 {
        return None;
    }
    let bits = base.numer().bits().max(base.denom().bits());
    let small = bits.checked_mul(exponent.unsigned_abs()).is_some_and(|bits| bits <= MOST_BITS);
    if small { Some(base.pow(i32::try_from(exponent).ok()?)) } else { None }
}

/// The constant as an expression.
pub(super) fn constant(value: &BigRational) -> Expr {
    let numerator = Expr::from_big(value.numer());
    if value.is_integer() { numerator } else { numerator / Expr::from_big(value.denom()) }
}

pub(super) fn one() -> Expr {
    Expr::Constant(1)
}

/// What is defined nowhere.
pub(super) fn undefined() -> Expr {
    one() / 0
}

/// The least common multiple of two positive numbers.
pub(super) fn wide_multiple(a: &BigInt, b: &BigInt) -> BigInt {
    a * BigRational::new(b.clone(), a.clone()).numer()
}

/// `a + b`.
pub(super) fn plus(a: Expr, b: Expr) -> Expr {
    match (ratio(&a), ratio(&b)) {
        (Some(a), Some(b)) => constant(&(a + b)),
        (Some(zero), None) if zero.is_zero() => b,
        (None, Some(zero)) if zero.is_zero() => a,
        _ => a + b,
    }
}

/// `a * b`. A factor 0 is kept where the other may be undefined.
pub(super) fn times(a: Expr, b: Expr) -> Expr {
    match (ratio(&a), ratio(&b)) {
        (Some(a), Some(b)) => constant(&(a * b)),
        (Some(zero), None) if zero.is_zero() && is_defined(&b) => Expr::Constant(0),
        (None, Some(zero)) if zero.is_zero() && is_defined(&a) => Expr::Constant(0),
        (Some(neutral), None) if neutral.is_one() => b,
        (None, Some(neutral)) if neutral.is_one() => a,
        (Some(minus), None) if (-minus.clone()).is_one() => minus_of(b),
        (None, Some(minus)) if (-minus.clone()).is_one() => minus_of(a),
        _ => a * b,
    }
}

/// Whether it evidently has a value, whatever the variables have.
fn is_defined(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(_) | Expr::Variable(_) => true,
        Expr::Sum(_) | Expr::Product(_) | Expr::Negate(_) | Expr::Absolute(_) | Expr::Minimum(_) | Expr::Maximum(_) => {
            expr.operands().into_iter().all(is_defined)
        }
        _ => false,
    }
}

/// `-a`.
pub(super) fn minus(a: &Expr) -> Expr {
    times(Expr::Constant(-1), a.clone())
}

fn minus_of(a: Expr) -> Expr {
    match a {
        Expr::Negate(a) => *a,
        a => Expr::Negate(Box::new(a)),
    }
}

/// `a ** exponent`.
pub(super) fn power(a: Expr, exponent: i64) -> Expr {
    match ratio(&a).and_then(|a| raised(&a, exponent)) {
        Some(value) => constant(&value),
        None if exponent == 1 => a,
        None => Expr::Power(Box::new(a), Box::new(Expr::Constant(exponent))),
    }
}

/// `|a| ** exponent` with the sign of `a`: it grows with `a`.
pub(super) fn signed_power(a: Expr, exponent: i64) -> Expr {
    if let Some(value) = ratio(&a).and_then(|value| Some((value.signum(), raised(&value.abs(), exponent)?))) {
        return constant(&(value.0 * value.1));
    }
    if exponent % 2 == 1 {
        return power(a, exponent);
    }
    let magnitude = Expr::Absolute(Box::new(a.clone()));
    a * power(magnitude, exponent - 1)
}
