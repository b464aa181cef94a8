//! Limits stop the search, also in the middle of one long propagation, and what was found until then is kept.

use constrint_solver::{Exhausted, Limits, Model, Options, Outcome, Values, language, solve};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn model(variables: &[(&str, i64, i64)], constraints: &[&str]) -> Model {
    let mut model = Model::new();
    for &(name, min, max) in variables {
        model.add_variable(name, Values::range(min, max, 1).unwrap()).unwrap();
    }
    for text in constraints {
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
    }
    model
}

/// Sums of three cubes, with more candidates than can be walked in a test.
fn hard() -> Model {
    let mut model =
        model(&[("a", 1, 900_000), ("b", 1, 900_000), ("c", 1, 900_000)], &["a < b", "(a ** 3 + b ** 3) % c == 7"]);
    let objective = language::parse("(a * b) % 99991 + c % 9973", &model).unwrap();
    model.maximize(objective);
    model
}

fn with(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

#[test]
fn a_node_limit_stops_the_search() {
    let (outcome, statistics) = solve(&hard(), &with(Limits { nodes: Some(3), ..Limits::default() }));
    assert_eq!(outcome, Outcome::Unknown);
    assert_eq!(statistics.nodes, 3);
    let walking = Options { without_exploration: true, ..with(Limits { nodes: Some(20_000), ..Limits::default() }) };
    let (outcome, statistics) = solve(&hard(), &walking);
    assert!(matches!(outcome, Outcome::Feasible(_)), "{outcome:?}");
    assert!(statistics.nodes <= 20_000);
}

#[test]
fn a_time_limit_stops_the_search() {
    let start = Instant::now();
    let (outcome, _) = solve(&hard(), &with(Limits { time: Some(Duration::from_millis(50)), ..Limits::default() }));
    assert!(matches!(outcome, Outcome::Feasible(_) | Outcome::Unknown), "{outcome:?}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

/// Each of the two inequalities moves a bound by one: propagation alone would go on for 2^53 steps.
#[test]
fn a_time_limit_stops_one_endless_propagation() {
    let largest = constrint_solver::model::MAX_VALUE;
    let model = model(&[("x", 1, largest), ("y", 1, largest)], &["x < y", "y < x"]);
    let limits = Limits { time: Some(Duration::from_millis(50)), ..Limits::default() };
    let (outcome, _) = solve(&model, &Options { limits, without_relaxation: true, ..Options::default() });
    assert_eq!(outcome, Outcome::Unknown);
    // The linear relaxation sees the contradiction at once.
    assert_eq!(solve(&model, &Options::default()).0, Outcome::Infeasible);
}

/// Multiplied together, the equations say 3 = 2. Any two of them have solutions, and nothing bounds the numbers.
#[test]
fn products_that_clash_are_refuted_by_their_exponents() {
    let variables = ["a", "b", "c", "d", "e", "f"].map(|name| (name, 1, 1 << 30));
    let model = model(&variables, &["a * b == 2 * c * d", "c * e == a * f", "3 * d * f == b * e"]);
    let limits = Limits { nodes: Some(2000), ..Limits::default() };
    assert_eq!(solve(&model, &with(limits.clone())).0, Outcome::Infeasible);
    let (outcome, _) = solve(&model, &Options { limits, without_relaxation: true, ..Options::default() });
    assert_eq!(outcome, Outcome::Unknown);
}

#[test]
fn a_flag_stops_the_search_from_another_thread() {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&cancel);
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        flag.store(true, Ordering::Relaxed);
    });
    let (outcome, _) = solve(&hard(), &with(Limits { cancel: Some(cancel), ..Limits::default() }));
    stopper.join().unwrap();
    assert!(matches!(outcome, Outcome::Feasible(_) | Outcome::Unknown), "{outcome:?}");
}

/// Variables, constraints, objective, whether it is maximised, its optimum.
type Case = (&'static [(&'static str, i64, i64)], &'static [&'static str], &'static str, bool, i64);

/// Each improvement could be by one: the objective is halved instead.
#[test]
fn an_objective_that_creeps_is_halved() {
    let cases: [Case; 4] = [
        (&[("x", 1, 1_000_000_000), ("y", 1, 1_000_000_000)], &["x <= y"], "x", true, 1_000_000_000),
        (&[("x", 1, 1_000_000)], &[], "abs(x - 500000)", false, 0),
        (
            &[("x", 1, 2_000_000_000), ("y", 1, 2_000_000_000)],
            &["x + 4 * y == 1073741828", "x > y"],
            "x",
            false,
            214_748_368,
        ),
        (&[("x", 1, 100_000), ("y", 1, 100_000)], &["x * y <= 123456789", "x % 7 == 3"], "x * y", true, 123_456_788),
    ];
    for (variables, constraints, objective, maximize, expected) in cases {
        let mut model = model(variables, constraints);
        let expr = language::parse(objective, &model).unwrap();
        if maximize {
            model.maximize(expr);
        } else {
            model.minimize(expr);
        }
        let limits = Limits { nodes: Some(400_000), ..Limits::default() };
        let (outcome, statistics) = solve(&model, &with(limits));
        let Outcome::Optimal(best) = outcome else { panic!("{objective}: {outcome:?} {statistics:?}") };
        assert_eq!(best.objectives[0].to_string(), expected.to_string(), "{objective}");
    }
}

/// What a first call has used up of the time, a second one does not get again, and each says what ended it.
#[test]
fn time_is_granted_once() {
    let limits = Limits { time: Some(Duration::from_millis(100)), ..Limits::default() }.started();
    let start = Instant::now();
    let (_, statistics) = solve(&hard(), &with(limits.clone()));
    assert_eq!(statistics.stopped, Some(Exhausted::Time));
    assert!(start.elapsed() >= Duration::from_millis(100));
    let (outcome, statistics) = solve(&hard(), &with(limits.clone()));
    assert_eq!((outcome, statistics.stopped, statistics.nodes), (Outcome::Unknown, Some(Exhausted::Time), 0));
    // A later start does not put the end off.
    assert_eq!(limits.clone().started().deadline, limits.deadline);
}

#[test]
fn what_ended_a_search_is_named() {
    let cancelled = Limits { cancel: Some(Arc::new(AtomicBool::new(true))), ..Limits::default() };
    for (limits, expected) in [
        (Limits { nodes: Some(3), ..Limits::default() }, Exhausted::Nodes),
        (Limits { memory_bytes: Some(10), ..Limits::default() }, Exhausted::Memory),
        (Limits { deadline: Some(Instant::now()), ..Limits::default() }, Exhausted::Time),
        (cancelled, Exhausted::Cancelled),
    ] {
        assert_eq!(solve(&hard(), &with(limits)).1.stopped, Some(expected), "{}", expected.name());
    }
    let easy = model(&[("x", 1, 9)], &["x % 2 == 0"]);
    assert_eq!(solve(&easy, &Options::default()).1.stopped, None);
}
