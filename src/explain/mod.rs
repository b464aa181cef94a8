//! Why a problem has no solution and what would help, and what its best solution is bound by.
//!
//! The conflict itself is part of the [`Answer`](crate::Answer); what takes more time is asked for here.
//!
//! | file | holds |
//! | --- | --- |
//! | `answer.rs` | smallest changes of single limits; what binds |
//! | `ends.rs` | whether the best stays best at both ends of the range of predicted times |
//! | `hardware.rs` | the limits of the GPU that stand in the way, and what the problem needs of them |
//! | `alternatives.rs` | which size, type and GPU have a configuration of a shipped kernel |
//! | `capacities.rs` | the limits of which more is better |
//! | `clock.rs` | how long it may take, and how it searches |
//! | `probe.rs` | whether a problem has a solution at all |
//! | `nearest.rs` | the nearest GPU of the catalog where it fits |

mod alternatives;
mod answer;
mod capacities;
mod clock;
mod ends;
mod hardware;
mod nearest;
mod probe;

pub use alternatives::{Alternatives, LargestSize};
pub use ends::QuickerAtEnd;
pub use hardware::{HardwareNeed, LimitNeed};
pub use nearest::NearestGpu;
