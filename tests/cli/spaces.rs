//! Counting and enumerating solutions.

use crate::{CLASH, Folder, TILES, run};
use constrint_solver::{Limits, SolutionSpace};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A public search space.
fn space(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/spaces");
    folder.join(format!("{name}.json")).display().to_string()
}

#[test]
fn a_count_is_one_number() {
    let folder = Folder::with(&[("text.constrint", "a == [1, 2, 3]; b == [1, 2]; a != 2 | b != 2")]);
    assert_eq!(folder.run(&["count", &space("prl_2x2")]).exits(0).stdout, "1200\n");
    assert_eq!(folder.run(&["count", "text.constrint"]).exits(0).stdout, "5\n");
    let answer = folder.run(&["count", "text.constrint", "--json"]).exits(0).json();
    assert_eq!((&answer["status"], &answer["count"]), (&json!("optimal"), &json!(5)));
    assert_eq!(folder.run(&["count", "text.constrint", "--set", "a=2"]).exits(0).stdout, "1\n");
    assert_eq!(run(CLASH, &["count", "problem.json"]).exits(1).stdout, "0\n");
    // Objectives choose among solutions; they do not make fewer.
    let all = run(TILES, &["count", "problem.json"]).exits(0).stdout;
    assert_eq!(
        all.trim(),
        run(TILES, &["enumerate", "problem.json"]).exits(0).stdout.lines().skip(1).count().to_string()
    );
}

#[test]
fn rows_come_in_order_in_each_format() {
    let text = "a == [1, 2, 3]; b == [4, 5]; a + b == [6, 7]";
    let folder = Folder::with(&[("text.constrint", text)]);
    let rows = "a,b\n1,5\n2,4\n2,5\n3,4\n";
    assert_eq!(folder.run(&["enumerate", "text.constrint"]).exits(0).stdout, rows);
    let lines = folder.run(&["enumerate", "text.constrint", "--format", "jsonl"]).exits(0).stdout;
    let objects: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects[0], json!({"a": 1, "b": 5}));
    assert_eq!(objects.len(), 4);
    let ran = folder.run(&["enumerate", "text.constrint", "--out", "rows.csv", "--json"]).exits(0);
    assert_eq!((folder.read("rows.csv"), &ran.json()["rows"]), (rows.to_owned(), &json!(4)));
}

/// The rows of the library's diagram, in the order of their indices: no two parts of this space come one after the other.
#[test]
fn rows_are_written_in_the_order_of_their_indices() {
    let text = "a == [1, 2, 3]; b == [4, 5]; c == [1, 2]; d == [7, 8, 9]; a + c <= 4; b + d <= 13";
    let folder = Folder::with(&[("text.constrint", text)]);
    let model = constrint_solver::language::constrint::parse(text).unwrap().model;
    let space = SolutionSpace::build(&model, &Limits::default()).unwrap();
    let written = folder.run(&["enumerate", "text.constrint", "--quiet"]).exits(0).stdout;
    let rows: Vec<Vec<i64>> =
        written.lines().skip(1).map(|line| line.split(',').map(|value| value.parse().unwrap()).collect()).collect();
    assert_eq!(space.len(), rows.len().into());
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(space.get(&index.into()).as_ref(), Some(row));
    }
}

#[test]
fn samples_are_solutions_and_come_again_with_their_seed() {
    let small = Folder::with(&[("text.constrint", "a <= 60; b <= 60; a % b == 0")]);
    for more in [&[][..], &["--spread"]] {
        let call = [&["sample", "text.constrint", "-n", "40", "--seed", "7", "--format", "jsonl"], more].concat();
        let lines = small.run(&call).exits(0).stdout;
        let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(
            rows.len() == 40 && rows.iter().all(|row| row["a"].as_i64().unwrap() % row["b"].as_i64().unwrap() == 0)
        );
        assert_eq!(small.run(&call).exits(0).stdout, lines);
    }
    // A diagram cannot hold it: no equation determines c.
    let ran = run(ENDLESS, &["sample", "problem.json"]).exits(2);
    assert!(ran.stderr.contains('c') && ran.stdout.is_empty(), "{}", ran.stderr);
    let ran = run(CLASH, &["sample", "problem.json", "-n", "3"]).exits(1);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    let answer = small.run(&["sample", "text.constrint", "-n", "3", "--out", "rows.csv", "--json"]).exits(0).json();
    assert_eq!((&answer["status"], &answer["rows"]), (&json!("feasible"), &json!(3)));
    assert_eq!(small.read("rows.csv").lines().count(), 4);
}

/// Read back by a reader that shares no code with the writer.
#[cfg(feature = "parquet")]
#[test]
fn parquet_holds_the_rows_of_the_csv() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let folder = Folder::with(&[]);
    let [space, out] = [space("prl_8x8"), "rows.parquet".to_owned()];
    folder.run(&["enumerate", &space, "--format", "parquet", "--out", &out]).exits(0);
    let csv = folder.run(&["enumerate", &space]).exits(0).stdout;
    let mut lines = csv.lines();
    let names: Vec<String> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    let reader = SerializedFileReader::new(std::fs::File::open(folder.path().join(&out)).unwrap()).unwrap();
    let mut rows = 0;
    for (row, line) in reader.get_row_iter(None).unwrap().zip(lines) {
        let row = row.unwrap();
        let columns: Vec<(String, String)> =
            row.get_column_iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        assert!(columns.iter().map(|(name, _)| name).eq(&names));
        assert!(columns.iter().map(|(_, value)| value.as_str()).eq(line.split(',')), "{line}");
        rows += 1;
    }
    assert_eq!(rows, 48_720);
}

#[test]
fn what_is_cut_short_leaves_no_file() {
    let wide = "a <= 1000000; b <= 1000000; a * b % 7 == 3";
    let folder = Folder::with(&[("text.constrint", wide)]);
    let ran = folder.run(&["enumerate", "text.constrint", "--out", "rows.csv", "--time-limit", "50ms"]).exits(3);
    assert!(ran.stderr.contains("the time limit was reached"), "{}", ran.stderr);
    assert_eq!(folder.names(), ["text.constrint"]);
    let ran = folder.run(&["count", "text.constrint", "--time-limit", "50ms"]).exits(3);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("there may be more"), "{}", ran.stderr);
    let answer = folder.run(&["count", "text.constrint", "--time-limit", "50ms", "--json"]).exits(3).json();
    assert!(answer["status"] == "unknown" && answer["count"].is_null() && answer["count_so_far"].is_u64(), "{answer}");
    assert_eq!(answer["limit"], "time");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::io::Read;
    let folder = Folder::with(&[("text.constrint", "a <= 100000; b <= 100000")]);
    let mut command = folder.command(&["enumerate", "text.constrint"]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut start = [0; 4];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((start, child.wait().unwrap().code()), (*b"a,b\n", Some(0)));
    assert!(!said.contains("error") && !said.contains("panicked"), "{said}");
}

#[test]
fn the_ending_of_the_file_decides() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    let csv = folder.run(&["enumerate", "problem.json"]).exits(0).stdout;
    let json_lines = folder.run(&["enumerate", "problem.json", "--format", "jsonl"]).exits(0).stdout;
    for (path, expected) in
        [("rows.csv", &csv), ("rows.jsonl", &json_lines), ("rows.NDJSON", &json_lines), ("rows.txt", &csv)]
    {
        folder.run(&["enumerate", "problem.json", "--out", path]).exits(0);
        assert_eq!(std::fs::read_to_string(folder.path().join(path)).unwrap(), *expected, "{path}");
    }
    for command in [&["enumerate", "problem.json"][..], &["sample", "problem.json"]] {
        for (path, format) in
            [("other.csv", "jsonl"), ("other.jsonl", "csv"), ("other.parquet", "csv"), ("other.csv", "parquet")]
        {
            let ran = folder.run(&[command, &["--format", format, "--out", path]].concat()).exits(2);
            let parts = [path, "the ending says", format];
            assert!(parts.iter().all(|part| ran.stderr.contains(part)), "{}", ran.stderr);
            assert!(!folder.path().join(path).exists());
        }
    }
    if cfg!(not(feature = "parquet")) {
        let ran = folder.run(&["enumerate", "problem.json", "--out", "other.parquet"]).exits(2);
        assert!(ran.stderr.contains("the feature `parquet`"), "{}", ran.stderr);
    }
    let ran = folder.run(&["solve", "problem.json", "--emit", "header", "--out", "tile.rs"]).exits(2);
    assert!(ran.stderr.contains("the ending says rust, and the flag header"), "{}", ran.stderr);
}

/// A point where an objective has no value is a solution nowhere.
#[test]
fn an_objective_without_a_value_makes_no_solution() {
    let text = r#"{"version": 1, "variables": {"x": {"min": 0, "max": 3}}, "objective": {"maximize": "6 // x"}}"#;
    let folder = Folder::with(&[("problem.json", text), ("zero.json", r#"{"x": 0}"#), ("one.json", r#"{"x": 1}"#)]);
    assert_eq!(folder.run(&["count", "problem.json"]).exits(0).stdout, "3\n");
    assert_eq!(folder.run(&["enumerate", "problem.json"]).exits(0).stdout, "x\n1\n2\n3\n");
    assert!(!folder.run(&["sample", "problem.json", "-n", "50"]).exits(0).stdout.contains("\n0\n"));
    let all = folder.run(&["solve", "problem.json", "--solutions", "9", "--json"]).exits(0).json();
    assert_eq!(all["solutions"].as_array().map(Vec::len), Some(3));
    let least = folder.run(&["solve", "problem.json", "--order", "x:min", "--json"]).exits(0).json();
    assert_eq!(least["config"]["x"], 1);
    let ran = folder.run(&["check", "problem.json", "zero.json"]).exits(1);
    assert!(ran.stdout.contains("the objective has a value in every solution"), "{}", ran.stdout);
    folder.run(&["check", "problem.json", "one.json"]).exits(0);
}

#[test]
fn what_python_may_answer_otherwise_is_told_once() {
    let text = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 9}},
        "constraints": ["x * 0.1 <= 0.7", "0.1 * x >= 0.3", "x ^ 2 <= 99"]}"#;
    let ran = run(text, &["count", "problem.json"]).exits(0);
    assert_eq!(ran.stdout, "5\n");
    assert_eq!(ran.stderr.matches("warning: ").count(), 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("problem.json: constraints[0]:1:9") && ran.stderr.contains("`**`"), "{}", ran.stderr);
}

#[test]
fn refusals() {
    if cfg!(not(feature = "parquet")) {
        let ran = run(TILES, &["enumerate", "problem.json", "--format", "parquet"]).exits(2);
        assert!(ran.stderr.contains("Parquet") && ran.stderr.contains("csv"), "{}", ran.stderr);
    }
    let ran = run(TILES, &["enumerate", "problem.json", "--json"]).exits(2);
    assert_eq!(ran.json()["status"], "error");
    let ran = run(TILES, &["enumerate", "problem.json", "--out", "missing/rows.csv"]).exits(2);
    assert!(ran.stderr.contains("missing/rows.csv"), "{}", ran.stderr);
}

/// More solutions than anybody waits for.
const ENDLESS: &str = r#"{"version": 1, "name": "endless", "constraints": ["a + b >= c"], "variables": {
    "a": {"min": 1, "max": 1000000}, "b": {"min": 1, "max": 1000000}, "c": {"min": 1, "max": 1000000}}}"#;

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_part_of_a_file() {
    let folder = Folder::with(&[("problem.json", ENDLESS)]);
    for arguments in [&["enumerate", "problem.json", "--out", "rows.csv"][..], &["count", "problem.json"]] {
        let mut command = folder.command(arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The temporary file is there once the listing has begun; a count leaves no such sign.
        let start = Instant::now();
        while arguments[0] == "enumerate" && folder.names().len() < 2 {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing was begun");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(500));
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!((output.stdout.as_slice(), folder.names()), (&b""[..], vec!["problem.json".to_owned()]));
    }
}
