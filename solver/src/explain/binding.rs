//! [`bindings`]: what is left of each inequality at a solution.

use super::sides::{Sides, comparisons};
use crate::checker::Number;
use crate::model::{Constraint, Model};

/// An inequality at a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The index of the constraint in [`Model::constraints`].
    pub constraint: usize,
    /// Its sides at the solution.
    pub sides: Sides,
    /// How much may still be added to the smaller side: 0 where the constraint binds.
    pub slack: Number,
    /// The slack as a part of the larger side.
    pub relative: Number,
}

/// The constraints that are a single inequality over variables, those with the least left first, measured by their larger
/// side. Those that cannot be evaluated are left out. `values` follows the model's variables.
///
/// ```
/// use constrint_solver::{Model, Options, Values, explain, language, solve};
/// let mut model = Model::new();
/// model.add_variable("tile", Values::divisors_of(64)?)?;
/// for text in ["tile * 3 <= 100", "tile <= 64 // 2"] {
///     let constraint = language::parse(text, &model)?;
///     model.require(constraint);
/// }
/// let tile = language::parse("tile", &model)?;
/// model.maximize(tile);
/// let (outcome, _) = solve(&model, &Options::default());
/// let bindings = explain::bindings(&model, &outcome.solution().unwrap().values);
/// let left: Vec<String> = bindings.iter().map(|binding| format!("{}: {}", binding.sides, binding.slack)).collect();
/// assert_eq!(left, ["32 <= 32: 0", "96 <= 100: 4"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bindings(model: &Model, values: &[i64]) -> Vec<Binding> {
    let constraints = model.constraints().iter().enumerate();
    let mut found: Vec<Binding> =
        constraints.filter_map(|(index, constraint)| binding(index, constraint, values)).collect();
    found.sort_by(|a, b| a.relative.cmp(&b.relative));
    found
}

fn binding(index: usize, constraint: &Constraint, values: &[i64]) -> Option<Binding> {
    if constraint.expr.variables().is_empty() {
        return None;
    }
    let mut all = comparisons(&constraint.expr, values).ok()?;
    let sides = all.pop().filter(|_| all.is_empty())?;
    let (slack, relative) = (sides.slack()?, sides.relative_slack()?);
    Some(Binding { constraint: index, sides, slack, relative })
}
