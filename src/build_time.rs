//! The call for a `build.rs`: solve a problem, write its header and Rust constants where the build looks for them.
//!
//! ```no_run
//! // In the `main` of build.rs:
//! constrint::build_time::Build::new("problems/matmul.json").gpu("H100 SXM").run();
//! ```
//!
//! In the crate, `include!(concat!(env!("OUT_DIR"), "/matmul_config.rs"));` gives the constants; a C++ or CUDA compiler
//! called from the same `build.rs` finds `matmul_config.h` and the kernel's sources below `OUT_DIR`.
//!
//! [`Table`] does the same for many GPUs and shapes: `matmul_table.h` and `matmul_table.rs` choose among the configurations at run
//! time.
//!
//! ```no_run
//! constrint::build_time::Table::new("tables/matmul.json").run();
//! ```
//!
//! Proved answers are kept in a [`Cache`](crate::Cache) for the next build: in the folder `constrint-cache` of Cargo's target directory,
//! or in the one that the environment variable `CONSTRINT_CACHE` names. [`Build::cache`] and `CONSTRINT_CACHE=off` turn
//! it off. What is written is the same with it and without it.

mod cargo;
mod fault;
mod table;

pub use fault::{BuildError, EntryOfTable, NoConfiguration};
pub use table::{BuiltTable, Table};

use crate::cache::CacheUse;
use crate::config::{Config, Form, header_name, write_sources};
use crate::file::{self, FileError};
use crate::hardware::{GpuSpec, find};
use crate::kernel;
use crate::problem::Problem;
use crate::solve::{Request, solve};
use cargo::{cache_below, for_cargo, output_folder, slug};
use std::path::{Path, PathBuf};

/// What a build wants.
#[derive(Clone, Debug)]
pub struct Build {
    problem: PathBuf,
    gpus: Vec<String>,
    settings: Vec<(String, i64)>,
    out_dir: Option<PathBuf>,
    cache: bool,
}

/// What a build got, for one GPU.
#[derive(Clone, Debug)]
pub struct Built {
    /// The configuration.
    pub config: Config,
    /// The folder that holds the header and the Rust constants.
    pub folder: PathBuf,
    /// The C++ header.
    pub header: PathBuf,
    /// The Rust constants.
    pub rust: PathBuf,
    /// The kernel's main source file, written beside the header; with a kernel. Of a kernel that is made of several, that of the
    /// first.
    pub source: Option<PathBuf>,
    /// All files to compile: the main source files of the parts, or the one above.
    pub sources: Vec<PathBuf>,
    /// Whether the configuration was taken from the cache, or is there now.
    pub cache: CacheUse,
}

impl Build {
    /// Solves the problem in this file.
    pub fn new(problem: impl Into<PathBuf>) -> Self {
        Self { problem: problem.into(), gpus: Vec::new(), settings: Vec::new(), out_dir: None, cache: true }
    }

    /// Instead of the problem's GPU, this one. Called several times, each GPU gets a folder of its own below the output
    /// folder, named by its compute capability and name, such as `sm_90a-h100-sxm5-80gb`.
    #[must_use]
    pub fn gpu(mut self, name: impl Into<String>) -> Self {
        self.gpus.push(name.into());
        self
    }

    /// Sets a size of the shape or a constant, or fixes a variable.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: i64) -> Self {
        self.settings.push((name.into(), value));
        self
    }

    /// Writes here instead of Cargo's `OUT_DIR`.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Whether to take a proved answer from the cache and to keep it there; it is unless this says otherwise.
    #[must_use]
    pub fn cache(mut self, wanted: bool) -> Self {
        self.cache = wanted;
        self
    }

    /// Solves and writes, and tells Cargo when to do so again. On an error it prints the message and ends the build.
    pub fn run(&self) -> Vec<Built> {
        for_cargo(&self.problem, || self.write())
    }

    /// Solves and writes, and says nothing to Cargo.
    ///
    /// # Errors
    /// [`BuildError::NoConfiguration`] when the problem has none, and what [`solve()`] and [`file::write`] fail with.
    pub fn write(&self) -> Result<Vec<Built>, BuildError> {
        let mut problem = Problem::from_json(&file::read(&self.problem.display().to_string())?)?;
        problem.relative_to(self.problem.parent().unwrap_or(Path::new("")));
        for (name, value) in &self.settings {
            problem.set(name, *value)?;
        }
        let out_dir = output_folder(self.out_dir.as_deref())?;
        let request = Request { cache: cache_below(&out_dir, self.cache), ..Request::default() };
        if self.gpus.is_empty() {
            return Ok(vec![build(&problem, &request, &out_dir)?]);
        }
        let mut built = Vec::with_capacity(self.gpus.len());
        for name in &self.gpus {
            let gpu = find(name)?;
            problem.gpu = Some(GpuSpec::Name(gpu.name.clone()));
            let folder = match self.gpus.len() {
                1 => out_dir.clone(),
                _ => out_dir.join(format!("{}-{}", gpu.compute_capability.compile_target(), slug(&gpu.name))),
            };
            built.push(build(&problem, &request, &folder)?);
        }
        Ok(built)
    }
}

fn build(problem: &Problem, request: &Request, folder: &Path) -> Result<Built, BuildError> {
    let mut answer = solve(problem, request)?;
    if answer.configs.is_empty() {
        return Err(NoConfiguration::of(&answer).into());
    }
    let config = answer.configs.swap_remove(0);
    let fail = |error: std::io::Error| FileError::new(folder, &error);
    std::fs::create_dir_all(folder).map_err(fail)?;
    let stem = config.kernel.clone().unwrap_or_else(|| slug(&config.problem));
    let (header, rust) = (folder.join(header_name(&stem)), folder.join(format!("{stem}_config.rs")));
    file::write(&header, &config.emit(Form::Header))?;
    file::write(&rust, &config.emit(Form::Rust))?;
    let sources: Vec<PathBuf> = match (&config.source, &config.kernel) {
        (Some(own), _) => own.path.iter().cloned().collect(),
        (None, Some(kernel)) => {
            let kernel = kernel::find(kernel)?;
            write_sources(kernel, &config, folder)?;
            kernel.parts().iter().map(|part| folder.join(part.kernel.sources()[0].path)).collect()
        }
        (None, None) => Vec::new(),
    };
    let source = sources.first().cloned();
    Ok(Built { config, folder: folder.to_owned(), header, rust, source, sources, cache: answer.cache })
}
