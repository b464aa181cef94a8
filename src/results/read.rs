//! [`read`]: measurements from a text.

use super::fault::fault;
use super::{Measurement, MeasurementFault, ResultsError, Status, csv};
use crate::tiling::Tiling;
use crate::trials::{Log, Trial, Verdict};
use crate::tune::{self, Logged, Measured, Outcome};
use constrint_solver::checker;
use indexmap::IndexMap;
use indexmap::map::Entry;

/// Reads measurements, each configuration once, in the order in which they first stand there.
///
/// A log of a tuning has the times of all runs, and says in words why one fails. A log of trials says how long the test of a configuration took, which is what is taken for its time, and not why one
/// fails, which counts as [`Status::Runtime`]. Comma-separated values have a line of names first: each variable of the
/// problem; `time` in milliseconds, or `time_s`, `time_ms`, `time_us` or `time_ns`; perhaps `status`, `correct` where it
/// is left out, and `timestamp`; any other column holds numbers. Rows of one configuration that works are its runs.
///
/// # Errors
/// [`ResultsError::TrialLog`] or [`ResultsError::Measurement`] with the line at fault: among others where a configuration that works
/// is no solution of the problem.
pub fn read(path: &str, text: &str, tiling: &Tiling) -> Result<Vec<Measurement>, ResultsError> {
    let rows = if tune::Log::is_one(text) {
        let logged = tune::Log::read(path, text, tiling)?;
        Ok(logged.into_iter().map(|one| (one.line, of_logged(one))).collect())
    } else if text.trim_start().starts_with('{') {
        let trials = Log::read(path, text, tiling)?;
        trials.into_iter().map(|(line, trial)| Ok((line, of_trial(&trial, tiling, path, line)?))).collect()
    } else {
        csv::rows(path, text, tiling).map_err(ResultsError::from)
    };
    merged(path, rows?, tiling)
}

/// What was measured elsewhere, perhaps of a space that is not quite the same: a [log](tune::Log) of a tuning, or comma-separated values as
/// [`read`] takes them. `failure` is a column of its own there: why a configuration does not work.
///
/// Gives the configurations that are solutions of the problem, each once, and how many others there are.
///
/// # Errors
/// [`ResultsError`] with the line that cannot be read.
pub fn recording(path: &str, text: &str, tiling: &Tiling) -> Result<(Vec<Measured>, usize), ResultsError> {
    let measured: Vec<Measured> = if tune::Log::is_one(text) {
        tune::Log::prior(path, text, tiling)?
    } else {
        let mut merged: IndexMap<Vec<i64>, Measurement> = IndexMap::new();
        for (line, row) in csv::rows(path, text, tiling)? {
            if row.times_ms.iter().any(|time| *time <= 0.0) {
                return Err(fault(path, line, MeasurementFault::Instant).into());
            }
            let known =
                merged.entry(row.values.clone()).or_insert_with(|| Measurement { times_ms: Vec::new(), ..row.clone() });
            known.times_ms.extend(row.times_ms);
        }
        merged.into_values().map(outcome).collect()
    };
    let count = measured.len();
    let is_solution = |one: &Measured| checker::is_solution(&tiling.model, &one.values) == Ok(true);
    let here: Vec<Measured> = measured.into_iter().filter(is_solution).collect();
    let others = count - here.len();
    Ok((here, others))
}

fn outcome(measurement: Measurement) -> Measured {
    let outcome = match (measurement.status, measurement.mean_ms()) {
        (Status::Correct, Some(time_ms)) => Outcome::Took(time_ms),
        (status, _) => Outcome::Failed(measurement.failure.unwrap_or_else(|| status.word().to_owned())),
    };
    Measured { values: measurement.values, outcome }
}

/// The words are those of `tune` and `bench`.
const FAILURES: [(&str, Status); 4] = [
    ("does not compile", Status::Compile),
    ("wrong result", Status::Correctness),
    ("hangs", Status::Timeout),
    ("no end after", Status::Timeout),
];

fn of_logged(Logged { measured, runs_ms, .. }: Logged) -> Measurement {
    let (status, failure) = match measured.outcome {
        Outcome::Took(_) => (Status::Correct, None),
        Outcome::Failed(why) => {
            let known = FAILURES.iter().find(|(word, _)| why.starts_with(word));
            (known.map_or(Status::Runtime, |one| one.1), Some(why))
        }
    };
    let (times_ms, others) = (if failure.is_none() { runs_ms } else { Vec::new() }, IndexMap::new());
    Measurement { values: measured.values, status, failure, times_ms, timestamp: None, others }
}

fn of_trial(trial: &Trial, tiling: &Tiling, path: &str, line: usize) -> Result<Measurement, ResultsError> {
    let values = tiling.model.variables().iter().map(|variable| {
        let missing = || fault(path, line, MeasurementFault::MissingValue { name: variable.name.clone() });
        trial.values.get(&variable.name).copied().ok_or_else(missing)
    });
    let took_ms = trial.seconds.map(|seconds| seconds * 1e3);
    let works = trial.verdict == Verdict::Works;
    if works && took_ms.is_none() {
        return Err(fault(path, line, MeasurementFault::NoTime).into());
    }
    Ok(Measurement {
        values: values.collect::<Result<_, _>>()?,
        status: if works { Status::Correct } else { Status::Runtime },
        failure: None,
        times_ms: took_ms.filter(|_| works).into_iter().collect(),
        timestamp: None,
        others: took_ms.map(|took_ms| ("benchmark_time".to_owned(), took_ms)).into_iter().collect(),
    })
}

/// Each configuration once, with all its runs.
fn merged(path: &str, rows: Vec<(usize, Measurement)>, tiling: &Tiling) -> Result<Vec<Measurement>, ResultsError> {
    let mut merged: IndexMap<Vec<i64>, (usize, Measurement)> = IndexMap::new();
    for (line, row) in rows {
        check(&row, tiling).map_err(|kind| fault(path, line, kind))?;
        match merged.entry(row.values.clone()) {
            Entry::Vacant(place) => {
                place.insert((line, row));
            }
            Entry::Occupied(mut known) => {
                let (earlier, known) = known.get_mut();
                if known.status != row.status || row.status != Status::Correct {
                    return Err(fault(path, line, MeasurementFault::Twice { earlier: *earlier }).into());
                }
                known.times_ms.extend(row.times_ms);
            }
        }
    }
    if merged.is_empty() {
        return Err(fault(path, 0, MeasurementFault::Empty).into());
    }
    Ok(merged.into_values().map(|(_, row)| row).collect())
}

/// A value has to be one of its variable's, and what works has to be a solution.
fn check(row: &Measurement, tiling: &Tiling) -> Result<(), MeasurementFault> {
    let model = &tiling.model;
    let pairs = model.variables().iter().zip(&row.values);
    if let Some((variable, &value)) = pairs.clone().find(|(variable, value)| !variable.values.contains(**value)) {
        return Err(MeasurementFault::NotAValue { name: variable.name.clone(), value });
    }
    if row.status == Status::Constraints {
        return Ok(());
    }
    let violated = checker::violated(model, &row.values).map_err(|_| MeasurementFault::CannotTell)?;
    violated.first().map_or(Ok(()), |&index| {
        Err(MeasurementFault::NotASolution { violated: model.constraints()[index].name.clone() })
    })
}
