//! The `ConstrINT` dialect: a problem as one text of statements.
//!
//! | file | holds |
//! | --- | --- |
//! | `parser` | the grammar |
//! | `foreign` | operators of other languages, and what to write instead |
//! | `brackets` | where leaving brackets out changes the meaning |
//! | `range` | what a variable may be |
//!
//! # Grammar
//!
//! From the loosest to the tightest, those of one row from left to right unless said otherwise:
//!
//! | text | meaning |
//! | --- | --- |
//! | `a; b` | both hold; empty statements are skipped, so that the last `;` may be left out |
//! | `a \| b`, `a \|\| b` | one of them holds; `a == 2 \| b == 3; c <= 5` needs `c <= 5` in any case |
//! | `== <=` and here also `>= < > !=` | chains: `a == b == 3` is `a == b` and `b == 3` |
//! | `a % b` | the remainder; `a + b % c * d == 0` says that `c * d` divides `a + b` |
//! | `a + b` | |
//! | `a * b` | |
//! | `a ^ b` | from right to left |
//! | `12`, `-3`, `name` | a sign belongs to its number and is no operator |
//!
//! `[1, 2, 3]` is a list of integers; as a side of `==` or `!=` it means any of them. `#` starts a comment. There is no
//! subtraction and no division: terms go to the other side. Brackets `( )` must come in pairs and are otherwise read
//! over: they group nothing. Where they would, [`Parsed::warnings`] says so.
//!
//! # Variables
//!
//! Every name is a variable. Each ranges over `1..=2^30`. Where a whole statement sets one equal to a number or a list,
//! or its alternatives all do so for the same one, its range is widened until it holds these values: `a == [0, 1]` may
//! be 0. Alternatives about several variables widen nothing.
//!
//! ```
//! use constrint_solver::language::constrint::parse;
//! use constrint_solver::{Options, solve};
//!
//! let parsed = parse("a == [1, 2, 3];  b * (a + 1) == 12;  # brackets group nothing").unwrap();
//! assert_eq!(parsed.warnings.len(), 1);
//! assert_eq!(parsed.warnings[0].to_string(), "brackets group nothing: this is read as `b * a + 1 == 12` (at byte 21)");
//! let (outcome, _) = solve(&parsed.model, &Options::default());
//! assert_eq!(outcome.solution().unwrap().values, [1, 11]);
//! ```

mod brackets;
mod foreign;
mod parser;
mod range;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::SyntaxError;
pub use super::warning::{Warning, WarningKind};
use crate::model::{Constraint, Model};

/// A text that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Its variables in the order of their first appearance, and a constraint for each statement. A constraint is named
    /// `line 3`, or `line 3, statement 2` if it is the second that starts on its line.
    pub model: Model,
    /// What may not have been meant, in the order of the text.
    pub warnings: Vec<Warning>,
}

/// The problem that a text states, in time linear in its length.
///
/// # Errors
/// [`SyntaxError`] when the text is not in the grammar above, or goes beyond
/// [`MAX_NESTING`](super::MAX_NESTING) or [`MAX_NODES`](super::MAX_NODES).
pub fn parse(text: &str) -> Result<Parsed, SyntaxError> {
    let parser::Program { names, statements, brackets } = parser::program(text)?;
    let mut model = Model::new();
    let ranges = range::ranges(names.len(), statements.iter().map(|statement| &statement.expr));
    for (name, values) in names.into_iter().zip(ranges) {
        model.add_variable(name, values).expect("each name once");
    }
    let mut lines = Lines::default();
    for statement in &statements {
        let name = lines.name(text, statement.span.start);
        let (expr, text) = (statement.expr.clone(), one_line(&text[statement.span.clone()]));
        model.add_constraint(Constraint { name, expr, text, because: String::new() });
    }
    let warnings = warnings(&model, &statements, brackets);
    Ok(Parsed { model, warnings })
}

/// A warning for each pair of brackets at one of these places, with how its statement is read.
fn warnings(model: &Model, statements: &[parser::Statement], places: Vec<Range<usize>>) -> Vec<Warning> {
    // Written once for a statement, which may be long and hold many brackets.
    let mut read = (usize::MAX, String::new());
    let with_statement = places.into_iter().map(|span| {
        let first = statements.partition_point(|statement| statement.span.end <= span.start);
        let beyond = statements.partition_point(|statement| statement.span.start < span.end);
        let read_as = (first + 1 == beyond).then(|| {
            if read.0 != first {
                read = (first, shortened(&model.display(&statements[first].expr).to_string()));
            }
            read.1.clone()
        });
        Warning { kind: WarningKind::BracketsIgnored { read_as }, span }
    });
    with_statement.collect()
}

/// The first 200 characters.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A statement without its comments and line breaks.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Counts lines, and statements on each, as places ascend.
#[derive(Debug, Default)]
struct Lines {
    seen: usize,
    line: usize,
    statement: usize,
}

impl Lines {
    fn name(&mut self, text: &str, start: usize) -> String {
        let breaks = text[self.seen..start].matches('\n').count();
        self.statement = if breaks > 0 { 1 } else { self.statement + 1 };
        (self.seen, self.line) = (start, self.line + breaks);
        match self.statement {
            1 => format!("line {}", self.line + 1),
            statement => format!("line {}, statement {statement}", self.line + 1),
        }
    }
}
