//! Conflicts and relaxations of random small models against brute force: every assignment is held against every
//! constraint by the checker, whose truth table then says what a conflict and a smallest change are.

use constrint_solver::checker::{self, Number};
use constrint_solver::explain::{Clash, Relaxation, Relaxations, minimal_conflict, relaxations};
use constrint_solver::{Limits, Model, Options, Values, language};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::time::Duration;

/// `measured operator limit`, the limit being a number or an expression.
#[derive(Debug, Clone)]
struct Stated {
    measured: &'static str,
    operator: &'static str,
    limit: String,
}

impl Stated {
    fn text(&self) -> String {
        format!("{} {} {}", self.measured, self.operator, self.limit)
    }

    /// The comparison with another number for its limit; two varying sides are subtracted.
    fn moved(&self, limit: &Number) -> String {
        let measured =
            if self.is_number() { self.measured.to_owned() } else { format!("{} - ({})", self.measured, self.limit) };
        format!("{measured} {} {}", self.operator, limit)
    }

    fn is_number(&self) -> bool {
        self.limit.parse::<i64>().is_ok()
    }
}

/// A constraint: its comparisons, and what else it joins to them by `and`.
#[derive(Debug, Clone)]
struct Joined {
    comparisons: Vec<Stated>,
    besides: Option<&'static str>,
}

impl Joined {
    /// The constraint with the comparison at a position written in another way.
    fn text_with(&self, replaced: Option<(usize, String)>) -> String {
        let mut parts: Vec<String> = self.comparisons.iter().map(Stated::text).collect();
        if let Some((position, text)) = replaced {
            parts[position] = text;
        }
        parts.extend(self.besides.map(str::to_owned));
        parts.join(" and ")
    }
}

fn any_comparison() -> impl Strategy<Value = Stated> {
    let measured = prop::sample::select(vec![
        "x",
        "y",
        "z",
        "x + y",
        "x * y",
        "x - 2 * y",
        "x * z",
        "x // y",
        "x / y",
        "(x + y) / z",
        "x % z",
        "abs(x - y)",
        "x ** 2",
        "max(x, z)",
        "gcd(x, y)",
        "x * y * z + 1",
    ]);
    let operator = prop::sample::select(vec!["<=", ">=", "<", ">", "==", "!="]);
    let limit = prop_oneof![
        6 => (0i64..6).prop_map(|limit| limit.to_string()),
        1 => prop::sample::select(vec!["y", "z", "x + z", "y / z"]).prop_map(str::to_owned),
    ];
    (measured, operator, limit).prop_map(|(measured, operator, limit)| Stated { measured, operator, limit })
}

fn any_constraint() -> impl Strategy<Value = Joined> {
    let besides = prop::sample::select(vec![None, None, None, Some("x != 2"), Some("(y == 1 or x in {-1, 3})")]);
    let comparisons = prop_oneof![
        3 => any_comparison().prop_map(|comparison| vec![comparison]),
        1 => prop::collection::vec(any_comparison(), 2),
    ];
    (comparisons, besides).prop_map(|(comparisons, besides)| Joined { comparisons, besides })
}

fn model(texts: &[String]) -> Model {
    let mut model = Model::new();
    for (name, min, max) in [("x", -2, 4), ("y", 0, 4), ("z", 1, 3)] {
        model.add_variable(name, Values::range(min, max, 1).unwrap()).unwrap();
    }
    for text in texts {
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
    }
    model
}

fn assignments() -> impl Iterator<Item = [i64; 3]> {
    (-2..=4).flat_map(|x| (0..=4).flat_map(move |y| (1..=3).map(move |z| [x, y, z])))
}

/// At which assignments the text is true.
fn column(text: &str) -> Vec<bool> {
    let model = model(&[]);
    let expr = language::parse(text, &model).unwrap();
    assignments().map(|values| checker::holds(&expr, &values).unwrap()).collect()
}

/// Whether some assignment is true in all columns.
fn meet<'a>(columns: impl Iterator<Item = &'a Vec<bool>>) -> bool {
    let columns: Vec<_> = columns.collect();
    (0..assignments().count()).any(|row| columns.iter().all(|column| column[row]))
}

struct Case {
    constraints: Vec<Joined>,
    columns: Vec<Vec<bool>>,
}

impl Case {
    fn new(constraints: Vec<Joined>) -> Self {
        let columns = constraints.iter().map(|constraint| column(&constraint.text_with(None))).collect();
        Self { constraints, columns }
    }

    fn consistent(&self, indices: impl IntoIterator<Item = usize>) -> bool {
        meet(indices.into_iter().map(|index| &self.columns[index]))
    }

    /// Whether these constraints have a solution where one comparison is written in another way.
    fn helped(&self, indices: &[usize], constraint: usize, position: usize, text: String) -> bool {
        let changed = column(&self.constraints[constraint].text_with(Some((position, text))));
        let others = indices.iter().filter(|&&index| index != constraint).map(|&index| &self.columns[index]);
        meet(others.chain([&changed]))
    }

    fn check_conflict(&self, conflict: &[usize]) {
        assert!(!self.consistent(conflict.iter().copied()), "{conflict:?} is no conflict");
        for &left_out in conflict {
            let others = conflict.iter().copied().filter(|&index| index != left_out);
            assert!(self.consistent(others), "{conflict:?} does not need {left_out}");
        }
    }

    /// The change helps, and none between it and the present limit does.
    fn check_change(&self, change: &Relaxation, conflict: &[usize]) {
        let all: Vec<usize> = (0..self.constraints.len()).collect();
        let indices = if change.suffices { &all } else { conflict };
        let stated = &self.constraints[change.constraint].comparisons[change.comparison];
        let helps = |limit: &Number| {
            let text = stated.moved(limit);
            self.helped(indices, change.constraint, change.comparison, text)
        };
        assert!(change.proved);
        assert!(helps(&change.needed), "{change:?} does not help");
        let step = if change.change() > Number::from_integer(0.into()) { 1 } else { -1 };
        let (one, sixtieth) = (Number::from_integer(step.into()), Number::new(step.into(), 60.into()));
        let strict = matches!(stated.operator, "<" | ">");
        // Of strict limits only whole ones count. No two values of the measured sides are as close as a sixtieth.
        let nearer = if strict { vec![&change.needed - &one] } else { vec![&change.needed - &sixtieth] };
        for limit in nearer.into_iter().chain([(&change.needed + &change.limit) / Number::from_integer(2.into())]) {
            if !strict || limit.is_integer() {
                assert!(!helps(&limit), "{limit} helps too: {change:?}");
            }
        }
        if !change.suffices {
            let without = self.without(change.constraint, change.comparison, step, stated);
            assert!(!self.helped(&all, change.constraint, change.comparison, without), "the whole can be helped");
        }
        let witness = &change.witness;
        let row = assignments().position(|values| values == witness[..]).expect("an assignment");
        let others = indices.iter().filter(|&&index| index != change.constraint);
        assert!(others.into_iter().all(|&index| self.columns[index][row]), "{witness:?}");
    }

    /// The comparison moved out of the way: far up or far down.
    fn without(&self, constraint: usize, position: usize, step: i64, stated: &Stated) -> String {
        let side = if step > 0 { ">=" } else { "<=" };
        match stated.operator {
            // An equality moved one way still bounds from the other.
            "==" => Stated { operator: side, ..self.constraints[constraint].comparisons[position].clone() }.text(),
            _ => stated.moved(&Number::from_integer((step * 1000).into())),
        }
    }

    /// Each limit of the conflict that was not moved cannot help by any move.
    fn check_nothing_is_missed(&self, changes: &Relaxations, conflict: &[usize]) {
        for &constraint in conflict {
            for (position, stated) in self.constraints[constraint].comparisons.iter().enumerate() {
                let directions: &[i64] = match stated.operator {
                    "<" | "<=" => &[1],
                    ">" | ">=" => &[-1],
                    "==" if stated.measured != "x % z" || stated.limit != "0" => &[1, -1],
                    _ => &[],
                };
                for &step in directions {
                    let found = changes.found.iter().any(|change| {
                        let same_way = (change.change() > Number::from_integer(0.into())) == (step > 0);
                        (change.constraint, change.comparison) == (constraint, position) && same_way
                    });
                    let text = self.without(constraint, position, step, stated);
                    assert_eq!(found, self.helped(conflict, constraint, position, text), "{stated:?} by {step}");
                }
            }
        }
    }
}

/// The same models in every run, so that a change is to blame for a failure; `PROPTEST_CASES=50000` draws that many new
/// ones instead.
fn config() -> ProptestConfig {
    let explores = std::env::var_os("PROPTEST_CASES").is_some();
    let usual = ProptestConfig { max_shrink_time: 30_000, ..ProptestConfig::default() };
    if explores { usual } else { ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(2024), ..usual } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn explanations_equal_brute_force(constraints in prop::collection::vec(any_constraint(), 3..8)) {
        // Most conflicts should take several constraints.
        let possible = |constraint: &Joined| column(&constraint.text_with(None)).contains(&true);
        let (possible, mut constraints): (Vec<_>, Vec<_>) = constraints.into_iter().partition(possible);
        constraints.truncate(constraints.len() / 3);
        constraints.extend(possible);
        let case = Case::new(constraints);
        let texts: Vec<String> = case.constraints.iter().map(|constraint| constraint.text_with(None)).collect();
        let model = model(&texts);
        match minimal_conflict(&model, &Options::default()) {
            Clash::None => prop_assert!(case.consistent(0..texts.len())),
            Clash::Unknown | Clash::Among(_) => panic!("no limit was set"),
            Clash::Between(conflict) => {
                case.check_conflict(&conflict);
                let changes = relaxations(&model, &conflict, &Options::default());
                prop_assert_eq!(changes.undecided, 0);
                for change in &changes.found {
                    case.check_change(change, &conflict);
                }
                case.check_nothing_is_missed(&changes, &conflict);
            }
        }
    }
}

/// Fermat's cubes: no solution, and no search shows it soon. The other limits are moved all the same.
#[test]
fn the_limits_hold_for_all_searches_together() {
    let mut model = Model::new();
    for name in ["a", "b", "c"] {
        model.add_variable(name, Values::range(1, 9_000_000, 1).unwrap()).unwrap();
    }
    for text in ["a ** 3 + b ** 3 == c ** 3", "a + b <= 1"] {
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
    }
    assert_eq!(minimal_conflict(&model, &Options::default()), Clash::Between(vec![1]));
    let time = Some(Duration::from_millis(300));
    let options = Options { limits: Limits { time, ..Limits::default() }, ..Options::default() };
    let start = std::time::Instant::now();
    let changes = relaxations(&model, &[1], &options);
    assert_eq!((changes.found.len(), changes.undecided), (0, 1));
    model.keep_constraints(&[0]);
    assert_eq!(minimal_conflict(&model, &options), Clash::Unknown);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

/// A change met before a limit of the search is reached is given, but not as the smallest.
#[test]
fn what_is_not_proved_says_so() {
    let mut model = Model::new();
    for name in ["a", "b", "c", "d"] {
        model.add_variable(name, Values::range(1, 400, 1).unwrap()).unwrap();
    }
    for text in ["a ** 2 + b ** 2 + c ** 2 - d ** 3 >= 0", "a * b * c * d % 1009 == 77", "a + b + c + d <= 3"] {
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
    }
    let change = |nodes| {
        let limits = Limits { nodes, ..Limits::default() };
        let options = Options { limits, without_exploration: true, ..Options::default() };
        let mut changes = relaxations(&model, &[2], &options);
        assert_eq!(changes.found.len() + changes.undecided, 1);
        changes.found.pop()
    };
    let smallest = change(None).unwrap();
    assert!(smallest.proved);
    let limited: Vec<Relaxation> = (4..14).filter_map(|exponent| change(Some(1 << exponent))).collect();
    assert!(limited.iter().any(|change| !change.proved));
    for change in limited {
        assert!(change.needed >= smallest.needed && (!change.proved || change == smallest), "{change:?}");
    }
}
