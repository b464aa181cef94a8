//! Kernel Tuner's cache file, version 1.1.0 of its schema.
//!
//! Kernel Tuner goes on writing to such a file: it cuts off the last brackets and appends. So each configuration has a
//! line, and the file ends as those that it writes itself.

use super::measurement::configuration;
use super::{Measurement, Status};
use crate::tiling::Tiling;
use constrint_solver::Values;
use serde_json::{Map, Value, json};

/// What a cache file says of all its configurations. Kernel Tuner refuses a file in which one of these differs from
/// what it is about to tune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The device's name.
    pub device: String,
    /// The kernel's name.
    pub kernel: String,
    /// The size of the problem in each dimension.
    pub problem_size: Vec<i64>,
    /// When the measurements were made, where they do not say it: such as `2026-01-31 12:00:00+00:00`.
    pub timestamp: String,
}

/// The times that Kernel Tuner expects with each configuration, in milliseconds; 0 where they are not known.
const PARTS: [&str; 5] = ["compile_time", "verification_time", "benchmark_time", "strategy_time", "framework_time"];

/// More values of a variable than this are not listed.
const MOST_LISTED: u64 = 1 << 20;

/// The measurements as a cache file.
pub fn kernel_tuner(tiling: &Tiling, head: &Head, measurements: &[Measurement]) -> String {
    let variables = tiling.model.variables();
    let names: Vec<&str> = variables.iter().map(|variable| variable.name.as_str()).collect();
    let values = variables.iter().enumerate().map(|(index, variable)| {
        let measured = measurements.iter().map(|measurement| measurement.values[index]);
        (variable.name.clone(), listed(&variable.values, measured).into())
    });
    let fields = [
        ("schema_version", json!("1.1.0")),
        ("device_name", json!(head.device)),
        ("kernel_name", json!(head.kernel)),
        ("problem_size", json!(head.problem_size)),
        ("tune_params_keys", json!(names)),
        ("tune_params", Value::Object(values.collect())),
        ("objective", json!("time")),
    ];
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    let lines: Vec<String> = measurements.iter().map(|measurement| line(tiling, head, measurement)).collect();
    format!("{{\n{},\n\"cache\": {{\n{}}}\n}}\n", fields.join(",\n"), lines.join(",\n"))
}

/// All values, or, of too many to be listed, those that were measured.
fn listed(values: &Values, measured: impl Iterator<Item = i64>) -> Vec<i64> {
    if values.len() <= MOST_LISTED {
        return values.iter().collect();
    }
    let mut measured: Vec<i64> = measured.collect();
    measured.sort_unstable();
    measured.dedup();
    measured
}

/// `"16,1": {…}`
fn line(tiling: &Tiling, head: &Head, measurement: &Measurement) -> String {
    let key: Vec<String> = measurement.values.iter().map(i64::to_string).collect();
    let mut entry: Map<String, Value> = configuration(tiling, &measurement.values);
    let failed = match measurement.status {
        Status::Correct => None,
        Status::Compile => Some("CompilationFailedConfig"),
        Status::Constraints => Some("InvalidConfig"),
        Status::Runtime | Status::Correctness | Status::Timeout => Some("RuntimeFailedConfig"),
    };
    match (failed, measurement.mean_ms()) {
        (None, Some(mean_ms)) => {
            entry.insert("time".into(), mean_ms.into());
            entry.insert("times".into(), measurement.times_ms.clone().into());
        }
        (failed, _) => {
            entry.insert("time".into(), failed.unwrap_or("InvalidConfig").into());
        }
    }
    for part in PARTS {
        entry.insert(part.into(), measurement.others.get(part).copied().unwrap_or(0.0).into());
    }
    for (name, &value) in measurement.others.iter().filter(|(name, _)| !PARTS.contains(&name.as_str())) {
        entry.insert(name.clone(), value.into());
    }
    let timestamp = measurement.timestamp.as_ref().unwrap_or(&head.timestamp);
    entry.insert("timestamp".into(), timestamp.clone().into());
    format!("\"{}\": {}", key.join(","), Value::Object(entry))
}
