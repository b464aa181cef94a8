//! Runs `train_example.cu`, unchanged, on the CPU emulator: both passes in one program, by launches and by a graph.
//!
//! The program itself says whether its loss falls, and whether the graph gives the same losses to the bit.

use super::program::{OPTIONS, WARNINGS, compiler_is_there, emulator, repository, succeed};
use constrint::{Form, Problem, Request, solve};
use std::process::Command;
use tempfile::TempDir;

/// The macros of a pass, with the variant that is asked for.
fn flags(kernel: &str, pass: &str, layer: &str, dtype: &str, variant: i64) -> Vec<String> {
    let text = format!(
        r#"{{"version": 1, "kernel": "{kernel}", "gpu": "H100 SXM5 80GB", "dtype": "{dtype}", "shape": {{{layer}{pass}}}}}"#
    );
    let mut problem = Problem::from_json(&text).unwrap();
    problem.set("variant", variant).unwrap();
    let answer = solve(&problem, &Request::default()).unwrap();
    answer.configs[0].emit(Form::Flags).split_whitespace().map(str::to_owned).collect()
}

fn trains(cell: &str, head_dim: i64, heads: i64, dtype: &str, variant: i64) {
    if !compiler_is_there() {
        return;
    }
    let layer = format!(r#""cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": 9, "sequence": 5"#);
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("train");
    let tests = repository().join("tests/emulator");
    succeed(
        Command::new("g++")
            .args(OPTIONS)
            .args(WARNINGS)
            .args(flags("rnn_forward", r#", "pass": "training""#, &layer, dtype, variant))
            .args(flags("rnn_backward", "", &layer, dtype, variant))
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
    trains("lstm", 16, 2, "bf16", 0);
}

#[test]
fn blocks_that_share_a_head_train_it() {
    trains("gru", 64, 1, "fp16", 2);
}

#[test]
fn the_cell_with_most_states_trains() {
    trains("slstm", 16, 1, "fp32", 0);
}
