//! The driver: written with the kernel's sources to a folder of its own, compiled, run.

use super::{Fault, Machine, RunError, RunFault};
use crate::child;
use crate::config::{Config, target_options, write_sources};
use crate::diagnostic::Place;
use crate::file::{self, FileError};
use crate::hardware::ComputeCapability;
use crate::kernel::emulator::{self, EMULATOR, ON_CUDA};
use crate::kernel::{Array, Case, Element, Instance, Kernel, Launched, Part, SourceFile, Verify};
use crate::tiling::Tiling;
use crate::tool::{self, ToolError};
use constrint_solver::Limits;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A compiled driver in a folder that goes with it.
pub(super) struct Program {
    limits: Limits,
    folder: TempDir,
    path: PathBuf,
}

/// How a run ended.
pub(super) enum Outcome {
    /// With outputs.
    Done,
    /// The emulator found a fault in the kernel. Its seed is not set yet.
    Fault(Fault),
}

/// What is run of a tiling: a shipped kernel, or one of its parts.
pub(super) struct Subject<'a> {
    /// The part's name; empty where the kernel is all there is.
    pub(super) part: &'static str,
    pub(super) kernel: &'static dyn Launched,
    pub(super) reference: &'static dyn Verify,
    pub(super) instance: Instance,
    pub(super) config: &'a Config,
}

/// The parts of the tiling's kernel, in their order.
pub(super) fn subjects<'a>(tiling: &Tiling, config: &'a Config) -> Result<Vec<Subject<'a>>, RunError> {
    let no_reference = |kernel: &str| Place::at("kernel").fault(RunFault::NoReference { kernel: kernel.to_owned() });
    if let Some(described) = &tiling.described {
        return Err(no_reference(&described.name));
    }
    let (kernel, whole) = tiling.kernel.as_ref().ok_or_else(|| Place::at("kernel").located(RunFault::NoKernel))?;
    let subject = |part: &'static Part| {
        Ok(Subject {
            part: part.name,
            kernel: part.kernel,
            reference: part.kernel.verification().ok_or_else(|| no_reference(part.kernel.name()))?,
            instance: part.instance(whole),
            config: config.parts.get(part.name).unwrap_or(config),
        })
    };
    kernel.parts().iter().map(subject).collect()
}

impl Program {
    /// Writes all sources and compiles the driver.
    pub(super) fn build(
        kernel: &dyn Kernel,
        reference: &dyn Verify,
        config: &Config,
        machine: Machine,
        capability: ComputeCapability,
        limits: &Limits,
    ) -> Result<Self, RunError> {
        let folder = tempfile::tempdir().map_err(|error| FileError::new(&std::env::temp_dir(), &error))?;
        write_sources(kernel, config, folder.path())?;
        let shared: &[SourceFile] = if machine == Machine::Emulator { &EMULATOR } else { &ON_CUDA };
        let driver = reference.driver();
        for source in shared.iter().chain([&driver]) {
            let path = folder.path().join(source.path);
            let parent = path.parent().expect("a file in a folder");
            std::fs::create_dir_all(parent).map_err(|error| FileError::new(parent, &error))?;
            file::write(&path, source.text)?;
        }
        let program = Self { limits: limits.clone(), path: folder.path().join("driver.out"), folder };
        let source = program.folder.path().join(driver.path);
        match machine {
            Machine::Emulator => {
                let emulator = program.folder.path().join(emulator::MAIN);
                program.compile(&tool::cxx(), &emulator_options(), &[&source, &emulator])?;
            }
            Machine::Gpu => {
                let compiler = tool::nvcc().ok_or_else(|| ToolError::NoCompiler { compiler: "nvcc".to_owned() })?;
                let options = target_options(capability).into_iter().map(OsString::from).collect::<Vec<_>>();
                program.compile(&[compiler.into_os_string()], &options, &[&source])?;
            }
        }
        Ok(program)
    }

    /// `compiler` is a command with perhaps some arguments.
    fn compile(&self, compiler: &[OsString], options: &[OsString], sources: &[&Path]) -> Result<(), ToolError> {
        let name = compiler[0].to_string_lossy().into_owned();
        let mut command = Command::new(&compiler[0]);
        command.args(&compiler[1..]).args(options).args(sources).arg("-o").arg(&self.path);
        let output = child::output(&mut command, &self.limits).map_err(|error| match error.kind() {
            ErrorKind::NotFound => ToolError::NoCompiler { compiler: name.clone() },
            _ => ToolError::Failed { tool: name.clone(), reason: error.to_string() },
        })?;
        let output = output.map_err(|exhausted| ToolError::Limit { exhausted })?;
        if output.status.success() {
            return Ok(());
        }
        Err(ToolError::Failed { tool: name, reason: String::from_utf8_lossy(&output.stderr).into_owned() })
    }

    pub(super) fn write_inputs(&self, inputs: &[Array]) -> Result<(), FileError> {
        inputs
            .iter()
            .try_for_each(|input| file::write_bytes(&self.file(input.name, "in"), &input.element.encode(&input.values)))
    }

    /// Runs the driver once.
    pub(super) fn run(&self, case: &Case, seed: u64) -> Result<Outcome, ToolError> {
        let fail = |reason: String| ToolError::Failed { tool: "the kernel's driver".to_owned(), reason };
        let mut command = Command::new(&self.path);
        command.arg(self.folder.path()).arg(seed.to_string());
        command.args(case.sizes.iter().map(|(name, size)| format!("{name}={size}")));
        let output = child::output(&mut command, &self.limits).map_err(|error| fail(error.to_string()))?;
        let output = output.map_err(|exhausted| ToolError::Limit { exhausted })?;
        if output.status.success() {
            return Ok(Outcome::Done);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Fault::read(&said).map(Outcome::Fault).ok_or_else(|| fail(why(&output, &said)))
    }

    /// An output of the run before.
    pub(super) fn read_output(&self, name: &str, element: Element, elements: usize) -> Result<Vec<f64>, FileError> {
        let path = self.file(name, "out");
        let bytes = std::fs::read(&path).map_err(|error| FileError::new(&path, &error))?;
        let values = element.decode(&bytes).filter(|values| values.len() == elements);
        let reason = || format!("{} bytes instead of {elements} elements of {}", bytes.len(), element.bytes());
        values.ok_or_else(|| FileError { path: path.display().to_string(), reason: reason() })
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.folder.path().join(name).with_extension(extension)
    }
}

fn why(output: &Output, said: &str) -> String {
    let said = said.trim().trim_start_matches("driver: ");
    if said.is_empty() { output.status.to_string() } else { said.to_owned() }
}

fn emulator_options() -> Vec<OsString> {
    // See `kernel/emulator/emulator.h` for what the last ones are for.
    let options = ["-x", "c++", "-std=c++17", "-O1", "-w", "-DCONSTRINT_EMULATOR", "-g1", "-U_FORTIFY_SOURCE"];
    options.iter().map(OsStr::new).map(OsStr::to_owned).collect()
}
