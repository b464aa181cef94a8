//! Every limit of one GPU that a model may need, each with its unit in its name.

use std::collections::BTreeSet;

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ComputeCapability, Feature, Measured, SmLimits};

/// The limits and rates of one GPU.
///
/// The values come from the [catalog](super::catalog()), which names the source of each, or from the user by a
/// [`GpuSpec`](super::GpuSpec). All are `i64`, so that they can enter a model as they are. `None` says that the GPU has
/// no such thing or that no figure was found; the catalog's notes tell which.
///
/// ```
/// use constrint::hardware::{Feature, find};
///
/// let gpu = find("h100-sxm")?;
/// assert_eq!(gpu.sms, 132);
/// assert_eq!(gpu.shared_memory_per_block_optin_bytes, 232_448);
/// assert!(gpu.supports(Feature::Wgmma));
/// # Ok::<(), constrint::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// Name as in the catalog.
    pub name: String,
    /// Compute capability, such as `9.0`.
    pub compute_capability: ComputeCapability,
    /// Streaming multiprocessors that run blocks.
    pub sms: i64,

    /// Threads in a warp.
    pub warp_size: i64,
    /// Threads that one block may have.
    pub max_threads_per_block: i64,
    /// Threads resident on one SM: warps times warp size.
    pub max_threads_per_sm: i64,
    /// Warps resident on one SM.
    pub max_warps_per_sm: i64,
    /// Blocks resident on one SM.
    pub max_blocks_per_sm: i64,
    /// Blocks of a grid along x, y and z.
    pub max_grid_dimensions: [i64; 3],
    /// Threads of a block along x, y and z; their product is bounded by `max_threads_per_block`.
    pub max_block_dimensions: [i64; 3],
    /// Parts of an SM, each with its own scheduler, registers and share of the warps.
    pub sub_partitions_per_sm: i64,

    /// 32-bit registers of one SM.
    pub registers_per_sm: i64,
    /// 32-bit registers that one block may hold.
    pub registers_per_block: i64,
    /// Registers that a thread can address, by the instruction set.
    pub max_registers_per_thread: i64,
    /// Registers a thread above which a launch is refused; one more than the instruction set can name on 7.0 and later.
    pub max_registers_per_thread_at_launch: i64,
    /// Registers are given to a warp in multiples of this.
    pub register_allocation_unit_per_warp: i64,

    /// Shared memory of one SM at the largest carve-out, in bytes, the driver's reserve included.
    pub shared_memory_per_sm_bytes: i64,
    /// Shared memory that a block may have once its kernel has opted in, in bytes, without the driver's reserve.
    pub shared_memory_per_block_optin_bytes: i64,
    /// Shared memory that a block may have without opting in, in bytes.
    pub shared_memory_per_block_default_bytes: i64,
    /// Static shared memory that ptxas accepts on the architecture-specific target, in bytes; `None` where only the
    /// default limit holds.
    #[serde(default)]
    pub static_shared_memory_per_block_arch_target_bytes: Option<i64>,
    /// Shared memory that the driver takes for itself in each block, in bytes.
    pub reserved_shared_memory_per_block_bytes: i64,
    /// Shared memory is given to a block in multiples of this many bytes.
    pub shared_memory_allocation_unit_bytes: i64,
    /// The sizes that an SM's shared memory can be set to, in bytes, ascending.
    pub shared_memory_carveout_steps_bytes: Vec<i64>,
    /// Banks of shared memory.
    pub shared_memory_banks: i64,
    /// Bytes that one bank delivers each clock.
    pub shared_memory_bank_bytes: i64,
    /// The memory of an SM that L1 cache and shared memory share, in bytes.
    pub l1_and_shared_memory_bytes: i64,
    /// Line of the L1 cache, in bytes.
    pub l1_line_bytes: i64,
    /// Smallest piece of an L1 line that is filled, in bytes.
    pub l1_sector_bytes: i64,
    /// Line of the L2 cache, in bytes.
    pub l2_line_bytes: i64,
    /// Smallest piece of an L2 line that is filled, in bytes.
    pub l2_sector_bytes: i64,
    /// Tensor memory of an SM, in bytes.
    #[serde(default)]
    pub tensor_memory_per_sm_bytes: Option<i64>,

    /// Named barriers that the blocks of an SM share.
    pub named_barriers_per_sm: i64,
    /// Named barriers that one block can name.
    pub max_named_barriers_per_block: i64,
    /// Whether the pool of named barriers bounds the blocks of an SM: from 9.0 on.
    pub named_barriers_limit_blocks: bool,
    /// Pool of what `cuda_occupancy.h` calls virtual resources; `None` where it knows none.
    #[serde(default)]
    pub virtual_resources_per_sm: Option<i64>,
    /// Blocks of a cluster that every GPU of this compute capability runs.
    #[serde(default)]
    pub max_cluster_blocks_portable: Option<i64>,
    /// Blocks of a cluster whose kernel allows a size that is not portable.
    #[serde(default)]
    pub max_cluster_blocks_nonportable: Option<i64>,
    /// Instructions that the [compile target](ComputeCapability::compile_target) has.
    pub features: BTreeSet<Feature>,

    /// L2 cache, in bytes.
    pub l2_bytes: i64,
    /// Device memory, in bytes: as the device reports it, or as advertised where no report was found.
    pub memory_bytes: i64,
    /// Peak bandwidth of device memory, in bytes a second.
    pub memory_bandwidth_bytes_per_s: i64,
    /// Boost clock, in MHz.
    #[serde(default)]
    pub boost_clock_mhz: Option<i64>,
    /// Clock at which NVIDIA quotes the tensor peaks, in MHz; `None` where it is the boost clock.
    #[serde(default)]
    pub tensor_clock_mhz: Option<i64>,
    /// Peak FP32 rate outside the tensor cores, in FLOP a second, where an FMA counts as 2.
    #[serde(default)]
    pub fp32_flops_per_s: Option<i64>,
    /// Dense peaks of the tensor cores, in FLOP a second.
    #[serde(default)]
    pub tensor_flops_per_s: TensorRates,
    /// FP32 fused multiply-adds that an SM does each clock.
    pub fp32_fma_per_clock_per_sm: i64,
    /// FP64 fused multiply-adds that an SM does each clock, outside the tensor cores.
    #[serde(default)]
    pub fp64_fma_per_clock_per_sm: Option<i64>,
    /// Dense rates of the tensor cores of one SM, in FLOP a clock.
    #[serde(default)]
    pub tensor_flops_per_clock_per_sm: TensorRates,
    /// What was measured of this GPU by `constrint calibrate`.
    #[serde(default)]
    pub measured: Measured,
}

impl Gpu {
    /// The GPU with the peaks that it would have with so many SMs; how many it has stays.
    pub(super) fn peaks_with_sms(mut self, sms: i64) -> Self {
        let present = i128::from(self.sms);
        let scale = |peak: i64| i64::try_from(i128::from(peak) * i128::from(sms) / present).unwrap_or(i64::MAX);
        self.tensor_flops_per_s = self.tensor_flops_per_s.map(scale);
        self.fp32_flops_per_s = self.fp32_flops_per_s.map(scale);
        self.measured.mma_flops_per_s = self.measured.mma_flops_per_s.map(scale);
        self
    }
}

impl Gpu {
    /// Whether a kernel compiled for [`ComputeCapability::compile_target`] may use the feature.
    pub fn supports(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Its numbers by the names that expressions of a problem use: `gpu_` before the field; the fields of an object and
    /// the indices of a list are joined by an underscore. `gpu_persisting_l2_bytes` is derived
    /// ([`Self::persisting_l2_bytes`]).
    ///
    /// ```
    /// let numbers = constrint::hardware::find("T4")?.numbers();
    /// let value = |name: &str| numbers.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    /// assert_eq!(value("gpu_sms"), Some(40));
    /// assert_eq!(value("gpu_shared_memory_carveout_steps_bytes_1"), Some(65_536));
    /// assert_eq!(value("gpu_tensor_flops_per_s_bf16"), None);
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn numbers(&self) -> Vec<(String, i64)> {
        let mut numbers = Vec::new();
        collect_numbers("gpu", &serde_json::to_value(self).expect("plain data"), &mut numbers);
        numbers.push(("gpu_persisting_l2_bytes".to_owned(), self.persisting_l2_bytes()));
        numbers
    }

    /// The limits that decide how many blocks an SM holds.
    pub fn sm_limits(&self) -> SmLimits {
        SmLimits {
            warp_size: self.warp_size,
            max_threads_per_block: self.max_threads_per_block,
            max_threads_per_sm: self.max_threads_per_sm,
            max_blocks_per_sm: self.max_blocks_per_sm,
            sub_partitions_per_sm: self.sub_partitions_per_sm,
            registers_per_sm: self.registers_per_sm,
            registers_per_block: self.registers_per_block,
            max_registers_per_thread_at_launch: self.max_registers_per_thread_at_launch,
            register_allocation_unit_per_warp: self.register_allocation_unit_per_warp,
            shared_memory_per_sm_bytes: self.shared_memory_per_sm_bytes,
            shared_memory_per_block_optin_bytes: self.shared_memory_per_block_optin_bytes,
            shared_memory_per_block_default_bytes: self.shared_memory_per_block_default_bytes,
            reserved_shared_memory_per_block_bytes: self.reserved_shared_memory_per_block_bytes,
            shared_memory_allocation_unit_bytes: self.shared_memory_allocation_unit_bytes,
            shared_memory_carveout_steps_bytes: self.shared_memory_carveout_steps_bytes.clone(),
            named_barriers_per_sm: self.named_barriers_per_sm,
            named_barriers_limit_blocks: self.named_barriers_limit_blocks,
            virtual_resources_per_sm: self.virtual_resources_per_sm,
        }
    }
}

fn collect_numbers(prefix: &str, value: &Value, into: &mut Vec<(String, i64)>) {
    match value {
        Value::Number(number) => into.extend(number.as_i64().map(|number| (prefix.to_owned(), number))),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| collect_numbers(&format!("{prefix}_{name}"), field, into));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| collect_numbers(&format!("{prefix}_{index}"), item, into));
        }
        _ => {}
    }
}

/// One figure for each type that tensor cores multiply, dense; the unit is in the name of the field that holds it.
///
/// Products accumulate in FP32 (INT32 for integers, FP64 for FP64) unless the name says otherwise. Integer operations
/// count as FLOP here. `None`: not supported, or no figure found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TensorRates {
    /// FP16 that accumulates in FP16.
    pub fp16_accumulate_fp16: Option<i64>,
    /// FP16.
    pub fp16: Option<i64>,
    /// BF16.
    pub bf16: Option<i64>,
    /// TF32.
    pub tf32: Option<i64>,
    /// FP8 that accumulates in FP16.
    pub fp8_accumulate_fp16: Option<i64>,
    /// FP8, E4M3 or E5M2.
    pub fp8: Option<i64>,
    /// FP6, E2M3 or E3M2.
    pub fp6: Option<i64>,
    /// FP4, E2M1, with block scales.
    pub fp4: Option<i64>,
    /// INT8.
    pub int8: Option<i64>,
    /// INT4.
    pub int4: Option<i64>,
    /// FP64.
    pub fp64: Option<i64>,
}

impl TensorRates {
    /// Type name and figure, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Option<i64>)> {
        [
            ("fp16_accumulate_fp16", self.fp16_accumulate_fp16),
            ("fp16", self.fp16),
            ("bf16", self.bf16),
            ("tf32", self.tf32),
            ("fp8_accumulate_fp16", self.fp8_accumulate_fp16),
            ("fp8", self.fp8),
            ("fp6", self.fp6),
            ("fp4", self.fp4),
            ("int8", self.int8),
            ("int4", self.int4),
            ("fp64", self.fp64),
        ]
        .into_iter()
    }

    /// The same types, each with the larger of two figures, or the one that is known.
    #[must_use]
    pub(crate) fn larger(self, other: Self) -> Self {
        Self {
            fp16_accumulate_fp16: self.fp16_accumulate_fp16.max(other.fp16_accumulate_fp16),
            fp16: self.fp16.max(other.fp16),
            bf16: self.bf16.max(other.bf16),
            tf32: self.tf32.max(other.tf32),
            fp8_accumulate_fp16: self.fp8_accumulate_fp16.max(other.fp8_accumulate_fp16),
            fp8: self.fp8.max(other.fp8),
            fp6: self.fp6.max(other.fp6),
            fp4: self.fp4.max(other.fp4),
            int8: self.int8.max(other.int8),
            int4: self.int4.max(other.int4),
            fp64: self.fp64.max(other.fp64),
        }
    }

    /// The same types with each figure changed by `change`.
    #[must_use]
    pub(super) fn map(self, change: impl Fn(i64) -> i64) -> Self {
        Self {
            fp16_accumulate_fp16: self.fp16_accumulate_fp16.map(&change),
            fp16: self.fp16.map(&change),
            bf16: self.bf16.map(&change),
            tf32: self.tf32.map(&change),
            fp8_accumulate_fp16: self.fp8_accumulate_fp16.map(&change),
            fp8: self.fp8.map(&change),
            fp6: self.fp6.map(&change),
            fp4: self.fp4.map(&change),
            int8: self.int8.map(&change),
            int4: self.int4.map(&change),
            fp64: self.fp64.map(&change),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::{catalog, find};

    #[test]
    fn a_gpu_survives_json() {
        for gpu in catalog().gpus() {
            let text = serde_json::to_string(gpu).unwrap();
            assert_eq!(&serde_json::from_str::<Gpu>(&text).unwrap(), gpu);
        }
    }

    #[test]
    fn unknown_fields_are_refused() {
        let mut value = serde_json::to_value(find("T4").unwrap()).unwrap();
        value["colour"] = "green".into();
        assert!(serde_json::from_value::<Gpu>(value).is_err());
    }

    #[test]
    fn features_follow_the_generation() {
        let supports = |name: &str, feature| find(name).unwrap().supports(feature);
        assert!(!supports("T4", Feature::CpAsync) && supports("RTX 3090", Feature::CpAsync));
        assert!(supports("H200", Feature::Wgmma) && !supports("B200", Feature::Wgmma));
        assert!(supports("B200", Feature::Tcgen05) && !supports("RTX 5090", Feature::Tcgen05));
        assert!(supports("B200", Feature::Tcgen05Int8) && !supports("GB300", Feature::Tcgen05Int8));
    }
}
