//! Literals: integers in four bases, and decimals that are exact fractions.

use crate::model::MAX_VALUE;

/// The exact value of a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Literal {
    /// A number in `0..=MAX_VALUE`.
    Integer(i64),
    /// `numerator / denominator`, the denominator a power of ten, both in `1..=MAX_VALUE`.
    Fraction(i64, i64),
}

/// Why a literal is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFault {
    /// It is no number at all, such as `3x` or `1.2.3`.
    Malformed,
    /// A decimal integer that starts with 0, which other languages read as octal.
    LeadingZero,
    /// Its value is beyond 2^53 - 1.
    TooLarge,
    /// As a fraction, it needs a numerator or denominator beyond 2^53 - 1.
    TooPrecise,
}

/// The value of a literal as the lexer cuts it out.
pub(super) fn value(text: &str) -> Result<Literal, NumberFault> {
    match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => in_base(text[2..].trim_start_matches('_'), 16),
        Some("0b") => in_base(text[2..].trim_start_matches('_'), 2),
        Some("0o") => in_base(text[2..].trim_start_matches('_'), 8),
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') => integer(text),
        _ => decimal(text),
    }
}

/// A run of digits without the underscores that may stand between two of them.
fn digits(text: &str) -> Result<String, NumberFault> {
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return Err(NumberFault::Malformed);
    }
    Ok(text.replace('_', ""))
}

fn in_base(text: &str, base: u32) -> Result<Literal, NumberFault> {
    let digits = digits(text)?;
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(NumberFault::Malformed);
    }
    let value = i64::from_str_radix(&digits, base).map_err(|_| NumberFault::TooLarge)?;
    if value > MAX_VALUE { Err(NumberFault::TooLarge) } else { Ok(Literal::Integer(value)) }
}

fn integer(text: &str) -> Result<Literal, NumberFault> {
    if text.starts_with('0') && text.contains(|c: char| ('1'..='9').contains(&c)) {
        return Err(NumberFault::LeadingZero);
    }
    in_base(text, 10)
}

/// A literal with a point or an exponent: the digits, and the power of ten that they count.
fn decimal(text: &str) -> Result<Literal, NumberFault> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (whole, fraction) = (digits(whole)?, digits(fraction)?);
    let all = whole + &fraction;
    let well_formed = !all.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit());
    let sign = if exponent.starts_with('-') { -1 } else { 1 };
    let exponent = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))?;
    if !well_formed || exponent.is_empty() || !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberFault::Malformed);
    }
    let significant = all.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(Literal::Integer(0));
    }
    // An exponent beyond i64 is far beyond every value; so is what stands in for it here.
    let exponent = sign * exponent.parse::<i64>().unwrap_or(i64::MAX / 2).min(i64::MAX / 2);
    let shift = i64::try_from(all.len() - significant.len()).expect("a text is shorter than 2^63 bytes");
    let decimals = i64::try_from(fraction.len()).expect("a text is shorter than 2^63 bytes");
    scaled(significant, exponent + shift - decimals)
}

/// `significant * 10^power`; the digits do not end with 0.
fn scaled(significant: &str, power: i64) -> Result<Literal, NumberFault> {
    let fault = if power < 0 { NumberFault::TooPrecise } else { NumberFault::TooLarge };
    let number = significant.parse::<i64>().ok().filter(|&number| number <= MAX_VALUE).ok_or(fault)?;
    let scale = u32::try_from(power.unsigned_abs()).ok().and_then(|power| 10_i64.checked_pow(power));
    let scale = scale.filter(|&scale| scale <= MAX_VALUE).ok_or(fault)?;
    if power < 0 {
        return Ok(Literal::Fraction(number, scale));
    }
    number.checked_mul(scale).filter(|&value| value <= MAX_VALUE).map(Literal::Integer).ok_or(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Literal::{Fraction, Integer};
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
