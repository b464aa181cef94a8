//! `gpus`, `occupancy`, `kernels` and `compile`.

use crate::{Folder, MATMUL, TILES, run};
use serde_json::json;

#[test]
fn the_catalog_is_listed() {
    let listed = run("", &["gpus", "--json"]).exits(0).json();
    let names: Vec<&str> = listed["gpus"].as_array().unwrap().iter().map(|gpu| gpu["name"].as_str().unwrap()).collect();
    let text = run("", &["gpus"]).exits(0).stdout;
    assert!(names.contains(&"H100 SXM5 80GB") && names.iter().all(|name| text.contains(name)), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn one_gpu_is_found_by_a_part_of_its_name() {
    let gpu = run("", &["gpus", "h100-sxm", "--json"]).exits(0).json();
    assert_eq!((&gpu["name"], &gpu["sms"]), (&json!("H100 SXM5 80GB"), &json!(132)));
    let text = run("", &["gpus", "h100-sxm"]).exits(0).stdout;
    let limit = text.lines().find(|line| line.contains("shared_memory_per_block_optin_bytes"));
    assert!(limit.is_some_and(|line| line.ends_with("  232448 (227 KiB)")), "{text}");
    let ran = run("", &["gpus", "A100"]).exits(2);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("A100 PCIe"), "{}", ran.stderr);
    let slice = run("", &["gpus", "h100-sxm mig 3g.40gb", "--json"]).exits(0).json();
    assert_eq!((&slice["name"], &slice["sms"]), (&json!("H100 SXM5 80GB MIG 3g.40gb"), &json!(60)));
    assert!(run("", &["gpus", "T4 MIG 1g.5gb"]).exits(2).stderr.contains("T4"));
    for part in ["mma.sync fp8", "emulated by tensor cores", "wgmma bf16", "3g.40gb", "Multi-Instance GPU User"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn occupancy_of_one_kernel() {
    let ask = ["occupancy", "--gpu", "H100 SXM", "--threads", "128", "--registers", "255"];
    let answer = run("", &[&ask[..], &["--json"]].concat()).exits(0).json();
    assert_eq!((&answer["blocks_per_sm"], &answer["limiters"]), (&json!(2), &json!(["registers"])));
    let text = run("", &ask).exits(0).stdout;
    assert!(text.contains("2 blocks per SM of H100 SXM5 80GB, limited by registers"), "{text}");
    assert!(
        text.contains("1 block 227 KiB, 2 blocks 113 KiB") && text.contains("256 threads, 1 block per SM"),
        "{text}"
    );
    assert_eq!(answer["max_shared_memory_bytes"], json!([232_448, 115_712]));
    let more =
        ["--static-shared-memory", "20000", "--carveout", "50", "--barriers", "16", "--registers", "32", "--json"];
    let answer = run("", &[&ask[..5], &more].concat()).exits(0).json();
    // Half of 228 KiB is set to 132 KiB: 6 blocks of 20.6 KiB, but 64 barriers are enough for 4.
    assert_eq!((&answer["block_limits"]["shared_memory"], &answer["blocks_per_sm"]), (&json!(6), &json!(4)));
    let large = ["occupancy", "--gpu", "T4", "--threads", "128", "--registers", "32", "--shared-memory", "70000"];
    assert_eq!(run("", &[&large[..], &["--json"]].concat()).exits(1).json()["blocks_per_sm"], 0);
}

#[test]
fn occupancy_of_a_stream() {
    let folder = Folder::with(&[]);
    let input = "9.0 255 128 0\n# a comment\n\ndyn 9.0 32 128 2\nbest 9.0 32 0\nnonsense\n9.0 -1 1 1";
    let ran = folder.run_with_input(&["occupancy", "--batch"], input.as_bytes()).exits(0);
    let expected =
        "2\t8\t0.1250\tregs\t2\t228\t16\t32\t64\t32768\t1024\n115712\n1024\t264\nERR parse\nERR 1 invalid-input\n";
    assert_eq!(ran.stdout, expected);
    folder.run_with_input(&["occupancy", "--batch"], b"\xff\xfe 1 2 3\n").exits(0);
    let many = "8.0 64 256 16384\n".repeat(200_000);
    let answers = folder.run_with_input(&["occupancy", "--batch"], many.as_bytes()).exits(0).stdout;
    assert_eq!(answers.lines().count(), 200_000);
    folder.run(&["occupancy", "--batch", "--json"]).exits(2);
}

#[test]
fn a_stream_is_answered_before_it_ends() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;
    let folder = Folder::with(&[]);
    let mut child =
        folder.command(&["occupancy", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = BufReader::new(stdout).lines();
    for _ in 0..3 {
        stdin.write_all(b"9.0 255 128 0\n").unwrap();
        assert!(answers.next().unwrap().unwrap().starts_with("2\t8\t"));
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn kernels_and_their_source() {
    let listed = run("", &["kernels", "--json"]).exits(0).json();
    assert_eq!(listed["kernels"][0]["name"], "matmul");
    assert!(run("", &["kernels"]).exits(0).stdout.contains("matmul"));
    let text = run("", &["kernels", "matmul"]).exits(0).stdout;
    assert!(text.contains("rows of A and of C") && text.contains("matmul/matmul.cu"), "{text}");
    assert!(run("", &["kernels", "matmul", "--source"]).exits(0).stdout.contains("__global__"));
    assert!(run("", &["kernels", "nothing"]).exits(2).stderr.contains("matmul"));
    let folder = Folder::with(&[]);
    folder.run(&["kernels", "matmul", "--out", "source"]).exits(0);
    assert!(folder.read("source/matmul/matmul.cu").contains("constrint_matmul"));
}

/// Whether nvcc is there; its absence fails the test only where it is demanded.
pub(crate) fn has_nvcc() -> bool {
    let found = constrint::nvcc::find().is_some();
    assert!(found || std::env::var_os("CONSTRINT_REQUIRE_NVCC").is_none(), "nvcc is required and missing");
    if !found {
        eprintln!("skipped: nvcc was not found (tests/install-nvcc.sh installs one)");
    }
    found
}

#[test]
fn the_compiler_agrees_with_the_model() {
    if !has_nvcc() {
        return;
    }
    let folder = Folder::with(&[("problem.json", MATMUL)]);
    let nvcc = constrint::nvcc::find().unwrap();
    let mut command = folder.command(&["compile", "problem.json", "--arch", "sm_80,sm_90a", "--json"]);
    let output = command.env("CONSTRINT_NVCC", &nvcc).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let targets = answer["targets"].as_array().unwrap();
    let names: Vec<_> = targets.iter().map(|target| target["target"].as_str().unwrap()).collect();
    assert_eq!(names, ["sm_80", "sm_90a"], "the GPU's own, then the others once");
    assert!(targets.iter().all(|target| target["compiled"]["registers"].as_i64().unwrap() > 0));
    assert_eq!(answer["within"], true);
}

#[test]
fn compile_needs_a_kernel_and_a_compiler() {
    let ran = run(TILES, &["compile", "problem.json"]).exits(2);
    assert!(ran.stderr.contains("names no kernel") && ran.stdout.is_empty(), "{}", ran.stderr);
    let folder = Folder::with(&[("problem.json", MATMUL)]);
    let mut command = folder.command(&["compile", "problem.json"]);
    let output = command.env("CONSTRINT_NVCC", "/nowhere/nvcc").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && String::from_utf8_lossy(&output.stderr).contains("/nowhere/nvcc"));
}

/// A file on the path that nobody may run is passed over, as a shell does.
#[cfg(unix)]
#[test]
fn a_compiler_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(&[("problem.json", MATMUL)]);
    let places = ["text", "tool"].map(|name| folder.path().join(name));
    for (place, mode) in places.iter().zip([0o644, 0o755]) {
        let nvcc = place.join("nvcc");
        std::fs::create_dir(place).unwrap();
        std::fs::write(&nvcc, "#!/bin/sh\necho this one was run >&2\nexit 1\n").unwrap();
        std::fs::set_permissions(&nvcc, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = folder.command(&["compile", "problem.json"]);
    command.env_remove("CONSTRINT_NVCC").env("PATH", std::env::join_paths(&places).unwrap());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("tool/nvcc") && stderr.contains("this one was run"), "{stderr}");
}

#[test]
fn an_infeasible_tiling_names_the_hardware() {
    let problem = include_str!("../../problems/matmul-infeasible.json");
    let text = run(problem, &["explain", "problem.json"]).exits(1).stdout;
    for part in [
        "shared_memory_per_block_optin_bytes   101376 (99 KiB)  162816 (159 KiB)  166912 (163 KiB)",
        "All of these are needed at once.",
        "The nearest GPU of the catalog where it fits: A100 SXM4 40GB",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let object = run(problem, &["explain", "problem.json", "--json"]).exits(1).json();
    let hardware = &object["hardware"];
    assert_eq!((&hardware["nearest_gpu"], &hardware["together"]), (&json!("A100 SXM4 40GB"), &json!(true)));
    let limit = json!({"limit": "shared_memory_per_block_optin_bytes", "available": 101_376, "needed": 162_816, "proved": true,
                       "constraints": ["shared memory"], "nearest": 166_912});
    assert_eq!(hardware["limits"][1], limit);
    // Of what the kernel demands nothing is anybody's to change.
    let changes: Vec<&serde_json::Value> =
        object["relaxations"].as_array().unwrap().iter().map(|change| &change["constraint"]).collect();
    assert_eq!(changes, ["deep pipeline", "wide tile"]);
    let few =
        r#"{"version": 1, "gpu": "H100 SXM", "variables": {"x": {"values": [1, 2]}}, "constraints": ["x >= gpu_sms"]}"#;
    let text = run(few, &["explain", "problem.json"]).exits(1).stdout;
    assert!(
        text.contains("More of these limits would not do") && text.contains("It fits no GPU of the catalog."),
        "{text}"
    );
}

#[test]
fn a_layer_too_large_is_told_what_fits_instead() {
    let problem = r#"{"version": 1, "kernel": "rnn_forward", "gpu": "RTX 4090", "dtype": "fp32",
        "shape": {"cell": "lstm", "head_dim": 1400, "batch": 16, "sequence": 1024}}"#;
    let gpus = ["H100 SXM5 80GB", "H100 NVL 94GB", "H200 SXM 141GB"];
    let shown = format!(
        "\nWhat has a configuration, all else as asked\n  head_dim  multiples of 8 up to 1024\n  dtype     bf16, fp16\n  \
         gpu       {}\n",
        gpus.join(", ")
    );
    let expected = json!({
        "sizes": [{"size": "head_dim", "asked": 1400, "largest": 1024, "multiple_of": 8, "proved": true}],
        "dtypes": ["bf16", "fp16"], "dtypes_undecided": [], "gpus": gpus, "gpus_undecided": false,
    });
    for command in ["solve", "explain"] {
        let text = run(problem, &[command, "problem.json"]).exits(1).stdout;
        assert!(text.contains("registers_needed <= register_room") && text.ends_with(&shown), "{text}");
        assert!(!text.contains("Smallest changes") && !text.contains("The hardware"), "{text}");
        let object = run(problem, &[command, "problem.json", "--json"]).exits(1).json();
        assert_eq!(object["alternatives"], expected, "{object}");
        assert!(object.get("hardware").is_none() && !object["conflict"].as_array().unwrap().is_empty(), "{object}");
    }
    // The limits of a GPU of one's own may be another's.
    let own = problem.replace("\"RTX 4090\"", r#"{"base": "RTX 4090", "l2_bytes": 75497472}"#);
    let object = run(&own, &["explain", "problem.json", "--json"]).exits(1).json();
    assert!(object["hardware"]["limits"].is_array() && object["alternatives"] == expected, "{object}");
    assert_eq!(object["relaxations"], json!([]));
    let late = run(problem, &["solve", "problem.json", "--json", "--time-limit", "1ms"]).json();
    assert!(late["status"] == "unknown" || late["alternatives"]["sizes"][0]["proved"] == false, "{late}");
    let emitted = run(problem, &["solve", "problem.json", "--emit", "header"]).exits(1);
    assert!(emitted.stdout.is_empty() && emitted.stderr.contains("multiples of 8 up to 1024"), "{}", emitted.stderr);
}
