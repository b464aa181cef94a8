//! `bench` and `calibrate`: what is run on a GPU of this machine, and how.

use super::problem::{CacheArgs, ProblemArgs};
use super::values::{duration, json_path};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Which GPU, and how long a process that runs something on it may take.
#[derive(Clone, Debug, Args)]
pub(crate) struct DeviceArgs {
    /// The GPU, as the driver counts them from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) device: usize,
    /// A configuration that gives no answer for so long hangs, and its process is ended: 60s, 500ms, or plain seconds
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
#[command(after_long_help = BENCH_HELP)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Time this configuration instead of the best by the predicted time: what `check` reads; `-` is standard input
    #[arg(long, value_name = "CONFIG.json")]
    pub(crate) config: Option<String>,
    /// Hold a shipped kernel's results against its reference before it is timed; a described one's are held against `expected` anyway
    #[arg(long)]
    pub(crate) check: bool,
    /// Samples with warm and with cold L2 each, at least 5
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(5..=100_000))]
    pub(crate) samples: u32,
}

const BENCH_HELP: &str = "\
The kernel is compiled by NVRTC, or by nvcc where there is no NVRTC, and runs in a process of its own, with random numbers in its \
arrays. It runs until its time stands still; then the medians of samples are told, with what it reads in L2 as far as it fits \
(warm), and with other data there (cold). Where the clocks move, heat holds them down, or times lie far apart, samples are taken \
again, three rounds at most.

A kernel of the problem's own says what it is called with in `arguments`: arrays with their types and sizes, and numbers. Where an \
array has `expected`, its elements are held against that file first.

Libraries that are not where the loader looks are named by CONSTRINT_LIBCUDA, CONSTRINT_LIBNVRTC and CONSTRINT_LIBNVML.

Exit codes: 0 timed, 1 infeasible, or the configuration fails, 2 error, 3 limit reached.";

#[derive(Debug, Args)]
#[command(after_long_help = CALIBRATE_HELP)]
pub(crate) struct CalibrateArgs {
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Start from this GPU's limits instead of those that the driver and the catalog have for the device
    #[arg(long, value_name = "NAME")]
    pub(crate) gpu: Option<String>,
    /// Write the GPU to this file, which ends in .json, instead of standard output
    #[arg(long, value_name = "PATH", value_parser = json_path)]
    pub(crate) out: Option<PathBuf>,
}

const CALIBRATE_HELP: &str = "\
Small kernels measure how fast this GPU copies, reads from L2 and multiplies, and how long loads, matrix instructions, barriers, \
fences, hand-overs between blocks and launches take. The GPU with these figures is written as JSON, which `\"gpu\"` of a problem and \
`--gpu` take as a path that ends in .json; predicted times use them then.

Exit codes: 0 measured, 2 error, 3 limit reached.";
