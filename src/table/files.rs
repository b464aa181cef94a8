//! [`Files`]: what a table is on disk.

use super::{Table, TableError};
use crate::config::Form;
use crate::file::{self, FileError};
use std::path::{Path, PathBuf};

/// The files of a table: `NAME_table.h`, `NAME_table.rs`, and a header with the macros of each configuration below
/// `NAME_table/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The C++ header.
    pub header: PathBuf,
    /// The Rust module.
    pub rust: PathBuf,
    /// The headers of the configurations, `config_0.h` and so on, as [`Form::Header`] writes them.
    pub configurations: Vec<PathBuf>,
}

impl Table {
    /// The paths of its files below a folder.
    pub fn files(&self, folder: &Path) -> Files {
        let stem = format!("{}_table", self.identifier());
        let count = self.configurations.len();
        Files {
            header: folder.join(format!("{stem}.h")),
            rust: folder.join(format!("{stem}.rs")),
            configurations: (0..count).map(|index| configuration(folder, &self.identifier(), index)).collect(),
        }
    }

    /// Writes them to a folder, which is made. Headers of configurations that an earlier table had beyond these are removed,
    /// so that no build compiles them.
    ///
    /// # Errors
    /// [`TableError::File`]
    pub fn write(&self, folder: &Path) -> Result<Files, TableError> {
        let files = self.files(folder);
        for folder in [Some(folder), files.configurations.first().and_then(|path| path.parent())].into_iter().flatten()
        {
            std::fs::create_dir_all(folder).map_err(|error| FileError::new(folder, &error))?;
        }
        for (path, configuration) in files.configurations.iter().zip(&self.configurations) {
            file::write(path, &configuration.config.emit(Form::Header))?;
        }
        let old = (files.configurations.len()..).map(|index| configuration(folder, &self.identifier(), index));
        for path in old.take_while(|path| path.is_file()) {
            std::fs::remove_file(&path).map_err(|error| FileError::new(&path, &error))?;
        }
        file::write(&files.rust, &self.to_rust())?;
        file::write(&files.header, &self.to_cpp())?;
        Ok(files)
    }
}

/// The header of one configuration.
fn configuration(folder: &Path, identifier: &str, index: usize) -> PathBuf {
    folder.join(format!("{identifier}_table")).join(format!("config_{index}.h"))
}
