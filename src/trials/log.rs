//! [`Log`]: trials in a file, a line each, so that none is lost when the search is ended, by whatever means.

use super::lines::{self, Lines, LinesError, OpenedLines, header};
use super::{LogFault, LogKind, Trial, Trials, TrialsError};
use crate::diagnostic::InFile;
use crate::file::FileError;
use crate::problem::json_value;
use crate::tiling::Tiling;
use std::path::Path;

const KIND: LogKind = LogKind { name: "constrint trials", line: "trial" };

/// A log that is open for more trials. The first line says what they are of, every other is a [`Trial`] as JSON.
#[derive(Debug)]
pub struct Log {
    lines: Lines,
}

/// A log, and what it held.
#[derive(Debug)]
pub struct Opened {
    /// Open for more trials.
    pub log: Log,
    /// What it held, for [`Trials::resume`].
    pub trials: Vec<Trial>,
    /// Whether its last line was unfinished and was cut off.
    pub torn: bool,
}

impl From<LinesError> for TrialsError {
    fn from(error: LinesError) -> Self {
        match error {
            LinesError::Line(fault) => fault.into(),
            LinesError::File(error) => error.into(),
        }
    }
}

impl Log {
    /// Opens the log of a search, or makes one. It is locked against other processes until it is dropped.
    ///
    /// Its first line must have the problem's name, kernel, shape, type, GPU, constants and the names of its variables.
    /// Constraints, objectives and values may have changed: [`Trials::resume`] looks at every trial.
    ///
    /// # Errors
    /// [`TrialsError::TrialLog`] when the file holds something else or another process has it, [`TrialsError::File`] when it cannot
    /// be read or written.
    pub fn open(path: &Path, trials: &Trials) -> Result<Opened, TrialsError> {
        let OpenedLines { lines, held, torn } = Lines::open(path, KIND, &header(trials.tiling(), KIND))?;
        let trial = |(line, text): (usize, String)| {
            trial(&text).map_err(|fault| InFile { path: path.display().to_string(), line: Some(line), fault })
        };
        let trials = held.into_iter().map(trial).collect::<Result<_, _>>()?;
        Ok(Opened { log: Self { lines }, trials, torn })
    }

    /// The trials in the text of a log of this problem, each with its line; an unfinished last line is left out.
    ///
    /// # Errors
    /// [`InFile`] when the text is something else, or the log is of another problem.
    pub fn read(path: &str, text: &str, tiling: &Tiling) -> Result<Vec<(usize, Trial)>, InFile<LogFault>> {
        let numbered = |(line, text): (usize, String)| match trial(&text) {
            Ok(trial) => Ok((line, trial)),
            Err(fault) => Err(InFile { path: path.to_owned(), line: Some(line), fault }),
        };
        let lines = lines::read(path, text, KIND, Some(&header(tiling, KIND)))?;
        lines.into_iter().map(numbered).collect()
    }

    /// Adds a trial. When this returns, it is on the disk.
    ///
    /// # Errors
    /// [`FileError`]
    pub fn append(&mut self, trial: &Trial) -> Result<(), FileError> {
        self.lines.append(&serde_json::to_string(trial).expect("plain data"))
    }
}

/// The trial of a line, in which no key stands twice.
fn trial(line: &str) -> Result<Trial, LogFault> {
    let fault = |error: String| LogFault::Line { of: KIND, reason: error };
    json_value(line).map_err(|error| fault(error.to_string()))?;
    serde_json::from_str(line).map_err(|error| fault(error.to_string()))
}
