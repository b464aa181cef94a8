//! What an outside test can say, and what cannot be true.

use crate::model::VarId;
use std::fmt;

/// What an outside test said of a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It works.
    Works,
    /// It fails; nothing is known of others. Where a variable is [bisected](super::Trials::bisect), everything beyond
    /// its value fails as well.
    Fails,
    /// It fails, and so does everything with this value of the variable or a larger one, whatever the others are.
    FailsFrom {
        /// The variable to blame.
        variable: VarId,
    },
    /// It fails, and so does everything with this value of the variable or a smaller one, whatever the others are.
    FailsUpTo {
        /// The variable to blame.
        variable: VarId,
    },
}

impl Verdict {
    /// The variable to blame, if there is one.
    pub fn variable(self) -> Option<VarId> {
        match self {
            Self::Works | Self::Fails => None,
            Self::FailsFrom { variable } | Self::FailsUpTo { variable } => Some(variable),
        }
    }
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Trial {
    /// In the order of the model's variables.
    pub values: Vec<i64>,
    /// What the test said.
    pub verdict: Verdict,
}

/// A verdict or a log that cannot be right. Entries of the log are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialError {
    /// A verdict without a proposal before it.
    NothingProposed,
    /// An entry with too few or too many values.
    WrongLength {
        /// The entry.
        entry: usize,
        /// How many values it has.
        found: usize,
        /// How many variables the model has.
        expected: usize,
    },
    /// An entry that is no solution of the model.
    NotASolution {
        /// The entry.
        entry: usize,
        /// The constraint that it violates, or the variable that has no such value; none where an objective is undefined
        /// or a power in the model is too large to be computed.
        violated: Option<String>,
    },
    /// An entry that blames a variable which the model does not have.
    ForeignVariable {
        /// The entry.
        entry: usize,
    },
    /// One of two entries says that something works, the other that it fails.
    Contradiction {
        /// The later entry.
        entry: usize,
        /// The earlier entry.
        earlier: usize,
    },
}

impl fmt::Display for TrialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingProposed => write!(f, "a verdict without a proposal"),
            Self::WrongLength { entry, found, expected } => {
                write!(f, "entry {entry} has {found} values, and the model {expected} variables")
            }
            Self::NotASolution { entry, violated: Some(name) } => {
                write!(f, "entry {entry} is no solution: it violates `{name}`")
            }
            Self::NotASolution { entry, violated: None } => {
                write!(f, "entry {entry} is no solution: the model cannot be evaluated there")
            }
            Self::ForeignVariable { entry } => write!(f, "entry {entry} blames a variable of another model"),
            Self::Contradiction { entry, earlier } => {
                write!(f, "entries {earlier} and {entry} contradict each other: what works in one fails in the other")
            }
        }
    }
}

impl std::error::Error for TrialError {}
