//! What can be wrong with what a tuner is told, and with logs of it.

use crate::config::Unverified;
use crate::diagnostic::{Diagnostic, InFile, Located, composed};
use crate::file::FileError;
use crate::hardware::HardwareError;
use crate::kernel::KernelError;
use crate::problem::ProblemError;
use crate::solve::RequestError;
use crate::tiling::{NamedFault, TilingError, TilingFault};
use crate::trials::LogFault;
use std::fmt;

composed! {
    /// Why a log of measurements cannot be read.
    pub enum ReadError {
        /// A line of it cannot be right.
        TrialLog(InFile<LogFault>),
        /// What a line of it says cannot be right.
        Told(InFile<TellFault>),
    }
}

composed! {
    /// Why a tuner cannot begin or go on.
    pub enum TuneError {
        /// There is no such GPU.
        Hardware(HardwareError),
        /// The kernel cannot be had so.
        Kernel(KernelError),
        /// What the problem says cannot be read.
        Problem(ProblemError),
        /// It can be read, and makes no sense.
        Tiling(Located<TilingFault>),
        /// A limit of the problem makes no sense.
        Request(RequestError),
        /// A bug: a configuration exceeds a limit.
        Unverified(Unverified),
        /// What it was told cannot be right.
        Tell(TellRefused),
        /// A line of a log cannot be right.
        TrialLog(InFile<LogFault>),
        /// What a line of a log says cannot be right.
        Told(InFile<TellFault>),
        /// A log cannot be read or written.
        File(FileError),
    }
    from TilingError { Hardware, Kernel, Problem, Tiling }
    from ReadError { TrialLog, Told }
}

/// Something that a tuner was told and that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TellRefused {
    /// Which measurement, counted from 1.
    pub number: usize,
    /// What is wrong with it.
    pub fault: TellFault,
}

impl Diagnostic for TellRefused {
    fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

impl fmt::Display for TellRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "measurement {}: {}", self.number, self.fault)
    }
}

impl std::error::Error for TellRefused {}

/// What can be wrong with a measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TellFault {
    /// Its values are none of a configuration.
    Values(NamedFault),
    /// The time is no positive number.
    Time {
        /// What it is.
        found: String,
    },
    /// This configuration was told before.
    Twice,
}

impl From<NamedFault> for TellFault {
    fn from(fault: NamedFault) -> Self {
        Self::Values(fault)
    }
}

impl Diagnostic for TellFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Values(NamedFault::NotASolution { .. }) => {
                Some("The problem has changed since: start a new log, and give this one as `--prior`.".to_owned())
            }
            Self::Values(fault) => fault.hint(),
            Self::Time { .. } => Some("Say that it failed where there is no time.".to_owned()),
            Self::Twice => None,
        }
    }
}

impl fmt::Display for TellFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(fault) => fault.fmt(formatter),
            Self::Time { found } => write!(formatter, "{found} is no time in milliseconds"),
            Self::Twice => write!(formatter, "this configuration was measured before"),
        }
    }
}
