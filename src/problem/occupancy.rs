//! The field `occupancy`: what a block of the user's kernel asks of an SM, in expressions.

use super::FormulaSpec;
use crate::hardware::{OccupancyInputs, OptIn};
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `{"threads_per_block": "32 * warps", "registers_per_thread": "registers", "dynamic_shared_memory_bytes": "…"}`
///
/// The blocks of an SM follow by the rules of NVIDIA's `cuda_occupancy.h`; see
/// [`occupancy_definitions`](crate::hardware::occupancy_definitions) for the names that become known.
///
/// ```
/// use constrint::{Problem, Request, solve};
///
/// let problem = Problem::from_json(
///     r#"{"version": 1, "gpu": "A100 SXM4 80GB",
///         "variables": {"warps": {"values": [4, 8]}, "registers": {"min": 32, "max": 255, "step": 1}},
///         "occupancy": {"threads_per_block": "32 * warps", "registers_per_thread": "registers"},
///         "constraints": ["blocks_per_sm >= 2"], "objective": {"maximize": "registers * warps"}}"#,
/// )?;
/// let best = &solve(&problem, &Request::default())?.configs[0];
/// assert_eq!((best.values["warps"], best.values["registers"]), (8, 128));
/// // What the blocks share in L1: `"constraints": ["blocks_per_sm * tile_bytes <= l1_bytes"]`.
/// # Ok::<(), constrint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OccupancySpec {
    /// Threads of a block.
    pub threads_per_block: FormulaSpec,
    /// 32-bit registers of a thread; 0 if they set no limit.
    pub registers_per_thread: FormulaSpec,
    /// Shared memory asked for at launch, in bytes a block; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic_shared_memory_bytes: Option<FormulaSpec>,
    /// Shared memory declared in the kernel, in bytes a block; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_shared_memory_bytes: Option<FormulaSpec>,
    /// Named barriers that a block uses, `__syncthreads` included; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_barriers: Option<FormulaSpec>,
    /// The wish for the share of shared memory in the unified cache, 0 to 100; all of it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carveout_percent: Option<FormulaSpec>,
    /// How many bytes of dynamic shared memory the kernel has opted in to (`cudaFuncSetAttribute`): 0 for never, as
    /// many as needed if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    pub opt_in_bytes: Option<u32>,
    /// Stands before the name of each quantity, where one of those names is taken.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

impl OccupancySpec {
    /// What the formulas of occupancy start from.
    pub(crate) fn inputs(&self) -> OccupancyInputs {
        let or = |formula: &Option<FormulaSpec>, default: &str| {
            formula.as_ref().map_or_else(|| default.to_owned(), FormulaSpec::text)
        };
        OccupancyInputs {
            static_shared_memory_bytes: or(&self.static_shared_memory_bytes, "0"),
            named_barriers: or(&self.named_barriers, "1"),
            carveout_percent: self.carveout_percent.as_ref().map(FormulaSpec::text),
            opt_in: match self.opt_in_bytes {
                None => OptIn::AsNeeded,
                Some(0) => OptIn::Never,
                Some(bytes) => OptIn::UpTo(i64::from(bytes)),
            },
            prefix: self.prefix.clone(),
            ..OccupancyInputs::new(
                self.threads_per_block.text(),
                self.registers_per_thread.text(),
                or(&self.dynamic_shared_memory_bytes, "0"),
            )
        }
    }
}
