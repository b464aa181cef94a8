//! What in a problem's expressions is accepted but perhaps not meant.

use super::{ConstraintSpec, GoalSpec, ObjectiveSpec, Problem, ShapeValue, kernel_tuner};
use crate::error::Place;
use constrint_solver::language::{self, Names, Scope, Warning};
use constrint_solver::{Expr, Model, Values};

/// Something in an expression that is accepted but perhaps not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The field that holds the expression.
    pub place: Place,
    /// The expression.
    pub text: String,
    /// What it is, and where in it.
    pub warning: Warning,
}

impl Doubt {
    /// The warning with its line and a caret; `origin` is the file.
    pub fn render(&self, origin: &str, color: bool) -> String {
        self.warning.render(&self.text, &format!("{origin}: {}", self.place), color)
    }
}

/// Every name stands for some number; what number does not matter to what is told.
struct AnyName(Expr);

impl Scope for AnyName {
    fn resolve(&self, _: &str) -> Option<Expr> {
        Some(self.0.clone())
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Problem {
    /// What in the expressions is accepted but perhaps not meant, as Python or other languages would have it otherwise;
    /// each kind once. What is wrong is left to [`crate::tiling::lower`] to say.
    ///
    /// ```
    /// let problem = constrint::Problem::from_json(
    ///     r#"{"version": 1, "variables": {"x": {"min": 1, "max": 9}}, "constraints": ["x <= 2 ^ 3", "x ^ 2 > 1"]}"#,
    /// )?;
    /// let shown: Vec<String> = problem.doubts().iter().map(|doubt| doubt.warning.to_string()).collect();
    /// assert_eq!(shown, ["`^` is the exclusive or of bits, as in Python, and no power (at byte 7)"]);
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut any = Model::new();
        let variable = any.add_variable("x", Values::list([1]).expect("a value")).expect("a name");
        let below = AnyName(variable.into());
        let mut names = Names::over(&below);
        for (name, value) in &self.shape {
            if let ShapeValue::Integer(value) = value {
                names.insert(name, *value);
            }
        }
        for (name, value) in &self.constants {
            names.insert(name, *value);
        }
        let mut doubts: Vec<Doubt> = Vec::new();
        for (place, text, expression) in self.expressions() {
            let Ok((_, warnings)) = language::read(&expression, &names) else { continue };
            for warning in warnings {
                if !doubts.iter().any(|known| known.warning.kind == warning.kind) {
                    doubts.push(Doubt { place: place.clone(), text: text.clone(), warning });
                }
            }
        }
        doubts
    }

    /// The texts of constraints and objectives, and the expressions of equal length that they hold.
    fn expressions(&self) -> Vec<(Place, String, String)> {
        let mut found = Vec::new();
        let mut add = |place: Place, text: &str| found.push((place, text.to_owned(), text.to_owned()));
        for (index, spec) in self.constraints.iter().enumerate() {
            let text = match spec {
                ConstraintSpec::Text(text) => text,
                ConstraintSpec::Named(spec) => &spec.expr,
            };
            add(Place::at("constraints").index(index), text);
        }
        let goal = |goal: &GoalSpec| match goal {
            GoalSpec::Minimize(text) | GoalSpec::Maximize(text) => text.clone(),
        };
        match &self.objective {
            Some(ObjectiveSpec::Single(one)) => add(Place::at("objective"), &goal(one)),
            Some(ObjectiveSpec::Lexicographic(stages)) => {
                let place = Place::at("objective").field("lexicographic");
                stages.lexicographic.iter().enumerate().for_each(|(index, one)| add(place.index(index), &goal(one)));
            }
            None => {}
        }
        for (index, text) in self.restrictions.iter().enumerate() {
            let expression = kernel_tuner::expression(text);
            found.push((Place::at("restrictions").index(index), text.clone(), expression));
        }
        found
    }
}
