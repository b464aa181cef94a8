//! The side of a kernel that the problem describes, as texts for the walk, and the kernel as expressions after it.
//!
//! | file | holds |
//! | --- | --- |
//! | `state.rs`, `limits.rs` | definitions, formulas, what follows from them, cost; the hardware's limits on that |
//! | `names.rs` | the names that mean something for every described kernel |
//! | `refusal.rs` | what a problem with such a kernel must not say |
//! | `work.rs` | the predicted time from what the kernel does |
//! | `configured.rs`, `arguments.rs` | what the kernel uses, its macros, what it is called with |

mod arguments;
mod configured;
mod limits;
mod names;
mod refusal;
mod state;
mod work;

pub(super) use configured::configured;
pub(super) use refusal::refuse;
pub(super) use state::state;
