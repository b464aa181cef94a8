//! The flags, one definition each, already of the type that they mean.

mod values;

use anstream::ColorChoice;
use clap::{Args, Parser, Subcommand, ValueEnum};
use constrint::hardware::ComputeCapability;
use constrint::run::Machine;
use constrint::{Cache, Form};
use constrint_solver::ValueOrder;
use std::path::PathBuf;
use std::time::Duration;
use values::{bytes, duration, ordered, setting, wanted};

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

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find the best configuration, or the first N
    Solve(SolveArgs),
    /// Put configurations to a command, best first, until one works
    Try(TryArgs),
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
    /// Print the JSON Schema of the problem format
    Schema,
    /// Print shell completions
    Completions(CompletionsArgs),
}

/// The problem, and what the command line changes in it.
#[derive(Debug, Args)]
pub(crate) struct ProblemArgs {
    /// The problem as JSON, native or T1, or `ConstrINT` text; `-` is standard input
    pub(crate) file: String,
    /// Solve for this GPU instead of the problem's
    #[arg(long, value_name = "NAME")]
    pub(crate) gpu: Option<String>,
    /// Set a size, a constant, or fix a variable; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, i64)>,
}

/// Where answers are kept.
#[derive(Debug, Args)]
pub(crate) struct CacheArgs {
    /// Keep proved answers in this folder, and take them from there when they pass the checks; the default is the
    /// environment variable `CONSTRINT_CACHE`, and without it nothing is kept
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Search whatever is kept, and keep nothing
    #[arg(long)]
    pub(crate) no_cache: bool,
}

impl CacheArgs {
    /// The cache that is meant, if any.
    pub(crate) fn cache(&self) -> Option<Cache> {
        match &self.cache {
            _ if self.no_cache => None,
            Some(folder) => Some(Cache::new(folder)),
            None => Cache::from_environment(None),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Instead of the objective, make these variables largest (max) or smallest (min), the first first
    #[arg(long, value_name = "NAME:max|min,…", value_delimiter = ',', value_parser = ordered)]
    pub(crate) order: Vec<(String, ValueOrder)>,
    /// How many solutions to give, best first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) solutions: Option<u32>,
    /// Print the configuration in a form that builds take
    #[arg(long, value_name = "FORM", conflicts_with = "solutions")]
    pub(crate) emit: Option<EmitForm>,
    /// Write that form to a file instead of standard output
    #[arg(long, value_name = "PATH", requires = "emit")]
    pub(crate) out: Option<PathBuf>,
}

/// A form that builds take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmitForm {
    /// A C and C++ header
    Header,
    /// -D flags on one line
    Flags,
    /// JSON, which `constrint check` reads
    Json,
    /// `CMake` variables
    Cmake,
    /// Rust constants
    Rust,
}

impl From<EmitForm> for Form {
    fn from(form: EmitForm) -> Self {
        match form {
            EmitForm::Header => Self::Header,
            EmitForm::Flags => Self::Flags,
            EmitForm::Json => Self::Json,
            EmitForm::Cmake => Self::Cmake,
            EmitForm::Rust => Self::Rust,
        }
    }
}

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

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    /// The output of `solve --json` or `solve --emit json`, or an object of names and values; `-` is standard input
    #[arg(value_name = "CONFIG.json")]
    pub(crate) config: String,
}

#[derive(Debug, Args)]
#[command(after_long_help = RESULTS_HELP)]
pub(crate) struct ResultsArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    /// The log of `try`, or comma-separated values; `-` is standard input
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

#[derive(Debug, Args)]
pub(crate) struct GpusArgs {
    /// A GPU of the catalog, by any unambiguous part of its name, or a slice of one, as `H100 SXM MIG 3g.40gb`
    pub(crate) name: Option<String>,
    /// Show the GPUs of this machine; with `--json` one of them, 0 unless a number says otherwise, in the form that a
    /// problem takes as its `gpu`, or `all` of them
    #[arg(
        long,
        value_name = "N|all",
        conflicts_with = "name",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "0",
        value_parser = detected
    )]
    pub(crate) detect: Option<Detect>,
}

/// Which GPUs of this machine to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detect {
    /// One, as the driver counts them from 0.
    One(usize),
    /// All of them.
    All,
}

fn detected(text: &str) -> Result<Detect, String> {
    match text {
        "all" => Ok(Detect::All),
        index => index.parse().map(Detect::One).map_err(|_| "a device is a number from 0, or `all`".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct OccupancyArgs {
    /// A GPU of the catalog
    #[arg(long, value_name = "NAME", required_unless_present = "batch")]
    pub(crate) gpu: Option<String>,
    /// Threads of a block
    // The name of a common option, which has no other use here: the type must stay the same.
    #[arg(long, value_name = "N", required_unless_present = "batch", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) threads: Option<i64>,
    /// Registers of a thread
    #[arg(long, value_name = "R", required_unless_present = "batch", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) registers: Option<i64>,
    /// Shared memory of a block that is asked for at launch
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) shared_memory: i64,
    /// Shared memory of a block that is declared in the kernel
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) static_shared_memory: i64,
    /// The kernel's wish for the share of shared memory in the unified cache; without one, all of it
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(i64).range(0..=100))]
    pub(crate) carveout: Option<i64>,
    /// Named barriers that a block uses, `__syncthreads` included
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) barriers: i64,
    /// Read queries from standard input, a line each, and answer a line each
    ///
    /// A query is `CC REGISTERS THREADS DYNAMIC [STATIC [CARVEOUT [BARRIERS [OPT_IN]]]]`, such as `9.0 128 256 49152`.
    /// The answer starts with the blocks and warps per SM, the occupancy and what limits it. `dyn CC REGISTERS THREADS
    /// BLOCKS [STATIC]` asks for the most dynamic shared memory, `best CC REGISTERS DYNAMIC` for the best block size.
    #[arg(long, conflicts_with_all = ["gpu", "registers", "shared_memory", "static_shared_memory", "carveout", "barriers"])]
    pub(crate) batch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KernelsArgs {
    /// A shipped kernel
    pub(crate) name: Option<String>,
    /// Print its source
    #[arg(long, requires = "name", conflicts_with = "out")]
    pub(crate) source: bool,
    /// Write its source files below this folder, which is made
    #[arg(long, value_name = "DIR", requires = "name")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Compile for these targets too, such as `sm_80,sm_90a`
    #[arg(long, value_name = "TARGET,…", value_delimiter = ',')]
    pub(crate) arch: Vec<ComputeCapability>,
}

#[derive(Debug, Args)]
#[command(after_long_help = VERIFY_HELP)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// What runs the kernel
    #[arg(long, value_name = "MACHINE", default_value = "emulator")]
    pub(crate) on: MachineKind,
    /// Orders of threads to try, from `--seed` on (1 unless given); on a GPU, how often to run
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) schedules: u32,
}

const VERIFY_HELP: &str = "\
The emulator runs the kernel's unchanged source on the CPU, a fiber for each thread of the grid, in a random order. It reports, \
with the line, races in shared and global memory, missing waits for copies, memory that nobody wrote, accesses out of bounds \
or misaligned, barriers that a part of a block does not reach, and deadlocks. Large shapes are cut down to a few tiles. It \
needs a C++17 compiler: the one that CXX names, or g++.

`--on gpu` compiles the kernel with nvcc and runs it on the first GPU.

Exit codes: 0 all holds, 1 a wrong result or a fault, 2 error.";

/// What runs a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MachineKind {
    /// The CPU
    Emulator,
    /// The first GPU
    Gpu,
}

impl From<MachineKind> for Machine {
    fn from(kind: MachineKind) -> Self {
        match kind {
            MachineKind::Emulator => Self::Emulator,
            MachineKind::Gpu => Self::Gpu,
        }
    }
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
