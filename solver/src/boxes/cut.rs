//! What the objective must stay below.

use super::tape::Goal;
use super::value::Value;
use crate::arith::{clamp, floor_div, is_finite};
use crate::checker::Number;
use num_traits::ToPrimitive;

/// A number that the objective must stay below, as a fraction with a positive denominator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    numerator: i128,
    denominator: i128,
}

impl Cut {
    /// None where its numbers are too large.
    pub(super) fn of(value: &Number, goal: Goal) -> Option<Self> {
        let numerator = value.numer().to_i128().filter(|numerator| numerator.abs() < 1 << 64)?;
        let denominator = value.denom().to_i128().filter(|&denominator| denominator < 1 << 60)?;
        Some(Self { numerator: if goal.negated { -numerator } else { numerator }, denominator })
    }

    /// The largest numerator of a fraction below it, for a denominator within the bounds.
    pub(super) fn most(self, denominator: Value) -> Option<i64> {
        let at = if self.numerator >= 0 { denominator.hi } else { denominator.lo };
        if !is_finite(at) {
            return None;
        }
        let limit = self.numerator.checked_mul(i128::from(at))?;
        Some(clamp(floor_div(limit - 1, self.denominator)))
    }

    /// Whether no fraction within the bounds is below it.
    pub(super) fn excludes(self, numerator: Value, denominator: Value) -> bool {
        let at = if self.numerator >= 0 { denominator.hi } else { denominator.lo };
        if !is_finite(at) || !is_finite(numerator.lo) {
            return false;
        }
        let (least, limit) =
            (i128::from(numerator.lo).checked_mul(self.denominator), self.numerator.checked_mul(i128::from(at)));
        least.zip(limit).is_some_and(|(least, limit)| least >= limit)
    }

    /// Whether it is below another.
    pub(super) fn is_below(self, other: Self) -> bool {
        let sides = self.numerator.checked_mul(other.denominator).zip(other.numerator.checked_mul(self.denominator));
        sides.is_some_and(|(a, b)| a < b)
    }
}
