//! The command and its subcommands.

use super::common::Common;
use super::device::{BenchArgs, CalibrateArgs};
use super::hardware::{GpusArgs, OccupancyArgs};
use super::kernels::{CompileArgs, KernelsArgs, VerifyArgs};
use super::problem::{CheckArgs, ProblemArgs};
use super::results::ResultsArgs;
use super::rows::{EnumerateArgs, SampleArgs};
use super::solve::SolveArgs;
use super::table::TableArgs;
use super::try_command::TryArgs;
use super::tune::TuneArgs;
use clap::{Args, Parser, Subcommand};

/// From a GPU tiling problem to the kernel configuration that a solver proves best.
#[derive(Debug, Parser)]
#[command(name = "constrint", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 found or all hold, 1 infeasible or violated, 2 error, 3 limit reached.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find the best configuration, or the first N
    Solve(SolveArgs),
    /// Put configurations to a command, best first, until one works
    Try(TryArgs),
    /// Measure configurations by a command, the most promising first, until little is left to gain
    Tune(TuneArgs),
    /// Count the solutions: one whole number
    ///
    /// A solution satisfies every constraint, and every objective has a value there (`1 // x` has none at 0). This holds for every
    /// command: they all speak of the same solutions.
    Count(ProblemArgs),
    /// Write every solution, in order
    ///
    /// Rows ascend by the first variable, then by the second, and so on. Only a variable of more than 65,536 values that
    /// others determine comes after these.
    Enumerate(EnumerateArgs),
    /// Write random solutions, each equally likely, without listing them all
    Sample(SampleArgs),
    /// Hold a configuration against each constraint and hardware limit
    Check(CheckArgs),
    /// Say why a problem has no solution, or what its best solution is bound by
    Explain(ProblemArgs),
    /// Write measured configurations in a form that other auto-tuners read
    Results(ResultsArgs),
    /// List the GPUs of the catalog, or show one
    Gpus(GpusArgs),
    /// How many blocks of a kernel an SM holds, and what limits them
    Occupancy(OccupancyArgs),
    /// List the shipped kernels, or show one
    Kernels(KernelsArgs),
    /// Solve, compile the kernel with nvcc, and compare what ptxas says with the model
    Compile(CompileArgs),
    /// Solve, run the kernel, and hold what it computes against a reference in double precision
    Verify(VerifyArgs),
    /// Write code that chooses among the configurations for many GPUs and shapes at run time
    Table(TableArgs),
    /// Solve, and time the kernel on a GPU of this machine
    Bench(BenchArgs),
    /// Measure how fast a GPU of this machine is, for predicted times
    Calibrate(CalibrateArgs),
    /// Do one job on a GPU: a line of JSON in, a line out
    #[command(hide = true)]
    DeviceWorker,
    /// Print the JSON Schema of the problem format
    Schema,
    /// Print shell completions
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete for
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }
}
