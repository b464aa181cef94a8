//! `schema`, `completions`, help, colour and pipes.

use crate::{Folder, TILES, run};
use std::process::Stdio;

#[test]
fn the_schema_describes_the_format() {
    let schema = run("", &["schema"]).exits(0).json();
    assert!(schema["properties"]["variables"].is_object());
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(run("", &["completions", shell]).exits(0).stdout.contains("occupancy"), "{shell}");
    }
    run("", &["completions", "csh"]).exits(2);
}

#[test]
fn help_and_version_are_data() {
    for arguments in [&["--help"][..], &["solve", "--help"], &["--version"]] {
        let ran = run("", arguments).exits(0);
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty());
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let text = |color: &str| run(TILES, &["solve", "problem.json", "--color", color]).exits(0).stdout;
    let plain = text("auto");
    assert!(!plain.contains('\u{1b}'));
    assert_eq!(plain, text("never"));
    assert!(text("always").contains('\u{1b}'));
    let json = run(TILES, &["solve", "problem.json", "--json", "--color", "always"]).exits(0).stdout;
    assert!(!json.contains('\u{1b}'));
}

#[test]
fn common_flags_stand_anywhere() {
    let before = run(TILES, &["--json", "--seed", "7", "--threads", "2", "solve", "problem.json"]).exits(0);
    assert_eq!(before.json()["config"]["tile"], 48);
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    for arguments in [&["gpus", "--json"][..], &["solve", "problem.json"], &["completions", "bash"], &["schema"]] {
        let mut child = folder.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let folder = Folder::with(&[("problem.json", TILES)]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = folder.command(&["solve", "problem.json"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"));
}
