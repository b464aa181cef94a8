//! The backward pass of a layer that walks through time from its end to its beginning: it walks from the beginning to the end.

use super::mutants::check_mutant;
use super::{Layer, Program, check, is_usual, reference};
use crate::program::{WARNINGS, compiler_is_there, repository};
use crate::turned::{turned, turned_arrays};

/// As [`super::usual_layers`]: all ways to hand gradients over, head dimensions that divide nothing among them.
fn layers() -> Vec<Layer> {
    let block = ("variant", 0);
    let flags = ("variant", 1);
    let words = ("variant", 2);
    vec![
        Layer::new("lstm", "bf16", 64, &[block, ("warps_along_k", 1), ("batch_tiles", 1)]).clipped(),
        Layer::new("slstm", "bf16", 21, &[block, ("heads_per_block", 2)]).gradient_clipped(),
        Layer::new("elman", "fp16", 33, &[block, ("warps_along_k", 2)]).clipped().gradient_clipped(),
        Layer::new("gru", "bf16", 36, &[flags, ("warps_along_k", 1)]).gradient_clipped(),
        Layer::new("slstm", "fp32", 24, &[flags, ("warps_along_k", 3)]).clipped(),
        // Three parts of the batch, one after the other.
        Layer::new("slstm", "bf16", 24, &[flags, ("warps_along_k", 2), ("batch_tiles", 1), ("blocks_per_sm", 1)])
            .sms(4),
        Layer::new("lstm", "bf16", 100, &[words, ("warps_along_k", 4), ("groups_per_warp", 1)]),
        Layer::new("gru", "fp32", 40, &[words, ("warps_along_k", 2)]),
        Layer::new("gru", "fp16", 21, &[]).cut().gradient_clipped(),
        Layer::new("lstm", "fp32", 24, &[flags]).cut(),
        // Several parts of the gradient of R.
        Layer::new("gru", "fp16", 36, &[block]).steps(700).sms(9),
    ]
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
        Layer::new("lstm", "bf16", 24, &[("variant", 1), fixed[0], fixed[1], fixed[2]]).sms(5).heads(5),
        Layer::new("gru", "bf16", 21, &[("variant", 2), fixed[0], fixed[1], fixed[2]]).sms(2).heads(2),
    ] {
        let layer = layer.reverse();
        check(&layer, 2, |case| {
            assert!(case.sizes["heads"] > case.sizes["together"], "{layer} needs one launch only");
            is_usual(case)
        })
        .expect("a configuration");
    }
}

/// The same bits come out for arrays whose time runs backwards; of R and b about the same, as their sums over all steps run through time.
#[test]
fn reverse_is_forward_on_turned_arrays() {
    if !compiler_is_there() {
        return;
    }
    for layer in [
        Layer::new("lstm", "bf16", 24, &[("variant", 2), ("warps_along_k", 2)]),
        Layer::new("gru", "fp32", 21, &[("variant", 0)]),
    ] {
        let [forward, reverse] = [layer.clone(), layer.reverse()]
            .map(|layer| Program::compile(&layer, layer.solve(), &repository().join("src/kernel"), &WARNINGS));
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
                if output.name == "of_weights" {
                    let apart = ahead.iter().zip(&back).zip(&output.allowed);
                    assert!(apart.into_iter().all(|((ahead, back), allowed)| (ahead - back).abs() <= *allowed));
                } else {
                    let back = turned(output.name, &back, forward.instance(), case);
                    assert_eq!(ahead, back, "{} {}", output.name, case.about);
                }
            }
        }
    }
}

fn block(cell: &'static str) -> Layer {
    Layer::new(cell, "bf16", 24, &[("variant", 0), ("warps_along_k", 1), ("batch_tiles", 1)]).reverse()
}

#[test]
fn notices_an_order_that_is_not_kept() {
    let order = "is_reverse = CONSTRINT_RNN(ORDER_REVERSE) == 1;";
    check_mutant(&block("lstm"), "../config.cuh", order, "is_reverse = CONSTRINT_RNN(ORDER_REVERSE) == 2;", "numbers");
}

/// h of the step before in time, which the layer computes later; there is none before the first one.
#[test]
fn notices_the_wrong_neighbour_in_the_gradient_of_the_weights() {
    let (right, wrong) = ("((row - next_step) * row_stride_", "(device::maximum(row - 1, 0) * row_stride_");
    check_mutant(&block("lstm"), "weight_gradients.cuh", right, wrong, "numbers");
}

#[test]
fn notices_initial_states_at_the_wrong_end() {
    let (right, wrong) =
        ("arguments_.sequence == place_of_first_step(arguments_.sequence);", "arguments_.sequence == 0;");
    check_mutant(&block("lstm"), "weight_gradients.cuh", right, wrong, "out of bounds");
    let (right, wrong) =
        ("if (time == 0 && arguments_.initial", "if ((seldom_ & is_last_step) != 0 && arguments_.initial");
    check_mutant(&block("gru"), "gradients.cuh", right, wrong, "numbers");
}

#[test]
fn notices_states_of_the_wrong_neighbour() {
    for (cell, states) in [("lstm", "memory"), ("gru", "hidden")] {
        let right = format!("arguments_.{states} + (here - next_step * row_stride_)");
        let wrong = format!("arguments_.{states} + (here - row_stride_)");
        check_mutant(&block(cell), "gradients.cuh", &right, &wrong, "out of bounds");
    }
}

#[test]
fn notices_steps_in_the_wrong_direction() {
    let (right, wrong) = ("stored_ -= next_step * row_stride_", "stored_ -= row_stride_");
    check_mutant(&block("lstm"), "gradients.cuh", right, wrong, "out of bounds");
    let (right, wrong) =
        ("asked_ -= next_step * row_stride_;\n        stored_", "asked_ -= row_stride_;\n        stored_");
    check_mutant(&block("lstm"), "gradients.cuh", right, wrong, "out of bounds");
    let (right, wrong) = ("last - next_step * steps_ahead", "last - steps_ahead");
    check_mutant(&block("lstm"), "prefetch.cuh", right, wrong, "out of bounds: prefetch");
    let (right, wrong) = ("place_of_last_step(arguments.sequence)", "arguments.sequence - 1");
    check_mutant(&block("lstm"), "gradients.cuh", right, wrong, "out of bounds");
}
