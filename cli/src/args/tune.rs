//! `tune`: a command, or a recording, that says how long configurations take.

use super::problem::ProblemArgs;
use super::solve::EmitForm;
use super::values::duration;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(after_long_help = TUNE_HELP)]
pub(crate) struct TuneArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    /// Measure at most this many configurations, those of the log included
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) measurements: Option<u32>,
    /// Go on when the chance of a gain over 1 % is small, or none of the first 20 works
    #[arg(long)]
    pub(crate) to_the_end: bool,
    /// Keep the measurements in this file, and go on after those that it holds
    #[arg(long, value_name = "PATH")]
    pub(crate) log: Option<PathBuf>,
    /// Learn from the log of another GPU or shape, or from comma-separated values; may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) prior: Vec<PathBuf>,
    /// Runs of a configuration, whose median counts, 1 by default; one that is far from the best is run once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: Option<u32>,
    /// Configurations that are measured at once, 1 by default; on a GPU, those that are compiled ahead
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) jobs: Option<u32>,
    /// A run that takes longer than this has failed; 300s by default, on a GPU 60s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// The GPU where no command measures, as the driver counts them from 0
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with_all = ["command", "replay"])]
    pub(crate) device: usize,
    /// On a GPU: hold results against the kernel's reference before they are timed
    #[arg(long, conflicts_with_all = ["command", "replay"])]
    pub(crate) check: bool,
    /// Take the times from comma-separated values instead of a command
    #[arg(long, value_name = "CSV", conflicts_with_all = ["command", "repeat", "jobs", "timeout"])]
    pub(crate) replay: Option<PathBuf>,
    /// Write the best configuration for a build instead of describing it
    #[arg(long, value_name = "FORM", conflicts_with = "json")]
    pub(crate) emit: Option<EmitForm>,
    /// Write that to a file instead of standard output: whole, or not at all
    #[arg(long, value_name = "PATH", requires = "emit")]
    pub(crate) out: Option<PathBuf>,
    /// The command that measures a configuration, after `--`; without one a GPU of this machine does (feature `cuda`)
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

const TUNE_HELP: &str = "\
The command is told the configuration as `try` tells it: by environment variables named as the macros of the header, by \
CONSTRINT_FLAGS, CONSTRINT_HEADER and CONSTRINT_JSON, and by {NAME}, {flags}, {header} and {json} in its arguments.

The last line of its standard output is the time: a positive number of milliseconds, or with a unit, as `12.5 us` or `time: 0.3 ms`. A \
command that prints none, takes longer than --timeout, or exits with another code than 0 costs its own measurement alone; but 99, 126 and \
127 end the tuning with an error.

The configurations are measured in the order of what is expected of them: by the kernel's predicted time or the first objective, where there \
is one, by the logs given as --prior, and by what was measured so far. It ends by itself when the chance of a gain over 1 % is below 5 % and all that is next to the best was measured, or when none of the first 20 works. \
--log keeps every measurement at once: whatever ends the call, the next one goes on after it.

Comma-separated values have a line of names first: each variable of the problem, `time_ms` (or time_s, time_us, time_ns), perhaps \
`failure` with why a configuration has no time. With --replay only what they hold is proposed.

Exit codes: 0 one works, 1 none does, 2 error, 3 limit reached before one worked.";
