//! `try`: a command that tests configurations.

use super::problem::ProblemArgs;
use super::values::{ordered, wanted};
use clap::Args;
use constrint_solver::ValueOrder;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = TRY_HELP)]
pub(crate) struct TryArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    /// Instead of the objective, make these variables largest (max) or smallest (min), the first first
    #[arg(long, value_name = "NAME:max|min,…", value_delimiter = ',', value_parser = ordered)]
    pub(crate) order: Vec<(String, ValueOrder)>,
    /// Where a value of this variable fails, all larger ones fail (min: smaller ones): halve what is open
    ///
    /// Each trial is then made in the middle of the values that are still open, so that a variable of N values takes at
    /// most log2(N) + 1 trials. A failure that blames another variable counts against that one alone.
    #[arg(long, value_name = "NAME[:max|min]", value_parser = wanted)]
    pub(crate) bisect: Option<(String, ValueOrder)>,
    /// Keep the trials in this file, and go on after those that it holds
    #[arg(long, value_name = "PATH")]
    pub(crate) log: Option<PathBuf>,
    /// Make at most this many trials, beside those of the log
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) most: Option<u32>,
    /// The command that tests a configuration, after `--`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

const TRY_HELP: &str = "\
The command is told the configuration by environment variables, named as the macros of the header \
(CONSTRINT_TILE, or CONSTRINT_MATMUL_BLOCK_M for a kernel), by CONSTRINT_FLAGS with the -D flags, and by \
CONSTRINT_HEADER and CONSTRINT_JSON with the paths of files. In its arguments, {NAME} becomes the value of the \
variable, and {flags}, {header} and {json} what those variables hold; {flags} on its own becomes one argument a flag.

It exits with 0 if the configuration works. Any other code, or a signal, means that it fails, but 99, 126 and 127 \
end the search with an error, and 130 like Ctrl-C. A command that fails may print `constrint: fails-from NAME` as the last line of \
its standard output: everything with this value of the variable or a larger one fails; `constrint: fails-up-to NAME` \
is for smaller ones.

--time-limit counts the time of the command as well: the command is ended with the search, as it is by Ctrl-C, and says \
nothing of its configuration then.

Exit codes: 0 one works, 1 none does, 2 error, 3 limit reached before one worked.";
