//! [`HardwareError`]: why there is no GPU to work with.

use super::{DetectionFault, GpuFault, InvalidComputeCapability};
use crate::diagnostic::{Diagnostic, Location, alternatives};
use std::fmt;

/// So many of the GPUs that a name may mean are told.
const MOST_SHOWN: usize = 12;

/// What can be wrong with a GPU that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HardwareError {
    /// No GPU of the catalog matches the name.
    UnknownGpu {
        /// The name as the user wrote it.
        name: String,
        /// The catalog names nearest to it; perhaps none.
        nearest: Vec<String>,
    },
    /// Several GPUs of the catalog match the name equally well.
    AmbiguousGpu {
        /// The name as the user wrote it.
        name: String,
        /// All that match, in catalog order.
        candidates: Vec<String>,
    },
    /// A GPU given by its limits has a field that cannot be right.
    InvalidGpu {
        /// The field at fault.
        field: String,
        /// What is wrong with it.
        fault: GpuFault,
    },
    /// The text is not a compute capability.
    InvalidComputeCapability(InvalidComputeCapability),
    /// A file that is to hold a GPU.
    File {
        /// Its path.
        path: String,
        /// Counted from 1; none where the file as a whole is at fault.
        line: Option<usize>,
        /// What is wrong with it.
        fault: Box<GpuFileFault>,
    },
    /// The GPU of this machine was asked for, and could not be told.
    Detection {
        /// Why.
        fault: DetectionFault,
    },
}

/// What is wrong with a file that is to hold a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GpuFileFault {
    /// It cannot be read.
    Unreadable {
        /// What the operating system said.
        reason: String,
    },
    /// It is no JSON, or a key stands twice in it.
    Json {
        /// What the reader said.
        reason: String,
    },
    /// It holds something else than an object.
    NoObject,
    /// The GPU in it is none.
    Gpu(HardwareError),
}

impl Diagnostic for HardwareError {
    fn message(&self) -> String {
        match self {
            Self::File { fault, .. } => fault.to_string(),
            _ => self.to_string(),
        }
    }

    fn location(&self) -> Location<'_> {
        match self {
            Self::File { path, line, .. } => Location::File { path, line: *line },
            Self::InvalidComputeCapability(_) => Location::Input,
            _ => Location::Gpu,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownGpu { nearest, .. } => Some(match nearest.first() {
                Some(base) => format!("Did you mean {}? {}", alternatives(nearest), own(base)),
                None => format!("`constrint gpus` lists the catalog. {}", own("…")),
            }),
            Self::AmbiguousGpu { candidates, .. } if candidates.len() > MOST_SHOWN => {
                Some(format!("Write more of it, such as `{}`; `constrint gpus` lists all.", candidates[0]))
            }
            Self::AmbiguousGpu { candidates, .. } => Some(format!("Write {}.", alternatives(candidates))),
            Self::InvalidGpu { fault, .. } => fault.hint(),
            Self::InvalidComputeCapability(error) => error.hint(),
            Self::Detection { fault } => fault.hint(),
            Self::File { fault, .. } => match &**fault {
                GpuFileFault::Gpu(error) => error.hint(),
                _ => None,
            },
        }
    }
}

/// How to make a GPU that the catalog lacks.
fn own(base: &str) -> String {
    format!("A GPU of your own starts from one of the catalog: `{{\"base\": \"{base}\", \"sms\": …}}`.")
}

impl fmt::Display for HardwareError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownGpu { name, .. } => write!(formatter, "no GPU of the catalog is called `{name}`"),
            Self::AmbiguousGpu { name, candidates } => {
                let more = candidates.len().saturating_sub(MOST_SHOWN);
                let shown = candidates[..candidates.len() - more].join(", ");
                let rest = if more > 0 { format!(" and {more} others") } else { String::new() };
                write!(formatter, "`{name}` could be any of {} GPUs: {shown}{rest}", candidates.len())
            }
            Self::InvalidGpu { field, fault } => write!(formatter, "GPU field `{field}` {fault}"),
            Self::InvalidComputeCapability(error) => write!(formatter, "{error}"),
            Self::Detection { fault } => write!(formatter, "{fault}"),
            Self::File { path, line: Some(line), fault } => write!(formatter, "{path}:{line}: {fault}"),
            Self::File { path, line: None, fault } => write!(formatter, "{path}: {fault}"),
        }
    }
}

impl fmt::Display for GpuFileFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { reason } | Self::Json { reason } => formatter.write_str(reason),
            Self::NoObject => write!(formatter, "a GPU in a file is a JSON object of its limits"),
            Self::Gpu(error) => write!(formatter, "{error}"),
        }
    }
}

impl std::error::Error for HardwareError {}

impl From<InvalidComputeCapability> for HardwareError {
    fn from(error: InvalidComputeCapability) -> Self {
        Self::InvalidComputeCapability(error)
    }
}

impl From<DetectionFault> for HardwareError {
    fn from(fault: DetectionFault) -> Self {
        Self::Detection { fault }
    }
}
