//! Bounds on their way from results to operands.

use super::splits::Splits;
use super::tape::Node;
use super::value::Value;
use crate::arith::Interval;

/// What is being passed from results to operands.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// For each operation, bounds that it has, and the splits that they follow from.
    bounds: Vec<(Interval, Splits)>,
    /// The operations with bounds to be passed on, as bits.
    waiting: Vec<u64>,
}

impl Pending {
    pub(super) fn clear(&mut self, operations: usize) {
        self.bounds.resize(operations, (Interval::ALL, 0));
        self.waiting.clear();
        self.waiting.resize(operations.div_ceil(64), 0);
    }

    /// Notes bounds, if they say more than is known.
    pub(super) fn tell(&mut self, node: Node, value: Value, bounds: Interval, why: Splits) {
        if bounds.lo <= value.lo && bounds.hi >= value.hi {
            return;
        }
        let (word, bit) = (node as usize / 64, 1 << (node % 64));
        let known = &mut self.bounds[node as usize];
        if self.waiting[word] & bit == 0 {
            self.waiting[word] |= bit;
            *known = (value.interval().intersect(bounds), why);
        } else {
            *known = (known.0.intersect(bounds), known.1 | why);
        }
    }

    /// The last operation with something to be passed on: its operands come before it.
    #[expect(clippy::cast_possible_truncation, reason = "the index of an operation")]
    pub(super) fn next(&mut self) -> Option<(Node, Interval, Splits)> {
        let word = self.waiting.iter().rposition(|&word| word != 0)?;
        let bit = self.waiting[word].ilog2();
        self.waiting[word] &= !(1 << bit);
        let node = word as u32 * 64 + bit;
        let (bounds, why) = self.bounds[node as usize];
        Some((node, bounds, why))
    }
}
