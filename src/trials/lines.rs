//! [`Lines`]: a file of lines of JSON to which one process appends, so that no line is lost when it is ended, by whatever means.
//!
//! The first line says what the others are of. A line counts once it ends in a line break: what a process left unfinished when it was
//! killed is cut off.

use super::{LogFault, LogKind};
use crate::diagnostic::InFile;
use crate::file::FileError;
use crate::tiling::Tiling;
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A file that is open for more lines. It is locked against other processes until it is dropped.
#[derive(Debug)]
pub(crate) struct Lines {
    path: PathBuf,
    file: File,
}

/// Lines with their numbers, counted from 1.
type Numbered = Vec<(usize, String)>;

/// Why a file of lines cannot be opened.
#[derive(Debug)]
pub(crate) enum LinesError {
    /// A line is at fault.
    Line(InFile<LogFault>),
    /// The file is.
    File(FileError),
}

/// A file, and what it held.
pub(crate) struct OpenedLines {
    pub(crate) lines: Lines,
    pub(crate) held: Numbered,
    /// Whether its last line was unfinished and was cut off.
    pub(crate) torn: bool,
}

impl Lines {
    /// Opens a file, or makes one. Its first line has to be this header.
    pub(crate) fn open(path: &Path, kind: LogKind, header: &Map<String, Value>) -> Result<OpenedLines, LinesError> {
        let fail = |error: std::io::Error| LinesError::File(FileError::new(path, &error));
        let open = OpenOptions::new().read(true).append(true).create(true).open(path);
        let mut lines = Self { path: path.to_owned(), file: open.map_err(fail)? };
        match lines.file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(lines.fault(1, LogFault::InUse)),
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        let mut text = String::new();
        lines.file.read_to_string(&mut text).map_err(fail)?;
        let (whole, rest) = text.split_at(text.rfind('\n').map_or(0, |end| end + 1));
        let first_line = Value::from(header.clone()).to_string();
        if whole.is_empty() && !(first_line.clone() + "\n").starts_with(rest) {
            return Err(lines.fault(1, LogFault::NotALog { of: kind }));
        }
        let held = if whole.is_empty() {
            Vec::new()
        } else {
            read(&path.display().to_string(), whole, kind, Some(header)).map_err(LinesError::Line)?
        };
        if !rest.is_empty() {
            lines.file.set_len(whole.len() as u64).map_err(fail)?;
        }
        if whole.is_empty() {
            lines.append(&first_line).map_err(LinesError::File)?;
        }
        Ok(OpenedLines { lines, held, torn: !rest.is_empty() })
    }

    /// Adds a line. When this returns, it is on the disk.
    pub(crate) fn append(&mut self, line: &str) -> Result<(), FileError> {
        let line = line.to_owned() + "\n";
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| FileError::new(&self.path, &error))
    }

    fn fault(&self, line: usize, fault: LogFault) -> LinesError {
        LinesError::Line(InFile { path: self.path.display().to_string(), line: Some(line), fault })
    }
}

/// The lines of a text after its first, which has to be this header, or where there is none, of this kind. An unfinished last line is left
/// out.
pub(crate) fn read(
    path: &str,
    text: &str,
    kind: LogKind,
    header: Option<&Map<String, Value>>,
) -> Result<Numbered, InFile<LogFault>> {
    let fault = |line, fault| InFile { path: path.to_owned(), line: Some(line), fault };
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let mut lines = whole.lines().enumerate().map(|(index, line)| (index + 1, line.to_owned()));
    let (number, first) = lines.next().ok_or_else(|| fault(1, LogFault::NotALog { of: kind }))?;
    check_header(&first, kind, header).map_err(|kind| fault(number, kind))?;
    Ok(lines.collect())
}

/// What decides whether what a line says of a configuration is said of this problem.
pub(crate) fn header(tiling: &Tiling, kind: LogKind) -> Map<String, Value> {
    let mut header = Map::new();
    let mut insert = |name: &str, value: Value| header.insert(name.to_owned(), value);
    insert("log", kind.name.into());
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

fn check_header(line: &str, kind: LogKind, here: Option<&Map<String, Value>>) -> Result<(), LogFault> {
    let no_log = LogFault::NotALog { of: kind };
    let there: Map<String, Value> = serde_json::from_str(line).map_err(|_| no_log.clone())?;
    if there.get("log").and_then(Value::as_str) != Some(kind.name) {
        return Err(no_log);
    }
    let Some(here) = here else { return Ok(()) };
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
