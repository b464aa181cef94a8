//! `z = x // y` rounded down, and the same rounded up. `y = 0` is rejected.
//!
//! Domain consistent while the operands have few pairs of values, otherwise bounds consistent.

use crate::arith::{Interval, ceil_div, floor_div};
use crate::function::{Function, trim};
use crate::propagator::Family;

/// Which way a quotient is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Round {
    Down,
    Up,
}

#[derive(Debug)]
pub(crate) struct Division(pub(crate) Round);

impl Function for Division {
    const FAMILY: Family = Family::Division;

    fn apply(&self, x: i64, y: i64) -> Option<i128> {
        let (x, y) = (i128::from(x), i128::from(y));
        (y != 0).then(|| match self.0 {
            Round::Down => floor_div(x, y),
            Round::Up => ceil_div(x, y),
        })
    }

    fn image(&self, x: Interval, y: Interval) -> Interval {
        match self.0 {
            Round::Down => x.floor_quotient(y),
            Round::Up => {
                let mirrored = x.negate().floor_quotient(y);
                if mirrored.is_empty() { mirrored } else { mirrored.negate() }
            }
        }
    }

    fn narrow_x(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        // For one sign of y the quotient moves one way with x.
        let [negative, positive] =
            y.without_zero().map(|y| if y.is_empty() { y } else { trim(x, z, |v| self.image(Interval::point(v), y)) });
        negative.hull(positive)
    }

    fn narrow_y(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        // For one sign of y each end of the quotient moves one way with y, towards zero.
        let [negative, positive] = y.without_zero().map(|y| trim(y, z, |v| self.image(x, Interval::point(v))));
        negative.hull(positive)
    }
}
