//! Evaluates models at assignments, exactly, with rational numbers of any size.
//!
//! Shares no code with the propagators: it is what their answers are held against.

use crate::model::{Comparison, Expr, Model};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::fmt;

/// Powers with more bits than this are not computed.
const LARGEST_POWER_BITS: u64 = 1 << 16;

/// An exact number.
pub type Number = BigRational;

/// A power was too large to be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a power has more than {LARGEST_POWER_BITS} bits")
    }
}

impl std::error::Error for TooLarge {}

/// A value, or none where the expression is undefined.
type Value = Result<Option<Number>, TooLarge>;

/// The indices of the constraints that an assignment violates, in order. `values` follows the model's variables.
///
/// # Errors
/// [`TooLarge`]
pub fn violated(model: &Model, values: &[i64]) -> Result<Vec<usize>, TooLarge> {
    let mut violated = Vec::new();
    for (index, constraint) in model.constraints().iter().enumerate() {
        if !holds(&constraint.expr, values)? {
            violated.push(index);
        }
    }
    Ok(violated)
}

/// Whether the assignment takes each variable's value from its declared ones and satisfies every constraint, and every
/// objective is defined.
///
/// # Errors
/// [`TooLarge`]
pub fn is_solution(model: &Model, values: &[i64]) -> Result<bool, TooLarge> {
    let declared = model.variables().iter().zip(values).all(|(variable, &value)| variable.values.contains(value));
    if !declared || values.len() != model.variables().len() {
        return Ok(false);
    }
    for constraint in model.constraints() {
        if !holds(&constraint.expr, values)? {
            return Ok(false);
        }
    }
    for objective in model.objectives() {
        if evaluate(&objective.expr, values)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the expression is true: defined and not 0.
///
/// # Errors
/// [`TooLarge`]
pub fn holds(expr: &Expr, values: &[i64]) -> Result<bool, TooLarge> {
    match expr {
        Expr::And(operands) => {
            for operand in operands {
                if !holds(operand, values)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Expr::Or(operands) => {
            for operand in operands {
                if holds(operand, values)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Expr::Not(operand) => Ok(!holds(operand, values)?),
        Expr::Compare(comparison, a, b) => compare(*comparison, a, b, values),
        Expr::Divides(a, b) => Ok(integers([&**a, &**b], values)?
            .is_some_and(|[a, b]| if a.is_zero() { b.is_zero() } else { (b % a).is_zero() })),
        Expr::IsPowerOfTwo(operand) => {
            Ok(integers([&**operand], values)?.is_some_and(|[value]| exponent_of_two(&value).is_some()))
        }
        Expr::Member(operand, set) => Ok(integers([&**operand], values)?
            .and_then(|[value]| value.to_i64())
            .is_some_and(|value| set.contains(value))),
        Expr::AllDifferent(operands) => all_different(operands, values),
        Expr::Table(operands, rows) => Ok(small_integers(operands, values)?.is_some_and(|row| rows.contains(&row))),
        Expr::Log2(argument) => Ok(positive(argument, values)?.is_some_and(|argument| !argument.is_one())),
        number => Ok(evaluate(number, values)?.is_some_and(|value| !value.is_zero())),
    }
}

/// The value of an expression; `None` where it is undefined.
///
/// # Errors
/// [`TooLarge`]
pub fn evaluate(expr: &Expr, values: &[i64]) -> Value {
    match expr {
        Expr::Constant(value) => Ok(Some(whole(*value))),
        Expr::Variable(variable) => Ok(Some(whole(values[variable.index()]))),
        Expr::Sum(terms) => fold(terms, values, Number::zero(), |sum, term| sum + term),
        Expr::Product(factors) => fold(factors, values, Number::one(), |product, factor| product * factor),
        Expr::Negate(operand) => Ok(evaluate(operand, values)?.map(|value| -value)),
        Expr::Absolute(operand) => Ok(evaluate(operand, values)?.map(|value| value.abs())),
        Expr::Minimum(operands) => extremum(operands, values, std::cmp::Ordering::Less),
        Expr::Maximum(operands) => extremum(operands, values, std::cmp::Ordering::Greater),
        Expr::Quotient(a, b) => quotient(a, b, values),
        Expr::FloorDivide(a, b) => Ok(quotient(a, b, values)?.map(|quotient| quotient.floor())),
        Expr::CeilDivide(a, b) => Ok(quotient(a, b, values)?.map(|quotient| quotient.ceil())),
        Expr::Remainder(a, b) => {
            let (Some(quotient), Some(x), Some(y)) =
                (quotient(a, b, values)?, evaluate(a, values)?, evaluate(b, values)?)
            else {
                return Ok(None);
            };
            Ok(Some(x - y * quotient.floor()))
        }
        Expr::Power(base, exponent) => power(base, exponent, values),
        Expr::Gcd(operands) => fold_integers(operands, values, euclid),
        Expr::Lcm(operands) => fold_integers(operands, values, |a, b| {
            if a.is_zero() || b.is_zero() { BigInt::zero() } else { (&a * &b).abs() / euclid(a, b) }
        }),
        Expr::Log2(operand) => {
            let argument = integers([&**operand], values)?;
            Ok(argument
                .and_then(|[value]| exponent_of_two(&value))
                .map(|exponent| Number::from(BigInt::from(exponent))))
        }
        Expr::FloorLog2(operand) => {
            let argument = integers([&**operand], values)?.filter(|[value]| value.is_positive());
            Ok(argument.map(|[value]| Number::from(BigInt::from(value.bits() - 1))))
        }
        Expr::FloorRoot(operand, degree) => {
            let argument = integers([&**operand], values)?.filter(|[value]| !value.is_negative());
            Ok(argument.map(|[value]| Number::from(value.nth_root(*degree))))
        }
        Expr::BitAnd(a, b) => Ok(integers([&**a, &**b], values)?.map(|[a, b]| Number::from(a & b))),
        Expr::If { condition, then, otherwise } => {
            evaluate(if holds(condition, values)? { then } else { otherwise }, values)
        }
        Expr::Element { index, items } => match position(index, items.len(), values)? {
            Some(position) => evaluate(&items[position], values),
            None => Ok(None),
        },
        condition => Ok(Some(whole(i64::from(holds(condition, values)?)))),
    }
}

fn whole(value: i64) -> Number {
    Number::from(BigInt::from(value))
}

fn fold(operands: &[Expr], values: &[i64], start: Number, combine: fn(Number, Number) -> Number) -> Value {
    let mut result = start;
    for operand in operands {
        let Some(value) = evaluate(operand, values)? else { return Ok(None) };
        result = combine(result, value);
    }
    Ok(Some(result))
}

fn extremum(operands: &[Expr], values: &[i64], better: std::cmp::Ordering) -> Value {
    let mut best: Option<Number> = None;
    for operand in operands {
        let Some(value) = evaluate(operand, values)? else { return Ok(None) };
        if best.as_ref().is_none_or(|best| value.cmp(best) == better) {
            best = Some(value);
        }
    }
    Ok(best)
}

fn quotient(a: &Expr, b: &Expr, values: &[i64]) -> Value {
    let (Some(a), Some(b)) = (evaluate(a, values)?, evaluate(b, values)?) else { return Ok(None) };
    Ok(if b.is_zero() { None } else { Some(a / b) })
}

fn integers<const N: usize>(operands: [&Expr; N], values: &[i64]) -> Result<Option<[BigInt; N]>, TooLarge> {
    let mut integers = Vec::with_capacity(N);
    for operand in operands {
        match evaluate(operand, values)? {
            Some(value) if value.is_integer() => integers.push(value.to_integer()),
            _ => return Ok(None),
        }
    }
    Ok(integers.try_into().ok())
}

/// The values as machine integers; `None` where one is undefined, no integer, or larger.
fn small_integers(operands: &[Expr], values: &[i64]) -> Result<Option<Vec<i64>>, TooLarge> {
    let mut found = Vec::with_capacity(operands.len());
    for operand in operands {
        let Some(value) = integers([operand], values)?.and_then(|[value]| value.to_i64()) else { return Ok(None) };
        found.push(value);
    }
    Ok(Some(found))
}

fn all_different(operands: &[Expr], values: &[i64]) -> Result<bool, TooLarge> {
    let mut found = Vec::with_capacity(operands.len());
    for operand in operands {
        let Some(value) = evaluate(operand, values)? else { return Ok(false) };
        found.push(value);
    }
    found.sort_unstable();
    Ok(found.windows(2).all(|pair| pair[0] != pair[1]))
}

/// Where in a list of that length the item is; a negative index counts from the end.
fn position(index: &Expr, length: usize, values: &[i64]) -> Result<Option<usize>, TooLarge> {
    let index = integers([index], values)?;
    let position = index.map(|[index]| if index.is_negative() { index + length } else { index });
    Ok(position.and_then(|position| position.to_usize()).filter(|&position| position < length))
}

fn fold_integers(operands: &[Expr], values: &[i64], combine: fn(BigInt, BigInt) -> BigInt) -> Value {
    let mut result: Option<BigInt> = None;
    for operand in operands {
        let Some([value]) = integers([operand], values)? else { return Ok(None) };
        result = Some(match result {
            Some(result) => combine(result, value),
            None => value.abs(),
        });
    }
    Ok(result.map(Number::from))
}

fn euclid(a: BigInt, b: BigInt) -> BigInt {
    let (mut a, mut b) = (a, b);
    while !b.is_zero() {
        let remainder = &a % &b;
        a = std::mem::replace(&mut b, remainder);
    }
    a.abs()
}

/// `e` for `2 ** e`.
fn exponent_of_two(value: &BigInt) -> Option<u64> {
    let exponent = value.bits().checked_sub(1)?;
    (value.is_positive() && value.trailing_zeros() == Some(exponent)).then_some(exponent)
}

fn power(base: &Expr, exponent: &Expr, values: &[i64]) -> Value {
    let (Some(base), Some([exponent])) = (evaluate(base, values)?, integers([exponent], values)?) else {
        return Ok(None);
    };
    if base.is_zero() && exponent.is_negative() {
        return Ok(None);
    }
    raise(&base, &exponent).map(Some)
}

fn raise(base: &Number, exponent: &BigInt) -> Result<Number, TooLarge> {
    if base.is_zero() || base.abs().is_one() {
        let odd = exponent.bit(0);
        return Ok(if exponent.is_zero() || (base.is_negative() && !odd) { Number::one() } else { base.clone() });
    }
    let bits = base.numer().bits().max(base.denom().bits());
    let small = exponent.to_i32().filter(|e| u64::from(e.unsigned_abs()).saturating_mul(bits) <= LARGEST_POWER_BITS);
    Ok(base.pow(small.ok_or(TooLarge)?))
}

fn compare(comparison: Comparison, a: &Expr, b: &Expr, values: &[i64]) -> Result<bool, TooLarge> {
    let ordering = match (a, b) {
        (Expr::Log2(x), Expr::Log2(y)) => {
            let (Some(x), Some(y)) = (positive(x, values)?, positive(y, values)?) else { return Ok(false) };
            x.cmp(&y)
        }
        (Expr::Log2(x), exponent) => {
            let (Some(x), Some(exponent)) = (positive(x, values)?, evaluate(exponent, values)?) else {
                return Ok(false);
            };
            against_power_of_two(&x, &exponent)
        }
        (exponent, Expr::Log2(x)) => {
            let (Some(x), Some(exponent)) = (positive(x, values)?, evaluate(exponent, values)?) else {
                return Ok(false);
            };
            against_power_of_two(&x, &exponent).reverse()
        }
        _ => {
            let (Some(a), Some(b)) = (evaluate(a, values)?, evaluate(b, values)?) else { return Ok(false) };
            a.cmp(&b)
        }
    };
    Ok(comparison.holds(ordering))
}

fn positive(argument: &Expr, values: &[i64]) -> Value {
    Ok(evaluate(argument, values)?.filter(Signed::is_positive))
}

/// Compares a positive `x` with `2 ** exponent`, which equals it only where both are whole powers of two. Otherwise the
/// logarithm is irrational, so that enough of its binary digits tell it from the exponent.
fn against_power_of_two(x: &Number, exponent: &Number) -> std::cmp::Ordering {
    if let (Some(above), Some(below)) = (exponent_of_two(x.numer()), exponent_of_two(x.denom())) {
        return Number::from(BigInt::from(above) - BigInt::from(below)).cmp(exponent);
    }
    let mut digits = 64;
    loop {
        let (low, high) = logarithm(x, digits);
        if *exponent <= low {
            return std::cmp::Ordering::Greater;
        }
        if *exponent >= high {
            return std::cmp::Ordering::Less;
        }
        digits *= 2;
    }
}

/// Numbers that `log2(x)` lies between, strictly where `x` is no whole power of two: at most that many digits are found.
fn logarithm(x: &Number, digits: u32) -> (Number, Number) {
    let one = BigInt::one() << digits;
    // x = 2 ** whole * m with m from 1 to below 2, which lies between `low` and `high`, both times 2 ** digits.
    let mut whole = x.numer().bits().cast_signed() - x.denom().bits().cast_signed();
    if *x < raise_two(whole) {
        whole -= 1;
    }
    let scaled = x / raise_two(whole) * Number::from(one.clone());
    let (mut low, mut high) = (scaled.floor().to_integer(), scaled.ceil().to_integer());
    let (mut fraction, mut found) = (BigInt::zero(), 0);
    while found < digits {
        // Squaring doubles the logarithm: the next digit is whether the square has reached 2.
        (low, high) = ((&low * &low) >> digits, ((&high * &high) >> digits) + 1);
        let reached = low >= &one << 1u32;
        if !reached && high >= &one << 1u32 {
            break;
        }
        if reached {
            (low, high) = (low >> 1u32, (high >> 1u32) + 1);
        }
        (fraction, found) = ((fraction << 1u32) + i32::from(reached), found + 1);
    }
    let at = |fraction: BigInt| Number::from(BigInt::from(whole)) + Number::new(fraction, BigInt::one() << found);
    (at(fraction.clone()), at(fraction + 1))
}

fn raise_two(exponent: i64) -> Number {
    let power = Number::from(BigInt::one() << exponent.unsigned_abs());
    if exponent < 0 { power.recip() } else { power }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, Values};

    fn model() -> (Model, Expr, Expr) {
        let mut model = Model::new();
        let x = model.add_variable("x", Values::range(-100, 100, 1).unwrap()).unwrap();
        let y = model.add_variable("y", Values::range(-100, 100, 1).unwrap()).unwrap();
        (model, x.into(), y.into())
    }

    fn log2(x: Expr) -> Expr {
        Expr::Log2(Box::new(x))
    }

    #[test]
    fn an_undefined_side_makes_the_comparison_false() {
        let (_, x, y) = model();
        let fits = Expr::Or(vec![x.clone().equals(0), (y.clone() % x.clone()).equals(0)]);
        assert_eq!(holds(&fits, &[0, 5]), Ok(true));
        assert_eq!(holds(&(y.clone() % x.clone()).equals(0), &[0, 5]), Ok(false));
        assert_eq!(holds(&Expr::Not(Box::new((y % x).equals(0))), &[0, 5]), Ok(true));
    }

    #[test]
    fn quotients_are_exact() {
        let (_, x, y) = model();
        let third = x.clone() / 3;
        assert_eq!(holds(&(third.clone() + third.clone() + third).equals(x.clone()), &[1, 0]), Ok(true));
        assert_eq!(holds(&(x.clone() / y.clone()).at_most(Expr::from(1) / 3), &[33, 99]), Ok(true));
        assert_eq!(holds(&(x / y).at_most(Expr::from(1) / 3), &[34, 99]), Ok(false));
    }

    #[test]
    fn logarithms_are_compared_exactly() {
        let (_, x, y) = model();
        assert_eq!(holds(&log2(x.clone()).at_most(3), &[8, 0]), Ok(true));
        assert_eq!(holds(&log2(x.clone()).at_most(3), &[9, 0]), Ok(false));
        assert_eq!(holds(&log2(x.clone()).at_least(Expr::from(7) / 2), &[12, 0]), Ok(true), "2**3.5 = 11.3");
        assert_eq!(holds(&log2(x.clone()).at_least(Expr::from(7) / 2), &[11, 0]), Ok(false));
        assert_eq!(evaluate(&log2(x.clone()), &[12, 0]), Ok(None));
        assert_eq!(holds(&log2(x).at_most(y), &[0, 5]), Ok(false));
    }

    #[test]
    fn what_is_undefined_is_in_no_row_and_different_from_nothing() {
        let (_, x, y) = model();
        let half = x.clone() / 2;
        let table = Expr::Table(vec![half.clone(), y.clone()], crate::model::Rows::new([vec![2, 7]]).unwrap());
        assert_eq!(holds(&table, &[4, 7]), Ok(true));
        assert_eq!(holds(&table, &[5, 7]), Ok(false));
        let different = Expr::AllDifferent(vec![half, y.clone() / x.clone(), y]);
        assert_eq!(holds(&different, &[2, 8]), Ok(true), "1, 4, 8");
        assert_eq!(holds(&different, &[4, 8]), Ok(false), "2, 2, 8");
        assert_eq!(holds(&different, &[0, 8]), Ok(false), "0, undefined, 8");
    }

    #[test]
    fn an_item_is_found_from_both_ends() {
        let (_, x, y) = model();
        let items = vec![10.into(), y / 0, 30.into()];
        let element = Expr::Element { index: Box::new(x / 2), items };
        let item =
            |index: i64| evaluate(&element, &[index, 0]).unwrap().map(|item| item.to_integer().to_i64().unwrap());
        assert_eq!([0, 4, -2, -6].map(item), [Some(10), Some(30), Some(30), Some(10)]);
        assert_eq!([2, -4, 6, -8, 1].map(item), [None; 5], "undefined item, beyond either end, half an index");
    }

    #[test]
    fn a_power_beyond_reach_is_an_error() {
        let (_, x, _) = model();
        let tower = Expr::Power(Box::new(Expr::from(10)), Box::new(Expr::Power(Box::new(Expr::from(10)), Box::new(x))));
        assert_eq!(evaluate(&tower, &[10, 0]), Err(TooLarge));
    }
}
