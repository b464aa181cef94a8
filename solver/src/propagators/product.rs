//! `z = x * y`.
//!
//! Domain consistent while the operands have few pairs of values, otherwise bounds consistent. A square `x * x` is
//! posted as a power.

use crate::arith::Interval;
use crate::function::Function;
use crate::propagator::Family;

#[derive(Debug)]
pub(crate) struct Product;

impl Function for Product {
    const FAMILY: Family = Family::Product;

    fn apply(&self, x: i64, y: i64) -> Option<i128> {
        Some(i128::from(x) * i128::from(y))
    }

    fn image(&self, x: Interval, y: Interval) -> Interval {
        x.multiply(y)
    }

    fn narrow_x(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        // 0 * x = 0 allows any x.
        if z.contains(0) && y.contains(0) {
            return x;
        }
        // Each sign of y on its own: the hull of both quotients would hide the gap around zero.
        let [negative, positive] =
            y.without_zero().map(|y| if y.is_empty() { Interval::new(1, 0) } else { z.exact_quotient(y).intersect(x) });
        negative.hull(positive)
    }

    fn narrow_y(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        self.narrow_x(z, y, x)
    }
}
