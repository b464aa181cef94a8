//! [`TilingError`]: why a problem cannot become a model, and how to mend it.

use crate::diagnostic::{Diagnostic, Located, composed};
use crate::hardware::HardwareError;
use crate::kernel::KernelError;
use crate::problem::{ProblemError, ProblemFault};
use std::fmt;

composed! {
    /// Why a problem cannot become a model.
    pub enum TilingError {
        /// There is no such GPU.
        Hardware(HardwareError),
        /// The kernel cannot be had so.
        Kernel(KernelError),
        /// What the problem says cannot be read.
        Problem(ProblemError),
        /// It can be read, and makes no sense.
        Tiling(Located<TilingFault>),
    }
}

/// What can be wrong with a field of a problem that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TilingFault {
    /// Neither a kernel nor a variable.
    Empty,
    /// More values than are kept in memory.
    TooManyValues {
        /// How many.
        count: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// The base of powers must be at least 2.
    PowerBase {
        /// The base given.
        base: i64,
    },
    /// A power of numbers alone that is too large to be computed.
    PowerTooLarge,
    /// None of the kernel's values for its variable is among those given.
    NoValueLeft {
        /// The values that the kernel has.
        kernel_values: Vec<i64>,
    },
    /// A formula whose value need not be a whole number.
    NotWhole,
    /// A part of the cost that is no definition of the kernel.
    NoDefinition {
        /// The definitions there are.
        known: Vec<String>,
    },
    /// A predicted time beside the work that it would follow from.
    CostBesideWork,
    /// Wavefronts of an access beside the strides that they would follow from.
    WavefrontsBesideStrides,
    /// A file beside the word for what an array holds.
    FileBesideHolds,
    /// An allowed error below 0.
    NegativeBound,
    /// A text that is no name in C++, or no name of a file.
    MacroName {
        /// The text given.
        name: String,
    },
    /// Two macros of the same name.
    MacroTwice {
        /// The name.
        name: String,
    },
    /// Something that only a shipped kernel gives a meaning to.
    NeedsShippedKernel,
    /// A kernel needs to know its GPU.
    GpuMissing,
    /// How many blocks fit an SM depends on the GPU.
    OccupancyNeedsGpu,
    /// Something that only a kernel gives a meaning to.
    NeedsKernel,
    /// A setting fixes a variable at a value that it cannot take.
    ValueNotPossible {
        /// The value given.
        value: i64,
    },
}

impl Diagnostic for TilingFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "Name a `kernel`, or state `variables`.".to_owned(),
            Self::TooManyValues { .. } => "Give `min`, `max` and `step` instead of a list.".to_owned(),
            Self::PowerTooLarge => "`**` binds to the right: `2 ** 10 ** 10` is 2 ** 10000000000.".to_owned(),
            Self::NoValueLeft { kernel_values } => format!("The kernel allows {kernel_values:?}."),
            Self::NotWhole => "Write `//` or `ceil_div(a, b)`, and powers with a constant exponent.".to_owned(),
            Self::NoDefinition { known } if !known.is_empty() => format!("There are: {}.", known.join(", ")),
            Self::GpuMissing | Self::OccupancyNeedsGpu => {
                "Add `\"gpu\": \"H100 SXM\"` (`constrint gpus` lists the names).".to_owned()
            }
            Self::CostBesideWork | Self::WavefrontsBesideStrides | Self::FileBesideHolds => {
                "Leave one of them out.".to_owned()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for TilingFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(formatter, "there is nothing to solve"),
            Self::TooManyValues { count, limit } => write!(formatter, "{count} values are more than {limit}"),
            Self::PowerBase { base } => write!(formatter, "the base of powers must be at least 2, not {base}"),
            Self::PowerTooLarge => write!(formatter, "a power in it is too large to be computed"),
            Self::NoValueLeft { .. } => write!(formatter, "none of these values is one of the kernel's"),
            Self::NotWhole => write!(formatter, "its value need not be a whole number"),
            Self::NoDefinition { .. } => write!(formatter, "a part of the cost must be a definition of the kernel"),
            Self::CostBesideWork => {
                write!(formatter, "the predicted time follows from `work`, and `cost` states it too")
            }
            Self::WavefrontsBesideStrides => {
                write!(formatter, "wavefronts follow from `lanes`, `stride` and `row_stride`, and stand beside them")
            }
            Self::FileBesideHolds => write!(formatter, "`holds` says what the array holds, and a file too"),
            Self::NegativeBound => write!(formatter, "an error that is allowed is at least 0"),
            Self::MacroName { name } => write!(formatter, "`{}` cannot be used as a name there", name.escape_debug()),
            Self::MacroTwice { name } => write!(formatter, "two macros are called `{name}`"),
            Self::NeedsShippedKernel => write!(formatter, "only a shipped kernel gives this a meaning"),
            Self::GpuMissing => write!(formatter, "a kernel needs a GPU"),
            Self::OccupancyNeedsGpu => write!(formatter, "blocks per SM depend on the GPU, and none is named"),
            Self::ValueNotPossible { value } => write!(formatter, "{value} is not one of its values"),
            Self::NeedsKernel => write!(formatter, "only a problem with a `kernel` has this field"),
        }
    }
}

impl From<Located<ProblemFault>> for TilingError {
    fn from(fault: Located<ProblemFault>) -> Self {
        Self::Problem(fault.into())
    }
}
