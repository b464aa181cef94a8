//! Machine code of a configuration, by NVRTC in a worker, or by nvcc where there is no NVRTC.

use super::failure::{BenchError, BenchFault, Failure, MachineFault, Outcome};
use super::job::{CompileJob, Job, Reply};
use super::worker::Worker;
use crate::child;
use crate::config::{Config, target_options};
use crate::diagnostic::Place;
use crate::hardware::ComputeCapability;
use crate::nvcc::{self, CompileError, Prepared, SourceFault};
use crate::tiling::Tiling;
use crate::tool::{self, ToolError};
use constrint_solver::Limits;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What compiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compiler {
    /// NVRTC, which has no headers of the host; nvcc, if it is there, for sources that ask for some.
    Nvrtc(Option<PathBuf>),
    /// nvcc.
    Nvcc(PathBuf),
}

impl Compiler {
    /// NVRTC, unless there is a reason why not.
    pub(super) fn find(no_nvrtc: Option<&str>) -> Result<Self, MachineFault> {
        match (no_nvrtc, tool::nvcc()) {
            (None, nvcc) => Ok(Self::Nvrtc(nvcc)),
            (Some(_), Some(nvcc)) => Ok(Self::Nvcc(nvcc)),
            (Some(said), None) => Err(MachineFault::NoCompiler { said: said.to_owned() }),
        }
    }
}

impl fmt::Display for Compiler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nvrtc(_) => formatter.write_str("NVRTC"),
            Self::Nvcc(path) => write!(formatter, "{}", path.display()),
        }
    }
}

/// Refuses a problem without a kernel that can be compiled and called.
pub(super) fn check_kernel(tiling: &Tiling) -> Result<(), BenchError> {
    let place = Place::at("kernel");
    match (&tiling.described, &tiling.kernel) {
        (Some(kernel), _) if kernel.source.path.is_none() => {
            Err(place.field("source").located(SourceFault::Missing).into())
        }
        (Some(kernel), _) if kernel.call.parameters.is_empty() => Err(place.located(BenchFault::NoArguments).into()),
        (None, None) => Err(place.located(BenchFault::NoKernel).into()),
        _ => Ok(()),
    }
}

/// Compiles one kernel to a file, with a folder for what is in between.
pub(super) fn machine_code(
    compiler: &Compiler,
    (config, capability): (&Config, ComputeCapability),
    (folder, output): (&Path, &Path),
    (worker, limits): (&Worker, &Limits),
) -> Result<Outcome<()>, BenchError> {
    let by_nvcc = |nvcc: &Path| match nvcc::compile_within(nvcc, config, capability, Some(output), limits) {
        Ok(_) => Ok(Ok(())),
        Err(CompileError::Tool(ToolError::Failed { reason, .. })) => Ok(Err(Failure::DoesNotCompile { said: reason })),
        Err(error) => Err(error.into()),
    };
    let nvcc = match compiler {
        Compiler::Nvcc(nvcc) => return by_nvcc(nvcc),
        Compiler::Nvrtc(nvcc) => nvcc,
    };
    let Prepared { source, own_options, .. } = nvcc::prepare(config, folder)?;
    let options = nvrtc_options(capability, own_options);
    let job = Job::Compile(CompileJob { source, options, output: output.to_owned() });
    match worker.ask(&job, limits)? {
        Reply::Compiled => Ok(Ok(())),
        Reply::Failed(Failure::DoesNotCompile { said }) => match nvcc {
            Some(nvcc) if lacks_header(&said) => by_nvcc(nvcc),
            _ => Ok(Err(Failure::DoesNotCompile { said })),
        },
        Reply::Failed(failure) => Ok(Err(failure)),
        other => Ok(Err(Failure::Nonsense { said: format!("{other:?}") })),
    }
}

/// Compiles a source by itself to a file.
pub(super) fn compile_source(
    compiler: &Compiler,
    (source, capability): (&Path, ComputeCapability),
    output: &Path,
    (worker, limits): (&Worker, &Limits),
) -> Result<Outcome<()>, BenchError> {
    let nvcc = match compiler {
        Compiler::Nvcc(nvcc) => nvcc,
        Compiler::Nvrtc(_) => {
            let options = nvrtc_options(capability, Vec::new());
            let job = CompileJob { source: source.to_owned(), options, output: output.to_owned() };
            return match worker.ask(&Job::Compile(job), limits)? {
                Reply::Compiled => Ok(Ok(())),
                Reply::Failed(failure) => Ok(Err(failure)),
                other => Ok(Err(Failure::Nonsense { said: format!("{other:?}") })),
            };
        }
    };
    let mut command = Command::new(nvcc);
    command.args(target_options(capability)).arg("-cubin").arg(source).arg("-o").arg(output);
    let ran = child::output(&mut command, limits);
    let ran = ran.map_err(|error| ToolError::Failed { tool: nvcc.display().to_string(), reason: error.to_string() })?;
    let ran = ran.map_err(|exhausted| ToolError::Limit { exhausted })?;
    let said = || String::from_utf8_lossy(&ran.stderr).into_owned();
    Ok(if ran.status.success() { Ok(()) } else { Err(Failure::DoesNotCompile { said: said() }) })
}

/// As [`crate::config::target_options`] gives them to nvcc.
fn nvrtc_options(capability: ComputeCapability, own: Vec<String>) -> Vec<String> {
    let mut options = vec!["-std=c++17".to_owned(), format!("-arch={}", capability.compile_target())];
    options.extend(own);
    options
}

/// Whether the source includes a file that NVRTC does not find, as those of the host's compiler.
fn lacks_header(said: &str) -> bool {
    said.contains("could not open source file") || said.contains("cannot open source file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nvcc_stands_in_for_headers_alone() {
        assert!(lacks_header("a.cu(1): catastrophic error: cannot open source file \"cstdio\""));
        assert!(!lacks_header("a.cu(3): error: static assertion failed"));
        let target = nvrtc_options("9.0".parse().unwrap(), vec!["-DA=1".to_owned()]);
        assert_eq!(target, ["-std=c++17", "-arch=sm_90a", "-DA=1"]);
    }
}
