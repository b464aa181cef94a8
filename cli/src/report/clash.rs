//! Why there is no solution.

use super::heading::section;
use crate::style::{BAD, FAINT, PLAIN};
use crate::table::{Align, Table};
use crate::text::{paragraph, shortened};
use constrint::{Answer, Status};
use constrint_solver::{Values, VarId};
use std::collections::BTreeSet;

/// What to say where there is no solution: the clash, or nothing beside the heading if a limit was reached.
pub(crate) fn without_solution(answer: &Answer) -> String {
    match &answer.conflict {
        _ if answer.status != Status::Infeasible => String::new(),
        Some(conflict) if conflict.is_empty() => {
            paragraph("The constraints have solutions, but the objective is undefined at each of them.", 0, PLAIN)
        }
        Some(conflict) => clash(answer, conflict),
        None => paragraph(
            "No small set of constraints that clash was found in time; the search over all of them proved that there is \
             no solution.",
            0,
            PLAIN,
        ),
    }
}

fn clash(answer: &Answer, conflict: &[usize]) -> String {
    let model = &answer.tiling.model;
    let mut text = match conflict.len() {
        1 => section("This cannot hold"),
        _ if !answer.conflict_is_minimal => section(
            "These cannot hold together; not all may be needed for that, which explain takes the time to find out",
        ),
        _ => section("These cannot hold together; without any one of them the others can"),
    };
    for &index in conflict {
        let constraint = &model.constraints()[index];
        text += &paragraph(&shortened(&constraint.name, 90), 2, BAD);
        text += &paragraph(&shortened(&constraint.text, 1000), 4, PLAIN);
        if !constraint.because.is_empty() {
            text += &paragraph(&format!("because {}", shortened(&constraint.because, 1000)), 4, FAINT);
        }
    }
    text + &variables(answer, conflict)
}

/// The variables of the clash with the values that they may take.
fn variables(answer: &Answer, conflict: &[usize]) -> String {
    let model = &answer.tiling.model;
    let constraints = conflict.iter().map(|&index| &model.constraints()[index]);
    let variables: BTreeSet<VarId> = constraints.flat_map(|constraint| constraint.expr.variables()).collect();
    if variables.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for id in variables {
        let variable = model.variable(id);
        table.styled_row([(variable.name.clone(), PLAIN), (values(&variable.values), FAINT)]);
    }
    section("Over") + &table.render()
}

/// The values that a variable may take, in short.
pub(crate) fn values(values: &Values) -> String {
    const MOST: usize = 12;
    match values {
        Values::Range { min, max, .. } if min == max => format!("{min}"),
        Values::Range { min, max, step: 1 } => format!("{min} to {max}"),
        Values::Range { min, max, step } => format!("{min}, {}, … {max}", min + step),
        Values::List(list) => {
            let shown: Vec<String> = list.iter().take(MOST).map(i64::to_string).collect();
            let rest = if list.len() > MOST { format!(", … {}", list[list.len() - 1]) } else { String::new() };
            format!("{}{rest}", shown.join(", "))
        }
    }
}
