//! Which constraints have little or nothing left at a solution.

use super::section;
use crate::output::{FAINT, NOTABLE, PLAIN};
use crate::sides::{Sides, comparisons};
use crate::table::{Align, Table, paragraph, shortened};
use constrint::Config;
use constrint::tiling::Tiling;
use constrint_solver::checker::Number;
use num_traits::Zero;

/// A constraint with less left than this part of its larger side is worth a look.
const LITTLE: f64 = 0.05;
/// So many are shown beside an answer.
const MOST_SHOWN: usize = 8;

/// An inequality at a solution.
pub(crate) struct Binding {
    /// The index of the constraint.
    pub(crate) constraint: usize,
    pub(crate) sides: Sides,
    pub(crate) slack: Number,
    /// The slack as a part of the larger side.
    pub(crate) relative: f64,
}

/// The constraints that are a single inequality over variables, those with the least left first.
pub(crate) fn bindings(tiling: &Tiling, config: &Config) -> Vec<Binding> {
    let values: Vec<i64> = config.values.values().copied().collect();
    let constraints = tiling.model.constraints().iter().enumerate();
    let mut found: Vec<Binding> = constraints
        .filter(|(_, constraint)| !constraint.expr.variables().is_empty())
        .filter_map(|(index, constraint)| {
            let mut all = comparisons(&constraint.expr, &values).ok()?;
            let sides = all.pop().filter(|_| all.is_empty())?;
            let (slack, relative) = sides.slack()?;
            Some(Binding { constraint: index, sides, slack, relative })
        })
        .collect();
    found.sort_by(|a, b| a.relative.total_cmp(&b.relative));
    found
}

/// Those that bind, for the report of an answer.
pub(super) fn tight(tiling: &Tiling, config: &Config) -> String {
    let mut bindings = bindings(tiling, config);
    bindings.retain(|binding| binding.relative <= LITTLE);
    bindings.truncate(MOST_SHOWN);
    if bindings.is_empty() { String::new() } else { section("What binds") + &table(tiling, &bindings) }
}

/// A line for each with its name, its sides and what is left, and the expression below.
pub(crate) fn table<'a>(tiling: &'a Tiling, bindings: impl IntoIterator<Item = &'a Binding>) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right]);
    let mut expressions = Vec::new();
    for binding in bindings {
        let constraint = &tiling.model.constraints()[binding.constraint];
        let (left, style) = if binding.slack.is_zero() {
            ("nothing left".to_owned(), NOTABLE)
        } else {
            (format!("{} left", shortened(&binding.slack.to_string(), 20)), PLAIN)
        };
        let sides = shortened(&binding.sides.to_string(), 36);
        table.styled_row([(shortened(&constraint.name, 36), PLAIN), (sides, PLAIN), (left, style)]);
        expressions.push(paragraph(&shortened(&constraint.text, 300), 4, FAINT));
    }
    let rows = table.render();
    rows.lines().zip(&expressions).flat_map(|(row, expression)| [row, "\n", expression]).collect()
}
