//! The values that a variable has left, by index.

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
}
