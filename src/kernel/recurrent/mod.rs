//! Recurrent layers with heads over whole sequences: the cells, what all passes share, and a folder for each pass.
//!
//! Per step t and head n: `g = R_n · h(t−1) + Wx(t) + b`, then a pointwise cell.
//!
//! | file | holds |
//! | --- | --- |
//! | `cells/` | the cells: their counts in Rust, their formulas in CUDA |
//! | `begin_pass.cuh` | what lets one file include both passes |
//! | `cell.cuh`, `element.cuh`, `numbers.cuh`, `config.cuh` | the configuration: cell, operand type, macros, limits |
//! | `place.cuh` | thread to head, units and sequences |
//! | `weights.cuh`, `products.cuh` | R on chip; the products with it, and their sums |
//! | `hidden_in_block.cuh`, `hidden_in_grid.cuh`, `hidden_in_words.cuh`, `exchange.cuh` | how factors of the next step's products are handed over: in shared memory, or through L2, with flags or in numbered words |
//! | `reference/` | the layer in double precision, forward and backward, with bounds of the kernel's error |
//! | `shape.rs` | the entries of the shapes, the types, and what a pass needs of a GPU |
//! | `clocks.rs` | what the passes' predicted times have in common |
//! | `statement.rs`, `tile.rs`, `limits.rs`, `sizes.rs` | what the passes' statements have in common; the same in plain arithmetic |
//! | `again.rs` | `recompute`: what the backward pass needs, saved or computed again |
//! | [`forward`] | `rnn_forward`: statement, resources, predicted time, source, verification |
//! | [`backward`] | `rnn_backward`, likewise |
//! | [`training`] | `rnn_training`: both, configured together |
//! | `train_example.cu` | a program that trains with both |
//!
//! # Adding to it
//!
//! A cell, whose saved values follow from its gates alone: its counts in `cells/mod.rs`, with its name; its step and its derivative in `cells/NAME.cuh`, with a function that it
//! needs and no other had in `device/math.cuh`; its code in `cell.cuh`; the file in `forward/sources.rs` and
//! `backward/sources.rs`; its step again, in double precision, in `reference/mod.rs`, its derivative in
//! `reference/backward/cells.rs`, and the function's error in `reference/uncertain.rs`; in `verify.rs` of both passes what initial
//! states it may have, if not any; the clocks of its derivative in `backward/cost.rs`; its name in the summary of both
//! passes; and its derivative and its saved values in `backward/example.cu`, its step in `forward/example.cu`. The shape, the model and the macros
//! take it from [`CELLS`], and so do the tests that draw layers; `tests/emulator/` names the layers that each run tries, and the
//! derivative's tests have the step once more.
//!
//! A variant, such as another way to hand factors over: a value of the variable `variant` with its constraints in `statement.rs`,
//! its bytes and limits in `tile.rs` and `limits.rs`, its steps in `cost.rs`, its header beside
//! `hidden_in_grid.cuh` and in `sources.rs`, its `static_assert`s in `config.cuh`, and the choice in `rnn_forward.cu` and
//! `rnn_backward.cu`.
//!
//! A direction: a folder beside `forward/` with a type that implements [`crate::kernel::Kernel`] and [`crate::kernel::Launched`],
//! named in `crate::kernel::shipped`; it shares the cells, the reference and the headers here. Its `config_header.cuh`, which its sources
//! include before all else, tells the headers its name and its macros; its `config.cuh` has what it alone has. A file may call both
//! passes: what they share is then included twice, in a namespace for each.
//!
//! A header that passes share: in `namespace constrint::recurrent`, within it in that of the pass, with a guard that `begin_pass.cuh`
//! takes back; in both `sources.rs`.

mod again;
pub mod backward;
mod cells;
mod clocks;
pub mod forward;
mod limits;
mod plan;
pub mod reference;
mod shape;
mod sizes;
mod statement;
mod tile;
pub mod training;

pub use backward::RnnBackward;
pub use cells::{CELLS, Cell};
pub use forward::RnnForward;
pub use training::RnnTraining;
