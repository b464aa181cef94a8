//! [`Located`]: a fault and the field that has it.

use super::{Diagnostic, Location, Place};
use std::fmt;

/// Something that is wrong in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<F> {
    /// Where.
    pub place: Place,
    /// What is wrong with it.
    pub fault: F,
}

impl<F: fmt::Display> fmt::Display for Located<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.fault)
    }
}

impl<F: fmt::Debug + fmt::Display> std::error::Error for Located<F> {}

impl<F: Diagnostic> Diagnostic for Located<F> {
    fn message(&self) -> String {
        self.fault.message()
    }

    fn location(&self) -> Location<'_> {
        Location::Field(&self.place)
    }

    fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

impl Place {
    /// A fault at this place.
    pub(crate) fn located<F>(&self, fault: F) -> Located<F> {
        Located { place: self.clone(), fault }
    }

    /// A fault at this place, as the error of a layer.
    pub(crate) fn fault<F, E: From<Located<F>>>(&self, fault: F) -> E {
        self.located(fault).into()
    }
}

/// Something that is wrong in a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFile<F> {
    /// The file.
    pub path: String,
    /// Counted from 1; none where the file as a whole is at fault.
    pub line: Option<usize>,
    /// What is wrong there.
    pub fault: F,
}

impl<F: fmt::Display> fmt::Display for InFile<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.path, self.fault),
            None => write!(formatter, "{}: {}", self.path, self.fault),
        }
    }
}

impl<F: fmt::Debug + fmt::Display> std::error::Error for InFile<F> {}

impl<F: Diagnostic> Diagnostic for InFile<F> {
    fn message(&self) -> String {
        self.fault.message()
    }

    fn location(&self) -> Location<'_> {
        Location::File { path: &self.path, line: self.line }
    }

    fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}
