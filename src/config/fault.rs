//! [`Unverified`]: a configuration that must not be.

use crate::diagnostic::Diagnostic;
use std::fmt;

/// A bug: the configuration that the solver found does not pass the check in plain arithmetic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// Each limit that is exceeded.
    pub violations: Vec<String>,
}

impl Diagnostic for Unverified {
    fn hint(&self) -> Option<String> {
        Some("This is a bug in constrint; please report the problem.".to_owned())
    }
}

impl fmt::Display for Unverified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the configuration found exceeds: {}", self.violations.join("; "))
    }
}

impl std::error::Error for Unverified {}
