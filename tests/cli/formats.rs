//! Files of other auto-tuners: T1, Kernel Tuner's parameters and restrictions, results in T4 and as a cache file.

use crate::{Folder, run};
use serde_json::{Value, json};
use std::path::Path;

const T1: &str = r#"{"General": {"BenchmarkName": "small"},
  "ConfigurationSpace": {
    "TuningParameters": [
      {"Name": "x", "Type": "int", "Values": "[2**i for i in range(4)]", "Default": 1},
      {"Name": "y", "Type": "int", "Values": "[1, 2] + list(range(4, 9, 4))", "Default": 1}],
    "Conditions": [{"Expression": "x * y >= 16", "Parameters": ["x"]}]},
  "KernelSpecification": {"KernelName": "small_kernel", "Language": "CUDA"}}"#;

const KERNEL_TUNER: &str = r#"{"version": 1, "name": "small_kernel",
  "tune_params": {"x": [1, 2, 4, 8], "y": [1, 2, 4, 8]},
  "restrictions": ["x * y >= 16"]}"#;

const ROWS: &str = "x,y\n2,8\n4,4\n4,8\n8,2\n8,4\n8,8\n";

#[test]
fn t1_is_told_by_its_content() {
    let ran = run(T1, &["enumerate", "problem.json"]).exits(0);
    assert_eq!(ran.stdout, ROWS);
    let note = "warning: problem.json: ConfigurationSpace.Conditions[0].Parameters: the expression also uses `y`";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    assert!(!run(T1, &["count", "problem.json", "--quiet"]).exits(0).stderr.contains("warning"));
    let answer = run(T1, &["solve", "problem.json", "--json", "--order", "x:max"]).exits(0).json();
    assert_eq!((&answer["problem"], &answer["config"]), (&json!("small_kernel"), &json!({"x": 8, "y": 2})));
    assert_eq!(run(T1, &["count", "problem.json", "--set", "x=4"]).exits(0).stdout, "2\n");
    let folder = Folder::with(&[]);
    assert_eq!(folder.run_with_input(&["count", "-"], T1.as_bytes()).exits(0).stdout, "6\n");
    let space = Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/spaces/hotspot.t1.json");
    assert_eq!(folder.run(&["count", &space.display().to_string()]).exits(0).stdout, "349853\n");
}

#[test]
fn t1_shows_a_caret_under_what_it_refuses() {
    for (from, to, parts) in [
        ("range(4)]", "open(4)]", &["TuningParameters[0].Values (x)", "calls to `open`", "^^^^"][..]),
        ("x * y >= 16", "x * z >= 16", &["Conditions[0].Expression", "unknown name `z`", "^"]),
        ("[1, 2] + list(range(4, 9, 4))", "['a', 'b']", &["TuningParameters[1].Values (y)", "`a` is a text", "help"]),
    ] {
        let text = T1.replace(from, to);
        let ran = run(&text, &["solve", "problem.json"]).exits(2);
        assert!(ran.stdout.is_empty() && parts.iter().all(|part| ran.stderr.contains(part)), "{}", ran.stderr);
        let answer = run(&text, &["solve", "problem.json", "--json"]).exits(2).json();
        let place = answer["error"]["place"].as_str().unwrap();
        assert!(place.starts_with("problem.json: ConfigurationSpace.") && answer["error"]["hint"] != "", "{answer}");
    }
}

#[test]
fn kernel_tuner_s_parameters_and_restrictions_are_taken_as_they_are() {
    assert_eq!(run(KERNEL_TUNER, &["enumerate", "problem.json"]).exits(0).stdout, ROWS);
    let set = run(KERNEL_TUNER, &["count", "problem.json", "--set", "x=4"]).exits(0);
    assert_eq!(set.stdout, "2\n");
    let fields = r#""constants": {"least": 16}, "variables": {"z": {"values": [1, 2]}}, "constraints": ["z < y"], "#;
    let mixed =
        KERNEL_TUNER.replace(">= 16", ">= least").replace(r#""tune_params""#, &format!("{fields}\"tune_params\""));
    assert_eq!(run(&mixed, &["count", "problem.json"]).exits(0).stdout, "11\n");
    for restriction in [r#"p[\"x\"]*p['y'] >= 16"#, r#"lambda p: p[\"x\"] * p[\"y\"] >= 16"#] {
        let text =
            KERNEL_TUNER.replace("x * y >= 16", restriction).replace("[1, 2, 4, 8],", "\"[2**i for i in range(4)]\",");
        assert_eq!(run(&text, &["enumerate", "problem.json"]).exits(0).stdout, ROWS, "{restriction}");
    }
    let words = KERNEL_TUNER.replace("\"y\": [1, 2, 4, 8]", "\"y\": [true, 2.0, 4, 8]");
    assert_eq!(run(&words, &["enumerate", "problem.json"]).exits(0).stdout, ROWS);
}

#[test]
fn kernel_tuner_s_parameters_are_refused_with_their_place() {
    for (from, to, parts) in [
        ("[1, 2, 4, 8]}", "[\"a\"]}", &["tune_params.y[0]", "`a` is a text"][..]),
        ("[1, 2, 4, 8]}", "[0.5]}", &["tune_params.y[0]", "0.5 is not a whole number"]),
        ("[1, 2, 4, 8]}", "\"[1, 2\"}", &["tune_params.y", "expected `,`", "^"]),
        ("[1, 2, 4, 8]}", "7}", &["tune_params.y", "values are a list"]),
        ("[1, 2, 4, 8]}", "[]}", &["tune_params.y"]),
        ("{\"x\": [1, 2, 4, 8], \"y\": [1, 2, 4, 8]}", "[1]", &["tune_params", "an object of names and lists"]),
        ("[\"x * y >= 16\"]", "[5]", &["restrictions[0]", "a constraint is a text"]),
        ("x * y >= 16", "x * z >= 16", &["restrictions[0]", "unknown name `z`", "^"]),
        ("x * y >= 16", "p[\\\"x\\\"] * z >= 16", &["restrictions[0]", "unknown name `z`", "p[\"x\"] * z", ":1:10"]),
        ("x * y >= 16", "(x or y) * 2 >= 16", &["restrictions[0]", "one of their operands"]),
        ("x * y >= 16", "lambda a, b: a > b", &["restrictions[0]", "defines no functions"]),
    ] {
        let ran = run(&KERNEL_TUNER.replace(from, to), &["solve", "problem.json"]).exits(2);
        assert!(ran.stdout.is_empty() && parts.iter().all(|part| ran.stderr.contains(part)), "{}", ran.stderr);
    }
    let twice = KERNEL_TUNER.replace("\"tune_params\"", "\"variables\": {\"x\": {\"values\": [1]}}, \"tune_params\"");
    let ran = run(&twice, &["solve", "problem.json"]).exits(2);
    assert!(ran.stderr.contains("tune_params.x") && ran.stderr.contains("declared twice"), "{}", ran.stderr);
}

const TIMES: &str = "x,y,time,status,GFLOP/s,compile_time\n4,4,1.5,,100,30\n4,4,2.5,correct,,\n8,2,,compile,,12\n\
                     1,1,,constraints,,\n8,8,9,timeout,,\n";

const CACHE: [&str; 9] =
    ["results", "problem.json", "times.csv", "--format", "kernel-tuner", "--device", "A100", "--problem-size", "64,64"];

#[test]
fn measurements_become_a_cache_file() {
    let folder = Folder::with(&[("problem.json", KERNEL_TUNER), ("times.csv", TIMES)]);
    let text = folder.run(&CACHE).exits(0).stdout;
    // What Kernel Tuner itself looks for before it appends to a file.
    assert!(text.trim_end().ends_with("}\n}") && text.contains("},\n\"8,2\": {"), "{text}");
    let file: Value = serde_json::from_str(&text).unwrap();
    let head = ["schema_version", "device_name", "kernel_name", "problem_size", "tune_params_keys", "objective"];
    assert_eq!(
        head.map(|field| file[field].clone()),
        [json!("1.1.0"), json!("A100"), json!("small_kernel"), json!([64, 64]), json!(["x", "y"]), json!("time"),]
    );
    assert_eq!(file["tune_params"], json!({"x": [1, 2, 4, 8], "y": [1, 2, 4, 8]}));
    let entries = file["cache"].as_object().unwrap();
    let times: Vec<(&str, &Value)> = entries.iter().map(|(key, entry)| (key.as_str(), &entry["time"])).collect();
    assert_eq!(
        times,
        [
            ("4,4", &json!(2.0)),
            ("8,2", &json!("CompilationFailedConfig")),
            ("1,1", &json!("InvalidConfig")),
            ("8,8", &json!("RuntimeFailedConfig")),
        ]
    );
    let first = &entries["4,4"];
    assert_eq!((&first["x"], &first["times"], &first["GFLOP/s"]), (&json!(4), &json!([1.5, 2.5]), &json!(100.0)));
    assert!(entries["8,8"].get("times").is_none() && entries["8,2"]["compile_time"] == 12.0);
    for entry in entries.values() {
        for part in ["compile_time", "verification_time", "benchmark_time", "strategy_time", "framework_time"] {
            assert!(entry[part].is_number(), "{part}: {entry}");
        }
        let timestamp = entry["timestamp"].as_str().unwrap();
        assert!(timestamp.starts_with("20") && timestamp.ends_with("+00:00"), "{timestamp}");
    }
}

#[test]
fn measurements_become_t4() {
    let folder = Folder::with(&[("problem.json", T1), ("times.csv", &TIMES.replace("time,", "time_us,"))]);
    let arguments = ["results", "problem.json", "times.csv", "--format", "t4", "--out", "t4.json", "--json"];
    assert_eq!(folder.run(&arguments).exits(0).json()["configurations"], 4);
    let file: Value = serde_json::from_str(&folder.read("t4.json")).unwrap();
    assert_eq!(file["schema_version"], "1.0.0");
    let results = file["results"].as_array().unwrap();
    let words: Vec<_> = results.iter().map(|result| result["invalidity"].as_str().unwrap()).collect();
    assert_eq!(words, ["correct", "compile", "constraints", "timeout"]);
    assert_eq!(results[0]["configuration"], json!({"x": 4, "y": 4}));
    assert_eq!(results[0]["times"], json!({"compilation": 30.0, "runtimes": [0.0015, 0.0025]}));
    assert_eq!((&results[0]["correctness"], &results[1]["correctness"]), (&json!(1), &json!(0)));
    assert_eq!(results[0]["objectives"], json!(["time"]));
    assert_eq!(
        results[0]["measurements"],
        json!([
        {"name": "time", "value": 0.002, "unit": "ms"}, {"name": "GFLOP/s", "value": 100.0, "unit": ""}])
    );
    assert_eq!(results[3]["measurements"], json!([]));
}

#[cfg(unix)]
#[test]
fn the_log_of_try_is_a_list_of_measurements() {
    let folder = Folder::with(&[("problem.json", KERNEL_TUNER)]);
    let order = ["--order", "x:max,y:max", "--log", "log"];
    let test = ["--", "sh", "-c", "test {x} -lt 8"];
    folder.run(&[&["try", "problem.json"], &order[..], &test].concat()).exits(0);
    let results = ["results", "problem.json", "log", "--format", "t4"];
    let file = folder.run(&results).exits(0).json();
    let words: Vec<_> = file["results"].as_array().unwrap().iter().map(|result| &result["invalidity"]).collect();
    assert_eq!(words, ["runtime", "runtime", "runtime", "correct"]);
    let last = &file["results"][3];
    assert!(last["configuration"] == json!({"x": 4, "y": 8}) && last["measurements"][0]["value"].is_number(), "{last}");
    // A line that was not finished does not count.
    std::fs::write(folder.path().join("log"), folder.read("log") + "{\"values\"").unwrap();
    assert_eq!(folder.run(&results).exits(0).json(), file);
    std::fs::write(folder.path().join("other.json"), KERNEL_TUNER.replace("small_kernel", "other")).unwrap();
    let ran = folder.run(&["results", "other.json", "log", "--format", "t4"]).exits(2);
    assert!(ran.stderr.contains("log:1") && ran.stderr.contains("another problem"), "{}", ran.stderr);
}

#[test]
fn measurements_are_refused_with_their_line() {
    for (text, parts) in [
        ("", &["nothing was measured"][..]),
        ("x,y,time\n", &["times.csv", "nothing was measured"]),
        ("x,z,time\n4,4,1\n", &["times.csv:1", "no column `y`"]),
        ("x,y,x,time\n4,4,4,1\n", &["times.csv:1", "two columns `x`"]),
        ("x,y,time\n4,4\n", &["times.csv:2", "2 fields stand in 3 columns"]),
        ("x,y,time\n\n4,4.5,1\n", &["times.csv:3", "`y` holds whole numbers, not `4.5`"]),
        ("x,y,time\n4,4,-1\n", &["times.csv:2", "not negative"]),
        ("x,y,time\n4,4,nan\n", &["times.csv:2", "nan"]),
        ("x,y,time\n4,4,\n", &["times.csv:2", "no time"]),
        ("x,y,status\n4,4,broken\n", &["times.csv:2", "`broken` is no status", "compile"]),
        ("x,y,time\n4,5,1\n", &["times.csv:2", "5 is not one of the values of `y`"]),
        ("x,y,time\n1,1,1\n", &["times.csv:2", "violates `restrictions[0]`"]),
        ("x,y,time,status\n4,4,1,\n4,4,,runtime\n", &["times.csv:3", "line 2 says something else"]),
        ("x,y,time\n\"4,4,1\n", &["times.csv:2", "quotes"]),
        ("{\"log\": \"something\"}\n", &["times.csv:1", "no log of trials"]),
    ] {
        let folder = Folder::with(&[("problem.json", KERNEL_TUNER), ("times.csv", text)]);
        let ran = folder.run(&[&CACHE[..], &["--out", "cache.json"]].concat()).exits(2);
        assert!(
            ran.stdout.is_empty() && parts.iter().all(|part| ran.stderr.contains(part)),
            "{text:?}: {}",
            ran.stderr
        );
        assert_eq!(folder.names(), ["problem.json", "times.csv"], "no file is left");
        assert_eq!(folder.run(&[&CACHE[..], &["--json"]].concat()).exits(2).json()["status"], "error");
    }
}

#[test]
fn a_cache_file_needs_to_know_what_it_is_of() {
    let unnamed = KERNEL_TUNER.replace(r#", "name": "small_kernel""#, "");
    let folder = Folder::with(&[("problem.json", &unnamed), ("times.csv", "x,y,time\n4,4,1\n")]);
    let base = ["results", "problem.json", "times.csv", "--format", "kernel-tuner"];
    for (flags, missing) in [
        (&["--kernel", "k", "--problem-size", "64"][..], "--device NAME"),
        (&["--device", "d", "--problem-size", "64"], "--kernel NAME"),
        (&["--device", "d", "--kernel", "k"], "--problem-size"),
    ] {
        let ran = folder.run(&[&base[..], flags].concat()).exits(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(missing), "{}", ran.stderr);
    }
    let known = unnamed.replace("\"tune_params\"", "\"gpu\": \"T4\", \"shape\": {\"m\": 8, \"n\": 4}, \"tune_params\"");
    std::fs::write(folder.path().join("problem.json"), known).unwrap();
    let file = folder.run(&[&base[..], &["--kernel", "k"]].concat()).exits(0).json();
    assert_eq!((&file["device_name"], &file["problem_size"]), (&json!("T4"), &json!([8, 4])));
}

/// A column that is known as something else is not proposed for one that is missing.
#[test]
fn a_missing_column_is_named_and_a_misspelt_one_proposed() {
    let problem = KERNEL_TUNER.replace("\"y\"", "\"tile\"").replace("* y", "* tile");
    for (head, proposed) in [("x,time", None), ("x,tlie,time", Some("Is it `tlie`?"))] {
        let folder = Folder::with(&[("problem.json", problem.as_str()), ("rows.csv", &format!("{head}\n"))]);
        let ran = folder.run(&["results", "problem.json", "rows.csv", "--format", "t4"]).exits(2);
        assert!(ran.stderr.contains("there is no column `tile`"), "{}", ran.stderr);
        let hint = ran.stderr.lines().find(|line| line.contains("Is it"));
        assert_eq!(
            hint.map(|line| line.contains(proposed.unwrap_or("nothing"))),
            proposed.map(|_| true),
            "{}",
            ran.stderr
        );
    }
}
