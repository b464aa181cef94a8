//! Queries of spaces that are too large to list, and the two ways to the best rows held against each other.

use super::tests::{model, space};
use super::*;
use crate::language;
use crate::model::{Expr, Goal, Model, Values, VarId};
use crate::search::{Limits, Solution};
use num_bigint::BigUint;
use num_traits::ToPrimitive;

fn objective(space: &SolutionSpace, text: &str) -> Expr {
    let mut model = Model::new();
    for variable in space.variables() {
        model.add_variable(&variable.name, variable.values.clone()).unwrap();
    }
    language::parse(text, &model).unwrap()
}

fn nodes(nodes: u64) -> Limits {
    Limits { nodes: Some(nodes), ..Limits::default() }
}

fn value(solution: &Solution) -> i128 {
    solution.objectives[0].to_integer().to_i128().unwrap()
}

#[test]
fn branch_and_bound_finds_what_dynamic_programming_finds() {
    let names = ["a", "b", "c", "d", "e"];
    let variables = names.map(|name| (name, -2, 5));
    let spaces = [
        space(&variables, &["a + c != 3", "b * d <= 6", "e * a >= -4"]),
        space(&variables, &["(a * b + c * d) % 3 == 1", "a <= e"]),
        space(&variables, &[]),
    ];
    let texts = [
        "a * b + c * d - e",
        "max(a, b, c) * min(c, d, e)",
        "(a - b) ** 2 + (b - c) ** 2 + abs(d * e - 3)",
        "a / (b + 3) + c / (d + 4)",
        "(a * 7 + b * 5 + c * 3 + d * d + e) % 11",
        "a * b * c * d * e",
        "a // b + c % d",
        "a * c + b",
        "[a, b, c, d][e]",
        "-(a ** 2) - b ** 3",
    ];
    for (space, text) in spaces.iter().flat_map(|space| texts.map(|text| (space, text))) {
        let objective = objective(space, text);
        for (goal, count) in [(Goal::Minimize, 1), (Goal::Maximize, 1), (Goal::Minimize, 40)] {
            let programmed = space.best_by(goal, &objective, count, &Limits::default(), u64::MAX).unwrap();
            let bounded = space.best_by(goal, &objective, count, &Limits::default(), 0).unwrap();
            assert!(programmed == bounded, "{text}, {goal:?}, {count}");
        }
    }
}

/// Bounds leave most of the space unseen.
#[test]
fn branch_and_bound_sees_little_of_a_large_space() {
    let names: Vec<String> = (0..8).map(|index| format!("x{index}")).collect();
    let variables: Vec<_> = names.iter().map(|name| (name.as_str(), 1, 100)).collect();
    let space = space(&variables, &["x0 + x1 >= 9", "x2 * x3 >= 9"]);
    assert!(space.len() > BigUint::from(10u32).pow(15));
    let objective = objective(&space, "(x0 * x1 + 3) * (x2 + x3 * x4) + x5 * (x6 + x7 * x0)");
    let best = space.best_by(Goal::Minimize, &objective, 1, &nodes(20_000), 0).unwrap();
    assert_eq!(best[0].values, [1, 8, 3, 3, 1, 1, 1, 1]);
    assert_eq!(value(&best[0]), 11 * 6 + 2);
}

#[test]
fn objectives_that_decompose_take_a_pass_over_the_diagram() {
    let names: Vec<String> = (0..30).map(|index| format!("x{index}")).collect();
    let variables: Vec<_> = names.iter().map(|name| (name.as_str(), 1, 24)).collect();
    let chain: Vec<String> = names.windows(2).map(|pair| format!("{} <= {} + 1", pair[0], pair[1])).collect();
    let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
    let space = space(&variables, &chain);
    assert!(space.len() > BigUint::from(10u32).pow(15), "{}", space.len());
    let sum = names.iter().enumerate().map(|(index, name)| format!("abs({name} - {})", 10 + 3 * (index % 2)));
    let sum = objective(&space, &sum.collect::<Vec<_>>().join(" + "));
    let best = space.best(Goal::Minimize, &sum, 3, &nodes(1500)).unwrap();
    // Every descent from 13 to 10 has to give way by two, but for the last variable, from which nothing descends.
    assert_eq!(best.iter().map(value).collect::<Vec<_>>(), [14 * 2; 3]);
    assert!(best.iter().all(|best| space.contains(&best.values)) && best.is_sorted_by(|a, b| a.values < b.values));
    let product = objective(&space, &names.join(" * "));
    let most = space.best(Goal::Maximize, &product, 2, &nodes(1500)).unwrap();
    assert_eq!(most[0].values, [24; 30]);
    assert_eq!(most[1].values, [vec![23], vec![24; 29]].concat());
}

/// A sum over independent parts, whose terms are not of single variables, is a sum of optima.
#[test]
fn independent_parts_are_optimised_by_themselves() {
    let names: Vec<String> = (0..30).map(|index| format!("x{index}")).collect();
    let variables: Vec<_> = names.iter().map(|name| (name.as_str(), 1, 12)).collect();
    let pairs: Vec<String> = names.chunks(2).map(|pair| format!("{} + {} >= 7", pair[0], pair[1])).collect();
    let space = space(&variables, &pairs.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(space.len() > BigUint::from(10u32).pow(15));
    let products: Vec<String> = names.chunks(2).map(|pair| format!("{} * {}", pair[0], pair[1])).collect();
    let objective = objective(&space, &products.join(" + "));
    let best = space.best(Goal::Minimize, &objective, 3, &nodes(2000)).unwrap();
    assert_eq!(best.iter().map(value).collect::<Vec<_>>(), [15 * 6; 3]);
    assert_eq!(best[1].values, [[1, 6].repeat(14), vec![6, 1]].concat());
    let error = space.best(Goal::Minimize, &objective, 3, &nodes(20)).unwrap_err();
    assert_eq!(error, SpaceError::Limit(Exhausted::Nodes));
}

/// What an independent part adds is looked for once, whatever it is combined with.
#[test]
fn an_independent_part_is_optimised_once() {
    let parity = ["a + b >= 3 + s % 2", "c >= s"];
    let space = space(&[("s", 1, 40), ("a", 1, 60), ("b", 1, 60), ("c", 1, 60)], &parity);
    let best = space.best(Goal::Minimize, &objective(&space, "a * b + c"), 1, &nodes(400)).unwrap();
    assert_eq!((value(&best[0]), &best[0].values), (4, &vec![1, 1, 3, 1]));
}

#[test]
fn an_undefined_objective_is_no_solution() {
    let space = space(&[("a", 0, 3), ("b", 0, 3)], &[]);
    let quotient = objective(&space, "a / b");
    assert_eq!(space.best(Goal::Minimize, &quotient, 100, &Limits::default()).unwrap().len(), 12);
    assert_eq!(space.minimize(&objective(&space, "1 / (a - a)"), &Limits::default()), Ok(None));
    let tower = objective(&space, "2 ** 2 ** (a * 40)");
    assert_eq!(space.minimize(&tower, &Limits::default()), Err(SpaceError::PowerTooLarge));
}

/// A variable with so many values that none of the queries may list them.
#[test]
fn wide_variables_are_asked_as_runs() {
    let wide = space(&[("big", 1, 1 << 40), ("a", 1, 3)], &["big <= 2 ** (30 + a)"]);
    let [big, a]: [VarId; 2] = wide.variable_ids().collect::<Vec<_>>().try_into().unwrap();
    let sevenths = wide.restrict(&[(big, Values::range(3, 1 << 39, 7).unwrap()), (a, Values::list([2, 3]).unwrap())]);
    let below = |end: u64| (end - 3) / 7 + 1;
    assert_eq!(sevenths.len(), (below(1 << 32) + below(1 << 33)).into());
    assert!(sevenths.contains(&[10, 3]) && !sevenths.contains(&[11, 3]));
    let alone = wide.project(&[big], &Limits::default()).unwrap();
    assert_eq!(alone.len(), (1u64 << 33).into());
    assert_eq!(wide.project(&[a], &Limits::default()).unwrap().iter().collect::<Vec<_>>(), [[1], [2], [3]]);
    let near = wide.neighbours(&[5, 1], Neighbourhood::Hamming);
    assert_eq!(near.len(), ((1u64 << 31) + 1).into());
    assert_eq!(wide.neighbours(&[5, 1], Neighbourhood::Adjacent).len(), 5u32.into());
    let least = wide.best(Goal::Minimize, &objective(&wide, "big * a"), 3, &Limits::default()).unwrap();
    assert_eq!(least.iter().map(|least| &least.values).collect::<Vec<_>>(), [&[1, 1], &[2, 1], &[1, 2]]);
    let best = wide.best(Goal::Maximize, &objective(&wide, "big * a"), 2, &Limits::default()).unwrap();
    assert_eq!(best[1].values, [(1 << 33) - 1, 3]);
    let error = wide.minimize(&objective(&wide, "abs(big - 70)"), &Limits::default()).unwrap_err();
    assert!(matches!(&error, SpaceError::TooWide { variable, .. } if variable == "big"), "{error}");
    assert_eq!(wide.latin_hypercube(3, 5).len(), 3);
}

#[test]
fn limits_end_projections() {
    let space = space(&[("a", 1, 9), ("b", 1, 9), ("c", 1, 9), ("d", 1, 99)], &["a * b + c * c <= d"]);
    let last: Vec<VarId> = space.variable_ids().skip(2).collect();
    assert!(space.project(&last, &Limits::default()).is_ok());
    assert_eq!(space.project(&last, &nodes(5)).unwrap_err(), SpaceError::Limit(Exhausted::Nodes));
    let few = Limits { memory_bytes: Some(500), ..Limits::default() };
    assert_eq!(space.project(&last, &few).unwrap_err(), SpaceError::Limit(Exhausted::Memory));
}

/// Parts of a product that the projection keeps are not multiplied out.
#[test]
fn a_projection_keeps_what_is_independent() {
    let names: Vec<String> = (0..12).map(|index| format!("x{index}")).collect();
    let mut variables: Vec<_> = names.iter().map(|name| (name.as_str(), 1, 9)).collect();
    variables.insert(0, ("s", 0, 1));
    let pairs = names.chunks(2).map(|pair| format!("{} < {} + 3 * (s if {} > 4 else 0)", pair[0], pair[1], pair[0]));
    let pairs: Vec<String> = pairs.collect();
    let space = space(&variables, &pairs.iter().map(String::as_str).collect::<Vec<_>>());
    let ids: Vec<VarId> = space.variable_ids().skip(1).collect();
    let part = space.project(&ids, &nodes(20_000)).unwrap();
    let looser = BigUint::from(
        (1..=81u32)
            .filter(|cell| {
                let (x, y) = ((cell - 1) / 9 + 1, (cell - 1) % 9 + 1);
                x < y + if x > 4 { 3 } else { 0 }
            })
            .count(),
    );
    assert_eq!(part.len(), looser.pow(6), "what holds for s = 0 holds for s = 1");
}

#[test]
fn a_projection_on_a_variable_named_twice_has_one_column() {
    let space = space(&[("a", 1, 3), ("b", 1, 3)], &["a < b"]);
    let [a, b]: [VarId; 2] = space.variable_ids().collect::<Vec<_>>().try_into().unwrap();
    let part = space.project(&[b, a, b], &Limits::default()).unwrap();
    assert_eq!(part.variables().iter().map(|variable| variable.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert!(part.contains(&[3, 1]) && !part.is_lexicographic());
    assert_eq!(part.project(&[], &Limits::default()).unwrap().len(), 1u32.into());
    let empty = model(&[("a", 1, 3)], &["a > 5"]);
    let empty = SolutionSpace::build(&empty, &Limits::default()).unwrap();
    assert!(empty.project(&[], &Limits::default()).unwrap().is_empty());
}
