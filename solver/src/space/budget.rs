//! [`Budget`]: what a query may spend.

use super::error::SpaceError;
use crate::search::{Exhausted, Limits};
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

/// Whether a call that must end by a moment may go on.
pub(super) fn look(limits: &Limits, deadline: Option<Instant>) -> Result<(), SpaceError> {
    limits.over(deadline).map_or(Ok(()), |exhausted| Err(SpaceError::Limit(exhausted)))
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        let deadline = limits.end();
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
        if self.limits.is_memory_over(self.bytes as u64) {
            return Err(SpaceError::Limit(Exhausted::Memory));
        }
        if !self.nodes.is_multiple_of(PATIENCE) {
            return Ok(());
        }
        look(self.limits, self.deadline)
    }
}
