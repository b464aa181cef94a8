//! [`Log`]: measurements in a file, a line each, so that none is lost when the tuning is ended, by whatever means.

use super::{Measured, Outcome, ReadError, TellFault, TuneError};
use crate::diagnostic::InFile;
use crate::file::FileError;
use crate::kernel::Chosen;
use crate::problem::json_value;
use crate::tiling::Tiling;
use crate::trials::lines::{self, Lines, LinesError, OpenedLines, header};
use crate::trials::{LogFault, LogKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;

const KIND: LogKind = LogKind { name: "constrint measurements", line: "measurement" };

/// A log that is open for more measurements.
///
/// The first line says what they are of; every other is an object with `config` and either `time_ms`, perhaps with all `runs_ms`, or
/// `failure`.
#[derive(Debug)]
pub struct Log {
    lines: Lines,
    names: Vec<String>,
}

/// A log, and what it held.
#[derive(Debug)]
pub struct Opened {
    /// Open for more measurements.
    pub log: Log,
    /// What it held.
    pub measured: Vec<Measured>,
    /// Whether its last line was unfinished and was cut off.
    pub torn: bool,
}

/// A measurement of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// The line, counted from 1.
    pub line: usize,
    /// What was measured.
    pub measured: Measured,
    /// The times of all its runs in milliseconds; empty where it failed.
    pub runs_ms: Vec<f64>,
}

/// A line, in which a field that belongs to none is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    config: Chosen,
    time_ms: Option<f64>,
    #[serde(default)]
    runs_ms: Vec<f64>,
    failure: Option<String>,
}

impl From<LinesError> for TuneError {
    fn from(error: LinesError) -> Self {
        match error {
            LinesError::Line(fault) => fault.into(),
            LinesError::File(error) => error.into(),
        }
    }
}

impl Log {
    /// Opens the log of a problem, or makes one. It is locked against other processes until it is dropped.
    ///
    /// Its first line must have the problem's name, kernel, shape, type, GPU, constants and the names of its variables.
    ///
    /// # Errors
    /// [`TuneError`] when the file holds something else or another process has it, or it cannot be read or written.
    pub fn open(path: &Path, tiling: &Tiling) -> Result<Opened, TuneError> {
        let OpenedLines { lines, held, torn } = Lines::open(path, KIND, &header(tiling, KIND))?;
        let logged = of_lines(&path.display().to_string(), held, tiling)?;
        let measured = logged.into_iter().map(|one| one.measured).collect();
        let names = tiling.model.variables().iter().map(|variable| variable.name.clone()).collect();
        Ok(Opened { log: Self { lines, names }, measured, torn })
    }

    /// Whether a text is such a log, by its first line.
    pub fn is_one(text: &str) -> bool {
        let first: Option<Map<String, Value>> = text.lines().next().and_then(|line| serde_json::from_str(line).ok());
        first.is_some_and(|header| header.get("log").and_then(Value::as_str) == Some(KIND.name))
    }

    /// The measurements in the text of a log of a problem with the same variables: of another GPU or shape, or this one.
    ///
    /// # Errors
    /// [`ReadError`] with the line that cannot be read, or that lacks a variable.
    pub fn prior(path: &str, text: &str, tiling: &Tiling) -> Result<Vec<Measured>, ReadError> {
        let logged = of_lines(path, lines::read(path, text, KIND, None)?, tiling)?;
        Ok(logged.into_iter().map(|one| one.measured).collect())
    }

    /// The measurements in the text of a log of this problem; an unfinished last line is left out.
    ///
    /// # Errors
    /// [`ReadError`] when the text is something else, or the log is of another problem.
    pub fn read(path: &str, text: &str, tiling: &Tiling) -> Result<Vec<Logged>, ReadError> {
        of_lines(path, lines::read(path, text, KIND, Some(&header(tiling, KIND)))?, tiling)
    }

    /// Adds a measurement, with the times of its runs where there were several. When this returns, it is on the disk.
    ///
    /// # Errors
    /// [`FileError`]
    pub fn append(&mut self, measured: &Measured, runs_ms: &[f64]) -> Result<(), FileError> {
        let config: Map<String, Value> =
            self.names.iter().cloned().zip(measured.values.iter().map(|&value| value.into())).collect();
        let mut line = Map::new();
        line.insert("config".to_owned(), config.into());
        match &measured.outcome {
            Outcome::Took(time_ms) => line.insert("time_ms".to_owned(), (*time_ms).into()),
            Outcome::Failed(why) => line.insert("failure".to_owned(), why.clone().into()),
        };
        if runs_ms.len() > 1 {
            line.insert("runs_ms".to_owned(), json!(runs_ms));
        }
        self.lines.append(&Value::from(line).to_string())
    }
}

fn of_lines(path: &str, lines: Vec<(usize, String)>, tiling: &Tiling) -> Result<Vec<Logged>, ReadError> {
    let of_line = |(line, text): (usize, String)| -> Result<Logged, ReadError> {
        let record = record(&text).map_err(|fault| InFile { path: path.to_owned(), line: Some(line), fault })?;
        let told = |fault| ReadError::from(InFile { path: path.to_owned(), line: Some(line), fault });
        let runs_ms =
            if record.runs_ms.is_empty() { record.time_ms.into_iter().collect() } else { record.runs_ms.clone() };
        Ok(Logged { line, measured: measured(record, tiling).map_err(told)?, runs_ms })
    };
    lines.into_iter().map(of_line).collect()
}

/// A line in which no key stands twice.
fn record(line: &str) -> Result<Record, LogFault> {
    let fault = |reason: String| LogFault::Line { of: KIND, reason };
    json_value(line).map_err(|error| fault(error.to_string()))?;
    let record: Record = serde_json::from_str(line).map_err(|error| fault(error.to_string()))?;
    if record.time_ms.is_some() == record.failure.is_some() {
        return Err(fault("it has either `time_ms` or `failure`".to_owned()));
    }
    if record.runs_ms.iter().any(|time| !(time.is_finite() && *time > 0.0)) {
        return Err(fault("`runs_ms` holds positive numbers".to_owned()));
    }
    Ok(record)
}

fn measured(record: Record, tiling: &Tiling) -> Result<Measured, TellFault> {
    let values = tiling.row(&record.config)?;
    let outcome = match (record.time_ms, record.failure) {
        (Some(time_ms), _) if !(time_ms.is_finite() && time_ms > 0.0) => {
            return Err(TellFault::Time { found: time_ms.to_string() });
        }
        (Some(time_ms), _) => Outcome::Took(time_ms),
        (None, why) => Outcome::Failed(why.unwrap_or_default()),
    };
    Ok(Measured { values, outcome })
}
