//! The files of a cache: nothing here knows what an entry says.

use std::fs::{self, DirEntry, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Longer entries are neither written nor read.
pub(super) const LARGEST_BYTES: u64 = 4 << 20;

/// Before and after the random part of a temporary file's name.
const TEMPORARY: (&str, &str) = (".constrint-", ".tmp");
/// A temporary file this old belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_secs(60 * 60);
/// Hexadecimal digits of a key.
const KEY_DIGITS: usize = 64;

/// The file of a key.
pub(super) fn name(key: &str) -> String {
    format!("{key}.json")
}

/// The text of a file; none where there is no such file, or what is there is no text that could be an entry.
pub(super) fn read(path: &Path) -> Option<String> {
    // To open a pipe would be to wait for its writer.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST_BYTES + 1).read_to_end(&mut bytes).ok()?;
    if bytes.len() as u64 > LARGEST_BYTES { None } else { String::from_utf8(bytes).ok() }
}

/// Writes a file by way of a temporary one in the same folder, so that no reader ever sees a part of it.
///
/// It is not flushed to the disk: after a power failure it may be torn, and is then not believed.
pub(super) fn write(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    // As any other file, not private as a temporary one: a user's builds may share the folder with others.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Removes the oldest entries beyond so many, and beyond so many bytes together, and temporary files that nobody will
/// rename any more. What cannot be read or removed stays: another process may have been faster.
pub(super) fn prune(folder: &Path, most_entries: usize, most_bytes: u64) {
    let Ok(files) = fs::read_dir(folder) else { return };
    let mut entries = Vec::new();
    for file in files.flatten() {
        let Some((modified, bytes)) = age_and_size(&file) else { continue };
        match file.file_name().to_str() {
            Some(name) if is_entry(name) => entries.push((modified, bytes, file.path())),
            Some(name) if is_temporary(name) && is_abandoned(modified) => drop(fs::remove_file(file.path())),
            _ => {}
        }
    }
    entries.sort_unstable_by(|a, b| b.cmp(a));
    let mut total = 0;
    for (index, (_, bytes, path)) in entries.into_iter().enumerate() {
        total += bytes;
        if index >= most_entries || total > most_bytes {
            drop(fs::remove_file(path));
        }
    }
}

fn age_and_size(file: &DirEntry) -> Option<(SystemTime, u64)> {
    let metadata = file.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Other files in the folder are none of the cache's business.
fn is_entry(name: &str) -> bool {
    let key = name.strip_suffix(".json").unwrap_or_default();
    key.len() == KEY_DIGITS && key.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
}

/// A file from the future, by a clock that was set back, is not.
fn is_abandoned(modified: SystemTime) -> bool {
    modified.elapsed().is_ok_and(|age| age > ABANDONED)
}
