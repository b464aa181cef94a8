//! Reading problems and writing results: whole or not at all.

use crate::diagnostic::{Diagnostic, Location};
use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file that cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// Its path.
    pub path: String,
    /// What the operating system said.
    pub reason: String,
}

impl FileError {
    /// What the operating system said of a file.
    pub fn new(path: &Path, error: &io::Error) -> Self {
        Self { path: path.display().to_string(), reason: error.to_string() }
    }
}

impl Diagnostic for FileError {
    fn message(&self) -> String {
        self.reason.clone()
    }

    fn location(&self) -> Location<'_> {
        Location::File { path: &self.path, line: None }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.reason)
    }
}

impl std::error::Error for FileError {}

/// Nothing longer is read.
const LARGEST_BYTES: u64 = 64 << 20;

/// The text of a file; `-` is standard input.
///
/// # Errors
/// [`FileError`] when it cannot be read, is longer than 64 MiB, or is no UTF-8 text.
pub fn read(path: &str) -> Result<String, FileError> {
    let name = if path == "-" { "standard input" } else { path };
    let fail = |reason: String| FileError { path: name.to_owned(), reason };
    let mut bytes = Vec::new();
    let read = if path == "-" {
        io::stdin().lock().take(LARGEST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(LARGEST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| fail(error.to_string()))?;
    if bytes.len() as u64 > LARGEST_BYTES {
        return Err(fail(format!("longer than {} MiB", LARGEST_BYTES >> 20)));
    }
    String::from_utf8(bytes).map_err(|error| {
        fail(format!("no UTF-8 text: byte {} is not part of a character", error.utf8_error().valid_up_to()))
    })
}

/// Writes a file by way of a temporary one beside it, so that no reader ever sees a part of it.
///
/// A link stays one, and the file that it leads to is written. A pipe or a device is written to, never replaced.
///
/// # Errors
/// [`FileError`]
pub fn write(path: &Path, text: &str) -> Result<(), FileError> {
    write_bytes(path, text.as_bytes())
}

/// Writes bytes that are no text, as [`write()`] does.
///
/// # Errors
/// [`FileError`]
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = NewFile::create(path)?;
    file.write_all(bytes).map_err(|error| failed(path, &error))?;
    file.finish()
}

/// A file that is written bit by bit, as by [`write()`], and has its name once it is finished; dropped before that, it
/// leaves nothing.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    sink: BufWriter<Sink>,
}

#[derive(Debug)]
enum Sink {
    /// To be put in the place of what is there, if anything, with its permissions.
    Temporary { file: tempfile::NamedTempFile, place: PathBuf, permissions: Option<Permissions>, entry: Unfinished },
    /// A pipe or a device.
    Stream(fs::File),
}

impl NewFile {
    /// Opens a temporary file in the folder of the one that is to be written, or the pipe or device itself.
    ///
    /// # Errors
    /// [`FileError`]
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let sink = match fs::metadata(path) {
            Ok(there) if there.is_file() => {
                fs::canonicalize(path).and_then(|place| Sink::temporary(place, Some(there.permissions())))
            }
            Ok(_) => OpenOptions::new().write(true).open(path).map(Sink::Stream),
            Err(_) => Sink::temporary(path.to_owned(), None),
        };
        let sink = sink.map_err(|error| failed(path, &error))?;
        Ok(Self { path: path.to_owned(), sink: BufWriter::with_capacity(1 << 16, sink) })
    }

    /// Gives the file its name, in place of one that has it already.
    ///
    /// # Errors
    /// [`FileError`]
    pub fn finish(self) -> Result<(), FileError> {
        let sink = self.sink.into_inner().map_err(io::IntoInnerError::into_error);
        sink.and_then(Sink::finish).map_err(|error| failed(&self.path, &error))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Temporary files that have neither got their name nor been dropped.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what every [`NewFile`] has written that is not finished: for a process that is about to end while some thread
/// still writes.
pub fn abandon() {
    for path in std::mem::take(&mut *unfinished()) {
        // It may be gone already, or there is nothing more that can be done.
        let _ = fs::remove_file(path);
    }
}

/// An entry of the list of temporary files, for as long as it lives.
#[derive(Debug)]
struct Unfinished(PathBuf);

impl Unfinished {
    fn new(path: &Path) -> Self {
        unfinished().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

impl Sink {
    fn temporary(place: PathBuf, permissions: Option<Permissions>) -> io::Result<Self> {
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::NamedTempFile::new_in(folder)?;
        let entry = Unfinished::new(file.path());
        Ok(Self::Temporary { file, place, permissions, entry })
    }

    fn finish(self) -> io::Result<()> {
        let Self::Temporary { file, place, permissions, entry } = self else { return Ok(()) };
        match permissions {
            Some(permissions) => file.as_file().set_permissions(permissions)?,
            None => make_readable(&file)?,
        }
        file.persist(place).map_err(|error| error.error)?;
        drop(entry);
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Temporary { file, .. } => file.write(bytes),
            Self::Stream(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Temporary { file, .. } => file.flush(),
            Self::Stream(stream) => stream.flush(),
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> FileError {
    FileError { path: path.display().to_string(), reason: reason(error) }
}

/// A temporary file is private; a new result has the usual permissions.
#[cfg(unix)]
fn make_readable(file: &tempfile::NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &tempfile::NamedTempFile) -> io::Result<()> {
    Ok(())
}

/// What the operating system said, without the name of the temporary file, which says nothing to the user.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" at path ").next().unwrap_or(&text).to_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    #[test]
    fn a_link_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write(&file, "old").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();
        write(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn a_pipe_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        write(&pipe, "words").unwrap();
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        assert_eq!(reader.join().unwrap(), "words");
    }

    #[test]
    fn a_failure_names_the_file_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("missing/file"), folder.path().to_owned()] {
            let error = write(&path, "words").unwrap_err();
            let FileError { path: named, reason } = &error;
            assert_eq!(*named, path.display().to_string());
            assert!(reason.contains("os error") && !reason.contains(".tmp"), "{reason}");
        }
    }
}
