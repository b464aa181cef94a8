//! [`KernelFault`]: why a shipped kernel cannot be had so, and how to mend it.

use crate::diagnostic::{Diagnostic, Located};
use std::fmt;

/// A fault in what a kernel is asked for: its name, an entry of its shape, its type, or the GPU.
pub type KernelError = Located<KernelFault>;

/// What can be wrong with what a kernel is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelFault {
    /// No kernel of that name is shipped.
    UnknownKernel {
        /// The name given.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// The kernel needs this entry.
    ShapeMissing {
        /// Its name.
        name: &'static str,
        /// What it is.
        meaning: &'static str,
    },
    /// The kernel has no such entry.
    ShapeUnknown {
        /// The entries that it has.
        known: Vec<&'static str>,
    },
    /// The entry is out of its range.
    ShapeOutOfRange {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// The sizes are too large together.
    ShapeTooLarge {
        /// The names of the sizes whose product is limited.
        sizes: &'static str,
        /// The power of two that the product must not exceed.
        log2_limit: u32,
    },
    /// The entry is not one of its words.
    ShapeWord {
        /// The words.
        known: Vec<&'static str>,
    },
    /// The kernel does not run on that GPU.
    KernelNeeds {
        /// What the GPU lacks.
        what: &'static str,
        /// Its name.
        gpu: String,
    },
}

impl Diagnostic for KernelFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKernel { known, .. } | Self::ShapeUnknown { known } | Self::ShapeWord { known } => {
                Some(format!("There are: {}.", known.join(", ")))
            }
            Self::ShapeMissing { name, meaning } => Some(format!("Add `\"{name}\"` to `shape`: {meaning}.")),
            Self::ShapeOutOfRange { .. } | Self::ShapeTooLarge { .. } | Self::KernelNeeds { .. } => None,
        }
    }
}

impl fmt::Display for KernelFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKernel { name, .. } => write!(formatter, "no kernel is called `{name}`"),
            Self::ShapeMissing { name, .. } => write!(formatter, "`{name}` is missing"),
            Self::ShapeUnknown { .. } => write!(formatter, "the kernel has no such size"),
            Self::ShapeOutOfRange { min, max } => write!(formatter, "must be a whole number from {min} to {max}"),
            Self::ShapeTooLarge { sizes, log2_limit } => {
                write!(formatter, "{sizes} is beyond 2^{log2_limit}, more than any GPU computes in an hour")
            }
            Self::ShapeWord { .. } => write!(formatter, "is not one of the words that the kernel knows"),
            Self::KernelNeeds { what, gpu } => write!(formatter, "the kernel needs {what}, which {gpu} lacks"),
        }
    }
}
