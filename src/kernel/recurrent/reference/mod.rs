//! The layer in double precision, with how far the kernel's numbers may be from it.
//!
//! The formulas are those at the head of `cells/*.cuh`, written again; the code shares nothing with the kernel. Every number
//! carries the deviation that rounding gives the kernel's: see [`Uncertain`].
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | the layer, and its forward pass: [`Layer::run`] |
//! | `backward/` | its backward pass: [`Layer::backward`] |
//! | `uncertain.rs` | numbers with deviations, sums of products, the functions of cells |
//!
//! ```
//! use constrint::kernel::{Element, recurrent::{Cell, reference::{Layer, Operands}}};
//!
//! let layer = Layer {
//!     cell: Cell::find("elman").unwrap(),
//!     head_dim: 1, heads: 1, batch: 1, sequence: 2,
//!     is_reverse: false,
//!     clip: None,
//!     element: Element::Bf16,
//! };
//! let outputs = layer.run(&Operands { input: &[1.0, 0.0], weights: &[0.5], bias: &[0.0], initial: None });
//! let first = 1f64.tanh();
//! assert_eq!(outputs.hidden[0].value, first);
//! assert_eq!(outputs.hidden[1].value, (0.5 * first).tanh());
//! assert!(outputs.hidden[1].tolerance(Element::Bf16) < 0.02);
//! ```

mod backward;
mod uncertain;

pub use backward::{BackwardOperands, BackwardOptions, Gradients};
pub use uncertain::Uncertain;

use super::cells::Cell;
use crate::kernel::Element;
use uncertain::Functions;

/// A recurrent layer and its sizes. Shapes are those of [`forward`](super::forward).
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// The cell.
    pub cell: &'static Cell,
    /// Units of a head, D.
    pub head_dim: usize,
    /// Heads, N.
    pub heads: usize,
    /// Sequences, B.
    pub batch: usize,
    /// Steps, T.
    pub sequence: usize,
    /// Whether the layer walks from the arrays' last step of time to their first: the initial states come before the last step of
    /// time, and the last states are those after its first one. What is said of steps elsewhere counts them as they are computed.
    pub is_reverse: bool,
    /// h stays within ± this.
    pub clip: Option<f64>,
    /// The type of Wx, R and h in the kernel.
    pub element: Element,
}

/// What the layer reads, as exact numbers.
#[derive(Clone, Copy, Debug)]
pub struct Operands<'a> {
    /// Wx [B, T, G, N, D].
    pub input: &'a [f64],
    /// R [G, N, D, D].
    pub weights: &'a [f64],
    /// b [biases, N, D].
    pub bias: &'a [f64],
    /// The states before the first step [S, B, N, D]; zeros if there are none.
    pub initial: Option<&'a [f64]>,
}

/// What the layer writes.
#[derive(Clone, Debug)]
pub struct Outputs {
    /// h after each step [B, T, N, D].
    pub hidden: Vec<Uncertain>,
    /// The other states after each step [S − 1, B, T, N, D].
    pub memory: Vec<Uncertain>,
    /// What else a backward pass needs [saved, B, T, N, D].
    pub saved: Vec<Uncertain>,
    /// The states after the last step [S, B, N, D].
    pub last: Vec<Uncertain>,
}

/// The states of all units [S][B, N, D].
type States = Vec<Vec<Uncertain>>;

fn count(of: i64) -> usize {
    usize::try_from(of).expect("counts of a cell are small")
}

impl Layer {
    fn units(&self) -> usize {
        self.batch * self.heads * self.head_dim
    }

    /// Which of the rows [B, T] of an array belongs to a step.
    fn row(&self, sequence: usize, step: usize) -> usize {
        let time = if self.is_reverse { self.sequence - 1 - step } else { step };
        sequence * self.sequence + time
    }

    /// Runs the layer.
    ///
    /// # Panics
    /// Where an operand has not the elements that its shape says.
    pub fn run(&self, operands: &Operands) -> Outputs {
        self.assert_operands(operands);
        let timed = self.units() * self.sequence;
        let nothing = Uncertain::exact(0.0);
        let mut outputs = Outputs {
            hidden: vec![nothing; timed],
            memory: vec![nothing; timed * count(self.cell.states - 1)],
            saved: vec![nothing; timed * count(self.cell.saved)],
            last: Vec::new(),
        };
        let mut states = self.initial(operands.initial);
        for time in 0..self.sequence {
            states = self.step(operands, &states, time, &mut outputs);
        }
        outputs.last = states.concat();
        outputs
    }

    fn assert_operands(&self, operands: &Operands) {
        let (gates, row) = (count(self.cell.gates), self.heads * self.head_dim);
        assert_eq!(operands.input.len(), self.units() * self.sequence * gates, "Wx");
        assert_eq!(operands.weights.len(), gates * row * self.head_dim, "R");
        assert_eq!(operands.bias.len(), count(self.cell.biases) * row, "b");
        let states = count(self.cell.states) * self.units();
        assert!(operands.initial.is_none_or(|initial| initial.len() == states), "initial states");
    }

    fn initial(&self, given: Option<&[f64]>) -> States {
        let units = self.units();
        let state = |index: usize| match given {
            Some(given) => {
                given[index * units..(index + 1) * units].iter().map(|&value| Uncertain::exact(value)).collect()
            }
            None => vec![Uncertain::exact(0.0); units],
        };
        (0..count(self.cell.states)).map(state).collect()
    }

    fn step(&self, operands: &Operands, states: &States, time: usize, outputs: &mut Outputs) -> States {
        let mut next = states.clone();
        let row = self.heads * self.head_dim;
        let timed = self.units() * self.sequence;
        for sequence in 0..self.batch {
            for column in 0..row {
                let place = sequence * row + column;
                let unit = self.unit(operands, states, sequence, time, column);
                let (after, saved) = self.cell_step(&unit, states, place);
                let at = self.row(sequence, time) * row + column;
                outputs.hidden[at] = after[0];
                for (state, value) in after.iter().enumerate() {
                    next[state][place] = *value;
                    if state > 0 {
                        outputs.memory[(state - 1) * timed + at] = *value;
                    }
                }
                for (index, value) in saved.iter().enumerate() {
                    outputs.saved[index * timed + at] = *value;
                }
            }
        }
        next
    }

    /// What one unit's cell reads: R h, Wx and b. `column` counts the units of all heads.
    fn unit(&self, operands: &Operands, states: &States, sequence: usize, time: usize, column: usize) -> Unit {
        let (gates, row) = (count(self.cell.gates), self.heads * self.head_dim);
        let head = column / self.head_dim * self.head_dim;
        let hidden = &states[0][sequence * row + head..][..self.head_dim];
        let weights = |gate: usize| &operands.weights[(gate * row + column) * self.head_dim..][..self.head_dim];
        let input = |gate: usize| operands.input[(self.row(sequence, time) * gates + gate) * row + column];
        let bias = |index: usize| operands.bias[index * row + column];
        Unit {
            recurrent: (0..gates).map(|gate| uncertain::product(weights(gate), hidden, self.element)).collect(),
            input: (0..gates).map(|gate| Uncertain::exact(input(gate))).collect(),
            bias: (0..count(self.cell.biases)).map(|index| Uncertain::exact(bias(index))).collect(),
        }
    }

    /// The states after the step, h first, and the saved values.
    fn cell_step(&self, unit: &Unit, states: &States, place: usize) -> (Vec<Uncertain>, Vec<Uncertain>) {
        let functions = Functions::of(self.element);
        let before: Vec<Uncertain> = states.iter().map(|state| state[place]).collect();
        let (mut after, saved) = match self.cell.name {
            "lstm" => lstm(unit, &before, functions),
            "gru" => gru(unit, &before, functions),
            "slstm" => slstm(unit, &before, functions),
            "elman" => (vec![functions.tanh(unit.gate(0))], Vec::new()),
            other => unreachable!("{other} has no reference: write its step here"),
        };
        if let Some(clip) = self.clip {
            after[0].value = after[0].value.clamp(-clip, clip);
        }
        (after, saved)
    }
}

struct Unit {
    recurrent: Vec<Uncertain>,
    input: Vec<Uncertain>,
    bias: Vec<Uncertain>,
}

impl Unit {
    fn gate(&self, gate: usize) -> Uncertain {
        self.recurrent[gate] + self.input[gate] + self.bias[gate]
    }
}

fn lstm(unit: &Unit, before: &[Uncertain], functions: Functions) -> (Vec<Uncertain>, Vec<Uncertain>) {
    let [i, f, o] = [0, 1, 3].map(|gate| functions.sigmoid(unit.gate(gate)));
    let z = functions.tanh(unit.gate(2));
    let c = f * before[1] + i * z;
    (vec![o * functions.tanh(c), c], vec![i, f, z, o])
}

fn gru(unit: &Unit, before: &[Uncertain], functions: Functions) -> (Vec<Uncertain>, Vec<Uncertain>) {
    let [r, z] = [0, 1].map(|gate| functions.sigmoid(unit.gate(gate)));
    let of_h = unit.recurrent[2] + unit.bias[2];
    let n = functions.tanh(unit.input[2] + unit.bias[3] + r * of_h);
    let h = z * before[0] + (Uncertain::exact(1.0) - z) * n;
    (vec![h], vec![r, z, n, of_h])
}

fn slstm(unit: &Unit, before: &[Uncertain], functions: Functions) -> (Vec<Uncertain>, Vec<Uncertain>) {
    let [i, f] = [0, 1].map(|gate| unit.gate(gate));
    let (z, o) = (functions.tanh(unit.gate(2)), functions.sigmoid(unit.gate(3)));
    let [c, n, m] = [before[1], before[2], before[3]];
    let is_empty = n.value == 0.0;
    let kept = functions.log_sigmoid(f) + m;
    let next_m = if is_empty { i } else { i.max(kept) };
    let scaled_i = functions.exp(i - next_m);
    let scaled_f = if is_empty { Uncertain::exact(0.0) } else { functions.exp(kept - next_m) };
    let next_c = scaled_f * c + scaled_i * z;
    let next_n = (scaled_f * n + scaled_i).max(Uncertain::exact(1.0));
    (vec![o * next_c * next_n.reciprocal(), next_c, next_n, next_m], vec![i, f, z, o])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(cell: &str) -> Layer {
        let cell = Cell::find(cell).unwrap();
        Layer {
            cell,
            head_dim: 1,
            heads: 1,
            batch: 1,
            sequence: 1,
            is_reverse: false,
            clip: None,
            element: Element::Fp32,
        }
    }

    /// By hand: all gates are ln 3, so that each sigmoid is 3 / 4 and each tanh 4 / 5.
    #[test]
    fn one_step_by_hand() {
        let third = 3f64.ln();
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        let run = |cell: &str, initial: Option<&[f64]>, gates: usize, biases: usize| {
            let (input, weights, bias) = (vec![third; gates], vec![0.0; gates], vec![0.0; biases]);
            layer(cell).run(&Operands { input: &input, weights: &weights, bias: &bias, initial })
        };
        let lstm = run("lstm", Some(&[0.0, 2.0]), 4, 4);
        let c = 0.75 * 2.0 + 0.75 * 0.8;
        close(lstm.memory[0].value, c);
        close(lstm.hidden[0].value, 0.75 * c.tanh());
        let gru = run("gru", Some(&[0.5]), 3, 4);
        close(gru.hidden[0].value, 0.75 * 0.5 + 0.25 * 0.8);
        // Nothing stored yet: m = i, so that i' = 1, n = 1 and c = tanh(z).
        let first = run("slstm", None, 4, 4);
        close(first.hidden[0].value, 0.75 * 0.8);
        close(first.last[3].value, third);
        // With n = 2, c = 1, m = 4: log sigmoid(f) + m exceeds i, f' = 1.
        let later = run("slstm", Some(&[0.0, 1.0, 2.0, 4.0]), 4, 4);
        let m = 0.75f64.ln() + 4.0;
        let i = (third - m).exp();
        close(later.last[3].value, m);
        close(later.hidden[0].value, 0.75 * (1.0 + i * 0.8) / (2.0 + i));
        let elman = run("elman", None, 1, 1);
        close(elman.hidden[0].value, 0.8);
    }

    #[test]
    fn heads_and_sequences_keep_apart() {
        let layer = Layer { heads: 2, batch: 2, head_dim: 2, sequence: 2, clip: Some(0.25), ..layer("elman") };
        // R of head 0 passes unit 1 on to unit 0, that of head 1 nothing.
        let weights = [0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let mut input = vec![0.0; 16];
        input[1] = 0.1; // sequence 0, time 0, head 0, unit 1
        let outputs = layer.run(&Operands { input: &input, weights: &weights, bias: &[0.0; 4], initial: None });
        let seen: Vec<usize> = (0..16).filter(|&index| outputs.hidden[index].value != 0.0).collect();
        // It comes out itself, and a step later at unit 0, clipped.
        assert_eq!(seen, [1, 4]);
        assert!((outputs.hidden[4].value - 0.25).abs() < 1e-15);
    }
}
