//! Bad input and bad usage: exit 2, a message that names the place, nothing on standard output, no file.

use crate::{Folder, MATMUL, TILES, run};

/// `solve` refuses the problem, and the message has these parts; with `--json`, so does the object.
#[track_caller]
fn refuses(problem: &str, parts: &[&str]) {
    for arguments in [&["solve", "problem.json"][..], &["explain", "problem.json"]] {
        let ran = run(problem, arguments).exits(2);
        assert_eq!(ran.stdout, "");
        for part in [&["problem.json"], parts].concat() {
            assert!(ran.stderr.contains(part), "no {part:?} in: {}", ran.stderr);
        }
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
    let answer = run(problem, &["solve", "problem.json", "--json"]).exits(2).json();
    assert_eq!(answer["status"], "error");
    assert!(answer["error"]["message"].is_string() && answer["error"]["place"].is_string(), "{answer}");
}

fn with_constraint(expression: &str) -> String {
    format!(
        r#"{{"version": 1, "variables": {{"tile": {{"min": 1, "max": 9}}}}, "constraints": [{}]}}"#,
        serde_json::json!(expression)
    )
}

#[test]
fn fields() {
    refuses(r#"{"version": 1, "variable": {}}"#, &["problem.json:1:", "unknown field `variable`"]);
    refuses(&TILES.replace("\"min\"", "\"mni\""), &["variables.stages", "mni"]);
    refuses(&TILES.replace("\"version\": 1", "\"version\": 2"), &["version", "2"]);
    refuses(&TILES.replace("\"max\": 8", "\"max\": 0"), &["variables.stages"]);
    refuses(&TILES.replace("\"stages\":", "\"tile\":"), &["`tile` is given twice", "problem.json:2:"]);
    refuses(r#"{"version": 1}"#, &["nothing to solve"]);
    refuses("[]", &["JSON object"]);
    refuses("17", &["JSON object"]);
}

#[test]
fn gpus() {
    refuses(
        &MATMUL.replace("A100 SXM4 80GB", "H10O SXM5 80GB"),
        &["problem.json: gpu: no GPU", "H10O", "Did you mean `H100 SXM5 80GB`?"],
    );
    refuses(&MATMUL.replace("A100 SXM4 80GB", "A100"), &["any of", "A100 SXM4 40GB", "A100 SXM4 80GB"]);
    refuses(&MATMUL.replace("A100 SXM4 80GB", "detect:first"), &["problem.json: gpu", "index of a device"]);
    refuses(&MATMUL.replace("A100 SXM4 80GB", "T4"), &["gpu", "T4 lacks"]);
    refuses(
        &MATMUL.replace("A100 SXM4 80GB", "PRO 4000"),
        &[
            "problem.json: gpu: the kernel's predicted time needs a clock (`boost_clock_mhz`) and a bf16 rate of the tensor",
            r#"Write `"gpu": {"base": "RTX PRO 4000 Blackwell", "boost_clock_mhz": …, "tensor_flops_per_s": {"bf16": …}}`"#,
        ],
    );
    refuses(&MATMUL.replace("A100 SXM4 80GB", "AGX Orin"), &["any of 2", "Write `Jetson AGX Orin 64GB` or"]);
    refuses(
        &MATMUL.replace("\"A100 SXM4 80GB\"", r#"{"base": "RTX 4090", "tensor_flops_per_s": {"bf16": null}}"#),
        &["(`tensor_flops_per_s`), which is not known", r#"Add `"tensor_flops_per_s": {"bf16": 165150720000000}`"#],
    );
    let ran = run(MATMUL, &["solve", "problem.json", "--gpu", "H10O SXM5 80GB"]).exits(2);
    assert!(ran.stderr.contains("--gpu") && ran.stderr.contains("Did you mean"), "{}", ran.stderr);
}

#[test]
fn kernels() {
    refuses(&MATMUL.replace("\"matmul\"", "\"matmull\""), &["kernel", "matmull", "matmul"]);
    refuses(&MATMUL.replace("\"k\": 1024", "\"q\": 1024"), &["shape.q"]);
    refuses(&MATMUL.replace("\"k\": 1024", "\"k\": 0"), &["shape.k", "from 1 to"]);
    for size in ["1.5", "null", "[1024]"] {
        let reason = format!("not {size}");
        refuses(&MATMUL.replace("\"k\": 1024", &format!("\"k\": {size}")), &["shape.k", "whole number", &reason]);
    }
    let ran = run("", &["kernels", "matmull"]).exits(2);
    assert!(ran.stderr.contains("error: kernel: no kernel is called `matmull`"), "{}", ran.stderr);
}

#[test]
fn names_of_the_kernel() {
    let with = |field: &str| MATMUL.replace("\"name\": \"product\"", field);
    refuses(&with(r#""constants": {"block_m": 64}"#), &["constants.block_m", "a variable of the kernel"]);
    refuses(&with(r#""constants": {"threads": 64}"#), &["constants.threads", "a quantity of the kernel"]);
    refuses(&with(r#""variables": {"threads": {"values": [64]}}"#), &["variables.threads", "Choose another name"]);
    refuses(&with(r#""constants": {"m": 64}"#), &["constants.m", "a number of the kernel"]);
}

#[test]
fn expressions_show_a_caret() {
    refuses(&with_constraint("tiel <= 4"), &["constraints[0]", "unknown name `tiel`", "^", "`tile`"]);
    refuses(&with_constraint("tile <= "), &["constraints[0]", "^"]);
    refuses(&with_constraint("tile = 4"), &["constraints[0]", "^", "=="]);
    refuses(&with_constraint("tile <= 9007199254740992"), &["constraints[0]", "2^53 - 1"]);
    refuses(&with_constraint("tile < 2 ** 10 ** 10 or tile == 1"), &["constraints[0]", "too large", "to the right"]);
    refuses(&TILES.replace("tile * stages + stages", "tile * stagse"), &["objective", "stagse", "`stages`"]);
}

#[test]
fn numbers_past_2_to_the_53() {
    for large in ["9007199254740992", "-9007199254740992", "9223372036854775807", "1e300", "123456789012345678901234"] {
        refuses(&TILES.replace("\"max\": 8", &format!("\"max\": {large}")), &["2^53 - 1"]);
    }
    let largest = TILES.replace("\"max\": 8", "\"max\": 9007199254740991");
    run(&largest, &["solve", "problem.json", "--json"]).exits(0);
}

#[test]
fn files_that_hold_something_else() {
    refuses("", &["empty"]);
    refuses(" \n\t ", &["empty"]);
    refuses("\u{1}\u{0}\u{2}", &["neither JSON nor text"]);
    refuses("A * B == 12; A [1, 2, 3]", &["ConstrINT text", "unexpected `[`", "^"]);
    refuses("a plain letter", &["ConstrINT text", "unexpected `plain`"]);
    refuses(r#"{"ConfigurationSpace": {"TuningParameters": []}}"#, &["TuningParameters", "no parameter to tune"]);
    refuses("{\"version\": 1,", &["problem.json:1:14", "EOF"]);
    let folder = Folder::with(&[]);
    std::fs::write(folder.path().join("binary"), [0x7f, b'E', b'L', b'F', 0xff, 0xfe]).unwrap();
    let ran = folder.run(&["solve", "binary"]).exits(2);
    assert!(ran.stderr.contains("binary") && ran.stderr.contains("UTF-8") && ran.stdout.is_empty(), "{}", ran.stderr);
}

#[test]
fn files_that_cannot_be_read() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    for path in ["missing.json", ".", "problem.json/inner"] {
        let ran = folder.run(&["solve", path]).exits(2);
        assert!(ran.stderr.contains(path) && ran.stdout.is_empty(), "{path}: {}", ran.stderr);
        let answer = folder.run(&["solve", path, "--json"]).exits(2).json();
        assert_eq!(answer["error"]["place"], path);
    }
}

#[test]
fn deep_nesting() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    refuses(&deep("[", "]"), &["recursion limit"]);
    refuses(&deep("{\"a\":", "}").replace(":}", ":1}"), &["recursion limit"]);
    refuses(&"[".repeat(100_000), &["recursion limit"]);
    let nested = "(".repeat(100_000) + "tile" + &")".repeat(100_000) + " <= 4";
    refuses(&with_constraint(&nested), &["constraints[0]", "nested"]);
    refuses(&with_constraint(&("-".repeat(100_000) + "tile <= 4")), &["constraints[0]", "nested"]);
}

#[test]
fn a_very_long_sum_is_answered_or_refused() {
    let sum = vec!["tile"; 200_000].join(" + ") + " <= 400000";
    let ran = run(&with_constraint(&sum), &["solve", "problem.json", "--json"]);
    assert!(ran.code == 0 || ran.code == 2, "{}", ran.stderr);
    assert!(ran.json()["status"].is_string() && !ran.stderr.contains("panicked"));
}

#[test]
fn usage() {
    for arguments in [
        &["sovle", "problem.json"][..],
        &["solve"],
        &["solve", "problem.json", "--jsn"],
        &["solve", "problem.json", "--set", "tile"],
        &["solve", "problem.json", "--set", "tile=9007199254740992"],
        &["solve", "problem.json", "--order", "tile"],
        &["solve", "problem.json", "--solutions", "0"],
        &["solve", "problem.json", "--time-limit", "soon"],
        &["solve", "problem.json", "--emit", "xml"],
        &["solve", "problem.json", "--out", "config.h"],
        &["solve", "problem.json", "--color", "red"],
        &["occupancy", "--gpu", "T4"],
        &[],
    ] {
        let ran = run(TILES, arguments).exits(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{arguments:?}: {}", ran.stdout);
    }
    let answer = run(TILES, &["solve", "problem.json", "--jsn", "--json"]).exits(2).json();
    assert!(answer["error"]["message"].as_str().unwrap().contains("--jsn"), "{answer}");
}

#[test]
fn names_that_are_not_there() {
    for (arguments, parts) in [
        (["--set", "tiel=4"], &["--set", "tiel", "`tile`"][..]),
        (["--set", "tile=5"], &["--set.tile", "5 is not one of its values"]),
        (["--order", "tiel:max"], &["--order", "tiel", "`tile`"]),
    ] {
        let ran = run(TILES, &[&["solve", "problem.json"], &arguments[..]].concat()).exits(2);
        assert!(ran.stdout.is_empty() && parts.iter().all(|part| ran.stderr.contains(part)), "{}", ran.stderr);
    }
}

#[test]
fn places_that_cannot_be_written() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    for path in ["missing/config.h", "folder", "problem.json/config.h"] {
        let ran = folder.run(&["solve", "problem.json", "--emit", "header", "--out", path]).exits(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(path), "{path}: {}", ran.stderr);
        assert_eq!(folder.names(), ["folder", "problem.json"], "no partial file");
        assert_eq!(std::fs::read_dir(folder.path().join("folder")).unwrap().count(), 0);
    }
}

#[test]
fn occupancy() {
    let problem = |occupancy: &str| {
        format!(
            r#"{{"version": 1, "gpu": "T4", "variables": {{"warps": {{"min": 1, "max": 32}}}}, "occupancy": {occupancy}}}"#
        )
    };
    let with =
        |fields: &str| problem(&format!(r#"{{"threads_per_block": "32 * warps", "registers_per_thread": {fields}}}"#));
    refuses(&with("32").replace(r#""gpu": "T4", "#, ""), &["problem.json: occupancy", "no", "GPU", "`constrint gpus`"]);
    refuses(&with(r#""32 * warp""#), &["occupancy.registers_per_thread", "warp", "warps"]);
    refuses(&with(r#""1) + (1""#), &["occupancy.registers_per_thread"]);
    refuses(&with("true"), &["occupancy.registers_per_thread", "not true"]);
    refuses(&with(r#"32, "opt_in_bytes": -1"#), &["problem.json: occupancy"]);
    refuses(&with(r#"32, "registers": 1"#), &["occupancy", "registers"]);
    refuses(&problem("3"), &["occupancy"]);
    refuses(&problem(r#"{"threads_per_block": 32}"#), &["occupancy", "registers_per_thread"]);
    let taken = with("32").replace(r#""warps": {"#, r#""blocks_per_sm": {"values": [1]}, "warps": {"#);
    refuses(&taken, &["occupancy", "`blocks_per_sm` is already the name of a variable"]);
    run(
        &taken.replace(r#""threads_per_block""#, r#""prefix": "my_", "threads_per_block""#),
        &["solve", "problem.json"],
    )
    .exits(0);
}
