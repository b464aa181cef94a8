//! `z = x & y`, negative numbers in two's complement.
//!
//! Domain consistent while the operands have few pairs of values. Otherwise the bounds of `z` are exact, and those of the
//! operands are cut where their sign is known; no more is promised than to reject wrong assignments.

use crate::arith::{INFINITY, Interval, clamp, is_finite};
use crate::function::Function;
use crate::propagator::{Consistency, Family};

#[derive(Debug)]
pub(crate) struct BitAnd;

/// The negative and the other numbers of an interval. Next to a bound that is unknown, any pattern of bits may occur.
fn by_sign(x: Interval) -> [Interval; 2] {
    let negative = if x.lo == -INFINITY { Interval::new(i64::MIN, -1) } else { Interval::new(x.lo, x.hi.min(-1)) };
    let natural = if x.hi == INFINITY { Interval::new(0, i64::MAX) } else { Interval::new(x.lo.max(0), x.hi) };
    [if x.lo < 0 { negative } else { Interval::new(1, 0) }, if x.hi >= 0 { natural } else { Interval::new(1, 0) }]
}

/// The smallest `a & b` of numbers in two intervals, neither of which holds numbers of both signs.
///
/// From the highest bit down: where neither lower end has a bit, one of them may take it and drop all below, so that the
/// lower bits of the result vanish.
fn smallest(x: Interval, y: Interval) -> i64 {
    let (mut a, mut b) = (x.lo, y.lo);
    for bit in (0..63).rev().map(|place| 1_i64 << place) {
        if (a | b) & bit != 0 {
            continue;
        }
        let raised = |end: i64| (end | bit) & -bit;
        if raised(a) <= x.hi {
            a = raised(a);
            break;
        }
        if raised(b) <= y.hi {
            b = raised(b);
            break;
        }
    }
    a & b
}

/// The largest, likewise: where one upper end alone has a bit, it may drop it and take all below.
fn largest(x: Interval, y: Interval) -> i64 {
    let (mut a, mut b) = (x.hi, y.hi);
    for bit in (0..63).rev().map(|place| 1_i64 << place) {
        let lowered = |end: i64| (end & !bit) | (bit - 1);
        if a & !b & bit != 0 && lowered(a) >= x.lo {
            a = lowered(a);
            break;
        }
        if !a & b & bit != 0 && lowered(b) >= y.lo {
            b = lowered(b);
            break;
        }
    }
    a & b
}

impl Function for BitAnd {
    const FAMILY: Family = Family::Bitwise;

    fn apply(&self, x: i64, y: i64) -> Option<i128> {
        Some((x & y).into())
    }

    fn image(&self, x: Interval, y: Interval) -> Interval {
        let mut image = Interval::new(1, 0);
        for x in by_sign(x) {
            for y in by_sign(y).into_iter().filter(|y| !x.is_empty() && !y.is_empty()) {
                image = image.hull(Interval::new(smallest(x, y), largest(x, y)));
            }
        }
        clamped(image)
    }

    /// `x & y` is never above an `x` that is not negative, and has the sign of `y` where `x` is negative.
    fn narrow_x(&self, z: Interval, x: Interval, _y: Interval) -> Interval {
        if x.lo >= 0 && is_finite(z.lo) { x.intersect(Interval::new(z.lo, INFINITY)) } else { x }
    }

    fn narrow_y(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        self.narrow_x(z, y, x)
    }

    fn consistency_of_bounds(&self) -> Consistency {
        Consistency::Check
    }
}

/// Ends beyond 2^62 are open.
fn clamped(image: Interval) -> Interval {
    Interval::new(clamp(image.lo.into()), clamp(image.hi.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use itertools::iproduct;

    #[test]
    fn the_image_is_exact() {
        let intervals = || (-9..=9).flat_map(|lo| (lo..=9).map(move |hi| Interval::new(lo, hi)));
        for (x, y) in iproduct!(intervals(), intervals()) {
            let all = iproduct!(x.lo..=x.hi, y.lo..=y.hi).map(|(x, y)| x & y);
            let expected = all.fold(Interval::new(1, 0), |hull, value| hull.hull(Interval::point(value)));
            assert_eq!(BitAnd.image(x, y), expected, "{x:?} & {y:?}");
        }
    }

    #[test]
    fn beyond_what_is_known_any_bit_may_be_set() {
        let unlimited = Interval::new(INFINITY, INFINITY);
        assert_eq!(BitAnd.image(unlimited, Interval::point(7)), Interval::new(0, 7));
        assert_eq!(BitAnd.image(unlimited, Interval::new(-INFINITY, -INFINITY)), Interval::new(0, INFINITY));
        assert_eq!(BitAnd.image(Interval::ALL, Interval::ALL), Interval::ALL);
    }
}
