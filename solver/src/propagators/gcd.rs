//! `z = gcd(x, y)` and `z = lcm(x, y)`, neither negative; `gcd(0, 0)` is 0 and `lcm(x, 0)` is 0.
//!
//! Domain consistent while the operands have few pairs of values. Otherwise bounds on magnitudes and, for a fixed
//! greatest common divisor, strides; no more is promised than to reject wrong assignments.

use crate::arith::{INFINITY, Interval, clamp, gcd};
use crate::function::Function;
use crate::propagator::{Consistency, Family};
use crate::store::{Conflict, Store, Var};

/// The largest absolute value inside.
fn magnitude(x: Interval) -> i64 {
    x.lo.abs().max(x.hi.abs())
}

#[derive(Debug)]
pub(crate) struct Gcd;

impl Function for Gcd {
    const FAMILY: Family = Family::Gcd;

    fn apply(&self, x: i64, y: i64) -> Option<i128> {
        Some(i128::from(gcd(x, y)))
    }

    fn image(&self, x: Interval, y: Interval) -> Interval {
        let zero_possible = x.contains(0) && y.contains(0);
        let largest = match (x.contains(0), y.contains(0)) {
            (true, true) => magnitude(x).max(magnitude(y)),
            (true, false) => magnitude(y),
            (false, true) => magnitude(x),
            (false, false) => magnitude(x).min(magnitude(y)),
        };
        Interval::new(i64::from(!zero_possible), largest)
    }

    fn narrow_x(&self, _z: Interval, x: Interval, _y: Interval) -> Interval {
        x
    }

    fn narrow_y(&self, _z: Interval, _x: Interval, y: Interval) -> Interval {
        y
    }

    fn refine(&self, store: &mut Store, x: Var, y: Var, z: Var) -> Result<(), Conflict> {
        if let Some(divisor) = store.fixed(z)
            && divisor > 0
        {
            store.restrict_to_residue(x, divisor, 0)?;
            store.restrict_to_residue(y, divisor, 0)?;
        }
        Ok(())
    }

    fn consistency_of_bounds(&self) -> Consistency {
        Consistency::Check
    }
}

#[derive(Debug)]
pub(crate) struct Lcm;

impl Function for Lcm {
    const FAMILY: Family = Family::Gcd;

    fn apply(&self, x: i64, y: i64) -> Option<i128> {
        if x == 0 || y == 0 {
            return Some(0);
        }
        Some(i128::from(x / gcd(x, y)).abs() * i128::from(y).abs())
    }

    fn image(&self, x: Interval, y: Interval) -> Interval {
        let zero_possible = x.contains(0) || y.contains(0);
        let largest = i128::from(magnitude(x)) * i128::from(magnitude(y));
        Interval::new(i64::from(!zero_possible), clamp(largest))
    }

    fn narrow_x(&self, z: Interval, x: Interval, _y: Interval) -> Interval {
        // |x| <= z, unless the other operand makes z zero.
        if z.lo < 1 || z.hi >= INFINITY { x } else { x.intersect(Interval::new(-z.hi, z.hi)) }
    }

    fn narrow_y(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        self.narrow_x(z, y, x)
    }

    fn consistency_of_bounds(&self) -> Consistency {
        Consistency::Check
    }
}
