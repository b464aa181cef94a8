//! The fields of a [`Gpu`] as JSON: set one by one, and blamed by name.

use super::{Gpu, GpuFault, HardwareError};
use serde_json::{Map, Value};

/// The key that names the GPU that an object of limits starts from.
pub(super) const BASE: &str = "base";
/// The key that names the slice of it.
pub(super) const MIG: &str = "mig";

/// A GPU from its fields, not checked beyond their types.
pub(super) fn from_fields(fields: &Map<String, Value>) -> Result<Gpu, HardwareError> {
    serde_json::from_value(Value::Object(fields.clone())).map_err(|error| blame(fields, &error))
}

/// Sets a known field; an object is merged into the object that is there.
pub(super) fn insert(fields: &mut Map<String, Value>, field: &str, value: &Value) -> Result<(), HardwareError> {
    let known = to_fields(template());
    if !known.contains_key(field) {
        return Err(unknown(field, field, known.keys().map(String::as_str).chain([BASE, MIG])));
    }
    match (known.get(field), value) {
        (Some(Value::Object(known)), Value::Object(given)) => {
            let nested = fields.entry(field).or_insert_with(|| Value::Object(Map::new()));
            for (key, value) in given {
                if !known.contains_key(key) {
                    return Err(unknown(&format!("{field}.{key}"), key, known.keys().map(String::as_str)));
                }
                nested[key.as_str()] = value.clone();
            }
        }
        _ => {
            fields.insert(field.to_owned(), value.clone());
        }
    }
    Ok(())
}

/// Any GPU: a source of the names of the fields.
fn template() -> &'static Gpu {
    &super::catalog().gpus()[0]
}

/// The fields of a GPU as JSON. A struct of numbers and strings always has such a form.
pub(super) fn to_fields(gpu: &Gpu) -> Map<String, Value> {
    match serde_json::to_value(gpu) {
        Ok(Value::Object(fields)) => fields,
        other => unreachable!("a Gpu is a JSON object, not {other:?}"),
    }
}

/// The fields that have no default: those without which a sound GPU is none, so that they are listed nowhere else.
pub(super) fn required_fields() -> Vec<String> {
    let sound = to_fields(template());
    let is_required = |field: &&String| {
        let mut fields = sound.clone();
        fields.remove(*field);
        serde_json::from_value::<Gpu>(Value::Object(fields)).is_err()
    };
    sound.keys().filter(is_required).cloned().collect()
}

/// Finds the field that serde stumbled over: serde names no place, so that each is tried alone in a GPU that is sound.
fn blame(fields: &Map<String, Value>, error: &serde_json::Error) -> HardwareError {
    let fits = |field: &str, value: &Value| {
        let mut sound = to_fields(template());
        sound.insert(field.to_owned(), value.clone());
        serde_json::from_value::<Gpu>(Value::Object(sound)).err()
    };
    let faulty = fields.iter().find_map(|(field, value)| Some((field, fits(field, value)?)));
    match faulty {
        Some((field, error)) => wrong_type(field, &error.to_string()),
        None => wrong_type("gpu", &error.to_string()),
    }
}

pub(super) fn wrong_type(field: &str, reason: &str) -> HardwareError {
    HardwareError::InvalidGpu { field: field.to_owned(), fault: GpuFault::WrongType { reason: reason.to_owned() } }
}

fn unknown<'a>(path: &str, field: &str, known: impl Iterator<Item = &'a str>) -> HardwareError {
    let nearest = known.min_by_key(|name| strsim::levenshtein(field, name)).unwrap_or(BASE).to_owned();
    HardwareError::InvalidGpu { field: path.to_owned(), fault: GpuFault::Unknown { nearest } }
}
