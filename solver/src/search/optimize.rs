//! Branch and bound: [`solve`] and [`best_solutions`].

use super::best::Pace;
use super::components::best_of_components;
use super::stage::best_of_stage;
use super::{Bound, Options, Outcome, Solution, Statistics};
use crate::checker;
use crate::model::{Expr, Model};
use std::borrow::Cow;

/// Finds the best solution of a model, or the first if it has no objective.
///
/// Several objectives are taken in lexicographic order: each is optimised among the optima of those before it.
///
/// ```
/// use constrint_solver::{Model, Options, Outcome, Values, solve};
/// let mut model = Model::new();
/// let x = model.add_variable("x", Values::range(1, 100, 1)?)?;
/// let y = model.add_variable("y", Values::divisors_of(96)?)?;
/// model.require((constrint_solver::Expr::from(x) * y).at_most(200));
/// model.maximize(constrint_solver::Expr::from(x) * y + y);
/// let (outcome, _) = solve(&model, &Options::default());
/// let Outcome::Optimal(best) = outcome else { panic!() };
/// assert_eq!(best.values, [2, 96]);
/// # Ok::<(), constrint_solver::ModelError>(())
/// ```
pub fn solve(model: &Model, options: &Options) -> (Outcome, Statistics) {
    let (outcome, _, statistics) = best_solutions(model, options, 1);
    (outcome, statistics)
}

/// Finds the `count` best solutions, best first; without an objective, the first `count` in the order of the search.
///
/// The outcome tells of the best. Of solutions that are equally good, those met first are kept.
pub fn best_solutions(model: &Model, options: &Options, count: usize) -> (Outcome, Vec<Solution>, Statistics) {
    let limits = options.limits.clone().started();
    let mut statistics = Statistics::default();
    let mut best: Vec<Solution> = Vec::new();
    let mut stage = Cow::Borrowed(model);
    // With several objectives and one solution wanted, an objective at a time prunes best. For more solutions, ties of
    // the first objective have to be seen together.
    let stages = if count == 1 { model.objectives().len().max(1) } else { 1 };
    for objective in 0..stages {
        let mut options = options.clone();
        options.limits = limits.clone();
        options.limits.nodes = limits.nodes.map(|nodes| nodes.saturating_sub(statistics.nodes));
        let pace = Pace::default();
        let apart = best_of_components(&stage, &options, count.max(1), pace, &mut statistics);
        let ending = apart.unwrap_or_else(|| best_of_stage(&stage, &options, count.max(1), pace, &mut statistics));
        statistics.stopped = ending.stopped;
        if !ending.best.is_empty() {
            best = ending.best.into_iter().map(|solution| with_all_objectives(model, solution)).collect();
        }
        match best.first().cloned() {
            None if ending.complete => return (Outcome::Infeasible, best, statistics),
            None => return (Outcome::Unknown, best, statistics),
            Some(first) if !ending.complete => {
                statistics.bound = ending.bound.map(|value| Bound { objective, value });
                return (Outcome::Feasible(first), best, statistics);
            }
            Some(first) if objective + 1 < stages => settle_first_objective(stage.to_mut(), &first.values),
            Some(_) => {}
        }
    }
    (Outcome::Optimal(best[0].clone()), best, statistics)
}

/// Turns the first objective into the constraint that it has the value that it has at the assignment.
fn settle_first_objective(stage: &mut Model, values: &[i64]) {
    let Some(objective) = stage.take_first_objective() else { return };
    if let Ok(Some(best)) = checker::evaluate(&objective.expr, values) {
        let scaled = Expr::Product(vec![objective.expr, Expr::from_big(best.denom())]);
        stage.require(scaled.equals(Expr::from_big(best.numer())));
    }
}

fn with_all_objectives(model: &Model, solution: Solution) -> Solution {
    let value = |expr| checker::evaluate(expr, &solution.values).ok().flatten().unwrap_or_default();
    let objectives = model.objectives().iter().map(|objective| value(&objective.expr)).collect();
    Solution { objectives, ..solution }
}
