//! [`ProblemError`]: why a text is no problem.

use super::{ProblemFault, PythonError};
use crate::diagnostic::{Diagnostic, Located, Location, Place};
use constrint_solver::language::SyntaxError;
use std::fmt;

/// Why what the user wrote is no problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemError {
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
    /// A field cannot be right.
    Field(Located<ProblemFault>),
    /// An expression cannot be read.
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
}

impl ProblemError {
    pub(super) fn json(error: &serde_json::Error) -> Self {
        let reason = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let reason = reason.strip_suffix(&place).unwrap_or(&reason).to_owned();
        Self::Json { line: error.line(), column: error.column(), reason }
    }
}

impl From<Located<ProblemFault>> for ProblemError {
    fn from(fault: Located<ProblemFault>) -> Self {
        Self::Field(fault)
    }
}

impl Diagnostic for ProblemError {
    fn message(&self) -> String {
        match self {
            Self::Json { reason, .. } => reason.clone(),
            Self::Field(fault) => fault.message(),
            Self::Syntax { error, .. } => error.message(),
            Self::Python { error, .. } => error.message(),
            Self::TooLong { .. } => self.to_string(),
        }
    }

    fn location(&self) -> Location<'_> {
        match self {
            Self::Json { line, column, .. } => Location::Line { line: *line, column: *column },
            Self::TooLong { .. } => Location::Input,
            Self::Field(fault) => fault.location(),
            Self::Syntax { place, text, error } => Location::Text { place, text, span: &error.span },
            Self::Python { place, text, error } => Location::Text { place, text, span: &error.span },
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Json { .. } | Self::TooLong { .. } => None,
            Self::Field(fault) => fault.hint(),
            Self::Syntax { error, .. } => error.hint(),
            Self::Python { error, .. } => error.hint(),
        }
    }
}

impl fmt::Display for ProblemError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { line, column, reason } => write!(formatter, "{reason} at line {line}, column {column}"),
            Self::TooLong { bytes, limit } => {
                write!(formatter, "{bytes} bytes are more than the {limit} that are read")
            }
            Self::Field(fault) => fault.fmt(formatter),
            Self::Syntax { place, error, .. } => write!(formatter, "{place}: {error}"),
            Self::Python { place, error, .. } => write!(formatter, "{place}: {error}"),
        }
    }
}

impl std::error::Error for ProblemError {}
