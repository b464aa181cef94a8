//! Threads that write, read and damage the same entries.

use crate::{FIRST, TILES, files, request, solved, values};
use constrint::{CacheUse, Status};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The entries, without temporary files: whoever removes these makes writing fail, not answering.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let is_entry = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "json");
    files(folder).into_iter().filter(is_entry).collect()
}

#[test]
fn threads_that_share_entries_get_right_answers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (hits, kept) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ask = |problem, expected: [i64; 2]| {
        let answer = solved(problem, &request(folder));
        assert_eq!((answer.status, values(&answer)), (Status::Optimal, expected.to_vec()));
        match answer.cache {
            CacheUse::Hit => hits.fetch_add(1, Ordering::Relaxed),
            CacheUse::Kept => kept.fetch_add(1, Ordering::Relaxed),
            other => panic!("{other:?}"),
        };
    };
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let ask = &ask;
            scope.spawn(move || {
                for round in 0..60 {
                    ask(TILES, [48, 8]);
                    ask(FIRST, [10, 4]);
                    damage(folder, thread, round);
                }
            });
        }
    });
    assert!(hits.into_inner() > 60 && kept.into_inner() > 10);
    // Once all is quiet, what is there serves.
    for problem in [TILES, FIRST] {
        solved(problem, &request(folder));
        assert_eq!(solved(problem, &request(folder)).cache, CacheUse::Hit);
    }
    assert_eq!(files(folder).len(), 2, "no temporary file stays");
}

/// Now and then removes, tears or exchanges an entry; another thread may have been faster, and may be reading it.
fn damage(folder: &Path, thread: usize, round: usize) {
    let entries = entries(folder);
    let [one, other] = &entries[..] else { return };
    match (thread, round % 5) {
        (0, 0) => drop(fs::remove_file(one)),
        (1, 1) => drop(fs::write(other, "{\"format\": 1")),
        (2, 2) => drop(fs::copy(one, other)),
        _ => {}
    }
}
