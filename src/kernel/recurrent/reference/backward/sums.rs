//! The products with R, and the sums over all steps.

use super::super::uncertain::{self, Uncertain};
use super::super::{Layer, count};
use super::{At, BackwardOperands, Gates};

impl Layer {
    /// Adds R^T times the gates' gradients. Those of a unit come from one gradient of its states.
    pub(super) fn add_recurrent(&self, weights: &[f64], gates: &Gates, time: usize, of_hidden: &mut [Uncertain]) {
        let (many, row) = (count(self.cell.gates), self.heads * self.head_dim);
        for (place, gradient) in of_hidden.iter_mut().enumerate() {
            let at = self.at(place, time);
            let (head, unit) = (at.column / self.head_dim * self.head_dim, at.column % self.head_dim);
            let term = |column: usize, gate: usize| {
                let weight = weights[(gate * row + column) * self.head_dim + unit];
                (Uncertain::exact(weight), gates.recurrent[self.of_many(At { column, ..at }, many, gate)])
            };
            let of_unit = |column: usize| (0..many).map(move |gate| term(column, gate));
            *gradient = *gradient + uncertain::products((head..head + self.head_dim).map(of_unit), self.element);
        }
    }

    /// Over all sequences and steps. The gradients of a sequence's steps come from one another.
    pub(super) fn of_weights(&self, operands: &BackwardOperands, gates: &Gates) -> Vec<Uncertain> {
        let (many, row) = (count(self.cell.gates), self.heads * self.head_dim);
        let one = |index: usize| {
            let (gate, column, unit) =
                (index / self.head_dim / row, index / self.head_dim % row, index % self.head_dim);
            let head = column / self.head_dim * self.head_dim;
            let term = |at: At| {
                let hidden = self.states_before(operands, At { column: head + unit, ..at })[0];
                // The initial h is fp32, if it is not the kernel's own zero.
                let hidden =
                    if at.time == 0 && operands.initial.is_some() { hidden.rounded(self.element) } else { hidden };
                (hidden, gates.recurrent[self.of_many(at, many, gate)])
            };
            let of_sequence = |sequence: usize| (0..self.sequence).map(move |time| term(At { sequence, time, column }));
            uncertain::products((0..self.batch).map(of_sequence), self.element)
        };
        (0..many * row * self.head_dim).map(one).collect()
    }

    /// Likewise.
    pub(super) fn of_bias(&self, gates: &Gates) -> Vec<Uncertain> {
        let (many, row) = (count(self.cell.biases), self.heads * self.head_dim);
        let one = |index: usize| {
            let (bias, column) = (index / row, index % row);
            let of = |at: At| gates.bias[self.of_many(at, many, bias)];
            let of_sequence = |sequence: usize| (0..self.sequence).map(move |time| of(At { sequence, time, column }));
            uncertain::sum((0..self.batch).map(of_sequence))
        };
        (0..many * row).map(one).collect()
    }
}
