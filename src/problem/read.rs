//! Reading a problem: JSON text to [`Problem`], with a message that points at the field.
//!
//! The variants of an untagged enum share one unhelpful serde message, so they are tried by hand first: the fields
//! present decide which form was meant, and that form's own message is passed on.

use super::json::check_length;
use super::{
    AccessSpec, ArraySpec, CostSpec, DivisorsSpec, GoalSpec, KernelDescription, LexicographicSpec, ListSpec, MacroSpec,
    MeantSpec, NamedConstraintSpec, NumberSpec, OccupancySpec, PowersSpec, Problem, RangeSpec, RereadSpec, RoleSpec,
    TensorSpec, WaitsSpec, WorkSpec,
};
use super::{kernel_tuner, t1};
use crate::diagnostic::Place;
use crate::problem::{ProblemError, ProblemFault};
use constrint_solver::model::MAX_VALUE;
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

impl Problem {
    /// Reads the native JSON format, or T1 JSON as [`Problem::from_t1`] does: an object with a `ConfigurationSpace`.
    ///
    /// # Errors
    /// [`ProblemError::Json`] where the text is no JSON, [`ProblemError::Field`] where a field is not as the format has it.
    pub fn from_json(text: &str) -> Result<Self, ProblemError> {
        check_length(text)?;
        let value = super::json_value(text)?;
        if t1::is_t1(&value) {
            return t1::of_json(&value).map(|(problem, _)| problem);
        }
        if !value.is_object() {
            return Err(Place::root().fault(ProblemFault::Field { reason: "a problem is a JSON object".into() }));
        }
        check_numbers(&value, &Place::root())?;
        check_forms(&value)?;
        // The text again, not the value: its errors know line and column.
        let problem: Self = serde_json::from_str(text).map_err(|error| ProblemError::json(&error))?;
        if problem.version != 1 {
            return Err(Place::at("version").fault(ProblemFault::Version { version: problem.version }));
        }
        Ok(problem)
    }

    /// A problem in which nothing is stated.
    pub(super) fn empty() -> Self {
        Self {
            version: 1,
            name: None,
            kernel: None,
            gpu: None,
            gpus: None,
            shape: IndexMap::new(),
            shapes: None,
            dtype: None,
            constants: IndexMap::new(),
            variables: IndexMap::new(),
            tune_params: IndexMap::new(),
            constraints: Vec::new(),
            restrictions: Vec::new(),
            objective: None,
            occupancy: None,
            solve: None,
        }
    }

    /// The problem as pretty JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data")
    }
}

/// Refuses numbers beyond 2^53 - 1 wherever they stand.
fn check_numbers(value: &Value, place: &Place) -> Result<(), ProblemError> {
    match value {
        Value::Number(number) => {
            let small = number.as_i64().is_some_and(|value| value.checked_abs().is_some_and(|size| size <= MAX_VALUE))
                || number.as_f64().is_some_and(|value| number.is_f64() && value.abs() < 9e15);
            if small { Ok(()) } else { Err(place.fault(ProblemFault::NumberTooLarge { number: number.to_string() })) }
        }
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| check_numbers(item, &place.index(index)))
        }
        // A custom GPU's rates go beyond 2^53; its own reader checks them.
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !(place.is_root() && matches!(name.as_str(), "gpu" | "gpus")))
            .try_for_each(|(name, field)| check_numbers(field, &place.field(name))),
        _ => Ok(()),
    }
}

fn check_forms(problem: &Value) -> Result<(), ProblemError> {
    if let Some(Value::Object(variables)) = problem.get("variables") {
        for (name, value) in variables {
            variable(value, &Place::at("variables").field(name))?;
        }
    }
    kernel_tuner::check_forms(problem)?;
    if let Some(value) = problem.get("shape") {
        shape(value, &Place::at("shape"))?;
    }
    if let Some(Value::Array(shapes)) = problem.get("shapes") {
        for (index, value) in shapes.iter().enumerate() {
            shape(value, &Place::at("shapes").index(index))?;
        }
    }
    if let Some(value) = problem.get("occupancy") {
        occupancy(value, &Place::at("occupancy"))?;
    }
    if let Some(Value::Array(constraints)) = problem.get("constraints") {
        for (index, value) in constraints.iter().enumerate() {
            constraint(value, &Place::at("constraints").index(index))?;
        }
    }
    if let Some(value) = problem.get("kernel") {
        kernel(value, &Place::at("kernel"))?;
    }
    match problem.get("objective") {
        Some(value) => objective(value, &Place::at("objective")),
        None => Ok(()),
    }
}

fn read<T: DeserializeOwned>(value: &Value, place: &Place) -> Result<T, ProblemError> {
    serde_json::from_value(value.clone())
        .map_err(|error| place.fault(ProblemFault::Field { reason: error.to_string() }))
}

fn variable(value: &Value, place: &Place) -> Result<(), ProblemError> {
    if value.get("values").is_some() {
        read::<ListSpec>(value, place).map(drop)
    } else if value.get("divisors_of").is_some() {
        read::<DivisorsSpec>(value, place).map(drop)
    } else if value.get("powers_of").is_some() {
        read::<PowersSpec>(value, place).map(drop)
    } else if value.get("min").is_some() || value.get("max").is_some() {
        read::<RangeSpec>(value, place).map(drop)
    } else {
        Err(place.fault(ProblemFault::VariableForm))
    }
}

fn shape(value: &Value, place: &Place) -> Result<(), ProblemError> {
    let mut entries = value.as_object().into_iter().flatten();
    match entries.find(|(_, value)| !value.is_i64() && !value.is_string()) {
        Some((name, value)) => Err(place.field(name).fault(ProblemFault::ShapeForm { found: value.to_string() })),
        None => Ok(()),
    }
}

fn occupancy(value: &Value, place: &Place) -> Result<(), ProblemError> {
    let formulas =
        value.as_object().into_iter().flatten().filter(|(field, _)| *field != "opt_in_bytes" && *field != "prefix");
    for (field, value) in formulas {
        formula(value, &place.field(field))?;
    }
    read::<OccupancySpec>(value, place).map(drop)
}

fn formula(value: &Value, place: &Place) -> Result<(), ProblemError> {
    let found = || ProblemFault::FormulaForm { found: value.to_string() };
    if value.is_i64() || value.is_string() { Ok(()) } else { Err(place.fault(found())) }
}

fn constraint(value: &Value, place: &Place) -> Result<(), ProblemError> {
    match value {
        Value::String(_) => Ok(()),
        Value::Object(_) => read::<NamedConstraintSpec>(value, place).map(drop),
        _ => Err(place.fault(ProblemFault::ConstraintForm)),
    }
}

fn objective(value: &Value, place: &Place) -> Result<(), ProblemError> {
    let Some(stages) = value.get("lexicographic") else {
        return goal(value, place);
    };
    for (index, stage) in stages.as_array().into_iter().flatten().enumerate() {
        goal(stage, &place.field("lexicographic").index(index))?;
    }
    read::<LexicographicSpec>(value, place).map(drop)
}

fn kernel(value: &Value, place: &Place) -> Result<(), ProblemError> {
    let Some(fields) = value.as_object() else {
        return if value.is_string() { Ok(()) } else { Err(place.fault(ProblemFault::KernelForm)) };
    };
    for (name, value) in fields {
        let place = place.field(name);
        match name.as_str() {
            "block" | "grid" | "cluster" => extents(value, &place, formula)?,
            "registers_per_thread"
            | "static_shared_memory_bytes"
            | "dynamic_shared_memory_bytes"
            | "min_blocks_per_sm"
            | "launches" => formula(value, &place)?,
            "definitions" => {
                for (name, value) in value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_string()) {
                    read::<MeantSpec>(value, &place.field(name))?;
                }
            }
            "roles" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let place = place.field(name);
                    let mut formulas = value.as_object().into_iter().flatten();
                    formulas.try_for_each(|(name, value)| formula(value, &place.field(name)))?;
                    read::<RoleSpec>(value, &place)?;
                }
            }
            "arguments" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    argument(value, &place.index(index))?;
                }
            }
            "cost" => drop(read::<CostSpec>(value, &place)?),
            "work" => work(value, &place)?,
            "macros" => drop(read::<MacroSpec>(value, &place)?),
            _ => {}
        }
    }
    read::<KernelDescription>(value, place).map(drop)
}

/// A number has a value, an array does not.
fn argument(value: &Value, place: &Place) -> Result<(), ProblemError> {
    let formula_of = |field: &str| value.get(field).map_or(Ok(()), |value| formula(value, &place.field(field)));
    if value.get("value").is_some() {
        formula_of("value")?;
        return read::<NumberSpec>(value, place).map(drop);
    }
    formula_of("elements")?;
    read::<ArraySpec>(value, place).map(drop)
}

/// Every value in the work is a formula, but for what holds some and the type of operands.
fn work(value: &Value, place: &Place) -> Result<(), ProblemError> {
    for (name, value) in value.as_object().into_iter().flatten() {
        let place = place.field(name);
        match name.as_str() {
            "shared" | "global" => {
                for (index, access) in value.as_array().into_iter().flatten().enumerate() {
                    each_formula(access, &place.index(index))?;
                    read::<AccessSpec>(access, &place.index(index))?;
                }
            }
            "tensor" => drop(read::<TensorSpec>(value, &place)?),
            "reread" => drop(read::<RereadSpec>(value, &place)?),
            "waits" | "block_waits" => {
                each_formula(value, &place)?;
                read::<WaitsSpec>(value, &place)?;
            }
            _ => formula(value, &place)?,
        }
    }
    read::<WorkSpec>(value, place).map(drop)
}

fn each_formula(value: &Value, place: &Place) -> Result<(), ProblemError> {
    value.as_object().into_iter().flatten().try_for_each(|(name, value)| formula(value, &place.field(name)))
}

/// One to three formulas.
fn extents(
    value: &Value,
    place: &Place,
    formula: impl Fn(&Value, &Place) -> Result<(), ProblemError>,
) -> Result<(), ProblemError> {
    let items = value.as_array().filter(|items| (1..=3).contains(&items.len()));
    let items = items.ok_or_else(|| place.located(ProblemFault::ExtentsForm))?;
    items.iter().enumerate().try_for_each(|(index, item)| formula(item, &place.index(index)))
}

fn goal(value: &Value, place: &Place) -> Result<(), ProblemError> {
    match value.as_object() {
        Some(fields) if fields.len() == 1 && (fields.contains_key("minimize") || fields.contains_key("maximize")) => {
            read::<GoalSpec>(value, place).map(drop)
        }
        _ => Err(place.fault(ProblemFault::ObjectiveForm)),
    }
}
