//! [`Entry`]: a row and its value; the best of them.

use super::residual::Scaled;
use crate::space::terms::exact::Exact;
use num_bigint::BigUint;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

/// A row of a state: its value, and its index among the rows of the state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) value: Exact,
    pub(super) index: BigUint,
}

/// The best rows of a state, ascending.
pub(super) type Entries = Rc<[Entry]>;

/// The smallest sums of an entry each of two ascending lists. `index` is that of two entries' rows put together.
pub(super) fn smallest_sums(
    a: &[Entry],
    b: &[Entry],
    count: usize,
    index: impl Fn(usize, usize) -> BigUint,
) -> Vec<Entry> {
    let sum = |i: usize, j: usize| Entry { value: a[i].value.add(&b[j].value), index: index(i, j) };
    let mut heap = BinaryHeap::new();
    if !b.is_empty() {
        heap.extend((0..a.len().min(count)).map(|i| Reverse((sum(i, 0), i, 0))));
    }
    let mut sums = Vec::new();
    while sums.len() < count
        && let Some(Reverse((entry, i, j))) = heap.pop()
    {
        sums.push(entry);
        if j + 1 < b.len() {
            heap.push(Reverse((sum(i, j + 1), i, j + 1)));
        }
    }
    sums
}

/// The best rows met so far.
pub(super) struct Best {
    count: usize,
    /// The worst on top.
    heap: BinaryHeap<Entry>,
}

impl Best {
    pub(super) fn new(count: usize) -> Self {
        Self { count, heap: BinaryHeap::new() }
    }

    /// Adds the rows of a child, ascending, as many times as it comes.
    pub(super) fn add(
        &mut self,
        entries: &[Entry],
        residual: &Scaled,
        first: &BigUint,
        repeats: u64,
        stride: &BigUint,
    ) {
        for time in 0..repeats.min(self.count as u64) {
            let start = first + stride * time;
            let moved = |entry: &Entry| Entry { value: residual.of(&entry.value), index: &start + &entry.index };
            for entry in entries.iter().map(moved) {
                if self.worst().is_some_and(|worst| *worst <= entry) {
                    break;
                }
                if self.heap.len() == self.count {
                    self.heap.pop();
                }
                self.heap.push(entry);
            }
        }
    }

    /// The row that any other has to beat, once there are enough.
    pub(super) fn worst(&self) -> Option<&Entry> {
        self.heap.peek().filter(|_| self.heap.len() == self.count)
    }

    pub(super) fn into_entries(self) -> Entries {
        self.heap.into_sorted_vec().into()
    }
}
