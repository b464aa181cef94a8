//! The operations of expressions on numbers in floating point, where no number stands for what is undefined.

use num_integer::Integer;
use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Negate,
    Absolute,
    Log2,
    FloorLog2,
    FloorRoot(u32),
    IsPowerOfTwo,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Multiply,
    Quotient,
    FloorDivide,
    CeilDivide,
    Remainder,
    Power,
    Minimum,
    Maximum,
    Equal,
    Less,
    LessEqual,
    And,
    Or,
    Gcd,
    Lcm,
    BitAnd,
}

/// The place of an item that is counted from 0, or from the end where it is negative.
pub(super) fn item(index: f64, count: usize) -> Option<usize> {
    let index = whole(index)?;
    let count = i64::try_from(count).ok()?;
    let index = if index < 0 { index + count } else { index };
    if index < count { usize::try_from(index).ok() } else { None }
}

/// A whole number.
#[expect(clippy::cast_possible_truncation, reason = "no value of interest is beyond 2^53")]
pub(super) fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0).then_some(value as i64)
}

/// What is undefined is not true.
pub(super) fn is_true(value: f64) -> bool {
    value != 0.0 && !value.is_nan()
}

/// What is undefined equals nothing.
pub(super) fn is_equal(a: f64, b: f64) -> bool {
    a.partial_cmp(&b).is_some_and(Ordering::is_eq)
}

pub(super) fn truth(value: bool) -> f64 {
    f64::from(u8::from(value))
}

pub(super) fn unary(kind: Unary, a: f64) -> f64 {
    match kind {
        Unary::Negate => -a,
        Unary::Absolute => a.abs(),
        Unary::Log2 => a.log2(),
        Unary::FloorLog2 => a.log2().floor(),
        // The root of a power may come out below it.
        Unary::FloorRoot(degree) => (a.powf(1.0 / f64::from(degree)) + 1e-9).floor(),
        Unary::IsPowerOfTwo => truth(a >= 1.0 && a.log2().fract() == 0.0),
        Unary::Not => truth(!is_true(a)),
    }
}

pub(super) fn binary(kind: Binary, a: f64, b: f64) -> f64 {
    // Undefined, not infinite.
    let quotient = || if b == 0.0 { f64::NAN } else { a / b };
    match kind {
        Binary::Add => a + b,
        Binary::Multiply => a * b,
        Binary::Quotient => quotient(),
        Binary::FloorDivide => quotient().floor(),
        Binary::CeilDivide => quotient().ceil(),
        Binary::Remainder => a - b * quotient().floor(),
        Binary::Power => a.powf(b),
        Binary::Minimum => if_defined(a, b, f64::min),
        Binary::Maximum => if_defined(a, b, f64::max),
        Binary::Equal => truth(is_equal(a, b)),
        Binary::Less => truth(a < b),
        Binary::LessEqual => truth(a <= b),
        Binary::Gcd => of_whole(a, b, |a, b| a.gcd(&b)),
        Binary::Lcm => of_whole(a, b, |a, b| a.checked_div(a.gcd(&b)).unwrap_or_default().saturating_mul(b).abs()),
        Binary::BitAnd => of_whole(a, b, |a, b| a & b),
        Binary::And => truth(is_true(a) && is_true(b)),
        Binary::Or => truth(is_true(a) || is_true(b)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "no value of interest is beyond 2^53")]
pub(super) fn of_whole(a: f64, b: f64, of: fn(i64, i64) -> i64) -> f64 {
    whole(a).zip(whole(b)).map_or(f64::NAN, |(a, b)| of(a, b) as f64)
}

/// The library's own minimum takes what is a number of two.
pub(super) fn if_defined(a: f64, b: f64, of: fn(f64, f64) -> f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { of(a, b) }
}
