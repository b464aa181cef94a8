//! `z = x % y` with the sign of `y`. `y = 0` is rejected.
//!
//! Domain consistent while the operands have few pairs of values. Otherwise it keeps residues (a fixed divisor and a
//! fixed remainder give `x` a stride) and simple bounds, and promises no more than to reject wrong assignments.

use crate::arith::{INFINITY, Interval, clamp, floor_mod, is_finite};
use crate::function::Function;
use crate::propagator::{Consistency, Family};
use crate::store::{Conflict, Store, Var};

#[derive(Debug)]
pub(crate) struct Remainder;

impl Remainder {
    /// Remainders by a positive divisor.
    fn image_positive(x: Interval, y: Interval) -> Interval {
        if y.is_empty() || x.is_empty() {
            return Interval::new(1, 0);
        }
        // Within 0..y the remainder is x itself.
        if x.lo >= 0 && x.hi < y.lo && is_finite(x.lo) {
            return x;
        }
        // A fixed divisor and an x that stays between two multiples: the remainder moves along.
        if y.lo == y.hi && is_finite(y.lo) && is_finite(x.lo) && is_finite(x.hi) {
            let start = clamp(floor_mod(i128::from(x.lo), i128::from(y.lo)));
            if i128::from(start) + i128::from(x.hi) - i128::from(x.lo) < i128::from(y.lo) {
                return Interval::new(start, start + (x.hi - x.lo));
            }
        }
        let largest = if y.hi >= INFINITY { y.hi } else { y.hi - 1 };
        Interval::new(0, if x.lo >= 0 { largest.min(x.hi) } else { largest })
    }

    /// Moves the ends of `x` to the nearest number whose remainder by the fixed `y > 0` lies in `z`.
    pub(crate) fn narrow_fixed(z: Interval, x: Interval, y: i64) -> Interval {
        let z = z.intersect(Interval::new(0, y - 1));
        if z.is_empty() {
            return z;
        }
        let remainder = |v: i64| clamp(floor_mod(i128::from(v), i128::from(y)));
        let lo = match remainder(x.lo) {
            _ if !is_finite(x.lo) => x.lo,
            r if r < z.lo => x.lo + (z.lo - r),
            r if r > z.hi => x.lo + (y - r) + z.lo,
            _ => x.lo,
        };
        let hi = match remainder(x.hi) {
            _ if !is_finite(x.hi) => x.hi,
            r if r > z.hi => x.hi - (r - z.hi),
            r if r < z.lo => x.hi - r - (y - z.hi),
            _ => x.hi,
        };
        Interval::new(lo, hi)
    }
}

impl Function for Remainder {
    const FAMILY: Family = Family::Remainder;

    fn apply(&self, x: i64, y: i64) -> Option<i128> {
        (y != 0).then(|| floor_mod(i128::from(x), i128::from(y)))
    }

    fn image(&self, x: Interval, y: Interval) -> Interval {
        let [negative, positive] = y.without_zero();
        let mirrored = Self::image_positive(x.negate(), negative.negate());
        let mirrored = if mirrored.is_empty() { mirrored } else { mirrored.negate() };
        Self::image_positive(x, positive).hull(mirrored)
    }

    fn narrow_x(&self, z: Interval, x: Interval, y: Interval) -> Interval {
        if y.lo != y.hi || !is_finite(y.lo) || y.lo == 0 {
            return x;
        }
        if y.lo > 0 {
            Self::narrow_fixed(z, x, y.lo)
        } else {
            Self::narrow_fixed(z.negate(), x.negate(), -y.lo).negate()
        }
    }

    fn narrow_y(&self, z: Interval, _x: Interval, y: Interval) -> Interval {
        // |y| > |z|, and y has the sign of z.
        let [negative, positive] = y.without_zero();
        let positive = if z.hi < 0 {
            Interval::new(1, 0)
        } else {
            positive.intersect(Interval::new((z.lo + 1).min(INFINITY), y.hi))
        };
        let negative = if z.lo > 0 {
            Interval::new(1, 0)
        } else {
            negative.intersect(Interval::new(y.lo, (z.hi - 1).max(-INFINITY)))
        };
        positive.hull(negative)
    }

    fn refine(&self, store: &mut Store, x: Var, y: Var, z: Var) -> Result<(), Conflict> {
        if let (Some(divisor), Some(remainder)) = (store.fixed(y), store.fixed(z))
            && divisor != 0
        {
            store.restrict_to_residue(x, divisor.abs(), remainder)?;
        }
        Ok(())
    }

    fn consistency_of_bounds(&self) -> Consistency {
        Consistency::Check
    }
}
