//! The parameters of a described kernel, and what its arrays hold.

use super::FormulaSpec;
use crate::kernel::Scalar;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A parameter of a described kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum ArgumentSpec {
    /// A number: `{"type": "int32", "value": "n"}`
    Number(NumberSpec),
    /// The address of an array: `{"name": "a", "type": "fp32", "elements": "m * k"}`
    Array(ArraySpec),
}

/// A number that the kernel takes. A struct that is passed by value is given by its fields, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NumberSpec {
    /// Its type: int32 is `int`, uint64 is `unsigned long long`.
    #[serde(rename = "type")]
    pub scalar: Scalar,
    /// The number; of a type of real numbers it may be a fraction, such as `"1 / 3"`.
    pub value: FormulaSpec,
}

/// An array in the GPU's memory whose address the kernel takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ArraySpec {
    /// What messages call it.
    pub name: String,
    /// The type of its elements.
    #[serde(rename = "type")]
    pub scalar: Scalar,
    /// How many there are; of none the kernel is given a null pointer.
    pub elements: FormulaSpec,
    /// What they are before the kernel runs; random if absent, unless there is a `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<HoldsSpec>,
    /// The bytes that it holds before the kernel runs, in a file, relative to the problem's; in place of `holds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What the elements are to be when the kernel has run once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedSpec>,
}

/// What an array holds before the kernel runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum HoldsSpec {
    /// Numbers from -1 to 1, or whole ones from 0 to 99, the same in each run.
    #[default]
    Random,
    /// Zeros.
    Zeros,
    /// All bits one, which is no number where the type has real numbers: for what the kernel only writes.
    Nothing,
}

/// What an array is to hold when the kernel has run: an element may be off by the larger of both bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExpectedSpec {
    /// The file with all elements, as they lie in memory, relative to the problem's.
    pub file: String,
    /// How far each may be off.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0)))]
    pub absolute: f64,
    /// How far each may be off as a part of what it should be.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0)))]
    pub relative: f64,
}

impl ArgumentSpec {
    /// The files that it names.
    pub(super) fn files_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let array = match self {
            Self::Array(array) => Some(array),
            Self::Number(_) => None,
        };
        array
            .into_iter()
            .flat_map(|array| array.file.iter_mut().chain(array.expected.iter_mut().map(|expected| &mut expected.file)))
    }
}
