//! [`Failure`]: why a configuration has no time, in words; and what goes wrong with the machine, which is nobody's configuration's
//! fault.

use super::operations::{DeviceFault, DeviceFaultKind};
use crate::diagnostic::{Diagnostic, Located, Location, composed};
use crate::file::FileError;
use crate::hardware::ComputeCapability;
use crate::kernel::KernelError;
use crate::nvcc::{CompileError, SourceFault};
use crate::tool::ToolError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a configuration could not be timed. It is an answer, and a search goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failure {
    /// The compiler refuses the source.
    DoesNotCompile {
        /// What it said.
        said: String,
    },
    /// The GPU refuses to start it.
    DoesNotLaunch {
        /// What the driver said.
        said: String,
    },
    /// It did not end.
    Hangs {
        /// How long was waited.
        after_ms: u64,
    },
    /// It broke off, or the process that ran it did.
    Crashes {
        /// What the driver or the system said.
        said: String,
    },
    /// It ran, and what came out is wrong.
    WrongResult {
        /// Which array, and how.
        said: String,
    },
    /// The process that ran it gave no answer that can be read.
    Nonsense {
        /// What it said instead.
        said: String,
    },
}

/// What a configuration came to: a time, or why it has none.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A word or three: `does not compile`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::DoesNotCompile { .. } => "does not compile",
            Self::DoesNotLaunch { .. } => "does not launch",
            Self::Hangs { .. } => "hangs",
            Self::Crashes { .. } => "crashes",
            Self::WrongResult { .. } => "wrong result",
            Self::Nonsense { .. } => "nonsense",
        }
    }

    /// What a fault of the device means for the configuration; the fault itself where it is not the configuration's.
    pub(super) fn of(fault: DeviceFault) -> Result<Self, DeviceFault> {
        match fault.kind {
            DeviceFaultKind::Absent => Err(fault),
            DeviceFaultKind::Refused => Ok(Self::DoesNotLaunch { said: fault.said }),
            DeviceFaultKind::Crashed => Ok(Self::Crashes { said: fault.said }),
            DeviceFaultKind::TimedOut => Ok(Self::Crashes { said: format!("{}: it ran for too long", fault.said) }),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())?;
        match self {
            Self::Hangs { after_ms } => write!(formatter, ": no answer after {after_ms} ms"),
            Self::DoesNotCompile { said }
            | Self::DoesNotLaunch { said }
            | Self::Crashes { said }
            | Self::WrongResult { said }
            | Self::Nonsense { said }
                if said.is_empty() =>
            {
                Ok(())
            }
            Self::DoesNotCompile { said }
            | Self::DoesNotLaunch { said }
            | Self::Crashes { said }
            | Self::WrongResult { said }
            | Self::Nonsense { said } => write!(formatter, ": {said}"),
        }
    }
}

composed! {
    /// Why nothing can be timed here, whatever the configuration.
    pub enum BenchError {
        /// A file cannot be read or written.
        File(FileError),
        /// A compiler is missing, or a limit was reached.
        Tool(ToolError),
        /// There is no such kernel.
        Kernel(KernelError),
        /// The kernel has no source.
        Source(Located<SourceFault>),
        /// There is no kernel that could be run.
        Bench(Located<BenchFault>),
        /// There is no GPU to run it on.
        Machine(MachineFault),
    }
    from CompileError { File, Kernel, Tool, Source }
}

/// Why there is nothing to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BenchFault {
    /// The problem names no kernel.
    NoKernel,
    /// The described kernel does not say what it is called with.
    NoArguments,
    /// A formula of its arguments has no value that can be meant.
    NoValue,
    /// There is nothing to hold the results of a described kernel against.
    NoReference,
}

impl Diagnostic for BenchFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoKernel => "Add `\"kernel\"` (`constrint kernels` lists them).".to_owned(),
            Self::NoArguments => {
                "Add `\"arguments\": [{\"name\": \"a\", \"type\": \"fp32\", \"elements\": \"n\"}, …]` to \
                                  the kernel."
                    .to_owned()
            }
            Self::NoReference => "Add `expected` to an array of its `arguments`, or ask for no check.".to_owned(),
            Self::NoValue => {
                "Elements are at least 0, launches at least 1, and a number fits its type in every configuration."
                    .to_owned()
            }
        })
    }
}

impl fmt::Display for BenchFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoKernel => "the problem names no kernel, so that there is nothing to run",
            Self::NoArguments => "the kernel does not say what it is called with",
            Self::NoReference => "there is nothing to hold the kernel's results against",
            Self::NoValue => "one of its formulas has no value here that can be meant",
        })
    }
}

/// Why there is no GPU to run anything on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineFault {
    /// The driver shows none.
    NoGpu {
        /// What it said.
        said: String,
    },
    /// The GPU of this machine runs other code than that of the problem.
    OtherGpu {
        /// That of this machine.
        here: String,
        /// Its compute capability.
        has: ComputeCapability,
        /// That of the problem.
        asked: ComputeCapability,
    },
    /// The process that runs kernels could not be started, or does not know its part.
    NoWorker {
        /// What it said.
        said: String,
    },
    /// The small kernels that measure do not compile.
    NoKernels {
        /// What the compiler said.
        said: String,
    },
    /// There is neither NVRTC nor nvcc.
    NoCompiler {
        /// What the loader said of NVRTC.
        said: String,
    },
}

impl Diagnostic for MachineFault {
    fn location(&self) -> Location<'_> {
        Location::Nowhere
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoGpu { .. } => {
                "Install NVIDIA's driver, or name its library by CONSTRINT_LIBCUDA; `nvidia-smi` may tell \
                                   more."
                    .to_owned()
            }
            Self::OtherGpu { .. } => "Ask for this machine's GPU: `--gpu detect`.".to_owned(),
            Self::NoWorker { .. } | Self::NoKernels { .. } => return None,
            Self::NoCompiler { .. } => "Install either, or name NVRTC's library by CONSTRINT_LIBNVRTC, or nvcc by \
                                        CONSTRINT_NVCC."
                .to_owned(),
        })
    }
}

impl fmt::Display for MachineFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGpu { said } => write!(formatter, "no GPU can be used: {said}"),
            Self::OtherGpu { here, has, asked } => {
                write!(formatter, "the problem is for compute capability {asked}, and {here} of this machine has {has}")
            }
            Self::NoWorker { said } => write!(formatter, "the process that runs kernels gave no answer: {said}"),
            Self::NoKernels { said } => write!(formatter, "the kernels that measure cannot be compiled: {said}"),
            Self::NoCompiler { said } => write!(formatter, "there is neither NVRTC nor nvcc to compile with: {said}"),
        }
    }
}

impl std::error::Error for MachineFault {}
