//! The values that a variable has left, by index.

use crate::arith::Interval;
use crate::domain::Domain;

/// Ascending values.
#[derive(Debug)]
pub(super) enum Column {
    Progression { first: i64, step: i64, len: u64 },
    List(Vec<i64>),
}

impl Column {
    pub(super) fn of(domain: &Domain) -> Self {
        let (first, len, step) = (domain.lo(), domain.len(), domain.step().max(1));
        if (domain.hi() - first) / step + 1 == i64::try_from(len).unwrap_or(0) {
            return Self::Progression { first, step, len };
        }
        Self::List(domain.iter().collect())
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Progression { len, .. } => *len,
            Self::List(values) => values.len() as u64,
        }
    }

    #[expect(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "indices of values that are there")]
    pub(super) fn value(&self, index: u64) -> i64 {
        match self {
            Self::Progression { first, step, .. } => first + step * index as i64,
            Self::List(values) => values[index as usize],
        }
    }

    /// The indices of the values within the bounds, of those from `first` to `last`; none where there are none.
    pub(super) fn within(&self, (first, last): (u64, u64), bounds: Interval) -> Option<(u64, u64)> {
        let (mut first, mut last) = (first, last);
        if self.value(first) < bounds.lo {
            first = self.at_or_above(bounds.lo);
        }
        if self.value(last) > bounds.hi {
            // The values below the first beyond.
            last = self.at_or_above(bounds.hi + 1).checked_sub(1)?;
        }
        (first <= last).then_some((first, last))
    }

    /// The index of the first value that is at least the bound, or one past the last.
    fn at_or_above(&self, bound: i64) -> u64 {
        match self {
            Self::Progression { first, .. } if bound <= *first => 0,
            Self::Progression { first, step, len } => {
                let steps = ((i128::from(bound) - i128::from(*first)) + i128::from(*step) - 1) / i128::from(*step);
                u64::try_from(steps).unwrap_or(u64::MAX).min(*len)
            }
            Self::List(values) => values.partition_point(|&value| value < bound) as u64,
        }
    }
}
