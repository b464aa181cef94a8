//! `kernels`, `compile` and `verify`: kernels, their targets, what runs them.

use super::problem::{CacheArgs, ProblemArgs};
use clap::{Args, ValueEnum};
use constrint::hardware::ComputeCapability;
use constrint::run::Machine;
use std::path::PathBuf;

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
    /// Count what the machine code does, as fields of a described kernel's `work`
    #[arg(long)]
    pub(crate) work: bool,
    /// Write the problem with these fields in its kernel's description, in place of what it says of them
    #[arg(long, value_name = "PATH", requires = "work")]
    pub(crate) out: Option<PathBuf>,
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
