//! The call of a build script: its files, and its error where there is no configuration.

use constrint::build_time::{Build, BuildError, Table};
use constrint::diagnostic::Diagnostic;
use std::path::PathBuf;

/// A problem's file in a folder of its own, and where its build writes to.
fn file(text: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("p.json"), folder.path().join("out"));
    std::fs::write(&path, text).unwrap();
    (folder, path, out)
}

const ROOM: &str = r#""constraints": [{"name": "room", "expr": "tile * n <= gpu_sms", "because": "there is little"}, "tile > 8"],
  "variables": {"tile": {"min": 1, "max": 64}}}"#;

#[test]
fn the_error_of_a_build_names_the_gpu_and_the_constraints_as_written() {
    let (_folder, path, out) =
        file(&format!(r#"{{"version": 1, "name": "tiles", "gpu": "T4", "shape": {{"n": 9}}, {ROOM}"#));
    let error = Build::new(&path).out_dir(&out).cache(false).write().unwrap_err();
    let BuildError::NoConfiguration(none) = &error else { panic!("{error}") };
    assert_eq!(
        (none.gpu.as_deref(), &none.conflict[..]),
        (Some("T4"), &["room".to_owned(), "constraints[1]".to_owned()][..])
    );
    let said = error.render("p.json", false);
    for part in [
        "error: p.json: tiles has no configuration on T4: room, constraints[1] cannot hold together",
        "\n  constraints[0] (room) `tile * n <= gpu_sms`: there is little",
        "\n  constraints[1] `tile > 8`",
        "help: Change one of these, or take another GPU",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    // On a larger GPU there is one.
    assert_eq!(Build::new(&path).gpu("H100 SXM").out_dir(&out).cache(false).write().unwrap().len(), 1);
}

/// A constraint of the kernel has its place there.
#[test]
fn constraints_of_a_kernel_are_told_too() {
    let (_folder, path, out) = file(
        r#"{"version": 1, "kernel": "matmul", "gpu": "RTX 4090", "shape": {"m": 512, "n": 512, "k": 512},
            "constraints": ["stages * block_m * block_k >= 100000"]}"#,
    );
    let error = Build::new(&path).out_dir(&out).cache(false).write().unwrap_err().render("p.json", false);
    assert!(
        error.contains("on RTX 4090") && error.contains("\n  constraints[0] `stages * block_m * block_k >= 100000`"),
        "{error}"
    );
    assert!(
        error.contains(
            "\n  kernel.shared memory `shared_memory <= gpu_shared_memory_per_block_optin_bytes`: all stages"
        ),
        "{error}"
    );
}

#[test]
fn a_table_is_built_unless_an_entry_is_missing() {
    let text = format!(
        r#"{{"version": 1, "name": "tiles", "gpus": ["H100 SXM", "T4"], "shapes": [{{"n": 3}}, {{"n": 9}}], {ROOM}"#
    );
    let (_folder, path, out) = file(&text);
    let build = Table::new(&path).out_dir(&out).cache(false);
    let error = build.write().unwrap_err().render("p.json", false);
    for part in [
        "error: p.json: shapes[1]: tiles has no configuration on T4 for n = 9: room",
        "(room) `tile * n <= gpu_sms`",
        "allow_missing(true)",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
    assert!(!out.exists());
    let built = build.clone().allow_missing(true).write().unwrap();
    assert_eq!((built.table.entries.len(), built.files.configurations.len()), (4, built.table.configurations.len()));
    assert_eq!(built.files.rust, out.join("tiles_table.rs"));
    for file in [&built.files.header, &built.files.rust].into_iter().chain(&built.files.configurations) {
        assert!(file.is_file(), "{}", file.display());
    }
    // What an earlier table had more of is gone.
    let beyond = out.join(format!("tiles_table/config_{}.h", built.files.configurations.len()));
    std::fs::write(&beyond, "").unwrap();
    let with_cache = build.cache(true).allow_missing(true).write().unwrap();
    assert_eq!(with_cache.table.to_cpp(), built.table.to_cpp());
    assert!(!beyond.exists());
}

#[test]
fn a_table_without_any_configuration_is_none() {
    let text = format!(r#"{{"version": 1, "gpus": ["T4"], "shapes": [{{"n": 9}}], {ROOM}"#);
    let (_folder, path, out) = file(&text);
    let error = Table::new(&path).out_dir(&out).allow_missing(true).cache(false).write().unwrap_err();
    assert!(matches!(error, BuildError::NoConfiguration(_)), "{error}");
}
