//! `results`: measurements, and what is written of them.

use super::problem::ProblemArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = RESULTS_HELP)]
pub(crate) struct ResultsArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    /// The log of `try` or `tune`, or comma-separated values; `-` is standard input
    pub(crate) measurements: String,
    /// The form to write
    #[arg(long, value_name = "FORM")]
    pub(crate) format: ResultsForm,
    /// The device, for a cache file; the problem's GPU by default
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,
    /// The kernel, for a cache file; the problem's kernel or else its name by default
    #[arg(long, value_name = "NAME")]
    pub(crate) kernel: Option<String>,
    /// The size of the problem, for a cache file; the sizes of the shape by default
    #[arg(long, value_name = "SIZE,…", value_delimiter = ',', value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) problem_size: Vec<i64>,
    /// Write to a file instead of standard output: whole, or not at all
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
}

const RESULTS_HELP: &str = "\
Comma-separated values have a line of names first: each variable of the problem, `time` in milliseconds (or time_s, \
time_us, time_ns), perhaps `status` (correct, compile, runtime, correctness, constraints, timeout) and `timestamp`. \
Other columns hold numbers. Several rows of a configuration that works are its runs.

A log of `try` says how long the command took, which is what is written as the time, and not why it failed, which is \
written as a failed run.";

/// A form that other auto-tuners read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultsForm {
    /// T4 JSON
    T4,
    /// Kernel Tuner's cache file
    KernelTuner,
}
