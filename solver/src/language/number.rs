//! The values of literals: integers, and decimals that are exact fractions.

use super::literal::{Literal, NumberFault};
use crate::model::MAX_VALUE;

/// The exact value of a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// A number in `0..=MAX_VALUE`.
    Integer(i64),
    /// `numerator / denominator`, the denominator a power of ten, both in `1..=MAX_VALUE`.
    Fraction(i64, i64),
}

/// The value of a literal as the lexer cuts it out.
pub(super) fn value(text: &str) -> Result<Number, NumberFault> {
    let literal = Literal::read(text)?;
    if literal.is_integer() { integer(&literal) } else { decimal(&literal) }
}

fn integer(literal: &Literal) -> Result<Number, NumberFault> {
    let value = i64::from_str_radix(&literal.digits, literal.base).map_err(|_| NumberFault::TooLarge)?;
    if value > MAX_VALUE { Err(NumberFault::TooLarge) } else { Ok(Number::Integer(value)) }
}

/// A literal with a point or an exponent: the digits, and the power of ten that they count.
fn decimal(literal: &Literal) -> Result<Number, NumberFault> {
    let fraction = literal.fraction.as_deref().unwrap_or_default();
    let all = format!("{}{fraction}", literal.digits);
    let significant = all.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(Number::Integer(0));
    }
    // An exponent beyond i64 is far beyond every value; so is what stands in for it here.
    let exponent = literal.exponent.as_deref().unwrap_or("0");
    let sign = if exponent.starts_with('-') { -1 } else { 1 };
    let exponent = exponent.trim_start_matches('-').parse::<i64>().unwrap_or(i64::MAX / 2).min(i64::MAX / 2);
    let shift = i64::try_from(all.len() - significant.len()).expect("a text is shorter than 2^63 bytes");
    let decimals = i64::try_from(fraction.len()).expect("a text is shorter than 2^63 bytes");
    scaled(significant, sign * exponent + shift - decimals)
}

/// `significant * 10^power`; the digits do not end with 0.
fn scaled(significant: &str, power: i64) -> Result<Number, NumberFault> {
    let fault = if power < 0 { NumberFault::TooPrecise } else { NumberFault::TooLarge };
    let number = significant.parse::<i64>().ok().filter(|&number| number <= MAX_VALUE).ok_or(fault)?;
    let scale = u32::try_from(power.unsigned_abs()).ok().and_then(|power| 10_i64.checked_pow(power));
    let scale = scale.filter(|&scale| scale <= MAX_VALUE).ok_or(fault)?;
    if power < 0 {
        return Ok(Number::Fraction(number, scale));
    }
    number.checked_mul(scale).filter(|&value| value <= MAX_VALUE).map(Number::Integer).ok_or(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Fraction, Integer};
    use NumberFault::{LeadingZero, Malformed, TooLarge, TooPrecise};

    #[test]
    fn literals() {
        let table = [
            ("0", Ok(Integer(0))),
            ("00", Ok(Integer(0))),
            ("1_000", Ok(Integer(1000))),
            ("0x_Ff", Ok(Integer(255))),
            ("0b101", Ok(Integer(5))),
            ("0O17", Ok(Integer(15))),
            ("9007199254740991", Ok(Integer(MAX_VALUE))),
            ("9007199254740992", Err(TooLarge)),
            ("99999999999999999999999", Err(TooLarge)),
            ("1e6", Ok(Integer(1_000_000))),
            ("1024.0", Ok(Integer(1024))),
            ("2.", Ok(Integer(2))),
            (".5", Ok(Fraction(5, 10))),
            ("0.50", Ok(Fraction(5, 10))),
            ("1.5e3", Ok(Integer(1500))),
            ("1e-3", Ok(Fraction(1, 1000))),
            ("0.0e-99999999999999999999", Ok(Integer(0))),
            ("1e99999999999999999999", Err(TooLarge)),
            ("1e-99999999999999999999", Err(TooPrecise)),
            ("0.12345678901234567", Err(TooPrecise)),
            ("1e16", Err(TooLarge)),
            ("007", Err(LeadingZero)),
            ("1__0", Err(Malformed)),
            ("1_", Err(Malformed)),
            ("3x", Err(Malformed)),
            ("0x", Err(Malformed)),
            ("0b2", Err(Malformed)),
            ("1.2.3", Err(Malformed)),
            ("2e", Err(Malformed)),
        ];
        for (text, expected) in table {
            assert_eq!(value(text), expected, "{text}");
        }
    }
}
