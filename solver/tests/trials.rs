//! Search with an outside test, against brute force: random models, random tests, logs cut anywhere.

use constrint_solver::trials::{Proposal, Trial, TrialError, Trials, Verdict};
use constrint_solver::{
    Goal, Limits, Model, Objective, Options, Solution, ValueOrder, Values, VarId, checker, language,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// An outside test: what it says of a solution.
type Test = Box<dyn Fn(&[i64]) -> Verdict>;

const CONSTRAINTS: [&str; 7] =
    ["x + y <= 9", "x * y % 3 != 1", "y != z", "x + z >= 2", "divides(x, y * z)", "x <= 2 * z + 1", "z * z >= y"];
const OBJECTIVES: [&str; 6] = ["x * y", "x + y + z", "abs(x - z)", "y / (x + 5)", "x", "x * z - y"];

fn any_values() -> impl Strategy<Value = Values> {
    prop_oneof![
        (-2i64..3, 0i64..7, 1i64..3).prop_map(|(lo, width, step)| Values::range(lo, lo + width, step).unwrap()),
        prop::collection::vec(-3i64..12, 1..7).prop_map(|list| Values::list(list).unwrap()),
    ]
}

/// Three variables, some constraints, up to two objectives.
fn any_model() -> impl Strategy<Value = Model> {
    let values = [any_values(), any_values(), any_values()];
    let constraints = prop::sample::subsequence(CONSTRAINTS.to_vec(), 0..3);
    let goal = prop::sample::select(vec![Goal::Minimize, Goal::Maximize]);
    let objectives = prop::collection::vec((goal, prop::sample::select(OBJECTIVES.to_vec())), 0..3);
    (values, constraints, objectives).prop_map(|(values, constraints, objectives)| {
        let mut model = Model::new();
        for (name, values) in ["x", "y", "z"].into_iter().zip(values) {
            model.add_variable(name, values).unwrap();
        }
        for text in constraints {
            model.require(language::parse(text, &model).unwrap());
        }
        for (goal, text) in objectives {
            let expr = language::parse(text, &model).unwrap();
            model.add_objective(Objective { goal, expr, text: text.to_owned() });
        }
        model
    })
}

/// One variable from either end first, or none.
fn any_options() -> impl Strategy<Value = Options> {
    let end = prop::sample::select(vec![ValueOrder::SmallestFirst, ValueOrder::LargestFirst]);
    prop::option::of((0usize..3, end)).prop_map(|first| Options {
        order: first.map(|(index, end)| (id(index), end)).into_iter().collect(),
        ..Options::default()
    })
}

fn id(index: usize) -> VarId {
    let mut model = Model::new();
    let ids = ["x", "y", "z"].map(|name| model.add_variable(name, Values::list([0]).unwrap()).unwrap());
    ids[index]
}

/// A number that looks random and depends on the row and the seed alone.
fn mixed(seed: u64, values: &[i64]) -> u64 {
    values.iter().fold(seed ^ 0x9e37_79b9_7f4a_7c15, |state, &value| {
        let state = (state ^ value.cast_unsigned()).wrapping_mul(0xff51_afd7_ed55_8ccd);
        state ^ (state >> 29)
    })
}

/// Works at one in `rare` assignments, without any rule.
fn lawless(seed: u64, rare: u64) -> Test {
    Box::new(move |values| if mixed(seed, values).is_multiple_of(rare) { Verdict::Works } else { Verdict::Fails })
}

/// Too much of a variable is to blame where it is; otherwise there is no rule.
fn blaming(seed: u64) -> Test {
    let limit = move |index: u64| i64::try_from(mixed(seed, &[index.cast_signed()]) % 9).unwrap();
    Box::new(move |values| {
        if values[0] >= limit(0) {
            Verdict::FailsFrom { variable: id(0) }
        } else if values[1] <= limit(1) - 5 {
            Verdict::FailsUpTo { variable: id(1) }
        } else if mixed(seed, values).is_multiple_of(2) {
            Verdict::Works
        } else {
            Verdict::Fails
        }
    })
}

/// Fails from a value of a variable on, in one direction or the other.
fn threshold(variable: VarId, wanted: ValueOrder, limit: i64) -> Test {
    Box::new(move |values| {
        let value = values[variable.index()];
        let fails = if wanted == ValueOrder::LargestFirst { value >= limit } else { value <= limit };
        if fails { Verdict::Fails } else { Verdict::Works }
    })
}

/// All solutions, in lexicographic order.
fn all_solutions(model: &Model) -> Vec<Vec<i64>> {
    let mut rows = vec![vec![]];
    for variable in model.variables() {
        let extended =
            |row: &Vec<i64>| variable.values.iter().map(|value| [row.clone(), vec![value]].concat()).collect();
        rows = rows.iter().flat_map(|row| -> Vec<Vec<i64>> { extended(row) }).collect();
    }
    rows.retain(|row| checker::is_solution(model, row).unwrap());
    rows
}

/// Smaller is better; rows that compare equal are equally good.
fn rank(model: &Model, options: &Options, row: &[i64]) -> Vec<checker::Number> {
    let number = |value: i64| checker::Number::from_integer(value.into());
    if model.objectives().is_empty() {
        let first = options.order.iter().map(|&(variable, end)| {
            let value = row[variable.index()];
            number(if end == ValueOrder::SmallestFirst { value } else { -value })
        });
        return first.chain(row.iter().map(|&value| number(value))).collect();
    }
    let of_objective = |objective: &Objective| {
        let value = checker::evaluate(&objective.expr, row).unwrap().unwrap();
        if objective.goal == Goal::Minimize { value } else { -value }
    };
    model.objectives().iter().map(of_objective).collect()
}

/// Runs until there is nothing to try, and checks that nothing is proposed twice or though it is ruled out.
fn run(mut trials: Trials, test: &Test) -> Trials {
    while let Proposal::Try(Solution { values, .. }) = trials.propose() {
        for trial in trials.log() {
            assert_ne!(trial.values, values, "proposed twice");
            let (known, new) = (|v: VarId| trial.values[v.index()], |v: VarId| values[v.index()]);
            match trial.verdict {
                Verdict::FailsFrom { variable } => assert!(new(variable) < known(variable), "{trial:?} {values:?}"),
                Verdict::FailsUpTo { variable } => assert!(new(variable) > known(variable), "{trial:?} {values:?}"),
                Verdict::Works | Verdict::Fails => {}
            }
        }
        assert_eq!(trials.propose(), trials.propose(), "the same until the verdict");
        trials.report(test(&values)).unwrap();
    }
    assert_eq!(trials.propose(), Proposal::Done);
    assert_eq!(trials.report(Verdict::Works), Err(TrialError::NothingProposed));
    trials
}

/// The end is the best of all solutions that work, by brute force.
fn check_best(model: &Model, options: &Options, trials: &Trials, test: &Test) {
    let solutions = all_solutions(model);
    let working = solutions.iter().filter(|row| test(row) == Verdict::Works);
    let expected = working.map(|row| rank(model, options, row)).min();
    assert_eq!(trials.best().map(|best| rank(model, options, &best.values)), expected);
    if let Some(best) = trials.best() {
        assert_eq!(test(&best.values), Verdict::Works);
        let values = model.objectives().iter().map(|objective| checker::evaluate(&objective.expr, &best.values));
        assert!(values.eq(best.objectives.iter().map(|value| Ok(Some(value.clone())))));
    }
}

/// Cut anywhere, the log leads to the same trials and the same end.
fn check_resume(start: impl Fn() -> Trials, whole: &Trials, test: &Test) {
    for cut in 0..=whole.log().len() {
        let resumed = run(start().resume(&whole.log()[..cut]).unwrap(), test);
        assert_eq!(resumed.log(), whole.log(), "cut at {cut}");
        assert_eq!(resumed.best(), whole.best(), "cut at {cut}");
    }
}

fn config() -> ProptestConfig {
    let usual = ProptestConfig { max_shrink_time: 20_000, ..ProptestConfig::default() };
    let explores = std::env::var_os("PROPTEST_CASES").is_some();
    if explores { usual } else { ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(11), ..usual } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_best_that_works_is_found(model in any_model(), options in any_options(), seed: u64, rare in 1u64..12) {
        for test in [lawless(seed, rare), blaming(seed)] {
            let whole = run(Trials::new(&model, &options), &test);
            check_best(&model, &options, &whole, &test);
            // Proposals come best first: nothing is tried once something works, and nothing better was left out.
            let ranks: Vec<_> = whole.log().iter().map(|trial| rank(&model, &options, &trial.values)).collect();
            prop_assert!(ranks.is_sorted());
            let works = whole.log().iter().position(|trial| trial.verdict == Verdict::Works);
            prop_assert!(works.is_none_or(|works| works + 1 == whole.log().len()));
            check_resume(|| Trials::new(&model, &options), &whole, &test);
        }
    }

    #[test]
    fn bisection_finds_the_same_in_few_trials(
        model in any_model(), options in any_options(), index in 0usize..3, largest: bool, limit in -4i64..14,
    ) {
        let wanted = if largest { ValueOrder::LargestFirst } else { ValueOrder::SmallestFirst };
        let test = threshold(id(index), wanted, limit);
        let start = || Trials::new(&model, &options).bisect(id(index), wanted);
        let whole = run(start(), &test);
        check_best(&model, &options, &whole, &test);
        let most = model.variable(id(index)).values.len().ilog2() + 1;
        prop_assert!(whole.log().len() <= most as usize, "{} trials, {most} at most", whole.log().len());
        check_resume(start, &whole, &test);
    }

    /// A log tells what works, whatever the search was for that wrote it.
    #[test]
    fn a_log_of_another_search_is_learned_from(
        model in any_model(), options in any_options(), objective in prop::sample::select(OBJECTIVES.to_vec()),
        limits in (-4i64..14, -4i64..14), cut in 0usize..9,
    ) {
        let mut other = model.clone();
        other.clear_objectives();
        other.maximize(language::parse(objective, &model).unwrap());
        let test = threshold(id(0), ValueOrder::LargestFirst, limits.0);
        let starts = |model: &Model| {
            let plain = Trials::new(model, &options);
            [plain.clone(), plain.bisect(id(0), ValueOrder::LargestFirst)]
        };
        for first in starts(&other) {
            let first = run(first, &test);
            let entries: Vec<Trial> = first.log().iter().take(cut).cloned().collect();
            let of_model = entries.into_iter().filter(|trial| checker::is_solution(&model, &trial.values).unwrap());
            let log: Vec<Trial> = of_model.collect();
            for second in starts(&model) {
                check_best(&model, &options, &run(second.resume(&log).unwrap(), &test), &test);
            }
        }
    }

    /// Other causes of failure, named as such, do not spoil the bisection.
    #[test]
    fn bisection_takes_other_verdicts_at_their_word(
        model in any_model(), options in any_options(), limits in (-4i64..14, -4i64..14),
    ) {
        let test: Test = Box::new(move |values| match values {
            [_, y, _] if *y >= limits.1 => Verdict::FailsFrom { variable: id(1) },
            [x, ..] if *x >= limits.0 => Verdict::Fails,
            _ => Verdict::Works,
        });
        let start = || Trials::new(&model, &options).bisect(id(0), ValueOrder::LargestFirst);
        let whole = run(start(), &test);
        check_best(&model, &options, &whole, &test);
        check_resume(start, &whole, &test);
    }
}

fn pairs(most: i64) -> Model {
    let mut model = Model::new();
    for name in ["x", "y"] {
        model.add_variable(name, Values::range(1, most, 1).unwrap()).unwrap();
    }
    model.require(language::parse("x * y <= 1000000", &model).unwrap());
    model.maximize(language::parse("x + y", &model).unwrap());
    model
}

/// A boundary among a million values, found in 20 trials.
#[test]
fn a_wide_variable_is_bisected() {
    let model = pairs(1_000_000);
    let test = threshold(id(0), ValueOrder::LargestFirst, 987_655);
    // Large y is as good as large x, and works.
    let trials = run(Trials::new(&model, &Options::default()).bisect(id(0), ValueOrder::LargestFirst), &test);
    assert_eq!(trials.best().unwrap().values, [1, 1_000_000]);
    assert_eq!(trials.log().len(), 1);
    let mut only_x = model.clone();
    only_x.require(language::parse("y <= 2", &model).unwrap());
    let trials = run(Trials::new(&only_x, &Options::default()).bisect(id(0), ValueOrder::LargestFirst), &test);
    assert_eq!(trials.best().unwrap().values, [987_654, 1]);
    assert!(trials.log().len() <= 20, "{} trials", trials.log().len());
}

#[test]
fn a_log_that_cannot_be_right_is_refused() {
    let model = pairs(2000);
    let trial = |values: &[i64], verdict| Trial { values: values.to_vec(), verdict };
    let works = |values: &[i64]| trial(values, Verdict::Works);
    let fails_from = |values: &[i64], index| trial(values, Verdict::FailsFrom { variable: id(index) });
    let refusal = |log: &[Trial]| Trials::new(&model, &Options::default()).resume(log).unwrap_err();
    let violated = |entry, name: &str| TrialError::NotASolution { entry, violated: Some(name.to_owned()) };
    let (entry, earlier) = (1, 0);
    for (log, expected) in [
        (vec![works(&[1, 2]), works(&[1])], TrialError::WrongLength { entry, found: 1, expected: 2 }),
        (vec![works(&[1, 2]), works(&[1, 2001])], violated(1, "y")),
        (vec![works(&[1001, 1000])], violated(0, "x * y <= 1000000")),
        (vec![works(&[1, 2]), fails_from(&[1, 3], 2)], TrialError::ForeignVariable { entry }),
        (vec![works(&[5, 2]), fails_from(&[4, 9], 0)], TrialError::Contradiction { entry, earlier }),
        (vec![fails_from(&[4, 9], 0), works(&[5, 2])], TrialError::Contradiction { entry, earlier }),
        (vec![works(&[5, 2]), trial(&[5, 2], Verdict::Fails)], TrialError::Contradiction { entry, earlier }),
    ] {
        assert_eq!(refusal(&log), expected);
        assert!(expected.to_string().contains(&format!("{}", log.len() - 1)), "{expected}");
    }
    // What a bisection takes to be a threshold need not be one to others.
    let log = [works(&[5, 2]), trial(&[4, 9], Verdict::Fails)];
    assert!(Trials::new(&model, &Options::default()).resume(&log).is_ok());
    let bisecting = Trials::new(&model, &Options::default()).bisect(id(0), ValueOrder::LargestFirst);
    assert_eq!(bisecting.resume(&log).unwrap_err(), TrialError::Contradiction { entry, earlier });
}

/// A verdict that cannot be true is refused, and another may follow.
#[test]
fn a_verdict_that_contradicts_what_worked_is_refused() {
    let mut trials = Trials::new(&pairs(10), &Options::default()).bisect(id(0), ValueOrder::LargestFirst);
    let Proposal::Try(first) = trials.propose() else { panic!("there are solutions") };
    trials.report(Verdict::Works).unwrap();
    let Proposal::Try(second) = trials.propose() else { panic!("more of x is better") };
    let contradiction = Err(TrialError::Contradiction { entry: 1, earlier: 0 });
    assert_eq!(trials.report(Verdict::FailsFrom { variable: id(1) }), contradiction);
    assert_eq!(trials.propose(), Proposal::Try(second.clone()));
    assert_eq!((trials.log().len(), trials.best()), (1, Some(&first)));
    trials.report(Verdict::Works).unwrap();
    assert_eq!(trials.best(), Some(&second));
}

#[test]
fn limits_interrupt_and_what_worked_is_kept() {
    let cancel = Arc::new(AtomicBool::new(false));
    let limits = Limits { cancel: Some(Arc::clone(&cancel)), ..Limits::default() };
    let mut trials =
        Trials::new(&pairs(10), &Options { limits, ..Options::default() }).bisect(id(0), ValueOrder::LargestFirst);
    assert!(matches!(trials.propose(), Proposal::Try(_)));
    trials.report(Verdict::Works).unwrap();
    cancel.store(true, Ordering::Relaxed);
    assert_eq!(trials.propose(), Proposal::Interrupted);
    assert!(trials.best().is_some());
    cancel.store(false, Ordering::Relaxed);
    assert!(matches!(trials.propose(), Proposal::Try(_)), "an interruption is not the end");
    let plain = || Trials::new(&pairs(10), &Options::default());
    assert_eq!(plain().until(Instant::now()).propose(), Proposal::Interrupted);
    assert!(matches!(plain().until(Instant::now() + Duration::from_secs(3600)).propose(), Proposal::Try(_)));
    let limits = Limits { nodes: Some(1), ..Limits::default() };
    assert_eq!(Trials::new(&pairs(10), &Options { limits, ..Options::default() }).propose(), Proposal::Interrupted);
}
