//! [`Place`]: where in a problem something is.

use std::fmt;

/// A field of a problem, written as `constraints[2]` or `variables.tile`; the whole problem if nothing is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// The whole problem.
    pub fn root() -> Self {
        Self::default()
    }

    /// A field of the problem.
    pub fn at(field: &str) -> Self {
        Self(field.to_owned())
    }

    /// A field of this field.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        Self(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    /// This field of what is called so.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self(format!("{} ({name})", self.0))
    }

    /// An item of this field.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// The same place where what stands in `field` stands in `to`; any other place as it is.
    pub(crate) fn moved(&self, field: &str, to: &Self) -> Self {
        match self.0.strip_prefix(field) {
            Some(rest) if rest.is_empty() || rest.starts_with(['.', '[', ' ']) => Self(format!("{}{rest}", to.0)),
            _ => self.clone(),
        }
    }

    /// Whether it is the whole problem.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "the problem" } else { &self.0 })
    }
}
