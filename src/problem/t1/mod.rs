//! Reading T1 JSON, the search spaces that auto-tuners exchange.
//!
//! Of such a file the `ConfigurationSpace` is read, the kernel's name, and the numbers of its `BenchmarkConfig`, which
//! conditions may name. `TuningParameters` become variables and `Conditions` constraints. How the kernel is compiled,
//! launched and measured (the rest of `KernelSpecification`, `General`, `Search`, `Budget`, the parameters' `Default`)
//! plays no part in the space and is not looked at.
//!
//! Keys are found under other spellings too (`constraints`, or a `Condition` in a parameter). One that is not known is
//! refused at any level, as what it says would be lost. `BenchmarkConfig`, `Misc`, `Metadata` and the `Default` of a
//! parameter may hold anything.
//!
//! `Values` is the text of a Python list, which [`super::python`] evaluates without Python, or a JSON list. Variables are
//! whole numbers: `True` and 2.0 are 1 and 2, and a parameter whose values are texts or fractions is refused by its name.
//! An `Expression` is one of the native language, whose `/` is exact. In Python `a or b` gives one of its operands; where
//! that would be computed with, the condition is refused, since here it is a truth value.

mod keys;
mod sections;
#[cfg(test)]
mod tests;
mod warning;

pub use warning::Warning;

use super::truth::refuse_choices_as_numbers;
use super::{ConstraintSpec, ListSpec, NamedConstraintSpec, Problem, VariableSpec, kernel_tuner, value};
use crate::diagnostic::Place;
use crate::problem::{ProblemError, ProblemFault};
use constrint_solver::language::{self, Names, Scope};
use constrint_solver::{Expr, Model, Values, VarId};
use indexmap::IndexMap;
use keys::Fields;
use serde_json::{Map, Value};

/// The field that a file has if and only if it is T1.
const SPACE: &str = "ConfigurationSpace";

/// Whether a JSON value is meant to be T1: an object with a `ConfigurationSpace`.
pub fn is_t1(value: &Value) -> bool {
    value.as_object().is_some_and(|file| keys::loose(file, SPACE).is_some())
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
    /// [`ProblemError::Json`] where the text is no JSON, [`ProblemError::Python`] or [`ProblemError::Syntax`] where values or a condition
    /// cannot be read, [`ProblemError::Field`] for anything else.
    pub fn from_t1(text: &str) -> Result<(Self, Vec<Warning>), ProblemError> {
        super::json::check_length(text)?;
        of_json(&super::json_value(text)?)
    }
}

/// The problem that T1 JSON stands for.
pub(super) fn of_json(file: &Value) -> Result<(Problem, Vec<Warning>), ProblemError> {
    let Some(object_of_file) = file.as_object() else {
        return Err(field_fault(&Place::at(SPACE), "must be a JSON object"));
    };
    let fields = Fields::of(object_of_file, keys::FILE, &Place::root())?;
    let (space, place) = fields.one(SPACE)?;
    let space = Fields::of(object(space.unwrap_or(&Value::Null), &place)?, keys::SPACE, &place)?;
    let mut reader = Reader::default();
    let (parameters, at) = list(space.one("TuningParameters")?)?;
    for (index, parameter) in parameters.iter().enumerate() {
        reader.parameter(parameter, &at.index(index))?;
    }
    if reader.problem_variables.is_empty() {
        return Err(field_fault(&at, "there is no parameter to tune"));
    }
    reader.other_sections(&fields)?;
    for (key, conditions, at) in space.all("Conditions") {
        let (conditions, at) = list((Some(conditions), at))?;
        for (index, condition) in conditions.iter().enumerate() {
            reader.condition(object(condition, &at.index(index))?, format!("{key}[{index}]"), &at.index(index))?;
        }
    }
    for (condition, name, at) in std::mem::take(&mut reader.pending) {
        match condition {
            Value::String(expression) => reader.expression(expression, name, &at, None)?,
            condition => reader.condition(object(condition, &at)?, name, &at)?,
        }
    }
    let problem = Problem {
        name: name(object_of_file),
        constants: reader.constants,
        variables: reader.problem_variables,
        constraints: reader.constraints,
        ..Problem::empty()
    };
    Ok((problem, reader.warnings))
}

/// What the kernel is called, or else the benchmark.
fn name(file: &Map<String, Value>) -> Option<String> {
    let of = |part: &str, field: &str| {
        keys::loose(keys::loose(file, part)?.as_object()?, field)?.as_str().map(str::to_owned)
    };
    let kernel = of("KernelSpecification", "KernelName");
    kernel.or_else(|| of("General", "BenchmarkName")).filter(|name| !name.is_empty())
}

#[derive(Default)]
struct Reader<'v> {
    /// The parameters, for the names in conditions.
    model: Model,
    /// The numbers of the file's `BenchmarkConfig` that are no parameters.
    constants: IndexMap<String, i64>,
    problem_variables: IndexMap<String, VariableSpec>,
    constraints: Vec<ConstraintSpec>,
    /// The conditions that stand in parameters, which may speak of parameters that follow.
    pending: Vec<(&'v Value, String, Place)>,
    warnings: Vec<Warning>,
}

impl<'v> Reader<'v> {
    fn parameter(&mut self, parameter: &'v Value, place: &Place) -> Result<(), ProblemError> {
        let fields = Fields::of(object(parameter, place)?, keys::PARAMETER, place)?;
        let (name, at) = text(fields.one("Name")?)?;
        if !language::is_name(name) {
            return Err(at.fault(ProblemFault::Name { name: name.to_owned() }));
        }
        if self.problem_variables.contains_key(name) {
            return Err(at.fault(ProblemFault::NameTaken { name: name.to_owned(), by: "a tuning parameter" }));
        }
        let (given, at) = fields.one("Values")?;
        let at = at.named(name);
        let values = values(given, &at)?;
        check_type(fields.one("Type")?, &values, &at)?;
        fields.one("Default")?;
        let fault = |error| at.located(ProblemFault::Values { error });
        let listed = Values::list(values.iter().copied()).map_err(fault)?;
        self.model.add_variable(name, listed).map_err(fault)?;
        self.problem_variables.insert(name.to_owned(), VariableSpec::List(ListSpec { values }));
        for (key, condition, at) in fields.all("Conditions") {
            self.condition_of_parameter(condition, &format!("{name}.{key}"), &at);
        }
        Ok(())
    }

    /// One condition, or a list of them.
    fn condition_of_parameter(&mut self, condition: &'v Value, name: &str, place: &Place) {
        match condition {
            Value::Array(list) => {
                let each = list.iter().enumerate();
                self.pending.extend(each.map(|(index, one)| (one, format!("{name}[{index}]"), place.index(index))));
            }
            // Written, but empty.
            Value::Null => {}
            one => self.pending.push((one, name.to_owned(), place.clone())),
        }
    }

    /// What is beside the space: the numbers that conditions may name, and nothing else that would matter.
    fn other_sections(&mut self, fields: &Fields<'v>) -> Result<(), ProblemError> {
        for (key, known) in sections::SECTIONS {
            let (section, place) = fields.one(key)?;
            let section = section.unwrap_or(&Value::Null);
            if !(section.is_object() || section.is_null() || section.is_array() && *key == "Budget") {
                return Err(field_fault(&place, "must be a JSON object"));
            }
            sections::check(section, known, &place)?;
            let within = section.as_object().into_iter().flatten();
            for (written, config) in within.filter(|(written, _)| keys::is_written(&keys::BENCHMARK, written)) {
                self.benchmark_config(config, &place.field(written))?;
            }
        }
        fields.all("BenchmarkConfig").try_for_each(|(_, config, place)| self.benchmark_config(config, &place))
    }

    /// Any names with anything; those of whole numbers are constants. A parameter of the same name stands for itself.
    fn benchmark_config(&mut self, config: &Value, place: &Place) -> Result<(), ProblemError> {
        if config.is_null() {
            return Ok(());
        }
        for (name, value) in object(config, place)? {
            let number = value::of_json(value, place).ok();
            let Some(number) = number.filter(|_| language::is_name(name) && self.model.find(name).is_none()) else {
                continue;
            };
            if self.constants.insert(name.clone(), number).is_some_and(|other| other != number) {
                return Err(place
                    .field(name)
                    .fault(ProblemFault::NameTaken { name: name.clone(), by: "another number of the benchmark" }));
            }
        }
        Ok(())
    }

    fn condition(&mut self, condition: &Map<String, Value>, name: String, place: &Place) -> Result<(), ProblemError> {
        let fields = Fields::of(condition, keys::CONDITION, place)?;
        let (expression, at) = text(fields.one("Expression")?)?;
        self.expression(expression, name, &at, Some(fields.one("Parameters")?))
    }

    /// A condition, and the list of its parameters where there is one.
    fn expression(
        &mut self,
        expression: &str,
        name: String,
        at: &Place,
        parameters: Option<(Option<&Value>, Place)>,
    ) -> Result<(), ProblemError> {
        let mut names = Names::over(&self.model);
        for (name, value) in &self.constants {
            names.insert(name, *value);
        }
        let expr = language::parse(expression, &names).map_err(|error| ProblemError::Syntax {
            place: at.clone(),
            text: expression.to_owned(),
            error,
        })?;
        refuse_choices_as_numbers(&expr, at)?;
        if let Some((Some(parameters), at)) = parameters {
            let (parameters, at) = list((Some(parameters), at))?;
            self.compare_names(&expr, parameters, &at)?;
        }
        let named = NamedConstraintSpec { name: Some(name), expr: expression.to_owned(), because: None };
        self.constraints.push(ConstraintSpec::Named(named));
        Ok(())
    }

    /// Holds the list of a condition's parameters against those that its expression uses. Published files leave some
    /// out, so that only a name that is no parameter at all is refused.
    fn compare_names(&mut self, expr: &Expr, parameters: &[Value], place: &Place) -> Result<(), ProblemError> {
        let mut listed = Vec::new();
        for (index, parameter) in parameters.iter().enumerate() {
            let at = place.index(index);
            let name = parameter.as_str().ok_or_else(|| field_fault(&at, "a parameter is given by its name"))?;
            let unknown = || {
                let nearest = language::nearest(name, self.model.names());
                at.located(ProblemFault::UnknownName { name: name.to_owned(), nearest })
            };
            if self.constants.contains_key(name) {
                continue;
            }
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

fn values(given: Option<&Value>, place: &Place) -> Result<Vec<i64>, ProblemError> {
    kernel_tuner::list(given.ok_or_else(|| field_fault(place, "the values are missing"))?, place)
}

/// Values decide what a parameter is; its type must not contradict them.
fn check_type((given, place): (Option<&Value>, Place), values: &[i64], at: &Place) -> Result<(), ProblemError> {
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
            Err(place.fault(ProblemFault::UnknownType { found }))
        }
    }
}

fn field_fault(place: &Place, reason: &str) -> ProblemError {
    place.fault(ProblemFault::Field { reason: reason.to_owned() })
}

fn object<'v>(value: &'v Value, place: &Place) -> Result<&'v Map<String, Value>, ProblemError> {
    value.as_object().ok_or_else(|| field_fault(place, "must be a JSON object"))
}

fn text((value, place): (Option<&Value>, Place)) -> Result<(&str, Place), ProblemError> {
    match value.and_then(Value::as_str) {
        Some(text) => Ok((text, place)),
        None => Err(field_fault(&place, "must be a text")),
    }
}

fn list((value, place): (Option<&Value>, Place)) -> Result<(&[Value], Place), ProblemError> {
    match value.and_then(Value::as_array) {
        Some(items) => Ok((items, place)),
        None => Err(field_fault(&place, "must be a list")),
    }
}
