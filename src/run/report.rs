//! How a kernel is run, and what came out.

use super::{Comparison, Fault};
use crate::kernel::Case;
use serde::Serialize;

/// What runs the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Machine {
    /// The CPU emulator: finds wrong numbers and faults of synchronisation.
    Emulator,
    /// The first GPU: finds wrong numbers.
    Gpu,
}

/// How to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What runs the kernel.
    pub machine: Machine,
    /// Seed of the inputs, and of the first order of threads.
    pub seed: u64,
    /// Orders of threads to try, at least 1; on a GPU, how often to run.
    pub schedules: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { machine: Machine::Emulator, seed: 1, schedules: 3 }
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Each case, in the order in which they were run; the last one may have ended in a fault.
    pub cases: Vec<CaseReport>,
}

impl Report {
    /// Whether all outputs are as exact as they have to be, and no fault was found.
    pub fn holds(&self) -> bool {
        self.cases.iter().all(|case| case.fault.is_none() && case.outputs.iter().all(|output| output.wrong == 0))
    }

    /// The first fault.
    pub fn fault(&self) -> Option<&Fault> {
        self.cases.iter().find_map(|case| case.fault.as_ref())
    }
}

/// One case over all its schedules.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseReport {
    /// The sizes.
    pub case: Case,
    /// Schedules that were run, the one with the fault included.
    pub schedules: u32,
    /// Each output at its worst.
    pub outputs: Vec<Comparison>,
    /// A fault of the kernel, which ends everything.
    pub fault: Option<Fault>,
}
