//! Why a space could not be built.

pub use crate::search::Exhausted;
use std::fmt;

/// Why a space could not be built. [`Search`](crate::Search) lists the solutions of the same model one after the other
/// and needs no memory for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpaceError {
    /// A limit was reached.
    Limit(Exhausted),
    /// A variable has more values than can be tried one by one, and no equation determines it once the others are known.
    TooWide {
        /// The name of the variable.
        variable: String,
        /// How many values it has.
        values: u64,
    },
    /// Some power is too large to be computed.
    PowerTooLarge,
    /// So many variables depend on each other that the diagram would be deeper than [`super::MAX_DEPTH`].
    TooDeep {
        /// How many variables have more than one value.
        variables: usize,
    },
}

impl SpaceError {
    /// Whether the building was stopped: the time was up, a number of nodes was reached, or somebody asked. Otherwise the
    /// model or the memory stood in the way, and [`Search`](crate::Search) may still list the solutions.
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Limit(Exhausted::Time | Exhausted::Nodes | Exhausted::Cancelled))
    }
}

impl fmt::Display for SpaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(exhausted) => {
                write!(f, "{exhausted} ended the building of the solution space; list its solutions one by one instead")
            }
            Self::TooWide { variable, values } => write!(
                f,
                "variable `{variable}` has {values} values and no equation that determines it: declare fewer values, or \
                 list the solutions one by one"
            ),
            Self::PowerTooLarge => write!(f, "a power is too large to be computed: bound its exponent"),
            Self::TooDeep { variables } => write!(
                f,
                "{variables} variables depend on each other, more than the {} that a solution space can hold: list its \
                 solutions one by one",
                super::stack::MAX_DEPTH
            ),
        }
    }
}

impl std::error::Error for SpaceError {}
