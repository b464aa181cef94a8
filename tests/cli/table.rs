//! `table`: files, exit codes, what is told of entries without a configuration.

use crate::Folder;
use serde_json::{Value, json};

/// Of these four entries one has no configuration: 4 * 5 > 18 on the smaller GPU.
const TILES: &str = r#"{"version": 1, "name": "tiles", "gpus": ["T4", {"base": "A100 SXM4 80GB", "sms": 60}],
  "variables": {"tile": {"min": 4, "max": 64}, "depth": {"min": 1, "max": 2}},
  "constraints": [{"name": "room", "expr": "tile * n <= 18 + gpu_sms // 50 * 100", "because": "there is little room"}],
  "objective": {"maximize": "tile * depth"}, "shapes": [{"n": 3}, {"n": 5}]}"#;

#[test]
fn a_table_is_solved_and_written() {
    let text = TILES.replace("18 +", "20 +");
    let folder = Folder::with(&[("tiles.json", &text)]);
    let written = folder.run(&["table", "tiles.json", "--out", "made/here"]).exits(0);
    let lines: Vec<&str> = written.stdout.lines().collect();
    assert_eq!(lines[..2], ["made/here/tiles_table.h", "made/here/tiles_table.rs"]);
    assert!(written.stderr.contains("2 GPUs, 2 shapes"), "{}", written.stderr);
    for path in &lines {
        assert!(folder.path().join(path).is_file(), "{path}");
    }
    let object = folder.run(&["table", "tiles.json", "--json", "--quiet"]).exits(0).json();
    assert_eq!((&object["status"], &object["problem"]), (&json!("optimal"), &json!("tiles")));
    assert_eq!(object["gpus"][1]["sms"], 60);
    assert_eq!(object["shapes"], json!([{"n": 3}, {"n": 5}]));
    let entries = object["entries"].as_array().unwrap();
    let shown: Vec<Value> =
        entries.iter().map(|entry| json!([entry["gpu"], entry["shape"], entry["config"]["tile"]])).collect();
    assert_eq!(shown, [json!([0, 0, 6]), json!([0, 1, 4]), json!([1, 0, 40]), json!([1, 1, 24])]);
    assert_eq!(object["configurations"][0]["flags"], json!(["-DCONSTRINT_TILE=6", "-DCONSTRINT_DEPTH=2"]));
    assert_eq!(object["configurations"][0]["targets"], json!(["sm_75"]));
    assert_eq!(object["files"]["configurations"].as_array().unwrap().len(), 4);
}

#[test]
fn an_entry_without_a_configuration_is_told_and_nothing_is_written() {
    let folder = Folder::with(&[("tiles.json", TILES)]);
    let refused = folder.run(&["table", "tiles.json"]).exits(1);
    for part in [
        "gpus[0], shapes[1] (T4; n = 5)",
        "constraints[0] (room) `tile * n <= 18",
        "there is little room",
        "--allow-missing",
    ] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    assert_eq!((refused.stdout.as_str(), folder.names()), ("", vec!["tiles.json".to_owned()]));
    let object = folder.run(&["table", "tiles.json", "--json"]).exits(1).json();
    assert_eq!((&object["status"], &object["entries"][1]["status"]), (&json!("infeasible"), &json!("infeasible")));
    assert_eq!(object["entries"][1]["conflict"][0]["constraint"], "room");
    assert!(object["files"].is_null());

    folder.run(&["table", "tiles.json", "--allow-missing"]).exits(0);
    let header = folder.read("tiles_table.h");
    assert!(header.contains("// No configuration: n = 5 on T4.\n") && header.contains("{0, 1, -1, 0}"), "{header}");
    let none = TILES.replace("18 + gpu_sms // 50 * 100", "3");
    std::fs::write(folder.path().join("none.json"), none.replace("tiles", "none")).unwrap();
    folder.run(&["table", "none.json", "--allow-missing"]).exits(1);
    assert!(!folder.names().contains(&"none_table.h".to_owned()));
}

#[test]
fn a_limit_leaves_nothing_behind() {
    let text = TILES.replace("18 +", "20 +").replacen('{', r#"{"solve": {"memory_limit_bytes": 1},"#, 1);
    let hard = text.replace("tile * depth", "(tile * 37 + depth * n) % 101 * (tile ** 2 % 89)");
    let folder = Folder::with(&[("tiles.json", &hard)]);
    let ran = folder.run(&["table", "tiles.json", "--time-limit", "1ms", "--json"]);
    assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    assert_eq!(folder.names().len() == 1, ran.code == 3);
}

#[test]
fn lists_are_refused_elsewhere_and_bad_entries_have_a_place() {
    let folder = Folder::with(&[("tiles.json", TILES)]);
    for command in [&["solve"][..], &["count"], &["explain"], &["enumerate", "--format", "csv"], &["sample", "-n", "2"]]
    {
        let arguments: Vec<&str> = command[..1].iter().chain(&["tiles.json"]).chain(&command[1..]).copied().collect();
        let said = folder.run(&arguments).exits(2).stderr;
        assert!(said.contains("tiles.json: gpus: a list") && said.contains("Use `constrint table`"), "{said}");
    }
    std::fs::write(folder.path().join("tiles.json"), TILES.replace("\"T4\"", "\"T5\"")).unwrap();
    let said = folder.run(&["table", "tiles.json"]).exits(2).stderr;
    assert!(said.contains("tiles.json: gpus[0]: no GPU of the catalog is called `T5`"), "{said}");
    let object = folder.run(&["table", "tiles.json", "--json"]).exits(2).json();
    assert!(object["error"].to_string().contains("gpus[0]"), "{object}");
}

/// Whether cmake is there; its absence fails the test only where it is demanded.
fn cmake() -> Option<std::path::PathBuf> {
    let installed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/cmake/cmake/data/bin/cmake");
    let known = [std::path::PathBuf::from("cmake"), installed];
    let found = known.into_iter().find(|path| std::process::Command::new(path).arg("--version").output().is_ok());
    assert!(found.is_some() || std::env::var_os("CONSTRINT_REQUIRE_CMAKE").is_none(), "cmake is required and missing");
    if found.is_none() {
        eprintln!("skipped: cmake was not found (tests/install-cmake.sh installs one)");
    }
    found
}

/// The example of a C++ project: what it chooses, that it is built anew when a problem changes, and how it fails.
#[test]
fn a_cmake_project_calls_constrint() {
    let Some(cmake) = cmake() else { return };
    let folder = Folder::with(&[]);
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cmake");
    let copied = std::process::Command::new("cp").arg("-r").arg(example).arg(folder.path().join("source")).status();
    assert!(copied.unwrap().success());
    let run = |command: &mut std::process::Command| {
        let output = command.current_dir(folder.path()).env_remove("CONSTRINT_CACHE").output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    };
    let executable = format!("-DCONSTRINT_EXECUTABLE={}", env!("CARGO_BIN_EXE_constrint"));
    let made = run(std::process::Command::new(&cmake).args([
        "-S",
        "source",
        "-B",
        "build",
        "-DCONSTRINT_NVCC=OFF",
        &executable,
    ]));
    assert!(made.0, "{}", made.1);
    let build = || run(std::process::Command::new(&cmake).args(["--build", "build"]));
    let choose = |m: &str| {
        let program = folder.path().join("build/choose");
        run(std::process::Command::new(program).args(["NVIDIA GeForce RTX 4090", "8", "9", "128", m, "1024", "1024"]))
    };
    let built = build();
    assert!(built.0 && built.1.contains("4 configurations"), "{}", built.1);
    assert!(choose("1000").1.starts_with("1024 x 1024 x 1024 on RTX 4090"), "{}", choose("1000").1);
    assert!(!choose("2000").0);
    // Nothing has changed, then a shape has.
    assert!(!build().1.contains("constrint table"));
    let products = folder.read("source/products.json");
    std::fs::write(
        folder.path().join("source/products.json"),
        products.replace("\"m\": 1024, \"n\": 4096", "\"m\": 2048, \"n\": 4096"),
    )
    .unwrap();
    let built = build();
    assert!(built.0 && built.1.contains("constrint table products.json"), "{}", built.1);
    assert!(choose("2000").1.starts_with("2048 x 4096 x 1024"), "{}", choose("2000").1);
    let tiles = folder.read("source/tiles.json");
    std::fs::write(
        folder.path().join("source/tiles.json"),
        tiles.replace("tile * stages <= budget", "tile * stages <= budget - 512"),
    )
    .unwrap();
    let failed = build();
    assert!(!failed.0 && failed.1.contains("that is what shared memory holds"), "{}", failed.1);
}
