//! Small problems on which a solver of this dialect has erred: by accepting what has no solution, by missing what has
//! one, or by not coming to an end. The answers are from brute force.

use crate::{model, solutions};
use constrint_solver::explain::{Clash, minimal_conflict};
use constrint_solver::{Model, Outcome, Values, language, solve};

/// A text, the same in the native dialect as constraints on `a`, `b`, … in the order of its variables, and all its
/// solutions.
type Row = (&'static str, &'static [&'static str], &'static [&'static [i64]]);

const ALL_SOLUTIONS: [Row; 21] = [
    ("a == 2; b == 3; a * b <= 5", &["a == 2", "b == 3", "a * b <= 5"], &[]),
    ("b == 4; c == 3; d == 5; b ^ 2 <= d * c", &["a == 4", "b == 3", "c == 5", "a ** 2 <= c * b"], &[]),
    ("a == 3; b == 5; a * b % 4 == 0", &["a == 3", "b == 5", "a * b % 4 == 0"], &[]),
    ("a == 1; b == 2; a + b % 4 == 0", &["a == 1", "b == 2", "(a + b) % 4 == 0"], &[]),
    ("2 * 3 <= 5; a == 1", &["2 * 3 <= 5", "a == 1"], &[]),
    ("a == 3; c == 11; a == 1 | c % 2 == 0", &["a == 3", "b == 11", "a == 1 or b % 2 == 0"], &[]),
    ("a == 7; a ^ 2 % a == 0", &["a == 7", "a ** 2 % a == 0"], &[&[7]]),
    ("a == 6; a ^ 2 % 18 == 0", &["a == 6", "a ** 2 % 18 == 0"], &[&[6]]),
    (
        "a == 40000; b == 40000; 1500000000 <= a * b",
        &["a == 40000", "b == 40000", "1500000000 <= a * b"],
        &[&[40000, 40000]],
    ),
    ("a == [0, 1]; a + 1 <= 1", &["a in [0, 1]", "a + 1 <= 1"], &[&[0]]),
    ("a == [1,2,3]; a%2==0", &["a in [1,2,3]", "a%2==0"], &[&[2]]),
    ("b <= 3; 10 * b <= b", &["a <= 3", "10 * a <= a"], &[]),
    ("a == 3; b == 1; a * b == b", &["a == 3", "b == 1", "a * b == b"], &[]),
    ("a == 7; b == [1, 2]; a + 12 % b == 0", &["a == 7", "b in [1, 2]", "(a + 12) % b == 0"], &[&[7, 1]]),
    ("a == 2; a * a == a", &["a == 2", "a * a == a"], &[]),
    ("A == [1, 2]; B == [3, 4];", &["a in [1, 2]", "b in [3, 4]"], &[&[1, 3], &[1, 4], &[2, 3], &[2, 4]]),
    (
        "A == [1, 2]; B == [3, 4]; A != 1 | B != 3",
        &["a in [1, 2]", "b in [3, 4]", "not (a == 1 and b == 3)"],
        &[&[1, 4], &[2, 3], &[2, 4]],
    ),
    ("a >= 3; a <= 9", &["3 <= a <= 9"], &[&[3], &[4], &[5], &[6], &[7], &[8], &[9]]),
    ("a != 3; a <= 4", &["a != 3", "a <= 4"], &[&[1], &[2], &[4]]),
    ("a == b == 3", &["a == b == 3"], &[&[3, 3]]),
    ("a == [2,4]; a % 2 == 1", &["a in [2,4]", "a % 2 == 1"], &[]),
];

/// A model of as many variables `a`, `b`, … as the other has, with its ranges and these constraints.
fn native(like: &Model, constraints: &[&str]) -> Model {
    let mut model = Model::new();
    for (variable, name) in like.variables().iter().zip(["a", "b", "c", "d"]) {
        model.add_variable(name, variable.values.clone()).unwrap();
    }
    for text in constraints {
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
    }
    model
}

#[test]
fn each_text_has_its_solutions_in_both_dialects() {
    for (text, constraints, expected) in ALL_SOLUTIONS {
        let stated = model(text);
        assert_eq!(solutions(&stated), expected, "{text}");
        assert_eq!(solutions(&native(&stated, constraints)), expected, "{constraints:?}");
    }
}

#[test]
fn every_statement_that_a_conflict_needs_is_named() {
    for (text, expected) in [
        ("a == 2; c == 1; b == 3; a * b <= 5", &["a == 2", "b == 3", "a * b <= 5"][..]),
        ("b <= 3; 10 * b <= b", &["10 * b <= b"]),
        ("a == 3; c == 11; a == 1 | c % 2 == 0", &["a == 3", "c == 11", "a == 1 | c % 2 == 0"]),
        ("2 * 3 <= 5; a == 1", &["2 * 3 <= 5"]),
    ] {
        let stated = model(text);
        let Clash::Between(conflict) = minimal_conflict(&stated, &crate::few_nodes()) else { panic!("{text}") };
        let texts: Vec<_> = conflict.into_iter().map(|index| stated.constraints()[index].text.as_str()).collect();
        assert_eq!(texts, expected, "{text}");
    }
}

#[test]
fn a_wide_range_is_not_expanded() {
    let (outcome, _) = solve(&model("a == 2 | b == 3; a <= 5"), &crate::few_nodes());
    let Outcome::Optimal(first) = outcome else { panic!("{outcome:?}") };
    assert_eq!(first.values, [1, 3]);
    let expected: Vec<_> = (1..=3000).map(|a| vec![a, 7]).collect();
    assert_eq!(solutions(&model("a <= 3000; b == 7")), expected);
}

#[test]
fn brackets_group_in_the_native_dialect_only() {
    let text = "c == (a + b) * 2; a == 2; b == 2";
    let parsed = language::constrint::parse(text).unwrap();
    assert_eq!(parsed.warnings.len(), 1);
    assert_eq!(solutions(&parsed.model), [[6, 2, 2]]);
    let mut native = Model::new();
    for name in ["c", "a", "b"] {
        native.add_variable(name, Values::range(1, 1 << 30, 1).unwrap()).unwrap();
    }
    for text in text.split("; ") {
        let expr = language::parse(text, &native).unwrap();
        native.require(expr);
    }
    assert_eq!(solutions(&native), [[8, 2, 2]]);
}
