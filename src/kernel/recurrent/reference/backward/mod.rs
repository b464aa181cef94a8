//! The layer backwards, in double precision, with how far the kernel's numbers may be from it.
//!
//! The exact derivative of the forward pass in [`super`], for any loss over the states that it returns, with these choices:
//!
//! * A unit whose h was clipped passes no gradient. It counts as clipped where the stored h is at the clip, rounded to the
//!   element type, or beyond: also one that was just within and rounded onto it.
//! * slstm's m hands its gradient to the larger of i and log sigmoid(f) + m, as i and f were saved, and to the latter where they
//!   are equal. n passes its own where f' n + i' is 1 or more; where n = 0, nothing comes through the states c, n and m before.
//!
//! And these bounds, beside those of [`Uncertain`]: the kernel reads R and what forward saved as it is given here; it keeps the
//! gradients of states and all sums in fp32; the gradients of gates are rounded to the element type (fp32 to tf32) before they
//! enter a product, and added to that of b before. It adds in the order of the formulas here: to what a state gets from outside,
//! what it gets from the step after, then what the step itself adds. Where these cancel, another order may be off by more.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | what goes in and comes out, the steps from last to first |
//! | `cells.rs` | the derivative of each cell's step |
//! | `sums.rs` | the products with R, and the sums over all steps |

mod cells;
mod sums;
#[cfg(test)]
mod tests;

use super::uncertain::{Functions, Uncertain};
use super::{Layer, Operands, States, count};
use cells::{Derivative, Step};

/// What the gradient is kept from, on its way from step to step.
#[derive(Clone, Copy, Debug, Default)]
pub struct BackwardOptions {
    /// The gradient of h that a step hands to the step before is kept within ± this, each element by itself, before the
    /// gradient from outside is added. Those of the other states, and of the initial ones, are not.
    pub gradient_clip: Option<f64>,
    /// Whether no gradient goes from step to step through R: what is left goes through c, n, m and gru's z h.
    pub gradient_cut: bool,
}

/// What the layer reads on its way back.
#[derive(Clone, Copy, Debug)]
pub struct BackwardOperands<'a> {
    /// R [G, N, D, D].
    pub weights: &'a [f64],
    /// The states before the first step [S, B, N, D]; zeros if there are none.
    pub initial: Option<&'a [f64]>,
    /// h after each step, clipped [B, T, N, D].
    pub hidden: &'a [f64],
    /// The other states after each step [S − 1, B, T, N, D].
    pub memory: &'a [f64],
    /// What else forward saved [saved, B, T, N, D]: exact if it is loaded, from [`Layer::saved`] if the kernel computes it again.
    pub saved: &'a [Uncertain],
    /// The gradient of `hidden` [B, T, N, D].
    pub of_hidden: &'a [f64],
    /// The gradient of `memory` [S − 1, B, T, N, D]; zeros if there is none.
    pub of_memory: Option<&'a [f64]>,
    /// The gradient of the states after the last step [S, B, N, D], beside that of the same states in `hidden` and `memory`;
    /// zeros if there is none.
    pub of_last: Option<&'a [f64]>,
}

/// What the layer writes on its way back.
#[derive(Clone, Debug)]
pub struct Gradients {
    /// Of Wx [B, T, G, N, D]; the kernel rounds it to the element type.
    pub input: Vec<Uncertain>,
    /// Of R [G, N, D, D].
    pub weights: Vec<Uncertain>,
    /// Of b [biases, N, D].
    pub bias: Vec<Uncertain>,
    /// Of the states before the first step [S, B, N, D].
    pub initial: Vec<Uncertain>,
}

/// The gradients of all steps: of R h [B, T, G, N, D], of Wx likewise, of b [B, T, biases, N, D].
struct Gates {
    recurrent: Vec<Uncertain>,
    input: Vec<Uncertain>,
    bias: Vec<Uncertain>,
}

/// One place of h in all steps: where what belongs to it is.
#[derive(Clone, Copy)]
struct At {
    sequence: usize,
    /// Counts the steps as the forward pass computes them.
    time: usize,
    /// Counts the units of all heads.
    column: usize,
}

impl Layer {
    /// Runs the layer backwards: 2 B T G N D² multiplications, half of them for the gradient of R.
    ///
    /// ```
    /// use constrint::kernel::{Element, recurrent::{Cell, reference::{BackwardOperands, BackwardOptions, Layer}}};
    ///
    /// let layer = Layer {
    ///     cell: Cell::find("elman").unwrap(),
    ///     head_dim: 1, heads: 1, batch: 1, sequence: 2,
    ///     is_reverse: false,
    ///     clip: None,
    ///     element: Element::Bf16,
    /// };
    /// // h of two steps with R = 0.5; the loss is the second one.
    /// let gradients = layer.backward(
    ///     &BackwardOperands {
    ///         weights: &[0.5], initial: None,
    ///         hidden: &[0.75, 0.25], memory: &[], saved: &[],
    ///         of_hidden: &[0.0, 1.0], of_memory: None, of_last: None,
    ///     },
    ///     &BackwardOptions::default(),
    /// );
    /// let second = 1.0 - 0.25 * 0.25;
    /// let first = (1.0 - 0.75 * 0.75) * 0.5 * second;
    /// let values: Vec<f64> = gradients.input.iter().map(|number| number.value).collect();
    /// assert_eq!(values, [first, second]);
    /// assert_eq!(gradients.bias[0].value, first + second);
    /// assert_eq!(gradients.weights[0].value, second * 0.75);
    /// assert!(gradients.input[0].tolerance(Element::Bf16) < 0.01);
    /// ```
    ///
    /// # Panics
    /// Where an operand has not the elements that its shape says.
    pub fn backward(&self, operands: &BackwardOperands, options: &BackwardOptions) -> Gradients {
        self.assert_shapes(operands);
        let timed = self.units() * self.sequence;
        let nothing = |of_unit: i64| vec![Uncertain::exact(0.0); timed * count(of_unit)];
        let mut gates = Gates {
            recurrent: nothing(self.cell.gates),
            input: nothing(self.cell.gates),
            bias: nothing(self.cell.biases),
        };
        let mut carried = self.initial(operands.of_last);
        for time in (0..self.sequence).rev() {
            // What the last step gets is the gradient from outside alone.
            if let Some(clip) = options.gradient_clip.filter(|_| time + 1 < self.sequence) {
                carried[0].iter_mut().for_each(|h| h.value = h.value.clamp(-clip, clip));
            }
            carried = self.step_back(operands, &carried, time, &mut gates);
            if !options.gradient_cut {
                self.add_recurrent(operands.weights, &gates, time, &mut carried[0]);
            }
        }
        Gradients {
            weights: self.of_weights(operands, &gates),
            bias: self.of_bias(&gates),
            input: gates.input,
            initial: carried.concat(),
        }
    }

    /// What forward saves [saved, B, T, N, D], from h after each step [B, T, N, D]: as a kernel has it that computes the gates
    /// again, not rounded to the element type.
    ///
    /// # Panics
    /// Where an operand has not the elements that its shape says.
    pub fn saved(&self, operands: &Operands, hidden: &[f64]) -> Vec<Uncertain> {
        self.assert_operands(operands);
        let timed = self.units() * self.sequence;
        assert_eq!(hidden.len(), timed, "h");
        let mut saved = vec![Uncertain::exact(0.0); timed * count(self.cell.saved)];
        // The gates follow from h alone: the other states may be what they like.
        let mut states = self.initial(operands.initial);
        for time in 0..self.sequence {
            for place in 0..self.units() {
                let at = self.at(place, time);
                let unit = self.unit(operands, &states, at.sequence, time, at.column);
                for (index, value) in self.cell_step(&unit, &states, place).1.into_iter().enumerate() {
                    saved[index * timed + self.timed(at)] = value;
                }
            }
            for place in 0..self.units() {
                states[0][place] = Uncertain::exact(hidden[self.timed(self.at(place, time))]);
            }
        }
        saved
    }

    fn assert_shapes(&self, operands: &BackwardOperands) {
        let (units, timed) = (self.units(), self.units() * self.sequence);
        let states = count(self.cell.states);
        let or_none = |given: Option<&[f64]>, length: usize| given.is_none_or(|given| given.len() == length);
        assert_eq!(operands.weights.len() * self.batch, count(self.cell.gates) * units * self.head_dim, "R");
        assert!(or_none(operands.initial, states * units), "initial states");
        assert_eq!(operands.hidden.len(), timed, "h");
        assert_eq!(operands.memory.len(), timed * (states - 1), "other states");
        assert_eq!(operands.saved.len(), timed * count(self.cell.saved), "saved values");
        assert_eq!(operands.of_hidden.len(), timed, "gradient of h");
        assert!(or_none(operands.of_memory, timed * (states - 1)), "gradient of other states");
        assert!(or_none(operands.of_last, states * units), "gradient of last states");
    }

    /// The place of a unit [B, N, D] in all steps.
    fn at(&self, place: usize, time: usize) -> At {
        let row = self.heads * self.head_dim;
        At { sequence: place / row, time, column: place % row }
    }

    /// Its index in [B, T, N, D].
    fn timed(&self, at: At) -> usize {
        self.of_many(at, 1, 0)
    }

    /// Its index in [B, T, many, N, D].
    fn of_many(&self, at: At, many: usize, index: usize) -> usize {
        (self.row(at.sequence, at.time) * many + index) * self.heads * self.head_dim + at.column
    }

    /// The gradient of the states before the step, without what comes through R, from that of the states after it, `carried`
    /// and from outside.
    fn step_back(&self, operands: &BackwardOperands, carried: &States, time: usize, gates: &mut Gates) -> States {
        let mut back = carried.clone();
        for place in 0..self.units() {
            let at = self.at(place, time);
            let after = self.states_after(operands, at);
            let mut gradient = self.of_outside(operands, at);
            for (state, outside) in gradient.iter_mut().enumerate() {
                *outside = *outside + carried[state][place];
            }
            if self.is_clipped(after[0].value) {
                gradient[0] = Uncertain::exact(0.0);
            }
            let timed = self.units() * self.sequence;
            let saved: Vec<Uncertain> = operands.saved.iter().skip(self.timed(at)).step_by(timed).copied().collect();
            let before = self.states_before(operands, at);
            let derivative =
                self.derivative(&Step { saved: &saved, before: &before, after: &after, gradient: &gradient });
            for (state, value) in derivative.states.iter().enumerate() {
                back[state][place] = *value;
            }
            self.store(at, &derivative, gates);
        }
        back
    }

    fn derivative(&self, step: &Step) -> Derivative {
        let functions = Functions::of(self.element);
        match self.cell.name {
            "lstm" => cells::lstm(step, functions),
            "gru" => cells::gru(step),
            "slstm" => cells::slstm(step, functions),
            "elman" => cells::elman(step),
            other => unreachable!("{other} has no reference: write its derivative in cells.rs"),
        }
    }

    fn store(&self, at: At, derivative: &Derivative, gates: &mut Gates) {
        for (values, all) in [
            (&derivative.recurrent, &mut gates.recurrent),
            (&derivative.input, &mut gates.input),
            (&derivative.bias, &mut gates.bias),
        ] {
            for (index, value) in values.iter().enumerate() {
                all[self.of_many(at, values.len(), index)] = *value;
            }
        }
    }

    fn is_clipped(&self, hidden: f64) -> bool {
        self.clip.is_some_and(|clip| hidden.abs() >= self.element.round(clip))
    }

    fn states_after(&self, operands: &BackwardOperands, at: At) -> Vec<Uncertain> {
        self.states_of(operands.hidden, Some(operands.memory), at)
    }

    fn states_before(&self, operands: &BackwardOperands, at: At) -> Vec<Uncertain> {
        match (at.time, operands.initial) {
            (0, None) => vec![Uncertain::exact(0.0); count(self.cell.states)],
            (0, Some(initial)) => {
                let place = at.sequence * self.heads * self.head_dim + at.column;
                initial.iter().skip(place).step_by(self.units()).map(|&value| Uncertain::exact(value)).collect()
            }
            (time, _) => self.states_after(operands, At { time: time - 1, ..at }),
        }
    }

    fn of_outside(&self, operands: &BackwardOperands, at: At) -> Vec<Uncertain> {
        self.states_of(operands.of_hidden, operands.of_memory, at)
    }

    /// h first; zeros for the others if there are none.
    fn states_of(&self, hidden: &[f64], memory: Option<&[f64]>, at: At) -> Vec<Uncertain> {
        let timed = self.units() * self.sequence;
        let of_memory = |state: usize| memory.map_or(0.0, |memory| memory[state * timed + self.timed(at)]);
        let others = (0..count(self.cell.states - 1)).map(of_memory);
        std::iter::once(hidden[self.timed(at)]).chain(others).map(Uncertain::exact).collect()
    }
}
