//! What the user writes: a tiling problem as JSON, or `ConstrINT` text or T1 JSON that becomes one.
//!
//! | file | holds |
//! | --- | --- |
//! | `read`, `json` | native JSON to a problem, with a message that points at the field |
//! | `constrint` | `ConstrINT` text |
//! | `t1/`, `python/` | T1 JSON, the search spaces of auto-tuners, and the Python lists in it |
//! | `kernel_tuner`, `value` | `tune_params` and `restrictions` as Kernel Tuner has them; whole numbers however written |
//! | `doubts` | what is accepted in an expression but perhaps not meant |
//! | `kernel`, `argument`, `work`, `formula`, `occupancy` | the fields of these names: a kernel of one's own, what it is called with, what it does, their formulas; what a block asks of an SM |
//! | `error`, `fault` | why a text is no problem; what is wrong with a field |
//! | `truth` | where `and` and `or` mean something else in Python |
//!
//! The types here are the format; `deny_unknown_fields` on each, so that a misspelt field is refused with its place. What
//! the numbers mean is decided by [`crate::tiling::lower`].

mod argument;
mod constrint;
mod doubts;
mod error;
mod fault;
mod formula;
mod json;
mod kernel;
pub(crate) mod kernel_tuner;
mod occupancy;
mod python;
mod read;
mod t1;
pub(crate) mod truth;
mod value;
mod work;

pub use crate::kernel::{Scalar, ShapeValue};
pub use argument::{ArgumentSpec, ArraySpec, ExpectedSpec, HoldsSpec, NumberSpec};
pub use doubts::Doubt;
pub use error::ProblemError;
pub use fault::ProblemFault;
pub use formula::FormulaSpec;
pub use json::json_value;
pub use python::{MOST_ITEMS, MOST_STEPS, PythonError, PythonErrorKind};
pub use t1::{Warning as T1Warning, is_t1};

pub use kernel::{CostSpec, DefinitionSpec, KernelDescription, KernelSpec, MacroCase, MacroSpec, MeantSpec, RoleSpec};
pub use occupancy::OccupancySpec;
pub use work::{AccessSpec, RereadSpec, TensorOperands, TensorSpec, WaitsSpec, WorkSpec};

use crate::hardware::GpuSpec;
use indexmap::IndexMap;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A tiling problem, version 1 of the format. All but `version` and either `kernel` or `variables` is optional.
///
/// ```
/// let problem = constrint::Problem::from_json(
///     r#"{"version": 1,
///         "constants": {"budget": 4096},
///         "variables": {"tile": {"powers_of": 2, "max": 256}, "n": {"min": 1, "max": 64, "step": 8}},
///         "constraints": ["tile * n <= budget"],
///         "objective": {"maximize": "tile * n"}}"#,
/// )?;
/// assert_eq!(problem.variables.len(), 2);
/// # Ok::<(), constrint::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Version of this format: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    pub version: u32,
    /// A name for messages and generated files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of a shipped kernel (`constrint kernels` lists them), whose variables and constraints come from it, or a
    /// kernel of one's own, described by formulas over the problem's variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<KernelSpec>,
    /// The GPU: a catalog name, or limits that may start from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<GpuSpec>,
    /// Of a dispatch table, which `constrint table` writes: its GPUs, each as in `gpu`, in whose place they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpus: Option<Vec<GpuSpec>>,
    /// The shape of the kernel's operands, by the kernel's names; beside `shapes`, what all of them share.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub shape: IndexMap<String, ShapeValue>,
    /// Of a dispatch table: its shapes. Each may have a `dtype` of its own, and says what differs from `shape`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shapes: Option<Vec<IndexMap<String, ShapeValue>>>,
    /// The type of the kernel's operands, such as `bf16`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// Named numbers for use in expressions.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub constants: IndexMap<String, i64>,
    /// The numbers to be chosen. With a kernel, a name of the kernel narrows its variable; other names are new.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variables: IndexMap<String, VariableSpec>,
    /// More of them, as Kernel Tuner has them: each name with the list of its values, or with its text in Python.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty", deserialize_with = "kernel_tuner::tune_params")]
    #[cfg_attr(feature = "schema", schemars(with = "IndexMap<String, kernel_tuner::Written>"))]
    pub tune_params: IndexMap<String, Vec<i64>>,
    /// What a block asks of an SM: with it, expressions know `blocks_per_sm` and `warps_per_sm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupancy: Option<OccupancySpec>,
    /// What must hold, beside what the kernel demands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<ConstraintSpec>,
    /// More of that, as Kernel Tuner has it: expressions of Python in which parameters may be written as `p["name"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<String>,
    /// What to make best; without it the kernel's predicted time, or else the first solution in variable order. A point where
    /// an objective has no value, such as `1 // x` at 0, is no solution, whatever is asked of the solutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<ObjectiveSpec>,
    /// Limits of the search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solve: Option<SolveSpec>,
}

/// The values that a variable may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum VariableSpec {
    /// The given values.
    List(ListSpec),
    /// The positive divisors of a number.
    Divisors(DivisorsSpec),
    /// The powers of a base, from its power 0 = 1.
    Powers(PowersSpec),
    /// `min, min + step, …` up to `max`.
    Range(RangeSpec),
}

/// `{"values": [16, 32]}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListSpec {
    /// In any order.
    pub values: Vec<i64>,
}

/// `{"divisors_of": 768}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DivisorsSpec {
    /// A positive number.
    pub divisors_of: i64,
    /// Smaller divisors are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Larger divisors are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

/// `{"powers_of": 2, "max": 1024}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PowersSpec {
    /// The base, at least 2.
    pub powers_of: i64,
    /// Smaller powers are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest value allowed.
    pub max: i64,
}

/// `{"min": 1, "max": 64, "step": 8}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RangeSpec {
    /// Smallest value.
    pub min: i64,
    /// The largest value allowed.
    pub max: i64,
    /// Distance of neighbouring values; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
}

/// Something that must hold: an expression, alone or with a name and a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum ConstraintSpec {
    /// `"tile * n <= 4096"`
    Text(String),
    /// `{"name": "fits L2", "expr": "…", "because": "…"}`
    Named(NamedConstraintSpec),
}

/// A constraint with a name and a reason, which explanations repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NamedConstraintSpec {
    /// How messages call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The expression that must be true.
    pub expr: String,
    /// Why it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What to make best.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum ObjectiveSpec {
    /// The first objective decides, the second breaks its ties, and so on.
    Lexicographic(LexicographicSpec),
    /// One objective.
    Single(GoalSpec),
}

/// `{"lexicographic": [{"maximize": "a"}, {"minimize": "b"}]}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LexicographicSpec {
    /// Most important first.
    pub lexicographic: Vec<GoalSpec>,
}

/// `{"minimize": "…"}` or `{"maximize": "…"}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum GoalSpec {
    /// Smaller is better.
    Minimize(String),
    /// Larger is better.
    Maximize(String),
}

/// Limits of the search.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SolveSpec {
    /// Wall-clock time in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0)))]
    pub time_limit_s: Option<f64>,
    /// Nodes of the search tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_limit: Option<u64>,
    /// Bytes that the search may hold, estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit_bytes: Option<u64>,
}

/// The JSON Schema of the format.
#[cfg(feature = "schema")]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Problem).to_value()
}
