//! Binary logarithms held against numbers: as many digits as it takes.

use super::exact::Number;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// `e` for `2 ** e`.
pub(super) fn exponent_of_two(value: &BigInt) -> Option<u64> {
    let exponent = value.bits().checked_sub(1)?;
    (value.is_positive() && value.trailing_zeros() == Some(exponent)).then_some(exponent)
}

/// Compares a positive `x` with `2 ** exponent`, which equals it only where both are whole powers of two. Otherwise the
/// logarithm is irrational, so that enough of its binary digits tell it from the exponent.
pub(super) fn against_power_of_two(x: &Number, exponent: &Number) -> std::cmp::Ordering {
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
