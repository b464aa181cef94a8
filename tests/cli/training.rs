//! `rnn_training`: a kernel that is made of two.

use super::verify::has_compiler;
use super::*;
use serde_json::json;

const LAYER: &str = r#"{"version": 1, "name": "layer", "kernel": "rnn_training", "gpu": "H100 SXM",
  "shape": {"cell": "elman", "head_dim": 24, "heads": 2, "batch": 4, "sequence": 5}}"#;

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn answers_are_keyed_by_pass() {
    let answer = run(LAYER, &["solve", "problem.json", "--json"]).exits(0).json();
    for field in ["config", "resources", "launch"] {
        assert_eq!(keys(&answer[field]), ["forward", "backward"], "{field}");
    }
    assert_eq!(answer["config"]["forward"]["recompute"], answer["config"]["backward"]["recompute"]);
    assert!(answer["launch"]["backward"]["grid"].is_array() && answer["predicted"]["time_ps"].is_i64());
    let text = run(LAYER, &["solve", "problem.json"]).exits(0).stdout;
    for part in ["forward_batch_tiles", "Resources, forward", "Resources, backward", "backward: R^T d"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// One file for both, in every form.
#[test]
fn a_form_holds_both_passes() {
    let emit = |form: &str| run(LAYER, &["solve", "problem.json", "--emit", form]).exits(0).stdout;
    for (form, parts) in [
        ("header", &["#define CONSTRINT_RNN_FORWARD_TRAINING 1\n", "#define CONSTRINT_RNN_BACKWARD_HEAD_DIM 24\n"][..]),
        ("header", &["namespace constrint::rnn_forward_config {\n", "namespace constrint::rnn_backward_config {\n"]),
        ("flags", &["-DCONSTRINT_RNN_FORWARD_HEAD_DIM=24 ", " -DCONSTRINT_RNN_BACKWARD_HEAD_DIM=24 "]),
        ("cmake", &["set(CONSTRINT_RNN_FORWARD_HEAD_DIM 24)\n", "set(CONSTRINT_RNN_TRAINING_DEFINITIONS\n"]),
        ("rust", &["pub mod forward {\n", "pub mod backward {\n", "    pub const HEAD_DIM: i64 = 24;\n"]),
    ] {
        let text = emit(form);
        assert!(parts.iter().all(|part| text.contains(part)), "{form}: {text}");
    }
    assert_eq!(emit("header").matches("#ifndef").count(), 1);
}

#[test]
fn a_configuration_is_read_by_pass_or_flat() {
    let folder = Folder::with(&[("problem.json", LAYER)]);
    let found = folder.run(&["solve", "problem.json", "--emit", "json"]).exits(0).json();
    let check = |config: &Value| {
        let folder = Folder::with(&[("problem.json", LAYER), ("config.json", &config.to_string())]);
        folder.run(&["check", "problem.json", "config.json", "--json"])
    };
    assert_eq!(check(&found).exits(0).json()["config"], found["config"]);
    let mut flat = serde_json::Map::new();
    for pass in ["forward", "backward"] {
        for (name, value) in found["config"][pass].as_object().unwrap() {
            let name = if name == "recompute" { name.clone() } else { format!("{pass}_{name}") };
            flat.insert(name, value.clone());
        }
    }
    assert_eq!(check(&flat.into()).exits(0).json()["config"], found["config"]);
    // A limit in plain arithmetic says of which pass it is.
    let mut wrong = found.clone();
    wrong["config"]["backward"]["blocks_per_sm"] = 8.into();
    wrong["config"]["backward"]["groups_per_warp"] = 2.into();
    wrong["config"]["backward"]["warps_along_units"] = 1.into();
    let limits = check(&wrong).json()["limits"].clone();
    let of =
        |pass: &str| limits.as_array().unwrap().iter().any(|limit| limit["name"].as_str().unwrap().starts_with(pass));
    assert!(of("forward: ") && of("backward: "), "{limits}");
    let mut other = found.clone();
    other["config"]["backward"]["recompute"] = 1.into();
    let twice = "the configuration has another value for this, too";
    assert!(check(&other).exits(2).stderr.contains(&format!("backward.recompute: {twice}")));
    let mut other = found.clone();
    other["config"]["forward_stages"] = 1.into();
    assert!(check(&other).exits(2).stderr.contains(twice));
    let mut unknown = found.clone();
    unknown["config"]["forward"]["stage"] = 1.into();
    let said = check(&unknown).exits(2).stderr;
    assert!(
        said.contains("forward.stage: the problem has no such variable") && said.contains("`forward.stages`"),
        "{said}"
    );
    // What is below the name of no part is not read.
    let mut unknown = found;
    unknown["config"]["sideways"] = json!({"recompute": 0});
    assert!(check(&unknown).exits(2).stderr.contains("sideways: the problem has no such variable"));
}

#[test]
fn both_passes_hold() {
    if !has_compiler() {
        return;
    }
    let answer = run(LAYER, &["verify", "problem.json", "--schedules", "1", "--json"]).exits(0).json();
    let about: Vec<&str> =
        answer["cases"].as_array().unwrap().iter().map(|case| case["about"].as_str().unwrap()).collect();
    assert!(about[0].starts_with("forward: ") && about[about.len() - 1].starts_with("backward: "), "{about:?}");
}

#[test]
fn sources_of_both_are_written_once() {
    let folder = Folder::with(&[]);
    folder.run(&["kernels", "rnn_training", "--out", "sources"]).exits(0);
    for file in ["forward/rnn_forward.cu", "backward/rnn_backward.cu", "cells/lstm.cuh"] {
        assert!(folder.path().join("sources/recurrent").join(file).is_file(), "{file}");
    }
    let about = folder.run(&["kernels", "rnn_training", "--json"]).exits(0).json();
    let files = about["files"].as_array().unwrap();
    assert!(files.iter().enumerate().all(|(index, file)| !files[..index].contains(file)), "{files:?}");
}

/// A name that only the passes have is found behind theirs.
#[test]
fn a_name_without_its_pass_is_answered_with_both() {
    let bound = LAYER.replace("\"sequence\": 5}", "\"sequence\": 5}, \"constraints\": [\"registers <= 100\"]");
    let said = run(&bound, &["solve", "problem.json"]).exits(2).stderr;
    assert!(said.contains("did you mean `forward_registers` or `backward_registers`"), "{said}");
    let said = run(LAYER, &["solve", "problem.json", "--set", "variant=1"]).exits(2).stderr;
    assert!(said.contains("Did you mean `forward_variant` or `backward_variant`?"), "{said}");
}
