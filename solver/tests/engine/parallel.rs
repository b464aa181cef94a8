//! Any number of threads gives the same answer with the same work.
//!
//! Random models are too small for a second thread to get anything to do: the unit tests of `search` run them at a slow
//! pace. Here the pace is the usual one, and the trees are large enough for it.

use constrint_solver::{
    Branching, Limits, Model, Options, Outcome, Solution, Statistics, ValueOrder, Values, best_solutions, language,
};

fn model(variables: &[(&str, Values)], constraints: &[&str], objective: &str) -> Model {
    let mut model = Model::new();
    for (name, values) in variables {
        model.add_variable(*name, values.clone()).unwrap();
    }
    for text in constraints {
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
    }
    if !objective.is_empty() {
        let expr = language::parse(objective, &model).unwrap();
        model.maximize(expr);
    }
    model
}

fn range(least: i64, most: i64) -> Values {
    Values::range(least, most, 1).unwrap()
}

/// A tiling whose objective says little until all is fixed.
fn products() -> Model {
    let tiles = Values::divisors_of(720).unwrap();
    model(
        &[
            ("a", tiles.clone()),
            ("b", tiles.clone()),
            ("c", tiles),
            ("stages", range(1, 6)),
            ("bytes", range(1, 1 << 30)),
        ],
        &["bytes == a * b * stages * 4", "a * b * c <= 20000", "bytes % 16 == 0", "b * c * stages >= 6 * a"],
        "(a * 7919 + b * 104729 + c * 1299709 + stages * 15485863) % 1000003",
    )
}

/// Places for seven things, with a table and a list of what they are worth.
fn tuples() -> Model {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let variables: Vec<(&str, Values)> = names.iter().map(|&name| (name, range(0, 8))).collect();
    model(
        &variables,
        &[
            "all_different(a, b, c, d, e, f, g)",
            "(a % 3, b % 3) in {(0, 1), (1, 2), (2, 0), (2, 2), (0, 0)}",
            "[3, 1, 4, 1, 5, 9, 2, 6, 5][c] + [2, 7, 1, 8, 2, 8, 1, 8, 2][d] <= 9",
        ],
        "",
    )
}

/// The answer and the work: what may not depend on the number of threads.
fn with(model: &Model, options: &Options, threads: usize, count: usize) -> (Outcome, Vec<Solution>, Statistics) {
    let (outcome, solutions, statistics) = best_solutions(model, &Options { threads, ..options.clone() }, count);
    let Statistics { nodes, rounds, bound, .. } = statistics;
    (outcome, solutions, Statistics { nodes, rounds, bound, ..Statistics::default() })
}

#[test]
fn the_best_configuration_is_the_same() {
    let model = products();
    let order: Vec<_> = model.variable_ids().skip(1).take(1).map(|id| (id, ValueOrder::LargestFirst)).collect();
    let options = Options { order, ..Options::default() };
    let walking = Options { without_exploration: true, ..options.clone() };
    let one = with(&model, &walking, 1, 1);
    assert!(one.2.rounds > 1, "one walk was enough");
    assert!(matches!(one.0, Outcome::Optimal(_)));
    assert_eq!(one, with(&model, &walking, 3, 1));
    assert_eq!(with(&model, &options, 1, 1), with(&model, &options, 3, 1));
}

/// With an objective, a limit of nodes ends the search at the same place whatever the number of threads, and the bound
/// that is left is the same too.
#[test]
fn a_limit_of_nodes_ends_the_search_at_the_same_place() {
    let model = products();
    for (nodes, rounds) in [(1, 0), (500, 0), (17_501, 3)] {
        let limits = Limits { nodes: Some(nodes), ..Limits::default() };
        let options = Options { limits, without_exploration: true, ..Options::default() };
        let one = with(&model, &options, 1, 1);
        assert_eq!(one, with(&model, &options, 3, 1), "{nodes} nodes");
        assert!(one.2.nodes <= nodes && one.2.rounds >= rounds, "{nodes} nodes");
    }
}

/// Without an objective one thread walks in order; several cut the tree into parts and put what they find in order.
#[test]
fn the_first_solutions_are_the_same() {
    let model = tuples();
    let options = Options::default();
    let one = with(&model, &options, 1, 8500);
    let three = with(&model, &options, 3, 8500);
    assert!(three.2.rounds > 1, "one walk was enough");
    assert!(one.1.len() == 8500 && one.1 == three.1);
    let weighted = Options { branching: Branching::WeightedDegree, ..options };
    assert_eq!(with(&model, &weighted, 1, 8500), with(&model, &weighted, 3, 8500));
}
