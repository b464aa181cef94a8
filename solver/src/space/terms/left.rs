//! What is left of truths for each value of their first variable: the same truths are met in many residual problems.

use super::sets::Root;
use super::term::{Position, TermId, Terms};
use smallvec::SmallVec;
use std::sync::Arc;

/// Variables with more values have no rows, most of which would stay empty.
const LONGEST_ROW: usize = 64;

/// The rows of truths with the same first variable.
pub(in crate::space) struct RowsOf {
    values: Arc<[i64]>,
    starts: SmallVec<[usize; 12]>,
    /// The index of the value that was asked for last: most come ascending.
    index: usize,
}

impl Terms {
    /// The rows of truths whose first variable is at a position, where it has few values.
    pub(in crate::space) fn rows(&mut self, position: Position, truths: &[TermId]) -> Option<RowsOf> {
        let values = match self.domains.get(position) {
            Root::Listed(values) if values.len() <= LONGEST_ROW => values.clone(),
            _ => return None,
        };
        let mut start_of = |&truth: &TermId| {
            let next = self.table.places.len();
            let start = *self.table.starts.entry(truth).or_insert(next);
            if start == next {
                self.table.places.resize(next + values.len(), None);
            }
            start
        };
        let starts = truths.iter().map(&mut start_of).collect();
        Some(RowsOf { values, starts, index: 0 })
    }

    /// What is left of the truth of a row once its first variable has a value, as a set where it speaks of one variable.
    /// Quick where values are asked for ascending.
    pub(in crate::space) fn left_in_row(
        &mut self,
        rows: &mut RowsOf,
        row: usize,
        truth: TermId,
        position: Position,
        value: i64,
    ) -> TermId {
        if rows.values[rows.index] > value {
            rows.index = 0;
        }
        while rows.values[rows.index] < value {
            rows.index += 1;
        }
        let place = rows.starts[row] + rows.index;
        if let Some(known) = self.table.places[place] {
            return known;
        }
        let left = self.substitute_anew(truth, position, value);
        let left = self.as_set(left);
        self.table.places[place] = Some(left);
        left
    }
}
