//! Rounds against one walk: with a pace so small that random models take many rounds.

use super::best::{Ending, Pace};
use super::components::best_of_components;
use super::stage::best_of_stage;
use super::{Branching, Limits, Options, Search, Solution, Statistics, Step};
use crate::checker;
use crate::language::parse;
use crate::model::{Goal, Model, Values};
use itertools::Itertools;
use proptest::prelude::*;

const SLOW: Pace = Pace { first_walk: 3, first_round: 2, most: 5 };

/// Four variables, up to three of these constraints, up to two objectives.
fn any_model() -> impl Strategy<Value = Model> {
    let constraints = prop::sample::subsequence(
        vec![
            "a * b + c <= 40",
            "a % 3 != b % 2",
            "c * d >= 6",
            "a + b + c + d == 14",
            "a == 2 or b * c > 9",
            "d // 2 <= c",
            "divides(b, a * d)",
            "abs(a - d) >= 2",
            "a * b * c <= 6 * d",
            "a * a * b == c * d",
            "b == 3",
            "all_different(a, b, c)",
            "(a % 2, d) in {(0, 1), (0, 4), (1, 2), (1, 3), (1, 5)}",
            "[a, 3, d, 5, 1, c, 2][b] >= 3",
        ],
        0..=3,
    );
    let objectives = prop::sample::subsequence(vec!["a * b - c", "(a * d) % 7", "a + b + c", "max(c, d)"], 0..=2);
    (constraints, objectives, any::<bool>(), prop::collection::vec(2i64..8, 4)).prop_map(
        |(constraints, objectives, minimize, widths)| {
            let mut model = Model::new();
            for (name, width) in ["a", "b", "c", "d"].into_iter().zip(widths) {
                model.add_variable(name, Values::range(1, width, 1).unwrap()).unwrap();
            }
            for text in constraints {
                let expr = parse(text, &model).unwrap();
                model.require(expr);
            }
            for text in objectives {
                let expr = parse(text, &model).unwrap();
                if minimize { model.minimize(expr) } else { model.maximize(expr) }
            }
            model
        },
    )
}

/// Two groups of variables and one variable beside them, which some constraints and terms join with one of the groups or both.
fn any_sum() -> impl Strategy<Value = Model> {
    let constraints = prop::sample::subsequence(
        vec![
            "a * b >= 5",
            "a + b == 6",
            "a % 2 == c % 2",
            "d * e <= 9",
            "d != e",
            "k < 3",
            "a > k",
            "d // k >= 1",
            "e == k or d == 1",
            "f >= 2",
            "a + d <= 6",
            "k == 0",
        ],
        0..=5,
    );
    let terms = prop::sample::subsequence(
        vec![
            "a * b",
            "7 // (a - 2)",
            "-c * 2",
            "(d * e) % 5",
            "d / e",
            "3 * k",
            "a * k",
            "-(e ** k)",
            "k // (k - 1)",
            "11",
            "f",
        ],
        1..=6,
    );
    (constraints, terms, any::<bool>(), prop::collection::vec(1i64..5, 7)).prop_map(
        |(constraints, terms, minimize, widths)| {
            let mut model = Model::new();
            for (name, width) in ["a", "b", "c", "d", "e", "f", "k"].into_iter().zip(widths) {
                model.add_variable(name, Values::range(0, width, 1).unwrap()).unwrap();
            }
            for text in constraints {
                let expr = parse(text, &model).unwrap();
                model.require(expr);
            }
            let expr = parse(&terms.join(" + "), &model).unwrap();
            if minimize {
                model.minimize(expr);
            } else {
                model.maximize(expr);
            }
            model
        },
    )
}

/// The best value of the objective, by trying everything.
fn best_by_trying(model: &Model) -> Option<checker::Number> {
    let all = model.variables().iter().map(|variable| variable.values.iter().collect::<Vec<_>>());
    let rows = all.multi_cartesian_product().filter(|row| checker::is_solution(model, row).unwrap());
    let objective = &model.objectives()[0];
    let values = rows.filter_map(|row| checker::evaluate(&objective.expr, &row).unwrap());
    if objective.goal == Goal::Minimize { values.min() } else { values.max() }
}

fn run(model: &Model, options: &Options, count: usize, pace: Pace) -> (Ending, Statistics) {
    let mut statistics = Statistics::default();
    (best_of_stage(model, options, count, pace, &mut statistics), statistics)
}

fn all(model: &Model, options: &Options) -> Vec<Solution> {
    let mut search = Search::new(model, options);
    let mut found = Vec::new();
    while let Step::Solution(solution) = search.next_solution() {
        found.push(solution);
    }
    found
}

fn any_branching() -> impl Strategy<Value = Branching> {
    prop::sample::select(vec![Branching::InputOrder, Branching::SmallestDomain, Branching::WeightedDegree])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The same solutions and the same work with any number of threads.
    #[test]
    fn threads_change_nothing(model in any_model(), branching in any_branching(), count in 1usize..5, threads in 2usize..6) {
        let options = |threads| Options { branching, threads, ..Options::default() };
        let (one, one_statistics) = run(&model, &options(1), count, SLOW);
        let (many, many_statistics) = run(&model, &options(threads), count, SLOW);
        prop_assert!(one.complete && many.complete);
        prop_assert_eq!(one.best, many.best);
        // Without an objective one thread walks in order and needs no rounds.
        if !model.objectives().is_empty() || branching == Branching::WeightedDegree {
            prop_assert_eq!(one_statistics.nodes, many_statistics.nodes);
        }
    }

    /// Also where a limit ends the search: it does so at the same node, with the same left to prove.
    #[test]
    fn threads_change_nothing_about_where_a_limit_ends(
        model in any_model(), branching in any_branching(), count in 1usize..4, nodes in 1u64..60,
    ) {
        prop_assume!(!model.objectives().is_empty());
        let mut options = Options { branching, ..Options::default() };
        options.limits.nodes = Some(nodes);
        let (one, one_statistics) = run(&model, &Options { threads: 1, ..options.clone() }, count, SLOW);
        let (three, three_statistics) = run(&model, &Options { threads: 3, ..options }, count, SLOW);
        prop_assert_eq!((one.complete, one.best, one.bound), (three.complete, three.best, three.bound));
        prop_assert_eq!(one_statistics.nodes, three_statistics.nodes);
    }

    /// Rounds find what a walk over all solutions finds.
    #[test]
    fn rounds_miss_nothing(model in any_model(), branching in any_branching(), count in 1usize..5) {
        let options = Options { branching, threads: 2, ..Options::default() };
        let (ending, _) = run(&model, &options, count, SLOW);
        let mut expected = all(&model, &options);
        if model.objectives().is_empty() {
            if branching == Branching::InputOrder {
                expected.truncate(count);
                prop_assert_eq!(ending.best, expected);
            } else {
                prop_assert_eq!(ending.best.len(), expected.len().min(count));
            }
            return Ok(());
        }
        let sign = |value: &checker::Number, goal| if goal == Goal::Minimize { value.clone() } else { -value.clone() };
        let rank = |solution: &Solution| -> Vec<checker::Number> {
            model.objectives().iter().zip(&solution.objectives).map(|(o, value)| sign(value, o.goal)).collect()
        };
        expected.sort_by_key(&rank);
        let expected: Vec<_> = expected.iter().take(count).map(&rank).collect();
        let found: Vec<_> = ending.best.iter().map(&rank).collect();
        // Of one solution by two objectives, only the first is optimised in the first stage.
        let compared = if count == 1 { 1 } else { model.objectives().len() };
        let cut = |ranks: Vec<Vec<checker::Number>>| -> Vec<_> { ranks.into_iter().map(|r| r[..compared].to_vec()).collect() };
        prop_assert_eq!(cut(found), cut(expected));
    }

    /// What was excluded does not come, and everything else still does.
    #[test]
    fn excluded_solutions_are_left_out(model in any_model(), drop in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let everything = all(&model, &Options::default());
        prop_assume!(!everything.is_empty());
        let excluded: Vec<Vec<i64>> = drop.iter().map(|index| index.get(&everything).values.clone()).collect();
        let options = Options { excluded: excluded.clone(), ..Options::default() };
        let expected: Vec<_> = everything.into_iter().filter(|solution| !excluded.contains(&solution.values)).collect();
        prop_assert_eq!(all(&model, &options), expected);
    }

    /// Where a limit ends the search, no solution beats the bound.
    #[test]
    fn bounds_hold(model in any_model(), nodes in 1u64..40, threads in 1usize..3) {
        prop_assume!(!model.objectives().is_empty());
        let mut options = Options { threads, ..Options::default() };
        options.limits.nodes = Some(nodes);
        let (ending, statistics) = run(&model, &options, 1, SLOW);
        prop_assert!(statistics.nodes <= nodes);
        if let Some(bound) = ending.bound {
            prop_assert!(!ending.complete);
            for solution in all(&model, &Options::default()) {
                let value = &solution.objectives[0];
                let beaten = if model.objectives()[0].goal == Goal::Minimize { *value < bound } else { *value > bound };
                prop_assert!(!beaten, "{value} beats {bound}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The best of the components together is the best of all.
    #[test]
    fn components_miss_nothing(model in any_sum(), threads in 1usize..3) {
        let options = Options { threads, ..Options::default() };
        let mut statistics = Statistics::default();
        let Some(ending) = best_of_components(&model, &options, SLOW, &mut statistics) else { return Ok(()) };
        prop_assert!(ending.complete);
        let found = ending.best.first();
        prop_assert!(found.is_none_or(|best| checker::is_solution(&model, &best.values).unwrap()));
        prop_assert_eq!(found.map(|best| best.objectives[0].clone()), best_by_trying(&model));
    }

    /// A limit is kept by all searches together; what was found then is a solution, and nothing beats the bound.
    #[test]
    fn limits_hold_for_all_components_together(model in any_sum(), nodes in 0u64..30) {
        let mut options = Options { without_exploration: true, ..Options::default() };
        options.limits.nodes = Some(nodes);
        let mut statistics = Statistics::default();
        let Some(ending) = best_of_components(&model, &options, SLOW, &mut statistics) else { return Ok(()) };
        prop_assert!(statistics.nodes <= nodes);
        let best = best_by_trying(&model);
        let found = ending.best.first().map(|best| best.objectives[0].clone());
        prop_assert!(ending.best.iter().all(|best| checker::is_solution(&model, &best.values).unwrap()));
        if ending.complete {
            prop_assert_eq!(found, best);
        } else if let (Some(bound), Some(best)) = (ending.bound, best) {
            let holds = if model.objectives()[0].goal == Goal::Minimize { bound <= best } else { bound >= best };
            prop_assert!(holds, "{} is better than {}", best, bound);
        }
    }
}

/// Two hard halves: what branch and bound would multiply is added.
#[test]
fn components_add_up() {
    let mut model = Model::new();
    for name in ["a", "b", "c", "d", "e", "f", "k"] {
        let last = if name == "k" { 2 } else { 60 };
        model.add_variable(name, Values::range(1, last, 1).unwrap()).unwrap();
    }
    for text in ["a * b % 61 > c * k", "d * e % 59 > f * k"] {
        let expr = parse(text, &model).unwrap();
        model.require(expr);
    }
    let objective = parse("(a * 7919 + b * b * c) % 1009 + (d * 104729 + e * f * f) % 997 - k", &model).unwrap();
    model.minimize(objective);
    let options = Options { without_exploration: true, ..Options::default() };
    let (_, together) = run(
        &model,
        &Options { limits: Limits { nodes: Some(1 << 18), ..Limits::default() }, ..options.clone() },
        1,
        SLOW,
    );
    let (outcome, apart) = super::solve(&model, &options);
    assert!(matches!(outcome, super::Outcome::Optimal(_)), "{outcome:?}");
    assert!(apart.nodes * 2 < together.nodes, "{} nodes, and {} together", apart.nodes, together.nodes);
}

/// Enough nodes for the usual pace to go over to rounds, in an order of its own.
#[test]
fn a_long_search_goes_on_in_rounds() {
    let mut model = Model::new();
    for name in ["a", "b", "c", "d"] {
        model.add_variable(name, Values::range(1, 20, 1).unwrap()).unwrap();
    }
    let objective = parse("(a * b * 7919 + c * d * 104729) % 1000003 % 1009", &model).unwrap();
    model.maximize(objective);
    let options = |threads| Options { threads, branching: Branching::WeightedDegree, ..Options::default() };
    let (_, one, one_statistics) = super::best_solutions(&model, &options(1), 100);
    let (_, four, four_statistics) = super::best_solutions(&model, &options(4), 100);
    assert!(one_statistics.rounds > 1, "{one_statistics:?}");
    assert_eq!((one, one_statistics.nodes), (four, four_statistics.nodes));
}

/// A memory limit ends the search like any other.
#[test]
fn a_memory_limit_stops_the_search() {
    let mut model = Model::new();
    for name in ["a", "b", "c"] {
        model.add_variable(name, Values::range(1, 50, 1).unwrap()).unwrap();
    }
    let expr = parse("a * b % c == 1", &model).unwrap();
    model.require(expr);
    let mut options = Options::default();
    options.limits.memory_bytes = Some(100);
    assert_eq!(super::solve(&model, &options).0, super::Outcome::Unknown);
    options.limits.memory_bytes = Some(1 << 30);
    assert!(matches!(super::solve(&model, &options).0, super::Outcome::Optimal(_)));
}
