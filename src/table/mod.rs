//! Dispatch tables: a problem for many GPUs and shapes, and code that chooses among the configurations at run time.
//!
//! | file | holds |
//! | --- | --- |
//! | `asked.rs` | [`Asked`]: the GPUs and shapes of a problem, each checked where it stands |
//! | `shape.rs` | [`Shape`]: sizes, words and a type; which of two is looked at first |
//! | `fault.rs` | [`TableError`]: why there is no table |
//! | `solved.rs` | [`solve_table`]: a search for each entry |
//! | `table.rs` | [`Table`]: the answers; equal configurations are one |
//! | `choose.rs` | [`Table::choose`]: what the generated code chooses, in the library |
//! | `names.rs` | what things are called in the generated code |
//! | `cpp.rs`, `rust.rs` | the generated code: a C++ header, a Rust module |
//! | `files.rs` | all files of a table |
//!
//! # How an entry is chosen
//!
//! *The GPU*: of those with the device's compute capability that have no more SMs than it, one with the most. A
//! configuration keeps the limits of an SM, which GPUs of one compute capability share, and may count on the SMs that it was
//! chosen for; so it runs on a device with more. Of several, one that drivers call as the device is called, then the one
//! with the nearest memory, then the first of the list. Where there is none, nothing is chosen.
//!
//! *The shape*: of those with the same words and the same type and with each size at least as large as asked, the one with
//! the least product of its sizes: to it operands are padded. Of equal products, the one whose sizes come first when they are
//! compared one by one, in the kernel's order. So a shape of the table is chosen for itself. Entries without a configuration
//! are passed over. Where none is left, nothing is chosen.

mod asked;
mod choose;
mod cpp;
mod fault;
mod files;
mod names;
mod rust;
mod shape;
mod solved;
#[expect(clippy::module_inception, reason = "the table itself")]
mod table;

pub use asked::Asked;
pub use choose::{Choice, Device};
pub use fault::{TableError, TableFault};
pub use files::Files;
pub use shape::Shape;
pub use solved::solve_table;
pub use table::{Configuration, Entry, Missing, Outcome, Table};
