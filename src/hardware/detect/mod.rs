//! The GPUs of this machine, as NVIDIA's driver tells them.
//!
//! | file | holds |
//! | --- | --- |
//! | `driver.rs` | the driver library, opened at run time: the one file with unsafe code |
//! | `reading.rs` | what it tells about a device |
//! | `assemble.rs` | that, the table of compute capabilities and the catalog as one [`Gpu`](super::Gpu) |
//! | `local.rs`, `detected.rs` | [`LocalGpus`]: all of them; one of them |
//! | `fault.rs` | [`DetectionFault`]: why it could not be told |
//!
//! Neither the toolkit nor a context on the GPU is needed. `CUDA_VISIBLE_DEVICES` is heeded by the driver itself: what it
//! hides is not seen, and device 0 is the one that a program started beside this one would get.

mod assemble;
mod detected;
mod driver;
mod fault;
mod local;
mod reading;

pub use detected::DetectedGpu;
pub use fault::DetectionFault;
pub use local::LocalGpus;
pub(super) use local::named;
