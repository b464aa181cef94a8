//! What can be wrong with measurements.

use crate::diagnostic::{Diagnostic, InFile, composed};
use crate::trials::LogFault;
use crate::tune::{ReadError, TellFault};
use std::fmt;

composed! {
    /// Why a file of measurements cannot be read.
    pub enum ResultsError {
        /// A line of it cannot be right.
        Measurement(InFile<MeasurementFault>),
        /// A line of a log of trials, or of a tuning, cannot be right.
        TrialLog(InFile<LogFault>),
        /// What a line of a log of a tuning says cannot be right.
        Told(InFile<TellFault>),
    }
    from ReadError { TrialLog, Told }
}

/// A line of a file of measurements that cannot be right.
pub type MeasurementError = InFile<MeasurementFault>;

/// What can be wrong with a line of measurements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasurementFault {
    /// There is none.
    Empty,
    /// A column that is needed is not there.
    MissingColumn {
        /// Its name.
        name: String,
        /// The nearest columns there are.
        nearest: Vec<String>,
    },
    /// Two columns of the same name.
    ColumnTwice {
        /// Their name.
        name: String,
    },
    /// Not as many fields as there are columns.
    Fields {
        /// How many columns there are.
        expected: usize,
        /// How many fields.
        found: usize,
    },
    /// A field that starts with a quote and does not end with one.
    Quotes,
    /// A field that is no number of the kind that its column holds.
    Number {
        /// The column.
        column: String,
        /// The field.
        found: String,
        /// What the column holds.
        holds: &'static str,
    },
    /// A status that is none.
    Status {
        /// The field.
        found: String,
    },
    /// A time of a configuration that works is 0.
    Instant,
    /// A configuration that works, without its time.
    NoTime,
    /// A variable without a value.
    MissingValue {
        /// The variable.
        name: String,
    },
    /// A value that the variable cannot have.
    NotAValue {
        /// The variable.
        name: String,
        /// The value.
        value: i64,
    },
    /// A configuration that was run, and violates a constraint of the problem.
    NotASolution {
        /// The constraint's name.
        violated: String,
    },
    /// A constraint cannot be evaluated there.
    CannotTell,
    /// A configuration that stands there twice and does not work, or once works and once does not.
    Twice {
        /// The earlier line.
        earlier: usize,
    },
}

/// What is wrong in a line of a file; 0 for the file as a whole.
pub(super) fn fault(path: &str, line: usize, fault: MeasurementFault) -> MeasurementError {
    InFile { path: path.to_owned(), line: (line > 0).then_some(line), fault }
}

impl Diagnostic for MeasurementFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Empty => {
                Some("Write a line of names (the variables, `time`, `status`), then a line a configuration.".to_owned())
            }
            Self::MissingColumn { nearest, .. } if !nearest.is_empty() => {
                Some(format!("Is it `{}`?", nearest.join("` or `")))
            }
            Self::Status { .. } => {
                Some("There are: correct, compile, runtime, correctness, constraints, timeout.".to_owned())
            }
            Self::NoTime => Some("Give its time, or its status if it does not work.".to_owned()),
            Self::NotAValue { .. } | Self::NotASolution { .. } => Some(
                "Measurements are of the problem as it is now; `constraints` is the status of what violates one."
                    .into(),
            ),
            _ => None,
        }
    }
}

impl fmt::Display for MeasurementFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(formatter, "nothing was measured"),
            Self::MissingColumn { name, .. } => write!(formatter, "there is no column `{name}`"),
            Self::Instant => write!(formatter, "the time is 0"),
            Self::ColumnTwice { name } => write!(formatter, "there are two columns `{name}`"),
            Self::Fields { expected, found } => write!(formatter, "{found} fields stand in {expected} columns"),
            Self::Quotes => write!(formatter, "a field in quotes does not end with one"),
            Self::Number { column, found, holds } => write!(formatter, "`{column}` holds {holds}, not `{found}`"),
            Self::Status { found } => write!(formatter, "`{found}` is no status"),
            Self::NoTime => write!(formatter, "a configuration that works has no time"),
            Self::MissingValue { name } => write!(formatter, "it has no value for `{name}`"),
            Self::NotAValue { name, value } => write!(formatter, "{value} is not one of the values of `{name}`"),
            Self::NotASolution { violated } => {
                write!(formatter, "this is no solution of the problem: it violates `{violated}`")
            }
            Self::CannotTell => write!(formatter, "a power in a constraint is too large to be computed there"),
            Self::Twice { earlier } => write!(formatter, "line {earlier} says something else of this configuration"),
        }
    }
}
