//! `try`: configurations put to a command.
#![cfg(unix)]

use crate::{CLASH, Folder, MATMUL, Ran, TILES};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Works for tiles below 40; keeps a list of what it was called with.
const SMALL_TILES: &str = "echo $CONSTRINT_TILE,$CONSTRINT_STAGES >> calls; test $CONSTRINT_TILE -lt 40";

/// The best configurations of [`TILES`] with tiles below 40, tile and stages.
const BEST: (i64, i64) = (32, 8);

fn tiles() -> Folder {
    Folder::with(&[("problem.json", TILES)])
}

/// Runs `constrint try problem.json FLAGS… --json -- sh -c SCRIPT`.
fn try_json(folder: &Folder, flags: &[&str], script: &str) -> Ran {
    folder.run(&[&["try", "problem.json", "--json"], flags, &["--", "sh", "-c", script]].concat())
}

/// What the script was called with, a line each.
fn calls(folder: &Folder) -> Vec<String> {
    folder.read("calls").lines().map(str::to_owned).collect()
}

fn config(answer: &Value) -> (i64, i64) {
    let value = |name: &str| answer["config"][name].as_i64().unwrap();
    (value("tile"), value("stages"))
}

/// The log without the times.
fn log_lines(folder: &Folder) -> Vec<Value> {
    let lines = folder.read("log").lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    let timeless = lines.into_iter().map(|mut line| {
        line.as_object_mut().unwrap().remove("seconds");
        line
    });
    timeless.collect()
}

#[test]
fn the_first_that_works_is_the_best_that_works() {
    let folder = tiles();
    let ran = try_json(&folder, &[], SMALL_TILES).exits(0);
    let answer = ran.json();
    assert_eq!((&answer["status"], config(&answer)), (&json!("optimal"), BEST));
    let calls = calls(&folder);
    assert_eq!(calls[0], "48,8");
    assert_eq!((answer["trials"].as_u64(), &answer["trials_resumed"]), (Some(calls.len() as u64), &json!(0)));
    let objective = |call: &String| {
        let numbers: Vec<i64> = call.split(',').map(|number| number.parse().unwrap()).collect();
        numbers[0] * numbers[1] + numbers[1]
    };
    assert!(calls.is_sorted_by_key(|call| -objective(call)), "{calls:?}");
    for part in ["trial 1: tile=48 stages=8", "fails after", "works after", "tiles: optimal"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let text = folder.run(&["try", "problem.json", "--quiet", "--", "sh", "-c", SMALL_TILES]).exits(0);
    assert!(text.stdout.contains("tiles  optimal") && text.stderr.is_empty(), "{}{}", text.stdout, text.stderr);
}

#[test]
fn a_blamed_variable_saves_trials() {
    let folder = tiles();
    let script = format!("{SMALL_TILES} || {{ echo constrint: fails-from tile; exit 1; }}");
    let answer = try_json(&folder, &[], &script).exits(0).json();
    assert_eq!(config(&answer), BEST);
    let blaming = calls(&folder);
    std::fs::remove_file(folder.path().join("calls")).unwrap();
    try_json(&folder, &[], SMALL_TILES).exits(0);
    assert!(blaming.len() < calls(&folder).len(), "{blaming:?}");
    let smaller = "test $CONSTRINT_STAGES -ge 8 || { echo; echo constrint: fails-up-to stages; echo; exit 3; }";
    let answer = try_json(&folder, &["--order", "stages:min,tile:max"], smaller).exits(0).json();
    assert_eq!((config(&answer), &answer["trials"]), ((48, 8), &json!(8)));
    assert_eq!(answer["objective"][0], json!({"minimize": "stages", "value": 8}));
}

#[test]
fn bisection_takes_few_trials() {
    let problem = r#"{"version": 1, "variables": {"n": {"min": 1, "max": 1000}}, "objective": {"maximize": "n"}}"#;
    let folder = Folder::with(&[("problem.json", problem)]);
    for (flags, script, best) in [
        (["--bisect", "n"], "test $CONSTRINT_N -le 777", 777),
        (["--bisect", "n:max"], "true", 1000),
        (["--bisect", "n:min"], "test $CONSTRINT_N -gt 995", 1000),
    ] {
        let answer = try_json(&folder, &flags, script).exits(0).json();
        assert_eq!(answer["config"]["n"], best);
        assert!(answer["trials"].as_u64().unwrap() <= 10, "{answer}");
    }
    let answer = try_json(&folder, &["--bisect", "n"], "false").exits(1).json();
    assert_eq!((&answer["status"], answer.get("config")), (&json!("infeasible"), None));
}

#[test]
fn the_command_is_told_the_configuration() {
    let folder = Folder::with(&[("problem.json", MATMUL)]);
    let script = r#"test "$1" = "$CONSTRINT_MATMUL_BLOCK_M" && test "$2" = "all: $CONSTRINT_FLAGS" &&
        test "$3" = "$CONSTRINT_HEADER" && grep -q "define CONSTRINT_MATMUL_BLOCK_M $1$" "$3" &&
        test "$(basename "$3")" = matmul_config.h && test "$4" = "$CONSTRINT_JSON" && cp "$4" config.json &&
        test "$5" = '{other}' && shift 5 && test "$*" = "$CONSTRINT_FLAGS" && test $# -gt 3"#;
    let words = ["{block_m}", "all: {flags}", "{header}", "{json}", "{other}", "{flags}"];
    let arguments = [&["try", "problem.json", "--most", "1", "--json", "--", "sh", "-c", script, "sh"], &words[..]];
    let answer = folder.run(&arguments.concat()).exits(0).json();
    let told: Value = serde_json::from_str(&folder.read("config.json")).unwrap();
    assert_eq!(told["config"], answer["config"]);
    folder.run(&["check", "problem.json", "config.json"]).exits(0);
}

#[test]
fn a_limit_leaves_the_best_so_far() {
    let folder = tiles();
    let answer = try_json(&folder, &["--most", "2"], SMALL_TILES).exits(3).json();
    assert_eq!((&answer["status"], &answer["trials"]), (&json!("unknown"), &json!(2)));
    let answer = try_json(&folder, &["--bisect", "tile", "--most", "1"], SMALL_TILES).exits(0).json();
    assert_eq!(answer["status"], "feasible");
    // The last trial allowed may be the one that settles it.
    let answer = try_json(&folder, &["--most", "1"], "true").exits(0).json();
    assert_eq!(answer["status"], "optimal");
    // A command that the limit ends says nothing, and ends with all that it has started.
    let slow = "(sleep 1; touch later) & sleep 60";
    let answer = try_json(&folder, &["--time-limit", "200ms"], slow).exits(3).json();
    assert_eq!(
        (&answer["trials"], &answer["status"], &answer["limit"]),
        (&json!(0), &json!("unknown"), &json!("time"))
    );
    std::thread::sleep(Duration::from_millis(1200));
    assert!(!folder.path().join("later").exists());
    // The problem's own limit is one of each search, and leaves the command its time.
    let limited = TILES.replace("\"objective\"", "\"solve\": {\"time_limit_s\": 1}, \"objective\"");
    let folder = Folder::with(&[("problem.json", &limited)]);
    let answer = try_json(&folder, &[], "sleep 0.4; test $CONSTRINT_TILE -lt 40").exits(0).json();
    assert!(answer["status"] == "optimal" && answer["trials"].as_u64().unwrap() > 3, "{answer}");
}

#[test]
fn nothing_works_or_nothing_is_there_to_try() {
    let folder = tiles();
    let narrow = ["--set", "stages=8", "--order", "tile:max"];
    assert_eq!(try_json(&folder, &narrow, "false").exits(1).json()["trials"], 3);
    let text = folder.run(&["try", "problem.json", "--set", "stages=8", "--", "false"]).exits(1).stdout;
    assert!(text.contains("nothing works") && text.contains("failed"), "{text}");
    let folder = Folder::with(&[("problem.json", CLASH)]);
    let answer = try_json(&folder, &[], "touch called").exits(1).json();
    assert_eq!(answer["conflict"].as_array().unwrap().len(), 2);
    assert_eq!(folder.names(), ["problem.json"]);
}

/// Cut anywhere, the log leads to the same end, and nothing that it holds is tried again.
#[test]
fn a_log_is_resumed_wherever_it_was_cut() {
    for flags in [&["--log", "log"][..], &["--log", "log", "--bisect", "tile"]] {
        let folder = tiles();
        let whole = try_json(&folder, flags, SMALL_TILES).exits(0).json();
        let (text, lines, all) = (folder.read("log"), log_lines(&folder), calls(&folder));
        assert_eq!(lines.len(), all.len() + 1);
        assert_eq!(lines[1]["values"].as_object().unwrap().len(), 2);
        let cuts = [0, 1, text.find('\n').unwrap(), text.find('\n').unwrap() + 1, text.len() / 2, text.len() - 1];
        for cut in cuts.into_iter().chain([text.len()]) {
            std::fs::write(folder.path().join("log"), &text[..cut]).unwrap();
            std::fs::write(folder.path().join("calls"), "").unwrap();
            let ran = try_json(&folder, flags, SMALL_TILES).exits(0);
            let answer = ran.json();
            assert_eq!((&answer["status"], &answer["config"]), (&whole["status"], &whole["config"]), "{cut}");
            let known = text[..cut].matches('\n').count().saturating_sub(1);
            assert_eq!(calls(&folder), all[known..], "cut at {cut}");
            assert_eq!(log_lines(&folder), lines, "cut at {cut}");
            let torn = !text[..cut].is_empty() && !text[..cut].ends_with('\n');
            assert_eq!(ran.stderr.contains("log: the last line was unfinished"), torn, "{}", ran.stderr);
        }
    }
}

#[test]
fn a_log_of_something_else_is_refused_and_left_alone() {
    let folder = tiles();
    try_json(&folder, &["--log", "log"], SMALL_TILES).exits(0);
    let log = folder.read("log");
    let refused = |text: &str, problem: &str, parts: &[&str]| {
        std::fs::write(folder.path().join("log"), text).unwrap();
        std::fs::write(folder.path().join("problem.json"), problem).unwrap();
        let ran = folder.run(&["try", "problem.json", "--log", "log", "--", "touch", "called"]).exits(2);
        assert!(ran.stdout.is_empty() && parts.iter().all(|part| ran.stderr.contains(part)), "{}", ran.stderr);
        assert!(!folder.names().contains(&"called".to_owned()));
        assert_eq!(folder.read("log"), text);
    };
    refused(&log, &TILES.replace("\"tiles\"", "\"other\""), &["log:1", "another problem", "\"tiles\"", "\"other\""]);
    refused(&log, &TILES.replace("stages", "steps"), &["log:1", "variables"]);
    refused(&log, &TILES.replace("\"max\": 8", "\"max\": 7"), &["log", "trial 1", "`stages`", "new log"]);
    refused(&log, &TILES.replace("49152", "40000"), &["log", "trial 1", "`fits`"]);
    refused("some words", TILES, &["log:1", "no log of trials"]);
    refused("some words\nand more\n", TILES, &["log:1", "no log of trials"]);
    let first_line = log.split_inclusive('\n').next().unwrap();
    refused(&format!("{first_line}[]\n"), TILES, &["log:2", "no trial"]);
    let trial =
        |tile, verdict: &str| format!("{{\"values\":{{\"tile\":{tile},\"stages\":1}},\"verdict\":{verdict}}}\n");
    let contradiction = [first_line, &trial(64, "\"works\""), &trial(32, "\"fails-from\",\"variable\":\"tile\"")];
    refused(&contradiction.concat(), TILES, &["log", "trial 2", "contradicts trial 1"]);
    let unknown = [first_line, &trial(32, "\"fails-from\",\"variable\":\"tiel\"")];
    refused(&unknown.concat(), TILES, &["log", "trial 1", "`tiel`", "Did you mean `tile`?"]);
    // Other objectives do not make another problem.
    std::fs::write(folder.path().join("log"), &log).unwrap();
    std::fs::write(folder.path().join("problem.json"), TILES.replace("maximize", "minimize")).unwrap();
    let answer = try_json(&folder, &["--log", "log"], SMALL_TILES).exits(0).json();
    assert_eq!(config(&answer), (16, 1));
}

#[test]
fn a_command_that_cannot_test_ends_the_search() {
    let folder = tiles();
    for (script, parts) in [
        ("exit 99", &["sh", "asked to stop", "99"][..]),
        ("no-such-command-here", &["sh", "127", "not found"]),
        ("echo constrint: fails-from tiel; exit 1", &["not understood", "fails-from tiel", "fails-from NAME"]),
        ("echo constrint: fals-from tile; exit 1", &["not understood"]),
    ] {
        let ran = try_json(&folder, &["--log", "log"], script).exits(2);
        assert!(parts.iter().all(|part| ran.stderr.contains(part)), "{script}: {}", ran.stderr);
        assert_eq!(ran.json()["status"], "error");
        assert_eq!(log_lines(&folder).len(), 1, "no verdict, no trial");
    }
    let ran = folder.run(&["try", "problem.json", "--", "./missing"]).exits(2);
    assert!(ran.stderr.contains("./missing") && ran.stdout.is_empty(), "{}", ran.stderr);
    // A crash is a failure of the configuration.
    let crash = "test $CONSTRINT_TILE -lt 40 || kill -SEGV $$";
    assert_eq!(config(&try_json(&folder, &[], crash).exits(0).json()), BEST);
}

#[test]
fn bad_usage_runs_nothing_and_makes_no_log() {
    let folder = tiles();
    for (flags, part) in [
        (["--bisect", "tiel"], "`tile`"),
        (["--bisect", "tile:up"], "NAME:max"),
        (["--order", "tiel:max"], "`tile`"),
        (["--most", "0"], "0"),
        (["--log", "missing/log"], "missing/log"),
    ] {
        let log: &[&str] = if flags[0] == "--log" { &[] } else { &["--log", "log"] };
        let ran = try_json(&folder, &[&flags[..], log].concat(), "touch called").exits(2);
        assert!(ran.stderr.contains(part), "{flags:?}: {}", ran.stderr);
        assert_eq!(folder.names(), ["problem.json"]);
    }
    folder.run(&["try", "problem.json"]).exits(2);
    let reserved = TILES.replace("stages", "flags");
    let folder = Folder::with(&[("problem.json", &reserved)]);
    let ran = try_json(&folder, &[], "touch called").exits(2);
    assert!(ran.stderr.contains("`flags`") && folder.names() == ["problem.json"], "{}", ran.stderr);
}

/// Starts `constrint try` with a log, and waits until the script has written `started`.
fn start(folder: &Folder, flags: &[&str], script: &str) -> Child {
    let script = format!("{script}; touch started; sleep 1; exit 1");
    let arguments = [&["try", "problem.json", "--json", "--log", "log"], flags, &["--", "sh", "-c", &script]];
    let mut command = folder.command(&arguments.concat());
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = Instant::now();
    while !folder.path().join("started").exists() {
        assert!(waiting.elapsed() < Duration::from_secs(60), "the command was never run");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

fn interrupt(child: Child) -> (i32, Value) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn ctrl_c_stops_with_the_best_so_far() {
    let folder = tiles();
    let (code, answer) = interrupt(start(&folder, &[], "true"));
    assert_eq!((code, &answer["status"], &answer["trials"]), (3, &json!("unknown"), &json!(0)));
    assert_eq!(log_lines(&folder).len(), 1, "what was interrupted is no trial");
    std::fs::remove_file(folder.path().join("started")).unwrap();
    let (code, answer) = interrupt(start(&folder, &["--bisect", "tile"], "test $CONSTRINT_TILE -gt 40 || exit 0"));
    assert_eq!((code, &answer["status"], &answer["trials"]), (0, &json!("feasible"), &json!(1)));
    assert_eq!(config(&answer), (16, 8), "the middle of the tiles");
}

#[test]
fn a_killed_search_goes_on_from_its_log() {
    let folder = tiles();
    let script = "echo $CONSTRINT_TILE,$CONSTRINT_STAGES >> calls; test $CONSTRINT_TILE -gt 40 && exit 1; true";
    let mut child = start(&folder, &[], script);
    child.kill().unwrap();
    child.wait().unwrap();
    let known = log_lines(&folder).len() - 1;
    let before = calls(&folder);
    assert_eq!(known + 1, before.len(), "all but the one that was running");
    let answer = try_json(&folder, &["--log", "log"], SMALL_TILES).exits(0).json();
    assert_eq!((config(&answer), &answer["trials_resumed"]), (BEST, &json!(known)));
    let after = &calls(&folder)[before.len()..];
    assert_eq!(after[0], before[known], "the one that was running");
    assert!(after.iter().all(|call| !before[..known].contains(call)), "{after:?}");
}

#[test]
fn a_log_has_one_writer() {
    let folder = tiles();
    let mut child = start(&folder, &[], "true");
    let ran = try_json(&folder, &["--log", "log"], "true").exits(2);
    assert!(ran.stderr.contains("log") && ran.stderr.contains("another process"), "{}", ran.stderr);
    child.kill().unwrap();
    child.wait().unwrap();
    try_json(&folder, &["--log", "log"], "true").exits(0);
}
