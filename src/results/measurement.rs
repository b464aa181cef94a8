//! [`Measurement`]: what is known of a configuration that was tried.

use crate::tiling::Tiling;
use indexmap::IndexMap;

/// What is known of a configuration that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// In the order of the model's variables.
    pub values: Vec<i64>,
    /// Whether it works, or else why not.
    pub status: Status,
    /// Why it does not work, in words, where somebody said so.
    pub failure: Option<String>,
    /// How long each run took, in milliseconds; none where it does not work.
    pub times_ms: Vec<f64>,
    /// When it was measured, as written.
    pub timestamp: Option<String>,
    /// Other numbers, by name: `compile_time` and other times in milliseconds, and whatever else was measured.
    pub others: IndexMap<String, f64>,
}

/// Whether a configuration works, or else why not: the words of T4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It works.
    Correct,
    /// It does not compile.
    Compile,
    /// It does not run.
    Runtime,
    /// Its results are wrong.
    Correctness,
    /// It violates a constraint, perhaps one that the problem does not have.
    Constraints,
    /// It took too long.
    Timeout,
}

impl Status {
    /// The word of T4.
    pub fn word(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Compile => "compile",
            Self::Runtime => "runtime",
            Self::Correctness => "correctness",
            Self::Constraints => "constraints",
            Self::Timeout => "timeout",
        }
    }

    /// What a word says: one of T4, of Kernel Tuner or of a log of trials.
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "correct" | "works" | "ok" => Self::Correct,
            "compile" | "CompilationFailedConfig" => Self::Compile,
            "runtime" | "fails" | "RuntimeFailedConfig" => Self::Runtime,
            "correctness" => Self::Correctness,
            "constraints" | "InvalidConfig" => Self::Constraints,
            "timeout" => Self::Timeout,
            _ => return None,
        })
    }
}

impl Measurement {
    /// The mean time of its runs in milliseconds, if there are any.
    pub fn mean_ms(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "nobody measures 2^53 times")]
        let count = self.times_ms.len() as f64;
        (count > 0.0).then(|| self.times_ms.iter().sum::<f64>() / count)
    }
}

/// Names and values of a configuration.
pub(super) fn configuration(tiling: &Tiling, values: &[i64]) -> serde_json::Map<String, serde_json::Value> {
    let names = tiling.model.variables().iter().map(|variable| variable.name.clone());
    names.zip(values.iter().map(|&value| value.into())).collect()
}
