//! What every subcommand takes.

use super::values::{bytes, duration};
use anstream::ColorChoice;
use clap::{Args, ValueEnum};
use std::time::Duration;

/// What every subcommand takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Common {
    /// Print one JSON object to standard output, whatever the outcome
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// End the call after this time, whatever it is doing, with what it has: 10s, 500ms, 2m, or plain seconds
    #[arg(long, global = true, value_name = "TIME", value_parser = duration)]
    pub(crate) time_limit: Option<Duration>,
    /// Threads to search with; all processors by default. The answer is the same for any number
    // For `occupancy`, the threads of a block: the type must stay the same.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) threads: Option<i64>,
    /// Memory that the process may hold, the search as it estimates it: 500MB, 2GB, or plain bytes
    #[arg(long, global = true, value_name = "SIZE", value_parser = bytes)]
    pub(crate) memory_limit: Option<u64>,
    /// Seed of the random choices of `sample`, 0 by default; the search makes none
    #[arg(long, global = true, value_name = "S")]
    pub(crate) seed: Option<u64>,
    /// Print no notes to standard error; errors still are
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Print statistics of the search to standard error
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that has it
    Auto,
    Always,
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
