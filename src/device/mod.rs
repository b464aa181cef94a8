//! Runs and times configured kernels on a GPU of this machine.
//!
//! Each job runs in a process of its own, a worker, which is told one line of JSON, answers one line, and is ended where it hangs: a
//! kernel that breaks the context, or the driver, costs its own configuration alone. The worker is any command that calls
//! [`serve`]; that of the command line is `constrint device-worker`, and tests have others.
//!
//! | file | holds |
//! | --- | --- |
//! | `bench.rs` | [`Bench`]: compile, time, check; [`Setup`] |
//! | `worker.rs`, `job.rs` | [`Worker`]: the process as this one sees it; what the two say to each other |
//! | `work.rs` | [`serve`]: the worker's part; [`Tools`]: what it works with |
//! | `operations.rs` | [`Device`]: what is asked of a GPU |
//! | `measure.rs`, `timing.rs` | warm-up, samples, clocks; [`Timing`], [`Spread`] and [`Timer`] |
//! | `compile.rs`, `check.rs` | machine code by NVRTC or nvcc; what came out against what should have |
//! | `calibrate/` | [`calibrate()`]: figures of the model, measured |
//! | `failure.rs` | [`Failure`]: why a configuration has no time; [`BenchError`]: why there is nothing to time, or nothing to time it on |
//! | `cuda/` | [`Device`] and [`Tools`] by NVIDIA's libraries, opened at run time (feature `cuda`) |
//!
//! What is run is a [`Plan`](crate::kernel::Plan), which kernels state; nothing here knows one of them.

mod bench;
mod calibrate;
mod check;
mod compile;
#[cfg(feature = "cuda")]
mod cuda;
mod failure;
mod job;
mod measure;
mod operations;
mod timing;
mod work;
mod worker;

pub use bench::{Bench, Built, Setup};
pub use calibrate::{Calibration, SOURCE as CALIBRATION_SOURCE, calibrate};
#[cfg(feature = "cuda")]
pub use cuda::Cuda;
pub use failure::{BenchError, BenchFault, Failure, MachineFault, Outcome};
pub use operations::{Clocks, Device, DeviceFault, DeviceFaultKind, Mark};
pub use timing::{Spread, Timer, Timing};
pub use work::{Tools, serve};
pub use worker::Worker;

#[cfg(all(test, unix))]
mod tests;
