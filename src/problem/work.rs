//! The `work` of a described kernel: what its blocks and threads do, of which the predicted time is made.

use super::FormulaSpec;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a kernel does, as far as its author knows it; the predicted time follows from it and the GPU.
///
/// All fields may be left out: an answer says what is estimated from the rest or not counted. Formulas may use what those of
/// the kernel may, and what follows from these, such as `grid_blocks` and `resident_blocks`. Threads that do unlike amounts
/// count by their average; what a warp's lanes do by turns adds up. Loads of an address that a thread has already
/// count once where loops are unrolled, as a compiler keeps them.
///
/// ```
/// let problem = constrint::Problem::from_json(
///     r#"{"version": 1, "gpu": "RTX A4000", "variables": {"items": {"values": [1, 2, 4, 8]}},
///         "kernel": {"name": "copy", "block": [256], "grid": ["ceil_div(16777216, 256 * items)"],
///             "work": {"integer": "8 + 2 * items", "global": [{"count": "2 * items"}], "memory_bytes": "2048 * items",
///                 "waits": {"memory": 1}}}}"#,
/// )?;
/// let answer = constrint::solve(&problem, &constrint::Request::default())?;
/// let predicted = answer.configs[0].predicted.as_ref().unwrap();
/// // 128 MiB at 80% of 448 GB/s are 374 µs.
/// assert!((370_000_000..390_000_000).contains(&predicted.parts_ps["memory_ps"]));
/// # Ok::<(), constrint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WorkSpec {
    /// fp32 instructions of a thread: multiply-adds, multiplications, additions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp32: Option<FormulaSpec>,
    /// The same in fp16 or bf16, two numbers at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fp16: Option<FormulaSpec>,
    /// Other instructions of a thread: whole numbers, addresses, comparisons, moves, branches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integer: Option<FormulaSpec>,
    /// Special functions and conversions between whole and real numbers of a thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special: Option<FormulaSpec>,
    /// What a block does on the tensor cores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tensor: Option<TensorSpec>,
    /// Loads and stores of shared memory.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<AccessSpec>,
    /// Loads and stores of global memory.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub global: Vec<AccessSpec>,
    /// Times that a thread stores a register that does not fit to local memory and loads it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spills: Option<FormulaSpec>,
    /// Bytes of a block from L2 and to it: what L1 does not keep. If absent, all bytes of `global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub l2_bytes: Option<FormulaSpec>,
    /// Bytes of a block from device memory and to it, what neighbouring blocks share counted once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<FormulaSpec>,
    /// What other blocks read before and this one reads again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reread: Option<RereadSpec>,
    /// What a warp waits for while other warps go on.
    #[serde(skip_serializing_if = "WaitsSpec::is_empty")]
    pub waits: WaitsSpec,
    /// What all warps of a block wait for together, such as the loads between two barriers, while other blocks go on.
    #[serde(skip_serializing_if = "WaitsSpec::is_empty")]
    pub block_waits: WaitsSpec,
    /// Barriers of a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barriers: Option<FormulaSpec>,
}

/// Matrix multiplications of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TensorSpec {
    /// The operands' type.
    pub operands: TensorOperands,
    /// FLOP of a block; a multiply-add counts as 2.
    pub flops: FormulaSpec,
}

/// Types of operands of which the tensor cores' rate is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TensorOperands {
    /// fp16 with fp32 sums.
    Fp16,
    /// bf16 with fp32 sums.
    Bf16,
    /// fp32 of which 19 bits count.
    Tf32,
    /// fp8 with fp32 sums.
    Fp8,
    /// int8 with int32 sums.
    Int8,
}

impl TensorOperands {
    /// As the catalog has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fp16 => "fp16",
            Self::Bf16 => "bf16",
            Self::Tf32 => "tf32",
            Self::Fp8 => "fp8",
            Self::Int8 => "int8",
        }
    }
}

/// Equal accesses of each thread. Conflicts of a warp follow from where its lanes go: `lanes` in a row, `stride` apart, and the
/// rows of lanes `row_stride` apart; without any of these, neighbouring lanes go to neighbouring addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessSpec {
    /// How many of each thread.
    pub count: FormulaSpec,
    /// Bytes of each, 1 to 16; 4 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<FormulaSpec>,
    /// Lanes of a warp in a row, such as `block_x`; all 32 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lanes: Option<FormulaSpec>,
    /// Words of 4 bytes from a lane to the next; 0 where they go to the same; an access's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<FormulaSpec>,
    /// Words from a row of lanes to the next; 0 where they go to the same. If absent, rows do not meet in a bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_stride: Option<FormulaSpec>,
    /// In place of `lanes` and strides: times that an access of a warp goes to memory, 1 without conflicts and up to 4 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wavefronts: Option<FormulaSpec>,
}

/// What blocks read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RereadSpec {
    /// Bytes of a block.
    pub bytes: FormulaSpec,
    /// Bytes that pass L2 between two reads: they come from device memory again where these are more than it holds.
    pub distance_bytes: FormulaSpec,
}

/// How often a result is waited for, one wait after the other: loads that are issued together count once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WaitsSpec {
    /// Loads from shared memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<FormulaSpec>,
    /// Loads that hit L1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub l1: Option<FormulaSpec>,
    /// Loads that hit L2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub l2: Option<FormulaSpec>,
    /// Loads from device memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<FormulaSpec>,
    /// Clocks of other waits, such as dependent arithmetic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clocks: Option<FormulaSpec>,
}

impl WaitsSpec {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
