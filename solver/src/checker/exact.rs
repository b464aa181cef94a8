//! [`Exact`]: a number of any size, quick where it is an integer of a usual one.
//!
//! Nearly every value of a model is such an integer, and a check of a point is asked for at each leaf of a search: an
//! operation is one on machine integers, and on rational numbers of any size where that has no place for its result.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
use std::cmp::Ordering;

/// An exact number.
pub type Number = BigRational;

/// Two forms never stand for the same number, so equality is that of the forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Exact {
    Whole(i128),
    /// No integer, or one beyond 128 bits.
    Other(Box<Number>),
}

impl From<i64> for Exact {
    fn from(value: i64) -> Self {
        Self::Whole(value.into())
    }
}

impl From<u64> for Exact {
    fn from(value: u64) -> Self {
        Self::Whole(value.into())
    }
}

impl From<Number> for Exact {
    fn from(value: Number) -> Self {
        match value.is_integer().then(|| value.numer().to_i128()).flatten() {
            Some(whole) => Self::Whole(whole),
            None => Self::Other(Box::new(value)),
        }
    }
}

impl From<BigInt> for Exact {
    fn from(value: BigInt) -> Self {
        Self::from(Number::from(value))
    }
}

impl From<Exact> for Number {
    fn from(value: Exact) -> Self {
        match value {
            Exact::Whole(whole) => Self::from(BigInt::from(whole)),
            Exact::Other(number) => *number,
        }
    }
}

impl Exact {
    pub(super) fn number(&self) -> Number {
        self.clone().into()
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::Whole(0)
    }

    pub(super) fn is_one(&self) -> bool {
        *self == Self::Whole(1)
    }

    pub(super) fn is_positive(&self) -> bool {
        match self {
            Self::Whole(whole) => *whole > 0,
            Self::Other(number) => number.is_positive(),
        }
    }

    pub(super) fn is_integer(&self) -> bool {
        match self {
            Self::Whole(_) => true,
            Self::Other(number) => number.is_integer(),
        }
    }

    /// The integer that this is, if it is one.
    pub(super) fn integer(&self) -> Option<BigInt> {
        match self {
            Self::Whole(whole) => Some(BigInt::from(*whole)),
            Self::Other(number) => number.is_integer().then(|| number.to_integer()),
        }
    }

    /// The machine integer that this is, if it is one.
    pub(super) fn small_integer(&self) -> Option<i64> {
        match self {
            Self::Whole(whole) => i64::try_from(*whole).ok(),
            Self::Other(_) => None,
        }
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        self.combine(other, i128::checked_add, |a, b| a + b)
    }

    pub(super) fn multiply(&self, other: &Self) -> Self {
        self.combine(other, i128::checked_mul, |a, b| a * b)
    }

    /// None where the divisor is 0.
    pub(super) fn divide(&self, divisor: &Self) -> Option<Self> {
        let whole = |a: i128, b: i128| if a.checked_rem(b)? == 0 { a.checked_div(b) } else { None };
        (!divisor.is_zero()).then(|| self.combine(divisor, whole, |a, b| a / b))
    }

    /// The quotient rounded towards minus infinity; none where the divisor is 0.
    pub(super) fn floor_divide(&self, divisor: &Self) -> Option<Self> {
        (!divisor.is_zero()).then(|| self.combine(divisor, floor, |a, b| (a / b).floor()))
    }

    /// The quotient rounded towards plus infinity; none where the divisor is 0.
    pub(super) fn ceil_divide(&self, divisor: &Self) -> Option<Self> {
        Some(self.negate().floor_divide(divisor)?.negate())
    }

    /// What the floor of the quotient leaves; none where the divisor is 0.
    pub(super) fn remainder(&self, divisor: &Self) -> Option<Self> {
        let quotient = self.floor_divide(divisor)?;
        Some(self.add(&divisor.multiply(&quotient).negate()))
    }

    pub(super) fn negate(&self) -> Self {
        self.combine(&Self::Whole(-1), i128::checked_mul, |a, b| a * b)
    }

    pub(super) fn absolute(self) -> Self {
        if self.is_positive() { self } else { self.negate() }
    }

    fn combine(
        &self,
        other: &Self,
        whole: impl FnOnce(i128, i128) -> Option<i128>,
        number: impl FnOnce(Number, Number) -> Number,
    ) -> Self {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other)
            && let Some(result) = whole(*a, *b)
        {
            return Self::Whole(result);
        }
        number(self.number(), other.number()).into()
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (a, b) => a.number().cmp(&b.number()),
        }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `a / b` rounded towards minus infinity; none where it does not fit.
fn floor(a: i128, b: i128) -> Option<i128> {
    a.checked_div(b).map(|_| Integer::div_floor(&a, &b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::{One, Zero};
    use proptest::prelude::*;

    /// Numbers about 0, about the ends of machine integers and beyond, and fractions of them.
    fn numbers() -> impl Strategy<Value = Number> {
        let ends = prop::sample::select(vec![0, i128::from(i64::MAX), i128::MAX, i128::MIN]);
        let whole = (ends, -3i128..=3, prop::bool::ANY).prop_map(|(end, step, beyond)| {
            let value = BigInt::from(end) + step;
            if beyond { value * 5 } else { value }
        });
        (whole, 1i128..=4).prop_map(|(numer, denom)| Number::new(numer, denom.into()))
    }

    proptest! {
        /// Against rational numbers of any size alone.
        #[test]
        fn operations_are_those_of_rational_numbers(a in numbers(), b in numbers()) {
            let (x, y) = (Exact::from(a.clone()), Exact::from(b.clone()));
            prop_assert_eq!(x.add(&y).number(), &a + &b);
            prop_assert_eq!(x.multiply(&y).number(), &a * &b);
            prop_assert_eq!(x.negate().number(), -&a);
            prop_assert_eq!(x.clone().absolute().number(), a.abs());
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x == y, a == b);
            prop_assert_eq!([x.is_zero(), x.is_one(), x.is_positive()], [a.is_zero(), a.is_one(), a.is_positive()]);
            prop_assert_eq!(x.integer(), a.is_integer().then(|| a.to_integer()));
            prop_assert_eq!(x.small_integer(), x.integer().and_then(|integer| integer.to_i64()));
            let quotient = (!b.is_zero()).then(|| &a / &b);
            let as_number = |value: Option<Exact>| value.map(Number::from);
            prop_assert_eq!(as_number(x.divide(&y)), quotient.clone());
            prop_assert_eq!(as_number(x.floor_divide(&y)), quotient.as_ref().map(Number::floor));
            prop_assert_eq!(as_number(x.ceil_divide(&y)), quotient.as_ref().map(Number::ceil));
            prop_assert_eq!(as_number(x.remainder(&y)), quotient.as_ref().map(|quotient| &a - &b * quotient.floor()));
        }
    }
}
