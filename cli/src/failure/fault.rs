//! What can be wrong with a file, a configuration, a command that tests.

use crate::text::shortened;
use constrint_solver::model::MAX_VALUE;

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

impl Foreign {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Nothing => "the file is empty",
            Self::Binary => "this is neither JSON nor text",
            Self::Text => "this is not JSON",
        }
    }

    pub(super) fn hint(self) -> Option<&'static str> {
        match self {
            Self::Nothing => Some("Write {\"version\": 1, \"variables\": {…}, …}; `constrint schema` has it all."),
            Self::Binary => None,
            Self::Text => Some("`constrint solve --json` writes a configuration."),
        }
    }
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
    /// It stands in two places with two values.
    Differs,
    /// It stands beside the `config`, and no answer has such a field.
    BesideConfig,
    /// It breaks a constraint or a limit.
    NoSolution,
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

impl ConfigurationFault {
    pub(super) fn message(&self) -> String {
        match self {
            Self::NotAnObject => "a configuration is a JSON object of names and values".to_owned(),
            Self::Missing => "the configuration has no value for this variable".to_owned(),
            Self::Unknown { .. } => "the problem has no such variable".to_owned(),
            Self::Differs => "the configuration has another value for this, too".to_owned(),
            Self::BesideConfig => "no answer has such a field beside its `config`".to_owned(),
            Self::NoSolution => "the configuration is no solution of the problem".to_owned(),
            Self::NotWhole { found } => format!("a value is a whole number, not {found}"),
            Self::TooLarge { found } => format!("{found} is beyond 2^53 - 1 = {MAX_VALUE}"),
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest } => did_you_mean(nearest),
            Self::NoSolution => Some("`constrint check` shows what it breaks.".to_owned()),
            Self::BesideConfig => {
                Some("Values stand within `config`, or at the top of an object without it.".to_owned())
            }
            _ => None,
        }
    }
}

fn did_you_mean(nearest: &[String]) -> Option<String> {
    let quoted: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
    (!quoted.is_empty()).then(|| format!("Did you mean {}?", quoted.join(" or ")))
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

impl TestFault {
    pub(super) fn message(&self) -> String {
        match self {
            Self::NotRun { reason } => reason.clone(),
            Self::Stopped { code: 99 } => "the command asked to stop, with exit code 99".to_owned(),
            Self::Stopped { code } => format!("exit code {code} says that a command was not found or could not be run"),
            Self::Unclear { line } => format!("the command's last line is not understood: `{}`", shortened(line, 200)),
            Self::Reserved { name } => format!("the variable `{name}` has the name of something else"),
        }
    }

    pub(super) fn hint(&self) -> Option<&'static str> {
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
