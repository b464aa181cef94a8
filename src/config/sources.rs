//! The sources of a configured kernel as files, and what a compiler is told beside them.

use super::{Config, Form};
use crate::file::{self, FileError};
use crate::hardware::ComputeCapability;
use crate::kernel::Kernel;
use std::path::{Path, PathBuf};

/// Writes the kernel's sources and the configuration's header to a folder, which is made.
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
    let main = folder.join(kernel.sources()[0].path);
    file::write(&main.with_file_name(header_name(kernel.name())), &config.emit(Form::Header))?;
    Ok(main)
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
