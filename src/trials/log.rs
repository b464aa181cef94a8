//! [`Log`]: trials in a file, a line each, so that none is lost when the search is ended, by whatever means.
//!
//! The first line says what the trials are of, every other is a [`Trial`] as JSON. A line counts once it ends in a line
//! break: what a process left unfinished when it was killed is cut off.

use super::{LogFault, Trial, Trials, TrialsError};
use crate::diagnostic::InFile;
use crate::file::FileError;
use crate::problem::json_value;
use crate::tiling::Tiling;
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What the first line says that the file is.
const KIND: &str = "constrint trials";

/// A log that is open for more trials.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
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
        let fail = |error: std::io::Error| TrialsError::from(FileError::new(path, &error));
        let open = OpenOptions::new().read(true).append(true).create(true).open(path);
        let mut log = Self { path: path.to_owned(), file: open.map_err(fail)? };
        match log.file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(log.fault(1, LogFault::InUse)),
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        let mut text = String::new();
        log.file.read_to_string(&mut text).map_err(fail)?;
        let (whole, rest) = text.split_at(text.rfind('\n').map_or(0, |end| end + 1));
        let header = header(trials.tiling());
        let first_line = Value::from(header.clone()).to_string() + "\n";
        if whole.is_empty() && !first_line.starts_with(rest) {
            return Err(log.fault(1, LogFault::NotALog));
        }
        let mut lines = whole.lines().enumerate().map(|(index, line)| (index + 1, line));
        if let Some((number, line)) = lines.next() {
            check_header(line, &header).map_err(|fault| log.fault(number, fault))?;
        }
        let trials = lines.map(|(number, line)| trial(line).map_err(|fault| log.fault(number, fault)));
        let trials = trials.collect::<Result<_, _>>()?;
        if !rest.is_empty() {
            log.file.set_len(whole.len() as u64).map_err(fail)?;
        }
        if whole.is_empty() {
            log.write(&first_line)?;
        }
        Ok(Opened { log, trials, torn: !rest.is_empty() })
    }

    /// The trials in the text of a log of this problem, each with its line; an unfinished last line is left out.
    ///
    /// # Errors
    /// [`InFile`] when the text is something else, or the log is of another problem.
    pub fn read(path: &str, text: &str, tiling: &Tiling) -> Result<Vec<(usize, Trial)>, InFile<LogFault>> {
        let fault = |line, fault| InFile { path: path.to_owned(), line: Some(line), fault };
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let mut lines = whole.lines().enumerate().map(|(index, line)| (index + 1, line));
        let (number, first) = lines.next().ok_or_else(|| fault(1, LogFault::NotALog))?;
        check_header(first, &header(tiling)).map_err(|kind| fault(number, kind))?;
        let numbered = |(number, line)| match trial(line) {
            Ok(trial) => Ok((number, trial)),
            Err(kind) => Err(fault(number, kind)),
        };
        lines.map(numbered).collect()
    }

    /// Adds a trial. When this returns, it is on the disk.
    ///
    /// # Errors
    /// [`FileError`]
    pub fn append(&mut self, trial: &Trial) -> Result<(), FileError> {
        let line = serde_json::to_string(trial).expect("plain data") + "\n";
        self.write(&line)
    }

    fn write(&mut self, line: &str) -> Result<(), FileError> {
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| FileError::new(&self.path, &error))
    }

    fn fault(&self, line: usize, fault: LogFault) -> TrialsError {
        InFile { path: self.path.display().to_string(), line: Some(line), fault }.into()
    }
}

/// The trial of a line, in which no key stands twice.
fn trial(line: &str) -> Result<Trial, LogFault> {
    json_value(line).map_err(|error| LogFault::Line { reason: error.to_string() })?;
    serde_json::from_str(line).map_err(|error| LogFault::Line { reason: error.to_string() })
}

/// What decides whether a verdict on a configuration is one of this problem.
fn header(tiling: &Tiling) -> Map<String, Value> {
    let mut header = Map::new();
    let mut insert = |name: &str, value: Value| header.insert(name.to_owned(), value);
    insert("log", KIND.into());
    insert("version", 1.into());
    insert("problem", tiling.name.clone().into());
    if let Some((kernel, instance)) = &tiling.kernel {
        insert("kernel", kernel.name().into());
        let sizes = instance.sizes.iter().map(|(&name, &size)| (name.to_owned(), Value::from(size)));
        let words = instance.words.iter().map(|(&name, &word)| (name.to_owned(), Value::from(word)));
        insert("shape", Value::Object(sizes.chain(words).collect()));
        insert("dtype", instance.dtype.into());
    }
    if let Some(kernel) = &tiling.described {
        insert("kernel", kernel.name.clone().into());
    }
    if let Some(gpu) = &tiling.gpu {
        insert("gpu", gpu.name.clone().into());
    }
    insert("constants", json!(tiling.constants));
    insert("variables", tiling.model.variables().iter().map(|variable| variable.name.clone()).collect());
    header
}

fn check_header(line: &str, here: &Map<String, Value>) -> Result<(), LogFault> {
    let there: Map<String, Value> = serde_json::from_str(line).map_err(|_| LogFault::NotALog)?;
    if there.get("log") != here.get("log") {
        return Err(LogFault::NotALog);
    }
    let text = |value: Option<&Value>| value.map(Value::to_string).unwrap_or_default();
    match here.keys().chain(there.keys()).find(|field| here.get(*field) != there.get(*field)) {
        Some(field) => Err(LogFault::OtherProblem {
            field: field.clone(),
            there: text(there.get(field)),
            here: text(here.get(field)),
        }),
        None => Ok(()),
    }
}
