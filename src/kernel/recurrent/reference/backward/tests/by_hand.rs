//! Where the derivative is a choice, and what forward saves, computed again.

use super::{Example, layer, values};
use crate::kernel::recurrent::reference::{BackwardOperands, BackwardOptions, Gradients, Layer, Operands, Uncertain};
use crate::kernel::recurrent::{CELLS, Cell};
use crate::kernel::{Element, Random};

/// One unit and step of slstm with R = 0, from the states h, c, n, m; the loss is the given one of the states after.
fn slstm(gates: [f64; 4], initial: [f64; 4], loss: usize) -> Gradients {
    let layer = layer(Cell::find("slstm").unwrap(), [1, 1, 1, 1]);
    let operands = Operands { input: &gates, weights: &[0.0; 4], bias: &[0.0; 4], initial: Some(&initial) };
    let outputs = layer.run(&operands);
    let saved: Vec<Uncertain> = values(&outputs.saved).into_iter().map(Uncertain::exact).collect();
    let mut of_last = [0.0; 4];
    of_last[loss] = 1.0;
    let operands = BackwardOperands {
        weights: &[0.0; 4],
        initial: Some(&initial),
        hidden: &values(&outputs.hidden),
        memory: &values(&outputs.memory),
        saved: &saved,
        of_hidden: &[0.0],
        of_memory: None,
        of_last: Some(&of_last),
    };
    layer.backward(&operands, &BackwardOptions::default())
}

const N: usize = 2;
const M: usize = 3;

/// n stays at 1 where i' vanishes: upwards it would follow, and that is what counts.
#[test]
fn n_passes_its_gradient_from_one_on() {
    let of_n = |n: f64| slstm([-900.0, 0.0, 0.5, 0.5], [0.0, 0.5, n, 4.0], N).initial[N].value;
    assert_eq!([of_n(1.5), of_n(1.0), of_n(0.5)], [1.0, 1.0, 0.0]);
}

/// Nothing is stored: n becomes 1 and m becomes i, whatever the states are.
#[test]
fn an_empty_memory_has_no_gradient() {
    for loss in [0, 1, N, M] {
        let gradients = slstm([0.5, 0.25, 0.5, 0.5], [0.0, 0.5, 0.0, 4.0], loss);
        assert_eq!(values(&gradients.initial), [0.0; 4], "{loss}");
        assert_eq!(gradients.input[0].value, if loss == M { 1.0 } else { 0.0 }, "{loss}");
    }
}

/// Where i and log sigmoid(f) + m are equal, the latter gives m; what i would get is within the bounds.
#[test]
fn at_a_tie_both_sides_are_within_the_bounds() {
    let tie = 2.0 + 0.5f64.ln();
    let parts = |gradients: &Gradients| [gradients.input[0], gradients.input[1], gradients.initial[M]];
    for loss in [1, N, M] {
        let at = |i: f64| parts(&slstm([i, 0.0, 0.5, 0.5], [0.0, 0.5, 1.5, 2.0], loss));
        let [below, tied, above] = [at(tie - 1e-9), at(tie), at(tie + 1e-9)];
        for part in 0..3 {
            assert!((tied[part].value - below[part].value).abs() < 1e-6, "{loss} {part}");
            for (one, other) in [(above, below), (below, above)] {
                let tolerance = one[part].tolerance(Element::Fp32);
                assert!((one[part].value - other[part].value).abs() <= tolerance, "{loss} {part}: {one:?} {other:?}");
            }
        }
    }
    // And they are two: m follows i or m.
    let of_m = |i: f64| values(&parts(&slstm([i, 0.0, 0.5, 0.5], [0.0, 0.5, 1.5, 2.0], M)));
    assert_eq!([of_m(tie - 1e-3), of_m(tie + 1e-3)], [vec![0.0, 0.5, 1.0], vec![1.0, 0.0, 0.0]]);
    // Away from the tie they are apart by more than the bounds.
    let [below, above] = [tie - 1e-3, tie + 1e-3].map(|i| slstm([i, 0.0, 0.5, 0.5], [0.0, 0.5, 1.5, 2.0], M));
    assert!(below.input[0].tolerance(Element::Fp32) < 1e-3 && above.input[0].tolerance(Element::Fp32) < 1e-3);
}

/// What forward saves follows from h of the step before, and is not exact.
#[test]
fn saved_values_are_found_again() {
    let mut random = Random::new(41);
    for cell in CELLS.iter().filter(|cell| cell.saved > 0) {
        for is_started in [false, true] {
            let layer = Layer { element: Element::Bf16, clip: Some(0.5), ..layer(cell, [3, 2, 2, 3]) };
            let example = Example::draw(&mut random, layer, is_started, 1.0);
            let outputs = layer.run(&example.operands());
            let mut hidden = values(&outputs.hidden);
            let again = layer.saved(&example.operands(), &hidden);
            assert_eq!(values(&again), values(&outputs.saved), "{}", cell.name);
            assert!(again.iter().all(|value| value.deviation > 0.0));
            // The bounds of what follows from them are wider.
            let exact: Vec<Uncertain> = values(&again).into_iter().map(Uncertain::exact).collect();
            let memory = values(&outputs.memory);
            let [from_exact, from_again] = [&exact, &again].map(|saved| example.backward(&hidden, &memory, saved));
            assert_eq!(values(&from_exact.input), values(&from_again.input));
            let wider = |(exact, again): (&Uncertain, &Uncertain)| exact.deviation <= again.deviation;
            assert!(from_exact.input.iter().zip(&from_again.input).all(wider), "{}", cell.name);
            // Of head 0 of sequence 1, h after the first step is read by the second step, and by none else.
            let (row, timed) = (6, 2 * 3 * 6);
            hidden[3 * row] += 0.25;
            let moved = layer.saved(&example.operands(), &hidden);
            let changed: Vec<usize> = (0..timed).filter(|&at| moved[at].value != again[at].value).collect();
            assert_eq!(changed, [4 * row, 4 * row + 1, 4 * row + 2], "{}", cell.name);
        }
    }
}

/// The stored h decides, with the clip as the element type has it: 0.7 is 0.69921875 in bf16, and 0.6953125 comes before.
#[test]
fn a_unit_at_the_rounded_clip_passes_nothing() {
    let elman = layer(Cell::find("elman").unwrap(), [1, 1, 1, 1]);
    let layer = Layer { clip: Some(0.7), element: Element::Bf16, ..elman };
    for (h, slope) in [(0.699_218_75, 0.0), (-0.699_218_75, 0.0), (0.695_312_5, 1.0 - 0.695_312_5 * 0.695_312_5)] {
        let operands = BackwardOperands {
            weights: &[0.5],
            initial: None,
            hidden: &[h],
            memory: &[],
            saved: &[],
            of_hidden: &[1.0],
            of_memory: None,
            of_last: None,
        };
        let gradients = layer.backward(&operands, &BackwardOptions::default());
        assert_eq!(gradients.input[0].value, slope, "{h}");
    }
}

/// Two factors of R's gradient are rounded at the first step, as the initial h is fp32, and one at the others.
#[test]
fn the_initial_h_is_rounded_for_products() {
    let elman = Layer { element: Element::Bf16, ..layer(Cell::find("elman").unwrap(), [1, 1, 1, 2]) };
    let roundings = |of_hidden: &[f64]| {
        let operands = BackwardOperands {
            weights: &[0.5],
            initial: Some(&[0.7]),
            hidden: &[0.5, 0.25],
            memory: &[],
            saved: &[],
            of_hidden,
            of_memory: None,
            of_last: None,
        };
        let options = BackwardOptions { gradient_cut: true, ..BackwardOptions::default() };
        let gradient = elman.backward(&operands, &options).weights[0];
        // Evenly spread within ± 2^-8 of the number.
        (gradient.deviation / gradient.value * 256.0).powi(2) * 3.0
    };
    let [at_first, at_second] = [roundings(&[1.0, 0.0]), roundings(&[0.0, 1.0])];
    assert!((at_first - 2.0).abs() < 0.01 && (at_second - 1.0).abs() < 0.01, "{at_first} {at_second}");
}

#[test]
#[should_panic(expected = "gradient of h")]
fn shapes_are_checked() {
    let layer = layer(Cell::find("elman").unwrap(), [1, 1, 1, 2]);
    let operands = BackwardOperands {
        weights: &[0.5],
        initial: None,
        hidden: &[0.0; 2],
        memory: &[],
        saved: &[],
        of_hidden: &[0.0],
        of_memory: None,
        of_last: None,
    };
    layer.backward(&operands, &BackwardOptions::default());
}
