//! Interval branch and bound over boxes: the part of a search that is cheap to look at and hard to propagate.
//!
//! Where only some thousand or million assignments are left, a node of the engine costs as much as looking at hundreds of
//! them. A [`Boxes`] holds the model as a straight line of operations ([`tape`]); a box is a range of values for each
//! variable; evaluating the line on it bounds every expression. A box that violates a constraint, or cannot be better than
//! the best known, is dropped; the others are split, down to single points.
//!
//! | file | holds |
//! | --- | --- |
//! | `value.rs` | bounds of a value that may be undefined, and the interval functions over them |
//! | `tape.rs` | the operations, in an order in which each comes after its operands |
//! | `operations.rs` | what operations make of bounds on their operands |
//! | `arithmetic.rs` | sums, products and fractions in normal form |
//! | `compile.rs` | from a model's expressions to a tape |
//! | `direction.rs` | which way the goal moves with each operation: sharper bounds, and values that are best |
//! | `narrow.rs` | the way back: what a result within bounds says of operands |
//! | `ready.rs` | the model, compiled |
//! | `column.rs` | the values that a variable has left, by index |
//! | `cut.rs` | what the objective must stay below |
//! | `pending.rs` | bounds on their way from results to operands |
//! | `splits.rs` | what a box failed for |
//! | `state.rs` | where an exploration stands, and what each box followed from |
//! | `tighten.rs` | what must be true, and the goal, cut the ranges of a box |
//! | `explore.rs` | the walk over boxes, within a budget |
//!
//! Bounds round outward, so that no solution is dropped, and a point that they leave undecided (numbers beyond 2^62,
//! operations that have no interval function) is decided by the checker. Nothing here knows propagators' state, and nothing
//! is posted: what the engine found out arrives as the domains of the variables.

mod arithmetic;
mod column;
mod compile;
mod cut;
mod direction;
mod explore;
mod narrow;
mod operations;
mod pending;
mod ready;
mod splits;
mod state;
mod tape;
#[cfg(test)]
mod tests;
mod tighten;
mod value;

pub(crate) use explore::{Ending, Explored};
pub(crate) use ready::Boxes;
pub(crate) use state::{Guide, Order};
