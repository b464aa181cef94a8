//! The same problem told otherwise has the same answers. No evaluator is asked: the solver is held against itself.

use crate::brute_force::held_against;
use crate::random::products::{any_products, any_wide};
use crate::random::{any_model, tuples::any_tuples};
use crate::reference::all_solutions;
use crate::rewrite::{with_constraints, with_nodes, with_variables};
use constrint_solver::checker::Number;
use constrint_solver::{Comparison, Expr, Goal, Model, Objective, Options, Outcome, ValueOrder, Values, solve};
use num_bigint::BigInt;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// A model, how to search it, and numbers to choose what is done to it.
#[derive(Debug, Clone)]
struct Told {
    model: Model,
    options: Options,
    draws: Vec<prop::sample::Index>,
}

impl Told {
    fn draw(&self, which: usize, size: usize) -> usize {
        self.draws[which % self.draws.len()].index(size)
    }

    /// A permutation of that many places.
    fn permutation(&self, size: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..size).collect();
        for place in (1..size).rev() {
            places.swap(place, self.draw(place, place + 1));
        }
        places
    }

    fn answers(&self) -> Option<Answers> {
        answers(&self.model, &self.options)
    }
}

fn any_told() -> impl Strategy<Value = Told> {
    let usual = |model: Model| (model, Options::default());
    let model = prop_oneof![
        3 => any_model(300).prop_map(usual),
        2 => any_products(600).prop_map(usual),
        1 => any_tuples(600).prop_map(usual),
        2 => any_wide().prop_map(|wide| (wide.model, Options { order: wide.order, ..Options::default() })),
    ];
    let draws = prop::collection::vec(any::<prop::sample::Index>(), 8);
    (model, draws).prop_map(|((model, options), draws)| Told { model, options, draws })
}

/// All solutions, ascending, and the values of the objectives at the best.
#[derive(Debug, Clone, PartialEq)]
struct Answers {
    solutions: Vec<Vec<i64>>,
    best: Option<Vec<Number>>,
}

/// None where a number was too large to compute.
fn answers(model: &Model, options: &Options) -> Option<Answers> {
    let mut solutions = all_solutions(model, options)?;
    solutions.sort();
    let best = match solve(model, options).0 {
        Outcome::Optimal(solution) => Some(solution.objectives),
        Outcome::Infeasible => None,
        Outcome::Feasible(_) | Outcome::Unknown => return None,
    };
    Some(Answers { solutions, best })
}

/// Told in the second way, the model has the same answers.
fn same(told: &Told, other: &Model) -> TestCaseResult {
    let (Some(before), Some(after)) = (told.answers(), answers(other, &told.options)) else { return Ok(()) };
    prop_assert_eq!(before, after);
    Ok(())
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

/// Names mean nothing: not even the number of nodes changes.
#[test]
fn other_names() {
    held_against(60, any_told(), |told| {
        let places: Vec<usize> = (0..told.model.variables().len()).collect();
        let renamed = with_variables(&told.model, &places, |name| format!("z_{name}_a"), &|expr| expr);
        let (before, after) = (solve(&told.model, &told.options), solve(&renamed, &told.options));
        prop_assert_eq!(before.0, after.0);
        prop_assert_eq!(before.1.nodes, after.1.nodes);
        same(&told, &renamed)
    });
}

#[test]
fn variables_in_another_order() {
    held_against(100, any_told(), |told| {
        let places = told.permutation(told.model.variables().len());
        let moved = with_variables(&told.model, &places, str::to_owned, &|expr| expr);
        let ids: Vec<_> = moved.variable_ids().collect();
        let order = told.options.order.iter().map(|&(id, end)| (ids[places[id.index()]], end)).collect();
        let options = Options { order, ..told.options.clone() };
        let (Some(before), Some(after)) = (told.answers(), answers(&moved, &options)) else { return Ok(()) };
        let back = |row: &Vec<i64>| places.iter().map(|&place| row[place]).collect::<Vec<i64>>();
        let mut solutions: Vec<_> = after.solutions.iter().map(back).collect();
        solutions.sort();
        prop_assert_eq!(before, Answers { solutions, ..after });
        Ok(())
    });
}

#[test]
fn constraints_in_another_order_and_twice() {
    held_against(100, any_told(), |told| {
        let constraints = told.model.constraints();
        let order = told.permutation(constraints.len());
        let again = order.iter().filter(|&&index| told.draw(index, 2) == 1);
        let chosen = order.iter().chain(again).map(|&index| constraints[index].clone());
        same(&told, &with_constraints(&told.model, chosen))
    });
}

/// Comparisons, at any depth, but for those of a logarithm: as a side of one it need not be an integer, as a factor it
/// must be.
fn with_comparisons(model: &Model, change: impl Fn(Comparison, Expr, Expr) -> Expr) -> Model {
    with_nodes(model, &|expr| match expr {
        Expr::Compare(comparison, a, b) if !matches!((&*a, &*b), (Expr::Log2(_), _) | (_, Expr::Log2(_))) => {
            change(comparison, *a, *b)
        }
        other => other,
    })
}

#[test]
fn both_sides_times_a_positive_number() {
    held_against(100, any_told(), |told| {
        let factor = [2, 3, 12, 1000][told.draw(0, 4)];
        let first = told.draw(1, 2) == 0;
        let scaled =
            |side: Expr| Expr::Product(if first { vec![factor.into(), side] } else { vec![side, factor.into()] });
        same(
            &told,
            &with_comparisons(&told.model, |comparison, a, b| {
                Expr::Compare(comparison, boxed(scaled(a)), boxed(scaled(b)))
            }),
        )
    });
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessEqual => Comparison::GreaterEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterEqual => Comparison::LessEqual,
        equality => equality,
    }
}

#[test]
fn both_sides_negated_and_the_comparison_turned() {
    held_against(100, any_told(), |told| {
        let opposite = |side: Expr| boxed(Expr::Negate(boxed(side)));
        same(
            &told,
            &with_comparisons(&told.model, |comparison, a, b| {
                Expr::Compare(mirrored(comparison), opposite(a), opposite(b))
            }),
        )
    });
}

#[test]
fn sides_exchanged_and_conditions_negated_twice() {
    held_against(100, any_told(), |told| {
        let exchanged = with_nodes(&told.model, &|expr| match expr {
            Expr::Compare(comparison, a, b) => {
                let exchanged = Expr::Compare(mirrored(comparison), b, a);
                Expr::Not(boxed(Expr::Not(boxed(exchanged))))
            }
            Expr::Sum(mut list) => {
                list.reverse();
                Expr::Sum(list)
            }
            Expr::Product(mut list) => {
                list.reverse();
                Expr::Product(list)
            }
            other => other,
        });
        same(&told, &exchanged)
    });
}

/// The optimum of k times an objective is k times its optimum, also where k is negative and the goal the opposite.
#[test]
fn objectives_times_a_number() {
    held_against(100, any_told(), |told| {
        let factor = [-3, -1, 2, 7][told.draw(0, 4)];
        let mut scaled = told.model.clone();
        scaled.clear_objectives();
        for Objective { goal, expr, text } in told.model.objectives() {
            let opposite = if *goal == Goal::Minimize { Goal::Maximize } else { Goal::Minimize };
            let goal = if factor > 0 { *goal } else { opposite };
            scaled.add_objective(Objective { goal, expr: expr.clone() * factor, text: text.clone() });
        }
        let (Some(before), Some(after)) = (told.answers(), answers(&scaled, &told.options)) else { return Ok(()) };
        let factor = Number::from(BigInt::from(factor));
        let best = before.best.map(|best| best.into_iter().map(|value| value * &factor).collect::<Vec<_>>());
        prop_assert_eq!(best, after.best);
        prop_assert_eq!(before.solutions, after.solutions);
        Ok(())
    });
}

/// Forbidden, a solution is missing and no other.
#[test]
fn a_solution_forbidden() {
    held_against(100, any_told(), |told| {
        let Some(before) = told.answers() else { return Ok(()) };
        if before.solutions.is_empty() {
            return Ok(());
        }
        let place = told.draw(0, before.solutions.len());
        let equal = told.model.variable_ids().zip(&before.solutions[place]);
        let equal: Vec<Expr> = equal.map(|(id, &value)| Expr::from(id).equals(value)).collect();
        let differs = equal.iter().map(|equal| Expr::Not(boxed(equal.clone()))).collect();
        let forbidden = [Expr::Not(boxed(Expr::And(equal))), Expr::Or(differs)];
        let mut model = told.model.clone();
        model.require(forbidden[told.draw(1, 2)].clone());
        let mut expected = before.solutions;
        expected.remove(place);
        let mut found = all_solutions(&model, &told.options).expect("what could be computed still can");
        found.sort();
        prop_assert_eq!(found, expected);
        Ok(())
    });
}

/// The values of a variable in two parts, by its values or by a constraint: each solution is in one of them.
#[test]
fn a_range_in_two_parts() {
    held_against(100, any_told(), |told| {
        let ids: Vec<_> = told.model.variable_ids().collect();
        let id = ids[told.draw(0, ids.len())];
        let (least, most) = ends(&told.model.variable(id).values);
        let middle = least + (most - least) / [2, 3, 5][told.draw(1, 3)];
        let Some(whole) = told.answers() else { return Ok(()) };
        let mut parts = Vec::new();
        for upper in [false, true] {
            let mut part = told.model.clone();
            match part_of(&told.model.variable(id).values, middle, upper) {
                Some(values) if told.draw(2, 2) == 0 => part.set_values(id, values),
                _ if upper => part.require(Expr::from(id).compare(Comparison::Greater, middle)),
                _ => part.require(Expr::from(id).at_most(middle)),
            }
            let Some(found) = answers(&part, &told.options) else { return Ok(()) };
            prop_assert!(found.solutions.iter().all(|row| (row[id.index()] > middle) == upper));
            parts.extend(found.solutions);
        }
        parts.sort();
        prop_assert_eq!(whole.solutions, parts);
        Ok(())
    });
}

fn ends(values: &Values) -> (i64, i64) {
    match values {
        Values::Range { min, max, .. } => (*min, *max),
        Values::List(list) => (list[0], list[list.len() - 1]),
    }
}

/// The values up to the middle or those above, unless there are none.
fn part_of(values: &Values, middle: i64, upper: bool) -> Option<Values> {
    match values {
        Values::Range { min, max, step } => {
            let first_above = min + ((middle - min) / step + 1) * step;
            if upper { Values::range(first_above, *max, *step) } else { Values::range(*min, middle, *step) }.ok()
        }
        Values::List(list) => Values::list(list.iter().copied().filter(|&value| (value > middle) == upper)).ok(),
    }
}

/// A number in the place of a variable: the solutions that have it there, and the best of them.
#[test]
fn a_number_for_a_variable() {
    held_against(120, any_told(), |told| {
        let ids: Vec<_> = told.model.variable_ids().collect();
        // A wide variable has too many values for one of them to be met by chance.
        let few: Vec<_> = ids.into_iter().filter(|&id| told.model.variable(id).values.len() < 10_000).collect();
        let id = few[told.draw(0, few.len())];
        let values: Vec<i64> = told.model.variable(id).values.iter().collect();
        let value = values[told.draw(1, values.len())];
        let mut fixed = told.model.clone();
        fixed.require(Expr::from(id).equals(value));
        let mut replaced =
            with_nodes(&told.model, &|expr| if expr == Expr::Variable(id) { value.into() } else { expr });
        replaced.set_values(id, Values::list([value]).unwrap());
        let Some(mut whole) = all_solutions(&told.model, &told.options) else { return Ok(()) };
        whole.retain(|row| row[id.index()] == value);
        whole.sort();
        let (Some(fixed), Some(replaced)) = (answers(&fixed, &told.options), answers(&replaced, &told.options)) else {
            return Ok(());
        };
        prop_assert_eq!(&fixed.solutions, &whole);
        prop_assert_eq!(fixed, replaced);
        Ok(())
    });
}

/// From which end and with which variable a search starts changes nothing about what there is.
#[test]
fn searched_from_another_end() {
    held_against(60, any_told(), |told| {
        if !told.options.order.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = told.model.variable_ids().collect();
        let order = vec![(ids[told.draw(0, ids.len())], ValueOrder::LargestFirst)];
        let (Some(before), Some(after)) =
            (told.answers(), answers(&told.model, &Options { order, ..Options::default() }))
        else {
            return Ok(());
        };
        prop_assert_eq!(before, after);
        Ok(())
    });
}
