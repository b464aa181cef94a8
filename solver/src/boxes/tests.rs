//! Explorations against trying all points.

use super::{Boxes, Ending, Guide};
use crate::checker::{self, Number};
use crate::domain::Domain;
use crate::model::{Goal, Model, Values};
use crate::{Expr, language};
use itertools::Itertools;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// Expressions over `x`, `y` and `z`, as text: every operation that has a rule of its own, and some that have none.
fn any_number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => select(vec!["x", "y", "z"]).prop_map(str::to_owned),
        1 => (-3i64..9).prop_map(|value| value.to_string()),
        1 => select(vec!["2 ** (x - 2)", "3 ** -y", "y ** z", "log2(x)"]).prop_map(|text| format!("({text})")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        let operators = vec!["+", "-", "*", "//", "%", "/", "+", "*"];
        prop_oneof![
            6 => (two.clone(), select(operators)).prop_map(|((a, b), operator)| format!("({a} {operator} {b})")),
            2 => (two.clone(), select(vec!["min", "max", "ceil_div", "gcd", "lcm"]))
                .prop_map(|((a, b), function)| format!("{function}({a}, {b})")),
            1 => inner.clone().prop_map(|a| format!("abs({a})")),
            1 => inner.clone().prop_map(|a| format!("({a} & 6)")),
            1 => inner.clone().prop_map(|a| format!("isqrt({a})")),
            1 => (inner.clone(), 0i64..4).prop_map(|(a, e)| format!("({a}) ** {e}")),
            1 => (two.clone(), inner).prop_map(|((a, b), c)| format!("({a} if {b} > 2 else {c})")),
            1 => two.prop_map(|(a, b)| format!("[{a}, {b}, 4][x % 3]")),
        ]
    })
}

fn any_constraint() -> impl Strategy<Value = String> {
    let comparisons = select(vec!["<=", ">=", "==", "!=", "<", ">"]);
    let comparison = (any_number(), comparisons, any_number()).prop_map(|(a, c, b)| format!("{a} {c} {b}")).boxed();
    prop_oneof![
        6 => comparison.clone(),
        1 => (comparison.clone(), comparison.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
        1 => comparison.clone().prop_map(|a| format!("not ({a})")),
        1 => any_number().prop_map(|a| format!("({a}) in {{1, 2, 4, 6}}")),
        1 => any_number().prop_map(|a| format!("is_power_of_two({a})")),
        1 => (any_number(), any_number()).prop_map(|(a, b)| format!("divides({a}, {b})")),
        1 => any_number().prop_map(|a| format!("log2({a}) <= 2")),
    ]
}

#[derive(Debug, Clone)]
struct Case {
    lists: Vec<Vec<i64>>,
    constraints: Vec<String>,
    objective: Option<(bool, String)>,
}

fn any_case() -> impl Strategy<Value = Case> {
    let list = prop_oneof![
        (-3i64..3, 0i64..7).prop_map(|(first, width)| (first..=first + width).collect()),
        (1i64..4, 0i64..9).prop_map(|(first, width)| (first..=first + width).collect()),
        prop::collection::btree_set(-4i64..12, 1..5).prop_map(|values| values.into_iter().collect()),
    ];
    (
        prop::collection::vec(list, 3),
        prop::collection::vec(any_constraint(), 0..4),
        prop::option::weighted(0.8, (any::<bool>(), any_number())),
    )
        .prop_map(|(lists, constraints, objective)| Case { lists, constraints, objective })
}

impl Case {
    /// None where the language refuses something, such as division by the constant 0.
    fn model(&self) -> Option<Model> {
        let mut model = Model::new();
        for (name, list) in ["x", "y", "z"].into_iter().zip(&self.lists) {
            model.add_variable(name, Values::list(list.clone()).ok()?).ok()?;
        }
        for text in &self.constraints {
            let expr = language::parse(text, &model).ok()?;
            model.require(expr);
        }
        if let Some((smallest, text)) = &self.objective {
            let expr: Expr = language::parse(text, &model).ok()?;
            if *smallest { model.minimize(expr) } else { model.maximize(expr) }
        }
        Some(model)
    }
}

/// The best value of the objective, or none without a solution; 0 without an objective.
fn by_trying_all(model: &Model, lists: &[Vec<i64>]) -> Option<Number> {
    let points = lists.iter().cloned().multi_cartesian_product();
    let solutions = points.filter(|point| checker::is_solution(model, point) == Ok(true));
    let Some(objective) = model.objectives().first() else {
        return solutions.take(1).next().map(|_| Number::default());
    };
    let values = solutions.map(|point| checker::evaluate(&objective.expr, &point).unwrap().unwrap());
    if objective.goal == Goal::Minimize { values.min() } else { values.max() }
}

/// The same cases in every run, so that a change is to blame for a failure; `PROPTEST_CASES=50000` draws that many new ones.
fn config() -> ProptestConfig {
    let usual = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let explores = std::env::var_os("PROPTEST_CASES").is_some();
    if explores { usual } else { ProptestConfig { cases: 6000, rng_seed: RngSeed::Fixed(2024), ..usual } }
}

/// Whether some power or some value of the objective is too large for an exploration to decide.
fn is_huge(model: &Model, lists: &[Vec<i64>]) -> bool {
    lists.iter().cloned().multi_cartesian_product().any(|point| {
        let value = model.objectives().first().map(|objective| checker::evaluate(&objective.expr, &point));
        let is_large = |value: Number| value.numer().bits() > 60 || value.denom().bits() > 60;
        checker::is_solution(model, &point).is_err()
            || value.is_some_and(|value| value.map_or(true, |value| value.is_some_and(is_large)))
    })
}

proptest! {
    #![proptest_config(config())]

    /// The best value is found and proved, whatever is known before.
    #[test]
    fn explorations_equal_trying_all_points(case in any_case(), hint in 0usize..4) {
        let Some(model) = case.model() else { return Ok(()) };
        if is_huge(&model, &case.lists) {
            return Ok(());
        }
        let boxes = Boxes::new(&model);
        let domains: Vec<Domain> = case.lists.iter().map(|list| Domain::from_sorted(list.clone())).collect();
        let domains: Vec<&Domain> = domains.iter().collect();
        let expected = by_trying_all(&model, &case.lists);
        let value = |point: &[i64]| match model.objectives().first() {
            Some(objective) => checker::evaluate(&objective.expr, point).unwrap().unwrap(),
            None => Number::default(),
        };
        // Sometimes the best value is known: then nothing is better.
        let known = expected.clone().filter(|_| hint == 0 && !model.objectives().is_empty());
        let explored = boxes.explore(&domains, known.as_ref(), &mut Guide::default(), u64::MAX, &mut || false);
        prop_assert_eq!(explored.ending, Ending::Complete);
        if let Some(point) = &explored.best {
            prop_assert_eq!(checker::is_solution(&model, point), Ok(true));
        }
        let found = explored.best.map(|point| value(&point));
        prop_assert_eq!(found, if known.is_some() { None } else { expected });
    }
}

#[test]
fn a_budget_ends_an_exploration_with_the_best_so_far() {
    let case = Case {
        lists: vec![(1..=600).collect(), (1..=600).collect(), (1..=600).collect()],
        constraints: vec!["(x * y + z) % 7 == 3".into()],
        objective: Some((true, "abs(x * x - y * z) + (x * 31 + y * 17) % 101".into())),
    };
    let model = case.model().unwrap();
    let boxes = Boxes::new(&model);
    let domains: Vec<Domain> = case.lists.iter().map(|list| Domain::from_sorted(list.clone())).collect();
    let domains: Vec<&Domain> = domains.iter().collect();
    let explored = boxes.explore(&domains, None, &mut Guide::default(), 60, &mut || false);
    assert_eq!(explored.ending, Ending::Unfinished);
    assert!(explored.best.is_some() && explored.boxes <= 60);
    let stopped = boxes.explore(&domains, None, &mut Guide::default(), u64::MAX, &mut || true);
    assert_eq!(stopped.ending, Ending::Stopped);
}

/// What an interval forgets of a variable in two places, its direction remembers: the proof needs few boxes.
#[test]
fn directions_prove_a_quotient_at_once() {
    let mut model = Model::new();
    for name in ["x", "y"] {
        model.add_variable(name, Values::range(1, 1 << 20, 1).unwrap()).unwrap();
    }
    let limit = language::parse("x * y <= 2 ** 20", &model).unwrap();
    model.require(limit);
    let objective = language::parse("x * y / (x + y)", &model).unwrap();
    model.maximize(objective);
    let boxes = Boxes::new(&model);
    let domain = Domain::progression(1, 1 << 20, 1);
    let explored = boxes.explore(&[&domain, &domain], None, &mut Guide::default(), u64::MAX, &mut || false);
    assert_eq!(explored.best, Some(vec![1024, 1024]));
    assert!(explored.boxes < 20_000, "{}", explored.boxes);
}
