//! [`DetectedGpu`]: a GPU of this machine.

use crate::hardware::Gpu;

/// A device that the driver shows to this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectedGpu {
    /// Its limits, named as the driver names it; they can be written as JSON and used as the `gpu` of a problem.
    pub gpu: Gpu,
    /// The GPU of the catalog that it was taken to be, from which peaks and bandwidth come; where there is none, the FP32
    /// peak and the bandwidth were computed from its clocks, and the rates of the tensor cores are unknown.
    pub catalog_name: Option<String>,
}
