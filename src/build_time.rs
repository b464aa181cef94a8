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
//! Proved answers are kept in a [`Cache`] for the next build: in the folder `constrint-cache` of Cargo's target directory,
//! or in the one that the environment variable `CONSTRINT_CACHE` names. [`Build::cache`] and `CONSTRINT_CACHE=off` turn
//! it off. What is written is the same with it and without it.

use crate::cache::{self, Cache, CacheUse};
use crate::config::{Config, Form, Unverified, header_name, write_sources};
use crate::diagnostic::{Diagnostic, Located, composed};
use crate::file::{self, FileError};
use crate::hardware::{GpuSpec, HardwareError, find};
use crate::kernel::{self, KernelError};
use crate::problem::{Problem, ProblemError};
use crate::solve::{Request, RequestError, SolveError, solve};
use crate::tiling::{TilingError, TilingFault};
use std::fmt;
use std::path::{Path, PathBuf};

composed! {
    /// Why a build gets no configuration.
    pub enum BuildError {
        /// A file cannot be read or written.
        File(FileError),
        /// There is no such GPU.
        Hardware(HardwareError),
        /// The kernel cannot be had so.
        Kernel(KernelError),
        /// What the problem says cannot be read.
        Problem(ProblemError),
        /// It can be read, and makes no sense.
        Tiling(Located<TilingFault>),
        /// A limit of the problem makes no sense.
        Request(RequestError),
        /// A bug: the configuration found exceeds a limit.
        Unverified(Unverified),
        /// The problem has no configuration.
        NoConfiguration(NoConfiguration),
    }
    from TilingError { Hardware, Kernel, Problem, Tiling }
    from SolveError { Hardware, Kernel, Problem, Tiling, Request, Unverified }
}

/// A build asked for a configuration, and the problem has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoConfiguration {
    /// The name of the problem.
    pub problem: String,
    /// The names of constraints that cannot hold together; empty where a limit was reached.
    pub conflict: Vec<String>,
}

impl Diagnostic for NoConfiguration {
    fn hint(&self) -> Option<String> {
        Some("`constrint solve` on the problem says more.".to_owned())
    }
}

impl fmt::Display for NoConfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { problem, conflict } = self;
        if conflict.is_empty() {
            return write!(formatter, "no configuration of {problem} was found within the limits");
        }
        write!(formatter, "{problem} has no configuration: {} cannot hold together", conflict.join(", "))
    }
}

impl std::error::Error for NoConfiguration {}

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
        println!("cargo::rerun-if-changed={}", self.problem.display());
        println!("cargo::rerun-if-env-changed={}", cache::VARIABLE);
        self.write().unwrap_or_else(|error| {
            for line in error.render(&self.problem.display().to_string(), false).lines() {
                println!("cargo::error={line}");
            }
            std::process::exit(1)
        })
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
        let out_dir = self.output_folder()?;
        let request = Request { cache: self.cache_below(&out_dir), ..Request::default() };
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

    fn output_folder(&self) -> Result<PathBuf, FileError> {
        let cargo = || std::env::var_os("OUT_DIR").map(PathBuf::from);
        self.out_dir.clone().or_else(cargo).ok_or_else(|| FileError {
            path: "OUT_DIR".to_owned(),
            reason: "not set: call this from a build script, or name a folder with `out_dir`".to_owned(),
        })
    }

    /// In a build script all packages share one cache, wherever each writes to.
    fn cache_below(&self, out_dir: &Path) -> Option<Cache> {
        if !self.cache {
            return None;
        }
        let cargos = std::env::var_os("OUT_DIR").map(PathBuf::from);
        let out_dir = cargos.as_deref().unwrap_or(out_dir);
        Cache::from_environment(Some(target_directory(out_dir).unwrap_or(out_dir).join("constrint-cache")))
    }
}

/// Cargo's target directory, if the folder is a package's output in it: `target/<profile>/build/<package>/out`, with
/// the target triple before the profile if one was asked for.
fn target_directory(out_dir: &Path) -> Option<&Path> {
    let build = out_dir.ends_with("out").then(|| out_dir.ancestors().skip(2).take(2))?;
    let build = build.into_iter().find(|folder| folder.ends_with("build"))?;
    let target = build.parent()?.parent().filter(|target| !target.as_os_str().is_empty())?;
    // Cargo marks its target directory itself, not the folder of a triple in it.
    let marked = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    Some(target.ancestors().take(2).find(marked).unwrap_or(target))
}

fn build(problem: &Problem, request: &Request, folder: &Path) -> Result<Built, BuildError> {
    let mut answer = solve(problem, request)?;
    if answer.configs.is_empty() {
        let names =
            answer.conflict.iter().flatten().map(|&index| answer.tiling.model.constraints()[index].name.clone());
        return Err(NoConfiguration { problem: answer.tiling.name, conflict: names.collect() }.into());
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

/// A name as part of a path: lower case, runs of anything but letters and digits as one dash.
fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}
