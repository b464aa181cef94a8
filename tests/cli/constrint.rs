//! Problems as `ConstrINT` text.

use crate::{Folder, Ran};
use serde_json::json;

const TEXT: &str = "# tiles of a product\ntile == [16, 32, 64];\n768 % tile * stages == 0;  stages <= 8;\n";

/// Runs the command with one file, `tiles.constrint`.
fn run(text: &str, arguments: &[&str]) -> Ran {
    Folder::with(&[("tiles.constrint", text)]).run(arguments)
}

#[test]
fn the_first_in_variable_order_or_in_the_order_asked_for() {
    let answer = run(TEXT, &["solve", "tiles.constrint", "--json"]).exits(0).json();
    assert_eq!((&answer["status"], &answer["problem"]), (&json!("feasible"), &json!("tiles")));
    assert!(answer.get("bound").is_none() && answer.get("limit").is_none(), "{answer}");
    let order = ["solve", "tiles.constrint", "--order", "tile:min,stages:min", "--json"];
    let answer = run(TEXT, &order).exits(0).json();
    assert_eq!((&answer["status"], &answer["problem"]), (&json!("optimal"), &json!("tiles")));
    assert_eq!(answer["config"], json!({"tile": 16, "stages": 1}));
    assert!(answer.get("kernel").is_none() && answer.get("resources").is_none(), "{answer}");
    let order = ["solve", "tiles.constrint", "--order", "stages:max,tile:min", "--json"];
    let answer = run(TEXT, &order).exits(0).json();
    assert_eq!(answer["config"], json!({"tile": 16, "stages": 8}));
    assert_eq!(answer["objective"], json!([{"maximize": "stages", "value": 8}, {"minimize": "tile", "value": 16}]));
}

#[test]
fn settings_several_solutions_and_forms() {
    let set = |setting| run(TEXT, &["solve", "tiles.constrint", "--set", setting, "--json"]);
    assert_eq!(set("tile=64").exits(0).json()["config"], json!({"tile": 64, "stages": 1}));
    assert_eq!(set("tile=48").exits(1).json()["status"], "infeasible");
    let ran = set("tiel=64").exits(2);
    assert!(ran.stderr.contains("`tile`"), "{}", ran.stderr);
    let all = run(TEXT, &["solve", "tiles.constrint", "--solutions", "100", "--json"]).exits(0).json();
    assert_eq!(all["solutions"].as_array().unwrap().len(), 6 + 6 + 5);
    let ran = run(TEXT, &["solve", "tiles.constrint", "--emit", "flags"]).exits(0);
    assert_eq!(ran.stdout, "-DCONSTRINT_TILE=16 -DCONSTRINT_STAGES=1\n");
}

#[test]
fn standard_input_is_told_by_its_content() {
    let folder = Folder::with(&[]);
    for text in [TEXT.to_owned(), format!("\u{feff}{TEXT}"), format!("[1] == one; {TEXT}")] {
        let answer = folder.run_with_input(&["solve", "-", "--json"], text.as_bytes()).exits(0).json();
        assert_eq!((&answer["problem"], &answer["config"]["tile"]), (&json!("problem"), &json!(16)));
    }
}

#[test]
fn brackets_that_would_matter_are_warned_of() {
    let text = "c == (a + b) * 2; a == 2; b == 2";
    for subcommand in ["solve", "explain"] {
        let ran = run(text, &[subcommand, "tiles.constrint", "--json"]).exits(0);
        assert_eq!(ran.json()["config"]["c"], 6);
        for part in ["warning", "tiles.constrint:1:6", "^^^^^^^", "`c == a + b * 2`", "help"] {
            assert!(ran.stderr.contains(part), "no {part:?} in: {}", ran.stderr);
        }
    }
    assert_eq!(run(text, &["solve", "tiles.constrint", "--quiet"]).exits(0).stderr, "");
    assert_eq!(run(&text.replace(['(', ')'], ""), &["solve", "tiles.constrint"]).exits(0).stderr, "");
}

#[test]
fn a_conflict_names_the_statements() {
    let text = "a == 2;\nc == 1; b == 3;\na * b <= 5;";
    for subcommand in ["solve", "explain"] {
        let answer = run(text, &[subcommand, "tiles.constrint", "--json"]).exits(1).json();
        let names: Vec<_> = answer["conflict"].as_array().unwrap().iter().map(|one| &one["constraint"]).collect();
        assert_eq!(names, ["line 1", "line 2, statement 2", "line 3"]);
    }
}

#[test]
fn a_configuration_is_checked() {
    let folder = Folder::with(&[("tiles.constrint", TEXT), ("good.json", r#"{"tile": 32, "stages": 8}"#)]);
    folder.run(&["check", "tiles.constrint", "good.json"]).exits(0);
    std::fs::write(folder.path().join("bad.json"), r#"{"tile": 32, "stages": 9}"#).unwrap();
    let answer = folder.run(&["check", "tiles.constrint", "bad.json", "--json"]).exits(1).json();
    assert_eq!((&answer["violations"], &answer["constraints"][0]["holds"]), (&json!(2), &json!(false)));
    let ran = folder.run(&["check", "tiles.constrint", "tiles.constrint"]).exits(2);
    assert!(ran.stderr.contains("not JSON"), "{}", ran.stderr);
}

#[test]
fn errors_show_a_caret() {
    for (text, parts) in [
        ("a == 2;\na - 1 == 1;", &["tiles.constrint", ":2:3", "^", "no subtraction"][..]),
        ("a == 2; a * b", &[":1:9", "^^^^^", "compares nothing"]),
        ("(a == 2;", &["never closed"]),
        ("1 <= 2;", &["nothing to solve"]),
    ] {
        let ran = run(text, &["solve", "tiles.constrint"]).exits(2);
        assert!(ran.stdout.is_empty() && parts.iter().all(|part| ran.stderr.contains(part)), "{}", ran.stderr);
        let answer = run(text, &["solve", "tiles.constrint", "--json"]).exits(2).json();
        assert_eq!(answer["status"], "error");
    }
}
