//! [`Meter`]: what the values of lines have taken, and may take; [`Unsolved`]: why they were not found.

use crate::search::Limits;
use crate::space::error::{Exhausted, SpaceError};
use std::time::Instant;

/// Evaluations that a line may take: more, and its values had better not be gone through.
const MOST_WORK: u64 = 1 << 23;
/// Evaluations between two looks at the limits: few, since a single one may be of a large term.
const PATIENCE: u64 = 1 << 12;

/// Why the values of a line were not found.
#[derive(Debug)]
pub(in crate::space) enum Unsolved {
    /// A power was too large to be computed, where truths had to be evaluated.
    TooLarge,
    /// Bounds decide too little of a line with too many values.
    TooLong,
    /// A limit was reached.
    Ended(Exhausted),
}

impl Unsolved {
    /// Whether to go on another way; otherwise why there is none.
    pub(in crate::space) fn or_error(self) -> Result<(), SpaceError> {
        match self {
            Self::TooLong => Ok(()),
            Self::TooLarge => Err(SpaceError::PowerTooLarge),
            Self::Ended(exhausted) => Err(SpaceError::Limit(exhausted)),
        }
    }
}

/// Counts evaluations, and looks at the limits from time to time.
pub(in crate::space) struct Meter<'a> {
    limits: Option<(&'a Limits, Option<Instant>)>,
    work: u64,
    /// The work at which the limits are looked at again.
    next: u64,
    /// The work at which the present line has taken too much.
    most: u64,
}

impl<'a> Meter<'a> {
    /// Within limits, by a moment.
    pub(in crate::space) fn new(limits: &'a Limits, deadline: Option<Instant>) -> Self {
        Self { limits: Some((limits, deadline)), ..Meter::of_list() }
    }

    /// For variables whose values are listed: these are few enough for one line never to take long.
    pub(in super::super) fn of_list() -> Self {
        Self { limits: None, work: 0, next: PATIENCE, most: MOST_WORK }
    }

    /// The work since this was asked last.
    pub(in crate::space) fn take(&mut self) -> u64 {
        let work = std::mem::take(&mut self.work);
        (self.next, self.most) = (self.next.saturating_sub(work), MOST_WORK);
        work
    }

    /// A new line, which may take as much as any.
    pub(super) fn begin(&mut self) {
        self.most = self.work + MOST_WORK;
    }

    pub(super) fn spend(&mut self, work: u64) -> Result<(), Unsolved> {
        self.work += work;
        if self.work < self.next {
            return Ok(());
        }
        self.next = self.work + PATIENCE;
        if self.work > self.most {
            return Err(Unsolved::TooLong);
        }
        let over = self.limits.and_then(|(limits, deadline)| limits.over(deadline));
        over.map_or(Ok(()), |exhausted| Err(Unsolved::Ended(exhausted)))
    }
}
