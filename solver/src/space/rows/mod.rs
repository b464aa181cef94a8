//! Questions to a space: its rows, their indices and numbers, and spaces of some of them; nothing here knows a term.
//!
//! | file | holds |
//! | --- | --- |
//! | `frontier` | what is left of a row, and the rule by which it gets its index |
//! | `walk`, `sample` | rows in order; uniform samples |
//! | `blocks`, `stops` | rows in blocks that begin alike; where these end |
//! | `index`, `marginals` | the row at an index, and the index of a row; how many rows have a value |
//! | `neighbours` | what is near a row |
//! | `project`, `union` | distinct combinations of some variables; unions of nodes |
//! | `restrict` | sub-spaces: the solutions whose variables lie in given sets |
//! | `latin` | samples that spread over the values of every variable |

mod blocks;
pub(super) mod frontier;
mod index;
mod latin;
pub(super) mod marginals;
mod neighbours;
mod project;
mod restrict;
mod sample;
mod stops;
mod union;
mod walk;

pub use blocks::{RowBlock, RowBlocks, RowEnds};
pub use neighbours::Neighbourhood;
pub use walk::SpaceRows;
