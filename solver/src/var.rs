//! [`Var`]: what a variable of the engine is called by.

/// A variable of the engine. The first ones are the model's, in order; the others are auxiliary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(u32);

impl Var {
    /// The variable with that index.
    ///
    /// # Panics
    /// When there are more than 2^32 variables.
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer than 2^32 variables"))
    }

    /// Its place in the store.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
