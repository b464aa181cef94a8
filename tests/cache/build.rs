//! The call for a `build.rs`. Cargo sets `OUT_DIR` for build scripts alone, so that the cache is below the output folder.

use crate::{TILES, files};
use constrint::CacheUse;
use constrint::build_time::{Build, Built};
use std::fs;
use std::path::{Path, PathBuf};

/// A problem's file in a folder of its own, with an output folder beside it.
fn set_up(out: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (problem, out) = (folder.path().join("tiles.json"), folder.path().join(out));
    fs::write(&problem, TILES).unwrap();
    (folder, problem, out)
}

fn built(build: &Build) -> Built {
    build.write().unwrap().remove(0)
}

fn texts(built: &Built) -> [String; 2] {
    [&built.header, &built.rust].map(|path| fs::read_to_string(path).unwrap())
}

/// Whoever runs the tests may have said in the environment where the cache is, and it says so before all else.
fn placed_elsewhere() -> bool {
    std::env::var_os("CONSTRINT_CACHE").is_some() || std::env::var_os("OUT_DIR").is_some()
}

fn uses_cache(problem: &Path, out: &Path, cache: &Path) {
    if placed_elsewhere() {
        return;
    }
    let without = built(&Build::new(problem).out_dir(out).cache(false));
    let expected = texts(&without);
    assert_eq!((without.cache, files(cache).len()), (CacheUse::None, 0));
    for used in [CacheUse::Kept, CacheUse::Hit] {
        let built = built(&Build::new(problem).out_dir(out));
        assert_eq!((texts(&built), built.cache), (expected.clone(), used));
        assert_eq!(files(cache).len(), 1);
    }
    assert_eq!(built(&Build::new(problem).out_dir(out).cache(false)).cache, CacheUse::None);
    let changed = built(&Build::new(problem).out_dir(out).set("stages", 2));
    assert_eq!((changed.cache, changed.config.values["tile"]), (CacheUse::Kept, 192));
}

#[test]
fn a_build_uses_the_cache_unless_told_not_to() {
    let (_folder, problem, out) = set_up("out");
    uses_cache(&problem, &out, &out.join("constrint-cache"));
}

#[test]
fn in_cargos_target_directory_all_packages_share_it() {
    for out in ["target/debug/build/package-0123/out", "target/release/build/package/0123/out"] {
        let (folder, problem, out) = set_up(out);
        uses_cache(&problem, &out, &folder.path().join("target/constrint-cache"));
    }
    let (folder, problem, out) = set_up("target/x86_64-unknown-linux-gnu/debug/build/package-0123/out");
    fs::create_dir(folder.path().join("target")).unwrap();
    fs::write(folder.path().join("target/CACHEDIR.TAG"), "").unwrap();
    uses_cache(&problem, &out, &folder.path().join("target/constrint-cache"));
}

#[test]
fn a_damaged_entry_changes_no_build() {
    let (_folder, problem, out) = set_up("out");
    let build = Build::new(&problem).out_dir(&out);
    let expected = texts(&built(&build));
    for entry in files(&out.join("constrint-cache")) {
        fs::write(&entry, fs::read_to_string(&entry).unwrap().replace("48", "96")).unwrap();
    }
    assert_eq!(texts(&built(&build)), expected);
}

#[test]
fn a_cache_that_cannot_be_written_to_fails_no_build() {
    let (_folder, problem, out) = set_up("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("constrint-cache"), "a file").unwrap();
    let built = built(&Build::new(&problem).out_dir(&out));
    assert!(placed_elsewhere() || matches!(built.cache, CacheUse::Failed(_)));
    assert_eq!(built.config.values["tile"], 48);
}
