//! [`Cache`]: proved answers kept on disk, so that a build that asks the same again need not search again.
//!
//! | file | holds |
//! | --- | --- |
//! | `canonical.rs` | everything that an answer depends on as one text, and its hash: the key |
//! | `entry.rs` | an answer as JSON; what must hold before it is believed |
//! | `folder.rs` | the files: read, written whole or not at all, the oldest removed |
//!
//! # What is kept
//!
//! Only answers of searches that ended by themselves: proved best, first in their order, or, where neither was asked for,
//! any solutions; and only their
//! values: all that follows from them is computed anew. That a problem has no solution is never kept, since no checker
//! could confirm it; neither is what a limit cut short.
//!
//! # What is believed
//!
//! An entry is used if its checksum is right, it was written by this version for this key, each of its solutions takes
//! its values from the declared ones and satisfies every constraint by [`checker`](constrint_solver::checker), the
//! objectives that the checker computes are those that are written there, best first, and
//! [`Config::new`](crate::Config::new) finds every limit of the hardware kept. Anything else is as if no entry were
//! there, never an error, and the fresh answer takes its place. So no damaged file leads to a configuration that breaks
//! a constraint. That there is no better one is what the search proved when the entry was written: the key and the
//! checksum bind that proof to the problem and guard it against accidents, not against somebody who forges entries, and
//! who could as well change the build.
//!
//! Whoever changes the solver without changing its version has to remove the folder.
//!
//! # Many at once
//!
//! An entry is written to a temporary file in the same folder and renamed. There are no locks: builds side by side write
//! the same bytes under the same name, and one that is killed leaves at most a temporary file, which is swept up later.

mod canonical;
mod entry;
mod folder;
#[cfg(test)]
mod tests;

pub(crate) use canonical::Question;

use crate::file::FileError;
use constrint_solver::Solution;
use entry::Entry;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The environment variable that places the cache, or turns it off.
pub const VARIABLE: &str = "CONSTRINT_CACHE";

/// Entries that a folder holds for long, after which the oldest go.
const MOST_ENTRIES: usize = 10_000;
/// Bytes that its entries have together, likewise.
const MOST_BYTES: u64 = 64 << 20;

/// A folder of answers; made when the first is kept.
///
/// ```
/// use constrint::{Cache, CacheUse, Problem, Request, solve};
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let problem = Problem::from_json(
///     r#"{"version": 1, "variables": {"tile": {"divisors_of": 768}}, "constraints": ["tile % 32 == 0"],
///         "objective": {"minimize": "tile"}}"#,
/// )?;
/// let request = Request { cache: Some(Cache::new(folder)), ..Request::default() };
/// assert_eq!(solve(&problem, &request)?.cache, CacheUse::Kept);
/// let again = solve(&problem, &request)?;
/// assert_eq!((again.cache, again.statistics.nodes), (CacheUse::Hit, 0));
/// assert_eq!(again.configs[0].values["tile"], 32);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

/// What a cache had to do with an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CacheUse {
    /// Nothing: no cache was asked for, or the answer is of no kind that is kept.
    #[default]
    None,
    /// The answer was taken from it, and checked.
    Hit,
    /// The answer was searched for, and is there now.
    Kept,
    /// The answer was searched for, and could not be written.
    Failed(FileError),
}

impl Cache {
    /// The cache in this folder, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The cache in the folder that the environment variable `CONSTRINT_CACHE` names; none where it is `off`; the one in
    /// `default`, if any, where it is not set or empty.
    pub fn from_environment(default: Option<PathBuf>) -> Option<Self> {
        Self::placed(std::env::var_os(VARIABLE), default)
    }

    fn placed(setting: Option<OsString>, default: Option<PathBuf>) -> Option<Self> {
        match setting.filter(|setting| !setting.is_empty()) {
            Some(setting) if setting.eq_ignore_ascii_case("off") => None,
            Some(folder) => Some(Self::new(folder)),
            None => default.map(Self::new),
        }
    }

    /// Where the entries are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The answer to a question, if one is there and can be believed.
    pub(crate) fn find(&self, question: &Question, key: &str) -> Option<Vec<Solution>> {
        Entry::read(&folder::read(&self.path(key))?)?.solutions(question, key)
    }

    /// Keeps a proved answer, unless it is too long.
    pub(crate) fn keep(&self, question: &Question, key: &str, solutions: &[Solution]) -> CacheUse {
        let text = Entry::new(question, key, solutions).text();
        if text.len() as u64 > folder::LARGEST_BYTES {
            return CacheUse::None;
        }
        let path = self.path(key);
        if let Err(error) = folder::write(&self.folder, &path, &text) {
            return CacheUse::Failed(FileError::new(&path, &error));
        }
        // Keys are spread evenly, so that this is one write in 256.
        if key.starts_with("00") {
            folder::prune(&self.folder, MOST_ENTRIES, MOST_BYTES);
        }
        CacheUse::Kept
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(folder::name(key))
    }
}
