//! `verify`: a kernel on the emulator against its reference.

use super::*;

/// Small enough to be run as it is.
const SMALL: &str = r#"{"version": 1, "name": "small", "kernel": "matmul", "gpu": "A100 SXM4 80GB",
  "shape": {"m": 40, "n": 48, "k": 70}}"#;

/// Whether there is a compiler; its absence fails the test only where all tools are demanded.
pub(super) fn has_compiler() -> bool {
    let found = Command::new("g++").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(found || std::env::var_os("CONSTRINT_REQUIRE_NVCC").is_none(), "g++ is required and missing");
    if !found {
        eprintln!("skipped: g++ was not found");
    }
    found
}

#[test]
fn a_shipped_kernel_holds() {
    if !has_compiler() {
        return;
    }
    let ran = run(SMALL, &["verify", "problem.json", "--schedules", "2", "--seed", "7", "--json"]).exits(0);
    let answer = ran.json();
    assert_eq!(
        (&answer["status"], &answer["machine"], &answer["seed"]),
        (&"holds".into(), &"emulator".into(), &7.into())
    );
    assert_eq!(answer["fault"], Value::Null);
    let case = &answer["cases"][0];
    assert_eq!((&case["schedules"], &case["sizes"]["k"]), (&2.into(), &70.into()));
    let output = &case["outputs"][0];
    assert_eq!((&output["name"], &output["elements"], &output["wrong"]), (&"c".into(), &(40 * 48).into(), &0.into()));
    let ratio = output["error_of_allowed"].as_f64().unwrap();
    assert!(ratio > 0.0 && ratio <= 1.0, "{ratio}");
}

/// A compiler that breaks the kernel shows what a fault looks like: a store beyond the matrix, with its line.
#[test]
fn a_fault_is_shown_with_its_line() {
    if !has_compiler() {
        return;
    }
    let script = "#!/bin/sh\nfor last; do :; done\nfile=$(dirname \"$last\")/matmul/epilogue.cuh\n\
                  sed -i 's/if (this_row >= rows) continue;//' \"$file\"\nexec g++ \"$@\"\n";
    let folder = Folder::with(&[("problem.json", SMALL), ("broken-g++", script)]);
    let arguments = ["verify", "problem.json", "--schedules", "1"];
    let run = |more: &[&str]| {
        let mut command = folder.command(&[&arguments[..], more].concat());
        command.env("CXX", "sh broken-g++").output().unwrap()
    };
    let output = run(&[]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        text.contains("violated") && text.contains("out of bounds") && text.contains("at matmul/epilogue.cuh:"),
        "{text}"
    );
    let answer: Value = serde_json::from_slice(&run(&["--json"]).stdout).unwrap();
    assert_eq!((&answer["status"], &answer["fault"]["kind"]), (&"violated".into(), &"out of bounds".into()));
    assert_eq!(answer["fault"]["places"][0]["file"], "matmul/epilogue.cuh");
    assert!(answer["fault"]["places"][0]["line"].as_u64().unwrap() > 1);
}

#[test]
fn what_is_missing_is_named() {
    let ran = run(TILES, &["verify", "problem.json"]).exits(2);
    assert!(ran.stderr.contains("names no kernel") && ran.stdout.is_empty(), "{}", ran.stderr);
    let folder = Folder::with(&[("problem.json", SMALL)]);
    let said = |variable: &str, value: &str, machine: &str| {
        let mut command = folder.command(&["verify", "problem.json", "--on", machine]);
        let output = command.env(variable, value).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let without = said("CXX", "/nowhere/g++", "emulator");
    assert!(without.contains("`/nowhere/g++` was not found") && without.contains("set CXX"), "{without}");
    let without = said("CONSTRINT_NVCC", "/nowhere/nvcc", "gpu");
    assert!(without.contains("`/nowhere/nvcc` was not found"), "{without}");
}

/// A kernel of the user's own has no reference, and is told so.
#[test]
fn a_described_kernel_has_no_reference() {
    let described = r#"{"version": 1, "gpu": "A100 SXM4 80GB",
      "kernel": {"name": "rows", "block": ["threads"], "grid": ["n"]},
      "shape": {"n": 9}, "variables": {"threads": {"values": [64, 128]}}}"#;
    let ran = run(described, &["verify", "problem.json"]).exits(2);
    assert!(ran.stderr.contains("no reference to hold `rows` against"), "{}", ran.stderr);
}
