//! Reading a configuration that is to be checked.

use crate::failure::{ConfigurationFault, Failure};
use crate::{input, json};
use constrint::kernel::{Chosen, Part};
use constrint::tiling::Tiling;
use constrint_solver::model::MAX_VALUE;
use constrint_solver::{Model, language};
use serde_json::{Map, Value};

/// A value for each variable of the model, in its order.
///
/// The file is what `solve --json` or `solve --emit json` print, an object with `config`, or that object itself.
pub(crate) fn read(path: &str, tiling: &Tiling) -> Result<Chosen, Failure> {
    let origin = input::origin(path);
    let value = input::read_json(path)?;
    let parts = tiling.kernel.iter().flat_map(|(kernel, _)| kernel.parts()).filter(|part| !part.name.is_empty());
    let parts: Vec<Part> = parts.copied().collect();
    values(value, &parts, &tiling.model).map_err(|(variable, fault)| Failure::Configuration { origin, variable, fault })
}

type Fault = (Option<String>, ConfigurationFault);

fn values(value: Value, parts: &[Part], model: &Model) -> Result<Chosen, Fault> {
    let Value::Object(mut object) = value else { return Err((None, ConfigurationFault::NotAnObject)) };
    // A variable may be called `config`, but then its value is a number.
    let given = match object.get_mut("config") {
        Some(Value::Object(config)) => {
            let config = std::mem::take(config);
            beside(&object)?;
            config
        }
        _ => object,
    };
    let given = flattened(given, parts, model)?;
    if let Some(name) = given.keys().find(|name| model.find(name).is_none()) {
        let known = model.variables().iter().map(|variable| variable.name.clone());
        let nearest = language::nearest(name, known);
        return Err((Some(name.clone()), ConfigurationFault::Unknown { nearest }));
    }
    model.variables().iter().map(|variable| entry(&given, &variable.name)).collect()
}

/// The values of the parts of a kernel beside the others: `{"forward": {"variant": 1}}` is `{"forward_variant": 1}`. What the parts
/// choose together, all of them may name.
fn flattened(given: Map<String, Value>, parts: &[Part], model: &Model) -> Result<Map<String, Value>, Fault> {
    let mut flat = Map::new();
    let mut insert = |place: String, variable: String, value: Value| match flat.insert(variable, value.clone()) {
        Some(other) if other != value => Err((Some(place), ConfigurationFault::Differs)),
        _ => Ok(()),
    };
    for (name, value) in given {
        let part = parts.iter().find(|part| part.name == name);
        let (part, of_part) = match (part, value) {
            (Some(part), Value::Object(of_part)) => (part, of_part),
            (_, value) => {
                insert(name.clone(), name, value)?;
                continue;
            }
        };
        for (own, value) in of_part {
            let (place, variable) = (format!("{name}.{own}"), part.name_of(&own));
            if model.find(&variable).is_none() {
                let owns = model.variables().iter().filter_map(|variable| part.own_name(&variable.name));
                let nearest = language::nearest(&place, owns.map(|own| format!("{name}.{own}")));
                return Err((Some(place), ConfigurationFault::Unknown { nearest }));
            }
            insert(place, variable, value)?;
        }
    }
    Ok(flat)
}

/// A field beside `config` that no answer has may be meant as a value, which would be lost.
fn beside(object: &Map<String, Value>) -> Result<(), Fault> {
    let unknown = object.keys().find(|field| !json::BESIDE_CONFIG.contains(&field.as_str()));
    unknown.map_or(Ok(()), |field| Err((Some(field.clone()), ConfigurationFault::BesideConfig)))
}

fn entry(given: &Map<String, Value>, name: &str) -> Result<(String, i64), Fault> {
    let value = given.get(name).ok_or(ConfigurationFault::Missing).and_then(whole_number);
    value.map(|value| (name.to_owned(), value)).map_err(|fault| (Some(name.to_owned()), fault))
}

fn whole_number(value: &Value) -> Result<i64, ConfigurationFault> {
    let found = crate::text::shortened(&value.to_string(), 40);
    match value {
        Value::Number(number) if !number.is_f64() => {
            let small = number.as_i64().filter(|value| value.checked_abs().is_some_and(|size| size <= MAX_VALUE));
            small.ok_or(ConfigurationFault::TooLarge { found })
        }
        // The reader makes a float of an integer beyond 64 bits.
        Value::Number(number) if number.as_f64().is_some_and(|value| value.abs() >= 9e15) => {
            Err(ConfigurationFault::TooLarge { found })
        }
        _ => Err(ConfigurationFault::NotWhole { found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use constrint_solver::Values;
    use serde_json::json;

    fn read(value: Value) -> Result<Vec<i64>, Fault> {
        let mut model = Model::new();
        for name in ["tile", "config"] {
            model.add_variable(name, Values::range(1, 8, 1).unwrap()).unwrap();
        }
        values(value, &[], &model).map(|chosen| chosen.into_values().collect())
    }

    #[test]
    fn both_forms_in_any_order() {
        assert_eq!(read(json!({"config": 2, "tile": 1})), Ok(vec![1, 2]));
        assert_eq!(read(json!({"status": "optimal", "config": {"tile": 3, "config": 4}})), Ok(vec![3, 4]));
    }

    #[test]
    fn faults_name_the_variable() {
        let fault = |value| read(value).unwrap_err();
        assert_eq!(fault(json!([1])), (None, ConfigurationFault::NotAnObject));
        assert_eq!(fault(json!({"tile": 1})), (Some("config".to_owned()), ConfigurationFault::Missing));
        let (name, unknown) = fault(json!({"tile": 1, "config": 2, "tiel": 1}));
        assert_eq!(name.as_deref(), Some("tiel"));
        assert_eq!(unknown, ConfigurationFault::Unknown { nearest: vec!["tile".to_owned()] });
        let beside = fault(json!({"config": {"tile": 1, "config": 2}, "status": "optimal", "tile": 3}));
        assert_eq!(beside, (Some("tile".to_owned()), ConfigurationFault::BesideConfig));
        for wrong in [json!("1"), json!(1.5), json!(true), json!(null), json!([1])] {
            assert!(matches!(fault(json!({"tile": wrong, "config": 1})).1, ConfigurationFault::NotWhole { .. }));
        }
        for large in ["9007199254740992", "-9007199254740992", "18446744073709551615", "1e30"] {
            let large: Value = serde_json::from_str(large).unwrap();
            assert!(matches!(fault(json!({"tile": large, "config": 1})).1, ConfigurationFault::TooLarge { .. }));
        }
    }
}
