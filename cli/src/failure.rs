//! Why a call ended without an answer: shown on standard error, and as JSON where that was asked for.

mod fault;

use crate::style::BAD;
use constrint::Error;
use constrint::diagnostic::{Diagnostic, Location};
use constrint::hardware::OccupancyError;
use constrint::tool::ToolError;
use constrint_solver::{Exhausted, SpaceError};
pub(crate) use fault::{ConfigurationFault, Foreign, TestFault};
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
    /// The kernel is not described in a file.
    NotDescribed {
        /// Where the problem was read.
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
    /// Nothing measures.
    NoBench,
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
    /// `--gpu` was given several times where one GPU is meant.
    SeveralGpus {
        /// The flag that goes with one GPU alone, if it is not the whole command.
        flag: Option<&'static str>,
    },
    /// A format that this build was made without.
    NoParquet,
    /// A subcommand that this build was made without.
    NoCuda,
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

impl Failure {
    /// A failure of the library.
    pub(crate) fn library<E: Into<Error>>(origin: &str) -> impl Fn(E) -> Self + use<E> {
        let origin = origin.to_owned();
        move |error| Self::Library { origin: origin.clone(), error: Box::new(error.into()) }
    }

    /// The limit that ended it, where that is all that is wrong.
    pub(crate) fn limit(&self) -> Option<Exhausted> {
        match self {
            Self::Library { error, .. } => match **error {
                Error::Tool(ToolError::Limit { exhausted }) => Some(exhausted),
                _ => None,
            },
            Self::NoSpace(SpaceError::Limit(exhausted)) => Some(*exhausted),
            _ => None,
        }
    }

    /// What is wrong, without the place.
    fn message(&self) -> String {
        match self {
            Self::Library { error, .. } => error.message(),
            Self::Format { found, .. } => found.message().to_owned(),
            Self::Configuration { fault, .. } => fault.message(),
            Self::TooLarge { .. } => "a power in it is too large to be computed".to_owned(),
            Self::Occupancy(error) => error.to_string(),
            Self::NoKernel { .. } => {
                "the problem names no kernel, so that there is nothing to compile or to run".to_owned()
            }
            Self::NotDescribed { .. } => {
                "no file that describes a kernel, into which `--out` could write its work".to_owned()
            }
            Self::NoNvcc => "nvcc was not found".to_owned(),
            Self::Test { fault, .. } => fault.message(),
            Self::NoBench => "nothing says how long a configuration takes".to_owned(),
            Self::BatchAsJson => "`--batch` answers with lines, not with JSON".to_owned(),
            Self::RowsAsJson => "standard output holds the rows, and with `--json` one object".to_owned(),
            Self::NotInProblem { what, .. } => format!("a cache file names {what}, which the problem does not"),
            Self::SeveralGpus { flag: None } => {
                "`--gpu` is given several times, and only `solve` answers for several".into()
            }
            Self::SeveralGpus { flag: Some(flag) } => format!("`{flag}` is for one GPU, and several are given"),
            Self::NoParquet => "this build was made without the feature `parquet`".to_owned(),
            Self::NoCuda => "this build was made without the feature `cuda`".to_owned(),
            Self::Ending { said, given, .. } => format!("the ending says {said}, and the flag {given}"),
            Self::NoSpace(error) => error.to_string(),
            Self::Stream(error) => format!("standard output or input: {error}"),
        }
    }

    /// The file and the field in it.
    fn place(&self) -> Option<String> {
        match self {
            Self::Library { origin, error } => error.place(origin),
            Self::Configuration { origin, variable: Some(name), .. } => Some(format!("{origin}: {name}")),
            Self::Format { origin, .. }
            | Self::Configuration { origin, .. }
            | Self::NoKernel { origin }
            | Self::NotDescribed { origin }
            | Self::NotInProblem { origin, .. } => Some(origin.clone()),
            Self::TooLarge { constraint } => Some(constraint.clone()),
            Self::Ending { path, .. } => Some(path.clone()),
            Self::Test { command, .. } => Some(command.clone()),
            Self::Occupancy(_)
            | Self::NoNvcc
            | Self::NoBench
            | Self::BatchAsJson
            | Self::RowsAsJson
            | Self::SeveralGpus { .. }
            | Self::NoParquet
            | Self::NoCuda
            | Self::NoSpace(_)
            | Self::Stream(_) => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Library { error, .. } => error.hint(),
            Self::Format { found, .. } => found.hint().map(str::to_owned),
            Self::Configuration { fault, .. } => fault.hint(),
            Self::NoKernel { .. } => Some("Add `\"kernel\"` (`constrint kernels` lists them).".to_owned()),
            Self::NotDescribed { .. } => Some(
                "Give a file whose `kernel` is an object; without `--out` the counts are shown of any kernel."
                    .to_owned(),
            ),
            Self::NoNvcc => Some(
                "Put it on the path, or set CONSTRINT_NVCC, CUDA_HOME or CUDA_PATH; tests/install-nvcc.sh of the \
                 repository fetches one."
                    .to_owned(),
            ),
            Self::Test { fault, .. } => fault.hint().map(str::to_owned),
            Self::NoBench => {
                Some("Give a command after `--` that prints a time, or `--replay` with a recording. A build with the feature `cuda` measures on a GPU.".to_owned())
            }
            Self::BatchAsJson => Some("Leave out `--json`.".to_owned()),
            Self::RowsAsJson => Some("Add `--out PATH`, or write `--format jsonl` instead of `--json`.".to_owned()),
            Self::NotInProblem { flag, .. } => Some(format!("Add `{flag}`.")),
            Self::SeveralGpus { .. } => Some("Give `--gpu` once.".to_owned()),
            Self::NoCuda => Some(
                "Build it with `--features cuda`; nothing of CUDA is needed for that, but a driver to run it."
                    .to_owned(),
            ),
            Self::Ending { said, .. } => Some(format!("Ask for {said}, or give the file another ending.")),
            Self::NoParquet => Some(
                "Build it with `--features parquet`, or write `--format csv`, which every Parquet tool reads."
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// What is wrong with its place, in a line.
    pub(crate) fn reason(&self) -> String {
        let place = self.place().map(|place| format!("{place}: ")).unwrap_or_default();
        place + &self.message()
    }

    /// For a person: place, message, hint; an expression with a caret under the fault.
    pub(crate) fn render(&self) -> String {
        if let Self::Library { origin, error } = self
            && matches!(error.location(), Location::Text { .. })
        {
            return error.render(origin, true);
        }
        let hint = self.hint().map(|hint| format!("\n  help: {hint}")).unwrap_or_default();
        format!("{BAD}error{BAD:#}: {}{hint}", self.reason())
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
