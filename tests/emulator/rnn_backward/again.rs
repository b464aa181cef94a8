//! Saved values that the backward pass computes again: they, and all gradients that follow from them, against the reference.

use super::{Layer, check};
use crate::program::compiler_is_there;
use std::cell::RefCell;
use std::collections::BTreeSet;

const AGAIN: (&str, i64) = ("recompute", 1);

/// All cells that save something, all types, all variants; head dimensions of one tile of units and several, of one chunk of old
/// units and several, in whole vectors and one by one; in both orders of time.
fn layers() -> Vec<Layer> {
    let [block, flags, words] = [0, 1, 2].map(|variant| ("variant", variant));
    vec![
        Layer::new("lstm", "bf16", 64, &[AGAIN, block, ("warps_along_k", 1)]),
        Layer::new("lstm", "fp16", 100, &[AGAIN, flags]).clipped(),
        Layer::new("lstm", "fp32", 24, &[AGAIN, block]).cut(),
        Layer::new("gru", "bf16", 24, &[AGAIN, flags]).clipped().gradient_clipped(),
        Layer::new("gru", "fp16", 21, &[AGAIN]),
        Layer::new("gru", "fp32", 40, &[AGAIN, words, ("warps_along_k", 2)]),
        Layer::new("slstm", "bf16", 40, &[AGAIN, words]).gradient_clipped(),
        Layer::new("slstm", "fp16", 5, &[AGAIN, block, ("heads_per_block", 2)]).clipped(),
        Layer::new("slstm", "fp32", 33, &[AGAIN, flags]),
        Layer::new("lstm", "bf16", 16, &[AGAIN, block]),
        Layer::new("lstm", "fp32", 40, &[AGAIN, words, ("warps_along_k", 2)]).reverse(),
        Layer::new("gru", "bf16", 21, &[AGAIN]).reverse().clipped(),
        Layer::new("slstm", "fp16", 36, &[AGAIN, block]).reverse(),
    ]
}

/// Rows of several blocks, the last of them not full, and fewer rows than a block has; with and without initial states.
#[test]
fn saved_values_computed_again_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
    let starts = RefCell::new(BTreeSet::new());
    for layer in layers() {
        let worst = check(&layer, 2, |case| {
            let is_usual = [(17, 9), (17, 2), (8, 9), (3, 9), (8, 1)];
            let is_usual = is_usual.contains(&(case.sizes["batch"], case.sizes["sequence"]));
            assert_eq!(case.sizes["recompute"], 1);
            if is_usual {
                starts.borrow_mut().insert(case.sizes["initial"]);
            }
            is_usual
        });
        assert!(worst.expect("a configuration") > 0.0, "rounding leaves a trace");
    }
    assert_eq!(starts.into_inner(), BTreeSet::from([0, 1]));
}

/// Several heads and launches: the values of all heads come before the first of them.
#[test]
fn saved_values_of_heads_beyond_a_launch_are_computed_again() {
    if !compiler_is_there() {
        return;
    }
    let fixed = [AGAIN, ("variant", 1), ("warps_along_units", 1), ("groups_per_warp", 1), ("blocks_per_sm", 1)];
    let layer = Layer::new("gru", "bf16", 24, &fixed).sms(5).heads(5);
    check(&layer, 2, |case| {
        assert!(case.sizes["heads"] > case.sizes["together"], "{layer} needs one launch only");
        [(17, 2), (3, 9)].contains(&(case.sizes["batch"], case.sizes["sequence"]))
    })
    .expect("a configuration");
}
