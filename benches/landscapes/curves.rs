//! How quickly the tuner finds good configurations of the recordings, beside what its knowledge is worth.
//!
//! `--curves FILE` writes `strategy,recording,seed,measurement,best_over_best`: by the kernel's description, by the space alone, and with the
//! recording of the same kernel on another GPU as a prior. `compare.py` sets other tuners beside it.

use crate::{Case, statistics};
use constrint::Problem;
use constrint::tune::{Measured, Outcome, Recording, Settings, Tuner};
use constrint_solver::checker;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

const SEEDS: u64 = 20;
const MEASUREMENTS: usize = 200;
/// The numbers of measurements that are printed.
const MARKS: [usize; 5] = [10, 25, 50, 100, 200];

/// What the tuner knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Knowing {
    Description,
    Space,
    OtherGpu,
}

impl Knowing {
    fn name(self) -> &'static str {
        match self {
            Self::Description => "constrint",
            Self::Space => "constrint without a description",
            Self::OtherGpu => "constrint with another GPU's log",
        }
    }
}

/// Writes the curves, and prints what they come to.
pub(crate) fn write(cases: &[Case], path: &Path) {
    let mut text = "strategy,recording,seed,measurement,best_over_best\n".to_owned();
    println!("| tuner | recording | {} |", MARKS.map(|mark| mark.to_string()).join(" | "));
    println!("| --- | --- |{}", " --- |".repeat(MARKS.len()));
    for knowing in [Knowing::Description, Knowing::Space, Knowing::OtherGpu] {
        let mut medians: Vec<Vec<f64>> = Vec::new();
        for case in cases {
            let Some(curves) = curves(case, cases, knowing) else { continue };
            for (seed, curve) in curves.iter().enumerate() {
                for (index, value) in curve.iter().enumerate() {
                    let value = if value.is_finite() { value.to_string() } else { String::new() };
                    let _ = writeln!(text, "{},{},{seed},{},{value}", knowing.name(), case.name, index + 1);
                }
            }
            let at = |mark: usize| statistics::median(curves.iter().map(|curve| curve[mark - 1]));
            medians.push(MARKS.map(at).to_vec());
            print_row(knowing.name(), &case.name, medians.last().unwrap());
        }
        let means = (0..MARKS.len()).map(|mark| statistics::geometric_mean(medians.iter().map(|one| one[mark])));
        print_row(knowing.name(), "geometric mean", &means.collect::<Vec<_>>());
    }
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn print_row(tuner: &str, recording: &str, values: &[f64]) {
    let values: Vec<String> = values.iter().map(|value| format!("{value:.3}")).collect();
    println!("| {tuner} | {recording} | {} |", values.join(" | "));
}

/// A curve a seed; none where no other GPU's recording of the kernel is there.
fn curves(case: &Case, cases: &[Case], knowing: Knowing) -> Option<Vec<Vec<f64>>> {
    let problem = problem(case, knowing);
    let tiling = constrint::tiling::lower(&problem).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let names: Vec<String> = tiling.model.variables().iter().map(|variable| variable.name.clone()).collect();
    let rows = measured(case, &names);
    let priors: Vec<Vec<Measured>> = match knowing {
        Knowing::OtherGpu => {
            let others = cases.iter().filter(|other| other.problem == case.problem && other.gpu != case.gpu);
            vec![measured(others.into_iter().next()?, &names)]
        }
        Knowing::Description | Knowing::Space => Vec::new(),
    };
    let is_solution = |row: &&Measured| checker::is_solution(&tiling.model, &row.values) == Ok(true);
    let only: Vec<Vec<i64>> = rows.iter().filter(is_solution).map(|row| row.values.clone()).collect();
    let best = case.times().into_iter().fold(f64::INFINITY, f64::min);
    let recording = Recording::new(rows);
    let seeds: Vec<u64> = (0..SEEDS).collect();
    let of_seed = |seed: &u64| {
        let settings =
            Settings { seed: *seed, priors: priors.clone(), only: Some(only.clone()), ..Settings::default() };
        curve(Tuner::new(&problem, settings).unwrap(), &recording, best)
    };
    Some(crate::side_by_side(&seeds, &|seed| Some(of_seed(seed))))
}

/// The problem as the tuner sees it: without the kernel where it knows the space alone.
fn problem(case: &Case, knowing: Knowing) -> Problem {
    let mut text: Value = serde_json::from_str(&case.problem).unwrap();
    if knowing == Knowing::Space {
        let fields = text.as_object_mut().unwrap();
        fields.retain(|name, _| ["version", "name", "variables", "constraints"].contains(&name.as_str()));
    }
    let mut problem = Problem::from_json(&text.to_string()).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    problem.gpu = (knowing != Knowing::Space).then(|| case.spec.clone());
    problem
}

/// The rows of a recording as they were measured, with the values of these variables.
fn measured(case: &Case, names: &[String]) -> Vec<Measured> {
    let places = case.recording.places(names);
    let measured = |row: &crate::recording::Row| Measured {
        values: places.iter().map(|&place| row.values[place]).collect(),
        outcome: row.time_ms.map_or_else(|| Outcome::Failed(row.failure.clone()), Outcome::Took),
    };
    case.recording.rows.iter().map(measured).collect()
}

/// The best found after each measurement over the best there is; infinite before the first that works.
fn curve(mut tuner: Tuner, recording: &Recording, best: f64) -> Vec<f64> {
    let mut curve = Vec::with_capacity(MEASUREMENTS);
    while curve.len() < MEASUREMENTS {
        if let Some(chosen) = tuner.ask(1).pop() {
            let values: Vec<i64> = chosen.values().copied().collect();
            tuner.tell(&chosen, recording.outcome(&values)).unwrap();
        }
        curve.push(tuner.best().map_or(f64::INFINITY, |found| found.1 / best));
    }
    curve
}
