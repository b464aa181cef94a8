//! The native language: parser, checker and search against trees with an evaluator of their own.

use super::term::{NAMES, Term, any_term, is_true, text, value};
use super::{rows, whole};
use crate::brute_force::held_against;
use crate::reference::all_solutions;
use constrint_solver::{Goal, Model, Options, Outcome, Values, checker, language, solve};
use proptest::prelude::*;

/// Values of x, y and z: few, for each term is evaluated at all of them.
fn columns() -> Vec<Vec<i64>> {
    vec![(-2..3).collect(), vec![-3, 0, 1, 4], vec![2, 5, 6, 8]]
}

fn model() -> Model {
    let mut model = Model::new();
    for (name, column) in NAMES.into_iter().zip(columns()) {
        model.add_variable(name, Values::list(column).unwrap()).unwrap();
    }
    model
}

fn parsed(text: &str) -> constrint_solver::Expr {
    language::parse(text, &model()).unwrap_or_else(|error| panic!("{}", error.render(text, "term", false)))
}

/// With all brackets, with as few as the table of operators needs.
fn texts(term: &Term) -> [String; 2] {
    [text(term, 0, true), text(term, 0, false)]
}

/// Parser and checker: the same value everywhere, however many brackets there are.
#[test]
fn native_texts_are_worth_what_their_trees_are() {
    held_against(1500, any_term(), |term| {
        for text in texts(&term) {
            let expr = parsed(&text);
            for row in rows(&columns()).into_iter().step_by(7) {
                let Ok(expected) = value(&term, &row) else { continue };
                prop_assert_eq!(checker::evaluate(&expr, &row), Ok(expected), "{} at {:?}", &text, &row);
            }
        }
        Ok(())
    });
}

/// Search: the solutions of one or two required texts, in order, and the optimum of a third.
#[test]
fn native_texts_have_the_solutions_of_their_trees() {
    let goal = prop::sample::select(vec![Goal::Minimize, Goal::Maximize]);
    let models = (prop::collection::vec(any_term(), 1..3), prop::option::of((goal, any_term())));
    held_against(600, models, |(terms, objective)| {
        let mut model = model();
        for term in &terms {
            model.require(parsed(&text(term, 0, false)));
        }
        if let Some((goal, term)) = &objective {
            let expr = parsed(&text(term, 0, false));
            if *goal == Goal::Minimize { model.minimize(expr) } else { model.maximize(expr) }
        }
        let (mut solutions, mut best) = (Vec::new(), None);
        for row in rows(&columns()) {
            let mut holds = true;
            for term in &terms {
                let Ok(truth) = is_true(term, &row) else { return Ok(()) };
                holds &= truth;
            }
            let worth = objective.as_ref().map_or(Ok(Some(whole(0))), |(_, term)| value(term, &row));
            let Ok(worth) = worth else { return Ok(()) };
            // A solution has an objective that is defined.
            let Some(worth) = worth.filter(|_| holds) else { continue };
            let better = |known: &_| match &objective {
                Some((Goal::Maximize, _)) => worth > *known,
                _ => worth < *known,
            };
            if best.as_ref().is_none_or(better) {
                best = Some(worth);
            }
            solutions.push(row);
        }
        prop_assert_eq!(all_solutions(&model, &Options::default()), Some(solutions));
        match (solve(&model, &Options::default()).0, best) {
            (Outcome::Infeasible, None) => {}
            (Outcome::Optimal(found), Some(best)) => prop_assert!(found.objectives.iter().all(|value| *value == best)),
            (outcome, best) => prop_assert!(false, "{outcome:?}, but the best is {best:?}"),
        }
        Ok(())
    });
}
