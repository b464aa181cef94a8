//! What a worker is told in one line of JSON, and answers in one line.

use super::failure::Failure;
use super::timing::{Timer, Timing};
use crate::hardware::ComputeCapability;
use crate::kernel::Plan;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a worker is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Job {
    /// Say what there is.
    Look {
        /// The device by its index.
        device: usize,
    },
    /// Compile a source with NVRTC.
    Compile(CompileJob),
    /// Run a plan, and time it if a timer is given.
    Run(Box<RunJob>),
}

/// A source to compile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CompileJob {
    /// The source's path.
    pub(super) source: PathBuf,
    /// NVRTC's options.
    pub(super) options: Vec<String>,
    /// Where the machine code is to be written.
    pub(super) output: PathBuf,
}

/// A plan to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RunJob {
    /// The device by its index.
    pub(super) device: usize,
    /// Files of machine code, by the indices that the plan's launches have.
    pub(super) images: Vec<PathBuf>,
    /// What is run.
    pub(super) plan: Plan,
    /// How it is timed; it is run once where there is none.
    pub(super) timer: Option<Timer>,
    /// Arrays that are written to `NAME.out` in this folder when it has run once, or was timed, by their indices.
    pub(super) outputs: Vec<usize>,
    /// That folder.
    pub(super) folder: PathBuf,
}

/// What a worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// What there is.
    Seen(Seen),
    /// The machine code is written.
    Compiled,
    /// It ran, and took so long where that was asked for.
    Ran {
        /// How long.
        timing: Option<Timing>,
    },
    /// It could not be compiled, started or run to its end.
    Failed(Failure),
    /// There is nothing to run it on.
    Absent {
        /// What the driver said.
        said: String,
    },
}

/// What there is on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// The device's name, as the driver reports it.
    pub(super) name: String,
    /// Its compute capability.
    pub(super) compute_capability: ComputeCapability,
    /// Why NVRTC cannot be used, if it cannot.
    pub(super) no_nvrtc: Option<String>,
}
