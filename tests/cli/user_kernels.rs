//! Kernels that the problem describes: `solve`, `check`, `explain`, `compile`.

use crate::{Folder, run};

const ROWS: &str = r#"{"version": 1, "name": "rows", "gpu": "A100 SXM4 80GB", "shape": {"n": 100000},
  "kernel": {"name": "rows", "source": "rows.cu",
    "definitions": {"tile": {"expr": "threads * items", "meaning": "rows of a block"}, "work_ps": "waves * tile * 1000"},
    "block": ["threads"], "grid": ["ceil_div(n, tile)"], "registers_per_thread": "24 + 4 * items",
    "dynamic_shared_memory_bytes": "8 * tile", "min_blocks_per_sm": 2,
    "cost": {"time_ps": "work_ps + 5000000 // items", "parts": ["work_ps"]}},
  "variables": {"threads": {"values": [64, 128, 256]}, "items": {"min": 1, "max": 8}}}"#;

#[test]
fn a_described_kernel_is_solved_checked_and_explained() {
    let folder = Folder::with(&[("problem.json", ROWS)]);
    let solved = folder.run(&["solve", "problem.json", "--json"]).exits(0).json();
    let [threads, items] = ["threads", "items"].map(|name| solved["config"][name].as_i64().unwrap());
    assert_eq!(solved["kernel"], "rows");
    assert_eq!(solved["resources"]["registers_per_thread"], 24 + 4 * items);
    assert_eq!(solved["resources"]["shared_memory_per_block_bytes"], 8 * threads * items);
    let launch = &solved["launch"];
    assert_eq!(launch["block"], serde_json::json!([threads, 1, 1]));
    assert_eq!(launch["grid"][0], (100_000 + threads * items - 1) / (threads * items));
    assert_eq!(launch["launch_bounds"][1], solved["resources"]["blocks_per_sm"]);
    assert!(solved["predicted"]["parts_ps"]["work_ps"].is_i64());

    let shown = folder.run(&["solve", "problem.json"]).exits(0).stdout;
    assert!(shown.contains("kernel rows on A100") && shown.contains("Predicted time"), "{shown}");
    std::fs::write(folder.path().join("config.json"), solved.to_string()).unwrap();
    folder.run(&["check", "problem.json", "config.json"]).exits(0);
    std::fs::write(folder.path().join("config.json"), r#"{"threads": 256, "items": 9}"#).unwrap();
    folder.run(&["check", "problem.json", "config.json"]).exits(1);
    folder.run(&["explain", "problem.json"]).exits(0);
    let header = folder.run(&["solve", "problem.json", "--emit", "header"]).exits(0).stdout;
    assert!(header.contains(&format!("#define CONSTRINT_ROWS_ITEMS {items}\n")), "{header}");
}

/// What is too large is blamed by the name of the hardware's limit.
#[test]
fn a_kernel_that_fits_nowhere_names_the_limit() {
    let large = ROWS.replace("\"8 * tile\"", "\"200000 * tile\"");
    let said = run(&large, &["explain", "problem.json"]).exits(1).stdout;
    assert!(
        said.contains("shared memory") && said.contains("the hardware limits the shared memory of a block"),
        "{said}"
    );
}

/// Without its source, or without nvcc, there is nothing to compile: an error that names the field or the file.
#[test]
fn a_source_that_is_not_there_is_named() {
    for (problem, part) in
        [(ROWS.to_owned(), "rows.cu"), (ROWS.replace(", \"source\": \"rows.cu\"", ""), "kernel.source")]
    {
        let folder = Folder::with(&[("problem.json", &problem)]);
        let mut command = folder.command(&["compile", "problem.json"]);
        let output = command.env("CONSTRINT_NVCC", "nvcc-that-is-not-run").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(part), "{part}: {said}");
    }
}
