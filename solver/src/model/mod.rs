//! What a user states: variables, expressions, constraints and objectives. Data only.
//!
//! Nothing here propagates or searches. [`crate::post`] turns a [`Model`] into propagators, `boxes` and [`crate::space`] read
//! it by themselves, and [`crate::checker`] evaluates it directly: they share only this.
//!
//! | file | holds |
//! | --- | --- |
//! | `variable.rs`, `values.rs` | variables, and what they may be |
//! | `expr.rs`, `rows.rs` | expressions, and the tables in them |
//! | `error.rs` | what a model refuses |

mod error;
mod expr;
mod rows;
mod values;
mod variable;

pub use crate::arith::MAX_VALUE;
pub use error::ModelError;
pub use expr::{Comparison, Expr, MemberSet};
pub use rows::Rows;
pub use values::Values;
pub use variable::{VarId, Variable};

use std::collections::HashMap;

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

    /// Adds a constraint.
    pub fn add_constraint(&mut self, constraint: Constraint) {
        self.constraints.push(constraint);
    }

    /// Adds an objective, less important than those already there.
    pub fn add_objective(&mut self, objective: Objective) {
        self.objectives.push(objective);
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

    /// Takes the first objective out.
    pub(crate) fn take_first_objective(&mut self) -> Option<Objective> {
        (!self.objectives.is_empty()).then(|| self.objectives.remove(0))
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
}
