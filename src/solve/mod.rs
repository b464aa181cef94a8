//! What is asked of a problem, and what the answer means.
//!
//! | file | holds |
//! | --- | --- |
//! | `request.rs` | [`Request`]: limits, order, number of solutions; what the search is told of them |
//! | `search.rs` | [`solve`]: the cache, then the search; [`Config::new`](crate::Config::new) checks what it found |
//! | `conflict.rs` | what clashes where there is no solution |
//! | `answer.rs` | [`Answer`] and [`Status`] |
//! | `fault.rs` | [`SolveError`] |

mod answer;
mod conflict;
mod fault;
mod request;
mod search;

pub(crate) use answer::config;
pub use answer::{Answer, Clashing, Status};
pub(crate) use conflict::{TIME_FOR_CONFLICT, conflict};
pub use fault::{RequestError, RequestFault, SolveError};
pub use request::Request;
pub(crate) use request::{limits, options};
pub use search::{abandoned, solve};
