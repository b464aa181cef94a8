//! Why a call ended without an answer: shown on standard error, and as JSON where that was asked for.

use crate::style::BAD;
use crate::table::shortened;
use constrint::Error;
use constrint::hardware::OccupancyError;
use constrint_solver::model::MAX_VALUE;
use constrint_solver::{Exhausted, SpaceError};
use serde_json::{Value, json};

/// Everything that ends a call with exit code 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library refused the problem, a file or a tool.
    Library {
        /// The file at fault.
        origin: String,
        /// What it said.
        error: Box<Error>,
    },
    /// The file holds something else than a problem.
    Format {
        /// The file.
        origin: String,
        /// What it holds.
        found: Foreign,
    },
    /// A configuration to be checked is not one of the problem.
    Configuration {
        /// The file.
        origin: String,
        /// The variable, if one is at fault.
        variable: Option<String>,
        /// What is wrong.
        fault: ConfigurationFault,
    },
    /// A constraint cannot be evaluated: a power in it is too large.
    TooLarge {
        /// The constraint's name.
        constraint: String,
    },
    /// The numbers given for occupancy make no sense.
    Occupancy(OccupancyError),
    /// There is no kernel to compile.
    NoKernel {
        /// The file.
        origin: String,
    },
    /// There is no nvcc.
    NoNvcc,
    /// The command that tests configurations gave no verdict.
    Test {
        /// Its first word.
        command: String,
        /// What is wrong.
        fault: TestFault,
    },
    /// `--batch` answers lines, not an object.
    BatchAsJson,
    /// Rows and a JSON object on the same stream.
    RowsAsJson,
    /// A cache file says something that the problem does not.
    NotInProblem {
        /// The file.
        origin: String,
        /// What a cache file says.
        what: &'static str,
        /// How to say it.
        flag: &'static str,
    },
    /// A format that this build was made without.
    NoParquet,
    /// The ending of the file to be written says another form than the flag.
    Ending {
        /// The file.
        path: String,
        /// The form of its ending.
        said: String,
        /// The form that was asked for.
        given: String,
    },
    /// There is no diagram of the solutions to draw from.
    NoSpace(SpaceError),
    /// Standard output or input failed.
    Stream(std::io::Error),
}

/// What a file may hold instead of a problem in native JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// Nothing.
    Nothing,
    /// Bytes that are no text.
    Binary,
    /// Text where only JSON is read.
    Text,
}

/// What can be wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigurationFault {
    /// The whole is no object.
    NotAnObject,
    /// A variable of the problem has no value.
    Missing,
    /// The problem has no such variable.
    Unknown {
        /// The nearest there are.
        nearest: Vec<String>,
    },
    /// It stands beside the `config`, and no answer has such a field.
    BesideConfig,
    /// A value that is no whole number.
    NotWhole {
        /// As written.
        found: String,
    },
    /// A value beyond 2^53 - 1.
    TooLarge {
        /// As written.
        found: String,
    },
}

/// Why a command gave no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TestFault {
    /// It could not be run.
    NotRun {
        /// What the operating system said.
        reason: String,
    },
    /// Its exit code says that it could not test.
    Stopped {
        /// The code.
        code: i32,
    },
    /// Its last line is meant for us, and is not understood.
    Unclear {
        /// The line.
        line: String,
    },
    /// A variable has the name of something else that the command is told.
    Reserved {
        /// The name.
        name: String,
    },
}

impl Failure {
    /// A failure of the library.
    pub(crate) fn library(origin: &str) -> impl Fn(Error) -> Self + use<> {
        let origin = origin.to_owned();
        move |error| Self::Library { origin: origin.clone(), error: Box::new(error) }
    }

    /// The limit that ended it, where that is all that is wrong.
    pub(crate) fn limit(&self) -> Option<Exhausted> {
        match self {
            Self::Library { error, .. } => match **error {
                Error::Limit { exhausted } => Some(exhausted),
                _ => None,
            },
            Self::NoSpace(SpaceError::Limit(exhausted)) => Some(*exhausted),
            _ => None,
        }
    }

    /// What is wrong, without the place.
    fn message(&self) -> String {
        match self {
            Self::Library { error, .. } => library_message(error),
            Self::Format { found, .. } => found.message().to_owned(),
            Self::Configuration { fault, .. } => fault.message(),
            Self::TooLarge { .. } => "a power in it is too large to be computed".to_owned(),
            Self::Occupancy(error) => error.to_string(),
            Self::NoKernel { .. } => {
                "the problem names no kernel, so that there is nothing to compile or to run".to_owned()
            }
            Self::NoNvcc => "nvcc was not found".to_owned(),
            Self::Test { fault, .. } => fault.message(),
            Self::BatchAsJson => "`--batch` answers with lines, not with JSON".to_owned(),
            Self::RowsAsJson => "standard output holds the rows, and with `--json` one object".to_owned(),
            Self::NotInProblem { what, .. } => format!("a cache file names {what}, which the problem does not"),
            Self::NoParquet => "this build was made without the feature `parquet`".to_owned(),
            Self::Ending { said, given, .. } => format!("the ending says {said}, and the flag {given}"),
            Self::NoSpace(error) => error.to_string(),
            Self::Stream(error) => format!("standard output or input: {error}"),
        }
    }

    /// The file and the field in it.
    fn place(&self) -> Option<String> {
        match self {
            Self::Library { origin, error } => library_place(origin, error),
            Self::Configuration { origin, variable: Some(name), .. } => Some(format!("{origin}: {name}")),
            Self::Format { origin, .. }
            | Self::Configuration { origin, .. }
            | Self::NoKernel { origin }
            | Self::NotInProblem { origin, .. } => Some(origin.clone()),
            Self::TooLarge { constraint } => Some(constraint.clone()),
            Self::Ending { path, .. } => Some(path.clone()),
            Self::Test { command, .. } => Some(command.clone()),
            Self::Occupancy(_)
            | Self::NoNvcc
            | Self::BatchAsJson
            | Self::RowsAsJson
            | Self::NoParquet
            | Self::NoSpace(_)
            | Self::Stream(_) => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Library { error, .. } => error.hint(),
            Self::Format { found, .. } => found.hint().map(str::to_owned),
            Self::Configuration { fault: ConfigurationFault::Unknown { nearest }, .. } => did_you_mean(nearest),
            Self::Configuration { fault: ConfigurationFault::BesideConfig, .. } => {
                Some("Values stand within `config`, or at the top of an object without it.".to_owned())
            }
            Self::NoKernel { .. } => Some("Add `\"kernel\"` (`constrint kernels` lists them).".to_owned()),
            Self::NoNvcc => Some(
                "Put it on the path, or set CONSTRINT_NVCC, CUDA_HOME or CUDA_PATH; tests/install-nvcc.sh of the \
                 repository fetches one."
                    .to_owned(),
            ),
            Self::Test { fault, .. } => fault.hint().map(str::to_owned),
            Self::BatchAsJson => Some("Leave out `--json`.".to_owned()),
            Self::RowsAsJson => Some("Add `--out PATH`, or write `--format jsonl` instead of `--json`.".to_owned()),
            Self::NotInProblem { flag, .. } => Some(format!("Add `{flag}`.")),
            Self::Ending { said, .. } => Some(format!("Ask for {said}, or give the file another ending.")),
            Self::NoParquet => Some(
                "Build it with `--features parquet`, or write `--format csv`, which every Parquet tool reads."
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// For a person: place, message, hint; an expression with a caret under the fault.
    pub(crate) fn render(&self) -> String {
        if let Self::Library { origin, error } = self
            && matches!(**error, Error::Syntax { .. } | Error::Python { .. })
        {
            return error.render(origin, true);
        }
        let place = self.place().map(|place| format!("{place}: ")).unwrap_or_default();
        let hint = self.hint().map(|hint| format!("\n  help: {hint}")).unwrap_or_default();
        format!("{BAD}error{BAD:#}: {place}{}{hint}", self.message())
    }

    /// For a program.
    pub(crate) fn to_json(&self) -> Value {
        error_object(&self.message(), self.place().as_deref(), self.hint().as_deref())
    }
}

/// The object that `--json` prints in place of an answer.
pub(crate) fn error_object(message: &str, place: Option<&str>, hint: Option<&str>) -> Value {
    json!({"status": "error", "error": {"message": message, "place": place, "hint": hint}})
}

/// The message without the place, which [`library_place`] gives.
fn library_message(error: &Error) -> String {
    match error {
        Error::Json { reason, .. } | Error::File { reason, .. } => reason.clone(),
        Error::Problem { fault, .. } => fault.to_string(),
        Error::Syntax { error, .. } => error.message(),
        Error::Python { error, .. } => error.message(),
        Error::Measurement { fault, .. } => fault.to_string(),
        Error::TrialLog { fault, .. } => fault.to_string(),
        error => error.to_string(),
    }
}

fn library_place(origin: &str, error: &Error) -> Option<String> {
    match error {
        Error::Json { line, column, .. } => Some(format!("{origin}:{line}:{column}")),
        // A flag is at fault, not the file.
        Error::Problem { place, .. } if origin.is_empty() || place.to_string().starts_with("--") => {
            Some(place.to_string())
        }
        Error::Problem { place, .. } if place.is_root() => Some(origin.to_owned()),
        Error::Problem { place, .. } => Some(format!("{origin}: {place}")),
        Error::Syntax { place, error, .. } => Some(format!("{origin}: {place}, byte {}", error.span.start)),
        Error::Python { place, error, .. } => Some(format!("{origin}: {place}, byte {}", error.span.start)),
        Error::Measurement { path, line: 0, .. } | Error::File { path, .. } => Some(path.clone()),
        Error::Measurement { path, line, .. } | Error::TrialLog { path, line, .. } => Some(format!("{path}:{line}")),
        Error::Tool { .. } | Error::NoCompiler { .. } | Error::Limit { .. } => None,
        // A flag or an argument that names a GPU has no field.
        Error::UnknownGpu { .. }
        | Error::AmbiguousGpu { .. }
        | Error::InvalidGpu { .. }
        | Error::GpuDetection { .. }
            if !origin.is_empty() && !origin.starts_with("--") =>
        {
            Some(format!("{origin}: gpu"))
        }
        _ => Some(origin.to_owned()).filter(|origin| !origin.is_empty()),
    }
}

impl Foreign {
    fn message(self) -> &'static str {
        match self {
            Self::Nothing => "the file is empty",
            Self::Binary => "this is neither JSON nor text",
            Self::Text => "this is not JSON",
        }
    }

    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Nothing => Some("Write {\"version\": 1, \"variables\": {…}, …}; `constrint schema` has it all."),
            Self::Binary => None,
            Self::Text => Some("`constrint solve --json` writes a configuration."),
        }
    }
}

impl ConfigurationFault {
    fn message(&self) -> String {
        match self {
            Self::NotAnObject => "a configuration is a JSON object of names and values".to_owned(),
            Self::Missing => "the configuration has no value for this variable".to_owned(),
            Self::Unknown { .. } => "the problem has no such variable".to_owned(),
            Self::BesideConfig => "no answer has such a field beside its `config`".to_owned(),
            Self::NotWhole { found } => format!("a value is a whole number, not {found}"),
            Self::TooLarge { found } => format!("{found} is beyond 2^53 - 1 = {MAX_VALUE}"),
        }
    }
}

impl TestFault {
    fn message(&self) -> String {
        match self {
            Self::NotRun { reason } => reason.clone(),
            Self::Stopped { code: 99 } => "the command asked to stop, with exit code 99".to_owned(),
            Self::Stopped { code } => format!("exit code {code} says that a command was not found or could not be run"),
            Self::Unclear { line } => format!("the command's last line is not understood: `{}`", shortened(line, 200)),
            Self::Reserved { name } => format!("the variable `{name}` has the name of something else"),
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotRun { .. } => Some("Name a program; for a line of shell, write `sh -c '…'`."),
            Self::Stopped { .. } => None,
            Self::Unclear { .. } => {
                Some("Write `constrint: fails-from NAME` or `constrint: fails-up-to NAME` with a variable's name.")
            }
            Self::Reserved { .. } => Some("The command is told `flags`, `header` and `json`; rename the variable."),
        }
    }
}

fn did_you_mean(nearest: &[String]) -> Option<String> {
    let quoted: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
    (!quoted.is_empty()).then(|| format!("Did you mean {}?", quoted.join(" or ")))
}
