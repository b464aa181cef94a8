//! [`DetectedGpu`]: a GPU of this machine.

use crate::hardware::Gpu;

/// A device that the driver shows to this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectedGpu {
    /// Its limits, named as the driver names it; they can be written as JSON and used as the `gpu` of a problem.
    pub gpu: Gpu,
    /// The GPU of the catalog that it was taken to be, from which peaks and bandwidth come; where there is none, they
    /// were computed from its clocks.
    pub catalog_name: Option<String>,
}
