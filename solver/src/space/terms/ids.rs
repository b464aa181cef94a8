//! What variables and terms are called by.

/// The position of a variable in the order of the diagram.
pub(in crate::space) type Position = u32;

/// One of the [`super::term::Terms`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::space) struct TermId(pub(super) u32);
