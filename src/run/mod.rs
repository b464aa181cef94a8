//! Runs a configured kernel, on the CPU emulator or on a GPU, and holds what comes out against its reference; or on given arrays.
//!
//! | file | holds |
//! | --- | --- |
//! | `cases.rs`, `report.rs` | [`verify()`]: cases, schedules, what is found |
//! | `runner.rs` | [`Runner`]: given arrays, no reference |
//! | `program.rs` | the driver: written, compiled, run |
//! | `fault.rs` | what the emulator says of a fault in the kernel |
//! | `compare.rs` | outputs against what they should be |
//! | `error.rs` | why it cannot be run |
//!
//! The kernel's side is [`crate::kernel::Verify`]. A C++17 compiler is needed for the emulator (`CXX`, else g++), nvcc
//! and a GPU for the other.

mod cases;
mod compare;
mod error;
mod fault;
mod program;
mod report;
mod runner;

pub use cases::{verify, verify_within};
pub use compare::{Comparison, Worst};
pub use error::{RunError, RunFault};
pub use fault::{Fault, FaultPlace};
pub use report::{CaseReport, Machine, Options, Report};
pub use runner::{Output, Ran, Runner};
