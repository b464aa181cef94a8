//! `rnn_training`: what both passes choose together, and what each chooses for itself.

use constrint::config::Number;
use constrint::kernel::Chosen;
use constrint::{Answer, Problem, Request, Status, solve, tiling};
use constrint_solver::checker;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn layer(kernel: &str, shape: &Value, more: &Value) -> Problem {
    let mut problem = json!({"version": 1, "kernel": kernel, "gpu": "A100 SXM4 80GB", "shape": shape});
    problem.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Problem::from_json(&problem.to_string()).unwrap()
}

fn shape() -> Value {
    json!({"cell": "gru", "head_dim": 96, "heads": 5, "batch": 40, "sequence": 300})
}

fn solved(kernel: &str, words: &[(&str, &str)], more: &Value) -> Answer {
    let mut shape = shape();
    for (name, word) in words {
        shape[name] = (*word).into();
    }
    solve(&layer(kernel, &shape, more), &Request::default()).unwrap()
}

fn value(answer: &Answer, name: &str) -> i64 {
    match &answer.configs[0].quantities[name] {
        Number::Integer(value) => *value,
        Number::Text(text) => panic!("{name}: {text}"),
    }
}

/// Without a constraint on both, nothing but what is saved binds them to each other.
#[test]
fn each_pass_is_as_quick_as_alone() {
    let both = solved("rnn_training", &[], &json!({}));
    assert_eq!(both.status, Status::Optimal);
    let recompute = json!({"variables": {"recompute": {"values": [both.configs[0].values["recompute"]]}}});
    let forward = solved("rnn_forward", &[("pass", "training")], &recompute);
    let backward = solved("rnn_backward", &[], &recompute);
    assert_eq!(value(&both, "time_ps"), value(&forward, "pass_ps") + value(&backward, "time_ps"));
    assert_eq!(value(&both, "saved_bytes"), value(&backward, "saved_bytes"));
    // Each part is configured as if it were alone.
    let parts = &both.configs[0].parts;
    for (name, alone) in [("forward", &forward), ("backward", &backward)] {
        assert_eq!(parts[name].kernel, alone.configs[0].kernel);
        let names = |values: &Chosen| values.keys().cloned().collect::<BTreeSet<String>>();
        assert_eq!(names(&parts[name].values), names(&alone.configs[0].values));
        assert_eq!(parts[name].macros.keys().collect::<Vec<_>>(), alone.configs[0].macros.keys().collect::<Vec<_>>());
    }
    assert_eq!(parts["forward"].macros["TRAINING"], 1);
}

/// What the user demands of both is kept, and takes from one what it leaves to the other.
#[test]
fn a_constraint_may_bind_both_passes() {
    let free = solved("rnn_training", &[], &json!({}));
    let registers = |answer: &Answer| value(answer, "forward_registers") + value(answer, "backward_registers");
    let limit = registers(&free) - 1;
    let text = format!("forward_registers + backward_registers <= {limit}");
    let bound = solved("rnn_training", &[], &json!({"constraints": [text]}));
    assert_eq!(bound.status, Status::Optimal);
    assert!(registers(&bound) <= limit && value(&bound, "time_ps") >= value(&free, "time_ps"));
    let row: Vec<i64> = bound.configs[0].values.values().copied().collect();
    assert_eq!(checker::is_solution(&bound.tiling.model, &row), Ok(true));
}

/// What is saved is chosen once, and a limit on it decides.
#[test]
fn a_limit_on_what_is_saved_decides() {
    let free = solved("rnn_training", &[], &json!({}));
    assert_eq!(free.configs[0].values["recompute"], 0);
    let limit = value(&free, "saved_bytes") - 1;
    let tight = solved("rnn_training", &[], &json!({"constraints": [format!("saved_bytes <= {limit}")]}));
    assert_eq!((tight.status, tight.configs[0].values["recompute"]), (Status::Optimal, 1));
    for part in tight.configs[0].parts.values() {
        assert_eq!((part.values["recompute"], part.macros["RECOMPUTE"]), (1, 1));
    }
    assert!(value(&tight, "time_ps") > value(&free, "time_ps"));
    let none = solved("rnn_training", &[], &json!({"constraints": ["saved_bytes < 0"]}));
    assert_eq!(none.status, Status::Infeasible);
}

/// Nothing that the kernels state binds one pass to the other, so that each is searched by itself: also not that the predicted time
/// is defined everywhere, which the model sees.
#[test]
fn no_constraint_binds_the_passes() {
    for cell in ["lstm", "gru", "slstm", "elman"] {
        let mut shape = shape();
        shape["cell"] = cell.into();
        let tiling = tiling::lower(&layer("rnn_training", &shape, &json!({}))).unwrap();
        for constraint in tiling.model.constraints() {
            let variables = constraint.expr.variables();
            let binds = |pass: &str| variables.iter().any(|&id| tiling.model.variable(id).name.starts_with(pass));
            assert!(!(binds("forward_") && binds("backward_")), "{cell}: {}", constraint.text);
        }
    }
}
