//! Mutants of the forward pass: each breaks the kernel on purpose, and is noticed.

use super::{Layer, Program};
use crate::program::{assert_noticed, compiler_is_there, copy_folder, mutated, repository};
use tempfile::TempDir;

/// A change that breaks the kernel is noticed: by the emulator, with a word in what it says (or another, behind a bar), or by the
/// numbers.
pub(super) fn check_mutant(layer: &Layer, file: &str, from: &str, to: &str, word: &str) {
    if !compiler_is_there() {
        return;
    }
    let folder = mutated("forward", file, from, to);
    // Compiled once for a run or two: what takes longest is the compiler.
    let program = Program::compile(layer.solve(), folder.path(), &["-O0"]);
    let cases = program.cases();
    let case = cases.iter().find(|case| case.sizes["batch"] == 3 && case.sizes["sequence"] == 9).unwrap();
    assert_noticed(program.run(case, 3), word);
}

pub(super) fn block() -> Layer {
    Layer::new("lstm", "bf16", 24, &[("variant", 0), ("warps_along_k", 1), ("warps_along_units", 3), ("stages", 3)])
}

fn grid() -> Layer {
    Layer::new("lstm", "bf16", 24, &[("variant", 1), ("warps_along_k", 2), ("stages", 3)])
}

#[test]
fn notices_a_missing_barrier_at_the_end_of_a_step() {
    let end = "inputs.turn();\n            inputs.wait();\n            device::block_barrier();";
    let without = "inputs.turn();\n            inputs.wait();";
    // The thread that runs ahead meets h, or the inputs on their way to another thread's part of the stage.
    check_mutant(&block(), "rnn_forward.cu", end, without, "race|missing wait");
}

#[test]
fn notices_a_missing_wait_for_the_inputs() {
    check_mutant(&block(), "input_ring.cuh", "device::wait_async_copies<stages - 2>();", "", "wait");
}

#[test]
fn notices_a_flag_that_is_not_waited_for() {
    check_mutant(&grid(), "rnn_forward.cu", "hidden.wait();", "", "");
}

#[test]
fn notices_the_flag_of_the_step_before() {
    let (now, before) = ("(flags, count_);", "(flags, count_ - 1);");
    check_mutant(&grid(), "hidden_in_grid.cuh", now, before, "");
}

/// The stage that is copied to is the one that the step before has read.
#[test]
fn notices_copies_into_a_stage_that_is_read() {
    let (right, wrong) = ("copy(write_ + destination(piece(pass))", "copy(behind(write_) + destination(piece(pass))");
    check_mutant(&grid(), "input_ring.cuh", right, wrong, "race|missing wait");
}

pub(super) fn words() -> Layer {
    Layer::new("lstm", "bf16", 24, &[("variant", 2), ("warps_along_k", 2), ("stages", 3)])
}

#[test]
fn notices_words_of_the_step_before() {
    check_mutant(
        &words(),
        "hidden_in_words.cuh",
        "is_written, count_ << shift,",
        "is_written, (count_ - 2) << shift,",
        "numbers",
    );
}

/// A word has room for 16 bits of its step's number, beside tf32 for 13: they begin anew without harm, as three do after eight steps.
#[test]
fn the_numbers_of_words_may_begin_anew() {
    if !compiler_is_there() {
        return;
    }
    let folder = TempDir::new().unwrap();
    copy_folder(&repository().join("src/kernel"), folder.path());
    let path = folder.path().join("recurrent/hidden_in_words.cuh");
    let (text, room) = (std::fs::read_to_string(&path).unwrap(), "shift = sizeof(factor) == 2 ? 16 : 19;");
    assert_eq!(text.matches(room).count(), 1);
    std::fs::write(&path, text.replace(room, "shift = 29;")).unwrap();
    for dtype in ["bf16", "fp32"] {
        let layer = Layer::new("lstm", dtype, 64, &[("variant", 2), ("warps_along_k", 2)]);
        let program = Program::compile(layer.solve(), folder.path(), &["-O0"]);
        let cases = program.cases();
        let case = cases.iter().find(|case| case.sizes["batch"] == 3 && case.sizes["sequence"] == 9).unwrap();
        let error = program.run(case, 2).unwrap();
        assert!(error > 0.0 && error <= 1.0, "{dtype}: {error}");
    }
}

#[test]
fn notices_words_with_the_wrong_number() {
    check_mutant(&words(), "hidden_in_words.cuh", "(count_ + 1) << shift", "count_ << shift", "");
}

#[test]
fn notices_a_flag_that_is_raised_before_h_is_stored() {
    let publish = "if (first + slots_together >= owned_slots) hidden.publish();";
    let late = format!("            store_factors(hidden, slot);\n        }}\n        {publish}");
    let early =
        format!("            if (i == 0) {{ {publish} }}\n            store_factors(hidden, slot);\n        }}");
    check_mutant(&grid(), "pointwise.cuh", &late, &early, "race");
}

#[test]
fn notices_partial_sums_without_a_second_copy() {
    let turn = "buffer_ = static_cast<uint32_t>(partial_buffer_bytes) - buffer_;";
    check_mutant(&grid(), "products.cuh", turn, "buffer_ = 0;", "race");
}

#[test]
fn notices_a_wrong_gate() {
    check_mutant(&block(), "cells/lstm.cuh", "recurrent[3] + (input[3]", "recurrent[3] + (input[1]", "numbers");
}

#[test]
fn notices_a_wrong_column_of_the_weights() {
    check_mutant(&block(), "place.cuh", "step % 2 * 2 + half", "half * 2 + step % 2", "numbers");
}
