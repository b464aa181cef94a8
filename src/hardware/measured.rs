//! [`Measured`]: figures of one GPU that `constrint calibrate` measured, in place of those that were found of its kind.

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What was measured of a GPU. Predicted times use each figure that is there, and else what [`Latencies`](super::Latencies) and the
/// kernels' cost models say of its compute capability. Clocks are those of the SM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Measured {
    /// Clocks from a load of shared memory to its use.
    pub shared_memory_clocks: Option<i64>,
    /// Clocks from a load that hits L1 to its use.
    pub l1_clocks: Option<i64>,
    /// Clocks from a load that hits L2 to its use.
    pub l2_clocks: Option<i64>,
    /// Clocks from a load that goes to device memory to its use.
    pub memory_clocks: Option<i64>,
    /// Clocks from `mma.sync.m16n8k16` of 16-bit operands with fp32 sums to the use of its result.
    pub mma_m16n8k16_clocks: Option<i64>,
    /// Clocks from a load of another block's shared memory in the same cluster to its use.
    pub distributed_shared_memory_clocks: Option<i64>,
    /// Clocks of `barrier.cluster` for two blocks.
    pub cluster_barrier_clocks: Option<i64>,
    /// Clocks of `fence.acq_rel.gpu`.
    pub fence_clocks: Option<i64>,
    /// Clocks of a block's barrier, one warp.
    pub block_barrier_clocks: Option<i64>,
    /// Further warps that such a barrier takes in 1000 clocks.
    pub block_barrier_warps_per_1000_clocks: Option<i64>,
    /// Picoseconds from a store to a flag by one SM to the load by another that sees it.
    pub flag_handover_ps: Option<i64>,
    /// Picoseconds of a barrier of the whole grid, one block an SM.
    pub grid_barrier_ps: Option<i64>,
    /// Picoseconds from one launch of an empty kernel to the next.
    pub launch_ps: Option<i64>,
    /// Bytes that L2 gives each of all SMs in a clock.
    pub l2_bytes_per_clock_per_sm: Option<i64>,
    /// Bytes a second that a copy reads and writes in device memory.
    pub copy_bytes_per_s: Option<i64>,
    /// FLOP a second of `mma.sync` by the type of its operands, with sums in fp32 or int32.
    pub mma_flops_per_s: MmaRates,
}

/// Rates of `mma.sync` by the type of its operands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MmaRates {
    /// FP16.
    pub fp16: Option<i64>,
    /// BF16.
    pub bf16: Option<i64>,
    /// TF32.
    pub tf32: Option<i64>,
    /// INT8.
    pub int8: Option<i64>,
}

impl MmaRates {
    /// Each figure changed by `change`.
    #[must_use]
    pub(super) fn map(self, change: impl Fn(i64) -> i64) -> Self {
        Self {
            fp16: self.fp16.map(&change),
            bf16: self.bf16.map(&change),
            tf32: self.tf32.map(&change),
            int8: self.int8.map(&change),
        }
    }

    /// That of a type by its name.
    pub fn of(&self, kind: &str) -> Option<i64> {
        self.named().into_iter().find(|(name, _)| *name == kind)?.1
    }

    /// Each by its name.
    pub fn named(&self) -> [(&'static str, Option<i64>); 4] {
        [("fp16", self.fp16), ("bf16", self.bf16), ("tf32", self.tf32), ("int8", self.int8)]
    }
}

impl Measured {
    /// Without what fields say that a problem gives over the measured ones: what a user states counts.
    #[must_use]
    pub(super) fn without_stated(mut self, limits: &Map<String, Value>) -> Self {
        if limits.contains_key("memory_bandwidth_bytes_per_s") {
            self.copy_bytes_per_s = None;
        }
        let rates = &mut self.mma_flops_per_s;
        let is_stated = |kind: &str| {
            let of = |field: &str| limits.get(field).is_some_and(|rates| rates.get(kind).is_some());
            of("tensor_flops_per_s") || of("tensor_flops_per_clock_per_sm")
        };
        for (kind, rate) in
            [("fp16", &mut rates.fp16), ("bf16", &mut rates.bf16), ("tf32", &mut rates.tf32), ("int8", &mut rates.int8)]
        {
            *rate = rate.filter(|_| !is_stated(kind));
        }
        self
    }

    /// Each figure by the name of its field, and the largest that can be meant.
    pub(super) fn figures(&self) -> Vec<(String, Option<i64>, i64)> {
        const CLOCKS: i64 = 1_000_000;
        const PS: i64 = 1_000_000_000_000;
        const RATE: i64 = 1_000_000_000_000_000_000;
        let clocks = [
            ("shared_memory_clocks", self.shared_memory_clocks),
            ("l1_clocks", self.l1_clocks),
            ("l2_clocks", self.l2_clocks),
            ("memory_clocks", self.memory_clocks),
            ("mma_m16n8k16_clocks", self.mma_m16n8k16_clocks),
            ("distributed_shared_memory_clocks", self.distributed_shared_memory_clocks),
            ("cluster_barrier_clocks", self.cluster_barrier_clocks),
            ("fence_clocks", self.fence_clocks),
            ("block_barrier_clocks", self.block_barrier_clocks),
            ("block_barrier_warps_per_1000_clocks", self.block_barrier_warps_per_1000_clocks),
            ("l2_bytes_per_clock_per_sm", self.l2_bytes_per_clock_per_sm),
        ];
        let times = [
            ("flag_handover_ps", self.flag_handover_ps),
            ("grid_barrier_ps", self.grid_barrier_ps),
            ("launch_ps", self.launch_ps),
        ];
        let of = |(name, figure): (&str, Option<i64>), most: i64| (name.to_owned(), figure, most);
        let mut figures: Vec<_> = clocks.into_iter().map(|figure| of(figure, CLOCKS)).collect();
        figures.extend(times.into_iter().map(|figure| of(figure, PS)));
        figures.push(of(("copy_bytes_per_s", self.copy_bytes_per_s), RATE));
        let rates = self.mma_flops_per_s.named();
        figures.extend(rates.map(|(kind, rate)| (format!("mma_flops_per_s.{kind}"), rate, RATE)));
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever adds a field finds that it is checked too.
    #[test]
    fn every_field_is_among_the_figures() {
        let fields = serde_json::to_value(Measured::default()).unwrap();
        let rates = fields["mma_flops_per_s"].as_object().unwrap().len();
        assert_eq!(Measured::default().figures().len(), fields.as_object().unwrap().len() - 1 + rates);
    }
}
