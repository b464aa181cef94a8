//! GPU limits, the catalog of known GPUs, their slices, detection, and occupancy.
//!
//! | file | holds |
//! | --- | --- |
//! | `compute_capability.rs` | [`ComputeCapability`]: `9.0`, and the compile target that goes with it |
//! | `feature.rs` | [`Feature`]: instructions that only some compute capabilities have |
//! | `gpu.rs` | [`Gpu`]: every limit of one GPU, each with its unit in its name |
//! | `sm_limits.rs` | [`SmLimits`]: the part of them that decides occupancy |
//! | `catalog.json`, `catalog_rows.rs` | the numbers with their sources, and the form of the tables |
//! | `catalog.rs`, `names.rs` | [`catalog()`] and [`find`]; how a name that a user writes or a driver reports finds a GPU |
//! | `near_names.rs` | which names are offered for one that the catalog lacks |
//! | `mig.json`, `mig.rs` | [`mig_table`]: the slices that a GPU can be cut into |
//! | `detect` | [`LocalGpus`]: the GPUs of this machine |
//! | `reported.rs` | [`reported_names`]: what drivers call a GPU |
//! | `spec.rs`, `fields.rs`, `validate.rs` | [`GpuSpec`]: the `gpu` field of a problem, with limits of one's own |
//! | `gpu_file.rs` | a GPU in a file of its own |
//! | `measured.rs` | [`Measured`]: what was measured of one GPU |
//! | `error.rs`, `fault.rs` | why there is no such GPU; what is wrong with a field of one |
//! | `resources.rs`, `limiter.rs` | the terms of occupancy: what a kernel asks for, what limits it |
//! | `occupancy.rs`, `occupancy_error.rs` | [`occupancy()`]: blocks per SM by the rules of NVIDIA's `cuda_occupancy.h` |
//! | `suggest.rs` | its inversions: the most shared memory, the best block size |
//! | `latency.rs` | [`Latencies`]: how long loads, matrix instructions, barriers and hand-overs take |
//! | `registers.rs` | registers of matrix instructions, and what blocks leave to each thread |
//! | `shared_memory.rs` | [`AccessPattern`]: which row lengths are free of bank conflicts |
//! | `cache.rs` | what L1 keeps beside shared memory; the part of L2 that can be set aside |
//! | `occupancy_inputs.rs`, `formulas.rs` | [`occupancy_definitions`]: the same rules as formulas for a model |
//! | `batch.rs` | the line form of `constrint occupancy --batch` |
//!
//! Invariants: no number stands in the code that the catalog could hold; nothing here knows the solver, a kernel or a
//! problem; nothing here runs anything on a device, and only `detect` asks the driver about one.

pub mod batch;
mod cache;
mod catalog;
mod catalog_rows;
mod compute_capability;
mod detect;
mod error;
mod fault;
mod feature;
mod fields;
mod formulas;
mod gpu;
mod gpu_file;
mod latency;
mod limiter;
mod measured;
mod mig;
mod names;
mod near_names;
mod occupancy;
mod occupancy_error;
mod occupancy_inputs;
mod registers;
mod reported;
mod resources;
mod shared_memory;
mod sm_limits;
mod spec;
mod suggest;
mod validate;

pub use cache::PersistingWindow;
pub use catalog::{Catalog, catalog, find};
pub use catalog_rows::{Board, Capability, Device, MmaShape, MmaShapes, MmaSupport, WgmmaShape};
pub use compute_capability::{ComputeCapability, InvalidComputeCapability};
pub use detect::{DetectedGpu, DetectionFault, LocalGpus};
pub use error::{GpuFileFault, HardwareError};
pub use fault::GpuFault;
pub use feature::{Feature, FeatureTarget};
pub use formulas::{Quantity, occupancy_definitions};
pub use gpu::{Gpu, TensorRates};
pub use latency::{GRAPH_NODE_PS, LAUNCH_PS, Latencies, clocks_to_ps};
pub use limiter::{Limiter, Limiters};
pub use measured::{Measured, MmaRates};
pub use mig::{MigProfile, MigTable, mig_sources, mig_table};
pub use occupancy::{BlockLimits, Occupancy, occupancy};
pub use occupancy_error::OccupancyError;
pub use occupancy_inputs::OccupancyInputs;
pub use registers::{MmaRegisters, max_registers_per_thread};
pub use reported::reported_names;
pub use resources::{KernelResources, OptIn};
pub use shared_memory::AccessPattern;
pub use sm_limits::SmLimits;
pub use spec::GpuSpec;
pub use suggest::{BlockSize, max_dynamic_shared_memory_bytes, suggest_block_size};
