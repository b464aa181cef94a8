//! [`SolutionSpace`]: all solutions of a model at once, as a decision diagram.
//!
//! The diagram is ordered and reduced: it chooses variables one after the other, equal residual problems are one node,
//! and independent parts of a residual problem are split and multiplied. Its size, and the time to build it, grow with
//! the number of different residual problems, not with the number of solutions.
//!
//! | room or file | holds |
//! | --- | --- |
//! | `solutions` | [`SolutionSpace`]: a diagram, and what each of its variables is |
//! | `terms/` | expressions over variables and what is known of them |
//! | `diagram/` | nodes stored once, how many rows each stands for, and parts of them |
//! | `build/` | from a model to its diagram, or to the number of its solutions |
//! | `rows/` | questions to a space: rows, indices, samples, marginals, neighbours, projections |
//! | `best/` | the best rows by an objective |
//! | `budget`, `stack` | limits of queries; room for deep recursions |
//! | `error` | why there is no space, or no answer |
//!
//! Imports run one way: `best`, `rows`, `build`, then `terms` and `diagram`, which do not know each other, then the
//! files, as `tests/imports.rs` holds. [`SolutionSpace`] stands between `diagram` and `build`.
//!
//! Nothing here shares code with the checker; propagation is asked once, at the root, for smaller domains.

mod best;
mod budget;
mod build;
mod diagram;
mod error;
mod rows;
mod solutions;
mod stack;
mod terms;

#[cfg(test)]
mod count_tests;
#[cfg(test)]
mod query_tests;
#[cfg(test)]
mod tests;

pub use error::{Exhausted, SpaceError};
pub use rows::{Neighbourhood, RowBlock, RowBlocks, RowEnds, SpaceRows};
pub use solutions::SolutionSpace;
pub use stack::MAX_DEPTH;
