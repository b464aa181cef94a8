//! From a GPU tiling problem to the kernel configuration that a solver proves best.
//!
//! A problem ([`Problem`], usually JSON) names a kernel, a shape and a GPU. [`tiling::lower`] turns it into a model of
//! `constrint-solver`: the kernel's tile variables, the hardware's limits as constraints, the predicted time as the
//! objective. [`solve()`] finds the best configuration and checks it in plain arithmetic; a [`Config`] is written as a
//! header, as `-D` flags, JSON, `CMake` variables or Rust constants; the kernel that it configures ships beside it.
//!
//! ```
//! use constrint::{Form, Problem, Request, solve};
//!
//! let problem = Problem::from_json(
//!     r#"{"version": 1, "kernel": "matmul", "gpu": "H100 SXM", "shape": {"m": 4096, "n": 4096, "k": 4096}}"#,
//! )?;
//! let answer = solve(&problem, &Request::default())?;
//! let best = &answer.configs[0];
//! assert!(best.values["block_m"] >= 128);
//! assert!(best.emit(Form::Header).contains("#define CONSTRINT_MATMUL_BLOCK_M"));
//! # Ok::<(), constrint::Error>(())
//! ```
//!
//! # Map
//!
//! From the ground up: a module imports from those above it in this table, and from its own folder.
//!
//! | module | holds |
//! | --- | --- |
//! | [`diagnostic`] | what all errors say of themselves: message, place, mend |
//! | [`mod@file`], [`child`], [`tool`] | files written whole; commands that end when a limit does; compilers, and where they are found |
//! | [`hardware`] | GPU limits, the catalog, occupancy, MIG slices, detection |
//! | [`kernel`] | the shipped kernels: statement, resources, source, reference |
//! | [`problem`] | what the user writes, and how it is read |
//! | [`tiling`] | problem + GPU + kernel = model |
//! | [`verify`] | the limits again, in plain arithmetic |
//! | [`config`] | the chosen numbers, their renderings, and the sources beside them |
//! | [`cache`] | answers kept on disk, for builds that ask again |
//! | [`mod@solve`] | the search, and what its answer means |
//! | [`enumerate`] | every solution, and how many there are |
//! | [`explain`] | what would help where there is no solution, what binds where there is one |
//! | [`table`] | dispatch tables: many GPUs and shapes, and the code that chooses among their configurations |
//! | [`trials`] | the search with an outside test, and its log |
//! | [`nvcc`] | compiles a configured kernel and reads what ptxas says |
//! | [`run`] | runs a configured kernel, on the emulator or a GPU, against its reference, or on given arrays |
//! | [`device`] | times a configured kernel on a GPU of this machine, in a process of its own |
//! | [`tune`] | which configuration to measure next, from the space, the predicted time and what was measured |
//! | [`results`] | measured configurations, as other auto-tuners write them |
//! | [`build_time`] | the call for a `build.rs` |
//! | [`error`] | everything that can go wrong: the errors of all layers, each of which has its own |
//!
//! # Invariants
//!
//! * Every limit is stated three times: as a constraint, in [`verify`], and as a `static_assert` in the kernel. They
//!   share no code, and tests hold them against each other.
//! * Imports go one way, and no two files import each other: `hardware` and `kernel` know no problem, `verify` knows no solver,
//!   the solver knows no GPU. `tests/imports.rs` reads every path and holds them to it.
//! * An answer is not an error: infeasible is a [`Status`].
//! * Files are written whole or not at all.

pub mod build_time;
pub mod cache;
pub mod child;
pub mod config;
pub mod device;
pub mod diagnostic;
pub mod enumerate;
pub mod error;
pub mod explain;
pub mod file;
pub mod hardware;
mod json_keys;
pub mod kernel;
pub mod nvcc;
pub mod problem;
pub mod results;
pub mod run;
pub mod solve;
pub mod table;
pub mod tiling;
pub mod tool;
pub mod trials;
pub mod tune;
pub mod verify;

pub use cache::{Cache, CacheUse};
pub use config::{Config, Form};
pub use error::Error;
pub use problem::Problem;
pub use solve::{Answer, Request, Status, solve};
