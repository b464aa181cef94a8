//! [`FormulaSpec`]: a number or an expression, as fields of a described kernel have it.

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number or an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum FormulaSpec {
    /// Always this.
    Integer(i64),
    /// An expression, such as `"block_x * block_y"`.
    Text(String),
}

impl FormulaSpec {
    /// As the expression language has it.
    pub fn text(&self) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}
