//! The shipped kernels, and the trait that each of them implements.
//!
//! | file | holds |
//! | --- | --- |
//! | `definition.rs` | [`Kernel`]: what a kernel says of itself; [`Launched`] and [`Part`]: what of it is launched |
//! | `shape.rs` | the entries of a shape, and an [`Instance`] of it |
//! | `statement.rs`, `terms.rs` | [`Statement`]: variables, quantities, constraints and cost as texts; terms of predicted times |
//! | `joined.rs` | the statements of several kernels that are configured together as one |
//! | `confidence.rs` | how sure a predicted time is |
//! | `resources.rs` | what a configuration uses, and its limits, in plain arithmetic |
//! | `verify.rs`, `element.rs`, `random.rs` | how a kernel is run against a reference (not the check of limits in [`crate::verify`]) |
//! | `plan.rs`, `scalar.rs` | [`Plan`]: arrays and launches of a run on a GPU; types of numbers |
//! | `source.rs`, `device/`, `driver/`, `emulator/` | files of sources; what all share on the GPU; programs that run one; a CPU that runs it |
//! | `matmul/`, `recurrent/`, `shipped.rs` | the kernels, and all of them by name |
//! | `described.rs`, `work/` | the kernel of a user, who gives formulas in JSON instead of Rust; predicted time from what it does |
//! | `fault.rs`, `figures.rs` | why a kernel cannot be had so; figures that are not known of every GPU |
//!
//! A shipped kernel is a folder: `statement.rs` and `cost.rs` have its variables, constraints and predicted time in the expression
//! language; `tile.rs` and `limits.rs` say the same in plain arithmetic; the `.cu` and `.cuh` files are what the configuration is
//! for; `verify.rs` says how they are run.
//!
//! A [`Statement`] is written in the native expression language, so that `constrint check` and `constrint explain` can
//! show each constraint as it stands here.

mod confidence;
mod definition;
pub mod described;
mod device;
mod element;
pub(crate) mod emulator;
mod fault;
mod figures;
mod joined;
pub mod matmul;
mod plan;
mod random;
pub mod recurrent;
mod resources;
mod scalar;
mod shape;
mod shipped;
mod source;
mod statement;
mod terms;
mod verify;
pub(crate) mod work;

pub use confidence::Confidence;
pub use definition::{Kernel, Launched, Part};
pub use element::Element;
pub use fault::{KernelError, KernelFault, MissingFigure};
pub(crate) use joined::{Stating, joined};
pub use plan::{Argument, Field, Holds, Launch, Plan, PlannedArray, Step};
pub use random::Random;
pub use resources::{Chosen, Limit, Resources};
pub use scalar::Scalar;
pub use shape::{BoundedSize, Instance, ShapeKind, ShapeParameter, ShapeValue};
pub use shipped::{find, kernels};
pub use source::SourceFile;
pub(crate) use source::source;
pub use statement::{Named, Statement};
pub(crate) use statement::{define, register_room, shared_memory_allocated};
pub(crate) use terms::mma_sync_percent;
pub use verify::{Array, Case, Expected, Verify};
