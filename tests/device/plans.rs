//! Plans of shipped kernels against their launch functions in C++, which a recorder runs in place of CUDA's runtime: the same kernels
//! in the same order, with the same grids, shared memory and parameters, byte by byte.

use constrint::kernel::{Plan, Step, find};
use constrint::{Config, Form, Problem, Request, nvcc, solve};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Whether there is a g++; without it, tests say so and pass, unless `CONSTRINT_REQUIRE_NVCC=1` demands all tools.
fn compiler_is_there() -> bool {
    if Command::new("g++").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(std::env::var_os("CONSTRINT_REQUIRE_NVCC").is_none_or(|value| value != "1"), "g++ is missing");
    eprintln!("skipped: g++ is missing");
    false
}

/// What a launch function does, as the recorder prints it.
fn recorded(which: &str, config: &Config, settings: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let kernel = find(config.kernel.as_deref().unwrap()).unwrap();
    nvcc::write_sources(kernel, config, folder.path()).unwrap();
    // C++ compilers know no launch in angle brackets.
    let launch = folder.path().join("matmul/matmul_launch.cuh");
    if launch.exists() {
        let text = std::fs::read_to_string(&launch).unwrap();
        let text = text
            .replace("constrint_matmul<<<", "recorder::recorded(constrint_matmul, ")
            .replace("constrint_matmul_reduce<<<", "recorder::recorded(constrint_matmul_reduce, ")
            .replace(">>>(", ")(");
        std::fs::write(&launch, text).unwrap();
    }
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = folder.path().join("program");
    let flags = config.emit(Form::Flags);
    let mut compiler = Command::new("g++");
    compiler.args(["-x", "c++", "-std=c++17", "-O0", "-w", "-DCONSTRINT_EMULATOR", &format!("-D{which}")]);
    // The emulator's headers lie where the kernels' sources include them from.
    compiler.arg("-I").arg(repository.join("tests/device/recorder")).arg("-I").arg(folder.path());
    std::fs::create_dir(folder.path().join("emulator")).unwrap();
    for header in ["emulator.h", "cuda.h", "interface.h", "number.h"] {
        let text = format!("#include \"{}\"\n", repository.join("src/kernel/emulator").join(header).display());
        std::fs::write(folder.path().join("emulator").join(header), text).unwrap();
    }
    compiler.args(flags.split_whitespace()).arg(repository.join("tests/device/launches.cpp")).arg("-o").arg(&program);
    let output = compiler.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = Command::new(program).args(settings).output().unwrap();
    assert!(output.status.success(), "{settings:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The same of a plan; of a step that sets bytes to 0 the address alone, as the last launch of several may need fewer.
fn planned(plan: &Plan, addresses: &[u64]) -> Vec<String> {
    let step = |step: &Step| match step {
        Step::Zero { array } => format!("zero {}", addresses[*array]),
        Step::Launch(launch) => {
            let ([x, y, z], [a, b, c]) = (launch.grid, launch.block);
            let parameters = launch.parameters(addresses).iter().fold(String::new(), |mut all, byte| {
                let _ = write!(all, "{byte:02x}");
                all
            });
            assert_eq!((launch.image, launch.cluster), (0, [1, 1, 1]));
            let (shared, cooperative) = (launch.dynamic_shared_memory_bytes, i32::from(launch.cooperative));
            format!("launch {} {x} {y} {z} {a} {b} {c} {shared} {cooperative} {parameters}", launch.entry)
        }
    };
    plan.steps.iter().map(step).collect()
}

/// Compares both for a problem; gives how many launches there are, and the kernels' names.
fn compared(which: &str, problem: &Value) -> (usize, String) {
    let answer = solve(&Problem::from_json(&problem.to_string()).unwrap(), &Request::default()).unwrap();
    let config = &answer.configs[0];
    let (kernel, instance) = answer.tiling.kernel.as_ref().unwrap();
    let reference = kernel.parts()[0].kernel.verification().unwrap();
    let whole = reference.whole(instance, &config.values);
    let plan = reference.plan(instance, &config.values, &whole.sizes);
    let addresses: Vec<u64> =
        plan.arrays.iter().zip(1u64..).map(|(array, at)| if array.bytes > 0 { at << 32 } else { 0 }).collect();
    let of_arrays = plan.arrays.iter().zip(&addresses).map(|(array, address)| format!("{}={address}", array.name));
    let of_sizes = whole.sizes.iter().map(|(name, size)| format!("{name}={size}"));
    let recorded = recorded(which, config, &of_arrays.chain(of_sizes).collect::<Vec<_>>());
    let mut done = Vec::new();
    for line in &recorded {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "bytes" => {
                let array = &plan.arrays[plan.array(words[1]).unwrap()];
                assert_eq!(array.bytes.to_string(), words[2], "{problem}: {}", array.name);
            }
            "zero" => {
                let array = addresses.iter().position(|address| address.to_string() == words[1]).unwrap();
                assert!(words[2].parse::<i64>().unwrap() <= plan.arrays[array].bytes, "{problem}: {line}");
                done.push(format!("zero {}", words[1]));
            }
            _ => done.push(line.clone()),
        }
    }
    assert_eq!(planned(&plan, &addresses), done, "{problem}");
    let resources = config.resources.as_ref().unwrap();
    let main = plan.launches().find(|launch| launch.entry == format!("constrint_{}", kernel.name())).unwrap();
    assert_eq!(
        (main.block, main.dynamic_shared_memory_bytes),
        (resources.block, resources.dynamic_shared_memory_bytes)
    );
    (plan.launches().count(), plan.launches().map(|launch| launch.entry.as_str()).collect::<Vec<_>>().join(" "))
}

#[test]
fn matrix_products() {
    if !compiler_is_there() {
        return;
    }
    let problem = |shape: Value| json!({"version": 1, "kernel": "matmul", "gpu": "H100 SXM", "shape": shape});
    let (launches, _) = compared("MATMUL", &problem(json!({"m": 1000, "n": 3000, "k": 700, "output": "fp32"})));
    assert_eq!(launches, 1);
    let mut slices = problem(json!({"m": 512, "n": 514, "k": 16384}));
    slices["constraints"] = json!(["split_k >= 2"]);
    assert_eq!(compared("MATMUL", &slices).1, "constrint_matmul constrint_matmul_reduce");
}

fn layer(kernel: &str, gpu: &str, dtype: &str, shape: &Value) -> Value {
    json!({"version": 1, "kernel": kernel, "gpu": gpu, "dtype": dtype, "shape": shape})
}

#[test]
fn forward_passes() {
    if !compiler_is_there() {
        return;
    }
    let shape = |cell: &str, head_dim: i64, heads: i64, batch: i64| json!({"cell": cell, "head_dim": head_dim, "heads": heads, "batch": batch, "sequence": 5});
    let (launches, _) = compared("FORWARD", &layer("rnn_forward", "H100 SXM", "bf16", &shape("lstm", 64, 12, 16)));
    assert_eq!(launches, 1);
    // Blocks share a head, and there is no room for all heads at once.
    let (launches, _) = compared("FORWARD", &layer("rnn_forward", "RTX 4090", "fp32", &shape("slstm", 512, 7, 9)));
    assert!(launches > 1, "{launches}");
    let mut inference = layer("rnn_forward", "A100 SXM4 80GB", "fp16", &shape("gru", 100, 3, 40));
    inference["shape"]["pass"] = json!("inference");
    inference["shape"]["clip"] = json!("hidden");
    compared("FORWARD", &inference);
}

#[test]
fn backward_passes() {
    if !compiler_is_there() {
        return;
    }
    let shape = |cell: &str, head_dim: i64, heads: i64| json!({"cell": cell, "head_dim": head_dim, "heads": heads, "batch": 17, "sequence": 100});
    let whole = "constrint_rnn_backward constrint_rnn_backward_weights";
    let mut small = layer("rnn_backward", "H100 SXM", "bf16", &shape("lstm", 64, 12));
    small["shape"]["gradient_clip"] = json!("recurrent");
    assert!(compared("BACKWARD", &small).1.starts_with(whole));
    let mut again = layer("rnn_backward", "A100 SXM4 80GB", "fp16", &shape("gru", 16, 5));
    again["constraints"] = json!(["recompute == 1"]);
    let (_, kernels) = compared("BACKWARD", &again);
    assert!(kernels.starts_with("constrint_rnn_backward_saved constrint_rnn_backward "), "{kernels}");
    // Several launches, and parts of the gradient of R that are added in their order.
    let mut large = layer("rnn_backward", "RTX 4090", "fp32", &shape("slstm", 512, 7));
    large["shape"]["sequence"] = json!(2000);
    let (launches, kernels) = compared("BACKWARD", &large);
    assert!(launches > 3, "{launches}: {kernels}");
    let mut small_parts = layer("rnn_backward", "H100 SXM", "bf16", &shape("elman", 32, 1));
    small_parts["shape"]["sequence"] = json!(4000);
    assert!(compared("BACKWARD", &small_parts).1.ends_with("constrint_rnn_backward_sums"));
    small_parts["shape"]["gradient_sums"] = json!("atomic");
    assert!(compared("BACKWARD", &small_parts).1.ends_with("constrint_rnn_backward_weights"));
}
