//! What in a T1 file may not be meant.

use crate::diagnostic::Place;
use std::fmt;

/// A condition whose list of parameters is not that of its expression. The expression decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The list.
    pub place: Place,
    /// Parameters that the expression uses, and the list lacks.
    pub unlisted: Vec<String>,
    /// Parameters of the list that the expression does not use.
    pub unused: Vec<String>,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        write!(formatter, "{}: ", self.place)?;
        if !self.unlisted.is_empty() {
            write!(formatter, "the expression also uses {}", quoted(&self.unlisted))?;
        }
        if !self.unused.is_empty() {
            let and = if self.unlisted.is_empty() { "" } else { "; " };
            write!(formatter, "{and}the expression does not use {}", quoted(&self.unused))?;
        }
        Ok(())
    }
}
