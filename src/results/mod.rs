//! Measured configurations, in the forms that auto-tuners exchange.
//!
//! [`read`] takes them from the [log](crate::trials::Log) of a search with an outside test, or from comma-separated
//! values. [`t4()`] and [`kernel_tuner()`] write them. Times are in milliseconds, as both forms have them.
//!
//! ```
//! use constrint::{Problem, results, tiling};
//! let problem = Problem::from_json(r#"{"version": 1, "variables": {"x": {"min": 1, "max": 4}}}"#)?;
//! let tiling = tiling::lower(&problem)?;
//! let measured = results::read("times.csv", "x,time\n1,0.5\n1,0.7\n2,\n", &tiling);
//! assert!(measured.is_err(), "the last row has neither a time nor a status");
//! let measured = results::read("times.csv", "x,time,status\n1,0.5,correct\n1,0.7,correct\n2,,compile\n", &tiling)?;
//! assert_eq!((measured.len(), measured[0].mean_ms()), (2, Some(0.6)));
//! assert_eq!(results::t4(&tiling, &measured)["results"][1]["invalidity"], "compile");
//! # Ok::<(), constrint::Error>(())
//! ```

mod csv;
mod fault;
mod kernel_tuner;
mod t4;

pub use fault::MeasurementFault;
pub use kernel_tuner::{Head, kernel_tuner};
pub use t4::t4;

use crate::error::Error;
use crate::tiling::Tiling;
use crate::trials::{Log, Trial, Verdict};
use constrint_solver::checker;
use indexmap::IndexMap;
use indexmap::map::Entry;

/// What is known of a configuration that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// In the order of the model's variables.
    pub values: Vec<i64>,
    /// Whether it works, or else why not.
    pub status: Status,
    /// How long each run took, in milliseconds; none where it does not work.
    pub times_ms: Vec<f64>,
    /// When it was measured, as written.
    pub timestamp: Option<String>,
    /// Other numbers, by name: `compile_time` and other times in milliseconds, and whatever else was measured.
    pub others: IndexMap<String, f64>,
}

/// Whether a configuration works, or else why not: the words of T4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It works.
    Correct,
    /// It does not compile.
    Compile,
    /// It does not run.
    Runtime,
    /// Its results are wrong.
    Correctness,
    /// It violates a constraint, perhaps one that the problem does not have.
    Constraints,
    /// It took too long.
    Timeout,
}

impl Status {
    /// The word of T4.
    pub fn word(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Compile => "compile",
            Self::Runtime => "runtime",
            Self::Correctness => "correctness",
            Self::Constraints => "constraints",
            Self::Timeout => "timeout",
        }
    }

    /// What a word says: one of T4, of Kernel Tuner or of a log of trials.
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "correct" | "works" | "ok" => Self::Correct,
            "compile" | "CompilationFailedConfig" => Self::Compile,
            "runtime" | "fails" | "RuntimeFailedConfig" => Self::Runtime,
            "correctness" => Self::Correctness,
            "constraints" | "InvalidConfig" => Self::Constraints,
            "timeout" => Self::Timeout,
            _ => return None,
        })
    }
}

impl Measurement {
    /// The mean time of its runs in milliseconds, if there are any.
    pub fn mean_ms(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "nobody measures 2^53 times")]
        let count = self.times_ms.len() as f64;
        (count > 0.0).then(|| self.times_ms.iter().sum::<f64>() / count)
    }
}

/// Reads measurements, each configuration once, in the order in which they first stand there.
///
/// A log of trials says how long the test of a configuration took, which is what is taken for its time, and not why one
/// fails, which counts as [`Status::Runtime`]. Comma-separated values have a line of names first: each variable of the
/// problem; `time` in milliseconds, or `time_s`, `time_ms`, `time_us` or `time_ns`; perhaps `status`, `correct` where it
/// is left out, and `timestamp`; any other column holds numbers. Rows of one configuration that works are its runs.
///
/// # Errors
/// [`Error::TrialLog`] or [`Error::Measurement`] with the line at fault: among others where a configuration that works
/// is no solution of the problem.
pub fn read(path: &str, text: &str, tiling: &Tiling) -> Result<Vec<Measurement>, Error> {
    let rows = if text.trim_start().starts_with('{') {
        let trials = Log::read(path, text, tiling)?;
        trials.into_iter().map(|(line, trial)| Ok((line, of_trial(&trial, tiling, path, line)?))).collect()
    } else {
        csv::rows(path, text, tiling)
    };
    merged(path, rows?, tiling)
}

fn of_trial(trial: &Trial, tiling: &Tiling, path: &str, line: usize) -> Result<Measurement, Error> {
    let values = tiling.model.variables().iter().map(|variable| {
        let missing = || fault(path, line, MeasurementFault::MissingValue { name: variable.name.clone() });
        trial.values.get(&variable.name).copied().ok_or_else(missing)
    });
    let took_ms = trial.seconds.map(|seconds| seconds * 1e3);
    let works = trial.verdict == Verdict::Works;
    if works && took_ms.is_none() {
        return Err(fault(path, line, MeasurementFault::NoTime));
    }
    Ok(Measurement {
        values: values.collect::<Result<_, _>>()?,
        status: if works { Status::Correct } else { Status::Runtime },
        times_ms: took_ms.filter(|_| works).into_iter().collect(),
        timestamp: None,
        others: took_ms.map(|took_ms| ("benchmark_time".to_owned(), took_ms)).into_iter().collect(),
    })
}

/// Each configuration once, with all its runs.
fn merged(path: &str, rows: Vec<(usize, Measurement)>, tiling: &Tiling) -> Result<Vec<Measurement>, Error> {
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
                    return Err(fault(path, line, MeasurementFault::Twice { earlier: *earlier }));
                }
                known.times_ms.extend(row.times_ms);
            }
        }
    }
    if merged.is_empty() {
        return Err(fault(path, 0, MeasurementFault::Empty));
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

fn fault(path: &str, line: usize, fault: MeasurementFault) -> Error {
    Error::Measurement { path: path.to_owned(), line, fault }
}

/// Names and values of a configuration.
fn configuration(tiling: &Tiling, values: &[i64]) -> serde_json::Map<String, serde_json::Value> {
    let names = tiling.model.variables().iter().map(|variable| variable.name.clone());
    names.zip(values.iter().map(|&value| value.into())).collect()
}
