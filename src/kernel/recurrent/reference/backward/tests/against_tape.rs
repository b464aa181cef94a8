//! Against differentiation of single operations, options and rounding included.

use super::{Example, layer, values};
use super::{tape, tape::Found};
use crate::kernel::recurrent::reference::{BackwardOptions, Gradients, Layer, Uncertain};
use crate::kernel::recurrent::{CELLS, Cell};
use crate::kernel::{Element, Random};
use proptest::prelude::*;

/// A small layer of any cell, with options or without.
fn example() -> impl Strategy<Value = Example> {
    let sizes = [1usize..5, 1..3, 1..4, 1..6];
    let options = (prop::option::of(0.05f64..1.0), any::<bool>(), prop::option::of(0.1f64..0.9));
    let start = (any::<bool>(), prop::sample::select(vec![0.01, 1.0]), any::<bool>());
    (0..CELLS.len(), sizes, options, start, any::<u64>()).prop_map(|(cell, sizes, options, start, seed)| {
        let layer = Layer { clip: options.2, is_reverse: start.2, ..layer(&CELLS[cell], sizes) };
        let drawn = Example::draw(&mut Random::new(seed), layer, start.0, start.1);
        Example { options: BackwardOptions { gradient_clip: options.0, gradient_cut: options.1 }, ..drawn }
    })
}

/// The clip as the kernel has it: of the element type.
fn of_element(example: &Example, element: Element) -> Example {
    let clip = example.layer.clip.map(|clip| element.round(clip));
    Example { layer: Layer { clip, element, ..example.layer }, ..example.clone() }
}

fn pairs<'a>(gradients: &'a Gradients, found: &'a Found) -> [(&'static str, &'a [Uncertain], &'a [f64]); 4] {
    [
        ("Wx", &gradients.input, &found.input),
        ("R", &gradients.weights, &found.weights),
        ("b", &gradients.bias, &found.bias),
        ("initial", &gradients.initial, &found.initial),
    ]
}

/// The most that a kernel which rounds is off by, in what `unit` says of an expected number and the type it is stored in.
fn worst(example: &Example, element: Element, unit: impl Fn(&Uncertain, Element) -> f64) -> f64 {
    let example = of_element(example, element);
    let (gradients, found) = (example.gradients(), tape::gradients(&example, Some(element)));
    let mut worst: f64 = 0.0;
    for (name, expected, found) in pairs(&gradients, &found) {
        let stored = if name == "Wx" { element } else { Element::Fp32 };
        for (expected, &found) in expected.iter().zip(found) {
            worst = worst.max((stored.round(found) - expected.value).abs() / unit(expected, stored));
        }
    }
    worst
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn as_the_tape_has_it(example in example()) {
        let example = of_element(&example, Element::Fp32);
        let (gradients, found) = (example.gradients(), tape::gradients(&example, None));
        for (name, expected, found) in pairs(&gradients, &found) {
            prop_assert_eq!(expected.len(), found.len());
            let scale = found.iter().fold(1.0, |scale: f64, value| scale.max(value.abs()));
            for (expected, found) in expected.iter().zip(found) {
                prop_assert!((expected.value - found).abs() < 1e-10 * scale, "{}: {:?} {}", name, expected, found);
            }
        }
    }

    #[test]
    fn a_kernel_that_rounds_is_within_its_bounds(example in example()) {
        for element in [Element::Bf16, Element::Fp16, Element::Fp32] {
            let off = worst(&example, element, Uncertain::tolerance);
            prop_assert!(off <= 1.0, "{:?}: {} times what is allowed", element, off);
        }
    }
}

/// Deviations are those of rounding, not many times as large; also after many steps. Beside them, the half unit in the last place
/// of what is stored.
#[test]
fn deviations_are_what_rounding_does() {
    let in_deviations = |expected: &Uncertain, stored: Element| {
        let half_unit = Uncertain { deviation: 0.0, ..*expected }.tolerance(stored);
        expected.deviation + half_unit
    };
    let mut random = Random::new(5);
    for cell in &CELLS {
        for element in [Element::Bf16, Element::Fp16, Element::Fp32] {
            let long = layer(cell, [12, 1, 3, 20]);
            let off: Vec<f64> =
                (0..4).map(|_| worst(&Example::draw(&mut random, long, true, 1.0), element, in_deviations)).collect();
            assert!(off.iter().all(|off| (1.0..4.5).contains(off)), "{} {element:?}: {off:?}", cell.name);
        }
    }
}

/// The last step knows nothing of clip and cut; a clip that nothing reaches changes no bit.
#[test]
fn clip_and_cut_act_between_steps() {
    let mut random = Random::new(7);
    for cell in &CELLS {
        let example = Example::draw(&mut random, layer(cell, [3, 1, 1, 3]), true, 1.0);
        let with = |gradient_clip: Option<f64>, gradient_cut: bool| {
            Example { options: BackwardOptions { gradient_clip, gradient_cut }, ..example.clone() }.gradients()
        };
        let plain = with(None, false);
        let step = plain.input.len() / 3;
        for other in [with(Some(1e-3), false), with(None, true)] {
            assert_eq!(plain.input[2 * step..], other.input[2 * step..], "{}", cell.name);
            assert!((0..2 * step).all(|at| plain.input[at] != other.input[at]), "{}", cell.name);
        }
        let wide = with(Some(1e9), false);
        assert_eq!((&plain.input, &plain.weights, &plain.initial), (&wide.input, &wide.weights, &wide.initial));
        let cut = values(&with(None, true).initial);
        let is_gone = cut[..3].iter().all(|&h| h == 0.0);
        assert_eq!(is_gone, cell.name != "gru", "{}: {cut:?}", cell.name);
    }
}

/// The clip holds what a step hands on, not what the first one returns.
#[test]
fn the_gradient_of_initial_states_is_not_clipped() {
    let mut random = Random::new(8);
    let elman = Cell::find("elman").unwrap();
    let mut example = Example::draw(&mut random, layer(elman, [1, 1, 1, 1]), true, 1.0);
    example.weights = vec![8.0];
    let plain = example.gradients().initial[0].value;
    example.options.gradient_clip = Some(plain.abs() / 4.0);
    assert_eq!(example.gradients().initial[0].value, plain);
}
