//! A reference evaluator in big rationals, for tests only. It shares no code with the solver.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

use crate::model::{Expr, MemberSet};

/// The value where the expression is defined and no exponent is beyond 64.
pub(super) fn evaluate(expr: &Expr, values: &[i64]) -> Option<BigRational> {
    let of = |expr: &Expr| evaluate(expr, values);
    let all = |list: &[Expr]| list.iter().map(of).collect::<Option<Vec<_>>>();
    let truths = |list: &[Expr]| Some(all(list)?.iter().map(|value| !value.is_zero()).collect::<Vec<_>>());
    match expr {
        Expr::Constant(value) => Some(whole(*value)),
        Expr::Variable(variable) => Some(whole(values[variable.index()])),
        Expr::Sum(list) => Some(all(list)?.into_iter().sum()),
        Expr::Product(list) => Some(all(list)?.into_iter().product()),
        Expr::Negate(a) => Some(-of(a)?),
        Expr::Quotient(a, b) => divide(of(a)?, of(b)?),
        Expr::FloorDivide(a, b) => Some(divide(of(a)?, of(b)?)?.floor()),
        Expr::CeilDivide(a, b) => Some(divide(of(a)?, of(b)?)?.ceil()),
        Expr::Remainder(a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            Some(&a - divide(a.clone(), b.clone())?.floor() * &b)
        }
        Expr::Power(a, b) => power(&of(a)?, &of(b)?),
        Expr::Minimum(list) => all(list)?.into_iter().min(),
        Expr::Maximum(list) => all(list)?.into_iter().max(),
        Expr::Absolute(a) => Some(of(a)?.abs()),
        Expr::Gcd(list) => fold(&all(list)?, BigInt::zero(), gcd),
        Expr::Lcm(list) => fold(&all(list)?, BigInt::one(), lcm),
        Expr::Log2(a) => of(a).filter(is_power_of_two).map(|value| whole(value.numer().bits().cast_signed() - 1)),
        Expr::FloorLog2(a) => {
            let value = of(a).filter(|value| value.is_integer() && value.is_positive())?;
            (0..4096).find(|&exponent| Pow::pow(&whole(2), exponent + 1) > value).map(|exponent| whole(exponent.into()))
        }
        Expr::FloorRoot(a, degree) => {
            let value = of(a).filter(|value| value.is_integer() && !value.is_negative())?;
            let (mut low, mut high) = (BigInt::zero(), value.numer() + 1);
            while &high - &low > BigInt::one() {
                let middle: BigInt = (&low + &high) / 2;
                if middle.clone().pow(*degree) > *value.numer() { high = middle } else { low = middle }
            }
            Some(BigRational::from_integer(low))
        }
        Expr::BitAnd(a, b) => {
            let (a, b) = (of(a).filter(BigRational::is_integer)?, of(b).filter(BigRational::is_integer)?);
            Some(BigRational::from_integer(a.numer() & b.numer()))
        }
        // Of the logarithms, only those that are rational: powers of two.
        Expr::Compare(comparison, a, b) if matches!(**a, Expr::Log2(_)) => {
            let Expr::Log2(argument) = &**a else { unreachable!("it is one") };
            let Some((a, b)) = of(argument).filter(Signed::is_positive).zip(of(b)) else { return Some(truth(false)) };
            let exponent = b.is_integer().then(|| b.to_i32())?.filter(|exponent| exponent.abs() <= 4096)?;
            Some(truth(comparison.holds(a.cmp(&Pow::pow(&whole(2), exponent)))))
        }
        Expr::Compare(comparison, a, b) => {
            let sides = of(a).zip(of(b));
            Some(truth(sides.is_some_and(|(a, b)| comparison.holds(a.cmp(&b)))))
        }
        Expr::Divides(a, b) => Some(truth(of(a).zip(of(b)).is_some_and(|(a, b)| divides(&a, &b)))),
        Expr::IsPowerOfTwo(a) => Some(truth(of(a).is_some_and(|value| is_power_of_two(&value)))),
        Expr::Member(a, set) => Some(truth(of(a).is_some_and(|value| contains(set, &value)))),
        Expr::AllDifferent(list) => {
            Some(truth(all(list).is_some_and(|list| list.iter().enumerate().all(|(at, a)| !list[..at].contains(a)))))
        }
        Expr::Table(list, rows) => Some(truth(all(list).is_some_and(|list| {
            rows.iter().any(|row| row.iter().map(|&value| whole(value)).eq(list.iter().cloned()))
        }))),
        Expr::And(list) => Some(truth(truths(list)?.into_iter().all(|holds| holds))),
        Expr::Or(list) => Some(truth(truths(list)?.into_iter().any(|holds| holds))),
        Expr::Not(a) => Some(truth(of(a)?.is_zero())),
        Expr::If { condition, then, otherwise } => of(if of(condition)?.is_zero() { otherwise } else { then }),
        Expr::Element { index, items } => {
            let index = of(index).filter(BigRational::is_integer)?.to_i64()?;
            let forwards = items.iter().zip(0..).find(|&(_, place)| place == index);
            let backwards = items.iter().rev().zip(1..).find(|&(_, place): &(_, i64)| -place == index);
            of(forwards.or(backwards)?.0)
        }
    }
}

fn whole(value: i64) -> BigRational {
    BigRational::from_integer(value.into())
}

fn truth(holds: bool) -> BigRational {
    whole(i64::from(holds))
}

fn divide(a: BigRational, b: BigRational) -> Option<BigRational> {
    if b.is_zero() { None } else { Some(a / b) }
}

fn power(base: &BigRational, exponent: &BigRational) -> Option<BigRational> {
    let exponent = exponent.is_integer().then(|| exponent.to_i32())??;
    let small = exponent.unsigned_abs() <= 64 && base.numer().bits() <= 64 && base.denom().bits() <= 64;
    if !small || base.is_zero() && exponent < 0 { None } else { Some(Pow::pow(base, exponent)) }
}

fn fold(list: &[BigRational], start: BigInt, step: fn(&BigInt, &BigInt) -> BigInt) -> Option<BigRational> {
    let result = list.iter().try_fold(start, |sum, value| value.is_integer().then(|| step(&sum, value.numer())));
    result.map(|value| BigRational::from_integer(value.abs()))
}

fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    if b.is_zero() { a.clone() } else { gcd(b, &(a % b)) }
}

fn lcm(a: &BigInt, b: &BigInt) -> BigInt {
    if a.is_zero() || b.is_zero() { BigInt::zero() } else { a / gcd(a, b) * b }
}

fn divides(a: &BigRational, b: &BigRational) -> bool {
    if a.is_zero() { b.is_zero() } else { (b / a).is_integer() }
}

fn is_power_of_two(value: &BigRational) -> bool {
    let number = value.numer();
    value.is_integer() && number.is_positive() && number.trailing_zeros() == Some(number.bits() - 1)
}

fn contains(set: &MemberSet, value: &BigRational) -> bool {
    value.is_integer() && value.to_i64().is_some_and(|value| set.contains(value))
}
