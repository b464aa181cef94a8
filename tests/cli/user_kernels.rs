//! Kernels that the problem describes: `solve`, `check`, `explain`, `compile`.

use crate::hardware::has_nvcc;
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

/// What machine code does goes into the description, from which the time follows then; and into no other file.
#[test]
fn counted_work_is_written_into_the_description() {
    let source = "extern \"C\" __global__ void rows(float* out) { out[blockIdx.x] = threadIdx.x * 1.5f; }";
    let folder = Folder::with(&[("problem.json", ROWS), ("rows.cu", source)]);
    let shipped = r#"{"version": 1, "kernel": "matmul", "gpu": "RTX 4090", "shape": {"m": 64, "n": 64, "k": 64}}"#;
    std::fs::write(folder.path().join("shipped.json"), shipped).unwrap();
    let refused = folder.run(&["compile", "shipped.json", "--work", "--out", "out.json"]).exits(2).stderr;
    assert!(refused.contains("shipped.json: no file that describes a kernel"), "{refused}");
    assert!(!folder.names().contains(&"out.json".to_owned()));
    if has_nvcc() {
        let mut command = folder.command(&["compile", "problem.json", "--work", "--out", "out.json"]);
        let output = command.env("CONSTRINT_NVCC", constrint::nvcc::find().unwrap()).output().unwrap();
        // Less shared memory is declared than the description says: that the limits do not hold is no fault of the file.
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
        let text = folder.read("out.json");
        let written: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(written["kernel"]["cost"].is_null() && written["kernel"]["work"]["global"][0]["bytes"] == 4, "{text}");
        assert_eq!(written["variables"], serde_json::from_str::<serde_json::Value>(ROWS).unwrap()["variables"]);
        folder.run(&["solve", "out.json"]).exits(0);
    }
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

/// `solve` says in numbers what is needed, and points to `explain`; a part of the cost without a meaning is shown by its name.
#[test]
fn an_infeasible_kernel_says_what_it_needs() {
    let shown = run(ROWS, &["solve", "problem.json"]).exits(0).stdout;
    assert!(shown.lines().any(|line| line.starts_with("  work_ps ")), "{shown}");
    let large = ROWS.replace("\"8 * tile\"", "\"1800 * tile\"");
    let said = run(&large, &["solve", "problem.json", "--gpu", "4090"]).exits(1).stdout;
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["shared_memory_per_block_optin_bytes 101376 (99 KiB) 115200 (113 KiB)", "`constrint explain` tells"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let object = run(&large, &["solve", "problem.json", "--gpu", "4090", "--json"]).exits(1).json();
    let limits = object["hardware"]["limits"].as_array().unwrap();
    assert!(limits.iter().any(|limit| limit["needed"] == 115_200 && limit["available"] == 101_376), "{object}");
}

/// One answer for each GPU, in the order of the command line, under the name that was written there.
#[test]
fn several_gpus_give_one_table() {
    let folder = Folder::with(&[("problem.json", ROWS)]);
    let ask = |gpus: &[&str], more: &[&str]| {
        let flags = gpus.iter().flat_map(|gpu| ["--gpu", gpu]);
        let args: Vec<&str> = ["solve", "problem.json"].into_iter().chain(flags).chain(more.iter().copied()).collect();
        folder.run(&args)
    };
    let object = ask(&["h100-sxm", "4090", "h100-sxm"], &["--json"]).exits(0).json();
    let gpus = object["gpus"].as_object().unwrap();
    assert_eq!(gpus.keys().collect::<Vec<_>>(), ["h100-sxm", "4090"]);
    for name in ["h100-sxm", "4090"] {
        let alone = ask(&[name], &["--json"]).exits(0).json();
        for field in ["status", "gpu", "config", "objective", "resources", "launch", "predicted"] {
            assert_eq!(gpus[name][field], alone[field], "{name} {field}");
        }
    }
    let text = ask(&["h100-sxm", "4090"], &[]).exits(0).stdout;
    let places =
        ["predicted", "H100 SXM5 80GB", "RTX 4090"].map(|part| text.find(part).unwrap_or_else(|| panic!("{text}")));
    assert!(
        places.is_sorted() && text.contains("threads=") && text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    // The gravest of all answers decides the exit code, and none is lost for another.
    std::fs::write(folder.path().join("problem.json"), ROWS.replace("\"8 * tile\"", "\"1800 * tile\"")).unwrap();
    let text = ask(&["h100-sxm", "4090"], &[]).exits(1).stdout;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("needs shared_memory_per_block_optin_bytes 115200 of 101376"), "{text}");
    assert!(
        text.contains("optimal") && text.contains("infeasible  ") && text.contains("`constrint explain`"),
        "{text}"
    );
    std::fs::write(folder.path().join("problem.json"), ROWS.replace("\"grid\"", "\"cluster\": [2], \"grid\"")).unwrap();
    let ran = ask(&["h100-sxm", "4090"], &["--json"]).exits(2).json();
    assert_eq!(
        (&ran["gpus"]["h100-sxm"]["status"], &ran["gpus"]["4090"]["status"]),
        (&"optimal".into(), &"error".into())
    );
    assert!(ran["gpus"]["4090"]["error"]["message"].as_str().unwrap().contains("clusters"), "{ran}");
    // A name that other parts have too is told of, once for each.
    std::fs::write(folder.path().join("problem.json"), ROWS).unwrap();
    let ran = ask(&["4090", "RTX 3060"], &[]).exits(0);
    assert!(ran.stderr.contains("`RTX 3060` is taken as RTX 3060 12GB; RTX 3060 8GB has the same"), "{}", ran.stderr);
    assert_eq!(ask(&["RTX 3080"], &["--quiet"]).exits(0).stderr, "");
    assert!(!ask(&["RTX 3060 12GB"], &[]).exits(0).stderr.contains("note"));
    // A slip in a name costs no search.
    let ran = ask(&["h100-sxm", "4091"], &[]).exits(2);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("--gpu") && ran.stderr.contains("4091"), "{}", ran.stderr);
    let ran = ask(&["h100-sxm", "4090"], &["--emit", "header"]).exits(2);
    assert!(ran.stderr.contains("`--emit` is for one GPU"), "{}", ran.stderr);
    let ran = folder.run(&["count", "problem.json", "--gpu", "h100-sxm", "--gpu", "4090"]).exits(2);
    assert!(ran.stderr.contains("only `solve`"), "{}", ran.stderr);
}

/// Consumers with more sums than the launch gives registers to a thread spill none of them: ptxas agrees with the model on both
/// numbers, and the static assertion of the source with the constraint.
#[test]
fn the_compiler_agrees_on_registers_that_are_handed_over() {
    const ROLES: &str = r#"{"version": 1, "gpu": "H100 SXM5 80GB",
      "kernel": {"name": "roles", "source": "roles.cu", "block": ["128 * (1 + consumers)"], "grid": [132],
        "roles": {"producer": {"threads": 128, "registers_per_thread": 40},
                  "consumer": {"threads": "128 * consumers", "registers_per_thread": "held"}}},
      "variables": {"consumers": {"values": [2]}, "held": {"min": 24, "max": 256, "step": 8}},
      "objective": {"maximize": "held"}}"#;
    if !has_nvcc() {
        return;
    }
    let source = include_str!("../user_kernels/roles.cu");
    let folder = Folder::with(&[("problem.json", ROLES), ("roles.cu", source)]);
    let mut command = folder.command(&["compile", "problem.json", "--json"]);
    let output = command.env("CONSTRINT_NVCC", constrint::nvcc::find().unwrap()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["config"]["held"], &answer["within"]), (&232.into(), &true.into()));
    let compiled = &answer["targets"][0]["compiled"];
    assert_eq!((&compiled["registers"], &compiled["spill_load_bytes"]), (&168.into(), &0.into()), "{answer}");
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
