//! The sources of a configured kernel as files, and what a compiler is told beside them.

use super::{Config, Form};
use crate::file::{self, FileError};
use crate::hardware::ComputeCapability;
use crate::kernel::Kernel;
use std::path::{Path, PathBuf};

/// Writes the kernel's sources and the configuration's header to a folder, which is made. The path is that of the source to
/// compile; of a kernel with parts, each of which has a header and a source to compile of its own, that of the first.
///
/// # Errors
/// [`FileError`]
pub fn write_sources(kernel: &dyn Kernel, config: &Config, folder: &Path) -> Result<PathBuf, FileError> {
    for source in kernel.sources() {
        let path = folder.join(source.path);
        let fail = |error: std::io::Error| FileError::new(&path, &error);
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).map_err(fail)?;
        file::write(&path, source.text)?;
    }
    // Each header lies beside the source that reads it.
    for part in kernel.parts() {
        let config = config.parts.get(part.name).unwrap_or(config);
        let main = folder.join(part.kernel.sources()[0].path);
        file::write(&main.with_file_name(header_name(part.kernel.name())), &config.emit(Form::Header))?;
    }
    Ok(folder.join(kernel.sources()[0].path))
}

/// The file that the kernel's source includes.
pub fn header_name(kernel: &str) -> String {
    format!("{kernel}_config.h")
}

/// The options that turn a source into machine code for one compute capability.
pub fn target_options(capability: ComputeCapability) -> Vec<String> {
    let target = capability.compile_target();
    let target = target.trim_start_matches("sm_");
    vec!["-std=c++17".into(), "-O3".into(), format!("-gencode=arch=compute_{target},code=sm_{target}")]
}
