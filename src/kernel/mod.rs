//! The shipped kernels, and the trait that each of them implements.
//!
//! A kernel is a folder: `mod.rs` states its tile variables, constraints, resources and cost; the `.cu` and `.cuh` files
//! beside it are what the configuration is for. `device/` holds what all kernels share on the GPU, `emulator/` runs them
//! on a CPU.
//!
//! `described.rs` is the kernel of a user, who gives formulas in JSON instead of Rust.
//!
//! A [`Statement`] is written in the native expression language, so that `constrint check` and `constrint explain` can
//! show each constraint as it stands here.

mod definition;
pub mod described;
mod device;
mod element;
pub(crate) mod emulator;
mod fault;
pub mod matmul;
mod random;
pub mod recurrent;
mod resources;
mod shape;
mod shipped;
mod source;
mod statement;
mod terms;
mod verify;

pub use definition::Kernel;
pub use element::Element;
pub use fault::{KernelError, KernelFault};
pub use random::Random;
pub use resources::{Chosen, Limit, Resources};
pub use shape::{Instance, ShapeKind, ShapeParameter, ShapeValue};
pub use shipped::{find, kernels};
pub use source::SourceFile;
pub(crate) use source::source;
pub use statement::{Named, Statement};
pub(crate) use statement::{define, register_room, shared_memory_allocated};
pub use verify::{Array, Case, Expected, Verify};
