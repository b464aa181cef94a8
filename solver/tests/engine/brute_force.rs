//! Random models against brute force: all solutions in order, and the optimum, for each brancher.
//!
//! The same models in every run, so that a change is to blame for a failure; `PROPTEST_CASES=50000` draws that many new
//! ones instead. A hundred thousand take minutes, and are for a build with optimisation:
//!
//! ```text
//! cargo test --release -p constrint-solver --test engine -- --ignored a_hundred_thousand
//! ```

use crate::random::products::{WideModel, any_products, any_wide};
use crate::random::{any_model, tuples::any_tuples};
use crate::reference::{brute_force, check_all};
use constrint_solver::{Model, Options, checker};
use num_traits::{ToPrimitive, Zero};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseResult, TestRunner};

/// Assignments to the variables of a model, at most.
const MOST: u64 = 3000;

/// `cases` models drawn with a seed, or as many new ones as the environment asks for.
pub(crate) fn held_against<S: Strategy>(cases: u32, models: S, test: impl Fn(S::Value) -> TestCaseResult) {
    let explores = std::env::var_os("PROPTEST_CASES").is_some();
    let usual = ProptestConfig { max_shrink_time: 30_000, failure_persistence: None, ..ProptestConfig::default() };
    let seeded = ProptestConfig { cases, rng_seed: RngSeed::Fixed(2024), ..usual.clone() };
    let config = if explores { usual } else { seeded };
    if let Err(failure) = TestRunner::new(config).run(&models, test) {
        panic!("{failure}");
    }
}

#[expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "as the runner hands out its cases")]
fn equals_brute_force(model: Model) -> TestCaseResult {
    if let Some(solutions) = brute_force(&model) {
        check_all(&model, &solutions, &Options::default());
    }
    Ok(())
}

/// For each assignment to the other variables, the one value of the wide variable that its definition leaves.
#[expect(clippy::unnecessary_wraps, reason = "as the runner hands out its cases")]
fn wide_equals_brute_force(wide: WideModel) -> TestCaseResult {
    let WideModel { model, order, wide, definition: (times, product) } = wide;
    let mut narrow = model.clone();
    narrow.keep_constraints(&[]);
    narrow.clear_objectives();
    narrow.set_values(wide, constrint_solver::Values::list([1]).unwrap());
    let mut solutions = Vec::new();
    for mut row in brute_force(&narrow).expect("nothing to compute") {
        let of = |expr| checker::evaluate(expr, &row).unwrap().unwrap().to_integer();
        let (times, product) = (of(&times), of(&product));
        if (&product % &times).is_zero() {
            row[wide.index()] = (product / times).to_i64().expect("small");
            solutions.extend(checker::is_solution(&model, &row).unwrap().then_some(row));
        }
    }
    solutions.sort();
    check_all(&model, &solutions, &Options { order, ..Options::default() });
    Ok(())
}

#[test]
fn random_models_equal_brute_force() {
    held_against(1200, any_model(MOST), equals_brute_force);
}

#[test]
fn random_products_equal_brute_force() {
    held_against(350, any_products(MOST / 4), equals_brute_force);
}

#[test]
fn random_wide_ranges_equal_brute_force() {
    held_against(200, any_wide(), wide_equals_brute_force);
}

#[test]
fn random_tuples_equal_brute_force() {
    held_against(250, any_tuples(MOST), equals_brute_force);
}

/// Run before a release, and after every change to a propagator; see the module for the command.
#[test]
#[ignore = "minutes in a release build"]
fn a_hundred_thousand_random_models_equal_brute_force() {
    held_against(60_000, any_model(MOST), equals_brute_force);
    held_against(20_000, any_products(MOST / 4), equals_brute_force);
    held_against(10_000, any_wide(), wide_equals_brute_force);
    held_against(10_000, any_tuples(MOST), equals_brute_force);
}
