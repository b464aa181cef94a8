//! `z` is the floor of the `y`-th root of `x`, which must not be negative, or of the logarithm of a positive `x` to the base
//! `y`. `y` is a constant where expressions are posted: at least 1 for a root, at least 2 for a logarithm.
//!
//! Domain consistent while the operands have few pairs of values, otherwise bounds consistent.

use crate::arith::{INFINITY, Interval, power, root_floor};
use crate::function::{Function, trim};
use crate::propagator::Family;

/// What is rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounded {
    /// The root whose degree is the second operand.
    Root,
    /// The logarithm whose base is the second operand.
    Logarithm,
}

impl Rounded {
    /// The smallest operands for which it is defined.
    fn least(self) -> (i64, i64) {
        match self {
            Self::Root => (0, 1),
            Self::Logarithm => (1, 2),
        }
    }

    /// The operands for which it is defined.
    fn defined(self, x: Interval, y: Interval) -> (Interval, Interval) {
        let (x_least, y_least) = self.least();
        (x.intersect(Interval::new(x_least, INFINITY)), y.intersect(Interval::new(y_least, INFINITY)))
    }

    /// The exact value for operands for which it is defined.
    fn value(self, x: i64, y: i64) -> i64 {
        match self {
            Self::Root => root_floor(x, y),
            Self::Logarithm => {
                // A logarithm of at most 2^62 is at most 62.
                let beyond = |&exponent: &i64| power(y, exponent).is_none_or(|power| power > i128::from(x));
                (1..=63).find(beyond).expect("2^63 is beyond") - 1
            }
        }
    }
}

impl Function for Rounded {
    const FAMILY: Family = Family::Power;

    fn apply(&self, x: i64, y: i64) -> Option<i128> {
        let (x_least, y_least) = self.least();
        (x >= x_least && y >= y_least).then(|| self.value(x, y).into())
    }

    /// Larger where `x` is, and smaller where `y` is larger.
    fn image(&self, x: Interval, y: Interval) -> Interval {
        let (x, y) = self.defined(x, y);
        if x.is_empty() || y.is_empty() {
            return Interval::new(1, 0);
        }
        // Of a number without a known bound, neither a root nor a logarithm has one.
        let hi = if x.hi >= INFINITY { INFINITY } else { self.value(x.hi, y.lo) };
        let lo = if y.hi >= INFINITY { i64::from(*self == Self::Root && x.lo > 0) } else { self.value(x.lo, y.hi) };
        Interval::new(lo, hi)
    }

    fn narrow_x(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        let (x, y) = self.defined(x, y);
        if y.is_empty() { y } else { trim(x, z, |x| self.image(Interval::point(x), y)) }
    }

    fn narrow_y(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        let (x, y) = self.defined(x, y);
        if x.is_empty() { x } else { trim(y, z, |y| self.image(x, Interval::point(y))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use itertools::{chain, iproduct};

    /// Small operands, and large ones at and around powers.
    fn operands() -> impl Iterator<Item = (i64, i64)> {
        let small = iproduct!(0..=300, 1..=9);
        let powers = iproduct!([2_i64, 3, 10, 2_147_483_647], 1_u32..=61);
        let large = powers.filter_map(|(base, exponent)| base.checked_pow(exponent));
        let around = large.filter(|&power| power < INFINITY).flat_map(|power| [power - 1, power, power + 1]);
        chain!(small, iproduct!(around, [1, 2, 3, 5, 10, 61]))
    }

    /// A power, or more than any operand.
    fn power_of(base: i64, exponent: i64) -> i128 {
        i128::from(base).checked_pow(u32::try_from(exponent).unwrap()).unwrap_or(i128::MAX)
    }

    #[test]
    fn values_are_the_floors_by_definition() {
        for (x, y) in operands() {
            let root = i64::try_from(Rounded::Root.apply(x, y).unwrap()).unwrap();
            assert!(power_of(root, y) <= x.into() && power_of(root + 1, y) > x.into(), "root {y} of {x} is not {root}");
            let logarithm = Rounded::Logarithm.apply(x, y);
            assert_eq!(logarithm.is_some(), x >= 1 && y >= 2, "logarithm of {x} to {y}");
            if let Some(logarithm) = logarithm {
                let logarithm = i64::try_from(logarithm).unwrap();
                let next = power_of(y, logarithm + 1);
                assert!(power_of(y, logarithm) <= x.into() && next > x.into(), "{logarithm} of {x} to {y}");
            }
        }
        assert_eq!(Rounded::Root.apply(-1, 2), None);
        assert_eq!(Rounded::Root.apply(4, 0), None);
    }
}
