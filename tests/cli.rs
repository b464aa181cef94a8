//! The `constrint` command as a user and a script see it: streams, exit codes, JSON.
//!
//! | file | holds |
//! | --- | --- |
//! | `solve.rs` | `solve`: JSON, forms, orders, limits; `explain` |
//! | `cache.rs` | answers kept on disk |
//! | `trials.rs` | `try`: commands that test, logs, Ctrl-C |
//! | `tune.rs` | `tune`: commands that measure, recordings, logs, kill -9 |
//! | `check.rs` | `check`: round trips, violations, what is undefined |
//! | `constrint.rs` | problems as `ConstrINT` text |
//! | `refusals.rs` | bad input and bad usage: exit 2, a message with its place, nothing else |
//! | `detect.rs` | `gpus --detect`, against a stand-in for the driver |
//! | `hardware.rs` | `gpus`, `occupancy`, `kernels`, `compile` |
//! | `limits.rs` | limits and signals, whatever a command is doing |
//! | `spaces.rs` | `count`, `enumerate` |
//! | `user_kernels.rs` | kernels that a problem describes |
//! | `formats.rs` | T1, Kernel Tuner's parameters, `results` |
//! | `table.rs` | `table`: files, exit codes, what is told of entries without a configuration |
//! | `training.rs` | a kernel that is made of two |
//! | `bench.rs` | `bench`, `calibrate`, against a stand-in for the driver |
//! | `verify.rs` | `verify`: results, faults, missing tools |
//! | `shell.rs` | `schema`, `completions`, colour, pipes |

#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/cache.rs"]
mod cache;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/constrint.rs"]
mod constrint;
#[path = "cli/detect.rs"]
mod detect;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/hardware.rs"]
mod hardware;
#[path = "cli/limits.rs"]
mod limits;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/shell.rs"]
mod shell;
#[path = "cli/solve.rs"]
mod solve;
#[path = "cli/spaces.rs"]
mod spaces;
#[path = "cli/table.rs"]
mod table;
#[path = "cli/training.rs"]
mod training;
#[path = "cli/trials.rs"]
mod trials;
#[path = "cli/tune.rs"]
mod tune;
#[path = "cli/user_kernels.rs"]
mod user_kernels;
#[path = "cli/verify.rs"]
mod verify;

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A problem with one best solution: tile = 48, stages = 8.
const TILES: &str = r#"{"version": 1, "name": "tiles",
  "variables": {"tile": {"divisors_of": 768}, "stages": {"min": 1, "max": 8}},
  "constraints": [
    {"name": "fits", "expr": "tile * stages * 64 * 2 <= 49152", "because": "shared memory has 48 KiB"},
    "tile % 16 == 0"],
  "objective": {"maximize": "tile * stages + stages"}}"#;

/// A problem without a solution, of which two of three constraints are to blame.
const CLASH: &str = r#"{"version": 1, "name": "clash",
  "variables": {"a": {"min": 1, "max": 20}, "b": {"min": 1, "max": 20}},
  "constraints": [
    {"name": "large", "expr": "a * b >= 300", "because": "there is much to do"},
    "a != 7",
    {"name": "small", "expr": "a + b <= 30", "because": "there is little room"}]}"#;

/// A shipped kernel on a GPU.
const MATMUL: &str = r#"{"version": 1, "name": "product", "kernel": "matmul", "gpu": "A100 SXM4 80GB",
  "shape": {"m": 1024, "n": 1024, "k": 1024}}"#;

/// What a call did.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// What a command does without input.
    fn of(mut command: Command) -> Self {
        let output = command.stdin(Stdio::null()).output().unwrap();
        Self {
            code: output.status.code().expect("an exit code, not a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The one JSON object on standard output.
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\nstderr: {}", self.stdout, self.stderr))
    }

    /// Asserts the exit code, and shows everything if it is another.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// Runs the command in a folder of its own, with files of the given names and contents in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The names of the files in it, sorted.
    fn names(&self) -> Vec<String> {
        Self::names_in(self.path())
    }

    /// The names of the files in any folder, sorted; none if it is not there.
    fn names_in(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_constrint"));
        command.args(arguments).current_dir(self.path()).env_remove("CONSTRINT_CACHE");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, b"")
    }

    fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // The command may end before it has read everything.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran {
            code: output.status.code().expect("an exit code, not a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs the command with one file, `problem.json`.
fn run(problem: &str, arguments: &[&str]) -> Ran {
    Folder::with(&[("problem.json", problem)]).run(arguments)
}
