//! [`Table`]: what values of a variable leave of truths, filled as it is asked for.

use super::ids::TermId;
use rustc_hash::FxHashMap;

/// A row for each truth, with a place for each value of its first variable, filled when it is asked for.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) places: Vec<Option<TermId>>,
    pub(super) starts: FxHashMap<TermId, usize>,
}

impl Table {
    /// How many places there are.
    pub(super) fn mark(&self) -> usize {
        self.places.len()
    }

    /// Forgets all places but so many of the first, and in those all terms from one on.
    pub(super) fn release(&mut self, mark: usize, terms: TermId) {
        self.places.truncate(mark);
        self.places.iter_mut().for_each(|place| *place = place.filter(|term| *term < terms));
        self.starts.retain(|term, start| *start < mark && *term < terms);
    }

    /// Bytes held, estimated.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Option<TermId>>() * self.places.len() * 2 + 32 * self.starts.len()
    }
}
