//! Held against finite differences here, and against two other ways to differentiate: a tape of single operations, in the
//! folder, and `PyTorch`'s.

#![allow(clippy::float_cmp)] // What is compared so is exact, or the same.

mod against_tape;
mod by_hand;
mod in_reverse;
mod tape;
mod torch;

use super::*;
use crate::kernel::recurrent::{CELLS, Cell};
use crate::kernel::{Element, Random};

/// A layer, what goes into it, and the loss: the sum of all states that it returns, each times a weight.
#[derive(Clone, Debug)]
struct Example {
    layer: Layer,
    options: BackwardOptions,
    input: Vec<f64>,
    weights: Vec<f64>,
    bias: Vec<f64>,
    initial: Option<Vec<f64>>,
    of_hidden: Vec<f64>,
    of_memory: Vec<f64>,
    of_last: Vec<f64>,
}

/// Numbers of fp32 within ± `largest`.
fn spread(random: &mut Random, count: usize, largest: f64) -> Vec<f64> {
    (0..count).map(|_| Element::Fp32.round(largest * (2.0 * random.uniform() - 1.0))).collect()
}

impl Example {
    /// At random. Where slstm's initial states are given, n is at least `least_n`.
    fn draw(random: &mut Random, layer: Layer, is_started: bool, least_n: f64) -> Self {
        let (cell, row, units) = (layer.cell, layer.heads * layer.head_dim, layer.units());
        let timed = units * layer.sequence;
        let mut initial = spread(random, count(cell.states) * units, 1.0);
        if cell.name == "slstm" {
            initial[2 * units..3 * units].iter_mut().for_each(|n| *n = Element::Fp32.round(n.abs() + least_n));
        }
        Self {
            layer,
            options: BackwardOptions::default(),
            input: spread(random, timed * count(cell.gates), 2.0),
            weights: spread(random, count(cell.gates) * row * layer.head_dim, 1.0),
            bias: spread(random, count(cell.biases) * row, 0.5),
            initial: is_started.then_some(initial),
            of_hidden: spread(random, timed, 1.0),
            of_memory: spread(random, timed * count(cell.states - 1), 1.0),
            of_last: spread(random, units * count(cell.states), 1.0),
        }
    }

    fn operands(&self) -> Operands<'_> {
        Operands { input: &self.input, weights: &self.weights, bias: &self.bias, initial: self.initial.as_deref() }
    }

    fn loss(&self) -> f64 {
        let outputs = self.layer.run(&self.operands());
        let weighted = |states: &[Uncertain], weights: &[f64]| -> f64 {
            states.iter().zip(weights).map(|(state, weight)| state.value * weight).sum()
        };
        weighted(&outputs.hidden, &self.of_hidden)
            + weighted(&outputs.memory, &self.of_memory)
            + weighted(&outputs.last, &self.of_last)
    }

    /// From what the forward pass in double precision saves, all of it exact.
    fn gradients(&self) -> Gradients {
        let outputs = self.layer.run(&self.operands());
        let exact = |numbers: &[Uncertain]| numbers.iter().map(|number| Uncertain::exact(number.value)).collect();
        let saved: Vec<Uncertain> = exact(&outputs.saved);
        self.backward(&values(&outputs.hidden), &values(&outputs.memory), &saved)
    }

    fn backward(&self, hidden: &[f64], memory: &[f64], saved: &[Uncertain]) -> Gradients {
        let operands = BackwardOperands {
            weights: &self.weights,
            initial: self.initial.as_deref(),
            hidden,
            memory,
            saved,
            of_hidden: &self.of_hidden,
            of_memory: Some(&self.of_memory),
            of_last: Some(&self.of_last),
        };
        self.layer.backward(&operands, &self.options)
    }
}

fn values(numbers: &[Uncertain]) -> Vec<f64> {
    numbers.iter().map(|number| number.value).collect()
}

fn layer(cell: &'static Cell, [head_dim, heads, batch, sequence]: [usize; 4]) -> Layer {
    Layer { cell, head_dim, heads, batch, sequence, is_reverse: false, clip: None, element: Element::Fp32 }
}

/// Within 1e-6 of the largest.
fn assert_close(found: &[f64], expected: &[f64], about: &str) {
    assert_eq!(found.len(), expected.len(), "{about}");
    let scale = expected.iter().fold(1e-3, |scale: f64, value| scale.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 1e-6 * scale, "{about}[{index}]: {found}, not {expected}");
    }
}

/// By central differences.
fn numeric(example: &Example, part: fn(&mut Example) -> &mut Vec<f64>) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let loss = |index: usize, by: f64| {
        let mut moved = example.clone();
        part(&mut moved)[index] += by;
        moved.loss()
    };
    let many = part(&mut example.clone()).len();
    (0..many).map(|index| (loss(index, STEP) - loss(index, -STEP)) / (2.0 * STEP)).collect()
}

fn assert_as_differences(example: &Example) {
    let gradients = example.gradients();
    let name = example.layer.cell.name;
    assert_close(&values(&gradients.input), &numeric(example, |of| &mut of.input), &format!("{name} Wx"));
    assert_close(&values(&gradients.weights), &numeric(example, |of| &mut of.weights), &format!("{name} R"));
    assert_close(&values(&gradients.bias), &numeric(example, |of| &mut of.bias), &format!("{name} b"));
    if example.initial.is_some() {
        let expected = numeric(example, |of| of.initial.as_mut().unwrap());
        assert_close(&values(&gradients.initial), &expected, &format!("{name} initial"));
    }
}

#[test]
fn as_differences_have_it() {
    let mut random = Random::new(31);
    for cell in &CELLS {
        for is_started in [false, true] {
            for _ in 0..3 {
                let layer = layer(cell, [3, 2, 2, 4]);
                assert_as_differences(&Example::draw(&mut random, layer, is_started, 1.0));
            }
        }
    }
}

#[test]
fn as_differences_have_it_where_h_is_clipped() {
    let mut random = Random::new(32);
    for cell in &CELLS {
        for is_started in [false, true] {
            let layer = Layer { clip: Some(0.25), ..layer(cell, [3, 2, 2, 4]) };
            let example = Example::draw(&mut random, layer, is_started, 1.0);
            let hidden = layer.run(&example.operands()).hidden;
            let clipped = hidden.iter().filter(|h| layer.is_clipped(h.value)).count();
            assert!((5..hidden.len() - 5).contains(&clipped), "{}: {clipped} of {}", cell.name, hidden.len());
            assert_as_differences(&example);
        }
    }
}

/// Small initial n, so that n = max(f' n + i', 1) is often 1.
#[test]
fn as_differences_have_it_where_n_is_held_at_one() {
    let mut random = Random::new(33);
    let layer = layer(Cell::find("slstm").unwrap(), [2, 2, 3, 3]);
    let mut held = 0;
    for _ in 0..6 {
        let mut example = Example::draw(&mut random, layer, true, 0.01);
        // m so large that n' = n + i' with a small i'.
        let units = layer.units();
        example.initial.as_mut().unwrap()[3 * units..].iter_mut().for_each(|m| *m += 2.0);
        let is_one = |n: &&Uncertain| n.value == 1.0;
        let timed = units * layer.sequence;
        held += layer.run(&example.operands()).memory[timed..2 * timed].iter().filter(is_one).count();
        assert_as_differences(&example);
    }
    assert!(held > 10, "{held}");
}

/// The sum over sequences is what each has alone.
#[test]
fn sequences_add_up() {
    let mut random = Random::new(34);
    for cell in &CELLS {
        let both = Example::draw(&mut random, layer(cell, [2, 1, 2, 3]), false, 1.0);
        let part = |values: &[f64], outer: usize, sequence: usize| -> Vec<f64> {
            let many = values.len() / outer / 2;
            (0..outer).flat_map(|index| values[(2 * index + sequence) * many..][..many].to_vec()).collect()
        };
        let of = |sequence: usize| Example {
            layer: Layer { batch: 1, ..both.layer },
            input: part(&both.input, 1, sequence),
            of_hidden: part(&both.of_hidden, 1, sequence),
            of_memory: part(&both.of_memory, count(cell.states - 1).max(1), sequence),
            of_last: part(&both.of_last, count(cell.states), sequence),
            ..both.clone()
        };
        let sum = |one: &[Uncertain], other: &[Uncertain]| -> Vec<f64> {
            one.iter().zip(other).map(|(one, other)| one.value + other.value).collect()
        };
        let [first, second, both] = [of(0).gradients(), of(1).gradients(), both.gradients()];
        assert_close(&values(&both.input), &values(&[first.input, second.input].concat()), "Wx");
        assert_close(&values(&both.weights), &sum(&first.weights, &second.weights), "R");
        assert_close(&values(&both.bias), &sum(&first.bias, &second.bias), "b");
    }
}
