//! [`Error`]: what can go wrong, whichever layer it went wrong in.
//!
//! An error is bad input, a failed tool or a bug. That a problem has no solution is an answer and never comes as an
//! [`Error`]. Each layer has its own error beside the code that raises it, and no other file imports this one.

use crate::build_time::{BuildError, NoConfiguration};
use crate::config::Unverified;
use crate::device::{BenchError, BenchFault, MachineFault};
use crate::diagnostic::{Diagnostic, InFile, Located, composed};
use crate::file::FileError;
use crate::hardware::{HardwareError, InvalidComputeCapability};
use crate::kernel::KernelError;
use crate::nvcc::{CompileError, SourceFault};
use crate::problem::ProblemError;
use crate::results::{MeasurementError, ResultsError};
use crate::run::{RunError, RunFault};
use crate::solve::{RequestError, SolveError};
use crate::table::{TableError, TableFault};
use crate::tiling::{TilingError, TilingFault};
use crate::tool::ToolError;
use crate::trials::{LogFault, TrialRefused, TrialsError};
use crate::tune::{TellFault, TellRefused, TuneError};

composed! {
    /// Everything that makes a call of this crate fail.
    pub enum Error {
        /// A file cannot be read or written.
        File(FileError),
        /// A tool that was called failed.
        Tool(ToolError),
        /// There is no such GPU.
        Hardware(HardwareError),
        /// A shipped kernel cannot be had so.
        Kernel(KernelError),
        /// What the user wrote is no problem.
        Problem(ProblemError),
        /// A problem that can be read makes no sense.
        Tiling(Located<TilingFault>),
        /// A bug: the configuration that the solver found does not pass the check in plain arithmetic.
        Unverified(Unverified),
        /// What is asked of a problem makes no sense.
        Request(RequestError),
        /// A trial does not fit the problem, or contradicts an earlier one.
        Trial(TrialRefused),
        /// A line of a log of trials cannot be right.
        TrialLog(InFile<LogFault>),
        /// What a tuner is told cannot be right.
        Tell(TellRefused),
        /// What a line of a log of measurements says cannot be right.
        Told(InFile<TellFault>),
        /// A kernel that is to be compiled has no source.
        Source(Located<SourceFault>),
        /// There is nothing to run, or nothing to hold it against.
        Run(Located<RunFault>),
        /// There is no kernel that could be run on a GPU.
        Bench(Located<BenchFault>),
        /// There is no GPU to run a kernel on.
        Machine(MachineFault),
        /// A line of a file of measurements cannot be right.
        Measurement(MeasurementError),
        /// The lists of GPUs and shapes make no table.
        Table(Located<TableFault>),
        /// A build asked for a configuration, and the problem has none.
        NoConfiguration(NoConfiguration),
    }
    from TilingError { Hardware, Kernel, Problem, Tiling }
    from SolveError { Hardware, Kernel, Problem, Tiling, Request, Unverified }
    from TrialsError { Hardware, Kernel, Problem, Tiling, Request, Unverified, Trial, TrialLog, File }
    from CompileError { File, Kernel, Tool, Source }
    from RunError { File, Tool, Run }
    from TuneError { Hardware, Kernel, Problem, Tiling, Request, Unverified, Tell, TrialLog, Told, File }
    from ResultsError { Measurement, TrialLog, Told }
    from TableError { Hardware, Kernel, Problem, Tiling, Request, Unverified, Table, File }
    from BuildError { File, Hardware, Kernel, Problem, Tiling, Request, Unverified, Table, NoConfiguration }
    from BenchError { File, Tool, Kernel, Source, Bench, Machine }
}

impl Error {
    /// How to mend the input, as a whole sentence, where something can be said.
    ///
    /// ```
    /// let error = constrint::Error::from(constrint::hardware::find("H10O SXM5 80GB").unwrap_err());
    /// assert!(error.hint().unwrap().starts_with("Did you mean `H100 SXM5 80GB`?"));
    /// ```
    pub fn hint(&self) -> Option<String> {
        Diagnostic::hint(self)
    }

    /// The whole message for a person: the origin (a file name), the place, what is wrong and how to mend it. An
    /// expression is shown with a caret under the fault.
    pub fn render(&self, origin: &str, color: bool) -> String {
        Diagnostic::render(self, origin, color)
    }
}

impl From<InvalidComputeCapability> for Error {
    fn from(error: InvalidComputeCapability) -> Self {
        Self::Hardware(error.into())
    }
}
