//! [`Table`]: the call of a `build.rs` for many GPUs and shapes.

use super::cargo::{cache_below, for_cargo, output_folder};
use super::{BuildError, NoConfiguration};
use crate::file;
use crate::problem::Problem;
use crate::solve::{Request, Status};
use crate::table::{self, Files, solve_table};
use std::path::{Path, PathBuf};

/// What a build wants of a dispatch table: a problem with `gpus` and `shapes`.
///
/// ```no_run
/// // In the `main` of build.rs; `include!(concat!(env!("OUT_DIR"), "/matmul_table.rs"));` in the crate has the table.
/// let built = constrint::build_time::Table::new("tables/matmul.json").run();
/// for (configuration, header) in built.table.configurations.iter().zip(&built.files.configurations) {
///     // One object for each: its macros are in `header`, and it is needed on these GPUs.
///     println!("{} for {:?}", header.display(), configuration.targets);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    problem: PathBuf,
    out_dir: Option<PathBuf>,
    cache: bool,
    allow_missing: bool,
}

/// What a build got.
#[derive(Debug)]
pub struct BuiltTable {
    /// The answers.
    pub table: table::Table,
    /// The files.
    pub files: Files,
}

impl Table {
    /// Solves the problem in this file for each of its GPUs and shapes.
    pub fn new(problem: impl Into<PathBuf>) -> Self {
        Self { problem: problem.into(), out_dir: None, cache: true, allow_missing: false }
    }

    /// Writes here instead of Cargo's `OUT_DIR`.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Whether to take proved answers from the cache and to keep them there; they are unless this says otherwise.
    #[must_use]
    pub fn cache(mut self, wanted: bool) -> Self {
        self.cache = wanted;
        self
    }

    /// Whether entries may have no configuration, so that they are passed over when one is chosen; otherwise the build ends.
    #[must_use]
    pub fn allow_missing(mut self, allowed: bool) -> Self {
        self.allow_missing = allowed;
        self
    }

    /// Solves and writes, and tells Cargo when to do so again. On an error it prints the message and ends the build.
    pub fn run(&self) -> BuiltTable {
        for_cargo(&self.problem, || self.write())
    }

    /// Solves and writes, and says nothing to Cargo.
    ///
    /// # Errors
    /// [`BuildError::NoConfiguration`] for the first entry that has none and is not allowed to, or that a limit left without
    /// an answer, and what [`solve_table`] and [`file::write`] fail with.
    pub fn write(&self) -> Result<BuiltTable, BuildError> {
        let mut problem = Problem::from_json(&file::read(&self.problem.display().to_string())?)?;
        problem.relative_to(self.problem.parent().unwrap_or(Path::new("")));
        let out_dir = output_folder(self.out_dir.as_deref())?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let request = Request { cache: cache_below(&out_dir, self.cache), threads, ..Request::default() };
        let table = solve_table(&problem, &request)?;
        let is_allowed = |status: Status| self.allow_missing && status == Status::Infeasible;
        let refused = |entry: &table::Entry| {
            let missing = entry.missing().filter(|missing| !is_allowed(missing.status))?;
            Some(NoConfiguration::of_entry(&table, entry, missing))
        };
        // A table in which nothing can be chosen is none.
        let none_at_all = || {
            let first = table.entries.first().filter(|_| table.configurations.is_empty())?;
            Some(NoConfiguration::of_entry(&table, first, first.missing()?))
        };
        if let Some(none) = table.entries.iter().find_map(refused).or_else(none_at_all) {
            return Err(none.into());
        }
        let files = table.write(&out_dir)?;
        Ok(BuiltTable { table, files })
    }
}
