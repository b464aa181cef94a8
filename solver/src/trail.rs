//! The undo log: what to restore when the search goes back.

use crate::domain::Domain;
use crate::var::Var;

/// One change that can be undone.
#[derive(Debug)]
pub(crate) enum Entry {
    /// The domain that the variable had.
    Domain(Var, Domain),
    /// The propagator with this index was switched off.
    Entailed(usize),
}

/// Changes in order, cut into levels. Level 0 is the root, which is never undone.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    entries: Vec<Entry>,
    levels: Vec<usize>,
    /// Unique for every opened level, so that a variable is saved once a level.
    stamp: u64,
}

impl Trail {
    pub(crate) fn level(&self) -> usize {
        self.levels.len()
    }

    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    pub(crate) fn push_level(&mut self) {
        self.levels.push(self.entries.len());
        self.stamp += 1;
    }

    /// Bytes that it holds, without the words of its selections.
    pub(crate) fn bytes(&self) -> u64 {
        (self.entries.capacity() * size_of::<Entry>() + self.levels.capacity() * size_of::<usize>()) as u64
    }

    /// Whether changes must be recorded at all.
    pub(crate) fn is_recording(&self) -> bool {
        !self.levels.is_empty()
    }

    pub(crate) fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// The domains that variables had at the root, for those that have changed since.
    pub(crate) fn root_domains(&self) -> impl Iterator<Item = (Var, &Domain)> {
        // The oldest entry of a variable comes last, and wins.
        self.entries.iter().rev().filter_map(|entry| match entry {
            Entry::Domain(var, domain) => Some((*var, domain)),
            Entry::Entailed(_) => None,
        })
    }

    /// Closes the newest level and gives its changes, newest first.
    pub(crate) fn pop_level(&mut self) -> impl Iterator<Item = Entry> + '_ {
        let start = self.levels.pop().expect("a level is open");
        self.stamp += 1;
        self.entries.drain(start..).rev()
    }
}
