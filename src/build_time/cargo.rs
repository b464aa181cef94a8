//! What a build script knows of Cargo, and tells it.

use super::BuildError;
use crate::cache::{self, Cache};
use crate::diagnostic::Diagnostic;
use crate::file::FileError;
use std::path::{Path, PathBuf};

/// Builds, and tells Cargo when to do so again. On an error it prints the message and ends the build.
pub(super) fn for_cargo<T>(problem: &Path, build: impl FnOnce() -> Result<T, BuildError>) -> T {
    println!("cargo::rerun-if-changed={}", problem.display());
    println!("cargo::rerun-if-env-changed={}", cache::VARIABLE);
    build().unwrap_or_else(|error| {
        for line in error.render(&problem.display().to_string(), false).lines() {
            println!("cargo::error={line}");
        }
        std::process::exit(1)
    })
}

/// The folder asked for, or Cargo's `OUT_DIR`.
pub(super) fn output_folder(asked: Option<&Path>) -> Result<PathBuf, FileError> {
    let cargo = || std::env::var_os("OUT_DIR").map(PathBuf::from);
    asked.map(Path::to_owned).or_else(cargo).ok_or_else(|| FileError {
        path: "OUT_DIR".to_owned(),
        reason: "not set: call this from a build script, or name a folder with `out_dir`".to_owned(),
    })
}

/// In a build script all packages share one cache, wherever each writes to.
pub(super) fn cache_below(out_dir: &Path, is_wanted: bool) -> Option<Cache> {
    if !is_wanted {
        return None;
    }
    let cargos = std::env::var_os("OUT_DIR").map(PathBuf::from);
    let out_dir = cargos.as_deref().unwrap_or(out_dir);
    Cache::from_environment(Some(target_directory(out_dir).unwrap_or(out_dir).join("constrint-cache")))
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

/// A name as part of a path: lower case, runs of anything but letters and digits as one dash.
pub(super) fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}
