//! `check`.

use crate::{Folder, MATMUL, TILES};
use serde_json::{Value, json};

fn check(problem: &str, config: &str, arguments: &[&str]) -> crate::Ran {
    let folder = Folder::with(&[("problem.json", problem), ("config.json", config)]);
    folder.run(&[&["check", "problem.json", "config.json"], arguments].concat())
}

#[test]
fn what_solve_finds_holds_in_every_form() {
    for problem in [TILES, MATMUL] {
        let folder = Folder::with(&[("problem.json", problem)]);
        for form in [&["--json"][..], &["--emit", "json"]] {
            let found = folder.run(&[&["solve", "problem.json"], form].concat()).exits(0).stdout;
            check(problem, &found, &[]).exits(0);
            let checked = check(problem, &found, &["--json"]).exits(0).json();
            assert_eq!((&checked["status"], &checked["violations"]), (&json!("holds"), &json!(0)));
            let given: Value = serde_json::from_str(&found).unwrap();
            assert_eq!(checked["config"], given["config"]);
            check(problem, &given["config"].to_string(), &[]).exits(0);
        }
    }
}

#[test]
fn a_violation_comes_first_with_its_sides() {
    let config = r#"{"tile": 64, "stages": 8}"#;
    let checked = check(TILES, config, &["--json"]).exits(1).json();
    let first = &checked["constraints"][0];
    assert_eq!((&first["constraint"], &first["holds"]), (&json!("fits"), &json!(false)));
    let sides = json!([{"left": 65536, "operator": "<=", "right": 49152, "holds": false}]);
    assert_eq!(first["comparisons"], sides);
    let text = check(TILES, config, &[]).exits(1).stdout;
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(place("65536 <= 49152") < place("shared memory has 48 KiB"));
    assert!(place("shared memory has 48 KiB") < place("0 == 0"));
}

#[test]
fn a_value_outside_its_variable_is_a_violation() {
    let checked = check(TILES, r#"{"stages": 1, "tile": 80}"#, &["--json"]).exits(1).json();
    assert_eq!(checked["outside_of_values"], json!([{"variable": "tile", "value": 80}]));
    assert_eq!(checked["violations"], 1);
    let text = check(TILES, r#"{"stages": 1, "tile": 80}"#, &[]).exits(1).stdout;
    assert!(text.contains("80 is not among its values") && text.contains("1, 2, 3, 4, 6, 8"), "{text}");
}

#[test]
fn hardware_limits_are_checked_beside_the_constraints() {
    let folder = Folder::with(&[("problem.json", MATMUL)]);
    let mut found = folder.run(&["solve", "problem.json", "--emit", "json"]).exits(0).json();
    // Everything at its largest: far too much shared memory, and too many registers.
    for (name, value) in [("block_m", 256), ("block_n", 256), ("block_k", 64), ("stages", 8)] {
        found["config"][name] = value.into();
    }
    let checked = check(MATMUL, &found.to_string(), &["--json"]).exits(1).json();
    let limits = checked["limits"].as_array().unwrap();
    let shared = limits.iter().find(|limit| limit["name"] == "shared memory per block").unwrap();
    assert_eq!(shared["holds"], false);
    assert_eq!(limits[0]["holds"], false, "violated ones first");
    assert!(shared["used"].as_i64() > shared["available"].as_i64());
}

#[test]
fn every_corner_of_the_kernels_values_is_checked_without_a_panic() {
    let folder = Folder::with(&[("problem.json", MATMUL)]);
    let found = folder.run(&["solve", "problem.json", "--emit", "json"]).exits(0).json();
    // A warp tile larger than the block's leaves a block without warps, by which the limits would divide.
    for (block, warp) in [(64, 128), (256, 32), (64, 0), (0, 64), (-64, 64)] {
        let mut config = found["config"].clone();
        config["block_m"] = block.into();
        config["warp_m"] = warp.into();
        for arguments in [&["--json"][..], &[]] {
            let ran = check(MATMUL, &config.to_string(), arguments);
            assert!(ran.code <= 1 && !ran.stderr.contains("panicked"), "{block} {warp}: {}", ran.stderr);
        }
    }
}

#[test]
fn what_is_undefined_is_said_to_decide() {
    let problem = r#"{"version": 1, "variables": {"x": {"min": 0, "max": 9}, "y": {"min": 0, "max": 9}},
        "constraints": ["y % x == 0", "x == 0 or y // x >= 0"]}"#;
    let checked = check(problem, r#"{"x": 0, "y": 4}"#, &["--json"]).exits(1).json();
    assert_eq!(checked["constraints"][0]["undefined"], json!(["y % x == 0"]));
    assert_eq!(checked["constraints"][0]["comparisons"][0]["left"], Value::Null);
    assert_eq!(checked["constraints"][1]["undefined"], json!(["y // x >= 0"]));
    let text = check(problem, r#"{"x": 0, "y": 4}"#, &[]).exits(1).stdout;
    assert!(text.contains("`y % x == 0` is undefined here, which counts as false"), "{text}");
    check(problem, r#"{"x": 2, "y": 4}"#, &[]).exits(0);
}

#[test]
fn a_power_too_large_to_compute_is_an_error() {
    let problem = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 1000000}}, "constraints": ["3 ** x > 5"]}"#;
    let ran = check(problem, r#"{"x": 1000000}"#, &[]).exits(2);
    assert!(ran.stderr.contains("constraints[0]") && ran.stderr.contains("power"), "{}", ran.stderr);
    check(problem, r#"{"x": 1000}"#, &[]).exits(0);
}

#[test]
fn fractions_are_shown_exactly() {
    let problem = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 9}}, "constraints": ["x / 3 <= 7 / 3"]}"#;
    let checked = check(problem, r#"{"x": 8}"#, &["--json"]).exits(1).json();
    let sides = json!([{"left": "8/3", "operator": "<=", "right": "7/3", "holds": false}]);
    assert_eq!(checked["constraints"][0]["comparisons"], sides);
}

#[test]
fn a_configuration_that_is_none_of_the_problem_is_refused() {
    for (config, parts) in [
        (r#"{"tile": 48}"#, &["config.json: stages", "no value"][..]),
        (r#"{"tile": 48, "stages": 8, "stage": 1}"#, &["config.json: stage", "Did you mean `stages`?"]),
        (r#"{"tile": 48, "stages": "8"}"#, &["config.json: stages", "whole number", "\"8\""]),
        (r#"{"tile": 48, "stages": 8.5}"#, &["config.json: stages", "whole number", "8.5"]),
        (r#"{"tile": 48, "stages": 9007199254740992}"#, &["config.json: stages", "2^53 - 1"]),
        (r#"{"tile": 48, "stages": 1e300}"#, &["config.json: stages", "2^53 - 1"]),
        (r#"{"tile": 48, "tile": 64, "stages": 8}"#, &["config.json:1", "`tile` is given twice"]),
        ("[48, 8]", &["config.json", "JSON object"]),
        ("{\"tile\": 48,", &["config.json:1:12", "EOF"]),
        ("", &["config.json", "empty"]),
    ] {
        let ran = check(TILES, config, &[]).exits(2);
        assert_eq!(ran.stdout, "", "{config}");
        assert!(parts.iter().all(|part| ran.stderr.contains(part)), "{config}: {}", ran.stderr);
    }
}
