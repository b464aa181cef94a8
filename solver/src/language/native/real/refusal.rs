//! Why an expression cannot be settled.

/// Settled, or why it cannot be.
pub(super) type Settled<T> = Result<T, &'static str>;

pub(in super::super) const ALONE: &str = "a root or logarithm stands alone";
pub(super) const TOO_LARGE: &str = "spelled out, this has too many cases";
pub(super) const NOT_RATIONAL: &str = "a root or logarithm stands where only a rational number can be decided";
pub(super) const BY_IRRATIONAL: &str = "a number is divided by a sum with a root or logarithm in it";
pub(super) const EXPONENT: &str = "the exponent may be a fraction that differs from case to case";
pub(super) const LARGE: &str = "an exponent is too large, or has too large a denominator, for an exact comparison";
