//! What can be wrong with the limits of a GPU that a user gives.

use std::fmt;

/// What is wrong with a field of a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GpuFault {
    /// There is no such field.
    Unknown {
        /// The field whose name is nearest.
        nearest: String,
    },
    /// The object has no `"base"` and lacks fields.
    Missing {
        /// All that are missing.
        all: Vec<String>,
    },
    /// The value has the wrong form.
    WrongType {
        /// What is expected, or what the JSON reader says.
        reason: String,
    },
    /// The number is too small or too large to be meant.
    OutOfRange {
        /// The value.
        value: i64,
        /// The smallest that is accepted.
        min: i64,
        /// The largest that is accepted.
        max: i64,
    },
    /// The number must be a multiple of another.
    NotMultiple {
        /// The value.
        value: i64,
        /// What it must be a multiple of.
        of: &'static str,
        /// How much that is.
        unit: i64,
    },
    /// The number must equal what other fields give.
    Differs {
        /// The value.
        value: i64,
        /// The expression that it must equal.
        from: &'static str,
        /// Its value.
        expected: i64,
    },
    /// The number must not exceed what other fields give.
    Exceeds {
        /// The value.
        value: i64,
        /// The expression that bounds it.
        bound: &'static str,
        /// Its value.
        limit: i64,
    },
    /// The list must ascend and hold something.
    NotAscending,
    /// No MIG profiles of the GPU are known.
    NotSliced {
        /// The GPU.
        gpu: String,
    },
    /// The GPU has no such MIG profile.
    UnknownProfile {
        /// The profile.
        profile: String,
        /// Those that it has.
        known: Vec<String>,
    },
}

impl GpuFault {
    /// How to mend it, as a whole sentence.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest } => Some(format!("Did you mean `{nearest}`?")),
            Self::Missing { .. } => {
                Some("Start from a GPU of the catalog, as in `{\"base\": \"H100 SXM5 80GB\", …}`.".to_owned())
            }
            Self::Differs { from, .. } | Self::Exceeds { bound: from, .. } => {
                Some(format!("Change it together with {from}."))
            }
            Self::NotSliced { .. } => Some("Give the slice's own limits, such as `\"sms\"`, instead.".to_owned()),
            Self::UnknownProfile { known, .. } => Some(format!("There are: {}.", known.join(", "))),
            Self::WrongType { .. } | Self::OutOfRange { .. } | Self::NotMultiple { .. } | Self::NotAscending => None,
        }
    }
}

impl fmt::Display for GpuFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { .. } => write!(formatter, "does not exist"),
            Self::Missing { all } if all.len() == 1 => write!(formatter, "is missing"),
            Self::Missing { all } => write!(formatter, "is missing, as are {}", all[1..].join(", ")),
            Self::WrongType { reason } => write!(formatter, "has the wrong form: {reason}"),
            Self::OutOfRange { value, min, max } => write!(formatter, "is {value}, outside {min} to {max}"),
            Self::NotMultiple { value, of, unit } => write!(formatter, "is {value}, no multiple of {of} = {unit}"),
            Self::Differs { value, from, expected } => write!(formatter, "is {value}, but {from} = {expected}"),
            Self::Exceeds { value, bound, limit } => write!(formatter, "is {value}, more than {bound} = {limit}"),
            Self::NotSliced { gpu } => write!(formatter, "cannot be had of {gpu}: no such profiles of it are known"),
            Self::UnknownProfile { profile, .. } => write!(formatter, "names no profile: `{profile}`"),
            Self::NotAscending => write!(formatter, "must be a list of ascending sizes"),
        }
    }
}
