//! What the model promises of a compiled kernel, held against ptxas.
//!
//! Needs nvcc: `tests/install-nvcc.sh` installs it below `target/`. Without it the tests say so and pass, unless
//! `CONSTRINT_REQUIRE_NVCC` is set, as CI does.

#[path = "compile/backward_steps.rs"]
mod backward_steps;
#[path = "compile/calibrate.rs"]
mod calibrate;
#[path = "compile/draw.rs"]
mod draw;
#[path = "compile/machine_code.rs"]
mod machine_code;
#[path = "compile/rnn_backward.rs"]
mod rnn_backward;
#[path = "compile/rnn_forward.rs"]
mod rnn_forward;
#[path = "compile/training.rs"]
mod training;
#[path = "compile/work.rs"]
mod work;

use constrint::config::Config;
use constrint::hardware::{ComputeCapability, find};
use constrint::nvcc::{self, Compiled};
use constrint::{Problem, Request, Status, run, solve};
use draw::{GPUS, Random};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

fn compiler() -> Option<PathBuf> {
    let nvcc = nvcc::find();
    if nvcc.is_none() {
        assert!(std::env::var_os("CONSTRINT_REQUIRE_NVCC").is_none(), "nvcc is required and was not found");
        eprintln!("skipped: no nvcc; tests/install-nvcc.sh installs it below target/");
    }
    nvcc
}

fn matmul(gpu: &str, [m, n, k]: [i64; 3], output: &str) -> Problem {
    let text = format!(
        r#"{{"version": 1, "kernel": "matmul", "gpu": "{gpu}",
            "shape": {{"m": {m}, "n": {n}, "k": {k}, "output": "{output}"}}}}"#
    );
    Problem::from_json(&text).unwrap()
}

fn best(problem: &Problem) -> Option<Config> {
    let mut answer = solve(problem, &Request::default()).unwrap();
    assert!(matches!(answer.status, Status::Optimal | Status::Infeasible));
    (!answer.configs.is_empty()).then(|| answer.configs.swap_remove(0))
}

fn capability(config: &Config) -> ComputeCapability {
    find(config.gpu.as_ref().unwrap()).unwrap().compute_capability
}

/// Registers at most those promised, no spills, shared memory as the model has it, `static_assert`s hold.
fn check(config: &Config, compiled: &Compiled) {
    let resources = config.resources.as_ref().unwrap();
    let context = format!("{:?} {:?}: {compiled:?}, promised {resources:?}", config.gpu, config.values);
    assert!(compiled.registers <= resources.registers_per_thread, "registers: {context}");
    assert_eq!((compiled.spill_store_bytes, compiled.spill_load_bytes), (0, 0), "spills: {context}");
    assert_eq!(compiled.stack_bytes, 0, "an array in local memory: {context}");
    let total = compiled.static_shared_memory_bytes + resources.dynamic_shared_memory_bytes;
    assert_eq!(total, resources.shared_memory_per_block_bytes, "shared memory: {context}");
}

/// Each of the macros, set to a value that breaks a limit, makes the compiler refuse the kernel with that message.
fn refuses_each(nvcc: &Path, good: &Config, broken: &[(&str, i64, &str)]) {
    for &(name, value, message) in broken {
        let mut config = good.clone();
        assert!(config.macros.insert(name.to_owned(), value).is_some_and(|before| before != value), "{name}");
        let error = nvcc::compile(nvcc, &config, capability(&config), None).expect_err(name);
        assert!(error.to_string().contains(message), "{name} = {value}: {error}");
    }
}

/// Compiles the program that shows how to call a kernel.
fn compile_example(nvcc: &Path, kernel: &str, config: &Config) {
    let folder = tempfile::tempdir().unwrap();
    let kernel = constrint::kernel::find(kernel).unwrap();
    let source = nvcc::write_sources(kernel, config, folder.path()).unwrap();
    compile_program(nvcc, &source.with_file_name("example.cu"), config);
}

/// Compiles a program to an object file for the configuration's GPU; a warning is an error.
fn compile_program(nvcc: &Path, source: &Path, config: &Config) {
    let run = std::process::Command::new(nvcc)
        .args(nvcc::target_options(capability(config)))
        .args(["-Werror", "all-warnings", "-Xcompiler", "-Wall,-Wextra", "-c", "-o"])
        .args([source.with_extension("o"), source.to_owned()])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// Compiles all on two threads, as on the machines that run this in CI.
fn compile_all(nvcc: &std::path::Path, configs: &[Config]) -> Vec<(Config, Compiled)> {
    let waiting = Mutex::new(configs.iter());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(config) = waiting.lock().unwrap().next() else { return };
                    let compiled = nvcc::compile(nvcc, config, capability(config), None)
                        .unwrap_or_else(|error| panic!("{:?}: {error}", config.values));
                    done.lock().unwrap().push((config.clone(), compiled));
                }
            });
        }
    });
    done.into_inner().unwrap()
}

#[test]
fn the_best_configurations_compile_as_promised() {
    let Some(nvcc) = compiler() else { return };
    let shapes = [([4096, 4096, 4096], "bf16"), ([1000, 2001, 333], "fp32"), ([64, 11008, 4096], "bf16")];
    let configs: Vec<Config> =
        GPUS.iter().flat_map(|gpu| shapes.map(|(shape, output)| best(&matmul(gpu, shape, output)).unwrap())).collect();
    for (config, compiled) in compile_all(&nvcc, &configs) {
        check(&config, &compiled);
    }
}

/// The kernel states the limits again: a configuration that breaks one is refused by its `static_assert`.
#[test]
fn the_kernel_refuses_what_the_model_refuses() {
    let Some(nvcc) = compiler() else { return };
    let good = best(&matmul("H100 SXM5 80GB", [4096, 4096, 4096], "bf16")).unwrap();
    let broken: [(&str, i64, &str); 11] = [
        ("WARP_M", 48, "WARP_M must divide BLOCK_M"),
        ("WARP_N", 96, "WARP_N must divide BLOCK_N"),
        ("THREADS", 96, "THREADS must be"),
        ("PADDING_A", 0, "must be a whole, odd number"),
        ("PADDING_B", 16, "must be a whole, odd number"),
        ("SHARED_MEMORY_BYTES", 1 << 14, "SHARED_MEMORY_BYTES must be"),
        ("REGISTERS", 256, "at most 255 registers"),
        ("SPLIT_K", 70_000, "SPLIT_K must be 1 to 65535"),
        ("VECTOR_A", 3, "VECTOR_A must be"),
        ("MIN_BLOCKS_PER_SM", 4, "do not fit the SM's 65536"),
        ("MIN_BLOCKS_PER_SM", 4, "do not fit an SM of this architecture"),
    ];
    refuses_each(&nvcc, &good, &broken);
}

/// The flags mean what the header means: the same machine code comes out.
#[test]
fn flags_and_header_give_the_same_kernel() {
    let Some(nvcc) = compiler() else { return };
    let config = best(&matmul("A100 SXM4 80GB", [1000, 3000, 700], "fp32")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let by_header = folder.path().join("header.cubin");
    nvcc::compile(&nvcc, &config, capability(&config), Some(&by_header)).unwrap();
    let kernel = constrint::kernel::find("matmul").unwrap();
    let source = nvcc::write_sources(kernel, &config, folder.path()).unwrap();
    std::fs::remove_file(source.with_file_name(nvcc::header_name("matmul"))).unwrap();
    let by_flags = folder.path().join("flags.cubin");
    let run = std::process::Command::new(&nvcc)
        .args(nvcc::target_options(capability(&config)))
        .args(config.emit(constrint::Form::Flags).split_whitespace())
        .args(["-cubin", "-o"])
        .args([&by_flags, &source])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text_of = |path: &std::path::Path| machine_code(&std::fs::read(path).unwrap());
    assert_eq!(text_of(&by_header), text_of(&by_flags));
}

/// The program that shows how to call the kernel, with and without slices of K.
#[test]
fn the_example_compiles() {
    let Some(nvcc) = compiler() else { return };
    for (shape, output) in [([4096, 4096, 4096], "bf16"), ([512, 512, 16384], "fp32")] {
        let config = best(&matmul("A100 SXM4 80GB", shape, output)).unwrap();
        compile_example(&nvcc, "matmul", &config);
    }
}

/// The program that `constrint verify --on gpu` would run: without a GPU, that is as far as it gets.
#[test]
fn the_driver_compiles_for_a_gpu() {
    if compiler().is_none() {
        return;
    }
    let problem = matmul("H100 SXM5 80GB", [64, 64, 64], "fp32");
    let answer = solve(&problem, &Request::default()).unwrap();
    let options = run::Options { machine: run::Machine::Gpu, ..run::Options::default() };
    match run::verify(&answer.tiling, &answer.configs[0], &options) {
        Ok(report) => assert!(report.holds(), "{report:?}"),
        Err(error) => assert!(error.to_string().contains("GPU"), "{error}"),
    }
}

/// The section `.text.constrint_matmul` of a cubin, which is an ELF file: the rest names the files it came from.
fn machine_code(elf: &[u8]) -> Vec<u8> {
    let number = |at: usize, bytes: usize| {
        elf[at..at + bytes].iter().rev().fold(0usize, |value, &byte| value << 8 | usize::from(byte))
    };
    let (headers, size, count, names) = (number(0x28, 8), number(0x3a, 2), number(0x3c, 2), number(0x3e, 2));
    let section = |index: usize| headers + index * size;
    let names = number(section(names) + 0x18, 8);
    for header in (0..count).map(section) {
        let name = &elf[names + number(header, 4)..];
        if name.starts_with(b".text.constrint_matmul\0") {
            let (start, length) = (number(header + 0x18, 8), number(header + 0x20, 8));
            return elf[start..start + length].to_vec();
        }
    }
    panic!("no code of constrint_matmul");
}

fn hotspot() -> Problem {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems");
    let text = std::fs::read_to_string(folder.join("hotspot-4096-a100.json")).unwrap();
    let mut problem = Problem::from_json(&text).unwrap();
    problem.relative_to(&folder);
    problem
}

/// A kernel that only its description in JSON makes known: its best configurations on two GPUs, and some that are not.
#[test]
fn a_described_kernel_compiles_as_promised() {
    let Some(nvcc) = compiler() else { return };
    let settings: [&[(&str, i64)]; 4] = [
        &[],
        &[("steps", 10), ("unroll", 5)],
        &[("steps", 6), ("unroll", 3), ("shared_power", 1)],
        &[("block_x", 256), ("blocks_wanted", 3)],
    ];
    let mut configs = Vec::new();
    for gpu in ["A100 SXM4 80GB", "RTX 5090"] {
        for setting in settings {
            let mut problem = hotspot();
            problem.gpu = Some(constrint::hardware::GpuSpec::Name(gpu.to_owned()));
            for (name, value) in setting {
                problem.set(name, *value).unwrap();
            }
            configs.push(best(&problem).unwrap_or_else(|| panic!("{gpu} {setting:?}")));
        }
    }
    for (config, compiled) in compile_all(&nvcc, &configs) {
        check(&config, &compiled);
    }
}

/// The source of a described kernel states its limits, too; by a header, the same numbers reach it.
#[test]
fn a_described_kernel_refuses_what_breaks_its_limits() {
    let Some(nvcc) = compiler() else { return };
    let good = best(&hotspot()).unwrap();
    for (name, value, message) in [
        ("THREADS_PER_BLOCK", 2048, "THREADS_PER_BLOCK must be"),
        ("UNROLL", 7, "UNROLL must divide STEPS"),
        ("SHARED_BYTES", 4, "SHARED_BYTES must be what is declared"),
        ("MIN_BLOCKS_PER_SM", 33, "do not fit the 65536 registers"),
    ] {
        let mut config = good.clone();
        assert!(config.macros.insert(name.to_owned(), value).is_some_and(|before| before != value), "{name}");
        let error = nvcc::compile(&nvcc, &config, capability(&config), None).expect_err(name);
        assert!(error.to_string().contains(message), "{name} = {value}: {error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut by_header = good.clone();
    let source = by_header.source.as_mut().unwrap();
    let text = std::fs::read_to_string(source.path.as_ref().unwrap()).unwrap();
    let path = folder.path().join("including.cu");
    std::fs::write(&path, format!("#include \"numbers.h\"\n{text}")).unwrap();
    (source.path, source.header) = (Some(path), Some("numbers.h".to_owned()));
    check(&by_header, &nvcc::compile(&nvcc, &by_header, capability(&by_header), None).unwrap());
    // Nothing of that name in the source, and no source at all.
    by_header.source.as_mut().unwrap().entry = "coldspot".to_owned();
    let error = nvcc::compile(&nvcc, &by_header, capability(&by_header), None).unwrap_err();
    assert!(error.to_string().contains("no kernel `coldspot`"), "{error}");
    by_header.source.as_mut().unwrap().path = Some(folder.path().join("absent.cu"));
    let error = nvcc::compile(&nvcc, &by_header, capability(&by_header), None).unwrap_err();
    assert!(error.to_string().contains("absent.cu"), "{error}");
}

/// A feasible configuration with some variables drawn at random.
fn random_configuration(random: &mut Random, gpu: &str) -> Config {
    loop {
        let shape =
            [random.choose(&[64, 1000, 4096]), random.choose(&[100, 4096, 8192]), random.choose(&[36, 333, 4096])];
        let mut problem = matmul(gpu, shape, "bf16");
        let drawn: [(&str, &[i64]); 7] = [
            ("block_m", &[64, 128, 256]),
            ("block_n", &[64, 128, 256]),
            ("block_k", &[32, 64]),
            ("warp_m", &[32, 64, 128]),
            ("warp_n", &[32, 64, 128]),
            ("fragment_buffers", &[1, 2]),
            ("blocks_per_sm", &[1, 1, 2, 3]),
        ];
        for (name, values) in drawn {
            problem.set(name, random.choose(values)).unwrap();
        }
        if let Some(config) = best(&problem) {
            return config;
        }
    }
}

#[test]
fn sixty_random_configurations_compile_as_promised() {
    let Some(nvcc) = compiler() else { return };
    let mut random = Random(2024);
    let configs: Vec<Config> = (0..60).map(|index| random_configuration(&mut random, GPUS[index % 6])).collect();
    let compiled = compile_all(&nvcc, &configs);
    let errors: Vec<i64> = compiled
        .iter()
        .map(|(config, compiled)| config.resources.as_ref().unwrap().registers_per_thread - compiled.registers)
        .collect();
    let mean = errors.iter().sum::<i64>() / i64::try_from(errors.len()).unwrap();
    println!("registers promised beyond those used: mean {mean}, worst {}", errors.iter().max().unwrap());
    for (config, compiled) in compiled {
        check(&config, &compiled);
    }
}

/// Every wrapper of `src/kernel/device`, for all three types of operands, at work for each target; nothing spills.
#[test]
fn the_wrappers_compile_for_every_target() {
    let Some(nvcc) = compiler() else { return };
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for gpu in GPUS {
        let folder = tempfile::tempdir().unwrap();
        let run = std::process::Command::new(&nvcc)
            .args(nvcc::target_options(find(gpu).unwrap().compute_capability))
            .args(["-Werror", "all-warnings", "-Xcompiler", "-Wall,-Wextra", "-Xptxas", "-v", "-c", "-o"])
            .arg(folder.path().join("wrappers.o"))
            .arg("-I")
            .args([repository.join("src/kernel"), repository.join("tests/emulator/wrappers.cu")])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{gpu}: {said}");
        assert_eq!(said.matches(" 0 bytes spill stores, 0 bytes spill loads").count(), 8, "{gpu}: {said}");
    }
}
