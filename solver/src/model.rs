//! What a user states: variables, expressions, constraints and objectives. Data only.
//!
//! Nothing here propagates or searches. A [`Model`] is read by [`crate::post`], which turns it into propagators, and
//! by [`crate::checker`], which evaluates it directly; the two share only this file.

pub use crate::expr::{Comparison, Expr, MemberSet};
pub use crate::rows::Rows;
pub use crate::values::Values;
use std::collections::HashMap;
use std::fmt;

/// The largest absolute value that a variable may take: 2^53 - 1, exact in every JSON reader.
pub const MAX_VALUE: i64 = (1 << 53) - 1;

/// A variable of one [`Model`]; the index into [`Model::variables`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub(crate) u32);

impl VarId {
    /// The position of the variable in [`Model::variables`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A named integer variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Unique within the model.
    pub name: String,
    /// What it may be.
    pub values: Values,
}

/// An expression that must be true in every solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// How messages call it.
    pub name: String,
    /// What must hold.
    pub expr: Expr,
    /// As the user wrote it.
    pub text: String,
    /// Why it is there, for explanations; may be empty.
    pub because: String,
}

/// Which way an objective goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Goal {
    /// Smaller is better.
    Minimize,
    /// Larger is better.
    Maximize,
}

/// What makes one solution better than another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    /// Which way.
    pub goal: Goal,
    /// Of what.
    pub expr: Expr,
    /// As the user wrote it.
    pub text: String,
}

/// Variables, constraints, and objectives in order of importance (lexicographic).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    variables: Vec<Variable>,
    constraints: Vec<Constraint>,
    objectives: Vec<Objective>,
    names: HashMap<String, VarId>,
}

impl Model {
    /// A model without variables; its one solution is the empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable.
    ///
    /// # Errors
    /// [`ModelError::DuplicateName`] when the name is taken.
    pub fn add_variable(&mut self, name: impl Into<String>, values: Values) -> Result<VarId, ModelError> {
        let name = name.into();
        let id = VarId(u32::try_from(self.variables.len()).expect("fewer than 2^32 variables"));
        if self.names.contains_key(&name) {
            return Err(ModelError::DuplicateName { name });
        }
        self.names.insert(name.clone(), id);
        self.variables.push(Variable { name, values });
        Ok(id)
    }

    /// Replaces the values of a variable that is already there.
    pub fn set_values(&mut self, variable: VarId, values: Values) {
        self.variables[variable.index()].values = values;
    }

    /// Adds a constraint that is named and written as its own display.
    pub fn require(&mut self, expr: Expr) {
        let text = self.display(&expr).to_string();
        self.add_constraint(Constraint { name: text.clone(), expr, text, because: String::new() });
    }

    /// Adds a constraint.
    pub fn add_constraint(&mut self, constraint: Constraint) {
        self.constraints.push(constraint);
    }

    /// Adds an objective, less important than those already there.
    pub fn add_objective(&mut self, objective: Objective) {
        self.objectives.push(objective);
    }

    /// Minimises `expr` after the objectives already there.
    pub fn minimize(&mut self, expr: Expr) {
        let text = self.display(&expr).to_string();
        self.add_objective(Objective { goal: Goal::Minimize, expr, text });
    }

    /// Maximises `expr` after the objectives already there.
    pub fn maximize(&mut self, expr: Expr) {
        let text = self.display(&expr).to_string();
        self.add_objective(Objective { goal: Goal::Maximize, expr, text });
    }

    /// Removes all constraints but those with the given indices.
    pub fn keep_constraints(&mut self, indices: &[usize]) {
        let mut index = 0..;
        self.constraints.retain(|_| index.next().is_some_and(|index| indices.contains(&index)));
    }

    /// Removes all objectives.
    pub fn clear_objectives(&mut self) {
        self.objectives.clear();
    }

    /// Replaces the expressions of constraints and of objectives, which keep their names and texts.
    pub(crate) fn map_expressions(&mut self, truth: impl Fn(&Expr) -> Expr, number: impl Fn(&Expr) -> Expr) {
        for constraint in &mut self.constraints {
            constraint.expr = truth(&constraint.expr);
        }
        for objective in &mut self.objectives {
            objective.expr = number(&objective.expr);
        }
    }

    /// Turns the first objective into the constraint that it has the value that it has at the assignment.
    pub(crate) fn settle_first_objective(&mut self, values: &[i64]) {
        if self.objectives.is_empty() {
            return;
        }
        let objective = self.objectives.remove(0);
        if let Ok(Some(best)) = crate::checker::evaluate(&objective.expr, values) {
            let scaled = Expr::Product(vec![objective.expr, Expr::from_big(best.denom())]);
            self.require(scaled.equals(Expr::from_big(best.numer())));
        }
    }

    /// All variables, in the order in which they were added.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The ids of all variables, in order.
    pub fn variable_ids(&self) -> impl Iterator<Item = VarId> + use<> {
        (0..u32::try_from(self.variables.len()).expect("fewer than 2^32 variables")).map(VarId)
    }

    /// One variable.
    pub fn variable(&self, id: VarId) -> &Variable {
        &self.variables[id.index()]
    }

    /// The variable of that name.
    pub fn find(&self, name: &str) -> Option<VarId> {
        self.names.get(name).copied()
    }

    /// All constraints, in the order in which they were added.
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// The objectives, most important first.
    pub fn objectives(&self) -> &[Objective] {
        &self.objectives
    }

    /// The expression in the native language, with as few parentheses as its grammar allows.
    pub fn display<'a>(&'a self, expr: &'a Expr) -> impl fmt::Display + 'a {
        crate::display::Displayed { model: self, expr }
    }
}

/// What a model refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelError {
    /// A second variable of the same name.
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A variable that could take no value.
    NoValues,
    /// A step below 1.
    StepNotPositive {
        /// The step given.
        step: i64,
    },
    /// A number that must be positive.
    NotPositive {
        /// The number given.
        value: i64,
    },
    /// A value beyond [`MAX_VALUE`].
    TooLarge {
        /// The value given.
        value: i64,
    },
    /// A row of a table without values.
    EmptyRow,
    /// A row of a table that is not as wide as the first.
    RowWidth {
        /// How many values the first row has.
        expected: usize,
        /// How many values this row has.
        found: usize,
    },
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateName { name } => write!(f, "variable `{name}` is declared twice"),
            Self::NoValues => write!(f, "a variable needs at least one value"),
            Self::StepNotPositive { step } => write!(f, "the step must be at least 1, not {step}"),
            Self::NotPositive { value } => write!(f, "{value} is not positive"),
            Self::TooLarge { value } => write!(f, "{value} is beyond the largest value, 2^53 - 1 = {MAX_VALUE}"),
            Self::EmptyRow => write!(f, "a row of a table needs at least one value"),
            Self::RowWidth { expected, found } => {
                write!(f, "the rows of a table are equally wide: the first has width {expected}, another {found}")
            }
        }
    }
}

impl std::error::Error for ModelError {}
