//! Mutants of the backward pass: each breaks the kernel on purpose, and is noticed.

use super::{Layer, Program};
use crate::program::{assert_noticed, compiler_is_there, mutated};

/// A change that breaks the kernel is noticed: by the emulator, with a word in what it says (or another, behind a bar), or by the
/// numbers.
pub(super) fn check_mutant(layer: &Layer, file: &str, from: &str, to: &str, word: &str) {
    check_mutant_in(layer, file, from, to, word, [3, 9]);
}

/// The same with so many sequences and steps.
fn check_mutant_in(layer: &Layer, file: &str, from: &str, to: &str, word: &str, [batch, sequence]: [i64; 2]) {
    if !compiler_is_there() {
        return;
    }
    let folder = mutated("backward", file, from, to);
    // Compiled once for a run or two: what takes longest is the compiler.
    let program = Program::compile(layer, layer.solve(), folder.path(), &["-O0"]);
    let cases = program.cases();
    let case = cases.iter().find(|case| case.sizes["batch"] == batch && case.sizes["sequence"] == sequence).unwrap();
    assert_noticed(program.run(case, 3), word);
}

fn block() -> Layer {
    Layer::new("lstm", "bf16", 24, &[("variant", 0), ("warps_along_k", 1), ("batch_tiles", 1)])
}

fn flags() -> Layer {
    Layer::new("lstm", "bf16", 24, &[("variant", 1), ("warps_along_k", 2)])
}

fn words() -> Layer {
    Layer::new("lstm", "bf16", 24, &[("variant", 2), ("warps_along_k", 2)])
}

/// Two chunks of old units, two tiles of new ones.
fn again() -> Layer {
    Layer::new("lstm", "bf16", 40, &[("recompute", 1), ("variant", 0), ("batch_tiles", 1)])
}

fn gru() -> Layer {
    Layer::new("gru", "bf16", 24, &[("variant", 0), ("warps_along_k", 1), ("batch_tiles", 1)])
}

fn slstm() -> Layer {
    Layer::new("slstm", "bf16", 24, &[("variant", 0), ("warps_along_k", 1), ("batch_tiles", 1)])
}

#[test]
fn notices_a_prefetch_of_what_is_not_there() {
    let (right, wrong) = ("if ((is_inside_ >> i & 1) != 0) device", "device");
    check_mutant(&block(), "prefetch.cuh", right, wrong, "out of bounds: prefetch");
}

#[test]
fn notices_a_missing_barrier_at_the_end_of_a_step() {
    let (end, without) = ("prefetch.step(time);\n            device::block_barrier();", "prefetch.step(time);");
    check_mutant(&block(), "rnn_backward.cu", end, without, "race");
}

#[test]
fn notices_a_missing_barrier_between_partial_sums() {
    let store = "partial.store(sums);\n                device::block_barrier();";
    let layer = Layer::new("lstm", "bf16", 24, &[("variant", 0), ("warps_along_k", 2)]);
    check_mutant(&layer, "rnn_backward.cu", store, "partial.store(sums);", "race|dynamic shared memory");
}

#[test]
fn notices_flags_that_are_not_waited_for() {
    check_mutant(&flags(), "rnn_backward.cu", "handed.wait();", "", "");
}

#[test]
fn notices_flags_that_are_raised_before_gradients_are_stored() {
    let publish = "if (first + slots_together >= owned_slots) hidden.publish();";
    let late = format!("                store_factors(hidden, slot, factors);\n            }}\n            {publish}");
    let early = format!(
        "                if (i == 0) {{ {publish} }}\n                store_factors(hidden, slot, factors);\n            }}"
    );
    check_mutant(&flags(), "gradients.cuh", &late, &early, "race");
}

#[test]
fn notices_partial_sums_without_a_second_copy() {
    check_mutant(&flags(), "rnn_backward.cu", "partial.turn();", "", "race");
}

/// The sequences that come second find what those before them have left.
#[test]
fn notices_sequences_that_begin_with_the_gradients_of_others() {
    let fixed = [("variant", 2), ("warps_along_k", 2), ("batch_tiles", 1), ("blocks_per_sm", 1)];
    let layer = Layer::new("lstm", "bf16", 24, &fixed).sms(4);
    check_mutant_in(&layer, "rnn_backward.cu", "gradients.hand_over_nothing(handed);", "", "deadlock", [17, 9]);
}

#[test]
fn notices_words_with_the_wrong_number() {
    check_mutant(&words(), "hidden_in_words.cuh", "(count_ + 1) << shift", "count_ << shift", "");
}

#[test]
fn notices_gates_in_the_wrong_order() {
    let (right, wrong) = ("int gate = is_regular ? k % gates", "int gate = is_regular ? (k + 1) % gates");
    check_mutant(&block(), "weight_reader.cuh", right, wrong, "numbers");
}

#[test]
fn notices_the_wrong_step() {
    check_mutant(
        &block(),
        "gradients.cuh",
        "asked_ -= next_step * row_stride_;\n        seldom_ =",
        "seldom_ =",
        "out of bounds",
    );
}

#[test]
fn notices_states_of_the_wrong_step() {
    let (right, wrong) = ("arguments_.memory + (here - next_step * row_stride_)", "arguments_.memory + here");
    check_mutant(&block(), "gradients.cuh", right, wrong, "numbers");
}

#[test]
fn notices_a_gradient_of_c_that_is_dropped() {
    check_mutant(&block(), "cells/lstm.cuh", "d[1] = f * d_c;", "d[1] = 0.0f;", "numbers");
}

#[test]
fn notices_a_gradient_of_m_that_is_dropped() {
    check_mutant(&slstm(), "cells/slstm.cuh", "d[3] = d_kept;", "d[3] = 0.0f;", "numbers");
}

#[test]
fn notices_a_gradient_of_h_that_passes_beside_the_weights() {
    check_mutant(&gru(), "cells/gru.cuh", "d[0] = z * d[0];", "d[0] = 0.0f;", "numbers");
}

#[test]
fn notices_the_gradient_of_the_wrong_part_of_the_candidate() {
    check_mutant(&gru(), "cells/gru.cuh", "return gate == 2 ? 3 : gate;", "return gate;", "numbers");
}

#[test]
fn notices_a_reset_gate_that_the_gradient_of_the_weights_leaves_out() {
    let scaled = "if (gate_ == Cell::scaled_gate) values[i] *= ";
    check_mutant(&gru(), "weight_gradients.cuh", scaled, "if (gate_ < 0) values[i] *= ", "numbers");
}

#[test]
fn notices_h_of_the_wrong_step_in_the_gradient_of_the_weights() {
    check_mutant(&block(), "weight_gradients.cuh", "((row - next_step) * row_stride_", "(row * row_stride_", "numbers");
}

#[test]
fn notices_a_part_that_is_left_out() {
    let (right, wrong) = ("for (int i = 0; i < parts; ++i)", "for (int i = 1; i < parts; ++i)");
    check_mutant(&block().steps(1024), "sums.cuh", right, wrong, "numbers");
}

#[test]
fn notices_a_missing_barrier_between_chunks() {
    let (right, wrong) = ("device::block_barrier();\n        if (chunk", "if (chunk");
    // Several chunks of rows, of one part.
    let layer = Layer::new("lstm", "bf16", 24, &[("variant", 0), ("warps_along_k", 1)]).sms(1);
    check_mutant_in(&layer, "weight_gradients.cuh", right, wrong, "race", [17, 9]);
    // One place for all chunks.
    check_mutant_in(&layer, "weight_gradients.cuh", "        tile.turn();\n", "", "race", [17, 9]);
}

/// Where parts are added as they come, there must be zeros first, of all gates and units.
#[test]
fn notices_parts_that_are_not_added_to_zeros() {
    let layer = block().steps(1024).atomic();
    check_mutant(&layer, "rnn_backward.cu", "    clear_weight_gradients(arguments, place);\n", "", "numbers");
    check_mutant(
        &layer,
        "weight_gradients.cuh",
        "device::atomic_add(address, ",
        "device::store_global(address, ",
        "race",
    );
    let (right, wrong) = ("if (blockIdx.z > 0) return;", "if (blockIdx.z > 0 || place.head > 0) return;");
    check_mutant(&layer, "weight_gradients.cuh", right, wrong, "numbers");
}

#[test]
fn notices_a_clip_that_is_left_out() {
    let (right, wrong) = ("if (h >= bound || h <= -bound) d[0] = 0.0f;", "if (h > 2.0f * bound) d[0] = 0.0f;");
    check_mutant(&block().clipped(), "gradients.cuh", right, wrong, "numbers");
    let (right, wrong) =
        ("if constexpr (!clips_gradient) return gradient;", "if constexpr (clips_gradient) return gradient;");
    check_mutant(&block().gradient_clipped(), "gradients.cuh", right, wrong, "numbers");
}

#[test]
fn notices_sequences_that_the_gradient_of_b_leaves_out() {
    check_mutant_in(&block(), "bias_sums.cuh", "sum += device::shuffle_xor(sum, 2);", "", "numbers", [8, 9]);
}

#[test]
fn notices_missing_barriers_around_what_is_computed_again() {
    let before = "pieces.move(shared, first);\n        device::block_barrier();";
    check_mutant(&again(), "saved_again.cuh", before, "pieces.move(shared, first);", "race|static shared memory");
    let behind = "sums.multiply(shared);\n        device::block_barrier();";
    check_mutant(&again(), "saved_again.cuh", behind, "sums.multiply(shared);", "race");
}

#[test]
fn notices_values_computed_again_from_h_of_the_wrong_step() {
    let (right, wrong) = ("static_cast<int64_t>(row - next_step)", "static_cast<int64_t>(row)");
    check_mutant(&again(), "saved_again.cuh", right, wrong, "numbers");
    let (right, wrong) = ("here % arguments.sequence == ", "here == ");
    check_mutant(&again(), "saved_again.cuh", right, wrong, "numbers");
    // As it is in the usual order: the row before the first one, and then the wrong step of all others.
    let (right, wrong) = ("place_of_first_step(arguments.sequence)) << pass", "0) << pass");
    check_mutant(&again().reverse(), "saved_again.cuh", right, wrong, "out of bounds");
    let (right, wrong) = ("row - next_step", "row - 1");
    check_mutant(&again().reverse(), "saved_again.cuh", right, wrong, "numbers|out of bounds");
}

#[test]
fn notices_initial_states_that_are_left_out_of_what_is_computed_again() {
    let (right, wrong) = ("if (arguments_.initial == nullptr) return Piece{};", "if (row >= 0) return Piece{};");
    check_mutant(&again(), "saved_again.cuh", right, wrong, "numbers");
}

#[test]
fn notices_a_chunk_that_is_left_out_of_what_is_computed_again() {
    let (right, wrong) = ("first + again_chunk < head_dim) pieces", "first + again_chunk < 0) pieces");
    check_mutant(&again(), "saved_again.cuh", right, wrong, "numbers");
}

#[test]
fn notices_gates_and_biases_in_the_wrong_order_in_what_is_computed_again() {
    let (right, wrong) = ("[group][gate][half % 2", "[group][(gate + 1) % gates][half % 2");
    check_mutant(&again(), "saved_again.cuh", right, wrong, "numbers");
    check_mutant(&again(), "saved_again.cuh", "arguments.bias + bias * row_stride", "arguments.bias", "numbers");
}

#[test]
fn notices_values_computed_again_in_the_wrong_place() {
    let (right, wrong) = ("head * head_dim + here, row +", "here, row +");
    check_mutant(&again(), "saved_again.cuh", right, wrong, "race");
    let (right, wrong) = ("first_unit_ + matrix / 2 * 8", "first_unit_ + matrix % 2 * 8");
    check_mutant(&again(), "saved_again.cuh", right, wrong, "numbers");
}

/// Odd rows take another way into shared memory.
#[test]
fn notices_pieces_that_are_left_out_of_what_is_computed_again() {
    let layer = Layer::new("gru", "bf16", 21, &[("recompute", 1), ("variant", 0)]);
    let (right, wrong) = ("store(shared, pass);", "if (pass > 0) store(shared, pass);");
    check_mutant(&layer, "saved_again.cuh", right, wrong, "static shared memory");
}
