//! [`TableError`]: why there is no table, and how to mend it.

use crate::config::Unverified;
use crate::diagnostic::{Diagnostic, Located, Place, composed};
use crate::file::FileError;
use crate::hardware::HardwareError;
use crate::kernel::KernelError;
use crate::problem::ProblemError;
use crate::solve::{RequestError, SolveError};
use crate::tiling::TilingFault;
use std::fmt;

composed! {
    /// Why there is no table.
    pub enum TableError {
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
        /// A bug: a configuration found exceeds a limit.
        Unverified(Unverified),
        /// The lists of GPUs and shapes make no table.
        Table(Located<TableFault>),
        /// A file cannot be written.
        File(FileError),
    }
    from SolveError { Hardware, Kernel, Problem, Tiling, Request, Unverified }
}

/// What can be wrong with the lists of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// There is no GPU to choose for.
    NoGpus,
    /// There is no shape to choose for.
    NoShapes,
    /// One GPU beside a list of them.
    BesideList {
        /// The list.
        list: &'static str,
    },
    /// There is no such GPU.
    Gpu(HardwareError),
    /// A GPU that stands in the list twice.
    GpuTwice {
        /// Where it stood first.
        first: usize,
    },
    /// Two GPUs that no device could be told apart by.
    GpusAlike {
        /// The place of the other.
        first: usize,
        /// What both are called.
        name: String,
    },
    /// A shape that stands in the list twice, once defaults are filled in.
    ShapeTwice {
        /// Where it stood first.
        first: usize,
    },
    /// A size that other shapes of the table have.
    SizeMissing {
        /// Its name.
        name: String,
        /// A shape that has it.
        first: usize,
    },
    /// A size that other shapes of the table lack.
    SizeNew {
        /// A shape that lacks it.
        first: usize,
    },
}

impl Diagnostic for TableFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoGpus => {
                "Write `\"gpus\": [\"H100 SXM\", \"RTX 4090\"]` (`constrint gpus` lists the names).".to_owned()
            }
            Self::NoShapes => "Write `\"shapes\": [{…}, {…}]`, each as `shape` has it.".to_owned(),
            Self::BesideList { list } => format!("Leave it out, or put it into `{list}`."),
            Self::Gpu(error) => return error.hint(),
            Self::GpuTwice { .. } | Self::ShapeTwice { .. } => "Leave one of them out.".to_owned(),
            Self::GpusAlike { .. } => {
                "Leave one of them out, or give it a `name` of its own, which the device must then report.".to_owned()
            }
            Self::SizeMissing { .. } | Self::SizeNew { .. } => {
                "All shapes of a table have the same sizes; `shape` may give what they share.".to_owned()
            }
        })
    }
}

impl fmt::Display for TableFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGpus => write!(formatter, "a table needs GPUs, and none is named"),
            Self::NoShapes => write!(formatter, "a table needs shapes, and the list is empty"),
            Self::BesideList { list } => write!(formatter, "it stands beside `{list}`, which takes its place"),
            Self::Gpu(error) => write!(formatter, "{error}"),
            Self::GpuTwice { first } => write!(formatter, "it is the same GPU as gpus[{first}]"),
            Self::GpusAlike { first, name } => write!(
                formatter,
                "a program could not tell it from gpus[{first}]: both are `{name}` with the same compute capability, SMs and \
                 memory, and other limits"
            ),
            Self::ShapeTwice { first } => write!(formatter, "it is the same shape as shapes[{first}]"),
            Self::SizeMissing { name, first } => {
                write!(formatter, "`{name}` is missing, which shapes[{first}] has")
            }
            Self::SizeNew { first } => write!(formatter, "shapes[{first}] has no such size"),
        }
    }
}

/// Where the GPU and the shape of an entry stand in the file, of which its problem was made.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) gpu: Place,
    pub(super) shape: Place,
    pub(super) dtype: Place,
    /// What of the shape stands in no entry, but in what all share.
    pub(super) shared: Vec<Place>,
}

impl Origin {
    fn place(&self, place: &Place) -> Place {
        if self.shared.contains(place) {
            return place.clone();
        }
        place.moved("gpu", &self.gpu).moved("shape", &self.shape).moved("dtype", &self.dtype)
    }

    /// The error of an entry's problem as one of the file.
    pub(super) fn error(&self, error: impl Into<TableError>) -> TableError {
        let mut error = error.into();
        match &mut error {
            TableError::Kernel(fault) => fault.place = self.place(&fault.place),
            TableError::Problem(ProblemError::Field(fault)) => fault.place = self.place(&fault.place),
            TableError::Tiling(fault) => fault.place = self.place(&fault.place),
            TableError::Hardware(fault) => return self.gpu.fault(TableFault::Gpu(fault.clone())),
            _ => {}
        }
        error
    }
}
