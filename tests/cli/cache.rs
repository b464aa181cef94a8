//! `--cache`, `--no-cache` and `CONSTRINT_CACHE`; processes side by side, and killed ones.

use crate::{CLASH, Folder, MATMUL, TILES};
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;

/// Whether an answer says that it comes from the cache; it is right in any case.
fn is_cached(folder: &Folder, arguments: &[&str]) -> bool {
    let arguments = [&["solve", "problem.json", "--json"], arguments].concat();
    let answer = folder.run(&arguments).exits(0).json();
    assert_eq!(answer["config"], json!({"tile": 48, "stages": 8}));
    assert_eq!(answer["objective"], json!([{"maximize": "tile * stages + stages", "value": 392}]));
    let (nodes, cached) = (&answer["statistics"]["nodes"], &answer["statistics"]["cached"]);
    assert_eq!(cached.is_null(), *nodes != 0);
    *cached == json!(true)
}

#[test]
fn nothing_is_kept_unless_asked_for() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    assert!(!is_cached(&folder, &[]) && !is_cached(&folder, &["--no-cache"]));
    assert_eq!(folder.names(), ["problem.json"]);
}

#[test]
fn a_kept_answer_is_taken_and_said_so() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    assert!(!is_cached(&folder, &["--cache", "answers"]));
    assert!(is_cached(&folder, &["--cache", "answers"]));
    assert!(!is_cached(&folder, &["--cache", "answers", "--no-cache"]) && !is_cached(&folder, &["--cache", "others"]));
    let searched = folder.run(&["solve", "problem.json"]).exits(0);
    let taken = folder.run(&["solve", "problem.json", "--cache", "answers"]).exits(0);
    assert_eq!(taken.stdout.replacen("from the cache, checked\n", "", 1), searched.stdout);
    assert_ne!(taken.stdout, searched.stdout);
    let emit = |more: &[&str]| folder.run(&[&["solve", "problem.json", "--emit", "header"], more].concat()).exits(0);
    let (taken, searched) = (emit(&["--cache", "answers"]), emit(&[]));
    assert_eq!(taken.stdout, searched.stdout);
    assert!(taken.stderr.contains("; from the cache, checked") && !searched.stderr.contains("cache"));
}

#[test]
fn the_environment_places_the_cache_and_flags_come_first() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    let nodes = |setting: &str, arguments: &[&str]| {
        let mut command = folder.command(&[&["solve", "problem.json", "--json"], arguments].concat());
        let output = command.env("CONSTRINT_CACHE", setting).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["statistics"]["nodes"].as_u64().unwrap()
    };
    assert!(nodes("answers", &[]) > 0 && nodes("answers", &[]) == 0);
    assert!(nodes("answers", &["--no-cache"]) > 0 && nodes("off", &[]) > 0 && nodes("", &[]) > 0);
    assert!(nodes("answers", &["--cache", "others"]) > 0);
    assert!(nodes("off", &["--cache", "others"]) == 0);
    assert_eq!(folder.names(), ["answers", "others", "problem.json"]);
}

#[test]
fn an_order_and_a_number_of_solutions_are_asked_apart() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    let run = |arguments: &[&str]| {
        let arguments = [&["solve", "problem.json", "--json", "--cache", "answers"], arguments].concat();
        let mut answer = folder.run(&arguments).exits(0).json();
        let cached = answer["statistics"]["cached"] == json!(true);
        answer.as_object_mut().unwrap().remove("statistics");
        (cached, answer)
    };
    let questions = [&["--order", "stages:min,tile:max"][..], &["--order", "tile:max"], &["--solutions", "3"], &[]];
    let first: Vec<_> = questions.iter().map(|question| run(question)).collect();
    for (question, (cached, answer)) in questions.iter().zip(first) {
        assert!(!cached);
        assert_eq!(run(question), (true, answer));
    }
}

#[test]
fn a_cache_that_cannot_be_is_a_note() {
    let folder = Folder::with(&[("problem.json", TILES), ("file", "here first")]);
    let ran = folder.run(&["solve", "problem.json", "--emit", "flags", "--cache", "file"]).exits(0);
    assert_eq!(ran.stdout, "-DCONSTRINT_TILE=48 -DCONSTRINT_STAGES=8\n");
    assert!(ran.stderr.contains("note: the answer was not kept: file"), "{}", ran.stderr);
    let quiet = folder.run(&["solve", "problem.json", "--emit", "flags", "--cache", "file", "--quiet"]).exits(0);
    assert_eq!((quiet.stderr.as_str(), folder.read("file").as_str()), ("", "here first"));
    folder.run(&["solve", "problem.json", "--cache", ""]).exits(2);
}

#[test]
fn no_answer_that_says_no_is_kept() {
    let folder = Folder::with(&[("problem.json", CLASH)]);
    for _ in 0..2 {
        let answer = folder.run(&["solve", "problem.json", "--json", "--cache", "answers"]).exits(1).json();
        assert!(answer["statistics"].get("cached").is_none() && answer["conflict"].as_array().unwrap().len() == 2);
    }
    assert_eq!(folder.names(), ["problem.json"]);
}

#[test]
fn processes_that_share_an_entry_get_right_answers() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    for _ in 0..4 {
        let spawn = |_| {
            let mut command = folder.command(&["solve", "problem.json", "--emit", "flags", "--cache", "answers"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        for process in (0..8).map(spawn).collect::<Vec<_>>() {
            let output = process.wait_with_output().unwrap();
            assert!(output.status.success());
            assert_eq!(output.stdout, b"-DCONSTRINT_TILE=48 -DCONSTRINT_STAGES=8\n");
        }
        let entries = Folder::names_in(&folder.path().join("answers"));
        assert_eq!(entries.len(), 1, "{entries:?}");
        std::fs::write(folder.path().join("answers").join(&entries[0]), "torn").unwrap();
    }
}

/// Killed at any time from its start to its end, the command leaves no entry or a whole one.
#[test]
fn a_killed_process_leaves_no_wrong_answer() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    let answers = folder.path().join("answers");
    let entries = || Folder::names_in(&answers).into_iter().filter(|name| !name.starts_with('.')).collect::<Vec<_>>();
    let mut left = [0, 0];
    for round in 0..20_u32 {
        drop(std::fs::remove_dir_all(&answers));
        let mut command =
            folder.command(&["solve", "problem.json", "--cache", "answers", "--solutions", "60", "--json"]);
        let mut process = command.stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(1500) * round);
        process.kill().unwrap();
        process.wait().unwrap();
        for entry in entries() {
            let text = std::fs::read_to_string(answers.join(entry)).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["status"], "optimal");
        }
        left[entries().len()] += 1;
        assert!(!is_cached(&folder, &["--cache", "answers"]));
    }
    assert!(left[0] > 0, "none was killed in time");
}

#[test]
fn compile_takes_an_answer_too() {
    let folder = Folder::with(&[("problem.json", MATMUL)]);
    let ran = folder.run(&["compile", "problem.json", "--json", "--cache", "answers"]);
    if ran.code == 2 {
        return assert!(ran.stderr.contains("nvcc"), "{}", ran.stderr);
    }
    let again = folder.run(&["compile", "problem.json", "--json", "--cache", "answers"]).exits(0).json();
    assert_eq!(again["statistics"]["cached"], json!(true));
    assert_eq!(again["config"], ran.exits(0).json()["config"]);
    let text = folder.run(&["compile", "problem.json", "--cache", "answers"]).exits(0).stdout;
    assert!(text.contains("from the cache, checked"), "{text}");
}
