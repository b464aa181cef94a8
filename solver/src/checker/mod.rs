//! Evaluates models at assignments, exactly, with rational numbers of any size.
//!
//! Shares no code with the propagators: it is what their answers are held against.
//!
//! | file | holds |
//! | --- | --- |
//! | `exact.rs` | numbers of any size, quick where they are small integers |
//! | `logarithm.rs` | logarithms held against numbers |

mod exact;
mod logarithm;

pub use self::exact::Number;

use self::exact::Exact;
use self::logarithm::{against_power_of_two, exponent_of_two};
use crate::model::{Comparison, Expr, Model};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;

/// Powers with more bits than this are not computed.
const LARGEST_POWER_BITS: u64 = 1 << 16;

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
type Value = Result<Option<Exact>, TooLarge>;

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
        if value_of(&objective.expr, values)?.is_none() {
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
        Expr::Divides(a, b) => {
            let (Some(a), Some(b)) = (value_of(a, values)?, value_of(b, values)?) else { return Ok(false) };
            let are_integers = a.is_integer() && b.is_integer();
            Ok(are_integers && b.remainder(&a).map_or(b.is_zero(), |remainder| remainder.is_zero()))
        }
        Expr::IsPowerOfTwo(operand) => {
            Ok(integers([&**operand], values)?.is_some_and(|[value]| exponent_of_two(&value).is_some()))
        }
        Expr::Member(operand, set) => Ok(value_of(operand, values)?
            .and_then(|value| value.small_integer())
            .is_some_and(|value| set.contains(value))),
        Expr::AllDifferent(operands) => all_different(operands, values),
        Expr::Table(operands, rows) => Ok(small_integers(operands, values)?.is_some_and(|row| rows.contains(&row))),
        Expr::Log2(argument) => Ok(positive(argument, values)?.is_some_and(|argument| !argument.is_one())),
        number => Ok(value_of(number, values)?.is_some_and(|value| !value.is_zero())),
    }
}

/// The value of an expression; `None` where it is undefined.
///
/// # Errors
/// [`TooLarge`]
pub fn evaluate(expr: &Expr, values: &[i64]) -> Result<Option<Number>, TooLarge> {
    Ok(value_of(expr, values)?.map(Number::from))
}

fn value_of(expr: &Expr, values: &[i64]) -> Value {
    match expr {
        Expr::Constant(value) => Ok(Some(Exact::from(*value))),
        Expr::Variable(variable) => Ok(Some(Exact::from(values[variable.index()]))),
        Expr::Sum(terms) => fold(terms, values, 0, Exact::add),
        Expr::Product(factors) => fold(factors, values, 1, Exact::multiply),
        Expr::Negate(operand) => Ok(value_of(operand, values)?.map(|value| value.negate())),
        Expr::Absolute(operand) => Ok(value_of(operand, values)?.map(Exact::absolute)),
        Expr::Minimum(operands) => extremum(operands, values, Ordering::Less),
        Expr::Maximum(operands) => extremum(operands, values, Ordering::Greater),
        Expr::Quotient(a, b) => of_two(a, b, values, Exact::divide),
        Expr::FloorDivide(a, b) => of_two(a, b, values, Exact::floor_divide),
        Expr::CeilDivide(a, b) => of_two(a, b, values, Exact::ceil_divide),
        Expr::Remainder(a, b) => of_two(a, b, values, Exact::remainder),
        Expr::Power(base, exponent) => power(base, exponent, values),
        Expr::Gcd(operands) => fold_integers(operands, values, |a, b| a.gcd(&b)),
        Expr::Lcm(operands) => fold_integers(operands, values, |a, b| a.lcm(&b)),
        Expr::Log2(operand) => {
            let argument = integers([&**operand], values)?;
            Ok(argument.and_then(|[value]| exponent_of_two(&value)).map(Exact::from))
        }
        Expr::FloorLog2(operand) => {
            let argument = integers([&**operand], values)?.filter(|[value]| value.is_positive());
            Ok(argument.map(|[value]| Exact::from(value.bits() - 1)))
        }
        Expr::FloorRoot(operand, degree) => {
            let argument = integers([&**operand], values)?.filter(|[value]| !value.is_negative());
            Ok(argument.map(|[value]| Exact::from(value.nth_root(*degree))))
        }
        Expr::BitAnd(a, b) => Ok(integers([&**a, &**b], values)?.map(|[a, b]| Exact::from(a & b))),
        Expr::If { condition, then, otherwise } => {
            value_of(if holds(condition, values)? { then } else { otherwise }, values)
        }
        Expr::Element { index, items } => match position(index, items.len(), values)? {
            Some(position) => value_of(&items[position], values),
            None => Ok(None),
        },
        condition => Ok(Some(Exact::from(i64::from(holds(condition, values)?)))),
    }
}

fn fold(operands: &[Expr], values: &[i64], start: i64, combine: fn(&Exact, &Exact) -> Exact) -> Value {
    let mut result = Exact::from(start);
    for operand in operands {
        let Some(value) = value_of(operand, values)? else { return Ok(None) };
        result = combine(&result, &value);
    }
    Ok(Some(result))
}

fn extremum(operands: &[Expr], values: &[i64], better: Ordering) -> Value {
    let mut best: Option<Exact> = None;
    for operand in operands {
        let Some(value) = value_of(operand, values)? else { return Ok(None) };
        if best.as_ref().is_none_or(|best| value.cmp(best) == better) {
            best = Some(value);
        }
    }
    Ok(best)
}

fn of_two(a: &Expr, b: &Expr, values: &[i64], operation: fn(&Exact, &Exact) -> Option<Exact>) -> Value {
    let (Some(a), Some(b)) = (value_of(a, values)?, value_of(b, values)?) else { return Ok(None) };
    Ok(operation(&a, &b))
}

fn integers<const N: usize>(operands: [&Expr; N], values: &[i64]) -> Result<Option<[BigInt; N]>, TooLarge> {
    let mut integers = Vec::with_capacity(N);
    for operand in operands {
        let Some(integer) = value_of(operand, values)?.and_then(|value| value.integer()) else { return Ok(None) };
        integers.push(integer);
    }
    Ok(integers.try_into().ok())
}

/// The values as machine integers; `None` where one is undefined, no integer, or larger.
fn small_integers(operands: &[Expr], values: &[i64]) -> Result<Option<Vec<i64>>, TooLarge> {
    let mut found = Vec::with_capacity(operands.len());
    for operand in operands {
        let Some(value) = value_of(operand, values)?.and_then(|value| value.small_integer()) else { return Ok(None) };
        found.push(value);
    }
    Ok(Some(found))
}

fn all_different(operands: &[Expr], values: &[i64]) -> Result<bool, TooLarge> {
    let mut found = Vec::with_capacity(operands.len());
    for operand in operands {
        let Some(value) = value_of(operand, values)? else { return Ok(false) };
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
    Ok(result.map(Exact::from))
}

fn power(base: &Expr, exponent: &Expr, values: &[i64]) -> Value {
    let (Some(base), Some([exponent])) = (value_of(base, values)?, integers([exponent], values)?) else {
        return Ok(None);
    };
    if base.is_zero() && exponent.is_negative() {
        return Ok(None);
    }
    raise(&base.number(), &exponent).map(|power| Some(power.into()))
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
            let (Some(x), Some(exponent)) = (positive(x, values)?, value_of(exponent, values)?) else {
                return Ok(false);
            };
            against_power_of_two(&x.number(), &exponent.number())
        }
        (exponent, Expr::Log2(x)) => {
            let (Some(x), Some(exponent)) = (positive(x, values)?, value_of(exponent, values)?) else {
                return Ok(false);
            };
            against_power_of_two(&x.number(), &exponent.number()).reverse()
        }
        _ => {
            let (Some(a), Some(b)) = (value_of(a, values)?, value_of(b, values)?) else { return Ok(false) };
            a.cmp(&b)
        }
    };
    Ok(comparison.holds(ordering))
}

fn positive(argument: &Expr, values: &[i64]) -> Value {
    Ok(value_of(argument, values)?.filter(Exact::is_positive))
}

#[cfg(test)]
mod tests;
