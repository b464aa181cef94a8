//! GPU limits, the catalog of known GPUs, and occupancy.
//!
//! | file | holds |
//! | --- | --- |
//! | `compute_capability.rs` | [`ComputeCapability`]: `9.0`, and the compile target that goes with it |
//! | `feature.rs` | [`Feature`]: instructions that only some compute capabilities have |
//! | `gpu.rs` | [`Gpu`]: every limit of one GPU, each with its unit in its name |
//! | `sm_limits.rs` | [`SmLimits`]: the part of them that decides occupancy |
//! | `catalog.json`, `catalog_rows.rs` | the numbers with their sources, and the form of the tables |
//! | `catalog.rs`, `names.rs` | [`catalog()`] and [`find`]; how a name a user writes finds a catalog name |
//! | `spec.rs`, `validate.rs`, `fault.rs` | [`GpuSpec`]: the `gpu` field of a problem, with limits of one's own |
//! | `resources.rs`, `limiter.rs` | the terms of occupancy: what a kernel asks for, what limits it |
//! | `occupancy.rs` | [`occupancy()`]: blocks per SM by the rules of NVIDIA's `cuda_occupancy.h` |
//! | `suggest.rs` | its inversions: the most shared memory, the best block size |
//! | `latency.rs` | [`Latencies`]: how long loads, matrix instructions, barriers and hand-overs take |
//! | `batch.rs` | the line form of `constrint occupancy --batch` |
//!
//! Invariants: no number stands in the code that the catalog could hold; nothing here knows the solver, a kernel or a
//! problem; nothing here touches a device. Detection of the local GPU is absent so far: `"detect"` is refused.

pub mod batch;
mod catalog;
mod catalog_rows;
mod compute_capability;
mod fault;
mod feature;
mod gpu;
mod latency;
mod limiter;
mod names;
mod occupancy;
mod resources;
mod sm_limits;
mod spec;
mod suggest;
mod validate;

pub use catalog::{Catalog, catalog, find};
pub use catalog_rows::{Board, Capability, Device, MmaShape, MmaShapes, MmaSupport, WgmmaShape};
pub use compute_capability::ComputeCapability;
pub use fault::GpuFault;
pub use feature::{Feature, FeatureTarget};
pub use gpu::{Gpu, TensorRates};
pub use latency::{GRAPH_NODE_PS, LAUNCH_PS, Latencies, clocks_to_ps};
pub use limiter::{Limiter, Limiters};
pub use occupancy::{BlockLimits, Occupancy, OccupancyError, occupancy};
pub use resources::{KernelResources, OptIn};
pub use sm_limits::SmLimits;
pub use spec::GpuSpec;
pub use suggest::{BlockSize, max_dynamic_shared_memory_bytes, suggest_block_size};
