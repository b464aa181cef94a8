//! `bench` and `calibrate` on a stand-in for the driver, NVRTC and NVML that the C compiler of the system builds: through the process that runs
//! kernels and all calls of the libraries. Without the feature, that it says so.

use crate::{MATMUL, run};

#[cfg(not(feature = "cuda"))]
#[test]
fn without_the_feature_the_subcommands_say_so() {
    for arguments in [&["bench", "problem.json"][..], &["calibrate", "--gpu", "H100 SXM"], &["device-worker"]] {
        let ran = run(MATMUL, arguments).exits(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("the feature `cuda`"), "{}", ran.stderr);
        assert!(ran.stderr.contains("--features cuda"), "{}", ran.stderr);
    }
}

/// The test without the feature names it by its own.
#[cfg(feature = "cuda")]
#[test]
fn the_hidden_worker_is_no_part_of_the_help() {
    let ran = run(MATMUL, &["--help"]).exits(0);
    assert!(ran.stdout.contains("bench") && !ran.stdout.contains("device-worker"), "{}", ran.stdout);
}

#[cfg(feature = "cuda")]
mod with_a_stand_in {
    use crate::{Folder, Ran};
    use serde_json::{Value, json};
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::{Duration, Instant};

    /// A folder with the libraries.
    struct Machine {
        folder: Folder,
        library: PathBuf,
    }

    impl Machine {
        /// `None`, with the reason on stderr, where there is no C compiler.
        fn with(files: &[(&str, &str)]) -> Option<Self> {
            let folder = Folder::with(files);
            let library = folder.path().join("libcuda.so.1");
            let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cli");
            let toolkit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/cuda/nvidia/cu13/include");
            let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
            let mut command = Command::new(&compiler);
            command.args(["-shared", "-fPIC", "-w", "-o"]).arg(&library);
            command
                .args(["fake_libcuda.c", "fake_driver.c", "fake_driver_check.c"].map(|source| sources.join(source)))
                .arg("-I")
                .arg(toolkit);
            match command.status() {
                Ok(status) => {
                    assert!(status.success(), "{compiler} refused fake_driver.c");
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

        fn run(&self, args: &[&str], settings: &[(&str, &str)]) -> Ran {
            let mut command = self.folder.command(args);
            for variable in ["CONSTRINT_LIBCUDA", "CONSTRINT_LIBNVRTC", "CONSTRINT_LIBNVML"] {
                command.env(variable, &self.library);
            }
            command.env_remove("CUDA_VISIBLE_DEVICES").env("FAKE_LOG", self.folder.path().join("log"));
            command.envs(settings.iter().copied());
            Ran::of(command)
        }

        fn log(&self) -> Vec<String> {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            log.lines().map(str::to_owned).collect()
        }
    }

    /// A kernel of a problem's own.
    fn doubles() -> Value {
        json!({"version": 1, "name": "doubled", "gpu": "H100 SXM", "shape": {"n": 1000},
            "kernel": {"name": "doubles", "source": "doubles.cu", "block": ["threads"], "grid": ["ceil_div(n, threads)"],
                "cluster": ["cluster"], "registers_per_thread": 32, "dynamic_shared_memory_bytes": 1024, "cooperative": true,
                "arguments": [{"name": "x", "type": "fp32", "elements": "n", "file": "x.bin"},
                    {"name": "y", "type": "fp32", "elements": "n", "holds": "nothing", "expected": {"file": "y.bin"}},
                    {"type": "int32", "value": "n"}]},
            "variables": {"threads": {"values": [256]}, "cluster": {"values": [2]}}})
    }

    fn machine(problem: &Value) -> Option<Machine> {
        let machine =
            Machine::with(&[("problem.json", &problem.to_string()), ("doubles.cu", "// The library has it.\n")])?;
        let numbers =
            |factor: f32| (0..1000u16).flat_map(|n| (factor * f32::from(n)).to_le_bytes()).collect::<Vec<u8>>();
        std::fs::write(machine.folder.path().join("x.bin"), numbers(1.0)).unwrap();
        std::fs::write(machine.folder.path().join("y.bin"), numbers(2.0)).unwrap();
        Some(machine)
    }

    #[test]
    fn a_kernel_of_ones_own_is_checked_and_timed() {
        let Some(machine) = machine(&doubles()) else { return };
        let answer = machine.run(&["bench", "problem.json", "--json"], &[]).exits(0).json();
        assert_eq!((&answer["status"], &answer["time_ms"]), (&json!("measured"), &json!(0.05)), "{answer}");
        assert_eq!((&answer["compiler"], &answer["measured_on"]), (&json!("NVRTC"), &json!("NVIDIA H100 80GB HBM3")));
        let timing = &answer["timing"];
        assert_eq!((&timing["warm"]["samples"], &timing["cold"]["samples"]), (&json!(30), &json!(30)));
        assert_eq!((&timing["clocks"][0]["sm_mhz"], &timing["steady"]), (&json!(1980), &json!(true)));
        let expected =
            "_Z7doublesPKfPfi grid 4 1 1 block 256 1 1 cluster 2 1 1 shared 1024 cooperative 1 parameters 20";
        let log = machine.log();
        assert!(log.len() > 60 && log.iter().all(|line| line == expected), "{log:?}");
        let text = machine.run(&["bench", "problem.json"], &[]).exits(0).stdout;
        for part in ["50.0 µs", "warm L2", "cold L2", "half of 30 samples from", "SM clock 1980 MHz before", "NVRTC"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn each_way_to_fail_is_told_and_exits_1() {
        let Some(machine) = machine(&doubles()) else { return };
        for (mode, word, part) in [
            ("wrong", "wrong result", "1000 of 1000 elements of `y` are wrong"),
            ("hang", "hangs", "no answer after 1500 ms"),
            ("crash", "crashes", "signal"),
            ("illegal", "crashes", "code 700"),
            ("refuse", "does not launch", "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"),
        ] {
            let start = Instant::now();
            let arguments = ["bench", "problem.json", "--json", "--timeout", "1500ms"];
            let answer = machine.run(&arguments, &[("FAKE_MODE", mode)]).exits(1).json();
            assert!(start.elapsed() < Duration::from_secs(20), "{mode}");
            assert_eq!(answer["status"], "failed", "{mode}: {answer}");
            let failure = answer["failure"].as_str().unwrap();
            assert!(failure.starts_with(word) && failure.contains(part), "{mode}: {failure}");
            assert!(answer.get("time_ms").is_none() && answer["config"]["threads"] == 256, "{answer}");
        }
        std::fs::write(machine.folder.path().join("doubles.cu"), "static_assert(false, \"no such tile\");").unwrap();
        let ran = machine.run(&["bench", "problem.json"], &[]).exits(1);
        assert!(ran.stdout.contains("does not compile") && ran.stdout.contains("no such tile"), "{}", ran.stdout);
    }

    /// Without a command `tune` times on the GPU: each configuration once, and one that fails costs itself alone.
    #[test]
    fn a_tuning_measures_on_the_gpu() {
        let mut problem = doubles();
        problem["variables"] = json!({"threads": {"values": [128, 256, 512]}, "cluster": {"values": [1, 2]}});
        let Some(machine) = machine(&problem) else { return };
        let tune = ["tune", "problem.json", "--json", "--to-the-end", "--log", "tuned", "--timeout", "1500ms"];
        let answer = machine.run(&tune, &[]).exits(0).json();
        let list = answer["measurements"].as_array().unwrap();
        assert_eq!((list.len(), &answer["ended"]), (6, &json!("exhausted")));
        assert!(list.iter().all(|one| one["time_ms"] == 0.05), "{answer}");
        let log = std::fs::read_to_string(machine.folder.path().join("tuned")).unwrap();
        assert_eq!(log.lines().count(), 7);
        for (mode, word) in [("wrong", "wrong result"), ("hang", "hangs"), ("illegal", "crashes")] {
            let tune = ["tune", "problem.json", "--json", "--measurements", "2", "--timeout", "1500ms"];
            let answer = machine.run(&tune, &[("FAKE_MODE", mode)]).exits(1).json();
            let list = answer["measurements"].as_array().unwrap();
            let told = |one: &Value| one["failure"].as_str().is_some_and(|failure| failure.starts_with(word));
            assert!(list.len() == 2 && list.iter().all(told), "{mode}: {answer}");
        }
    }

    #[test]
    fn unsteady_clocks_are_told() {
        let Some(machine) = machine(&doubles()) else { return };
        let ran = machine.run(&["bench", "problem.json"], &[("FAKE_MODE", "throttle")]).exits(0);
        let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("Not steady") && text.contains("heat or power holds them down"), "{text}");
    }

    #[test]
    fn a_shipped_kernel_runs_with_its_own_arguments() {
        let Some(machine) = Machine::with(&[("problem.json", &crate::MATMUL.replace("A100 SXM4 80GB", "detect"))])
        else {
            return;
        };
        let answer = machine.run(&["bench", "problem.json", "--json"], &[("FAKE_PS", "3000000000")]).exits(0).json();
        assert_eq!((&answer["status"], &answer["time_ms"]), (&json!("measured"), &json!(3.0)));
        let log = machine.log();
        assert!(
            log[0].starts_with("constrint_matmul grid ") && log[0].ends_with("cooperative 0 parameters 44"),
            "{}",
            log[0]
        );
        // The stand-in multiplies nothing, which is noticed.
        let answer = machine.run(&["bench", "problem.json", "--check", "--json"], &[]).exits(1).json();
        let failure = answer["failure"].as_str().unwrap();
        assert!(failure.starts_with("wrong result") && failure.contains("elements of `c` are wrong"), "{failure}");
    }

    /// Both passes of a layer follow each other in each run, from two sources.
    #[test]
    fn a_kernel_of_two_runs_both() {
        let problem = r#"{"version": 1, "kernel": "rnn_training", "gpu": "H100 SXM",
            "shape": {"cell": "lstm", "head_dim": 32, "heads": 2, "batch": 8, "sequence": 4}}"#;
        let Some(machine) = Machine::with(&[("problem.json", problem)]) else { return };
        let answer = machine.run(&["bench", "problem.json", "--json", "--samples", "5"], &[]).exits(0).json();
        assert!(answer["config"]["forward"].is_object() && answer["time_ms"].is_number(), "{answer}");
        let log = machine.log();
        let names: Vec<&str> = log.iter().filter_map(|line| line.split(' ').next()).collect();
        let run = ["constrint_rnn_forward", "constrint_rnn_backward", "constrint_rnn_backward_weights"];
        assert!(names.len() > 15 && names.chunks(3).all(|names| names == run), "{names:?}");
    }

    #[test]
    fn a_check_needs_something_to_hold_results_against() {
        let mut problem = doubles();
        let Some(machine) = machine(&problem) else { return };
        let answer = machine.run(&["bench", "problem.json", "--check", "--json"], &[]).exits(0).json();
        assert_eq!(answer["checked"], true);
        problem["kernel"]["arguments"][1].as_object_mut().unwrap().remove("expected");
        std::fs::write(machine.folder.path().join("problem.json"), problem.to_string()).unwrap();
        let answer = machine.run(&["bench", "problem.json", "--json"], &[("FAKE_MODE", "wrong")]).exits(0).json();
        assert_eq!(answer["checked"], false);
        let ran = machine.run(&["bench", "problem.json", "--check"], &[]).exits(2);
        assert!(ran.stderr.contains("problem.json: kernel: there is nothing to hold"), "{}", ran.stderr);
    }

    #[test]
    fn a_limit_of_time_is_no_failure_of_the_kernel() {
        let Some(machine) = machine(&doubles()) else { return };
        let start = Instant::now();
        let arguments = ["bench", "problem.json", "--json", "--time-limit", "2s"];
        let answer = machine.run(&arguments, &[("FAKE_MODE", "hang")]).exits(3).json();
        assert_eq!((&answer["status"], &answer["limit"]), (&json!("unknown"), &json!("time")), "{answer}");
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_given_configuration_is_timed_if_it_is_a_solution() {
        let mut problem = doubles();
        problem["variables"]["threads"] = json!({"values": [64, 256]});
        let Some(machine) = machine(&problem) else { return };
        let bench = |config: &str| {
            std::fs::write(machine.folder.path().join("config.json"), config).unwrap();
            machine.run(&["bench", "problem.json", "--config", "config.json", "--json"], &[])
        };
        let answer = bench(r#"{"threads": 64, "cluster": 2}"#).exits(0).json();
        assert_eq!(answer["config"], json!({"threads": 64, "cluster": 2}));
        assert!(machine.log()[0].contains("grid 16 1 1 block 64 1 1"), "{:?}", machine.log());
        // What was printed is a configuration again.
        bench(&answer.to_string()).exits(0);
        let ran = bench(r#"{"threads": 65, "cluster": 2}"#).exits(2);
        assert!(ran.stderr.contains("config.json") && ran.stderr.contains("is no solution"), "{}", ran.stderr);
    }

    #[test]
    fn what_is_wrong_with_the_machine_exits_2() {
        let Some(machine) = machine(&doubles()) else { return };
        let refused = |arguments: &[&str], settings: &[(&str, &str)], part: &str| {
            let ran = machine.run(arguments, settings).exits(2);
            assert!(ran.stderr.contains(part) && ran.stdout.is_empty(), "{part}: {}", ran.stderr);
        };
        let bench = ["bench", "problem.json"];
        refused(&bench, &[("CONSTRINT_LIBCUDA", "/nowhere/libcuda.so")], "no GPU can be used");
        refused(&["bench", "problem.json", "--device", "9"], &[], "cuDeviceGet failed with code 101");
        refused(&bench, &[("CONSTRINT_LIBNVRTC", "/nowhere"), ("CONSTRINT_NVCC", "/nowhere/nvcc")], "/nowhere/nvcc");
        let ran = machine.run(&["bench", "problem.json", "--gpu", "A100 SXM4 80GB"], &[]).exits(2);
        assert!(ran.stderr.contains("clusters of blocks"), "{}", ran.stderr);
    }

    #[test]
    fn a_problem_for_another_gpu_is_refused_with_the_mend() {
        let Some(machine) = Machine::with(&[("problem.json", crate::MATMUL)]) else { return };
        let ran = machine.run(&["bench", "problem.json"], &[]).exits(2);
        let said = "the problem is for compute capability 8.0, and NVIDIA H100 80GB HBM3 of this machine has 9.0";
        assert!(ran.stderr.contains(said) && ran.stderr.contains("--gpu detect"), "{}", ran.stderr);
    }

    /// Without NVRTC nvcc compiles: a stand-in for that too.
    #[test]
    fn nvcc_stands_in_for_nvrtc() {
        let Some(machine) = machine(&doubles()) else { return };
        let script = "#!/bin/sh\nfor word; do case \"$before\" in -o) to=$word;; esac; before=$word; done\n\
            printf '\\177ELF\\0.text._Z7doublesPKfPfi\\0' > \"$to\"\n\
            echo \"ptxas info : Compiling entry function '_Z7doublesPKfPfi' for 'sm_90a'\" >&2\n\
            echo 'ptxas info : Used 20 registers' >&2\n";
        let nvcc = machine.folder.path().join("nvcc");
        std::fs::write(&nvcc, script).unwrap();
        std::fs::set_permissions(&nvcc, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let nvcc = nvcc.display().to_string();
        let settings = [("CONSTRINT_NVCC", nvcc.as_str()), ("CONSTRINT_LIBNVRTC", "/nowhere")];
        let answer = machine.run(&["bench", "problem.json", "--json"], &settings).exits(0).json();
        assert_eq!((&answer["compiler"], &answer["status"]), (&json!(nvcc), &json!("measured")));
        // NVRTC has no headers of the host: nvcc has.
        std::fs::write(machine.folder.path().join("doubles.cu"), "#include <cstdio>\n").unwrap();
        machine.run(&["bench", "problem.json"], &settings[..1]).exits(0);
        let none = [("CONSTRINT_NVCC", "/nowhere/nvcc")];
        let ran = machine.run(&["bench", "problem.json"], &none);
        assert_ne!(ran.code, 0, "{}", ran.stdout);
    }

    /// What was measured is a GPU that problems and flags take by the file's path.
    #[test]
    fn calibrate_writes_a_gpu_that_problems_take() {
        let Some(machine) = Machine::with(&[("problem.json", &crate::MATMUL.replace("A100 SXM4 80GB", "gpu.json"))])
        else {
            return;
        };
        // A millisecond a launch.
        let settings = [("FAKE_PS", "1000000000")];
        let ran = machine.run(&["calibrate", "--out", "gpu.json", "--json"], &settings).exits(0);
        let gpu: Value = serde_json::from_str(&machine.folder.read("gpu.json")).unwrap();
        assert_eq!((&ran.json()["gpu"], &gpu["name"]), (&gpu, &json!("NVIDIA H100 80GB HBM3")));
        let measured = &gpu["measured"];
        for (field, value) in [
            ("shared_memory_clocks", 29),
            ("l1_clocks", 40),
            ("l2_clocks", 270),
            ("memory_clocks", 700),
            ("distributed_shared_memory_clocks", 190),
            ("mma_m16n8k16_clocks", 24),
            ("fence_clocks", 600),
            ("cluster_barrier_clocks", 300),
            ("block_barrier_clocks", 24),
            ("block_barrier_warps_per_1000_clocks", 500),
            // A launch of 1 ms has 2,000 barriers of the grid, or 4,000 ways.
            ("grid_barrier_ps", 500_000),
            ("flag_handover_ps", 250_000),
            ("launch_ps", 1_000_000_000),
        ] {
            assert_eq!(measured[field], json!(value), "{field}: {measured}");
        }
        assert_eq!(gpu["boost_clock_mhz"], json!(1700));
        // 838,860,800 bytes in a millisecond.
        assert_eq!(measured["copy_bytes_per_s"], json!(838_900_000_000i64));
        assert_eq!(measured["mma_flops_per_s"]["bf16"], json!(1_134_000_000_000_000i64));
        assert_eq!(gpu["tensor_flops_per_s"]["bf16"], json!(989_400_000_000_000i64), "the published peak stays");
        // Predicted times use it, by a problem beside it and by a flag.
        let time = |arguments: &[&str]| {
            machine.run(arguments, &[]).exits(0).json()["predicted"]["parts_ps"]["launch_ps"].clone()
        };
        let in_file = time(&["solve", "problem.json", "--json"]);
        assert_eq!(in_file, json!(1_004_000_000));
        assert_eq!(time(&["solve", "problem.json", "--json", "--gpu", "./gpu.json"]), in_file);
        assert_eq!(time(&["solve", "problem.json", "--json", "--gpu", "H100 SXM"]), json!(5_000_000));
        machine.run(&["gpus", "gpu.json"], &[]).exits(0);
        // From another folder the problem's own folder counts.
        let mut command =
            machine.folder.command(&["solve", machine.folder.path().join("problem.json").to_str().unwrap(), "--json"]);
        command.current_dir("/");
        assert_eq!(Ran::of(command).exits(0).json()["gpu"], "NVIDIA H100 80GB HBM3");
    }

    #[test]
    fn what_cannot_be_measured_is_told() {
        let Some(machine) = Machine::with(&[]) else { return };
        let ran = machine.run(&["calibrate"], &[("FAKE_MODE", "refuse")]).exits(0);
        assert!(ran.stderr.contains("note: L2 latency could not be measured: does not launch"), "{}", ran.stderr);
        assert_eq!(ran.json()["measured"]["l2_clocks"], Value::Null);
        let ran = machine.run(&["calibrate", "--gpu", "A100 SXM4 80GB"], &[]).exits(2);
        assert!(ran.stderr.contains("compute capability 8.0") && ran.stdout.is_empty(), "{}", ran.stderr);
        let ran = machine.run(&["calibrate", "--out", "gpu.txt"], &[]).exits(2);
        assert!(ran.stderr.contains("must end in .json"), "{}", ran.stderr);
        let nowhere = [("CONSTRINT_LIBCUDA", "/nowhere")];
        machine.run(&["calibrate"], &nowhere).exits(2);
    }
}
