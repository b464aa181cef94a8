//! [`Lowering`]: the walk from a problem's texts to a model, name by name.

use super::stated::{Stated, StatedText};
use super::values::{listed, narrowed, values_of};
use super::{Definition, Residency, Tiling, TilingError, TilingFault};
use crate::diagnostic::Place;
use crate::hardware::{Gpu, occupancy_definitions};
use crate::kernel::{Instance, Kernel, ShapeValue};
use crate::problem::{
    ConstraintSpec, GoalSpec, ObjectiveSpec, Problem, ProblemError, ProblemFault, kernel_tuner, truth,
};
use constrint_solver::language::{self, Names};
use constrint_solver::{Constraint, Expr, Goal, Model, Objective, Values, checker};
use indexmap::IndexMap;

/// A model on its way, and what names mean so far.
pub(super) struct Lowering {
    pub(super) tiling: Tiling,
    names: Names<'static>,
    /// What each name means, for the message when it is taken.
    taken: IndexMap<String, &'static str>,
}

impl Lowering {
    /// Nothing yet.
    pub(super) fn new(name: String, gpu: Option<Gpu>, kernel: Option<(&'static dyn Kernel, Instance)>) -> Self {
        let tiling = Tiling {
            model: Model::new(),
            name,
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
            places: Vec::new(),
        };
        Self { tiling, names: Names::new(), taken: IndexMap::new() }
    }

    /// Gives a name its meaning, once.
    fn name(
        &mut self,
        place: &Place,
        name: &str,
        meaning: &'static str,
        expr: impl Into<Expr>,
    ) -> Result<(), TilingError> {
        if !language::is_name(name) {
            return Err(place.fault(ProblemFault::Name { name: name.to_owned() }));
        }
        if let Some(by) = self.taken.insert(name.to_owned(), meaning) {
            return Err(place.fault(ProblemFault::NameTaken { name: name.to_owned(), by }));
        }
        self.names.insert(name.to_owned(), expr);
        Ok(())
    }

    fn constant(&mut self, place: &Place, name: &str, meaning: &'static str, value: i64) -> Result<(), TilingError> {
        self.tiling.constants.insert(name.to_owned(), value);
        self.name(place, name, meaning, value)
    }

    pub(super) fn add_constants(
        &mut self,
        problem: &Problem,
        stated: &Stated,
        freed: &IndexMap<String, Values>,
    ) -> Result<(), TilingError> {
        if let Some(gpu) = &self.tiling.gpu {
            for (name, value) in gpu.numbers().into_iter().filter(|(name, _)| !freed.contains_key(name)) {
                self.name(&Place::at("gpu"), &name, "a limit of the GPU", value)?;
            }
        }
        for constant in &stated.constants {
            self.constant(&Place::at("kernel"), &constant.name, "a number of the kernel", constant.it)?;
        }
        for (name, value) in &problem.shape {
            let ShapeValue::Integer(value) = value else { continue };
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

    pub(super) fn add_variables(&mut self, problem: &Problem, stated: &Stated) -> Result<(), TilingError> {
        for variable in &stated.variables {
            let place = Place::at("variables").field(&variable.name);
            let mut values = variable.it.clone();
            if let Some(spec) = problem.variables.get(&*variable.name) {
                values = narrowed(&values, &values_of(spec, &place)?, &place)?;
            }
            if let Some(given) = problem.tune_params.get(&*variable.name) {
                let place = Place::at("tune_params").field(&variable.name);
                values = narrowed(&values, &listed(given, &place)?, &place)?;
            }
            self.variable(&place, &variable.name, "a variable of the kernel", values)?;
        }
        for (name, spec) in &problem.variables {
            if stated.variables.iter().any(|variable| variable.name == *name) {
                continue;
            }
            let place = Place::at("variables").field(name);
            let values = values_of(spec, &place)?;
            self.variable(&place, name, "a variable", values)?;
        }
        for (name, given) in &problem.tune_params {
            if stated.variables.iter().any(|variable| variable.name == *name) {
                continue;
            }
            let place = Place::at("tune_params").field(name);
            self.variable(&place, name, "a variable", listed(given, &place)?)?;
        }
        Ok(())
    }

    pub(super) fn add_freed_limits(&mut self, freed: &IndexMap<String, Values>) -> Result<(), TilingError> {
        freed
            .iter()
            .try_for_each(|(name, values)| self.variable(&Place::at("gpu"), name, "a limit of the GPU", values.clone()))
    }

    fn variable(
        &mut self,
        place: &Place,
        name: &str,
        meaning: &'static str,
        values: Values,
    ) -> Result<(), TilingError> {
        let id = self
            .tiling
            .model
            .add_variable(name, values)
            .map_err(|error| place.located(ProblemFault::Values { error }))?;
        self.name(place, name, meaning, id)
    }

    pub(super) fn parse(&self, place: &Place, text: &str) -> Result<Expr, TilingError> {
        self.parse_as(place, text, text)
    }

    /// The expression that stands in a text of the same length, in which some parts of the user's text are left out.
    fn parse_as(&self, place: &Place, text: &str, expression: &str) -> Result<Expr, TilingError> {
        let parsed = language::parse(expression, &self.names);
        let expr =
            parsed.map_err(|error| ProblemError::Syntax { place: place.clone(), text: text.to_owned(), error })?;
        if has_power_too_large(&expr) { Err(place.fault(TilingFault::PowerTooLarge)) } else { Ok(expr) }
    }

    pub(super) fn add_definitions(&mut self, stated: &Stated) -> Result<(), TilingError> {
        for definition in &stated.definitions {
            let StatedText { place, name, text, meaning, whole } = definition.as_ref().map_err(Clone::clone)?;
            let expr = self.parse(place, text)?;
            if *whole {
                check_whole(place, &expr)?;
            }
            if let Some(name) = name {
                self.name(place, name, "a quantity of the kernel", expr.clone())?;
                self.tiling.definitions.insert(name.clone(), Definition { expr, meaning: meaning.clone() });
            }
        }
        Ok(())
    }

    /// The problem's own blocks per SM, from its formulas of what a block asks for.
    pub(super) fn add_occupancy(&mut self, problem: &Problem) -> Result<(), TilingError> {
        let Some(spec) = &problem.occupancy else { return Ok(()) };
        let place = Place::at("occupancy");
        let Some(gpu) = self.tiling.gpu.clone() else { return Err(place.fault(TilingFault::OccupancyNeedsGpu)) };
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

    pub(super) fn add_constraints(&mut self, problem: &Problem, stated: &Stated) -> Result<(), TilingError> {
        for StatedText { place, name, text, meaning, .. } in &stated.constraints {
            let (expr, name) = (self.parse(place, text)?, name.clone().unwrap_or_default());
            let constraint = Constraint { name, expr, text: text.clone(), because: meaning.clone() };
            self.constraint(constraint, place, true);
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
            self.constraint(constraint, &place, false);
        }
        for (index, text) in problem.restrictions.iter().enumerate() {
            let place = Place::at("restrictions").index(index);
            let expr = self.parse_as(&place, text, &kernel_tuner::expression(text))?;
            truth::refuse_choices_as_numbers(&expr, &place)?;
            let constraint = Constraint { name: place.to_string(), expr, text: text.clone(), because: String::new() };
            self.constraint(constraint, &place, false);
        }
        Ok(())
    }

    fn constraint(&mut self, constraint: Constraint, place: &Place, from_kernel: bool) {
        self.tiling.model.add_constraint(constraint);
        self.tiling.places.push(place.clone());
        self.tiling.from_kernel.push(from_kernel);
    }

    pub(super) fn add_objectives(&mut self, problem: &Problem, stated: &Stated) -> Result<(), TilingError> {
        let find = |name: &str| self.tiling.model.find(name);
        self.tiling.search = stated.search.iter().filter_map(|(name, end)| Some((find(name)?, *end))).collect();
        self.tiling.cost.clone_from(&stated.cost);
        self.tiling.cost_parts.clone_from(&stated.cost_parts);
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

    fn objective(&mut self, place: &Place, goal: &GoalSpec) -> Result<(), TilingError> {
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
        self.constraint(constraint, place, false);
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

/// Refuses a formula with a fraction somewhere in it: registers and bytes come in whole numbers.
pub(super) fn check_whole(place: &Place, expr: &Expr) -> Result<(), TilingError> {
    let may_be_a_fraction = match expr {
        Expr::Quotient(..) => true,
        Expr::Power(_, exponent) => !matches!(**exponent, Expr::Constant(0..)),
        // Only its truth counts.
        Expr::Compare(..) => return Ok(()),
        _ => false,
    };
    if may_be_a_fraction {
        return Err(place.fault(TilingFault::NotWhole));
    }
    expr.operands().into_iter().try_for_each(|operand| check_whole(place, operand))
}
