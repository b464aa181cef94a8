//! Switching between the emulator's fibers, by instructions of its own and by what the C library has.

use super::program::{OPTIONS, WARNINGS, compiler_is_there, repository, succeed};
use std::process::Command;
use tempfile::TempDir;

#[test]
fn fibers_keep_what_they_hold() {
    if !compiler_is_there() {
        return;
    }
    let folder = TempDir::new().unwrap();
    for options in [&[][..], &["-DCONSTRINT_EMULATOR_UCONTEXT"]] {
        let program = folder.path().join("fibers");
        succeed(
            Command::new("g++")
                .args(OPTIONS)
                .args(WARNINGS)
                .args(options)
                .arg("-I")
                .arg(repository().join("src/kernel"))
                .arg(repository().join("tests/emulator/fibers.cpp"))
                .arg("-o")
                .arg(&program),
        );
        let run = Command::new(&program).output().unwrap();
        assert!(run.status.success(), "{options:?}: {} {}", run.status, String::from_utf8_lossy(&run.stdout));
    }
}
