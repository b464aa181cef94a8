//! Flipped bytes, torn files, folders that cannot be written to.

use crate::{FIRST, TILES, only_file, request, solved, values};
use constrint::{CacheUse, Status};
use std::fs;
use std::path::Path;

/// Solves with the text in the entry's place, and asserts that the answer is right and the entry is mended.
fn right_with(problem: &str, expected: &[i64], folder: &Path, entry: &[u8], what: &str) {
    let file = only_file(folder);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, entry).unwrap();
    let answer = solved(problem, &request(folder));
    assert_eq!((answer.status, values(&answer)), (Status::Optimal, expected.to_vec()), "{what}");
    // A blank more or less is no damage.
    assert!(answer.cache == CacheUse::Kept || is_same_json(entry, &whole), "{what}: {:?}", answer.cache);
    fs::write(&file, &whole).unwrap();
}

fn is_same_json(a: &[u8], b: &[u8]) -> bool {
    let read = serde_json::from_slice::<serde_json::Value>;
    matches!((read(a), read(b)), (Ok(a), Ok(b)) if a == b)
}

/// Each byte once: another digit, a 9, a blank or no text at all. A test beside the code tries them without files.
#[test]
fn no_flipped_byte_leads_astray() {
    let folder = tempfile::tempdir().unwrap();
    solved(FIRST, &request(folder.path()));
    let whole = fs::read(only_file(folder.path())).unwrap();
    for position in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[position] = match flipped[position] {
            digit if digit.is_ascii_digit() => digit ^ [1, b'9' ^ digit][position % 2],
            other => other ^ [1, 0x20, 0xff][position % 3],
        };
        right_with(FIRST, &[10, 4], folder.path(), &flipped, &format!("byte {position}"));
    }
}

#[test]
fn no_torn_entry_leads_astray() {
    let folder = tempfile::tempdir().unwrap();
    solved(FIRST, &request(folder.path()));
    let whole = fs::read(only_file(folder.path())).unwrap();
    for length in (0..whole.len()).step_by(7).chain([whole.len() - 2]) {
        right_with(FIRST, &[10, 4], folder.path(), &whole[..length], &format!("the first {length} bytes"));
        let zeros = [&whole[..length], &vec![0; whole.len() - length][..]].concat();
        right_with(FIRST, &[10, 4], folder.path(), &zeros, &format!("zeros from byte {length}"));
    }
    let twice = [&whole[..], &whole[..]].concat();
    right_with(FIRST, &[10, 4], folder.path(), &twice, "twice");
    right_with(FIRST, &[10, 4], folder.path(), &vec![b'['; 1 << 20], "nested deeply");
    right_with(FIRST, &[10, 4], folder.path(), &vec![b' '; 5 << 20], "long");
}

/// The solution of another problem, in the place of this one's.
#[test]
fn an_entry_of_another_problem_is_none() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    solved(FIRST, &request(ours.path()));
    // x = 11, y = 4 is a solution of both.
    solved(&FIRST.replace("\"min\": 10", "\"min\": 11"), &request(theirs.path()));
    let theirs = fs::read(only_file(theirs.path())).unwrap();
    right_with(FIRST, &[10, 4], ours.path(), &theirs, "another problem's");
}

#[test]
fn a_folder_that_cannot_be_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "here first").unwrap();
    for place in [file.clone(), file.join("below")] {
        let answer = solved(TILES, &request(&place));
        assert_eq!((answer.status, values(&answer)), (Status::Optimal, vec![48, 8]));
        let CacheUse::Failed(error) = answer.cache else { panic!("{:?}", answer.cache) };
        assert!(error.to_string().contains("file"), "{error}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "here first");
}

#[test]
fn a_folder_in_the_place_of_an_entry_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    solved(TILES, &request(folder.path()));
    let file = only_file(folder.path());
    fs::remove_file(&file).unwrap();
    fs::create_dir_all(file.join("below")).unwrap();
    let answer = solved(TILES, &request(folder.path()));
    assert!(matches!(answer.cache, CacheUse::Failed(_)) && values(&answer) == [48, 8]);
    assert_eq!(only_file(folder.path()), file, "no temporary file stays");
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("cache");
    solved(TILES, &request(&place));
    let allow = |mode| fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o555);
    let (known, unknown) = (solved(TILES, &request(&place)), solved(FIRST, &request(&place)));
    allow(0o755);
    assert_eq!((known.cache.clone(), values(&known), values(&unknown)), (CacheUse::Hit, vec![48, 8], vec![10, 4]));
    // Whoever may do everything is not kept from it.
    assert!(matches!(unknown.cache, CacheUse::Failed(_) | CacheUse::Kept));
}
