//! The smallest changes that would help where there is no solution.

use super::heading::section;
use crate::style::{FAINT, NOTABLE, PLAIN};
use crate::table::{Align, Table};
use crate::text::{paragraph, shortened};
use constrint::Answer;
use constrint_solver::checker::Number;
use constrint_solver::explain::{Relaxation, Relaxations};
use num_traits::{Signed, ToPrimitive, Zero};

/// The changes that give the problem a solution, then those that only end the conflict.
pub(crate) fn sections(answer: &Answer, relaxations: &Relaxations) -> String {
    let (suffice, others): (Vec<&Relaxation>, Vec<&Relaxation>) =
        relaxations.found.iter().partition(|change| change.suffices);
    let mut text = String::new();
    for (name, changes) in [
        ("Smallest changes that help, each by itself", suffice),
        ("Smallest changes that end this conflict, but leave another", others),
    ] {
        if !changes.is_empty() {
            text += &section(name);
            text += &table(answer, &changes);
        }
    }
    if relaxations.undecided > 0 {
        let limits = if relaxations.undecided == 1 { "limit" } else { "limits" };
        let note = format!("For {} {limits} more the time ran out before a change was found.", relaxations.undecided);
        text.push('\n');
        text += &paragraph(&note, 0, FAINT);
    }
    text
}

/// A line for each with its name, the limit now and needed, and the change; the expression below.
fn table(answer: &Answer, changes: &[&Relaxation]) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Right, Align::Right]);
    let mut expressions = Vec::new();
    for change in changes {
        let constraint = &answer.tiling.model.constraints()[change.constraint];
        table.styled_row([
            (shortened(&constraint.name, 30), PLAIN),
            (number(&change.limit), PLAIN),
            (format!("→ {}", number(&change.needed)), NOTABLE),
            (signed(&change.change()), PLAIN),
            (percent(change), PLAIN),
        ]);
        let unproved = if change.proved { "" } else { " (a smaller change may do: the time ran out)" };
        expressions.push(paragraph(&(shortened(&change.text, 300) + unproved), 4, FAINT));
    }
    let rows = table.render();
    rows.lines().zip(&expressions).flat_map(|(row, expression)| [row, "\n", expression]).collect()
}

fn number(number: &Number) -> String {
    shortened(&number.to_string(), 14)
}

fn signed(change: &Number) -> String {
    let sign = if change.is_positive() { "+" } else { "" };
    shortened(&format!("{sign}{change}"), 15)
}

/// The change as a part of the limit; a limit of 0 has no parts.
fn percent(change: &Relaxation) -> String {
    if change.limit.is_zero() {
        return String::new();
    }
    let percent = change.change() / change.limit.abs() * Number::from_integer(100.into());
    match percent.to_f64() {
        Some(percent) if percent.abs() < 1e6 => format!("{percent:+.1} %"),
        _ => String::new(),
    }
}
