//! `enumerate` and `sample`: rows, and where they go.

use super::problem::ProblemArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct EnumerateArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    #[command(flatten)]
    pub(crate) rows: RowsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SampleArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    /// How many; one may come twice
    #[arg(short = 'n', long = "rows", value_name = "N", default_value_t = 1)]
    pub(crate) count: usize,
    /// Different rows that spread over the values of every variable, as a Latin hypercube does, instead of independent ones
    #[arg(long)]
    pub(crate) spread: bool,
    #[command(flatten)]
    pub(crate) rows: RowsArgs,
}

/// Where rows go.
#[derive(Debug, Args)]
pub(crate) struct RowsArgs {
    /// How rows are written; without it the ending of the file decides, and else it is csv
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<RowFormat>,
    /// Write to a file instead of standard output: whole, or not at all
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// A line of names, then a line a solution
    Csv,
    /// A JSON object a line
    Jsonl,
    /// Parquet, in builds with the feature `parquet`
    Parquet,
}
