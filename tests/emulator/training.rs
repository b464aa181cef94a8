//! Runs `train_example.cu`, unchanged, on the CPU emulator: both passes in one program, by launches and by a graph.
//!
//! The program itself says whether its loss falls, and whether the graph gives the same losses to the bit.

use super::program::{OPTIONS, WARNINGS, compiler_is_there, emulator, repository, succeed};
use constrint::{Form, Problem, Request, solve};
use std::process::Command;
use tempfile::TempDir;

/// The macros of both passes, with what is asked for.
fn flags(layer: &str, dtype: &str, asked: &[(&str, i64)]) -> Vec<String> {
    let text = format!(
        r#"{{"version": 1, "kernel": "rnn_training", "gpu": "H100 SXM5 80GB", "dtype": "{dtype}",
            "shape": {{{layer}, "batch": 9, "sequence": 5}}}}"#
    );
    let mut problem = Problem::from_json(&text).unwrap();
    for &(name, value) in asked {
        problem.set(name, value).unwrap();
    }
    let answer = solve(&problem, &Request::default()).unwrap();
    answer.configs[0].emit(Form::Flags).split_whitespace().map(str::to_owned).collect()
}

fn trains(layer: &str, dtype: &str, asked: &[(&str, i64)]) {
    if !compiler_is_there() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("train");
    let tests = repository().join("tests/emulator");
    succeed(
        Command::new("g++")
            .args(OPTIONS)
            .args(WARNINGS)
            .args(flags(layer, dtype, asked))
            .arg("-I")
            .arg(tests.join("cuda_runtime"))
            .arg(tests.join("train_example.cpp"))
            .args(["-x", "none"])
            .arg(emulator())
            .arg("-o")
            .arg(&program),
    );
    let output = Command::new(program).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("step 5") && said.contains("PASS"), "{said}");
}

#[test]
fn an_lstm_learns_what_another_one_does() {
    trains(r#""cell": "lstm", "head_dim": 16, "heads": 2"#, "bf16", &[("recompute", 0)]);
}

#[test]
fn blocks_that_share_a_head_train_it() {
    let asked = [("forward_variant", 2), ("backward_variant", 2), ("recompute", 1)];
    trains(r#""cell": "gru", "head_dim": 64"#, "fp16", &asked);
}

/// Also the one with most states.
#[test]
fn a_layer_in_reverse_trains() {
    trains(r#""cell": "slstm", "head_dim": 16, "order": "reverse""#, "fp32", &[]);
}
