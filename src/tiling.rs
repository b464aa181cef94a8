//! [`lower`]: a problem, its GPU and its kernel become one model.

mod described;
mod residency;

pub use residency::Residency;

use crate::error::{Error, Place, ProblemFault};
use crate::hardware::{Gpu, occupancy_definitions};
use crate::kernel::described::Described;
use crate::kernel::{self, Instance, Kernel, Statement};
use crate::problem::{ConstraintSpec, GoalSpec, KernelSpec, ObjectiveSpec, Problem, VariableSpec, kernel_tuner, truth};
use constrint_solver::language::{self, Names};
use constrint_solver::{Constraint, Expr, Goal, Model, Objective, ValueOrder, Values, VarId, checker};
use indexmap::IndexMap;

/// Lists of values longer than this are refused.
const MOST_LISTED_VALUES: u64 = 1 << 20;

/// A model, and what its parts mean.
pub struct Tiling {
    /// Its variables are those of the kernel, then those of the problem.
    pub model: Model,
    /// The problem's name, or `problem`.
    pub name: String,
    /// The shipped kernel with what it is configured for.
    pub kernel: Option<(&'static dyn Kernel, Instance)>,
    /// The kernel that the problem itself describes.
    pub described: Option<Described>,
    /// The GPU, if the problem names one.
    pub gpu: Option<Gpu>,
    /// Named numbers of the problem and the kernel.
    pub constants: IndexMap<String, i64>,
    /// Named sub-expressions of the kernel, with what they are.
    pub definitions: IndexMap<String, Definition>,
    /// What the problem's `occupancy` asks of an SM.
    pub residency: Option<Residency>,
    /// The definition that is the kernel's predicted time.
    pub cost: Option<String>,
    /// The definitions of which it is made.
    pub cost_parts: Vec<String>,
    /// The kernel's advice on the order of decisions.
    pub search: Vec<(VarId, ValueOrder)>,
    /// For each constraint of the model: whether it comes from the kernel.
    pub from_kernel: Vec<bool>,
}

impl Tiling {
    /// What the kernel is called, shipped or described.
    pub fn kernel_name(&self) -> Option<&str> {
        let shipped = self.kernel.as_ref().map(|(kernel, _)| kernel.name());
        shipped.or(self.described.as_ref().map(|kernel| kernel.name.as_str()))
    }
}

/// A named sub-expression.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Over the variables of the model.
    pub expr: Expr,
    /// What it is, with its unit.
    pub meaning: String,
}

impl std::fmt::Debug for Tiling {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut form = formatter.debug_struct("Tiling");
        form.field("name", &self.name).field("kernel", &self.kernel_name()).finish_non_exhaustive()
    }
}

/// Turns a problem into a model.
///
/// Expressions of the problem may use its constants and variables, those of the kernel, the sizes of the shape, and the
/// limits of the GPU as `gpu_<field>`, such as `gpu_shared_memory_per_sm_bytes`.
///
/// ```
/// let problem = constrint::Problem::from_json(
///     r#"{"version": 1, "gpu": "A100 SXM4 80GB", "variables": {"warps": {"min": 1, "max": 64}},
///         "constraints": ["warps * 32 * 40 <= gpu_registers_per_sm"], "objective": {"maximize": "warps"}}"#,
/// )?;
/// let tiling = constrint::tiling::lower(&problem)?;
/// assert_eq!(tiling.model.constraints().len(), 1);
/// # Ok::<(), constrint::Error>(())
/// ```
///
/// # Errors
/// [`Error`] that points at the field of the problem.
pub fn lower(problem: &Problem) -> Result<Tiling, Error> {
    lower_freed(problem, &IndexMap::new())
}

/// [`lower`] with some limits of the GPU, by the names that expressions use, as variables with these values instead of
/// numbers. They come after all other variables.
pub(crate) fn lower_freed(problem: &Problem, freed: &IndexMap<String, Values>) -> Result<Tiling, Error> {
    let gpu = problem.gpu.as_ref().map(crate::hardware::GpuSpec::resolve).transpose()?;
    let (kernel, description) = match &problem.kernel {
        Some(KernelSpec::Shipped(name)) => (Some(instantiate(kernel::find(name)?, problem, gpu.as_ref())?), None),
        Some(KernelSpec::Described(description)) => (None, Some((&**description, known(gpu.as_ref())?))),
        None => (None, None),
    };
    match description {
        Some((description, _)) => described::refuse(problem, description)?,
        None if kernel.is_none() => refuse_kernel_fields(problem)?,
        None => {}
    }
    let statement = kernel.as_ref().map(|(kernel, instance)| kernel.state(instance)).transpose()?.unwrap_or_default();
    refuse_names_of_the_kernel(problem, &statement)?;
    let mut lowering = Lowering::new(problem, gpu.clone(), kernel);
    lowering.add_constants(problem, &statement, freed)?;
    lowering.add_variables(problem, &statement)?;
    lowering.add_freed_limits(freed)?;
    lowering.add_definitions(&statement)?;
    if let Some((description, gpu)) = description {
        lowering.describe(problem, description, gpu)?;
    }
    lowering.add_occupancy(problem)?;
    lowering.add_constraints(problem, &statement)?;
    lowering.add_objectives(problem, &statement)?;
    Ok(lowering.tiling)
}

type Instantiated = (&'static dyn Kernel, Instance);

fn instantiate(kernel: &'static dyn Kernel, problem: &Problem, gpu: Option<&Gpu>) -> Result<Instantiated, Error> {
    Ok((kernel, Instance::new(kernel, known(gpu)?.clone(), &problem.shape, problem.dtype.as_deref())?))
}

/// The GPU, which a kernel must know.
fn known(gpu: Option<&Gpu>) -> Result<&Gpu, Error> {
    gpu.ok_or_else(|| Place::root().fault(ProblemFault::GpuMissing))
}

/// Without a kernel, sizes are ordinary constants, but there must be something to choose, and no type means anything.
fn refuse_kernel_fields(problem: &Problem) -> Result<(), Error> {
    if problem.variables.is_empty() && problem.tune_params.is_empty() {
        return Err(Place::root().fault(ProblemFault::Empty));
    }
    if let Some((name, _)) =
        problem.shape.iter().find(|(_, value)| !matches!(value, crate::problem::ShapeValue::Integer(_)))
    {
        return Err(Place::at("shape").field(name).fault(ProblemFault::NeedsKernel));
    }
    if problem.dtype.is_some() { Err(Place::at("dtype").fault(ProblemFault::NeedsKernel)) } else { Ok(()) }
}

/// The kernel names its variables and quantities after the problem's constants, but the problem has to give way.
fn refuse_names_of_the_kernel(problem: &Problem, statement: &Statement) -> Result<(), Error> {
    let taken = |field: &str, name: &String, by| {
        Err(Place::at(field).field(name).fault(ProblemFault::NameTaken { name: name.clone(), by }))
    };
    let is_quantity = |name: &String| statement.definitions.iter().any(|definition| definition.name == name);
    for name in problem.constants.keys() {
        if statement.variables.iter().any(|variable| variable.name == name) {
            return taken("constants", name, "a variable of the kernel");
        }
        if is_quantity(name) {
            return taken("constants", name, "a quantity of the kernel");
        }
    }
    let variables = problem.variables.keys().map(|name| ("variables", name));
    match variables
        .chain(problem.tune_params.keys().map(|name| ("tune_params", name)))
        .find(|(_, name)| is_quantity(name))
    {
        Some((field, name)) => taken(field, name, "a quantity of the kernel"),
        None => Ok(()),
    }
}

/// Whether a power in it has neither variables nor a value that can be computed. Such a constraint could not be decided
/// anywhere.
fn has_power_too_large(expr: &Expr) -> bool {
    let is_too_large =
        matches!(expr, Expr::Power(..)) && is_constant(expr) && checker::evaluate(expr, &[]) == Err(checker::TooLarge);
    is_too_large || expr.operands().into_iter().any(has_power_too_large)
}

fn is_constant(expr: &Expr) -> bool {
    !matches!(expr, Expr::Variable(_)) && expr.operands().into_iter().all(is_constant)
}

struct Lowering {
    tiling: Tiling,
    names: Names<'static>,
    /// What each name means, for the message when it is taken.
    taken: IndexMap<String, &'static str>,
}

impl Lowering {
    fn new(problem: &Problem, gpu: Option<Gpu>, kernel: Option<Instantiated>) -> Self {
        let tiling = Tiling {
            model: Model::new(),
            name: problem.name.clone().unwrap_or_else(|| "problem".to_owned()),
            kernel,
            described: None,
            gpu,
            constants: IndexMap::new(),
            definitions: IndexMap::new(),
            residency: None,
            cost: None,
            cost_parts: Vec::new(),
            search: Vec::new(),
            from_kernel: Vec::new(),
        };
        Self { tiling, names: Names::new(), taken: IndexMap::new() }
    }

    /// Gives a name its meaning, once.
    fn name(&mut self, place: &Place, name: &str, meaning: &'static str, expr: impl Into<Expr>) -> Result<(), Error> {
        if !language::is_name(name) {
            return Err(place.fault(ProblemFault::Name { name: name.to_owned() }));
        }
        if let Some(by) = self.taken.insert(name.to_owned(), meaning) {
            return Err(place.fault(ProblemFault::NameTaken { name: name.to_owned(), by }));
        }
        self.names.insert(name.to_owned(), expr);
        Ok(())
    }

    fn constant(&mut self, place: &Place, name: &str, meaning: &'static str, value: i64) -> Result<(), Error> {
        self.tiling.constants.insert(name.to_owned(), value);
        self.name(place, name, meaning, value)
    }

    fn add_constants(
        &mut self,
        problem: &Problem,
        statement: &Statement,
        freed: &IndexMap<String, Values>,
    ) -> Result<(), Error> {
        if let Some(gpu) = &self.tiling.gpu {
            for (name, value) in gpu.numbers().into_iter().filter(|(name, _)| !freed.contains_key(name)) {
                self.name(&Place::at("gpu"), &name, "a limit of the GPU", value)?;
            }
        }
        for constant in &statement.constants {
            self.constant(&Place::at("kernel"), constant.name, "a number of the kernel", constant.it)?;
        }
        for (name, value) in &problem.shape {
            let crate::problem::ShapeValue::Integer(value) = value else { continue };
            // The sizes of a kernel's shape are among its constants already.
            if self.tiling.constants.get(name) != Some(value) {
                self.constant(&Place::at("shape").field(name), name, "a size of the shape", *value)?;
            }
        }
        for (name, &value) in &problem.constants {
            self.constant(&Place::at("constants").field(name), name, "a constant", value)?;
        }
        Ok(())
    }

    fn add_variables(&mut self, problem: &Problem, statement: &Statement) -> Result<(), Error> {
        for variable in &statement.variables {
            let place = Place::at("variables").field(variable.name);
            let mut values = variable.it.clone();
            if let Some(spec) = problem.variables.get(variable.name) {
                values = narrowed(&values, &values_of(spec, &place)?, &place)?;
            }
            if let Some(given) = problem.tune_params.get(variable.name) {
                let place = Place::at("tune_params").field(variable.name);
                values = narrowed(&values, &listed(given, &place)?, &place)?;
            }
            self.variable(&place, variable.name, "a variable of the kernel", values)?;
        }
        for (name, spec) in &problem.variables {
            if statement.variables.iter().any(|variable| variable.name == name) {
                continue;
            }
            let place = Place::at("variables").field(name);
            let values = values_of(spec, &place)?;
            self.variable(&place, name, "a variable", values)?;
        }
        for (name, given) in &problem.tune_params {
            if statement.variables.iter().any(|variable| variable.name == name) {
                continue;
            }
            let place = Place::at("tune_params").field(name);
            self.variable(&place, name, "a variable", listed(given, &place)?)?;
        }
        Ok(())
    }

    fn add_freed_limits(&mut self, freed: &IndexMap<String, Values>) -> Result<(), Error> {
        freed
            .iter()
            .try_for_each(|(name, values)| self.variable(&Place::at("gpu"), name, "a limit of the GPU", values.clone()))
    }

    fn variable(&mut self, place: &Place, name: &str, meaning: &'static str, values: Values) -> Result<(), Error> {
        let id = self
            .tiling
            .model
            .add_variable(name, values)
            .map_err(|error| place.fault(ProblemFault::Values { error }))?;
        self.name(place, name, meaning, id)
    }

    fn parse(&self, place: &Place, text: &str) -> Result<Expr, Error> {
        self.parse_as(place, text, text)
    }

    /// The expression that stands in a text of the same length, in which some parts of the user's text are left out.
    fn parse_as(&self, place: &Place, text: &str, expression: &str) -> Result<Expr, Error> {
        let parsed = language::parse(expression, &self.names);
        let expr = parsed.map_err(|error| Error::Syntax { place: place.clone(), text: text.to_owned(), error })?;
        if has_power_too_large(&expr) { Err(place.fault(ProblemFault::PowerTooLarge)) } else { Ok(expr) }
    }

    fn add_definitions(&mut self, statement: &Statement) -> Result<(), Error> {
        for definition in &statement.definitions {
            let place = Place::at("kernel").field(definition.name);
            let expr = self.parse(&place, &definition.it)?;
            self.name(&place, definition.name, "a quantity of the kernel", expr.clone())?;
            let definition_of = Definition { expr, meaning: definition.meaning.clone() };
            self.tiling.definitions.insert(definition.name.to_owned(), definition_of);
        }
        Ok(())
    }

    /// The problem's own blocks per SM, from its formulas of what a block asks for.
    fn add_occupancy(&mut self, problem: &Problem) -> Result<(), Error> {
        let Some(spec) = &problem.occupancy else { return Ok(()) };
        let place = Place::at("occupancy");
        let Some(gpu) = self.tiling.gpu.clone() else { return Err(place.fault(ProblemFault::OccupancyNeedsGpu)) };
        // Alone first, so that a slip is shown where it was made.
        let amount = |field: &'static str, text: &str| self.parse(&place.field(field), text);
        let inputs = spec.inputs();
        let mut residency = Residency {
            limits: gpu.sm_limits(),
            threads_per_block: amount("threads_per_block", &inputs.threads_per_block)?,
            registers_per_thread: amount("registers_per_thread", &inputs.registers_per_thread)?,
            dynamic_shared_memory_bytes: amount("dynamic_shared_memory_bytes", &inputs.dynamic_shared_memory_bytes)?,
            static_shared_memory_bytes: amount("static_shared_memory_bytes", &inputs.static_shared_memory_bytes)?,
            named_barriers: amount("named_barriers", &inputs.named_barriers)?,
            carveout_percent: (inputs.carveout_percent.as_ref())
                .map(|percent| amount("carveout_percent", percent))
                .transpose()?,
            opt_in: inputs.opt_in,
            blocks_per_sm: Expr::Constant(0),
        };
        for quantity in occupancy_definitions(&gpu, &inputs) {
            let expr = self.parse(&place, &quantity.text)?;
            self.name(&place, &quantity.name, "a quantity of `occupancy`", expr.clone())?;
            if quantity.name.strip_prefix(&inputs.prefix) == Some("blocks_per_sm") {
                residency.blocks_per_sm = expr.clone();
            }
            let definition = Definition { expr, meaning: quantity.meaning.to_owned() };
            self.tiling.definitions.insert(quantity.name, definition);
        }
        self.tiling.residency = Some(residency);
        Ok(())
    }

    fn add_constraints(&mut self, problem: &Problem, statement: &Statement) -> Result<(), Error> {
        for constraint in &statement.constraints {
            let expr = self.parse(&Place::at("kernel").field(constraint.name), &constraint.it)?;
            let (name, because) = (constraint.name.to_owned(), constraint.meaning.clone());
            self.constraint(Constraint { name, expr, text: constraint.it.clone(), because }, true);
        }
        for (index, spec) in problem.constraints.iter().enumerate() {
            let place = Place::at("constraints").index(index);
            let (name, text, because) = match spec {
                ConstraintSpec::Text(text) => (None, text, None),
                ConstraintSpec::Named(spec) => (spec.name.clone(), &spec.expr, spec.because.clone()),
            };
            let expr = self.parse(&place, text)?;
            let name = name.unwrap_or_else(|| place.to_string());
            let constraint = Constraint { name, expr, text: text.clone(), because: because.unwrap_or_default() };
            self.constraint(constraint, false);
        }
        for (index, text) in problem.restrictions.iter().enumerate() {
            let place = Place::at("restrictions").index(index);
            let expr = self.parse_as(&place, text, &kernel_tuner::expression(text))?;
            truth::refuse_choices_as_numbers(&expr, &place)?;
            let constraint = Constraint { name: place.to_string(), expr, text: text.clone(), because: String::new() };
            self.constraint(constraint, false);
        }
        Ok(())
    }

    fn constraint(&mut self, constraint: Constraint, from_kernel: bool) {
        self.tiling.model.add_constraint(constraint);
        self.tiling.from_kernel.push(from_kernel);
    }

    fn add_objectives(&mut self, problem: &Problem, statement: &Statement) -> Result<(), Error> {
        let find = |name: &str| self.tiling.model.find(name);
        self.tiling.search = statement.search.iter().filter_map(|&(name, end)| Some((find(name)?, end))).collect();
        if !statement.cost.is_empty() {
            self.tiling.cost = Some(statement.cost.to_owned());
            self.tiling.cost_parts = statement.cost_parts.iter().map(|&part| part.to_owned()).collect();
        }
        let place = Place::at("objective");
        match &problem.objective {
            Some(ObjectiveSpec::Single(goal)) => self.objective(&place, goal),
            Some(ObjectiveSpec::Lexicographic(stages)) if stages.lexicographic.is_empty() => {
                Err(place.field("lexicographic").fault(ProblemFault::ObjectiveForm))
            }
            Some(ObjectiveSpec::Lexicographic(stages)) => {
                let place = place.field("lexicographic");
                stages
                    .lexicographic
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, goal)| self.objective(&place.index(index), goal))
            }
            None => match self.tiling.cost.clone() {
                Some(cost) => self.objective(&Place::at("kernel"), &GoalSpec::Minimize(cost)),
                None => Ok(()),
            },
        }
    }

    fn objective(&mut self, place: &Place, goal: &GoalSpec) -> Result<(), Error> {
        let (goal, text) = match goal {
            GoalSpec::Minimize(text) => (Goal::Minimize, text),
            GoalSpec::Maximize(text) => (Goal::Maximize, text),
        };
        let expr = self.parse(place, text)?;
        self.require_defined(place, &expr, text);
        self.tiling.model.add_objective(Objective { goal, expr, text: text.clone() });
        Ok(())
    }

    /// A point where an objective has no value is no solution, whatever is asked of the solutions.
    fn require_defined(&mut self, place: &Place, expr: &Expr, text: &str) {
        if self.tiling.model.defines(expr) {
            return;
        }
        let constraint = Constraint {
            name: place.to_string(),
            expr: expr.clone().equals(expr.clone()),
            text: format!("({text}) == ({text})"),
            because: "the objective has a value in every solution".to_owned(),
        };
        self.constraint(constraint, false);
    }
}

fn values_of(spec: &VariableSpec, place: &Place) -> Result<Values, Error> {
    let fault = |error| place.fault(ProblemFault::Values { error });
    let between = |values: Values, min: Option<i64>, max: Option<i64>| {
        let (min, max) = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
        Values::list(values.iter().filter(|&value| min <= value && value <= max)).map_err(fault)
    };
    match spec {
        VariableSpec::List(spec) => listed(&spec.values, place),
        VariableSpec::Divisors(spec) => {
            between(Values::divisors_of(spec.divisors_of).map_err(fault)?, spec.min, spec.max)
        }
        VariableSpec::Powers(spec) if spec.powers_of < 2 => {
            Err(place.fault(ProblemFault::PowerBase { base: spec.powers_of }))
        }
        VariableSpec::Powers(spec) => {
            let powers = std::iter::successors(Some(1i64), |power| power.checked_mul(spec.powers_of));
            let powers = Values::list(powers.take_while(|&power| power <= spec.max)).map_err(fault)?;
            between(powers, spec.min, None)
        }
        VariableSpec::Range(spec) => Values::range(spec.min, spec.max, spec.step.unwrap_or(1)).map_err(fault),
    }
}

fn listed(values: &[i64], place: &Place) -> Result<Values, Error> {
    let count = values.len() as u64;
    if count > MOST_LISTED_VALUES {
        return Err(place.fault(ProblemFault::TooManyValues { count, limit: MOST_LISTED_VALUES }));
    }
    Values::list(values.iter().copied()).map_err(|error| place.fault(ProblemFault::Values { error }))
}

/// The kernel's values that the problem allows.
fn narrowed(kernel: &Values, allowed: &Values, place: &Place) -> Result<Values, Error> {
    Values::list(kernel.iter().filter(|&value| allowed.contains(value)))
        .map_err(|_| place.fault(ProblemFault::NoValueLeft { kernel_values: kernel.iter().collect() }))
}
