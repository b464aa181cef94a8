//! Against `PyTorch`'s automatic differentiation, on the CPU, in double precision.
//!
//! Needs `PyTorch`: `tests/install-torch.sh` installs it below `target/`. Without it the test says so and passes, unless
//! `CONSTRINT_REQUIRE_TORCH` is set.

use super::{BackwardOptions, CELLS, Example, Layer, Random, assert_close, layer, values};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn python() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/torch");
    // Written when the installation is complete.
    let python = installed.join("pins").exists().then(|| installed.join("bin/python3"));
    if python.is_none() {
        assert!(std::env::var_os("CONSTRINT_REQUIRE_TORCH").is_none(), "PyTorch is required and was not found");
        eprintln!("skipped: no PyTorch; tests/install-torch.sh installs it below target/");
    }
    python
}

fn described(example: &Example) -> Value {
    let layer = example.layer;
    json!({
        "cell": layer.cell.name,
        "sizes": [layer.batch, layer.sequence, layer.heads, layer.head_dim],
        "reverse": layer.is_reverse,
        "clip": layer.clip,
        "gradient_clip": example.options.gradient_clip,
        "gradient_cut": example.options.gradient_cut,
        "input": example.input,
        "weights": example.weights,
        "bias": example.bias,
        "initial": example.initial,
        "of_hidden": example.of_hidden,
        "of_memory": example.of_memory,
        "of_last": example.of_last,
    })
}

fn differentiated(python: &Path, examples: &[Example]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torch/backward.py");
    let mut command = Command::new(python);
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let text = examples.iter().map(described).collect::<Value>().to_string();
    running.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn as_pytorch_has_it() {
    let Some(python) = python() else { return };
    let mut random = Random::new(51);
    let mut examples = Vec::new();
    for cell in &CELLS {
        for (clip, gradient_clip, gradient_cut) in
            [(None, None, false), (Some(0.25), None, false), (None, Some(0.25), false), (None, None, true)]
        {
            for (is_started, is_reverse) in [(false, false), (true, false), (true, true)] {
                let layer = Layer { is_reverse, clip, ..layer(cell, [3, 2, 2, 5]) };
                let options = BackwardOptions { gradient_clip, gradient_cut };
                examples.push(Example { options, ..Example::draw(&mut random, layer, is_started, 1.0) });
            }
        }
    }
    let all = differentiated(&python, &examples);
    assert_eq!(all.len(), examples.len());
    for (example, found) in examples.iter().zip(&all) {
        let gradients = example.gradients();
        let layer = example.layer;
        let order = if layer.is_reverse { "in reverse " } else { "" };
        let about = format!("{} {order}{:?} {:?}", layer.cell.name, layer.clip, example.options);
        let numbers = |name: &str| -> Vec<f64> {
            found[name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
        };
        assert_close(&values(&gradients.input), &numbers("input"), &format!("{about} Wx"));
        assert_close(&values(&gradients.weights), &numbers("weights"), &format!("{about} R"));
        assert_close(&values(&gradients.bias), &numbers("bias"), &format!("{about} b"));
        if example.initial.is_some() {
            assert_close(&values(&gradients.initial), &numbers("initial"), &format!("{about} initial"));
        }
    }
}
