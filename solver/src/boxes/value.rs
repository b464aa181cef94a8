//! Bounds of a value that may be undefined.

use crate::arith::{INFINITY, Interval, clamp, is_finite, power_bound};

/// What an expression can be within a box. Bounds are those of [`Interval`]: they round outward at [`INFINITY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) lo: i64,
    /// Below `lo`, the expression is defined nowhere.
    pub(super) hi: i64,
    /// Whether it may be undefined somewhere.
    pub(super) partial: bool,
}

impl Value {
    pub(super) const ANYTHING: Self = Self { lo: -INFINITY, hi: INFINITY, partial: true };
    pub(super) const NOTHING: Self = Self { lo: 1, hi: 0, partial: true };
    pub(super) const TRUE: Self = Self::point(1);
    pub(super) const FALSE: Self = Self::point(0);
    pub(super) const OPEN: Self = Self { lo: 0, hi: 1, partial: false };

    pub(super) const fn point(value: i64) -> Self {
        Self { lo: value, hi: value, partial: false }
    }

    pub(super) fn of(interval: Interval, partial: bool) -> Self {
        if interval.is_empty() { Self::NOTHING } else { Self { lo: interval.lo, hi: interval.hi, partial } }
    }

    pub(super) fn interval(self) -> Interval {
        Interval::new(self.lo, self.hi)
    }

    pub(super) fn is_nothing(self) -> bool {
        self.lo > self.hi
    }

    /// The number, where it is one for certain.
    pub(super) fn exact(self) -> Option<i64> {
        (self.lo == self.hi && !self.partial && is_finite(self.lo)).then_some(self.lo)
    }

    pub(super) fn is_false(self) -> bool {
        self.hi == 0 && self.lo == 0 || self.is_nothing()
    }

    pub(super) fn is_true(self) -> bool {
        !self.partial && !self.is_nothing() && (self.lo > 0 || self.hi < 0)
    }

    /// Whether it is true, as a number that is 0 or 1: undefined is not true.
    pub(super) fn truth(self) -> Self {
        if self.is_false() {
            Self::FALSE
        } else if self.is_true() {
            Self::TRUE
        } else {
            Self::OPEN
        }
    }

    pub(super) fn not(self) -> Self {
        let truth = self.truth();
        Self { lo: 1 - truth.hi, hi: 1 - truth.lo, partial: false }
    }

    pub(super) fn of_truth(truth: Option<bool>) -> Self {
        truth.map_or(Self::OPEN, |truth| Self::point(i64::from(truth)))
    }

    pub(super) fn multiply(self, other: Self) -> Self {
        let partial = self.partial | other.partial;
        if self.is_nothing() || other.is_nothing() {
            return Self::NOTHING;
        }
        if self.lo >= 0 && other.lo >= 0 {
            return Self { lo: times(self.lo, other.lo), hi: times(self.hi, other.hi), partial };
        }
        Self::of(self.interval().multiply(other.interval()), partial)
    }

    /// To a power that is at least 1.
    pub(super) fn raise(self, exponent: u32) -> Self {
        let exponent = i64::from(exponent);
        let (lo, hi) = (power_bound(self.lo, exponent), power_bound(self.hi, exponent));
        match () {
            () if exponent == 1 || self.is_nothing() => self,
            () if self.lo >= 0 || exponent % 2 == 1 => Self { lo, hi, ..self },
            () if self.hi <= 0 => Self { lo: hi, hi: lo, ..self },
            () => Self { lo: 0, hi: lo.max(hi), ..self },
        }
    }

    pub(super) fn absolute(self) -> Self {
        match () {
            () if self.lo >= 0 || self.is_nothing() => self,
            () if self.hi <= 0 => Self { lo: -self.hi, hi: -self.lo, ..self },
            () => Self { lo: 0, hi: self.hi.max(-self.lo), ..self },
        }
    }

    /// `self // divisor`, or rounded up; undefined where the divisor is 0.
    pub(super) fn divide(self, divisor: Self, up: bool) -> Self {
        let partial = self.partial | divisor.partial | (divisor.lo <= 0 && divisor.hi >= 0);
        if self.is_nothing() || divisor.is_nothing() {
            return Self::NOTHING;
        }
        if self.lo >= 0 && divisor.lo >= 1 && self.hi < INFINITY {
            let slack = |divisor: i64| if up { divisor - 1 } else { 0 };
            let lo = if divisor.hi >= INFINITY {
                i64::from(up && self.lo > 0)
            } else {
                (self.lo + slack(divisor.hi)) / divisor.hi
            };
            return Self { lo, hi: (self.hi + slack(divisor.lo)) / divisor.lo, partial };
        }
        let (x, y) = (self.interval(), divisor.interval());
        if !up {
            return Self::of(x.floor_quotient(y), partial);
        }
        let mirrored = x.negate().floor_quotient(y);
        if mirrored.is_empty() { Self::NOTHING } else { Self::of(mirrored.negate(), partial) }
    }
}

fn times(a: i64, b: i64) -> i64 {
    match a.checked_mul(b) {
        Some(product) if product < INFINITY => product,
        _ => INFINITY,
    }
}

/// The sum of a constant and of values with coefficients.
pub(super) fn sum(constant: i64, terms: impl Iterator<Item = (i64, Value)>) -> Value {
    let (mut lo, mut hi) = (Some(i128::from(constant)), Some(i128::from(constant)));
    let mut partial = false;
    for (coefficient, value) in terms {
        if value.is_nothing() {
            return Value::NOTHING;
        }
        partial |= value.partial;
        let (least, most) = if coefficient > 0 { (value.lo, value.hi) } else { (value.hi, value.lo) };
        let open_below = if coefficient > 0 { least == -INFINITY } else { least == INFINITY };
        let open_above = if coefficient > 0 { most == INFINITY } else { most == -INFINITY };
        let product = |bound: i64| i128::from(coefficient) * i128::from(bound);
        lo = lo.filter(|_| !open_below).map(|lo| lo + product(least));
        hi = hi.filter(|_| !open_above).map(|hi| hi + product(most));
    }
    Value { lo: lo.map_or(-INFINITY, clamp), hi: hi.map_or(INFINITY, clamp), partial }
}
