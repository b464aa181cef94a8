//! Arithmetic as Python has it: integers exactly, floating-point numbers in 64 bits, each operation rounded once.

use super::error::PythonErrorKind;
use super::operators::Operator;
use super::value::{Outcome, Value};
use std::cmp::Ordering;

/// Every integer up to this one is a floating-point number.
const MOST_EXACT: i128 = 1 << 53;

/// The value of an integer, a truth value being 0 or 1.
pub(super) fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Integer(value) => Some(*value),
        Value::Truth(value) => Some(i128::from(*value)),
        _ => None,
    }
}

/// The nearest floating-point number, as `float` gives it.
pub(super) fn real(value: &Value) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
    match value {
        Value::Real(value) => Some(*value),
        other => whole(other).map(|value| value as f64),
    }
}

pub(super) fn is_number(value: &Value) -> bool {
    real(value).is_some()
}

fn refused(operation: &'static str, operands: &[&Value]) -> PythonErrorKind {
    let found = operands.iter().map(|operand| operand.kind()).collect::<Vec<_>>().join(" and ");
    PythonErrorKind::Operands { operation, found }
}

pub(super) fn negate(value: &Value) -> Outcome<Value> {
    match (whole(value), value) {
        (Some(value), _) => value.checked_neg().map(Value::Integer).ok_or(PythonErrorKind::TooLarge),
        (None, Value::Real(value)) => Ok(Value::Real(-value)),
        _ => Err(refused("-", &[value])),
    }
}

pub(super) fn plus(value: &Value) -> Outcome<Value> {
    match (whole(value), value) {
        (Some(value), _) => Ok(Value::Integer(value)),
        (None, Value::Real(value)) => Ok(Value::Real(*value)),
        _ => Err(refused("+", &[value])),
    }
}

pub(super) fn invert(value: &Value) -> Outcome<Value> {
    whole(value).map(|value| Value::Integer(!value)).ok_or_else(|| refused("~", &[value]))
}

/// How two numbers or two texts compare; `None` where one is not a number in the sense of floating point.
pub(super) fn order(left: &Value, right: &Value, operation: &'static str) -> Outcome<Option<Ordering>> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => return Ok(Some(left.cmp(right))),
        (Value::Real(left), Value::Real(right)) => return Ok(left.partial_cmp(right)),
        _ => {}
    }
    match (whole(left), whole(right), left, right) {
        (Some(left), Some(right), ..) => Ok(Some(left.cmp(&right))),
        (Some(left), _, _, Value::Real(right)) => Ok(mixed_order(left, *right)),
        (_, Some(right), Value::Real(left), _) => Ok(mixed_order(right, *left).map(Ordering::reverse)),
        _ => Err(refused(operation, &[left, right])),
    }
}

/// Exact, however large the integer.
fn mixed_order(whole: i128, real: f64) -> Option<Ordering> {
    if real.is_nan() {
        return None;
    }
    // 2^127 is beyond every integer here.
    if real.abs() >= 2f64.powi(127) {
        return Some(if real > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let below = floor(real)?;
    let by_fraction = if real > real.floor() { Ordering::Less } else { Ordering::Equal };
    Some(whole.cmp(&below).then(by_fraction))
}

/// The largest integer that is not larger, where that is below 2^127.
pub(super) fn floor(real: f64) -> Option<i128> {
    #[expect(clippy::cast_possible_truncation, reason = "the size is looked at first")]
    (real.abs() < 2f64.powi(127)).then(|| real.floor() as i128)
}

pub(super) fn binary(operator: Operator, left: &Value, right: &Value) -> Outcome<Value> {
    match (whole(left), whole(right), real(left), real(right)) {
        (Some(a), Some(b), ..) => of_integers(operator, a, b),
        (_, _, Some(a), Some(b)) => {
            of_reals(operator, a, b).ok_or_else(|| refused(operator.symbol(), &[left, right]))?
        }
        _ => Err(refused(operator.symbol(), &[left, right])),
    }
}

fn of_integers(operator: Operator, a: i128, b: i128) -> Outcome<Value> {
    let result = match operator {
        Operator::BitOr => Some(a | b),
        Operator::BitXor => Some(a ^ b),
        Operator::BitAnd => Some(a & b),
        Operator::ShiftLeft | Operator::ShiftRight if b < 0 => {
            return Err(PythonErrorKind::NoValue { operation: operator.symbol() });
        }
        Operator::ShiftLeft if a == 0 => Some(0),
        Operator::ShiftLeft => {
            let factor = u32::try_from(b).ok().filter(|&b| b < 127).map(|b| 1i128 << b);
            factor.and_then(|factor| a.checked_mul(factor))
        }
        Operator::ShiftRight => Some(a >> u32::try_from(b).unwrap_or(127).min(127)),
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide | Operator::FloorDivide | Operator::Remainder if b == 0 => {
            return Err(PythonErrorKind::DivisionByZero);
        }
        Operator::Divide => return quotient(a, b),
        // The least number divided by -1 does not fit.
        Operator::FloorDivide => a.checked_div(b).map(|q| if a % b != 0 && (a < 0) != (b < 0) { q - 1 } else { q }),
        Operator::Remainder => a.checked_rem(b).map(|r| if r != 0 && (r < 0) != (b < 0) { r + b } else { r }),
        Operator::Power => return power(a, b),
    };
    result.map(Value::Integer).ok_or(PythonErrorKind::TooLarge)
}

/// Python rounds the exact quotient; two floating-point numbers give the same where both integers are such numbers.
fn quotient(a: i128, b: i128) -> Outcome<Value> {
    if a.abs() > MOST_EXACT || b.abs() > MOST_EXACT {
        return Err(PythonErrorKind::TooLarge);
    }
    #[expect(clippy::cast_precision_loss, reason = "both are below 2^53")]
    let quotient = a as f64 / b as f64;
    Ok(Value::Real(quotient))
}

fn power(base: i128, exponent: i128) -> Outcome<Value> {
    if exponent < 0 {
        #[expect(clippy::cast_precision_loss, reason = "Python rounds in the same way")]
        return real_power(base as f64, exponent as f64);
    }
    let power = match (base, u32::try_from(exponent)) {
        (0 | 1, _) if exponent > 0 => Some(base),
        (-1, _) => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        // No other power of more than 127 fits, and none takes more than a few multiplications to find that out.
        (_, Ok(exponent)) => base.checked_pow(exponent),
        (_, Err(_)) => None,
    };
    power.map(Value::Integer).ok_or(PythonErrorKind::TooLarge)
}

fn real_power(base: f64, exponent: f64) -> Outcome<Value> {
    if base == 0.0 && exponent < 0.0 {
        return Err(PythonErrorKind::DivisionByZero);
    }
    if base < 0.0 && exponent.fract() != 0.0 && exponent.is_finite() {
        return Err(PythonErrorKind::Unsupported { what: "complex numbers" });
    }
    let power = base.powf(exponent);
    let overflown = power.is_infinite() && base.is_finite() && exponent.is_finite();
    if overflown { Err(PythonErrorKind::TooLarge) } else { Ok(Value::Real(power)) }
}

/// `None` where the operation is one of integers only.
fn of_reals(operator: Operator, a: f64, b: f64) -> Option<Outcome<Value>> {
    let divides = matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Remainder);
    if divides && b == 0.0 {
        return Some(Err(PythonErrorKind::DivisionByZero));
    }
    let result = match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::FloorDivide => floor_and_rest(a, b).0,
        Operator::Remainder => floor_and_rest(a, b).1,
        Operator::Power => return Some(real_power(a, b)),
        _ => return None,
    };
    Some(Ok(Value::Real(result)))
}

/// `a // b` and `a % b`: the rest is exact and has the sign of b, and the quotient is the integer that belongs to it.
fn floor_and_rest(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0f64.copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0f64.copysign(a / b), rest);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, rest)
}
