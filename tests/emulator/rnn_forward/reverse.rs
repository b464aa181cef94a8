//! The forward pass through time from its end to its beginning.

use super::mutants::{block, check_mutant, words};
use super::{Layer, Program, check, reference};
use crate::program::{WARNINGS, compiler_is_there, repository};
use crate::turned::{turned, turned_arrays};
use constrint::kernel::Case;

/// As [`super::usual_layers`]: all ways to hand h over and all ways to copy Wx, head dimensions that divide nothing among them.
fn layers() -> Vec<Layer> {
    let block = ("variant", 0);
    let flags = ("variant", 1);
    let words = ("variant", 2);
    vec![
        Layer::new("lstm", "bf16", 64, &[block, ("warps_along_k", 1)]).training(),
        Layer::new("slstm", "fp16", 21, &[block, ("heads_per_block", 2)]).training().clipped(),
        Layer::new("gru", "fp32", 33, &[block, ("warps_along_k", 1)]),
        Layer::new("gru", "bf16", 36, &[flags, ("warps_along_k", 1)]).training(),
        Layer::new("lstm", "fp32", 100, &[flags, ("batch_tiles", 2)]).clipped(),
        // Three parts of the batch, one after the other.
        Layer::new("slstm", "bf16", 24, &[flags, ("warps_along_k", 2), ("batch_tiles", 1), ("blocks_per_sm", 1)])
            .sms(6),
        Layer::new("lstm", "bf16", 100, &[words, ("warps_along_k", 4), ("groups_per_warp", 1)]).training(),
        Layer::new("gru", "fp32", 64, &[words, ("warps_along_k", 2), ("batch_tiles", 2)]),
        Layer::new("elman", "bf16", 41, &[words, ("warps_along_k", 2)]).training(),
    ]
}

/// A full and a cut-off block, one step and several, with and without initial states.
fn is_usual(case: &Case) -> bool {
    [(17, 2), (3, 9), (8, 1)].contains(&(case.sizes["batch"], case.sizes["sequence"]))
}

#[test]
fn layers_in_reverse_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
    for layer in layers() {
        let worst = check(&layer.reverse(), 2, is_usual).expect("a configuration");
        assert!(worst > 0.0, "rounding leaves a trace");
    }
}

#[test]
fn heads_beyond_a_launch_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
    let fixed = [("warps_along_units", 1), ("groups_per_warp", 1), ("blocks_per_sm", 1)];
    for layer in [
        Layer::new("lstm", "bf16", 24, &[("variant", 1), fixed[0], fixed[1], fixed[2]]).training().sms(7).heads(5),
        Layer::new("gru", "fp16", 21, &[("variant", 2), fixed[0], fixed[1], fixed[2]]).sms(2).heads(2),
    ] {
        let layer = layer.reverse();
        check(&layer, 2, |case| {
            assert!(case.sizes["heads"] > case.sizes["together"], "{layer} needs one launch only");
            is_usual(case)
        })
        .expect("a configuration");
    }
}

/// The same bits come out for inputs whose time runs backwards.
#[test]
fn reverse_is_forward_on_turned_arrays() {
    if !compiler_is_there() {
        return;
    }
    for layer in [
        Layer::new("lstm", "bf16", 24, &[("variant", 2), ("warps_along_k", 2)]).training(),
        Layer::new("gru", "fp32", 21, &[("variant", 0)]).training(),
    ] {
        let [forward, reverse] = [layer.clone(), layer.reverse()]
            .map(|layer| Program::compile(layer.solve(), &repository().join("src/kernel"), &WARNINGS));
        assert_eq!(forward.answer.configs[0].values, reverse.answer.configs[0].values, "one choice of tiles for both");
        for case in forward.cases().iter().filter(|case| is_usual(case)) {
            let inputs = forward.inputs(case);
            forward.write(&inputs);
            forward.run_driver(case, 1).unwrap();
            reverse.write(&turned_arrays(&inputs, forward.instance(), case));
            reverse.run_driver(case, 1).unwrap();
            for output in reference().expected(forward.instance(), case, &inputs) {
                let [ahead, back] =
                    [&forward, &reverse].map(|program| output.element.decode(&program.read(output.name)).unwrap());
                assert_eq!(
                    ahead,
                    turned(output.name, &back, forward.instance(), case),
                    "{} {}",
                    output.name,
                    case.about
                );
            }
        }
    }
}

#[test]
fn notices_an_order_that_is_not_kept() {
    let order = "is_reverse = CONSTRINT_RNN(ORDER_REVERSE) == 1;";
    for layer in [words(), block().training()] {
        check_mutant(
            &layer.reverse(),
            "../config.cuh",
            order,
            "is_reverse = CONSTRINT_RNN(ORDER_REVERSE) == 2;",
            "numbers",
        );
    }
}

#[test]
fn notices_inputs_from_the_wrong_end() {
    let (right, wrong) = ("arguments_.sequence + place_of_first_step(arguments_.sequence)", "arguments_.sequence");
    check_mutant(&words().reverse(), "input_ring.cuh", right, wrong, "out of bounds");
}

#[test]
fn notices_inputs_of_the_step_before() {
    let (right, wrong) = ("? next_step * step_bytes_", "? -next_step * step_bytes_");
    check_mutant(&words().reverse(), "input_ring.cuh", right, wrong, "out of bounds");
    // Inputs that go through registers, and stay where they are.
    let layer = Layer::new("gru", "bf16", 21, &[("variant", 0)]);
    check_mutant(&layer.reverse(), "input_ring.cuh", right, "? 0 * step_bytes_", "numbers");
}

#[test]
fn notices_outputs_in_the_wrong_place() {
    let (right, wrong) = ("outputs_[kept] += next_step * sequence_stride_;", "outputs_[kept] += sequence_stride_;");
    check_mutant(&words().reverse(), "pointwise.cuh", right, wrong, "out of bounds");
    let (right, wrong) =
        ("arguments.sequence + place_of_first_step(arguments.sequence)", "arguments.sequence + arguments.sequence / 2");
    check_mutant(&words().reverse(), "pointwise.cuh", right, wrong, "out of bounds");
}
