//! The `constrint` command.
//!
//! # Map
//!
//! | file | holds |
//! | --- | --- |
//! | `args/` | the flags, one definition each; texts as values |
//! | `solve.rs`, `count.rs`, `enumerate.rs`, `sample.rs`, `check.rs`, `explain.rs`, `results.rs`, `gpus.rs`, `occupancy.rs`, `kernels.rs`, `compile.rs`, `verify.rs`, `bench.rs`, `calibrate.rs`, `schema.rs`, `completions.rs` | a subcommand each |
//! | `found.rs`, `several_gpus.rs` | what `solve` tells; `solve` with more than one `--gpu` |
//! | `dispatch.rs` | the subcommand `table`: dispatch tables |
//! | `try_command/` | the subcommand `try`: what is tried next, and how a command tests it |
//! | `tune/` | the subcommand `tune`: how a command says a time, what is told |
//! | `outside.rs` | a command that is told a configuration |
//! | `input.rs`, `candidate.rs` | reading a problem, reading a configuration to check |
//! | `device.rs`, `device_worker.rs` | the process that runs kernels on a GPU: how it is started, what it does |
//! | `ending.rs` | what the ending of a file that is to be written says |
//! | `rows/` | rows of values as CSV, JSON lines, Parquet |
//! | `watch.rs`, `stopped.rs`, `progress.rs` | limits and signals, and what is said where they end a call; word on a search that takes long |
//! | `sides.rs` | what a constraint comes to at given values |
//! | `report/`, `json.rs` | an answer for a person, an answer for a program |
//! | `text.rs`, `table.rs`, `bar.rs`, `units.rs` | wrapped text; columns; bars; numbers with units |
//! | `output.rs`, `style.rs` | where words go, and how they look there |
//! | `failure.rs` and its folder, `exit_code.rs` | what goes wrong, how it ends |
//!
//! # Invariants
//!
//! * Data goes to standard output, everything else to standard error; with `--json`, standard output holds one object
//!   whatever the outcome.
//! * A subcommand either answers in full or fails before it has written anything.
//! * "No" is an answer: infeasible and violated are exit code 1, never an error.
//! * Nothing here decides what a problem means: that is the library's.

#![forbid(unsafe_code)]

mod args;
mod bar;
mod bench;
mod calibrate;
mod candidate;
mod check;
mod compile;
mod completions;
mod count;
mod device;
mod device_worker;
mod dispatch;
mod ending;
mod enumerate;
mod exit_code;
mod explain;
mod failure;
mod found;
mod gpus;
mod input;
mod json;
mod kernels;
mod occupancy;
mod output;
mod outside;
mod progress;
mod report;
mod results;
mod rows;
mod sample;
mod schema;
mod several_gpus;
mod sides;
mod solve;
mod stopped;
mod style;
mod table;
mod text;
mod try_command;
mod tune;
mod units;
mod verify;
mod watch;

use args::{Cli, Command};
use clap::Parser;
use exit_code::ExitCode;
use failure::Failure;
use output::Output;
use serde_json::Map;

fn main() -> std::process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error).into(),
    };
    let output = Output::new(&cli.common);
    watch::begin(&cli.common, stopped::with_nothing(&output));
    let code = match run(&cli, &output) {
        Ok(code) => code,
        Err(failure) => fail(&failure, &output),
    };
    code.into()
}

fn run(cli: &Cli, output: &Output) -> Result<ExitCode, Failure> {
    match &cli.command {
        Command::Solve(args) => solve::run(args, &cli.common, output),
        Command::Try(args) => try_command::run(args, &cli.common, output),
        Command::Tune(args) => tune::run(args, &cli.common, output),
        Command::Count(args) => count::run(args, &cli.common, output),
        Command::Enumerate(args) => enumerate::run(args, &cli.common, output),
        Command::Sample(args) => sample::run(args, &cli.common, output),
        Command::Check(args) => check::run(args, output),
        Command::Explain(args) => explain::run(args, &cli.common, output),
        Command::Results(args) => results::run(args, output),
        Command::Gpus(args) => gpus::run(args, output),
        Command::Occupancy(args) => occupancy::run(args, output),
        Command::Kernels(args) => kernels::run(args, output),
        Command::Compile(args) => compile::run(args, &cli.common, output),
        Command::Verify(args) => verify::run(args, &cli.common, output),
        Command::Table(args) => dispatch::run(args, &cli.common, output),
        Command::Bench(args) => bench::run(args, &cli.common, output),
        Command::Calibrate(args) => calibrate::run(args, &cli.common, output),
        Command::DeviceWorker => device_worker::run(),
        Command::Schema => schema::run(output),
        Command::Completions(args) => completions::run(args, output),
    }
}

/// Says what went wrong, or that a limit was reached.
fn fail(failure: &Failure, output: &Output) -> ExitCode {
    if let Some(exhausted) = failure.limit() {
        return stopped::without_answer(Map::new(), exhausted, output).unwrap_or(ExitCode::LimitReached);
    }
    output.failure(failure);
    ExitCode::Error
}

/// Wrong usage, or a request for help or the version, which is none.
fn refuse(error: &clap::Error) -> ExitCode {
    // Nothing can be done where neither stream can be written.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::Success;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let message = error.to_string();
        let message = message.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let object = failure::error_object(message, Some("command line"), Some("`constrint --help` lists the flags."));
        let _ = std::io::Write::write_all(&mut std::io::stdout(), format!("{object:#}\n").as_bytes());
    }
    ExitCode::Error
}
