//! [`BuildError`]: why a build gets no configuration.

use crate::config::Unverified;
use crate::diagnostic::{Diagnostic, Located, Location, Place, composed};
use crate::file::FileError;
use crate::hardware::HardwareError;
use crate::kernel::KernelError;
use crate::problem::ProblemError;
use crate::solve::{Answer, Clashing, RequestError, SolveError, Status};
use crate::table::{Entry, Missing, Table, TableError, TableFault};
use crate::tiling::{TilingError, TilingFault};
use std::fmt;

composed! {
    /// Why a build gets no configuration.
    pub enum BuildError {
        /// A file cannot be read or written.
        File(FileError),
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
        /// A bug: the configuration found exceeds a limit.
        Unverified(Unverified),
        /// The lists of GPUs and shapes make no table.
        Table(Located<TableFault>),
        /// The problem has no configuration.
        NoConfiguration(NoConfiguration),
    }
    from TilingError { Hardware, Kernel, Problem, Tiling }
    from SolveError { Hardware, Kernel, Problem, Tiling, Request, Unverified }
    from TableError { Hardware, Kernel, Problem, Tiling, Request, Unverified, Table, File }
}

/// A build asked for a configuration, and the problem has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoConfiguration {
    /// The name of the problem.
    pub problem: String,
    /// The GPU, if the problem has one.
    pub gpu: Option<String>,
    /// Of a table: which entry has none.
    pub entry: Option<Box<EntryOfTable>>,
    /// The names of constraints that cannot hold together; empty where a limit was reached.
    pub conflict: Vec<String>,
    /// The same constraints, as they were written.
    pub clashing: Vec<Clashing>,
    /// Whether a limit was reached, so that there may be a configuration.
    pub is_undecided: bool,
}

/// A shape of a table, and where it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryOfTable {
    /// Its sizes and words.
    pub shape: String,
    /// Such as `shapes[3]`.
    pub place: Place,
}

impl NoConfiguration {
    /// That of an answer without one.
    pub(super) fn of(answer: &Answer) -> Self {
        let gpu = answer.tiling.gpu.as_ref().map(|gpu| gpu.name.clone());
        let (problem, clashing) = (answer.tiling.name.clone(), answer.clashing());
        let conflict = clashing.iter().map(|part| part.name.clone()).collect();
        let is_undecided = answer.status == Status::Unknown;
        Self { problem, gpu, entry: None, conflict, clashing, is_undecided }
    }

    /// That of an entry of a table.
    pub(super) fn of_entry(table: &Table, entry: &Entry, missing: &Missing) -> Self {
        Self {
            problem: table.name.clone(),
            gpu: Some(table.gpus[entry.gpu].name.clone()),
            entry: Some(Box::new(EntryOfTable {
                shape: table.shapes[entry.shape].to_string(),
                place: Place::at("shapes").index(entry.shape),
            })),
            conflict: missing.conflict.iter().map(|part| part.name.clone()).collect(),
            clashing: missing.conflict.clone(),
            is_undecided: missing.status == Status::Unknown,
        }
    }
}

impl Diagnostic for NoConfiguration {
    fn location(&self) -> Location<'_> {
        self.entry.as_ref().map_or(Location::Input, |entry| Location::Field(&entry.place))
    }

    fn hint(&self) -> Option<String> {
        Some(if self.is_undecided {
            "Give it more time by `time_limit_s` in `solve`, or leave the limit out.".to_owned()
        } else if self.entry.is_some() {
            "Change one of these, leave the GPU or the shape out, or call `allow_missing(true)`; `constrint explain` on the \
             entry as a problem of its own tells the smallest change that helps."
                .to_owned()
        } else {
            "Change one of these, or take another GPU; `constrint explain` on the problem tells the smallest change that helps."
                .to_owned()
        })
    }
}

impl fmt::Display for NoConfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = self.gpu.as_ref().map(|gpu| format!(" on {gpu}")).unwrap_or_default();
        let shape = self.entry.as_ref().map(|entry| format!(" for {}", entry.shape)).unwrap_or_default();
        let problem = &self.problem;
        if self.is_undecided {
            return write!(formatter, "no configuration of {problem}{on}{shape} was found within the limits");
        }
        write!(formatter, "{problem} has no configuration{on}{shape}")?;
        if self.clashing.is_empty() {
            return Ok(());
        }
        write!(formatter, ": {} cannot hold together", self.conflict.join(", "))?;
        self.clashing.iter().try_for_each(|part| write!(formatter, "\n  {part}"))
    }
}

impl std::error::Error for NoConfiguration {}
