//! Parts of runs, and runs joined.

use super::{NOTHING, Run, push_value};
use crate::arith::{ceil_div, gcd};
use crate::model::Values;

/// Runs of up to this many values are taken apart, so that equal sets of values become equal runs.
const SHORT: u64 = 1 << 12;

impl Run {
    pub(in crate::space) fn last(&self) -> i64 {
        self.value(self.count - 1)
    }

    /// How many of its values are below one.
    pub(in crate::space) fn rank(&self, value: i64) -> u64 {
        let distance = i128::from(value) - i128::from(self.first);
        let below = ceil_div(distance, i128::from(self.step.max(1))).clamp(0, i128::from(self.count));
        u64::try_from(below).expect("clamped")
    }

    /// The values with an index in `from..to`.
    pub(in crate::space) fn part(&self, from: u64, to: u64) -> Self {
        let count = to.saturating_sub(from);
        let step = if count > 1 { self.step } else { 0 };
        Self { first: if count > 0 { self.value(from) } else { self.first }, step, count, child: self.child }
    }

    /// The largest of its values below one.
    pub(in crate::space) fn below(&self, value: i64) -> Option<i64> {
        self.rank(value).checked_sub(1).map(|index| self.value(index))
    }

    /// The smallest of its values above one.
    pub(in crate::space) fn above(&self, value: i64) -> Option<i64> {
        let index = self.rank(value.saturating_add(1));
        (index < self.count).then(|| self.value(index))
    }

    /// Adds its values that are among others to runs that end before it.
    pub(super) fn push_allowed(&self, allowed: &Values, child: super::NodeId, runs: &mut Vec<Run>) {
        match allowed {
            Values::Range { min, max, step } if self.count > SHORT => {
                push_run(runs, &Self { child, ..self.in_progression(*min, *max, *step) });
            }
            Values::List(list) if (list.len() as u64) < self.count => {
                for &value in list.iter().filter(|&&value| self.contains(value)) {
                    push_value(runs, value, child);
                }
            }
            allowed => {
                let values = (0..self.count).map(|index| self.value(index));
                values.filter(|&value| allowed.contains(value)).for_each(|value| push_value(runs, value, child));
            }
        }
    }

    /// The values that are among `min, min + step, …, max`: those with every so-and-so-many-th index.
    fn in_progression(&self, min: i64, max: i64, step: i64) -> Self {
        let none = self.part(0, 0);
        let common = i128::from(gcd(self.step, step));
        let distance = i128::from(min) - i128::from(self.first);
        if distance % common != 0 {
            return none;
        }
        let stride = i128::from(step) / common;
        let start = (distance / common * inverse(i128::from(self.step) / common, stride)).rem_euclid(stride);
        let from = i128::from(self.rank(min));
        let first = from + (start - from).rem_euclid(stride);
        let end = i128::from(self.rank(max.saturating_add(1)));
        if first >= end {
            return none;
        }
        let count = u64::try_from((end - 1 - first) / stride + 1).expect("no more than the run has");
        let first = self.value(u64::try_from(first).expect("an index"));
        let distance =
            if count > 1 { i64::try_from(i128::from(self.step) * stride).expect("of two values") } else { 0 };
        Self { first, step: distance, count, child: self.child }
    }
}

/// What a number must be multiplied with to be 1 modulo another, with which it has no common divisor.
fn inverse(number: i128, modulus: i128) -> i128 {
    let (mut a, mut b) = (number.rem_euclid(modulus), modulus);
    let (mut x, mut y) = (1, 0);
    while b != 0 {
        let quotient = a / b;
        (a, b) = (b, a - quotient * b);
        (x, y) = (y, x - quotient * y);
    }
    x.rem_euclid(modulus)
}

/// Adds a run whose values are larger than those before.
pub(in crate::space) fn push_run(runs: &mut Vec<Run>, run: &Run) {
    if run.child == NOTHING || run.count == 0 {
        return;
    }
    if run.count <= SHORT {
        (0..run.count).for_each(|index| push_value(runs, run.value(index), run.child));
    } else {
        runs.push(run.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Values;

    /// Long runs meet long progressions as their values do.
    #[test]
    fn long_runs_meet_progressions() {
        for (first, step, count) in [(-7, 1, 9000), (2, 6, 5000), (-20_001, 15, 4500), (5, 1 << 40, 4097)] {
            let run = Run { first, step, count, child: 1 };
            for (min, max, other) in
                [(0, 9000, 1), (-100, 40_000, 10), (2, 30_000, 9), (1, 29_999, 2), (8, 8, 1), (2, 1 << 52, 9)]
            {
                let allowed = Values::range(min, max, other).unwrap();
                let wanted: Vec<i64> = (0..count).map(|i| run.value(i)).filter(|&v| allowed.contains(v)).collect();
                let mut runs = Vec::new();
                run.push_allowed(&allowed, 1, &mut runs);
                let found: Vec<i64> = runs.iter().flat_map(|run| (0..run.count).map(|i| run.value(i))).collect();
                assert_eq!(found, wanted, "{first}+{step}k, {count} of them, in {min}..={max} by {other}");
            }
        }
    }
}
