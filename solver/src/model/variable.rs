//! [`Variable`]: a name and what it may be.

use super::values::Values;

/// A variable of one [`Model`](super::Model); the index into [`Model::variables`](super::Model::variables).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub(crate) u32);

impl VarId {
    /// The position of the variable in [`Model::variables`](super::Model::variables).
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A named integer variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Unique within the model.
    pub name: String,
    /// What it may be.
    pub values: Values,
}
