//! Reading problems and writing results: whole or not at all.

use crate::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

/// Nothing longer is read.
const LARGEST_BYTES: u64 = 64 << 20;

/// The text of a file; `-` is standard input.
///
/// # Errors
/// [`Error::File`] when it cannot be read, is longer than 64 MiB, or is no UTF-8 text.
pub fn read(path: &str) -> Result<String, Error> {
    let fail = |reason: String| Error::File { path: path.to_owned(), reason };
    let mut bytes = Vec::new();
    let read = if path == "-" {
        std::io::stdin().lock().take(LARGEST_BYTES + 1).read_to_end(&mut bytes)
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
/// # Errors
/// [`Error::File`]
pub fn write(path: &Path, text: &str) -> Result<(), Error> {
    let fail = |reason: String| Error::File { path: path.display().to_string(), reason };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| fail(error.to_string()))?;
    file.write_all(text.as_bytes()).map_err(|error| fail(error.to_string()))?;
    make_readable(&file).map_err(|error| fail(error.to_string()))?;
    file.persist(path).map_err(|error| fail(error.error.to_string()))?;
    Ok(())
}

/// A temporary file is private; a result has the usual permissions.
#[cfg(unix)]
fn make_readable(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}
