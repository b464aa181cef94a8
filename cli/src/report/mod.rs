//! An answer as a person reads it.
//!
//! | file | holds |
//! | --- | --- |
//! | `answer.rs` | the whole: the configuration, the objective, and the sections below |
//! | `heading.rs` | what stands above an answer and its sections, and an answer in a line |
//! | `prediction.rs` | the predicted time and its parts |
//! | `resources.rs` | what the kernel uses of each limit |
//! | `binding.rs` | which constraints have little or nothing left |
//! | `clash.rs` | why there is no solution |
//! | `hardware.rs` | which limits of the GPU stand in the way, and where it would fit |
//! | `alternatives.rs` | which size, type and GPU have a configuration instead |
//! | `relaxation.rs` | the smallest changes that would help |
//! | `search.rs` | what the search did |

pub(crate) mod alternatives;
mod answer;
pub(crate) mod binding;
pub(crate) mod clash;
pub(crate) mod hardware;
mod heading;
mod prediction;
pub(crate) mod relaxation;
pub(crate) mod resources;
mod search;

pub(crate) use answer::answer;
pub(crate) use heading::{heading, provenance, section, summary, title};
pub(crate) use search::{search, statistics};
