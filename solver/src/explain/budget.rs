//! [`Budget`]: limits that several searches share.

use crate::search::{Limits, Statistics};
use std::time::{Duration, Instant};

/// What is left of the limits of a caller.
pub(super) struct Budget {
    limits: Limits,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone().started() }
    }

    /// What is left, for one search.
    pub(super) fn rest(&self) -> Limits {
        self.share(1)
    }

    /// An equal part of the time that is left, for one of `searches` searches; nodes are not divided.
    pub(super) fn share(&self, searches: usize) -> Limits {
        let searches = u32::try_from(searches.max(1)).unwrap_or(u32::MAX);
        Limits { time: self.time_left().map(|time| time / searches), ..self.limits.clone() }
    }

    /// Takes off what a search has used; its time goes by itself.
    pub(super) fn spend(&mut self, statistics: &Statistics) {
        self.limits.nodes = self.limits.nodes.map(|nodes| nodes.saturating_sub(statistics.nodes));
    }

    /// Whether nothing is left.
    pub(super) fn is_spent(&self) -> bool {
        self.limits.over(self.limits.deadline).is_some() || self.limits.nodes == Some(0)
    }

    fn time_left(&self) -> Option<Duration> {
        self.limits.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}
