//! `gpus --detect` and `"gpu": "detect"`, against a stand-in for the driver's library that the C compiler of the system
//! builds. Without one, the tests say so and pass, unless `CONSTRINT_REQUIRE_CC=1` asks them to fail.

use crate::{Folder, Ran};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with a driver.
struct Machine {
    folder: Folder,
    library: PathBuf,
}

impl Machine {
    /// The stand-in with these flags; `None`, with the reason on stderr, where there is no C compiler.
    fn with(flags: &[&str]) -> Option<Self> {
        let folder = Folder::with(&[]);
        let library = folder.path().join("libcuda.so.1");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cli/fake_libcuda.c");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let compiled =
            Command::new(&compiler).args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).args(flags).status();
        match compiled {
            Ok(status) => {
                assert!(status.success(), "{compiler} refused fake_libcuda.c");
                Some(Self { folder, library })
            }
            Err(error) => {
                let required = std::env::var("CONSTRINT_REQUIRE_CC").is_ok_and(|value| value == "1");
                assert!(!required, "{compiler}: {error}");
                eprintln!("skipped: no C compiler `{compiler}`: {error}");
                None
            }
        }
    }

    /// Runs the command with the driver named, and these devices visible.
    fn run(&self, args: &[&str], visible: Option<&str>) -> Ran {
        let mut command = self.folder.command(args);
        command.env("CONSTRINT_LIBCUDA", &self.library).env_remove("CUDA_VISIBLE_DEVICES");
        if let Some(visible) = visible {
            command.env("CUDA_VISIBLE_DEVICES", visible);
        }
        Ran::of(command)
    }
}

#[test]
fn several_devices_are_told_apart() {
    let Some(machine) = Machine::with(&[]) else { return };
    let ran = machine.run(&["gpus", "--detect"], None).exits(0);
    for part in ["NVIDIA H100 80GB HBM3", "NVIDIA GeForce RTX 4060 Ti", "the catalog's H100 SXM5 80GB"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(ran.stderr.contains("device 3 is left out") && ran.stderr.contains("6.1"), "{}", ran.stderr);
    let first = machine.run(&["gpus", "--detect", "--json"], None).exits(0).json();
    assert_eq!((&first["name"], &first["sms"]), (&json!("NVIDIA H100 80GB HBM3"), &json!(132)));
    assert_eq!(first["tensor_flops_per_s"]["bf16"], json!(989_400_000_000_000i64));
    let second = machine.run(&["gpus", "--detect=1", "--json"], None).exits(0).json();
    assert_eq!(second["name"], "NVIDIA GeForce RTX 4060 Ti");
    assert_eq!(second["memory_bandwidth_bytes_per_s"], json!(288_000_000_000i64), "that of the card with 8 GB");
    assert_eq!(second["memory_bytes"], json!(8_585_740_288i64));
    let third = machine.run(&["gpus", "--detect=2", "--json"], None).exits(0).json();
    let all = machine.run(&["gpus", "--detect=all", "--json"], None).exits(0).json();
    assert_eq!(all, json!({"gpus": [first, second, third]}));
}

/// Rates that nobody published are given to no device, and the message says what that means.
#[test]
fn a_device_that_the_catalog_lacks_has_no_tensor_rates() {
    let Some(machine) = Machine::with(&[]) else { return };
    let gpu = machine.run(&["gpus", "--detect=2", "--json"], None).exits(0).json();
    assert_eq!(gpu["name"], "NVIDIA RTX A5500");
    assert_eq!(gpu["memory_bandwidth_bytes_per_s"], json!(2 * 8_001_000_000i64 * 384 / 8));
    assert_eq!(gpu["fp32_flops_per_s"], json!(80 * 2 * 128 * 1_665_000_000i64));
    for field in ["tensor_flops_per_s", "tensor_flops_per_clock_per_sm"] {
        assert!(gpu[field].as_object().unwrap().values().all(Value::is_null), "{gpu}");
    }
    let text = machine.run(&["gpus", "--detect=2"], None).exits(0).stdout;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["rates of its tensor cores are unknown", "not predicted", r#""base": "detect", "tensor_flops_per_s""#]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let mut problem: Value = serde_json::from_str(crate::MATMUL).unwrap();
    let mut ask = |gpu: Value| {
        problem["gpu"] = gpu;
        std::fs::write(machine.folder.path().join("problem.json"), problem.to_string()).unwrap();
        machine.run(&["solve", "problem.json"], None)
    };
    let refused = ask(json!("detect:2")).exits(2).stderr;
    for part in ["tensor_flops_per_s", "not known of NVIDIA RTX A5500", r#""base": "detect""#] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    ask(json!({"base": "detect:2", "tensor_flops_per_s": {"bf16": 136_400_000_000_000i64}})).exits(0);
}

#[test]
fn what_was_detected_is_the_gpu_of_a_problem() {
    let Some(machine) = Machine::with(&[]) else { return };
    let solve = |gpu: Value| {
        let problem = json!({"version": 1, "gpu": gpu, "variables": {"x": {"min": 1, "max": 100_000}},
                             "constraints": ["x <= gpu_sms * gpu_l2_bytes // 1000000"], "objective": {"maximize": "x"}});
        std::fs::write(machine.folder.path().join("problem.json"), problem.to_string()).unwrap();
        let answer = machine.run(&["solve", "problem.json", "--json"], None).exits(0).json();
        (answer["gpu"].as_str().unwrap().to_owned(), answer["config"]["x"].as_i64().unwrap())
    };
    let saved = machine.run(&["gpus", "--detect", "--json"], None).exits(0).json();
    let h100 = ("NVIDIA H100 80GB HBM3".to_owned(), 132 * 52_428_800 / 1_000_000);
    assert_eq!(solve(json!("detect")), h100);
    assert_eq!(solve(saved), h100);
    assert_eq!(solve(json!({"base": "detect", "sms": 1})).1, 52);
    assert_eq!(solve(json!("detect:1")), ("NVIDIA GeForce RTX 4060 Ti".to_owned(), 34 * 33_554_432 / 1_000_000));
    let occupancy = ["occupancy", "--gpu", "detect", "--threads", "128", "--registers", "255", "--json"];
    assert_eq!(machine.run(&occupancy, None).exits(0).json()["blocks_per_sm"], 2);
}

#[test]
fn the_driver_heeds_the_visible_devices() {
    let Some(machine) = Machine::with(&[]) else { return };
    let name = |visible| machine.run(&["gpus", "--detect", "--json"], Some(visible)).exits(0).json()["name"].clone();
    assert_eq!(name("1,0"), "NVIDIA GeForce RTX 4060 Ti");
    assert_eq!(name("0"), "NVIDIA H100 80GB HBM3");
    let ran = machine.run(&["gpus", "--detect"], Some("")).exits(2);
    assert!(ran.stderr.contains("shows no GPU") && ran.stderr.contains("CUDA_VISIBLE_DEVICES"), "{}", ran.stderr);
    let ran = machine.run(&["gpus", "--detect=1"], Some("0")).exits(2);
    assert!(ran.stderr.contains("no device 1"), "{}", ran.stderr);
    let ran = machine.run(&["gpus", "--detect"], Some("3")).exits(2);
    assert!(ran.stderr.contains("GTX 1080 has compute capability 6.1"), "{}", ran.stderr);
}

#[test]
fn a_driver_that_fails_is_quoted() {
    for (flags, parts) in [
        (vec!["-DINIT=803"], vec!["cuInit failed with code 803", "unsupported display driver", "nvidia-smi"]),
        (vec!["-DINIT=999", "-DWITHOUT_ERRORS"], vec!["cuInit failed with code 999"]),
        (vec!["-DINIT=100"], vec!["shows no GPU"]),
        (vec!["-DWITHOUT_TOTAL_MEM"], vec!["has no function `cuDeviceTotalMem_v2`"]),
        (vec!["-DATTRIBUTE=700"], vec!["cuDeviceGetAttribute failed with code 700"]),
        (vec!["-DATTRIBUTE=1"], vec!["does not tell the"]),
    ] {
        let Some(machine) = Machine::with(&flags) else { return };
        let ran = machine.run(&["gpus", "--detect", "--json"], None).exits(2);
        for part in parts {
            assert!(ran.stderr.contains(part), "{flags:?}: {}", ran.stderr);
        }
        assert!(
            serde_json::from_str::<Value>(&ran.stdout).is_ok_and(|object| object["error"].is_object()),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn an_old_driver_is_completed_from_the_table() {
    let Some(machine) = Machine::with(&["-DOLD"]) else { return };
    let gpu = machine.run(&["gpus", "--detect", "--json"], None).exits(0).json();
    assert_eq!((&gpu["max_blocks_per_sm"], &gpu["reserved_shared_memory_per_block_bytes"]), (&json!(32), &json!(1024)));
}

#[test]
fn the_loader_finds_the_driver_by_its_own_name() {
    let Some(machine) = Machine::with(&[]) else { return };
    if !cfg!(target_os = "linux") {
        return;
    }
    let mut command = machine.folder.command(&["gpus", "--detect", "--json"]);
    command.env("LD_LIBRARY_PATH", machine.library.parent().unwrap()).env_remove("CONSTRINT_LIBCUDA");
    command.env_remove("CUDA_VISIBLE_DEVICES");
    assert_eq!(Ran::of(command).exits(0).json()["name"], "NVIDIA H100 80GB HBM3");
}

#[test]
fn without_a_driver_the_message_says_so() {
    let folder =
        Folder::with(&[("problem.json", r#"{"version": 1, "gpu": "detect", "variables": {"x": {"values": [1]}}}"#)]);
    for args in [&["gpus", "--detect"][..], &["solve", "problem.json"], &["solve", "problem.json", "--gpu", "detect"]] {
        let mut command = folder.command(args);
        command.env("CONSTRINT_LIBCUDA", folder.path().join("nowhere.so"));
        let ran = Ran::of(command).exits(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("no NVIDIA driver was found"), "{args:?}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("nowhere.so: cannot open") && ran.stderr.contains("constrint gpus"),
            "{}",
            ran.stderr
        );
    }
    let ran = folder.run(&["gpus", "--detect=first"]).exits(2);
    assert!(ran.stderr.contains("or `all`"), "{}", ran.stderr);
}
