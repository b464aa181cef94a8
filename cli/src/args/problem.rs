//! The problem, what the command line changes in it, and a configuration of it.

use super::values::setting;
use clap::Args;
use constrint::Cache;
use std::path::PathBuf;

/// The problem, and what the command line changes in it.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProblemArgs {
    /// The problem as JSON, native or T1, or `ConstrINT` text; `-` is standard input
    pub(crate) file: String,
    /// Solve for this GPU instead of the problem's; `solve` takes several, and answers for each
    #[arg(long, value_name = "NAME")]
    pub(crate) gpu: Vec<String>,
    /// Set a size, a constant, or fix a variable; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, i64)>,
}

/// Where answers are kept.
#[derive(Debug, Args)]
pub(crate) struct CacheArgs {
    /// Keep proved answers in this folder, and take them from there when they pass the checks; the default is the
    /// environment variable `CONSTRINT_CACHE`, and without it nothing is kept
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Search whatever is kept, and keep nothing
    #[arg(long)]
    pub(crate) no_cache: bool,
}

impl CacheArgs {
    /// The cache that is meant, if any.
    pub(crate) fn cache(&self) -> Option<Cache> {
        match &self.cache {
            _ if self.no_cache => None,
            Some(folder) => Some(Cache::new(folder)),
            None => Cache::from_environment(None),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    /// The output of `solve --json` or `solve --emit json`, or an object of names and values; `-` is standard input
    #[arg(value_name = "CONFIG.json")]
    pub(crate) config: String,
}
