use super::*;
use crate::language;
use crate::model::{Expr, Model, Values, VarId};
use crate::search::Limits;
use num_bigint::BigUint;
use std::collections::BTreeMap;

pub(super) fn model(variables: &[(&str, i64, i64)], constraints: &[&str]) -> Model {
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

pub(super) fn space(variables: &[(&str, i64, i64)], constraints: &[&str]) -> SolutionSpace {
    SolutionSpace::build(&model(variables, constraints), &Limits::default()).unwrap()
}

#[test]
fn comparisons_with_the_same_meaning_are_one_node() {
    let one = space(&[("a", 0, 1), ("c", 0, 40)], &["(5 + 5 * a) * c <= 53 + 53 * a"]);
    assert_eq!(one.nodes(), 4, "the two ends, and a node for each variable: c <= 10 either way");
    assert_eq!(one.len(), 22u32.into());
}

#[test]
fn independent_parts_are_multiplied() {
    let space = space(&[("a", 1, 9), ("b", 1, 9), ("c", 1, 9), ("d", 1, 9)], &["a < c", "b < d"]);
    assert_eq!(space.len(), (36u32 * 36).into());
    let rows: Vec<_> = space.iter().collect();
    assert!(space.is_lexicographic() && rows.is_sorted(), "though a and c enclose b");
}

#[test]
fn a_factor_that_may_be_0_determines_nothing() {
    let ranges = [("a", 0, 4), ("b", -1, 2), ("c", 0, 5)];
    for text in
        ["a * b == c", "a * b == 0 ** (c + 1)", "a * (b - 1) == c * b", "2 * a * b * b == 6 * c", "a * (b + 2) == c"]
    {
        let model = model(&ranges, &[text]);
        let listed = SolutionSpace::build(&model, &Limits::default()).unwrap().iter().count();
        assert_eq!(SolutionSpace::count(&model, &Limits::default()).unwrap(), listed.into(), "{text}");
    }
}

#[test]
fn an_equation_determines_a_wide_variable() {
    let wide = space(&[("big", 0, 1 << 40), ("a", 1, 30), ("b", 1, 30)], &["big == a * b * 1000003"]);
    assert_eq!(wide.len(), 900u32.into());
    assert!(wide.contains(&[6 * 1_000_003, 2, 3]) && !wide.contains(&[6 * 1_000_003 + 1, 2, 3]));
    assert!(!wide.is_lexicographic());
    // It comes after the others and stands before them: no block may end with them alone.
    let (mut blocks, mut row, mut rows) = (wide.blocks(10), Vec::new(), Vec::new());
    while let Some(block) = blocks.next_block() {
        let visited = block.visit_rows(&mut row, |_, row| {
            rows.push(row.to_vec());
            Ok::<(), ()>(())
        });
        visited.unwrap();
    }
    assert!(rows.into_iter().eq(wide.iter()));
    let unbound = space(&[("big", 1, 1 << 40), ("a", 1, 3)], &["big <= 2 ** (20 + a)"]);
    assert_eq!(unbound.len(), (7u64 << 21).into());
    assert_eq!(unbound.get(&((7u64 << 21) - 1).into()), Some(vec![1 << 23, 3]));
    let loose = model(&[("big", 0, 1 << 40), ("a", 1, 3)], &["big * big % 70001 == a"]);
    let error = SolutionSpace::build(&loose, &Limits::default()).unwrap_err();
    assert!(matches!(&error, SpaceError::TooWide { variable, .. } if variable == "big"), "{error}");
}

#[test]
fn limits_end_the_building() {
    let names: Vec<String> = (0..9).map(|index| format!("x{index}")).collect();
    let variables: Vec<_> = names.iter().map(|name| (name.as_str(), 1, 60)).collect();
    let sum = names.iter().map(|name| format!("{name} ** 3")).collect::<Vec<_>>().join(" + ");
    let model = model(&variables, &[&format!("({sum}) % 1000003 == 5")]);
    let cancel = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    for (limits, exhausted) in [
        (Limits { time: Some(std::time::Duration::from_millis(20)), ..Limits::default() }, Exhausted::Time),
        (Limits { nodes: Some(100), ..Limits::default() }, Exhausted::Nodes),
        (Limits { memory_bytes: Some(1 << 20), ..Limits::default() }, Exhausted::Memory),
        (Limits { cancel: Some(cancel), ..Limits::default() }, Exhausted::Cancelled),
    ] {
        assert_eq!(SolutionSpace::build(&model, &limits).unwrap_err(), SpaceError::Limit(exhausted));
    }
}

#[test]
fn counts_far_beyond_a_machine_word_are_exact() {
    let names: Vec<String> = (0..400).map(|index| format!("x{index}")).collect();
    let variables: Vec<_> = names.iter().map(|name| (name.as_str(), 0, 9)).collect();
    let chain: Vec<String> = names.windows(2).map(|pair| format!("{} != {}", pair[0], pair[1])).collect();
    let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
    let space = space(&variables, &chain);
    assert_eq!(space.len(), BigUint::from(9u32).pow(399) * 10u32);
    let last = space.get(&(space.len() - 1u32)).unwrap();
    assert_eq!(last[..4], [9, 8, 9, 8]);
    assert_eq!(space.get(&space.len()), None);
    assert!(space.sample(3, 1).iter().all(|row| space.contains(row)));
}

#[test]
fn samples_are_uniform() {
    let space =
        space(&[("a", 1, 20), ("b", 1, 20), ("c", 0, 1)], &["a % b == 0", "a + c * 7 > b", "a <= 15 or c == 1"]);
    let rows: Vec<_> = space.iter().collect();
    let draws = rows.len() * 200;
    let mut seen: BTreeMap<Vec<i64>, u32> = BTreeMap::new();
    for row in space.sample(draws, 42) {
        *seen.entry(row).or_default() += 1;
    }
    assert!(seen.keys().all(|row| rows.contains(row)));
    let distance = rows.iter().map(|row| {
        let off = f64::from(seen.get(row).copied().unwrap_or(0)) - 200.0;
        off * off / 200.0
    });
    let (statistic, degrees) = (distance.sum::<f64>(), f64::from(u32::try_from(rows.len()).unwrap()) - 1.0);
    // Wilson and Hilferty: the cube root of a chi-square is nearly normal; 3.09 deviations is one in a thousand.
    let spread = 2.0 / (9.0 * degrees);
    let deviations = ((statistic / degrees).cbrt() - (1.0 - spread)) / spread.sqrt();
    assert!(deviations.abs() < 3.09, "chi-square {statistic} with {degrees} degrees of freedom");
}

#[test]
fn no_variables_and_no_solutions() {
    let empty = space(&[], &[]);
    assert_eq!((empty.len(), empty.get(&0u32.into())), (1u32.into(), Some(vec![])));
    assert_eq!(empty.iter().count(), 1);
    let none = space(&[("a", 1, 5), ("b", 1, 5)], &["a * b == 7"]);
    assert!(none.is_empty() && none.iter().next().is_none() && none.sample(3, 1).is_empty());
    assert!(!none.contains(&[1, 7]));
}

#[test]
fn a_power_too_large_is_an_error() {
    let tower = model(&[("a", 1, 3), ("b", 20, 30)], &["a == 1 or 3 ** 2 ** b % 7 == 1"]);
    assert_eq!(SolutionSpace::build(&tower, &Limits::default()).unwrap_err(), SpaceError::PowerTooLarge);
    let guarded = space(&[("a", 1, 3), ("b", 20, 30)], &["a == 1 and (a == 1 or 3 ** 2 ** b % 7 == 1)"]);
    assert_eq!(guarded.len(), 11u32.into());
}

/// A sum over that many variables.
fn long_sum(variables: usize) -> Model {
    let mut model = Model::new();
    let values = || Values::range(0, 1, 1).unwrap();
    let terms = (0..variables).map(|index| model.add_variable(format!("x{index}"), values()).unwrap().into()).collect();
    model.require(Expr::Sum(terms).at_least(1));
    model
}

#[test]
fn more_dependent_variables_than_a_diagram_can_be_deep_are_an_error() {
    let variables = MAX_DEPTH + 2;
    let error = SolutionSpace::build(&long_sum(variables), &Limits::default()).unwrap_err();
    assert_eq!(error, SpaceError::TooDeep { variables });
    assert!(error.to_string().contains("2050 variables depend on each other, more than the 2048"));
}

/// Whatever the stack of the caller.
#[test]
fn deep_diagrams_are_built_and_asked_on_a_stack_of_their_own() {
    let small = std::thread::Builder::new().stack_size(1 << 18);
    let work = || {
        let model = long_sum(600);
        let space = SolutionSpace::build(&model, &Limits::default()).unwrap();
        let others: Vec<VarId> = model.variable_ids().filter(|id| id.index() % 3 > 0).collect();
        let part = space.project(&others, &Limits::default()).unwrap();
        let product = Expr::Product(model.variable_ids().map(|id| Expr::from(id) + 1).collect());
        let best = space.minimize(&product, &Limits::default()).unwrap().unwrap();
        (space.len(), part.len(), best)
    };
    let (rows, part, best) = small.spawn(work).unwrap().join().unwrap();
    assert_eq!(rows, (BigUint::from(1u32) << 600) - 1u32);
    assert_eq!(part, BigUint::from(1u32) << 400);
    assert_eq!(best.values, [vec![0; 599], vec![1]].concat(), "the first of all with a single 1");
}

/// How many rows the model has, by [`SolutionSpace::count`].
fn counted(variables: &[(&str, i64, i64)], constraints: &[&str]) -> u64 {
    SolutionSpace::count(&model(variables, constraints), &Limits::default()).unwrap().try_into().unwrap()
}

fn divisor_of_both(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Against loops over one variable, or closed forms.
#[test]
fn long_ranges_are_counted_by_what_their_answers_are_made_of() {
    let squares = [("x", 1, 20_000), ("y", 1, 20_000)];
    let sum = |of: fn(i64) -> i64| (1..=20_000).map(of).sum::<i64>().unsigned_abs();
    assert_eq!(counted(&squares, &["x % y == 0"]), sum(|y| 20_000 / y));
    assert_eq!(counted(&squares, &["x // y == 3"]), sum(|y| (4 * y - 1).min(20_000) - (3 * y).min(20_001) + 1));
    assert_eq!(counted(&squares, &["x <= y"]), 20_000 * 20_001 / 2);
    assert_eq!(counted(&squares, &["abs(x - y) <= 100"]), 20_000 * 201 - 100 * 101);
    assert_eq!(counted(&squares, &["min(x, y) <= 100"]), 20_000 * 20_000 - 19_900 * 19_900);
    assert_eq!(counted(&squares, &["max(x, y) <= 2 * min(x, y)"]), 2 * sum(|x| (2 * x).min(20_000) - x) + 20_000);
    let coprime = (1..=500).map(|x| (1..=500).filter(|&y| divisor_of_both(x, y) == 6).count() as u64).sum::<u64>();
    assert_eq!(counted(&[("x", 1, 500), ("y", 1, 500)], &["gcd(x, y) == 6"]), coprime);
    let lines = (0..=1_000_000i64 / 3).map(|i| ((1_000_000 - 3 * i) / 5 + 1).unsigned_abs()).sum::<u64>();
    assert_eq!(counted(&[("i", 0, 1_000_000), ("j", 0, 1_000_000)], &["3 * i + 5 * j <= 10 ** 6"]), lines);
}

#[test]
fn ranges_that_cannot_be_listed_are_counted_by_intervals_residues_and_divisors() {
    let wide = [("x", 1, 1 << 30), ("y", 1, 10)];
    assert_eq!(counted(&wide, &["x % 12 == 5", "x <= 1000000007", "x % 7 != 2"]), 71_428_572 * 10);
    assert_eq!(counted(&wide, &["x <= y * 1000000", "x % y == 0"]), 10_000_000);
    assert_eq!(counted(&wide, &["720720 % (x * y) == 0"]), {
        let divisors = |n: u64| (1..=n).filter(|&d| n.is_multiple_of(d)).count() as u64;
        (1..=10).map(|y| if 720_720 % y == 0 { divisors(720_720 / y) } else { 0 }).sum::<u64>()
    });
    assert_eq!(counted(&wide, &["gcd(x, 30) == 1", "x <= 3000000"]), 800_000 * 10);
    assert_eq!(counted(&wide, &["x % 6 in {1, 5}", "x <= 6000000"]), 2_000_000 * 10);
    let space = space(&[("x", 1, 1_000_000), ("y", 1, 10)], &["x % 2 == 0"]);
    assert_eq!((space.len(), space.get(&23u32.into())), (5_000_000u32.into(), Some(vec![6, 4])));
    assert!(space.nodes() < 10, "one run of even numbers");
}

#[test]
fn a_count_forgets_and_finds_again() {
    let names: Vec<String> = (0..5).map(|index| format!("x{index}")).collect();
    let variables: Vec<_> = names.iter().map(|name| (name.as_str(), 1, 14)).collect();
    let model = model(&variables, &["(x0 * x1 + x2 * x3) % 7 == x4 % 3", "x0 * x3 + x1 * x4 <= x2 * 9"]);
    let all = SolutionSpace::build(&model, &Limits::default()).unwrap().len();
    let little = Limits { memory_bytes: Some(2 << 20), ..Limits::default() };
    assert_eq!(SolutionSpace::count(&model, &little), Ok(all));
}
