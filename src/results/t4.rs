//! T4, the results that auto-tuners exchange, version 1.0.0 of its schema.

use super::measurement::configuration;
use super::{Measurement, Status};
use crate::tiling::Tiling;
use serde_json::{Map, Value, json};

/// The columns that are times of a run's parts, and what T4 calls them.
const PARTS: [(&str, &str); 5] = [
    ("compile_time", "compilation"),
    ("benchmark_time", "benchmark"),
    ("framework_time", "framework"),
    ("strategy_time", "search_algorithm"),
    ("verification_time", "validation"),
];

/// The measurements as T4: times in milliseconds, `invalidity` being `correct` for what works.
pub fn t4(tiling: &Tiling, measurements: &[Measurement]) -> Value {
    let results: Vec<Value> = measurements.iter().map(|measurement| result(tiling, measurement)).collect();
    json!({"schema_version": "1.0.0", "results": results})
}

fn result(tiling: &Tiling, measurement: &Measurement) -> Value {
    let mut result = Map::new();
    if let Some(timestamp) = &measurement.timestamp {
        result.insert("timestamp".into(), timestamp.clone().into());
    }
    let mut times = Map::new();
    let mut measured = Vec::new();
    if let Some(mean_ms) = measurement.mean_ms() {
        measured.push(json!({"name": "time", "value": mean_ms, "unit": "ms"}));
    }
    for (name, value) in &measurement.others {
        match PARTS.iter().find(|(column, _)| column == name) {
            Some((_, part)) => {
                times.insert((*part).to_owned(), (*value).into());
            }
            None => measured.push(json!({"name": name, "value": value, "unit": ""})),
        }
    }
    times.insert("runtimes".into(), measurement.times_ms.clone().into());
    result.insert("configuration".into(), configuration(tiling, &measurement.values).into());
    result.insert("times".into(), times.into());
    result.insert("invalidity".into(), measurement.status.word().into());
    result.insert("correctness".into(), i32::from(measurement.status == Status::Correct).into());
    result.insert("measurements".into(), measured.into());
    result.insert("objectives".into(), json!(["time"]));
    result.into()
}
