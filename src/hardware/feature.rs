//! Instructions that only some compute capabilities have.

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An instruction or a small group of them that a kernel may need.
///
/// Source: what ptxas accepts for each compute capability, and the CUDA Programming Guide; see the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// `cp.async`: copies from global to shared memory that bypass registers, 4 to 16 bytes a thread.
    CpAsync,
    /// `ldmatrix`: 8x8 matrices from shared memory in the layout of `mma.sync`.
    Ldmatrix,
    /// `stmatrix`: the way back of `ldmatrix`.
    Stmatrix,
    /// `mbarrier`: barriers in shared memory that count arrivals.
    Mbarrier,
    /// `cp.async.bulk` without a tensor map: one thread copies a contiguous run of bytes.
    TmaBulk,
    /// `cp.async.bulk.tensor`: one thread copies a tile of up to five dimensions by a tensor map.
    TmaTensor,
    /// Such a copy into the shared memory of several blocks of a cluster at once.
    TmaMulticast,
    /// Thread block clusters and the shared memory distributed over them.
    Clusters,
    /// `wgmma`: matrix products of four warps with operands in shared memory.
    Wgmma,
    /// `tcgen05`: matrix products of a block into tensor memory.
    Tcgen05,
    /// `tcgen05.mma` with INT8 operands.
    #[serde(rename = "tcgen05_int8")]
    Tcgen05Int8,
    /// `setmaxnreg`: moving registers from one warp group to another at run time.
    Setmaxnreg,
    /// `griddepcontrol`: a grid that starts before the one it depends on has ended.
    ProgrammaticDependentLaunch,
    /// `redux.sync`: integer reductions over a warp in one instruction.
    ReduxSync,
    /// BF16 arithmetic outside the tensor cores.
    Bf16Arithmetic,
    /// Conversions from and to the FP8 type E4M3.
    Fp8Conversion,
    /// Loads from global memory of 256 bits a thread.
    #[serde(rename = "load_global_256_bit")]
    LoadGlobal256Bit,
}

/// The weakest compile target that has a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureTarget {
    /// The plain target, such as `sm_90`.
    Baseline,
    /// The family-specific target, such as `sm_100f`.
    Family,
    /// The architecture-specific target, such as `sm_90a`.
    Architecture,
}
