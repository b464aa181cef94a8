//! Counts that find the values of the last variables instead of trying them, against trying all and against known numbers.

use super::tests::model;
use super::*;
use crate::checker::holds;
use crate::model::{Model, Values};
use crate::search::Limits;
use std::time::{Duration, Instant};

fn count(model: &Model) -> u64 {
    SolutionSpace::count(model, &Limits::default()).unwrap().try_into().unwrap()
}

/// Each reaches the last two variables with more pairs than are tried one by one; divisors are 0 and negative too.
const TRUTHS_OF_TWO: [&str; 41] = [
    "3 * x + 5 * y <= 7",
    "3 * x - 5 * y < 7",
    "-4 * x + 6 * y >= 2",
    "5 * y - 7 * x > 3",
    "2 * x + 3 * y == 5",
    "2 * x + 4 * y == 5",
    "2 * x + 3 * y != 5",
    "x % y == 3",
    "x % y == -3",
    "x // y == -2",
    "x % y == 0",
    "divides(y, x)",
    "divides(x, y + 60)",
    "(x + 3) % (y - 2) == 1",
    "x % (2 * y + 1) == 0",
    "60 % (x * y) == 0",
    "48 % (x + y) == 0",
    "(x * y) % 7 == 2",
    "(x * y) % -7 == -2",
    "(x * y) % -7 == 2",
    "(4 * x + 6 * y) % 10 == 8",
    "(x + y * y) % 5 % 3 == 1",
    "(x * y) % 6 in {1, 5}",
    "gcd(x, y) == 1",
    "gcd(x, y) == 3",
    "gcd(x, 2 * y) == 4",
    "gcd(x, y) == 0",
    "(x * y // 6) % 4 == 3",
    "(x * y // 60) % 7 == 3",
    "(x * y // -60) % 7 == 3",
    "(x * y // 60) % -7 == -3",
    "ceil_div(x * y, 60) % 7 == 3",
    "ceil_div(x * y, -60) % -7 == -3",
    "(7 * x // y) % 5 == 2",
    "(x // 20) % 3 == 1 and (y // 30) % 2 == 1 and x != y",
    "(x * y // 50) % 4 == 1 and (x * y // 9) % 5 != 2 and x + y <= 60",
    "x / y <= y",
    "x / y + y / 3 == 2",
    "(x * y) // y != x",
    "abs(x - y) <= 10 and x % 2 == 1",
    "max(x, y) <= 2 * min(x, y) or x == 7",
];

#[test]
fn two_last_variables_equal_all_pairs() {
    for text in TRUTHS_OF_TWO {
        for (x, y) in [((-45, 50), (-40, 46)), ((1, 80), (3, 90)), ((0, 64), (-70, 0))] {
            let model = model(&[("x", x.0, x.1), ("y", y.0, y.1)], &[text]);
            let fits = |x, y| holds(&model.constraints()[0].expr, &[x, y]).unwrap();
            let rows: Vec<Vec<i64>> = (x.0..=x.1)
                .flat_map(|x| (y.0..=y.1).map(move |y| vec![x, y]))
                .filter(|row| fits(row[0], row[1]))
                .collect();
            assert_eq!(count(&model), rows.len() as u64, "{text} of {x:?} and {y:?}");
            let space = SolutionSpace::build(&model, &Limits::default()).unwrap();
            assert!(space.iter().eq(rows), "{text} of {x:?} and {y:?}");
        }
    }
}

/// Of lists that are no progressions, and of steps, likewise.
#[test]
fn two_last_lists_equal_all_pairs() {
    let list: Vec<i64> = (-40..40).map(|index: i64| index * index.abs() / 7 + index).collect();
    let steps = Values::range(-200, 200, 5).unwrap();
    for text in TRUTHS_OF_TWO {
        let mut model = Model::new();
        for (name, values) in [("x", Values::list(list.clone()).unwrap()), ("y", steps.clone())] {
            model.add_variable(name, values).unwrap();
        }
        let expr = crate::language::parse(text, &model).unwrap();
        model.require(expr.clone());
        let pairs = list.iter().flat_map(|&x| steps.iter().map(move |y| [x, y]));
        let fitting = pairs.filter(|row| holds(&expr, row).unwrap()).count() as u64;
        assert_eq!(count(&model), fitting, "{text}");
    }
}

/// Of what a first variable leaves, nothing is known before: moduli may be smaller than residues, and divisors 0.
#[test]
fn what_a_first_variable_leaves_of_two_equals_all_triples() {
    for text in [
        "x % y == z",
        "x // y == z",
        "gcd(x, y) == z",
        "divides(z * y, x)",
        "(x * y) % (z - 2) == z",
        "(x * y // 7) % z == 2",
        "(x * y // z) % 5 == z - 2",
        "ceil_div(x * y, z) % -4 == z - 3",
        "2 * x + z * y <= 5",
    ] {
        let model = model(&[("z", -4, 6), ("x", -33, 40), ("y", -35, 36)], &[text]);
        let row = |index: i64| [index % 11 - 4, index / 11 % 74 - 33, index / 814 - 35];
        let fits = |index: &i64| holds(&model.constraints()[0].expr, &row(*index)).unwrap();
        assert_eq!(count(&model), (0..814 * 72).filter(fits).count() as u64, "{text}");
    }
}

#[test]
fn a_quotient_of_a_wide_variable_leaves_residues() {
    let model = model(&[("x", 1, 1 << 30), ("y", 1, 10)], &["(x // 4) % 8 == 3", "x + y > 0"]);
    assert_eq!(count(&model), (1 << 30) / 32 * 4 * 10);
}

/// Ranges, constraints, and how many solutions others found.
type Known = (&'static [(&'static str, i64, i64)], &'static [&'static str], u64);

const KNOWN: [Known; 15] = [
    (&[("x", 1, 2000), ("y", 1, 2000)], &["abs(x - y) <= 100"], 391_900),
    (&[("x", 1, 2000), ("y", 1, 2000)], &["min(x, y) <= 100"], 390_000),
    (&[("bm", 1, 1024), ("bn", 1, 1024)], &["max(bm, bn) <= 4 * min(bm, bn)"], 787_456),
    (&[("x", 1, 3000), ("y", 1, 3000)], &["gcd(x, y) == 1"], 5_472_375),
    (&[("x", 1, 20_000), ("y", 1, 20_000)], &["gcd(x, y) == 1"], 243_180_791),
    (&[("x", 1, 20_000), ("y", 1, 20_000)], &["x % y == 0"], 201_177),
    (&[("x", 1, 20_000), ("y", 1, 20_000)], &["x // y == 3"], 16_668_333),
    (&[("x", 1, 65_536), ("y", 1, 65_536)], &["x <= y"], 2_147_516_416),
    (&[("x", 1, 1_000_000), ("y", 1, 10)], &["x % 2 == 0"], 5_000_000),
    (&[("i", 0, 1_000_000), ("j", 0, 1_000_000)], &["3 * i + 5 * j <= 10 ** 6"], 33_333_633_334),
    (&[("W", 1, 10_000_000), ("L", 1, 10_000_000)], &["10000000 % W == 0", "(10000000 / W) % L == 0"], 1296),
    (&[("x", 1, 3000), ("y", 1, 3000)], &["(x * y) // y != x"], 0),
    (&[("x", 1, 3000), ("y", 1, 3000)], &["((x - 1) * y) % y == 1"], 0),
    (&[("a", -60, 60), ("b", -60, 60), ("c", -60, 60)], &["a / b + b / c == c"], 158),
    (&[("a", -60, 60), ("b", -60, 60), ("c", -60, 60)], &["a / b <= b / c"], 871_516),
];

#[test]
fn counts_are_what_others_found() {
    for (variables, constraints, wanted) in KNOWN {
        assert_eq!(count(&model(variables, constraints)), wanted, "{constraints:?}");
    }
}

#[test]
fn products_of_quotients_are_counted_by_their_quotients() {
    let mut model = model(&[("bm", 1, 256), ("bn", 1, 256), ("wm", 1, 16), ("tn", 1, 16)], &[]);
    model.add_variable("tm", Values::list(vec![1, 2, 4, 8, 16]).unwrap()).unwrap();
    let expr = crate::language::parse("(bm // (wm * tm)) * (bn // tn) == 32", &model).unwrap();
    model.require(expr);
    assert_eq!(count(&model), 589_833);
}

/// Four unit fractions: what was met is forgotten, and the count stays small.
#[test]
fn unit_fractions_are_counted_within_little_memory() {
    let ranges = [("a", 2, 300), ("b", 2, 300), ("c", 2, 300), ("d", 2, 300)];
    let model = model(&ranges, &["a < b", "b < c", "c < d", "1 / a + 1 / b + 1 / c + 1 / d == 17 / 19"]);
    let mut found = 0;
    for (a, b) in (2..=300i64).flat_map(|a| (a + 1..=300).map(move |b| (a, b))) {
        for c in b + 1..=300 {
            // 1 / d == n / m.
            let (n, m) = (17 * a * b * c - 19 * (b * c + a * c + a * b), 19 * a * b * c);
            found += u64::from(n > 0 && m % n == 0 && (c + 1..=300).contains(&(m / n)));
        }
    }
    assert_eq!(count(&model), found);
    let little = Limits { memory_bytes: Some(32 << 20), ..Limits::default() };
    assert_eq!(SolutionSpace::count(&model, &little), Ok(found.into()));
}

/// Whatever a count is at: one long line, the root, or another order of its variables.
#[test]
fn limits_end_counts_soon() {
    let long = model(&[("x", 1, 1 << 40), ("y", 1, 3)], &["x * x % 1000003 * x % 1000033 == y * 12345"]);
    let many: Vec<String> = (0..60).map(|index| format!("x{index}")).collect();
    let ranges: Vec<(&str, i64, i64)> = many.iter().map(|name| (name.as_str(), 1, 60_000)).collect();
    let texts: Vec<String> = (0..60)
        .flat_map(|index| {
            (1..9).map(move |other| format!("x{index} * x{} % {} != 5", (index + other) % 60, other + 97))
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for model in [long, model(&ranges, &texts)] {
        let limits = Limits { time: Some(Duration::from_millis(200)), ..Limits::default() };
        let start = Instant::now();
        let count = SolutionSpace::count(&model, &limits);
        assert!(matches!(count, Err(SpaceError::Limit(Exhausted::Time) | SpaceError::TooWide { .. })), "{count:?}");
        assert!(start.elapsed() < Duration::from_secs(4), "without optimisation, on a busy machine");
    }
}
