//! Reading T1 JSON, the search spaces that auto-tuners exchange.
//!
//! Of such a file the `ConfigurationSpace` is read, and the kernel's name. `TuningParameters` become variables and
//! `Conditions` constraints. How the kernel is compiled, launched and measured (the rest of `KernelSpecification`,
//! `General`, `Search`, `Budget`, the parameters' `Default`) plays no part in the space and is not looked at.
//!
//! `Values` is the text of a Python list, which [`super::python`] evaluates without Python, or a JSON list. Variables are
//! whole numbers: `True` and 2.0 are 1 and 2, and a parameter whose values are texts or fractions is refused by its name.
//! An `Expression` is one of the native language, whose `/` is exact. In Python `a or b` gives one of its operands; where
//! that would be computed with, the condition is refused, since here it is a truth value.

#[cfg(test)]
mod tests;
mod warning;

pub use warning::Warning;

use super::truth::refuse_choices_as_numbers;
use super::{ConstraintSpec, ListSpec, NamedConstraintSpec, Problem, VariableSpec, kernel_tuner};
use crate::error::{Error, Place, ProblemFault};
use constrint_solver::language::{self, Scope};
use constrint_solver::{Expr, Model, Values, VarId};
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// The field that a file has if and only if it is T1.
const SPACE: &str = "ConfigurationSpace";

/// Whether a JSON value is meant to be T1.
pub(super) fn is_t1(value: &Value) -> bool {
    value.get(SPACE).is_some()
}

impl Problem {
    /// Reads T1 JSON, and tells what in it may not be meant. [`Problem::from_json`] reads it as well, without a word.
    ///
    /// The problem is called what the file calls the kernel, or else the benchmark.
    ///
    /// ```
    /// let text = r#"{"ConfigurationSpace": {
    ///     "TuningParameters": [{"Name": "x", "Type": "int", "Values": "[2**i for i in range(4)]", "Default": 1},
    ///                          {"Name": "y", "Type": "int", "Values": "list(range(1, 9))", "Default": 1}],
    ///     "Conditions": [{"Expression": "x % y == 0", "Parameters": ["x", "y"]}]}}"#;
    /// let (problem, warnings) = constrint::Problem::from_t1(text)?;
    /// assert!(warnings.is_empty() && problem.variables.len() == 2);
    /// # Ok::<(), constrint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Json`] where the text is no JSON, [`Error::Python`] or [`Error::Syntax`] where values or a condition
    /// cannot be read, [`Error::Problem`] for anything else.
    pub fn from_t1(text: &str) -> Result<(Self, Vec<Warning>), Error> {
        super::read::check_length(text)?;
        of_json(&super::json_value(text)?)
    }
}

/// The problem that T1 JSON stands for.
pub(super) fn of_json(file: &Value) -> Result<(Problem, Vec<Warning>), Error> {
    let place = Place::at(SPACE);
    let space = object(file.get(SPACE).unwrap_or(&Value::Null), &place)?;
    let mut reader = Reader::default();
    let (parameters, at) = list(space, "TuningParameters", &place)?;
    for (index, parameter) in parameters.iter().enumerate() {
        reader.parameter(parameter, &at.index(index))?;
    }
    if reader.problem_variables.is_empty() {
        return Err(field_fault(&at, "there is no parameter to tune"));
    }
    if space.contains_key("Conditions") {
        let (conditions, at) = list(space, "Conditions", &place)?;
        for (index, condition) in conditions.iter().enumerate() {
            reader.condition(condition, format!("Conditions[{index}]"), &at.index(index))?;
        }
    }
    let problem = Problem {
        name: name(file),
        variables: reader.problem_variables,
        constraints: reader.constraints,
        ..Problem::empty()
    };
    Ok((problem, reader.warnings))
}

/// What the kernel is called, or else the benchmark.
fn name(file: &Value) -> Option<String> {
    let of = |part: &str, field: &str| file.get(part)?.get(field)?.as_str().map(str::to_owned);
    let kernel = of("KernelSpecification", "KernelName");
    kernel.or_else(|| of("General", "BenchmarkName")).filter(|name| !name.is_empty())
}

#[derive(Default)]
struct Reader {
    /// The parameters, for the names in conditions.
    model: Model,
    problem_variables: IndexMap<String, VariableSpec>,
    constraints: Vec<ConstraintSpec>,
    warnings: Vec<Warning>,
}

impl Reader {
    fn parameter(&mut self, parameter: &Value, place: &Place) -> Result<(), Error> {
        let parameter = object(parameter, place)?;
        let name = text(parameter, "Name", place)?;
        let at = place.field("Name");
        if !language::is_name(name) {
            return Err(at.fault(ProblemFault::Name { name: name.to_owned() }));
        }
        if self.problem_variables.contains_key(name) {
            return Err(at.fault(ProblemFault::NameTaken { name: name.to_owned(), by: "a tuning parameter" }));
        }
        let at = place.field(&format!("Values ({name})"));
        let values = values(parameter.get("Values"), &at)?;
        check_type(parameter.get("Type"), &values, place, &at)?;
        let fault = |error| at.fault(ProblemFault::Values { error });
        let listed = Values::list(values.iter().copied()).map_err(fault)?;
        self.model.add_variable(name, listed).map_err(fault)?;
        self.problem_variables.insert(name.to_owned(), VariableSpec::List(ListSpec { values }));
        Ok(())
    }

    fn condition(&mut self, condition: &Value, name: String, place: &Place) -> Result<(), Error> {
        let condition = object(condition, place)?;
        let expression = text(condition, "Expression", place)?;
        let at = place.field("Expression");
        let expr = language::parse(expression, &self.model).map_err(|error| Error::Syntax {
            place: at.clone(),
            text: expression.to_owned(),
            error,
        })?;
        refuse_choices_as_numbers(&expr, &at)?;
        if condition.contains_key("Parameters") {
            let (parameters, at) = list(condition, "Parameters", place)?;
            self.compare_names(&expr, parameters, &at)?;
        }
        let named = NamedConstraintSpec { name: Some(name), expr: expression.to_owned(), because: None };
        self.constraints.push(ConstraintSpec::Named(named));
        Ok(())
    }

    /// Holds the list of a condition's parameters against those that its expression uses. Published files leave some
    /// out, so that only a name that is no parameter at all is refused.
    fn compare_names(&mut self, expr: &Expr, parameters: &[Value], place: &Place) -> Result<(), Error> {
        let mut listed = Vec::new();
        for (index, parameter) in parameters.iter().enumerate() {
            let at = place.index(index);
            let name = parameter.as_str().ok_or_else(|| field_fault(&at, "a parameter is given by its name"))?;
            let unknown = || {
                let nearest = language::nearest(name, self.model.names());
                at.fault(ProblemFault::UnknownName { name: name.to_owned(), nearest })
            };
            listed.push(self.model.find(name).ok_or_else(unknown)?);
        }
        let used = variables(expr);
        let names = |ids: &[VarId], others: &[VarId]| {
            let ids = ids.iter().filter(|id| !others.contains(id));
            ids.map(|&id| self.model.variable(id).name.clone()).collect::<Vec<_>>()
        };
        let (unlisted, unused) = (names(&used, &listed), names(&listed, &used));
        if !(unlisted.is_empty() && unused.is_empty()) {
            self.warnings.push(Warning { place: place.clone(), unlisted, unused });
        }
        Ok(())
    }
}

/// The variables of an expression, each once, in the order in which they stand in it.
fn variables(expr: &Expr) -> Vec<VarId> {
    let (mut found, mut pending) = (Vec::new(), vec![expr]);
    while let Some(expr) = pending.pop() {
        if let Expr::Variable(id) = expr
            && !found.contains(id)
        {
            found.push(*id);
        }
        pending.extend(expr.operands().into_iter().rev());
    }
    found
}

fn values(given: Option<&Value>, place: &Place) -> Result<Vec<i64>, Error> {
    kernel_tuner::list(given.ok_or_else(|| field_fault(place, "the values are missing"))?, place)
}

/// Values decide what a parameter is; its type must not contradict them.
fn check_type(given: Option<&Value>, values: &[i64], place: &Place, at: &Place) -> Result<(), Error> {
    let Some(given) = given else { return Ok(()) };
    let wrong = |of| {
        let wrong = values.iter().find(|&&value| value < 0 || of == "bool" && value > 1);
        wrong.map_or(Ok(()), |&value| Err(at.fault(ProblemFault::ValueOfType { value, of })))
    };
    match given.as_str() {
        Some("int" | "float" | "string") => Ok(()),
        Some("uint") => wrong("uint"),
        Some("bool") => wrong("bool"),
        other => {
            let found = other.map_or_else(|| given.to_string(), str::to_owned);
            Err(place.field("Type").fault(ProblemFault::UnknownType { found }))
        }
    }
}

fn field_fault(place: &Place, reason: &str) -> Error {
    place.fault(ProblemFault::Field { reason: reason.to_owned() })
}

fn object<'v>(value: &'v Value, place: &Place) -> Result<&'v Map<String, Value>, Error> {
    value.as_object().ok_or_else(|| field_fault(place, "must be a JSON object"))
}

fn text<'v>(object: &'v Map<String, Value>, field: &str, place: &Place) -> Result<&'v str, Error> {
    object.get(field).and_then(Value::as_str).ok_or_else(|| field_fault(&place.field(field), "must be a text"))
}

fn list<'v>(object: &'v Map<String, Value>, field: &str, place: &Place) -> Result<(&'v [Value], Place), Error> {
    let at = place.field(field);
    let items = object.get(field).and_then(Value::as_array);
    items.map(|items| (&**items, at.clone())).ok_or_else(|| field_fault(&at, "must be a list"))
}
