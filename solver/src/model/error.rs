//! What a model refuses.

use crate::arith::MAX_VALUE;
use std::fmt;

/// What a model refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelError {
    /// A second variable of the same name.
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A variable that could take no value.
    NoValues,
    /// A step below 1.
    StepNotPositive {
        /// The step given.
        step: i64,
    },
    /// A number that must be positive.
    NotPositive {
        /// The number given.
        value: i64,
    },
    /// A value beyond [`MAX_VALUE`].
    TooLarge {
        /// The value given.
        value: i64,
    },
    /// A row of a table without values.
    EmptyRow,
    /// A row of a table that is not as wide as the first.
    RowWidth {
        /// How many values the first row has.
        expected: usize,
        /// How many values this row has.
        found: usize,
    },
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateName { name } => write!(f, "variable `{name}` is declared twice"),
            Self::NoValues => write!(f, "a variable needs at least one value"),
            Self::StepNotPositive { step } => write!(f, "the step must be at least 1, not {step}"),
            Self::NotPositive { value } => write!(f, "{value} is not positive"),
            Self::TooLarge { value } => write!(f, "{value} is beyond the largest value, 2^53 - 1 = {MAX_VALUE}"),
            Self::EmptyRow => write!(f, "a row of a table needs at least one value"),
            Self::RowWidth { expected, found } => {
                write!(f, "the rows of a table are equally wide: the first has width {expected}, another {found}")
            }
        }
    }
}

impl std::error::Error for ModelError {}
