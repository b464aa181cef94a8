//! The compilers that are called: where they are found, and how calling one can fail.

use crate::diagnostic::{Diagnostic, Location};
use constrint_solver::Exhausted;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// Where nvcc is found below a folder into which `tests/install-nvcc.sh` installed it.
const INSTALLED: &str = "target/cuda/nvidia/cu13/bin/nvcc";

/// Why a tool gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolError {
    /// A compiler that is needed to run a kernel is not there.
    NoCompiler {
        /// Its name, as it was looked for.
        compiler: String,
    },
    /// It failed.
    Failed {
        /// Its name.
        tool: String,
        /// What it said.
        reason: String,
    },
    /// A limit ended it before there was an answer.
    Limit {
        /// Which one.
        exhausted: Exhausted,
    },
}

impl Diagnostic for ToolError {
    fn location(&self) -> Location<'_> {
        Location::Nowhere
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoCompiler { compiler } if compiler.ends_with("nvcc") => Some(
                "Put nvcc on the path, or set CONSTRINT_NVCC, CUDA_HOME or CUDA_PATH; the emulator needs g++ only."
                    .to_owned(),
            ),
            Self::NoCompiler { .. } => {
                Some("Install g++, or set CXX to a C++17 compiler; it compiles the kernel for the emulator.".to_owned())
            }
            Self::Failed { .. } | Self::Limit { .. } => None,
        }
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCompiler { compiler } => write!(formatter, "the compiler `{compiler}` was not found"),
            Self::Failed { tool, reason } => write!(formatter, "{tool} failed: {reason}"),
            Self::Limit { exhausted } => write!(formatter, "{exhausted} was reached before there was an answer"),
        }
    }
}

impl std::error::Error for ToolError {}

/// The nvcc to use: `CONSTRINT_NVCC`, the path, `CUDA_HOME`, `CUDA_PATH`, `/usr/local/cuda`, or one that
/// `tests/install-nvcc.sh` installed below this folder or one above it.
pub(crate) fn nvcc() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CONSTRINT_NVCC") {
        return Some(PathBuf::from(named));
    }
    let homes = ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    let toolkits = homes.chain([PathBuf::from("/usr/local/cuda")]).map(|home| home.join("bin/nvcc"));
    let here = std::env::current_dir().unwrap_or_default();
    let installed = here.ancestors().map(|folder| folder.join(INSTALLED));
    [PathBuf::from("nvcc")].into_iter().chain(toolkits).chain(installed).find_map(|nvcc| which::which(nvcc).ok())
}

/// The C++ compiler with perhaps some arguments: `CXX`, else g++.
pub(crate) fn cxx() -> Vec<OsString> {
    let named = std::env::var_os("CXX").filter(|name| !name.is_empty());
    let Some(named) = named else { return vec!["g++".into()] };
    match named.to_str() {
        Some(text) if text.contains(' ') => text.split_whitespace().map(OsString::from).collect(),
        _ => vec![named],
    }
}
