//! Values by the names of variables, as logs and callers give them.

use super::{Tiling, variable_names};
use crate::diagnostic::Diagnostic;
use constrint_solver::language;
use indexmap::IndexMap;
use std::fmt;

/// What can be wrong with values by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedFault {
    /// There is no value for a variable of the problem.
    Missing {
        /// The variable.
        name: String,
    },
    /// There is one for what is no variable of the problem.
    Unknown {
        /// The name given.
        name: String,
        /// The nearest names there are.
        nearest: Vec<String>,
    },
    /// They are no solution of the problem.
    NotASolution {
        /// The constraint that they violate or the variable that has no such value; none where the problem cannot be
        /// evaluated there.
        violated: Option<String>,
    },
}

impl Diagnostic for NamedFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest, .. } if !nearest.is_empty() => {
                Some(format!("Did you mean `{}`?", nearest.join("` or `")))
            }
            _ => None,
        }
    }
}

impl fmt::Display for NamedFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(formatter, "it has no value for `{name}`"),
            Self::Unknown { name, .. } => write!(formatter, "the problem has no variable `{name}`"),
            Self::NotASolution { violated: Some(name) } => {
                write!(formatter, "it is no solution of the problem, which has `{name}`")
            }
            Self::NotASolution { violated: None } => write!(formatter, "the problem cannot be evaluated there"),
        }
    }
}

impl Tiling {
    /// Values by name in the order of the model's variables.
    ///
    /// # Errors
    /// [`NamedFault::Unknown`] and [`NamedFault::Missing`]; whether they are a solution is not looked at.
    pub(crate) fn row(&self, values: &IndexMap<String, i64>) -> Result<Vec<i64>, NamedFault> {
        if let Some(name) = values.keys().find(|name| self.model.find(name).is_none()) {
            return Err(self.unknown_variable(name));
        }
        let value = |name: &String| values.get(name).copied().ok_or_else(|| NamedFault::Missing { name: name.clone() });
        self.model.variables().iter().map(|variable| value(&variable.name)).collect()
    }

    /// No variable has that name.
    pub(crate) fn unknown_variable(&self, name: &str) -> NamedFault {
        NamedFault::Unknown { name: name.to_owned(), nearest: language::nearest(name, variable_names(self)) }
    }
}
