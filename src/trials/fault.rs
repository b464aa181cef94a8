//! What can be wrong with a trial, and with a log of them.

use crate::config::Unverified;
use crate::diagnostic::{Diagnostic, InFile, Located, composed};
use crate::file::FileError;
use crate::hardware::HardwareError;
use crate::kernel::KernelError;
use crate::problem::ProblemError;
use crate::solve::{RequestError, SolveError};
use crate::tiling::{NamedFault, TilingError, TilingFault};
use std::fmt;

composed! {
    /// Why a search with an outside test cannot begin or go on.
    pub enum TrialsError {
        /// There is no such GPU.
        Hardware(HardwareError),
        /// The kernel cannot be had so.
        Kernel(KernelError),
        /// What the problem says cannot be read.
        Problem(ProblemError),
        /// It can be read, and makes no sense.
        Tiling(Located<TilingFault>),
        /// What is asked of it makes no sense.
        Request(RequestError),
        /// A bug: a configuration exceeds a limit.
        Unverified(Unverified),
        /// A trial does not fit the problem, or contradicts an earlier one.
        Trial(TrialRefused),
        /// A line of the log cannot be right.
        TrialLog(InFile<LogFault>),
        /// The log cannot be read or written.
        File(FileError),
    }
    from TilingError { Hardware, Kernel, Problem, Tiling }
    from SolveError { Hardware, Kernel, Problem, Tiling, Request, Unverified }
}

/// A trial that does not fit the problem, or contradicts an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialRefused {
    /// Counted from 1.
    pub number: usize,
    /// What is wrong with it.
    pub fault: TrialFault,
}

impl Diagnostic for TrialRefused {
    fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

impl fmt::Display for TrialRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "trial {}: {}", self.number, self.fault)
    }
}

impl std::error::Error for TrialRefused {}

/// What can be wrong with a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrialFault {
    /// Its values are none of a configuration.
    Values(NamedFault),
    /// It rules out what worked, or what it says to work was ruled out.
    Contradiction {
        /// The number of the earlier trial, counted from 1.
        earlier: usize,
    },
}

/// What a file of lines is, and what its messages call the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogKind {
    /// What the first line says that the file is.
    pub(crate) name: &'static str,
    /// What a line is.
    pub(crate) line: &'static str,
}

/// What can be wrong with a line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogFault {
    /// The file is something else.
    NotALog {
        /// What it should be.
        of: LogKind,
    },
    /// The log is of another problem.
    OtherProblem {
        /// The field of the first line that differs.
        field: String,
        /// As the log has it; empty if it does not.
        there: String,
        /// As the problem has it; empty if it does not.
        here: String,
    },
    /// The line is none of such a log.
    Line {
        /// What the log is.
        of: LogKind,
        /// What the reader of JSON said.
        reason: String,
    },
    /// Another process writes to the log.
    InUse,
}

impl From<NamedFault> for TrialFault {
    fn from(fault: NamedFault) -> Self {
        Self::Values(fault)
    }
}

impl Diagnostic for TrialFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Values(NamedFault::Missing { .. } | NamedFault::NotASolution { .. }) => {
                Some("The problem has changed since; start a new log.".to_owned())
            }
            Self::Values(fault) => fault.hint(),
            Self::Contradiction { .. } => {
                Some("Blame a variable only where all values beyond fail, whatever the other variables are.".to_owned())
            }
        }
    }
}

impl Diagnostic for LogFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotALog { .. } => Some("Name a file that does not exist yet, or a log of this problem.".to_owned()),
            Self::OtherProblem { .. } => Some("Give each problem a log of its own.".to_owned()),
            Self::Line { .. } => Some("Remove the line; what it says is tried again.".to_owned()),
            Self::InUse => None,
        }
    }
}

impl fmt::Display for TrialFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(fault) => fault.fmt(formatter),
            Self::Contradiction { earlier } => {
                write!(formatter, "it contradicts trial {earlier}: what works in one fails by the other")
            }
        }
    }
}

impl fmt::Display for LogFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
        match self {
            Self::NotALog { of } => write!(formatter, "this is no log of {}s", of.line),
            Self::OtherProblem { field, there, here } => {
                let (there, here) = (or_none(there), or_none(here));
                write!(formatter, "the log is of another problem: its {field} is {there}, not {here}")
            }
            Self::Line { of, reason } => write!(formatter, "this is no {}: {reason}", of.line),
            Self::InUse => write!(formatter, "another process writes to this log"),
        }
    }
}
