//! [`Budget`]: what a query may spend.

use super::error::{Exhausted, SpaceError};
use crate::search::Limits;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Nodes between two looks at the clock.
const PATIENCE: u64 = 512;

/// What is left of the limits of a query.
pub(super) struct Budget<'a> {
    limits: &'a Limits,
    deadline: Option<Instant>,
    nodes: u64,
    bytes: usize,
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        let deadline = limits.time.and_then(|time| Instant::now().checked_add(time));
        Self { limits, deadline, nodes: 0, bytes: 0 }
    }

    /// Nodes spent so far.
    pub(super) fn nodes(&self) -> u64 {
        self.nodes
    }

    /// Counts bytes that are kept.
    pub(super) fn keep(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Spends a node that keeps some bytes.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), SpaceError> {
        self.nodes += 1;
        self.bytes += bytes;
        if self.limits.nodes.is_some_and(|limit| self.nodes > limit) {
            return Err(SpaceError::Limit(Exhausted::Nodes));
        }
        if self.limits.memory_bytes.is_some_and(|limit| self.bytes as u64 > limit) {
            return Err(SpaceError::Limit(Exhausted::Memory));
        }
        if !self.nodes.is_multiple_of(PATIENCE) {
            return Ok(());
        }
        if self.limits.cancel.as_deref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Err(SpaceError::Limit(Exhausted::Cancelled));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(SpaceError::Limit(Exhausted::Time));
        }
        Ok(())
    }
}
