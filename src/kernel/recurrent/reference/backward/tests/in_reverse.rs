//! A layer in reverse is the layer on arrays whose time runs backwards.

use super::{Example, assert_as_differences, layer, values};
use crate::kernel::Random;
use crate::kernel::recurrent::CELLS;
use crate::kernel::recurrent::reference::{BackwardOptions, Layer, Uncertain};

const STEPS: usize = 4;
const SEQUENCES: usize = 3;

/// Two steps of time in each other's place, all of them so, in each sequence of each of the array's parts [parts, B, T, …].
fn turned<T: Copy>(values: &[T], parts: usize) -> Vec<T> {
    let Some(row) = values.len().checked_div(parts * SEQUENCES * STEPS).filter(|&row| row > 0) else {
        return Vec::new();
    };
    values.chunks(STEPS * row).flat_map(|steps| steps.chunks(row).rev().flatten().copied()).collect()
}

/// The same layer the other way round.
fn turned_example(example: &Example) -> Example {
    let states = example.of_memory.len() / example.of_hidden.len();
    Example {
        layer: Layer { is_reverse: !example.layer.is_reverse, ..example.layer },
        input: turned(&example.input, 1),
        of_hidden: turned(&example.of_hidden, 1),
        of_memory: turned(&example.of_memory, states),
        ..example.clone()
    }
}

fn bits(numbers: &[Uncertain]) -> Vec<(u64, u64)> {
    numbers.iter().map(|number| (number.value.to_bits(), number.deviation.to_bits())).collect()
}

#[test]
fn reverse_is_forward_on_turned_arrays() {
    let mut random = Random::new(61);
    for cell in &CELLS {
        for is_started in [false, true] {
            let forward = Layer { clip: Some(0.5), ..layer(cell, [3, 2, SEQUENCES, STEPS]) };
            let options = BackwardOptions { gradient_clip: Some(0.25), gradient_cut: false };
            let forward = Example { options, ..Example::draw(&mut random, forward, is_started, 1.0) };
            let reverse = turned_example(&forward);
            let [ahead, back] = [&forward, &reverse].map(|example| example.layer.run(&example.operands()));
            let memories = ahead.memory.len() / ahead.hidden.len();
            let saved = ahead.saved.len() / ahead.hidden.len();
            assert_eq!(bits(&ahead.hidden), bits(&turned(&back.hidden, 1)), "{}", cell.name);
            assert_eq!(bits(&ahead.memory), bits(&turned(&back.memory, memories)), "{}", cell.name);
            assert_eq!(bits(&ahead.saved), bits(&turned(&back.saved, saved)), "{}", cell.name);
            assert_eq!(bits(&ahead.last), bits(&back.last), "{}", cell.name);
            assert_ne!(bits(&ahead.hidden), bits(&back.hidden), "{}", cell.name);
            let again = reverse.layer.saved(&reverse.operands(), &values(&back.hidden));
            assert_eq!(values(&again), values(&back.saved), "{}", cell.name);

            let [ahead, back] = [forward.gradients(), reverse.gradients()];
            assert_eq!(bits(&ahead.input), bits(&turned(&back.input, 1)), "{}", cell.name);
            assert_eq!(bits(&ahead.initial), bits(&back.initial), "{}", cell.name);
            // The sums over all steps, too, are in the order of computation.
            assert_eq!(bits(&ahead.weights), bits(&back.weights), "{}", cell.name);
            assert_eq!(bits(&ahead.bias), bits(&back.bias), "{}", cell.name);
        }
    }
}

#[test]
fn as_differences_have_it_in_reverse() {
    let mut random = Random::new(62);
    for cell in &CELLS {
        for clip in [None, Some(0.25)] {
            let layer = Layer { clip, is_reverse: true, ..layer(cell, [3, 2, 2, 4]) };
            assert_as_differences(&Example::draw(&mut random, layer, true, 1.0));
        }
    }
}
