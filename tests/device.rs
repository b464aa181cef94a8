//! What is run on a GPU, as far as none is needed: plans against the launch functions, sources by NVRTC.

#[cfg(feature = "cuda")]
#[path = "device/nvrtc.rs"]
mod nvrtc;
#[path = "device/plans.rs"]
mod plans;
