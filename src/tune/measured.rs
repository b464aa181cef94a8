//! [`Measured`]: a configuration, and what it took.

use serde::{Deserialize, Serialize};

/// What became of a configuration that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It works and took so many milliseconds.
    #[serde(rename = "time_ms")]
    Took(f64),
    /// It does not work, in a word or a sentence.
    #[serde(rename = "failure")]
    Failed(String),
}

/// A configuration that was tried, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// In the order of the model's variables.
    pub values: Vec<i64>,
    /// What became of it.
    pub outcome: Outcome,
}
