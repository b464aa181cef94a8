//! The best rows of a space by an objective; nothing here changes a diagram or adds to it.
//!
//! | file | holds |
//! | --- | --- |
//! | `optimise`, `entries`, `groups`, `branch` | the best rows by an objective |
//! | `residual`, `span`, `hulls` | what is left of an objective; its bounds; what its variables can be below a node |

mod branch;
mod entries;
mod groups;
mod hulls;
mod optimise;
mod residual;
mod span;
