//! The rows of the catalog's tables: what `catalog.json` says of a device and of a compute capability.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

#[cfg(doc)]
use super::{Catalog, Gpu};
use super::{ComputeCapability, Feature, FeatureTarget, SmLimits, TensorRates};

/// A row of the table of devices: what differs between GPUs of one compute capability, and how far to trust it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Name of the GPU.
    pub name: String,
    /// The names that drivers report of it. Several rows share one where the driver does not tell their parts apart.
    pub driver_names: Vec<String>,
    /// Parts that people or drivers call the same, of which the catalog has no figures.
    #[serde(default)]
    pub namesakes: Vec<String>,
    /// Its compute capability.
    pub compute_capability: ComputeCapability,
    /// The product line, which decides the tensor rates of most devices.
    pub board: Board,
    /// Streaming multiprocessors.
    pub sms: i64,
    /// L2 cache, in bytes.
    pub l2_bytes: i64,
    /// Device memory as advertised, in bytes, decimal.
    pub memory_bytes_advertised: i64,
    /// Device memory as the driver reports it, in bytes.
    pub memory_bytes_reported: Option<i64>,
    /// Peak bandwidth of device memory, in bytes a second.
    pub memory_bandwidth_bytes_per_s: i64,
    /// Boost clock, in MHz.
    pub boost_clock_mhz: Option<i64>,
    /// Clock of the quoted tensor peaks, in MHz, where it is not the boost clock.
    pub tensor_clock_mhz: Option<i64>,
    /// Peak FP32 rate, in FLOP a second.
    pub fp32_flops_per_s: Option<i64>,
    /// Dense tensor peaks, in FLOP a second.
    pub tensor_flops_per_s: TensorRates,
    /// Dense tensor rates of one SM, in FLOP a clock, of a device that has others than its product line.
    #[serde(default)]
    pub tensor_flops_per_clock_per_sm: Option<TensorRates>,
    /// Fields that were measured on a device, since NVIDIA publishes none.
    #[serde(default)]
    pub measured: Vec<String>,
    /// Fields that were computed from others, not read anywhere.
    pub derived: Vec<String>,
    /// Fields in doubt, each with the reason.
    pub uncertain: IndexMap<String, String>,
    /// Keys into [`Catalog::sources`].
    pub sources: Vec<String>,
    /// What else to know about the device.
    pub note: Option<String>,
}

/// A product line. `GeForce` boards accumulate in FP32 at half the rate of the same chip on other boards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Board {
    /// Data-centre, workstation and embedded boards.
    Professional,
    /// Consumer boards.
    Geforce,
}

/// A row of the table of compute capabilities: what all its GPUs share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// The compute capability.
    pub compute_capability: ComputeCapability,
    /// Name of the architecture and its chips.
    pub architecture: String,
    /// The device whose SM count stands for the compute capability where no device is named.
    pub reference_device: String,
    /// Its SMs.
    pub reference_sms: i64,
    /// Limits by the names they have in [`Gpu`].
    pub(super) limits: Map<String, Value>,
    /// The target that each feature needs; `None` where the hardware lacks it.
    pub features: IndexMap<Feature, Option<FeatureTarget>>,
    /// Dense tensor rates of one SM, in FLOP a clock.
    pub tensor_flops_per_clock_per_sm: TensorRates,
    /// The same on `GeForce` boards, where there are any.
    pub tensor_flops_per_clock_per_sm_geforce: Option<TensorRates>,
    /// The instruction without which those rates are out of reach.
    pub tensor_rate_needs: Option<String>,
    /// Shapes of the matrix instructions.
    pub mma_shapes: MmaShapes,
    /// Fields in doubt, each with the reason.
    pub uncertain: IndexMap<String, String>,
    /// Keys into [`Catalog::sources`] for the whole row; where empty, [`Catalog::column_sources`] hold.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// Shapes of the matrix instructions of one compute capability, by operand type (`fp16`, `bf16`, …).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MmaShapes {
    /// `mma.sync`.
    pub mma_sync: IndexMap<String, Vec<MmaShape>>,
    /// `wmma`: shapes as `16x16x16` for m, n and k.
    pub wmma: IndexMap<String, Vec<String>>,
    /// `wgmma`, all with m = 64.
    pub wgmma: IndexMap<String, WgmmaShape>,
}

/// One shape of `mma.sync` and what becomes of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MmaShape {
    /// The shape as `m16n8k16`.
    pub shape: String,
    /// How the hardware does it.
    pub support: MmaSupport,
    /// The machine instructions that ptxas emits for it.
    pub instructions: Option<String>,
}

/// How a shape of `mma.sync` is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MmaSupport {
    /// By one instruction of its own.
    Native,
    /// By several instructions, or by those of another type: correct, but slower than the type's peak.
    Composed,
    /// By ordinary arithmetic.
    WithoutTensorCores,
}

/// The shapes of `wgmma` for one type: m is 64.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WgmmaShape {
    /// Depth of one instruction.
    pub k: i64,
    /// Widths that exist, ascending.
    pub n: Vec<i64>,
}

impl MmaShapes {
    /// What becomes of one shape of `mma.sync`; `None` where ptxas refuses it.
    ///
    /// ```
    /// use constrint::hardware::{MmaSupport, catalog};
    ///
    /// let support = |capability: &str| {
    ///     let row = catalog().capability(capability.parse().ok()?)?;
    ///     row.mma_shapes.mma_sync_support("fp8", "m16n8k32")
    /// };
    /// assert_eq!(support("8.0"), None);
    /// assert_eq!(support("8.9"), Some(MmaSupport::Native));
    /// assert_eq!(support("9.0"), Some(MmaSupport::Composed));
    /// ```
    pub fn mma_sync_support(&self, operands: &str, shape: &str) -> Option<MmaSupport> {
        let shapes = self.mma_sync.get(operands)?;
        shapes.iter().find(|known| known.shape == shape).map(|known| known.support)
    }
}

impl Capability {
    /// The limits that decide occupancy.
    ///
    /// # Panics
    /// If the row lacks one of them, which the tests of this module exclude.
    pub fn sm_limits(&self) -> SmLimits {
        serde_json::from_value(Value::Object(self.limits.clone())).expect("each row of catalog.json has every limit")
    }

    /// Features that the architecture-specific target has, as [`Gpu::features`] lists them.
    pub fn available_features(&self) -> impl Iterator<Item = Feature> {
        self.features.iter().filter(|(_, target)| target.is_some()).map(|(feature, _)| *feature)
    }
}
