//! Files: whole or not there, also where the writer is killed; the oldest go.

use super::super::folder::{LARGEST_BYTES, name, prune, read, write};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// Tells the writer that is to be killed where to write.
const FOLDER: &str = "CONSTRINT_TEST_WRITER_FOLDER";

/// A text so long that much of the time goes into writing it.
fn long_text() -> String {
    "0123456789abcdef".repeat(1 << 17)
}

fn entry(folder: &Path, digit: char) -> PathBuf {
    folder.join(name(&digit.to_string().repeat(64)))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn make_older(path: &Path, seconds: u64) {
    let time = SystemTime::now() - Duration::from_secs(seconds);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
#[ignore = "a_killed_writer_leaves_no_part_of_an_entry runs and kills it"]
fn writer_to_be_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let (path, text, start) = (entry(&folder, 'a'), long_text(), Instant::now());
    // Should nobody kill it, it ends all the same. To rename over a file makes some file systems wait for the disk, and
    // whoever waits there cannot be killed: the file goes first.
    while start.elapsed() < Duration::from_secs(20) {
        write(&folder, &path, &text).unwrap();
        fs::remove_file(&path).unwrap();
    }
}

/// Runs the writer and kills it some time after it has written for the first time.
fn run_and_kill_writer(folder: &Path, delay: Duration) {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cache::tests::files::writer_to_be_killed", "--ignored"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while names(folder).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(10), "the writer does not write");
        std::thread::yield_now();
    }
    std::thread::sleep(delay);
    writer.kill().unwrap();
    writer.wait().unwrap();
}

#[test]
fn a_killed_writer_leaves_no_part_of_an_entry() {
    let (mut killed_while_writing, text) = (0, long_text());
    // Enough of them must be killed between the first byte and the renaming: that is what this is about.
    for round in 0..200 {
        let folder = tempfile::tempdir().unwrap();
        run_and_kill_writer(folder.path(), Duration::from_micros(370 * (round % 16)));
        let (temporary, whole): (Vec<_>, Vec<_>) =
            names(folder.path()).into_iter().partition(|name| name.starts_with('.'));
        assert!(temporary.len() + whole.len() <= 1, "{temporary:?} {whole:?}");
        if !whole.is_empty() {
            assert!(read(&entry(folder.path(), 'a')).is_some_and(|found| found == text), "round {round}");
        }
        killed_while_writing += temporary.len();
        for name in &temporary {
            prune(folder.path(), 10, 1 << 30);
            assert_eq!(names(folder.path()), temporary, "it might still be written to");
            make_older(&folder.path().join(name), 2 * 60 * 60);
            prune(folder.path(), 10, 1 << 30);
            assert_eq!(names(folder.path()), [""; 0]);
        }
        if killed_while_writing >= 6 && round >= 12 {
            return;
        }
    }
    assert!(killed_while_writing > 0);
}

#[test]
fn the_oldest_entries_go_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (digit, age) in [('a', 10), ('b', 40), ('c', 20), ('d', 30)] {
        write(folder, &entry(folder, digit), "0123456789").unwrap();
        make_older(&entry(folder, digit), age);
    }
    let foreign = ["README", "problem.json", &format!("{}.json", "A".repeat(64)), ".other.tmp"];
    for name in foreign {
        fs::write(folder.join(name), "mine").unwrap();
        make_older(&folder.join(name), 1_000_000);
    }
    let kept = || ['a', 'b', 'c', 'd'].into_iter().filter(|digit| entry(folder, *digit).exists()).collect::<String>();
    prune(folder, 4, 40);
    assert_eq!(kept(), "abcd");
    prune(folder, 3, 40);
    assert_eq!(kept(), "acd");
    prune(folder, 3, 29);
    assert_eq!(kept(), "ac");
    prune(folder, 0, 0);
    assert_eq!(names(folder).len(), foreign.len());
    prune(&folder.join("none"), 0, 0);
}

#[test]
fn what_is_no_text_of_an_entry_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    assert_eq!(read(&path), None);
    assert_eq!(read(folder.path()), None, "a folder");
    fs::write(&path, [b'{', 0xff, b'}']).unwrap();
    assert_eq!(read(&path), None, "no UTF-8");
    File::create(&path).unwrap().set_len(LARGEST_BYTES + 1).unwrap();
    assert_eq!(read(&path), None, "too long");
    File::create(&path).unwrap().set_len(LARGEST_BYTES).unwrap();
    assert!(read(&path).is_some());
}

/// To open a pipe that nobody writes to would take forever.
#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&path).status();
    assert!(made.is_err() || read(&path).is_none());
}

#[cfg(unix)]
#[test]
fn an_entry_has_the_permissions_of_any_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (ours, usual) = (entry(folder.path(), 'a'), folder.path().join("usual"));
    write(folder.path(), &ours, "{}").unwrap();
    fs::write(&usual, "{}").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&ours), mode(&usual));
}
