//! [`Literal`]: a number as it is written, split into its parts.

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

/// A number as it is written: an integer in one of four bases, or a decimal with a point, an exponent or both.
///
/// An underscore may stand between two digits, and any number of them behind the prefix of a base.
///
/// ```
/// use constrint_solver::language::{Literal, NumberFault};
///
/// let literal = Literal::read("1_000.50e-3")?;
/// assert_eq!((literal.base, &*literal.digits), (10, "1000"));
/// assert_eq!((literal.fraction.as_deref(), literal.exponent.as_deref()), (Some("50"), Some("-3")));
/// assert_eq!(Literal::read("0x_fF")?.digits, "fF");
/// assert_eq!(Literal::read("1__0"), Err(NumberFault::Malformed));
/// assert_eq!(Literal::read("007"), Err(NumberFault::LeadingZero));
/// # Ok::<(), NumberFault>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// 2, 8, 10 or 16.
    pub base: u32,
    /// The digits before the point, in the base and without underscores; none where a decimal starts with its point.
    pub digits: String,
    /// Those behind the point, where there is one.
    pub fraction: Option<String>,
    /// The exponent of ten, where there is one: digits, perhaps behind a `-`.
    pub exponent: Option<String>,
}

impl Literal {
    /// The parts of a number as the [`lexer`](super::lexer) cuts it out.
    ///
    /// # Errors
    /// [`NumberFault::Malformed`] and [`NumberFault::LeadingZero`]; how large a number may be is up to who reads it.
    pub fn read(text: &str) -> Result<Self, NumberFault> {
        match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0x") => in_base(text[2..].trim_start_matches('_'), 16),
            Some("0b") => in_base(text[2..].trim_start_matches('_'), 2),
            Some("0o") => in_base(text[2..].trim_start_matches('_'), 8),
            _ if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') => integer(text),
            _ => decimal(text),
        }
    }

    /// Whether it has neither a point nor an exponent.
    pub fn is_integer(&self) -> bool {
        self.fraction.is_none() && self.exponent.is_none()
    }
}

/// Digits, perhaps none, without the underscores that may stand between two of them.
fn digits(text: &str, base: u32) -> Result<String, NumberFault> {
    let alone = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    if alone || !text.chars().all(|digit| digit.is_digit(base) || digit == '_') {
        return Err(NumberFault::Malformed);
    }
    Ok(text.replace('_', ""))
}

fn in_base(text: &str, base: u32) -> Result<Literal, NumberFault> {
    let digits = digits(text, base)?;
    if digits.is_empty() {
        return Err(NumberFault::Malformed);
    }
    Ok(Literal { base, digits, fraction: None, exponent: None })
}

fn integer(text: &str) -> Result<Literal, NumberFault> {
    if text.starts_with('0') && text.contains(|c: char| ('1'..='9').contains(&c)) {
        return Err(NumberFault::LeadingZero);
    }
    in_base(text, 10)
}

fn decimal(text: &str) -> Result<Literal, NumberFault> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(a, b)| (a, Some(b)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(a, b)| (a, Some(b)));
    let whole = digits(whole, 10)?;
    let fraction = fraction.map(|fraction| digits(fraction, 10)).transpose()?;
    let exponent = exponent.map(signed).transpose()?;
    if whole.is_empty() && fraction.as_ref().is_none_or(String::is_empty) {
        return Err(NumberFault::Malformed);
    }
    Ok(Literal { base: 10, digits: whole, fraction, exponent })
}

/// Digits behind a sign, if there is one; a `+` goes.
fn signed(text: &str) -> Result<String, NumberFault> {
    let sign = if text.starts_with('-') { "-" } else { "" };
    let digits = digits(text.strip_prefix(['+', '-']).unwrap_or(text), 10)?;
    if digits.is_empty() { Err(NumberFault::Malformed) } else { Ok(format!("{sign}{digits}")) }
}
