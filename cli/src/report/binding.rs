//! Which constraints have little or nothing left at a solution.

use super::heading::section;
use crate::sides::shown;
use crate::style::{FAINT, NOTABLE, PLAIN};
use crate::table::{Align, Table};
use crate::text::{paragraph, shortened};
use constrint::Answer;
use constrint::tiling::Tiling;
use constrint_solver::checker::Number;
use constrint_solver::explain::Binding;
use num_traits::Zero;

/// A constraint with less left than one in so many parts of its larger side is worth a look.
const LITTLE: i64 = 20;
/// So many are shown beside an answer.
const MOST_SHOWN: usize = 8;

/// Those that bind, for the report of an answer.
pub(super) fn tight(answer: &Answer) -> String {
    let mut bindings = answer.bindings();
    bindings
        .retain(|binding| &binding.relative * Number::from_integer(LITTLE.into()) <= Number::from_integer(1.into()));
    bindings.truncate(MOST_SHOWN);
    if bindings.is_empty() { String::new() } else { section("What binds") + &table(&answer.tiling, &bindings) }
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
        let sides = shortened(&shown(&binding.sides), 36);
        table.styled_row([(shortened(&constraint.name, 36), PLAIN), (sides, PLAIN), (left, style)]);
        expressions.push(paragraph(&shortened(&constraint.text, 300), 4, FAINT));
    }
    let rows = table.render();
    rows.lines().zip(&expressions).flat_map(|(row, expression)| [row, "\n", expression]).collect()
}
