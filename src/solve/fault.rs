//! [`SolveError`]: why a problem cannot be solved as asked.

use crate::config::Unverified;
use crate::diagnostic::{Diagnostic, Located, composed};
use crate::hardware::HardwareError;
use crate::kernel::KernelError;
use crate::problem::ProblemError;
use crate::tiling::{TilingError, TilingFault};
use std::fmt;

composed! {
    /// Why a problem cannot be solved as asked.
    pub enum SolveError {
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
        /// A bug: the configuration found exceeds a limit.
        Unverified(Unverified),
    }
    from TilingError { Hardware, Kernel, Problem, Tiling }
}

/// A limit or an order that makes no sense, and where.
pub type RequestError = Located<RequestFault>;

/// What can be wrong with what is asked of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestFault {
    /// A time or node limit that is not a positive, finite number.
    Limit,
    /// An order that names a variable twice.
    NamedTwice {
        /// The name given.
        name: String,
    },
}

impl Diagnostic for RequestFault {}

impl fmt::Display for RequestFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit => write!(formatter, "a limit must be a positive number"),
            Self::NamedTwice { name } => write!(formatter, "`{name}` stands in the order twice"),
        }
    }
}
