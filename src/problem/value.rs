//! Values of tuning parameters: whole numbers, however other programs write them.

use super::python::Value as PythonValue;
use crate::diagnostic::Place;
use crate::problem::{ProblemError, ProblemFault};
use constrint_solver::model::MAX_VALUE;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde_json::Value;

/// How a value may be written in JSON.
#[cfg(feature = "schema")]
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "TuneValue")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum Written {
    /// A whole number.
    Integer(i64),
    /// 1 or 0.
    Truth(bool),
}

/// A JSON value as a whole number; true is 1 and false is 0.
pub(super) fn of_json(value: &Value, place: &Place) -> Result<i64, ProblemError> {
    match value {
        Value::Bool(value) => Ok(i64::from(*value)),
        Value::String(text) => Err(place.fault(text_fault(text))),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => small(i128::from(value), place),
            (None, Some(value)) => of_real(value, &number.to_string(), place),
            (None, None) => Err(too_large(number, place)),
        },
        Value::Null => Err(place.fault(ProblemFault::ValueForm { found: "null".to_owned() })),
        Value::Array(_) => Err(place.fault(ProblemFault::ValueForm { found: "a list".to_owned() })),
        Value::Object(_) => Err(place.fault(ProblemFault::ValueForm { found: "an object".to_owned() })),
    }
}

/// A value of Python as a whole number; `True` is 1 and `False` is 0.
pub(super) fn of_python(value: &PythonValue, place: &Place) -> Result<i64, ProblemError> {
    match value {
        PythonValue::Integer(value) => small(*value, place),
        PythonValue::Truth(value) => Ok(i64::from(*value)),
        PythonValue::Real(value) => of_real(*value, &format!("{value:?}"), place),
        PythonValue::Text(text) => Err(place.fault(text_fault(text))),
        other => Err(place.fault(ProblemFault::ValueForm { found: other.kind().to_owned() })),
    }
}

fn text_fault(text: &str) -> ProblemFault {
    ProblemFault::TextValue { text: text.chars().take(60).collect() }
}

fn too_large(number: &impl ToString, place: &Place) -> ProblemError {
    place.fault(ProblemFault::NumberTooLarge { number: number.to_string() })
}

fn small(value: i128, place: &Place) -> Result<i64, ProblemError> {
    let fits = i64::try_from(value).ok().filter(|value| value.unsigned_abs() <= MAX_VALUE.unsigned_abs());
    fits.ok_or_else(|| too_large(&value, place))
}

fn of_real(value: f64, written: &str, place: &Place) -> Result<i64, ProblemError> {
    if value.fract() != 0.0 {
        return Err(place.fault(ProblemFault::FractionValue { number: written.to_owned() }));
    }
    // Not a number, and infinity, have no fraction of 0 or are too large.
    #[expect(clippy::cast_possible_truncation, reason = "larger numbers stay larger than the limit")]
    small(value as i128, place)
}
