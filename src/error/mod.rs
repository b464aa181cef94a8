//! What can go wrong, as one closed enum.
//!
//! An error is bad input, a failed tool or a bug. That a problem has no solution is an answer and never comes as an
//! [`Error`]. Each variant points at a place (a name, a field) and, where there is one, [`Error::hint`] tells the mend.

mod place;
mod problem;

pub use place::Place;
pub use problem::ProblemFault;

use std::fmt;

use constrint_solver::Exhausted;
use constrint_solver::language::{SyntaxError, render_error};

use crate::hardware::{DetectionFault, GpuFault};
use crate::problem::PythonError;
use crate::results::MeasurementFault;
use crate::trials::{LogFault, TrialFault};

/// Everything that makes a call of this crate fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
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
    InvalidComputeCapability {
        /// The text as the user wrote it.
        text: String,
    },
    /// The GPU of this machine was asked for, and could not be told.
    GpuDetection {
        /// Why.
        fault: DetectionFault,
    },
    /// The text is no JSON, or a field is not as the format has it.
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The text is longer than any sensible problem.
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest that is read.
        limit: usize,
    },
    /// A field of the problem cannot be right.
    Problem {
        /// Where.
        place: Place,
        /// What is wrong with it.
        fault: ProblemFault,
    },
    /// An expression of the problem cannot be read.
    Syntax {
        /// The field that holds it.
        place: Place,
        /// The expression.
        text: String,
        /// What is wrong with it, and where in it.
        error: SyntaxError,
    },
    /// The values of a tuning parameter cannot be read.
    Python {
        /// The field that holds them.
        place: Place,
        /// Their text.
        text: String,
        /// What is wrong with it, and where in it.
        error: PythonError,
    },
    /// A line of a file of measurements cannot be right.
    Measurement {
        /// The file.
        path: String,
        /// Counted from 1; 0 where the file as a whole is at fault.
        line: usize,
        /// What is wrong with it.
        fault: MeasurementFault,
    },
    /// A file cannot be read or written.
    File {
        /// Its path.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// A tool that was called failed.
    Tool {
        /// Its name.
        tool: String,
        /// What it said.
        reason: String,
    },
    /// A limit ended it before there was an answer.
    Limit {
        /// Which one.
        exhausted: Exhausted,
    },
    /// A compiler that is needed to run a kernel is not there.
    NoCompiler {
        /// Its name, as it was looked for.
        compiler: String,
    },
    /// A bug: the configuration that the solver found does not pass the check in plain arithmetic.
    Unverified {
        /// Each limit that is exceeded.
        violations: Vec<String>,
    },
    /// A build asked for a configuration, and the problem has none.
    NoConfiguration {
        /// The name of the problem.
        problem: String,
        /// The names of constraints that cannot hold together; empty where a limit was reached.
        conflict: Vec<String>,
    },
    /// A trial does not fit the problem, or contradicts an earlier one.
    Trial {
        /// Counted from 1.
        number: usize,
        /// What is wrong with it.
        fault: TrialFault,
    },
    /// A line of a log of trials cannot be right.
    TrialLog {
        /// The log.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        fault: LogFault,
    },
}

impl Error {
    /// How to mend the input, as a whole sentence, where something can be said.
    ///
    /// ```
    /// let error = constrint::hardware::find("H10O SXM5 80GB").unwrap_err();
    /// assert_eq!(error.hint().unwrap(), "Did you mean `H100 SXM5 80GB`?");
    /// ```
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownGpu { nearest, .. } if nearest.is_empty() => {
                Some("`constrint gpus` lists the catalog.".to_owned())
            }
            Self::UnknownGpu { nearest, .. } => Some(format!("Did you mean {}?", alternatives(nearest))),
            Self::AmbiguousGpu { candidates, .. } => Some(format!("Write {}.", alternatives(candidates))),
            Self::InvalidGpu { fault, .. } => fault.hint(),
            Self::InvalidComputeCapability { .. } => Some("Write it as `9.0`, `90` or `sm_90a`.".to_owned()),
            Self::GpuDetection { fault } => fault.hint(),
            Self::Problem { fault, .. } => fault.hint(),
            Self::Syntax { error, .. } => error.hint(),
            Self::Python { error, .. } => error.hint(),
            Self::Measurement { fault, .. } => fault.hint(),
            Self::NoConfiguration { .. } => Some("`constrint solve` on the problem says more.".to_owned()),
            Self::Unverified { .. } => Some("This is a bug in constrint; please report the problem.".to_owned()),
            Self::NoCompiler { compiler } if compiler.ends_with("nvcc") => Some(
                "Put nvcc on the path, or set CONSTRINT_NVCC, CUDA_HOME or CUDA_PATH; the emulator needs g++ only."
                    .to_owned(),
            ),
            Self::NoCompiler { .. } => {
                Some("Install g++, or set CXX to a C++17 compiler; it compiles the kernel for the emulator.".to_owned())
            }
            Self::Trial { fault, .. } => fault.hint(),
            Self::TrialLog { fault, .. } => fault.hint(),
            Self::Json { .. } | Self::TooLong { .. } | Self::File { .. } | Self::Tool { .. } | Self::Limit { .. } => {
                None
            }
        }
    }

    /// The whole message for a person: the origin (a file name), the place, what is wrong and how to mend it. An
    /// expression is shown with a caret under the fault.
    pub fn render(&self, origin: &str, color: bool) -> String {
        if let Self::Syntax { place, text, error } = self {
            return error.render(text, &format!("{origin}: {place}"), color);
        }
        if let Self::Python { place, text, error } = self {
            let (message, hint, origin) = (error.message(), error.hint(), format!("{origin}: {place}"));
            return render_error(&message, hint.as_deref(), &error.span, text, &origin, color);
        }
        let place = match self {
            Self::Json { line, column, .. } => format!("{origin}:{line}:{column}: "),
            Self::Problem { place, .. } => format!("{origin}: {place}: "),
            Self::File { .. } | Self::Tool { .. } | Self::TrialLog { .. } | Self::Measurement { .. } => String::new(),
            _ if origin.is_empty() => String::new(),
            _ => format!("{origin}: "),
        };
        let message = match self {
            Self::Json { reason, .. } => reason.clone(),
            Self::Problem { fault, .. } => fault.to_string(),
            other => other.to_string(),
        };
        let hint = self.hint().map(|hint| format!("\n  help: {hint}")).unwrap_or_default();
        format!("error: {place}{message}{hint}")
    }

    pub(crate) fn json(error: &serde_json::Error) -> Self {
        let reason = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let reason = reason.strip_suffix(&place).unwrap_or(&reason).to_owned();
        Self::Json { line: error.line(), column: error.column(), reason }
    }
}

/// The names in backquotes, joined as a sentence needs them: `a`, `b` or `c`.
fn alternatives(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownGpu { name, .. } => write!(formatter, "no GPU of the catalog is called `{name}`"),
            Self::AmbiguousGpu { name, candidates } => {
                write!(formatter, "`{name}` could be any of {} GPUs: {}", candidates.len(), candidates.join(", "))
            }
            Self::InvalidGpu { field, fault } => write!(formatter, "GPU field `{field}` {fault}"),
            Self::InvalidComputeCapability { text } => write!(formatter, "`{text}` is not a compute capability"),
            Self::GpuDetection { fault } => write!(formatter, "{fault}"),
            Self::Json { line, column, reason } => write!(formatter, "{reason} at line {line}, column {column}"),
            Self::TooLong { bytes, limit } => {
                write!(formatter, "{bytes} bytes are more than the {limit} that are read")
            }
            Self::Problem { place, fault } => write!(formatter, "{place}: {fault}"),
            Self::Syntax { place, error, .. } => write!(formatter, "{place}: {error}"),
            Self::Python { place, error, .. } => write!(formatter, "{place}: {error}"),
            Self::Measurement { path, line: 0, fault } => write!(formatter, "{path}: {fault}"),
            Self::Measurement { path, line, fault } => write!(formatter, "{path}:{line}: {fault}"),
            Self::File { path, reason } => write!(formatter, "{path}: {reason}"),
            Self::Tool { tool, reason } => write!(formatter, "{tool} failed: {reason}"),
            Self::Limit { exhausted } => write!(formatter, "{exhausted} was reached before there was an answer"),
            Self::NoCompiler { compiler } => write!(formatter, "the compiler `{compiler}` was not found"),
            Self::Unverified { violations } => {
                write!(formatter, "the configuration found exceeds: {}", violations.join("; "))
            }
            Self::NoConfiguration { problem, conflict } if conflict.is_empty() => {
                write!(formatter, "no configuration of {problem} was found within the limits")
            }
            Self::NoConfiguration { problem, conflict } => {
                write!(formatter, "{problem} has no configuration: {} cannot hold together", conflict.join(", "))
            }
            Self::Trial { number, fault } => write!(formatter, "trial {number}: {fault}"),
            Self::TrialLog { path, line, fault } => write!(formatter, "{path}:{line}: {fault}"),
        }
    }
}

impl std::error::Error for Error {}
