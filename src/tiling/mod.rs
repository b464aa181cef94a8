//! [`lower()`]: a problem, its GPU and its kernel become one model.
//!
//! A shipped kernel and one that the problem describes state their side in the same form, as texts; one walk over those
//! texts, and those of the problem, makes the model. Each name gets its meaning once, in this order: limits of the GPU,
//! numbers of the kernel, sizes, constants, variables, the kernel's quantities, those of `occupancy`; then constraints and
//! objectives.
//!
//! | file | holds |
//! | --- | --- |
//! | `model.rs` | [`Tiling`]: the model, and what its parts mean |
//! | `lower.rs` | the walk as a whole |
//! | `stated.rs` | a kernel's side, as texts |
//! | `described/` | the side of a kernel that the problem describes |
//! | `lowering.rs`, `values.rs` | each step of the walk; the values of a variable |
//! | `refusals.rs`, `fault.rs` | what is refused, and how it is told |
//! | `named.rs` | values by the names of variables |
//! | `residency.rs` | the blocks of an SM that `occupancy` asks for, in plain arithmetic |
//! | `set.rs` | [`Problem::set`](crate::Problem::set): a size, a constant or a variable gets another value |

mod described;
mod fault;
mod lower;
mod lowering;
mod model;
mod named;
mod refusals;
mod residency;
mod set;
mod stated;
mod values;

pub use fault::{TilingError, TilingFault};
pub use lower::lower;
pub(crate) use lower::lower_freed;
pub use model::{Definition, Tiling};
pub use named::NamedFault;
pub use residency::Residency;
pub(crate) use set::{unknown, variable_names};
