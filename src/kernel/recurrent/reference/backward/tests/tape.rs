//! Differentiation of single operations, written down as they are carried out, and the layer in terms of them.
//!
//! Nothing of the layer's own derivative is here. What a kernel rounds on its way back is, if asked for: every gradient to fp32,
//! and what enters a product to a factor of the matrix units.

use super::{BackwardOptions, Example, count};
use crate::kernel::Element;
use crate::kernel::recurrent::Cell;

/// A number on the tape.
#[derive(Clone, Copy)]
pub(super) struct Number {
    index: usize,
    value: f64,
}

/// What happens to a number's gradient before it goes on.
#[derive(Clone, Copy)]
enum On {
    AsIs,
    Within(f64),
    Nowhere,
    Factor,
}

struct Operation {
    /// Whom it read, and the derivative.
    read: Vec<(usize, f64)>,
    on: On,
}

pub(super) struct Tape {
    operations: Vec<Operation>,
    /// The kernel's type of operands, to round as it does.
    rounds_for: Option<Element>,
}

/// Gradients of what the layer reads, in the order of [`super::Gradients`].
pub(super) struct Found {
    pub(super) input: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) bias: Vec<f64>,
    pub(super) initial: Vec<f64>,
}

fn to_factor(value: f64, element: Element) -> f64 {
    if element != Element::Fp32 {
        return element.round(value);
    }
    // tf32: the upper 19 bits of fp32, to nearest.
    #[expect(clippy::cast_possible_truncation, reason = "fp32 before")]
    let bits = (value as f32).to_bits();
    f64::from(f32::from_bits((bits + 0x1000) & !0x1fff))
}

/// With its gradient; the second one's where they are equal.
fn larger(x: Number, y: Number) -> Number {
    if x.value > y.value { x } else { y }
}

impl Tape {
    fn write(&mut self, value: f64, read: Vec<(usize, f64)>, on: On) -> Number {
        self.operations.push(Operation { read, on });
        Number { index: self.operations.len() - 1, value }
    }

    fn given(&mut self, values: &[f64]) -> Vec<Number> {
        values.iter().map(|&value| self.write(value, Vec::new(), On::AsIs)).collect()
    }

    fn function(&mut self, x: Number, value: f64, slope: f64) -> Number {
        self.write(value, vec![(x.index, slope)], On::AsIs)
    }

    fn add(&mut self, x: Number, y: Number) -> Number {
        self.write(x.value + y.value, vec![(x.index, 1.0), (y.index, 1.0)], On::AsIs)
    }

    fn subtract(&mut self, x: Number, y: Number) -> Number {
        self.write(x.value - y.value, vec![(x.index, 1.0), (y.index, -1.0)], On::AsIs)
    }

    fn multiply(&mut self, x: Number, y: Number) -> Number {
        self.write(x.value * y.value, vec![(x.index, y.value), (y.index, x.value)], On::AsIs)
    }

    /// z x + (1 - z) y.
    fn mix(&mut self, z: Number, x: Number, y: Number) -> Number {
        let value = z.value * x.value + (1.0 - z.value) * y.value;
        let read = vec![(z.index, x.value - y.value), (x.index, z.value), (y.index, 1.0 - z.value)];
        self.write(value, read, On::AsIs)
    }

    fn exp(&mut self, x: Number) -> Number {
        self.function(x, x.value.exp(), x.value.exp())
    }

    fn tanh(&mut self, x: Number) -> Number {
        let value = x.value.tanh();
        self.function(x, value, 1.0 - value * value)
    }

    fn sigmoid(&mut self, x: Number) -> Number {
        let value = 1.0 / (1.0 + (-x.value).exp());
        self.function(x, value, value * (1.0 - value))
    }

    fn log_sigmoid(&mut self, x: Number) -> Number {
        self.function(x, -(-x.value).exp().ln_1p(), 1.0 / (1.0 + x.value.exp()))
    }

    fn within(&mut self, x: Number, clip: Option<f64>) -> Number {
        match clip {
            Some(clip) if x.value.abs() > clip => self.function(x, clip.copysign(x.value), 0.0),
            _ => x,
        }
    }

    /// R and h are of the operands' type, as they are given: rounded are fp32 factors, and the initial h.
    fn dot(&mut self, weights: &[Number], hidden: &[Number], is_first: bool) -> Number {
        let value = weights.iter().zip(hidden).map(|(weight, h)| weight.value * h.value).sum();
        let factor = |value: f64, is_rounded: bool| match self.rounds_for {
            Some(element) if is_rounded || element == Element::Fp32 => to_factor(value, element),
            _ => value,
        };
        let read = weights.iter().zip(hidden).flat_map(|(weight, h)| {
            [(weight.index, factor(h.value, is_first)), (h.index, factor(weight.value, false))]
        });
        let read = read.collect();
        self.write(value, read, On::Factor)
    }

    /// The gradient of each number, from that of some.
    fn back(&self, of: &[(Number, f64)]) -> Vec<f64> {
        #[expect(clippy::cast_possible_truncation, reason = "that is its sense")]
        let single = |value: f64| if self.rounds_for.is_some() { f64::from(value as f32) } else { value };
        let mut gradients = vec![0.0; self.operations.len()];
        for (number, gradient) in of {
            gradients[number.index] = single(gradients[number.index] + gradient);
        }
        for (index, operation) in self.operations.iter().enumerate().rev() {
            let gradient = match operation.on {
                On::AsIs => gradients[index],
                On::Within(limit) => gradients[index].clamp(-limit, limit),
                On::Nowhere => 0.0,
                On::Factor => self.rounds_for.map_or(gradients[index], |element| to_factor(gradients[index], element)),
            };
            for &(read, slope) in &operation.read {
                gradients[read] = single(gradients[read] + single(gradient * slope));
            }
        }
        gradients
    }
}

/// The states after a unit's step, h first, from R h, Wx and b of its gates and the states before.
fn step(tape: &mut Tape, cell: &Cell, gates: [&[Number]; 3], before: &[Number]) -> Vec<Number> {
    let [recurrent, input, bias] = gates;
    let gate = |tape: &mut Tape, index: usize| {
        let sum = tape.add(recurrent[index], input[index]);
        tape.add(sum, bias[index])
    };
    match cell.name {
        "elman" => {
            let sum = gate(tape, 0);
            vec![tape.tanh(sum)]
        }
        "lstm" => {
            let [i, f, z, o] = [0, 1, 2, 3].map(|index| gate(tape, index));
            let [i, f, z, o] = [tape.sigmoid(i), tape.sigmoid(f), tape.tanh(z), tape.sigmoid(o)];
            let (kept, new) = (tape.multiply(f, before[1]), tape.multiply(i, z));
            let c = tape.add(kept, new);
            let tanh_c = tape.tanh(c);
            vec![tape.multiply(o, tanh_c), c]
        }
        "gru" => {
            let [r, z] = [0, 1].map(|index| gate(tape, index));
            let [r, z] = [tape.sigmoid(r), tape.sigmoid(z)];
            let of_h = tape.add(recurrent[2], bias[2]);
            let (of_x, reset) = (tape.add(input[2], bias[3]), tape.multiply(r, of_h));
            let candidate = tape.add(of_x, reset);
            let n = tape.tanh(candidate);
            vec![tape.mix(z, before[0], n)]
        }
        "slstm" => {
            let gates = [0, 1, 2, 3].map(|index| gate(tape, index));
            slstm(tape, gates, before)
        }
        other => unreachable!("{other}"),
    }
}

fn slstm(tape: &mut Tape, [i, f, z, o]: [Number; 4], before: &[Number]) -> Vec<Number> {
    let [z, o] = [tape.tanh(z), tape.sigmoid(o)];
    let one = tape.given(&[1.0])[0];
    let (c, n, m) = if before[2].value == 0.0 {
        (z, one, i)
    } else {
        let log_f = tape.log_sigmoid(f);
        let kept = tape.add(log_f, before[3]);
        let m = larger(i, kept);
        let [i, f] = [i, kept].map(|exponent| {
            // exp(i - i) is 1, and its two gradients cancel: a kernel that rounds leaves them out.
            if tape.rounds_for.is_some() && exponent.index == m.index {
                return one;
            }
            let below = tape.subtract(exponent, m);
            tape.exp(below)
        });
        let (old, new) = (tape.multiply(f, before[1]), tape.multiply(i, z));
        let c = tape.add(old, new);
        let old = tape.multiply(f, before[2]);
        let sum = tape.add(old, i);
        (c, larger(sum, one), m)
    };
    let per_n = tape.function(n, 1.0 / n.value, -1.0 / (n.value * n.value));
    let open = tape.multiply(o, c);
    vec![tape.multiply(open, per_n), c, n, m]
}

/// The gradients of an example.
pub(super) fn gradients(example: &Example, rounds_for: Option<Element>) -> Found {
    let mut tape = Tape { operations: Vec::new(), rounds_for };
    let layer = example.layer;
    let (cell, row, units) = (layer.cell, layer.heads * layer.head_dim, layer.units());
    let states = count(cell.states);
    let input = tape.given(&example.input);
    let weights = tape.given(&example.weights);
    let bias = tape.given(&example.bias);
    let initial = tape.given(&example.initial.clone().unwrap_or(vec![0.0; states * units]));
    let BackwardOptions { gradient_clip, gradient_cut } = example.options;
    let mut before = initial.clone();
    let mut of = Vec::new();
    let mut times: Vec<usize> = (0..layer.sequence).collect();
    if layer.is_reverse {
        times.reverse();
    }
    for (step_index, &time) in times.iter().enumerate() {
        // What the step reads of h: behind the clip of its gradient, and, for R, behind the cut.
        let mut for_products = before[..units].to_vec();
        for (read, for_product) in before[..units].iter_mut().zip(&mut for_products) {
            if let Some(limit) = gradient_clip.filter(|_| step_index > 0) {
                *read = tape.write(read.value, vec![(read.index, 1.0)], On::Within(limit));
            }
            let on = if gradient_cut { On::Nowhere } else { On::AsIs };
            *for_product = tape.write(read.value, vec![(read.index, 1.0)], on);
        }
        let mut after = before.clone();
        for place in 0..units {
            let (sequence, column) = (place / row, place % row);
            let head = place / layer.head_dim * layer.head_dim;
            let hidden = &for_products[head..head + layer.head_dim];
            let gates = count(cell.gates);
            let recurrent: Vec<Number> = (0..gates)
                .map(|gate| {
                    tape.dot(
                        &weights[(gate * row + column) * layer.head_dim..][..layer.head_dim],
                        hidden,
                        step_index == 0,
                    )
                })
                .collect();
            let at = sequence * layer.sequence + time;
            let inputs: Vec<Number> = (0..gates).map(|gate| input[(at * gates + gate) * row + column]).collect();
            let biases: Vec<Number> = (0..count(cell.biases)).map(|index| bias[index * row + column]).collect();
            let own: Vec<Number> = (0..states).map(|state| before[state * units + place]).collect();
            let mut stepped = step(&mut tape, cell, [&recurrent, &inputs, &biases], &own);
            stepped[0] = tape.within(stepped[0], layer.clip);
            let timed = units * layer.sequence;
            for (state, number) in stepped.into_iter().enumerate() {
                after[state * units + place] = number;
                let from_outside = match state {
                    0 => example.of_hidden[at * row + column],
                    _ => example.of_memory[(state - 1) * timed + at * row + column],
                };
                of.push((number, from_outside));
            }
        }
        before = after;
    }
    of.extend(before.into_iter().zip(example.of_last.iter().copied()));
    let all = tape.back(&of);
    let gradient = |numbers: &[Number]| numbers.iter().map(|number| all[number.index]).collect();
    Found { input: gradient(&input), weights: gradient(&weights), bias: gradient(&bias), initial: gradient(&initial) }
}
