//! `tune`: configurations measured by a command, or looked up in a recording.
#![cfg(unix)]

use crate::{Folder, Ran};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

/// 48 configurations without anything to predict a time by.
const SPACE: &str = r#"{"version": 1, "name": "space",
  "variables": {"tile": {"powers_of": 2, "max": 128}, "stages": {"min": 1, "max": 8}},
  "constraints": ["tile * stages <= 512"]}"#;

/// In microseconds, least at tile 32 and 3 stages: 100.
const TIME: &str = "t=$CONSTRINT_TILE; s=$CONSTRINT_STAGES; l=0; while [ $t -gt 1 ]; do t=$((t / 2)); l=$((l + 1)); done; \
                    echo \"time: $((100 + 30 * (l - 5) * (l - 5) + 10 * (s - 3) * (s - 3))) us\"";

/// In milliseconds, what [`TIME`] says.
fn time_ms(tile: i64, stages: i64) -> f64 {
    let square = |distance: i64| i32::try_from(distance * distance).unwrap();
    f64::from(100 + 30 * square(i64::from(tile.ilog2()) - 5) + 10 * square(stages - 3)) / 1e3
}

fn space() -> Folder {
    Folder::with(&[("problem.json", SPACE)])
}

/// All solutions of [`SPACE`], by counting.
fn all() -> BTreeSet<(i64, i64)> {
    let pairs = (0..8).flat_map(|power| (1..=8).map(move |stages| (1 << power, stages)));
    pairs.filter(|(tile, stages)| tile * stages <= 512).collect()
}

/// Runs `constrint tune problem.json FLAGS… --json -- sh -c SCRIPT`.
fn tune(folder: &Folder, flags: &[&str], script: &str) -> Ran {
    folder.run(&[&["tune", "problem.json", "--json"], flags, &["--", "sh", "-c", script]].concat())
}

fn pair(config: &Value) -> (i64, i64) {
    (config["tile"].as_i64().unwrap(), config["stages"].as_i64().unwrap())
}

/// The configurations that were measured, each once, with what became of them.
fn measurements(answer: &Value) -> BTreeMap<(i64, i64), Value> {
    let list = answer["measurements"].as_array().unwrap();
    for (index, one) in list.iter().enumerate() {
        assert_eq!(one["number"], index + 1);
        assert!(one["time_ms"].is_number() != one["failure"].is_string(), "{one}");
    }
    let found: BTreeMap<_, _> = list.iter().map(|one| (pair(&one["config"]), one.clone())).collect();
    assert_eq!(found.len(), list.len(), "one was measured twice");
    found
}

#[test]
fn it_measures_every_configuration_once_where_it_may() {
    let folder = space();
    let answer = tune(&folder, &["--to-the-end"], TIME).exits(0).json();
    let found = measurements(&answer);
    assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), all());
    for ((tile, stages), one) in found {
        let expected = time_ms(tile, stages);
        assert!((one["time_ms"].as_f64().unwrap() - expected).abs() < 1e-9, "{one}");
    }
    assert_eq!((&answer["status"], &answer["ended"]), (&json!("measured"), &json!("exhausted")));
    assert_eq!(answer["best"], json!({"config": {"tile": 32, "stages": 3}, "time_ms": 0.1}));
}

#[test]
fn it_ends_by_itself_with_the_best() {
    let folder = space();
    let ran = tune(&folder, &[], TIME).exits(0);
    let answer = ran.json();
    assert_eq!((&answer["ended"], pair(&answer["best"]["config"])), (&json!("settled"), (32, 3)));
    let count = measurements(&answer).len();
    assert!((10..45).contains(&count), "{count} of 63");
    assert!(ran.stderr.contains("little is left to gain"), "{}", ran.stderr);
    let again = tune(&folder, &[], TIME).exits(0).json();
    assert_eq!(again["measurements"], answer["measurements"], "the same seed and times give the same course");
    let other = tune(&folder, &["--seed", "1"], TIME).exits(0).json();
    assert_ne!(other["measurements"], answer["measurements"]);
    let text = folder.run(&["tune", "problem.json", "--measurements", "3", "--", "sh", "-c", TIME]).exits(0);
    assert!(text.stdout.contains("Measured") && text.stderr.contains("3: tile="), "{}{}", text.stdout, text.stderr);
    let header = ["tune", "problem.json", "--emit", "header", "--quiet", "--", "sh", "-c", TIME];
    let header = folder.run(&header).exits(0);
    assert!(header.stdout.contains("#define CONSTRINT_TILE 32"), "{}", header.stdout);
}

/// One hangs, one crashes, one prints nonsense, one nothing, one fails with a word, one leaves its output open.
#[test]
fn what_goes_wrong_costs_its_own_measurement_alone() {
    let folder = space();
    let script = format!(
        "case $CONSTRINT_TILE,$CONSTRINT_STAGES in 32,3) sleep 60;; 32,4) kill -SEGV $$;; 32,2) echo fast;; 16,3) ;; \
         64,3) echo no launch; exit 7;; 16,2) echo -3;; 8,3) (sleep 60) & {TIME};; *) {TIME};; esac"
    );
    let answer = tune(&folder, &["--to-the-end", "--timeout", "400ms"], &script).exits(0).json();
    let found = measurements(&answer);
    assert_eq!(found.len(), all().len());
    for (place, why) in [
        ((32, 3), "no end after 0.4 s"),
        ((32, 4), "signal"),
        ((32, 2), "it printed no time: fast"),
        ((16, 3), "it printed no time"),
        ((64, 3), "exit code 7: no launch"),
        ((16, 2), "it printed no time: -3"),
        ((8, 3), "no end after 0.4 s"),
    ] {
        let failure = found[&place]["failure"].as_str().unwrap_or_else(|| panic!("{}", found[&place]));
        assert!(failure.contains(why), "{place:?}: {failure}");
    }
    assert_eq!(found.values().filter(|one| one["failure"].is_string()).count(), 7);
    assert_eq!(answer["best"]["time_ms"], 0.14, "the best of those that work");
}

#[test]
fn nothing_works() {
    let folder = space();
    let answer = tune(&folder, &["--measurements", "5"], "exit 1").exits(1).json();
    assert_eq!((measurements(&answer).len(), answer.get("best")), (5, None));
    let ran = tune(&folder, &[], "echo lost >&2; exit 2").exits(1);
    let answer = ran.json();
    assert_eq!((measurements(&answer).len(), &answer["ended"]), (20, &json!("nothing works")));
    assert!(ran.stderr.contains("--to-the-end goes on"), "{}", ran.stderr);
    let none = SPACE.replace("tile * stages <= 512", "tile * stages == 7 * 13");
    let folder = Folder::with(&[("problem.json", &none), ("times.csv", &recorded(1.0))]);
    let ran = folder.run(&["tune", "problem.json", "--", "true"]).exits(1);
    assert!(ran.stdout.contains("has no configuration; `constrint explain`"), "{}", ran.stdout);
    assert_eq!(tune(&folder, &[], "true").exits(1).json()["status"], "infeasible");
    let ran = folder.run(&["tune", "problem.json", "--replay", "times.csv"]).exits(1);
    assert!(ran.stdout.contains("The recording has no configuration"), "{}", ran.stdout);
    let folder = space();
    let answer = tune(&folder, &["--time-limit", "300ms"], "sleep 60").exits(3).json();
    assert_eq!((&answer["ended"], measurements(&answer).len()), (&json!("time"), 0));
}

/// Killed again and again, it has every measurement that was made, and makes none twice but the one that was running.
#[test]
fn a_killed_tuning_loses_nothing() {
    let folder = space();
    let script = format!("{TIME}; echo $CONSTRINT_TILE,$CONSTRINT_STAGES >> calls; sleep 0.02");
    let flags = ["tune", "problem.json", "--log", "log", "--to-the-end", "--json", "--", "sh", "-c", &script];
    let mut kills = 0;
    for wait_ms in [250, 120, 333, 90, 410, 200] {
        let mut child = folder.command(&flags).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait_ms));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
        // What was running goes on by itself for a moment.
        std::thread::sleep(Duration::from_millis(100));
    }
    let answer = folder.run(&flags).exits(0).json();
    assert_eq!(measurements(&answer).keys().copied().collect::<BTreeSet<_>>(), all());
    let calls = folder.read("calls").lines().count();
    assert!((all().len()..=all().len() + kills).contains(&calls), "{calls} calls, {kills} kills");
    assert_eq!(folder.read("log").lines().count(), all().len() + 1);
    let answer = folder.run(&flags).exits(0).json();
    assert_eq!((measurements(&answer).len(), folder.read("calls").lines().count()), (all().len(), calls));
}

#[test]
fn several_at_once_and_repeated() {
    let folder = space();
    let script = format!("echo $CONSTRINT_TILE,$CONSTRINT_STAGES >> calls; {TIME}");
    let flags = ["--repeat", "3", "--jobs", "4", "--to-the-end", "--log", "log"];
    let answer = tune(&folder, &flags, &script).exits(0).json();
    assert_eq!(measurements(&answer).keys().copied().collect::<BTreeSet<_>>(), all());
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    folder.read("calls").lines().for_each(|line| *runs.entry(line.to_owned()).or_default() += 1);
    assert_eq!(runs["32,3"], 3);
    let once = runs.values().filter(|count| **count == 1).count();
    assert!(once > 20, "most of those that are far from the best are run once: {once}");
    assert!(
        folder.read("log").lines().any(|line| line.contains("\"runs_ms\":[0.1,0.1,0.1]")),
        "{}",
        folder.read("log")
    );
}

/// Other auto-tuners read what was measured, with the runs of each configuration and why one failed.
#[test]
fn a_log_becomes_a_file_of_results() {
    let folder = space();
    let script = format!("case $CONSTRINT_TILE in 64) sleep 60;; *) {TIME};; esac");
    let flags = ["--to-the-end", "--jobs", "8", "--repeat", "2", "--timeout", "200ms", "--log", "log"];
    let answer = tune(&folder, &flags, &script).exits(0).json();
    let results = folder.run(&["results", "problem.json", "log", "--format", "t4"]).exits(0).json();
    let list = results["results"].as_array().unwrap();
    assert_eq!(list.len(), all().len());
    for (one, measured) in list.iter().zip(answer["measurements"].as_array().unwrap()) {
        assert_eq!(one["configuration"], measured["config"]);
        let word = if measured["config"]["tile"] == 64 { "timeout" } else { "correct" };
        assert_eq!(one["invalidity"], word);
        let runs = one["times"]["runtimes"].as_array().unwrap();
        assert!(runs.iter().all(|run| *run == measured["time_ms"]), "{one}");
    }
}

/// A recording of all configurations but some; two failed.
fn recorded(scale: f64) -> String {
    let mut text = "stages,tile,time_ms,failure\n".to_owned();
    for (tile, stages) in all() {
        let time_ms = scale * time_ms(tile, stages);
        match (tile, stages) {
            (1 | 2, _) => {}
            (128, 4) | (64, 8) => writeln!(text, "{stages},{tile},,no launch").unwrap(),
            _ => writeln!(text, "{stages},{tile},{time_ms},").unwrap(),
        }
    }
    text + "9,32,0.001,\n"
}

#[test]
fn a_recording_gives_the_times() {
    let folder = Folder::with(&[("problem.json", SPACE), ("times.csv", &recorded(1.0))]);
    let ran = folder.run(&["tune", "problem.json", "--replay", "times.csv", "--to-the-end", "--json"]).exits(0);
    let answer = ran.json();
    let found = measurements(&answer);
    assert_eq!(found.len(), all().iter().filter(|(tile, _)| *tile > 2).count(), "only what is recorded");
    assert_eq!(found[&(64, 8)]["failure"], "no launch");
    assert_eq!(answer["best"]["time_ms"], 0.1);
    assert!(ran.stderr.contains("1 others are left out"), "{}", ran.stderr);
}

/// By a log of a slower GPU the best is the first that is measured.
#[test]
fn a_log_of_another_gpu_tells_where_to_begin() {
    let folder = Folder::with(&[("problem.json", SPACE), ("times.csv", &recorded(1.0)), ("other.csv", &recorded(7.0))]);
    let replay = ["tune", "problem.json", "--replay", "times.csv", "--json"];
    let answer = folder.run(&[&replay[..], &["--prior", "other.csv"]].concat()).exits(0).json();
    assert_eq!(pair(&answer["measurements"][0]["config"]), (32, 3));
    // Of a tuning's own log as well, even if it has a part alone, and is of another problem.
    let other = SPACE.replace("\"space\"", "\"elsewhere\"");
    let folder = Folder::with(&[("problem.json", SPACE), ("times.csv", &recorded(1.0)), ("elsewhere.json", &other)]);
    let flags = ["tune", "elsewhere.json", "--measurements", "25", "--log", "log", "--", "sh", "-c", TIME];
    folder.run(&flags).exits(0);
    let answer = folder.run(&[&replay[..], &["--prior", "log"]].concat()).exits(0).json();
    let first: Vec<f64> =
        (0..3).map(|index| answer["measurements"][index]["time_ms"].as_f64().unwrap_or(9.0)).collect();
    assert!(first.iter().any(|&time| time <= 0.11), "{first:?}");
    let refused = folder.run(&["tune", "problem.json", "--log", "log", "--", "true"]).exits(2);
    assert!(refused.stderr.contains("log:1") && refused.stderr.contains("another problem"), "{}", refused.stderr);
}

/// A log whose only measurement is no solution any more.
const CHANGED: &str = "{\"log\":\"constrint measurements\",\"version\":1,\"problem\":\"space\",\"constants\":{},\
    \"variables\":[\"tile\",\"stages\"]}\n{\"config\":{\"tile\":128,\"stages\":8},\"time_ms\":1.0}\n";

#[test]
fn bad_input_is_refused() {
    let folder = Folder::with(&[
        ("problem.json", SPACE),
        ("columns.csv", "tile,time_ms\n1,2\n"),
        ("zero.csv", "tile,stages,time_ms\n1,1,0\n"),
        ("log", "{\"log\": \"constrint trials\"}\n"),
        ("changed", CHANGED),
        ("words", "some words"),
    ]);
    let refused = |flags: &[&str], parts: &[&str]| {
        let ran = folder.run(&[&["tune", "problem.json"], flags].concat()).exits(2);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
        for part in parts {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
    };
    refused(&[], &["nothing says how long", "--replay"]);
    refused(&["--replay", "columns.csv"], &["columns.csv:1", "no column `stages`"]);
    refused(&["--replay", "zero.csv"], &["zero.csv:2", "the time is 0"]);
    refused(&["--replay", "nowhere.csv"], &["nowhere.csv"]);
    refused(&["--prior", "columns.csv", "--", "true"], &["columns.csv:1"]);
    refused(&["--log", "log", "--", "true"], &["log:1", "no log of measurements"]);
    refused(&["--log", "changed", "--", "true"], &["changed:2", "no solution", "--prior"]);
    refused(&["--log", "words", "--", "true"], &["words:1", "no log of measurements"]);
    refused(&["--", "./nowhere"], &["./nowhere"]);
    refused(&["--", "sh", "-c", "exit 99"], &["asked to stop"]);
    refused(&["--replay", "zero.csv", "--", "true"], &["cannot be used with"]);
    refused(&["--timeout", "0", "--", "true"], &["time"]);
}
