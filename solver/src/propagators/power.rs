//! `z = x ** y` for `y >= 0`; `0 ** 0` is 1. A negative exponent is rejected.
//!
//! Domain consistent while the operands have few pairs of values, otherwise bounds consistent for bases that are not
//! negative. Roots are exact: they are found by bisection on exact powers.

use crate::arith::{INFINITY, Interval, is_finite, power, power_bound};
use crate::function::{Function, trim};
use crate::propagator::{Consistency, Family};

#[derive(Debug)]
pub(crate) struct Power;

impl Power {
    /// Results of a base that is at least 0.
    fn image_of_positive(x: Interval, y: Interval) -> Interval {
        if x.is_empty() || y.is_empty() {
            return Interval::new(1, 0);
        }
        let largest = power_bound(x.hi, y.hi).max(power_bound(x.hi, y.lo));
        // 0 ** 0 is 1 and 0 ** y is 0: with base 0 the smallest result belongs to the largest exponent.
        let smallest = power_bound(x.lo, y.lo).min(power_bound(x.lo, y.hi));
        Interval::new(smallest, largest)
    }

    /// Results of a base below 0: even exponents give what the opposite base gives, odd ones the opposite of that.
    fn image_of_negative(x: Interval, y: Interval) -> Interval {
        if x.is_empty() || y.is_empty() {
            return Interval::new(1, 0);
        }
        let of_parity = |parity: i64| {
            let first = y.lo + (y.lo + parity).rem_euclid(2);
            let last = if y.hi >= INFINITY { y.hi } else { y.hi - (y.hi + parity).rem_euclid(2) };
            Interval::new(first, last)
        };
        let opposite = x.negate();
        let odd = Self::image_of_positive(opposite, of_parity(1));
        Self::image_of_positive(opposite, of_parity(0)).hull(if odd.is_empty() { odd } else { odd.negate() })
    }
}

impl Function for Power {
    const FAMILY: Family = Family::Power;

    fn apply(&self, x: i64, y: i64) -> Option<i128> {
        (y >= 0).then(|| power(x, y).unwrap_or_else(|| i128::from(power_bound(x, y))))
    }

    fn image(&self, x: Interval, y: Interval) -> Interval {
        let y = y.intersect(Interval::new(0, INFINITY));
        let positive = Self::image_of_positive(x.intersect(Interval::new(0, INFINITY)), y);
        positive.hull(Self::image_of_negative(x.intersect(Interval::new(-INFINITY, -1)), y))
    }

    fn narrow_x(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        let y = y.intersect(Interval::new(0, INFINITY));
        if y.is_empty() {
            return y;
        }
        let part =
            |lo: i64, hi: i64| trim(x.intersect(Interval::new(lo, hi)), z, |v| self.image(Interval::point(v), y));
        part(-INFINITY, -1).hull(part(0, 0)).hull(part(1, INFINITY))
    }

    fn narrow_y(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        let y = y.intersect(Interval::new(0, INFINITY));
        // With a negative base the results alternate, with base 0 the exponent 0 stands out.
        if x.lo < 1 || !is_finite(x.lo) {
            return y;
        }
        trim(y, z, |v| self.image(x, Interval::point(v)))
    }

    fn consistency_of_bounds(&self) -> Consistency {
        Consistency::Check
    }
}
