//! [`Exact`]: rational numbers of any size, quick where they are small integers.

use crate::arith;
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;

/// Powers with more bits than this are not computed, as in [`crate::checker`].
const LARGEST_POWER_BITS: u64 = 1 << 16;

/// A rational number. What fits an `i64` is always [`Exact::Whole`], so that equal numbers are equal values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::space) enum Exact {
    Whole(i64),
    Other(Box<BigRational>),
}

/// A power was too large to be computed.
pub(in crate::space) struct PowerTooLarge;

impl Exact {
    pub(in crate::space) const ZERO: Self = Self::Whole(0);
    pub(in crate::space) const ONE: Self = Self::Whole(1);

    pub(super) fn from_i128(value: i128) -> Self {
        match i64::try_from(value) {
            Ok(small) => Self::Whole(small),
            Err(_) => Self::Other(Box::new(BigRational::from(BigInt::from(value)))),
        }
    }

    fn from_rational(value: BigRational) -> Self {
        match value.is_integer().then(|| value.numer().to_i64()).flatten() {
            Some(small) => Self::Whole(small),
            None => Self::Other(Box::new(value)),
        }
    }

    pub(super) fn from_big(value: BigInt) -> Self {
        Self::from_rational(BigRational::from(value))
    }

    pub(in crate::space) fn rational(&self) -> BigRational {
        match self {
            Self::Whole(value) => BigRational::from(BigInt::from(*value)),
            Self::Other(value) => (**value).clone(),
        }
    }

    pub(in crate::space) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    pub(in crate::space) fn is_integer(&self) -> bool {
        match self {
            Self::Whole(_) => true,
            Self::Other(value) => value.is_integer(),
        }
    }

    /// The number as an integer, if it is one.
    pub(super) fn integer(&self) -> Option<BigInt> {
        match self {
            Self::Whole(value) => Some(BigInt::from(*value)),
            Self::Other(value) => value.is_integer().then(|| value.to_integer()),
        }
    }

    /// Bytes beside its own size, estimated.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Whole(_) => 0,
            Self::Other(value) => {
                let digits = (value.numer().bits() + value.denom().bits()) / 8;
                128 + usize::try_from(digits).unwrap_or(usize::MAX / 2)
            }
        }
    }

    /// The number as a machine integer, if it is one that fits.
    pub(in crate::space) fn small(&self) -> Option<i64> {
        match self {
            Self::Whole(value) => Some(*value),
            Self::Other(_) => None,
        }
    }

    pub(in crate::space) fn is_negative(&self) -> bool {
        self.signum() == Ordering::Less
    }

    /// How it compares with 0.
    pub(in crate::space) fn signum(&self) -> Ordering {
        match self {
            Self::Whole(value) => value.cmp(&0),
            Self::Other(value) => value.numer().sign().cmp(&num_bigint::Sign::NoSign),
        }
    }

    pub(in crate::space) fn negate(&self) -> Self {
        match self {
            Self::Whole(value) => Self::from_i128(-i128::from(*value)),
            Self::Other(value) => Self::from_rational(-(**value).clone()),
        }
    }

    pub(in crate::space) fn absolute(&self) -> Self {
        if self.is_negative() { self.negate() } else { self.clone() }
    }

    pub(in crate::space) fn add(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Self::from_i128(i128::from(*a) + i128::from(*b)),
            _ => Self::from_rational(self.rational() + other.rational()),
        }
    }

    pub(in crate::space) fn multiply(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Self::from_i128(i128::from(*a) * i128::from(*b)),
            _ => Self::from_rational(self.rational() * other.rational()),
        }
    }

    /// The quotient; `None` for a division by 0.
    pub(in crate::space) fn divide(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (_, Self::Whole(0)) => None,
            (_, Self::Whole(1)) => Some(self.clone()),
            (Self::Whole(a), Self::Whole(b)) if *b != -1 && a % b == 0 => Some(Self::Whole(a / b)),
            _ => Some(Self::from_rational(self.rational() / other.rational())),
        }
    }

    pub(in crate::space) fn floor(&self) -> Self {
        match self {
            Self::Whole(_) => self.clone(),
            Self::Other(value) => Self::from_rational(value.floor()),
        }
    }

    pub(in crate::space) fn ceil(&self) -> Self {
        self.negate().floor().negate()
    }

    /// `self - other * floor(self / other)`; `None` for a division by 0.
    pub(super) fn remainder(&self, other: &Self) -> Option<Self> {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other)
            && *b != 0
        {
            let rest = a.checked_rem(*b).unwrap_or(0);
            return Some(Self::Whole(if rest != 0 && (rest < 0) != (*b < 0) { rest + b } else { rest }));
        }
        let floor = self.divide(other)?.floor();
        Some(self.add(&other.multiply(&floor).negate()))
    }

    /// The largest number of which both are integer multiples; never negative.
    pub(in crate::space) fn common_divisor(&self, other: &Self) -> Self {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other) {
            return Self::from_i128(a.unsigned_abs().gcd(&b.unsigned_abs()).into());
        }
        let (a, b) = (self.rational(), other.rational());
        let common = (a.numer() * b.denom()).gcd(&(b.numer() * a.denom()));
        Self::from_rational(BigRational::new(common, a.denom() * b.denom()))
    }

    /// `self ** exponent`; `None` where it is undefined.
    pub(in crate::space) fn power(&self, exponent: &Self) -> Result<Option<Self>, PowerTooLarge> {
        let Some(exponent) = exponent.integer() else { return Ok(None) };
        if self.is_zero() {
            return Ok(match exponent.sign() {
                num_bigint::Sign::Minus => None,
                num_bigint::Sign::NoSign => Some(Self::ONE),
                num_bigint::Sign::Plus => Some(Self::ZERO),
            });
        }
        if self.absolute() == Self::ONE {
            return Ok(Some(if exponent.bit(0) { self.clone() } else { Self::ONE }));
        }
        let base = self.rational();
        let bits = base.numer().bits().max(base.denom().bits());
        match exponent.to_i32().filter(|e| u64::from(e.unsigned_abs()).saturating_mul(bits) <= LARGEST_POWER_BITS) {
            Some(exponent) => Ok(Some(Self::from_rational(base.pow(exponent)))),
            None => Err(PowerTooLarge),
        }
    }

    /// `e` for `2 ** e`, a natural number.
    pub(super) fn exponent_of_two(&self) -> Option<u64> {
        let value = self.integer().filter(Signed::is_positive)?;
        value.trailing_zeros().filter(|&zeros| zeros + 1 == value.bits())
    }

    /// The largest `e` with `2 ** e <= self`, of a positive integer.
    pub(in crate::space) fn floor_log2(&self) -> Option<Self> {
        let value = self.integer().filter(Signed::is_positive)?;
        Some(Self::from_big((value.bits() - 1).into()))
    }

    /// The largest `r` with `r ** degree <= self`, of an integer that is not negative.
    pub(in crate::space) fn floor_root(&self, degree: u32) -> Option<Self> {
        if let Self::Whole(value @ 0..=arith::INFINITY) = self {
            return Some(Self::Whole(arith::root_floor(*value, degree.into())));
        }
        let value = self.integer().filter(|value| !value.is_negative())?;
        Some(Self::from_big(value.nth_root(degree)))
    }

    /// The bits that both integers have.
    pub(super) fn bit_and(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(Self::Whole(a & b)),
            _ => Some(Self::from_big(self.integer()? & other.integer()?)),
        }
    }

    /// How this positive number compares with `2 ** exponent`.
    ///
    /// By length where that decides. A logarithm that is no integer is irrational: then enough of its digits decide.
    pub(super) fn against_power_of_two(&self, exponent: &Self) -> Ordering {
        let (value, exponent) = (self.rational(), exponent.rational());
        let length: BigInt = BigInt::from(value.numer().bits()) - BigInt::from(value.denom().bits());
        let whole = |number: &BigInt| number.trailing_zeros().is_some_and(|zeros| zeros + 1 == number.bits());
        if whole(value.numer()) && whole(value.denom()) {
            // Both are powers of two, and so many bits apart.
            return BigRational::from(length).cmp(&exponent);
        }
        if exponent > BigRational::from(&length + 1) {
            return Ordering::Less;
        }
        if exponent < BigRational::from(&length - 1) {
            return Ordering::Greater;
        }
        (6..).find_map(|scale| digits_against(&value, &exponent, 1 << scale)).expect("irrational")
    }
}

/// How `log2(value)` compares with the exponent, by so many bits of `value ** (2 ** n)`; `None` where they do not tell.
///
/// As long as both are scaled down into `1..2`, squaring the value doubles logarithm and exponent; the first `n` where
/// their whole parts differ decides.
fn digits_against(value: &BigRational, exponent: &BigRational, bits: u64) -> Option<Ordering> {
    let one: BigInt = big_one() << bits;
    let mut whole = exponent.floor().to_integer();
    let mut rest = exponent - BigRational::from(whole.clone());
    let shifted = value * BigRational::from(one.clone());
    let shift = i64::try_from(&whole).ok()?;
    let shifted = if shift < 0 {
        shifted * BigRational::from(big_one() << shift.unsigned_abs())
    } else {
        shifted / BigRational::from(big_one() << shift)
    };
    // The value over 2 ** whole, between two numbers of so many bits behind the point.
    let (mut low, mut high) = (shifted.floor().to_integer(), shifted.ceil().to_integer());
    let two = BigRational::from(BigInt::from(2));
    for _ in 0..bits {
        // The exponent that is left is in 0..1: so is the logarithm, or it is told apart.
        if high < one {
            return Some(Ordering::Less);
        }
        if low >= &one << 1u32 {
            return Some(Ordering::Greater);
        }
        if low < one || high >= &one << 1u32 {
            return None;
        }
        (low, high) = ((&low * &low) >> bits, ((&high * &high) >> bits) + 1);
        rest = &rest * &two;
        whole = rest.floor().to_integer();
        if !whole.is_zero() {
            rest -= BigRational::from(whole.clone());
            (low, high) = (low >> 1u32, (high >> 1u32) + 1);
        }
    }
    None
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            _ => self.rational().cmp(&other.rational()),
        }
    }
}

/// One, as a big integer: the identity of the least common multiple.
pub(super) fn big_one() -> BigInt {
    BigInt::one()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(numerator: i64, denominator: i64) -> Exact {
        Exact::Whole(numerator).divide(&Exact::Whole(denominator)).unwrap()
    }

    #[test]
    fn remainders_take_the_sign_of_the_divisor() {
        for a in -9i64..=9 {
            for b in (-4i64..=4).filter(|&b| b != 0) {
                let rest = Exact::Whole(a).remainder(&Exact::Whole(b)).unwrap();
                let floor = fraction(a, b).floor();
                assert_eq!(rest, Exact::Whole(a).add(&floor.multiply(&Exact::Whole(-b))), "{a} % {b}");
            }
        }
        assert_eq!(fraction(7, 2).remainder(&Exact::Whole(-2)), Some(fraction(-1, 2)));
        assert_eq!(Exact::ONE.remainder(&Exact::ZERO), None);
    }

    #[test]
    fn numbers_beyond_a_machine_word_come_back() {
        let huge = Exact::Whole(i64::MAX).multiply(&Exact::Whole(i64::MAX));
        assert_eq!(huge.divide(&Exact::Whole(i64::MAX)), Some(Exact::Whole(i64::MAX)));
        assert_eq!(Exact::Whole(i64::MIN).negate().negate(), Exact::Whole(i64::MIN));
        assert_eq!(fraction(1, 3).add(&fraction(2, 3)), Exact::ONE);
        assert_eq!(fraction(4, 3).common_divisor(&Exact::Whole(2)), fraction(2, 3));
    }

    /// `x = n / d` against `2 ** (a / b)` is `n ** b` against `2 ** a * d ** b`.
    #[test]
    fn logarithms_are_compared_as_powers() {
        for (n, d, a, b) in itertools::iproduct!(1u32..=40, 1u32..=9, -24i64..=24, 1u32..=5) {
            let (left, right) = (BigInt::from(n).pow(b), BigInt::from(d).pow(b));
            let expected = if a >= 0 { left.cmp(&(right << a)) } else { (left << -a).cmp(&right) };
            let ordering = fraction(n.into(), d.into()).against_power_of_two(&fraction(a, b.into()));
            assert_eq!(ordering, expected, "{n} / {d} against 2 ** ({a} / {b})");
        }
    }

    /// Where a comparison has to look at many digits: 2 ** 400 + 1 and its neighbours, and a close fraction of log2(3).
    #[test]
    fn logarithms_that_are_close_are_told_apart() {
        let power = |exponent: usize| BigInt::from(1) << exponent;
        for (value, expected) in [(-1, Ordering::Less), (0, Ordering::Equal), (1, Ordering::Greater)] {
            let value = Exact::from_big(power(400) + value);
            assert_eq!(value.against_power_of_two(&Exact::Whole(400)), expected);
        }
        // The convergents 190537/120214 and 65/41 of log2(3) lie on its two sides.
        for (a, b) in [(190_537_u32, 120_214_u32), (65, 41)] {
            let expected = BigInt::from(3).pow(b).cmp(&power(a as usize));
            assert_eq!(Exact::Whole(3).against_power_of_two(&fraction(a.into(), b.into())), expected);
        }
        assert_eq!(Exact::ONE.against_power_of_two(&Exact::from_big(-power(90))), Ordering::Greater);
        assert_eq!(Exact::ONE.against_power_of_two(&Exact::from_big(power(90))), Ordering::Less);
    }
}
