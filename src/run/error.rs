//! [`RunError`]: why a kernel cannot be run.

use crate::diagnostic::{Diagnostic, Located, composed};
use crate::file::FileError;
use crate::tool::ToolError;
use std::fmt;

composed! {
    /// Why a kernel cannot be run and held against its reference.
    pub enum RunError {
        /// A file cannot be read or written.
        File(FileError),
        /// A compiler or the compiled driver failed.
        Tool(ToolError),
        /// There is nothing to run, or nothing to hold it against.
        Run(Located<RunFault>),
    }
}

/// Why there is nothing to run, or nothing to hold it against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunFault {
    /// The problem names no kernel.
    NoKernel,
    /// The kernel cannot be run against a reference.
    NoReference {
        /// Its name.
        kernel: String,
    },
    /// The kernel has no such part.
    NoPart {
        /// As it was asked for.
        part: String,
        /// Those that it has; one without a name where it is all there is.
        parts: Vec<&'static str>,
    },
}

impl Diagnostic for RunFault {}

impl fmt::Display for RunFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKernel => write!(formatter, "only a problem with a `kernel` has this field"),
            Self::NoReference { kernel } => {
                write!(formatter, "there is no reference to hold `{kernel}` against: only shipped kernels have one")
            }
            Self::NoPart { part, parts } => {
                let parts: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
                write!(formatter, "the kernel has no part `{part}`, but {}", parts.join(", "))
            }
        }
    }
}
