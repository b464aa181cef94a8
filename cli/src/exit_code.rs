//! What the command's exit tells a script.

use constrint::Status;

/// How a call ended. An answer of "no" is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// 0: found, or everything holds.
    Success,
    /// 1: infeasible, or something is violated.
    Negative,
    /// 2: bad usage, bad input, or a tool failed.
    Error,
    /// 3: a limit was reached without an answer.
    LimitReached,
}

impl ExitCode {
    /// The code for the end of a search.
    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::Optimal | Status::Feasible => Self::Success,
            Status::Infeasible => Self::Negative,
            Status::Unknown => Self::LimitReached,
        }
    }

    /// 0 where something holds, 1 where it does not.
    pub(crate) fn holds(holds: bool) -> Self {
        if holds { Self::Success } else { Self::Negative }
    }
}

impl ExitCode {
    /// As a script sees it.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Negative => 1,
            Self::Error => 2,
            Self::LimitReached => 3,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}
