//! Compiles a configured kernel with nvcc and reads what ptxas says of it, or what its machine code does.

mod instructions;

use crate::config::{Config, Form};
use crate::diagnostic::{Diagnostic, Located, Place, composed};
use crate::file::{self, FileError};
use crate::hardware::ComputeCapability;
use crate::kernel::described::UserSource;
use crate::kernel::{self, KernelError};
use crate::tool::ToolError;
use crate::{child, tool};
use constrint_solver::Limits;
use serde::Serialize;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use crate::config::{header_name, target_options, write_sources};
pub use instructions::{Instructions, MachineWork};

composed! {
    /// Why a configured kernel cannot be compiled.
    pub enum CompileError {
        /// A file cannot be read or written.
        File(FileError),
        /// There is no such kernel.
        Kernel(KernelError),
        /// nvcc cannot be run or refuses the source, or a limit was reached.
        Tool(ToolError),
        /// There is no source, or more than one.
        Source(Located<SourceFault>),
    }
}

/// A kernel that is to be compiled has not one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceFault {
    /// It has none.
    Missing,
    /// It is made of several kernels.
    Parts,
}

impl Diagnostic for SourceFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing => "Add `\"source\": \"kernel.cu\"` to the kernel.".to_owned(),
            Self::Parts => "Compile each of the configuration's `parts`.".to_owned(),
        })
    }
}

impl fmt::Display for SourceFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(formatter, "there is no source to compile"),
            Self::Parts => write!(formatter, "several kernels are configured together, each with a source of its own"),
        }
    }
}

/// What ptxas says of the main kernel of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compiled {
    /// Registers of a thread.
    pub registers: i64,
    /// Bytes that a thread writes to memory because registers ran out, and reads back.
    pub spill_store_bytes: i64,
    /// As above.
    pub spill_load_bytes: i64,
    /// Bytes of a thread's stack.
    pub stack_bytes: i64,
    /// Bytes of shared memory declared in the kernel.
    pub static_shared_memory_bytes: i64,
    /// Named barriers of a block.
    pub barriers: i64,
}

/// The nvcc to use: `CONSTRINT_NVCC`, the path, `CUDA_HOME`, `CUDA_PATH`, `/usr/local/cuda`, or one that
/// `tests/install-nvcc.sh` installed below this folder or one above it.
pub fn find() -> Option<PathBuf> {
    tool::nvcc()
}

/// Compiles the configured kernel for one compute capability; `output` keeps the machine code. Of a kernel that is made of
/// several, each of the configuration's `parts` is compiled by itself.
///
/// # Errors
/// [`CompileError::Tool`] when nvcc cannot be run or refuses the source, [`CompileError::File`] when a file cannot be written.
pub fn compile(
    nvcc: &Path,
    config: &Config,
    capability: ComputeCapability,
    output: Option<&Path>,
) -> Result<Compiled, CompileError> {
    compile_within(nvcc, config, capability, output, &Limits::default())
}

/// As [`compile`], but nvcc is ended where a limit is reached first; a limit of time counts from its
/// [`start`](Limits::started).
///
/// # Errors
/// Also [`ToolError::Limit`].
pub fn compile_within(
    nvcc: &Path,
    config: &Config,
    capability: ComputeCapability,
    output: Option<&Path>,
    limits: &Limits,
) -> Result<Compiled, CompileError> {
    let fail = |reason: String| ToolError::Failed { tool: nvcc.display().to_string(), reason };
    let folder = tempfile::tempdir().map_err(|error| fail(error.to_string()))?;
    let Prepared { source: main, entry, own_options } = prepare(config, folder.path())?;
    let cubin = folder.path().join("kernel.cubin");
    let mut command = Command::new(nvcc);
    command.args(target_options(capability)).args(own_options).args(["-Xptxas", "-v", "-cubin", "-o"]);
    let run = child::output(command.args([&cubin, &main]), limits).map_err(|error| match error.kind() {
        ErrorKind::NotFound => ToolError::NoCompiler { compiler: nvcc.display().to_string() },
        _ => fail(error.to_string()),
    })?;
    let run = run.map_err(|exhausted| ToolError::Limit { exhausted })?;
    let said = String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
    if !run.status.success() {
        return Err(fail(said).into());
    }
    if let Some(output) = output {
        std::fs::copy(&cubin, output).map_err(|error| fail(error.to_string()))?;
    }
    let report = parse(&said, &entry);
    Ok(report.ok_or_else(|| fail(format!("no kernel `{entry}` in what ptxas reports: {said}")))?)
}

/// What is given to a compiler.
pub(crate) struct Prepared {
    /// The source.
    pub(crate) source: PathBuf,
    /// Its main kernel.
    pub(crate) entry: String,
    /// What configures it, beside the files in the folder: options that nvcc and NVRTC both know.
    pub(crate) own_options: Vec<String>,
}

/// Writes to a folder what is to be compiled, as far as it is not there.
///
/// # Errors
/// [`CompileError`] but for [`CompileError::Tool`].
pub(crate) fn prepare(config: &Config, folder: &Path) -> Result<Prepared, CompileError> {
    if !config.parts.is_empty() {
        return Err(Place::at("kernel").located(SourceFault::Parts).into());
    }
    if let Some(source) = &config.source {
        let own_options = user_options(source, config, folder)?;
        return Ok(Prepared { source: user_source(source)?, entry: source.entry.clone(), own_options });
    }
    let kernel = kernel::find(config.kernel.as_deref().unwrap_or_default())?;
    let source = write_sources(kernel, config, folder)?;
    Ok(Prepared { source, entry: format!("constrint_{}", kernel.name()), own_options: Vec::new() })
}

/// What the machine code of the configured kernel does, by `nvdisasm` beside nvcc. Of a kernel that is made of several, each of
/// the configuration's `parts` is counted by itself.
///
/// # Errors
/// As [`compile_within`]; [`CompileError::Tool`] also where there is no `nvdisasm`.
pub fn machine_work(
    nvcc: &Path,
    config: &Config,
    capability: ComputeCapability,
    limits: &Limits,
) -> Result<MachineWork, CompileError> {
    let disassembler = nvcc.with_file_name("nvdisasm");
    let fail = |reason: String| ToolError::Failed { tool: disassembler.display().to_string(), reason };
    let folder = tempfile::tempdir().map_err(|error| fail(error.to_string()))?;
    let cubin = folder.path().join("kernel.cubin");
    compile_within(nvcc, config, capability, Some(&cubin), limits)?;
    let run = child::output(Command::new(&disassembler).arg("-c").arg(&cubin), limits)
        .map_err(|error| fail(format!("{error}; it stands beside nvcc in the CUDA toolkit")))?;
    let run = run.map_err(|exhausted| ToolError::Limit { exhausted })?;
    if !run.status.success() {
        return Err(fail(String::from_utf8_lossy(&run.stderr).into_owned()).into());
    }
    let entry = match (&config.source, &config.kernel) {
        (Some(source), _) => source.entry.clone(),
        (None, kernel) => format!("constrint_{}", kernel.as_deref().unwrap_or_default()),
    };
    let work = MachineWork::read(&String::from_utf8_lossy(&run.stdout), &entry);
    Ok(work.ok_or_else(|| fail(format!("no code of `{entry}`")))?)
}

/// The user's source, if there is one.
fn user_source(source: &UserSource) -> Result<PathBuf, CompileError> {
    let place = || Place::at("kernel").field("source");
    let path = source.path.clone().ok_or_else(|| place().located(SourceFault::Missing))?;
    if path.is_file() {
        return Ok(path);
    }
    Err(FileError { path: path.display().to_string(), reason: "no such file, which `kernel.source` names".to_owned() }
        .into())
}

/// What configures a user's source: its numbers as flags, or as a header in `folder`, and the registers it may use.
fn user_options(source: &UserSource, config: &Config, folder: &Path) -> Result<Vec<String>, FileError> {
    let mut options = match &source.header {
        Some(header) => {
            file::write(&folder.join(header), &config.emit(Form::Header))?;
            vec![format!("-I{}", folder.display())]
        }
        None => config.emit(Form::Flags).split_whitespace().map(str::to_owned).collect(),
    };
    options.extend(config.resources.as_ref().map(|used| format!("-maxrregcount={}", used.registers_per_thread)));
    Ok(options)
}

/// The report of one kernel in the output of `ptxas -v`, by its name or the mangled form of it.
fn parse(said: &str, kernel: &str) -> Option<Compiled> {
    const HEAD: &str = "Compiling entry function '";
    let mangled = format!("{}{kernel}", kernel.len());
    let is_kernel = |report: &&str| {
        let name = report.split('\'').next().unwrap_or_default();
        name == kernel || (name.starts_with("_Z") && name.contains(&mangled))
    };
    let report = said.split(HEAD).skip(1).find(is_kernel)?;
    // "Used 96 registers", "0 bytes spill stores": the number stands before its unit.
    let number = |unit: &str| {
        let before = &report[..report.find(unit)?];
        before.trim_end().rsplit(|letter: char| !letter.is_ascii_digit()).next()?.parse::<i64>().ok()
    };
    Some(Compiled {
        registers: number(" registers")?,
        spill_store_bytes: number(" bytes spill stores").unwrap_or(0),
        spill_load_bytes: number(" bytes spill loads").unwrap_or(0),
        stack_bytes: number(" bytes stack frame").unwrap_or(0),
        static_shared_memory_bytes: number(" bytes smem").unwrap_or(0),
        barriers: number(" barriers").unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_report_of_the_right_kernel() {
        let said = "ptxas info    : Compiling entry function 'constrint_matmul_reduce' for 'sm_80'
ptxas info    : Used 16 registers, used 0 barriers
ptxas info    : Compiling entry function 'constrint_matmul' for 'sm_80'
ptxas info    : Function properties for constrint_matmul
    8 bytes stack frame, 12 bytes spill stores, 4 bytes spill loads
ptxas info    : Used 230 registers, used 1 barriers, 1024 bytes smem, 404 bytes cmem[0]";
        let expected = Compiled {
            registers: 230,
            spill_store_bytes: 12,
            spill_load_bytes: 4,
            stack_bytes: 8,
            static_shared_memory_bytes: 1024,
            barriers: 1,
        };
        assert_eq!(parse(said, "constrint_matmul"), Some(expected));
        assert_eq!(parse(said, "constrint_other"), None);
    }
}
