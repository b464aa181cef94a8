//! Which of two solutions is better.

use crate::ValueOrder;
use crate::model::{Goal, Model, VarId};
use crate::search::Solution;
use std::cmp::Ordering;

/// Whether `a` comes strictly before `b`: by the objectives, or without any by the order of the variables.
pub(super) fn is_better(model: &Model, order: &[(VarId, ValueOrder)], a: &Solution, b: &Solution) -> bool {
    let ordering =
        if model.objectives().is_empty() { by_order(order, &a.values, &b.values) } else { by_objectives(model, a, b) };
    ordering.is_lt()
}

fn by_objectives(model: &Model, a: &Solution, b: &Solution) -> Ordering {
    let stages = model.objectives().iter().zip(a.objectives.iter().zip(&b.objectives));
    let compared = stages.map(|(objective, (a, b))| if objective.goal == Goal::Minimize { a.cmp(b) } else { b.cmp(a) });
    compared.fold(Ordering::Equal, Ordering::then)
}

/// The variables of the order come first, then all in the order of the model, smallest first.
fn by_order(order: &[(VarId, ValueOrder)], a: &[i64], b: &[i64]) -> Ordering {
    let compared = order.iter().map(|&(variable, end)| {
        let (a, b) = (a[variable.index()], b[variable.index()]);
        if end == ValueOrder::SmallestFirst { a.cmp(&b) } else { b.cmp(&a) }
    });
    compared.fold(Ordering::Equal, Ordering::then).then_with(|| a.cmp(b))
}
