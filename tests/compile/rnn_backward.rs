//! The recurrent layer's backward pass, as `compile.rs` has the matrix product.

use super::{GPUS, Random, best, capability, check, compile_all, compile_example, compiler, refuses_each};
use constrint::Problem;
use constrint::config::Config;
use constrint::kernel::recurrent::CELLS;
use std::path::Path;

/// What a layer is, but for its GPU.
#[derive(Clone, Copy)]
struct Layer {
    cell: &'static str,
    dtype: &'static str,
    head_dim: i64,
    heads: i64,
    batch: i64,
    clip: &'static str,
    gradient_clip: &'static str,
    gradient_cut: &'static str,
    gradient_sums: &'static str,
    order: &'static str,
}

const USUAL: Layer = Layer {
    cell: "lstm",
    dtype: "bf16",
    head_dim: 64,
    heads: 12,
    batch: 16,
    clip: "none",
    gradient_clip: "none",
    gradient_cut: "none",
    gradient_sums: "ordered",
    order: "forward",
};

fn problem(gpu: &str, layer: Layer) -> Problem {
    let Layer { cell, dtype, head_dim, heads, batch, clip, gradient_clip, gradient_cut, gradient_sums, order } = layer;
    let text = format!(
        r#"{{"version": 1, "kernel": "rnn_backward", "gpu": "{gpu}", "dtype": "{dtype}",
            "shape": {{"cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": {batch},
                       "sequence": 1024, "clip": "{clip}", "gradient_clip": "{gradient_clip}",
                       "gradient_cut": "{gradient_cut}", "gradient_sums": "{gradient_sums}", "order": "{order}"}}}}"#
    );
    Problem::from_json(&text).unwrap()
}

#[test]
fn the_best_backward_layers_compile_as_promised() {
    let Some(nvcc) = compiler() else { return };
    let layers = [
        (3, USUAL),
        (3, Layer { head_dim: 768, heads: 1, ..USUAL }),
        (0, Layer { cell: "gru", head_dim: 768, heads: 1, gradient_clip: "recurrent", ..USUAL }),
        (1, Layer { cell: "slstm", dtype: "fp16", head_dim: 128, heads: 6, clip: "hidden", ..USUAL }),
        (2, Layer { cell: "elman", dtype: "fp32", head_dim: 100, batch: 3, ..USUAL }),
        (4, Layer { cell: "slstm", head_dim: 256, heads: 3, ..USUAL }),
        (5, Layer { dtype: "fp32", head_dim: 5, heads: 64, batch: 256, ..USUAL }),
        (0, Layer { dtype: "fp16", head_dim: 16, heads: 48, ..USUAL }),
        (1, Layer { cell: "gru", head_dim: 333, heads: 2, batch: 17, gradient_cut: "recurrent", ..USUAL }),
        (3, Layer { order: "reverse", ..USUAL }),
        (3, Layer { cell: "gru", head_dim: 768, heads: 1, clip: "hidden", order: "reverse", ..USUAL }),
    ];
    let configs: Vec<Config> =
        layers.iter().map(|&(gpu, layer)| best(&problem(GPUS[gpu], layer)).expect("a configuration")).collect();
    for (config, compiled) in compile_all(&nvcc, &configs) {
        check(&config, &compiled);
    }
}

/// The kernels that sum up over all steps spill nothing either, for any type and any way to read rows.
#[test]
fn the_sums_over_all_steps_compile_without_spills() {
    let Some(nvcc) = compiler() else { return };
    for (gpu, tile, layer) in [
        (0, 64, USUAL),
        (3, 64, Layer { cell: "gru", dtype: "fp32", head_dim: 333, ..USUAL }),
        (5, 64, Layer { cell: "gru", dtype: "fp16", head_dim: 333, order: "reverse", ..USUAL }),
        (1, 32, Layer { cell: "gru", dtype: "fp16", head_dim: 21, gradient_sums: "atomic", ..USUAL }),
        (2, 32, Layer { dtype: "fp32", ..USUAL }),
        (3, 128, Layer { head_dim: 768, heads: 1, gradient_sums: "atomic", ..USUAL }),
        (0, 128, Layer { cell: "gru", dtype: "fp32", head_dim: 334, ..USUAL }),
        (4, 128, Layer { cell: "gru", head_dim: 252, heads: 1, ..USUAL }),
        (3, 128, Layer { cell: "slstm", dtype: "fp16", head_dim: 100, ..USUAL }),
        (1, 128, Layer { head_dim: 1000, heads: 1, ..USUAL }),
        (5, 128, Layer { dtype: "fp16", head_dim: 332, heads: 1, gradient_sums: "atomic", ..USUAL }),
    ] {
        let mut config = best(&problem(GPUS[gpu], layer)).expect("a configuration");
        config.macros.insert("WEIGHT_TILE".to_owned(), tile);
        assert_eq!(compile_without_spills(&nvcc, &config), 3);
    }
}

/// Nor does the kernel before these, which computes saved values again: each cell and type, rows in whole vectors and one by one,
/// each target twice or more.
#[test]
fn saved_values_are_computed_again_without_spills() {
    let Some(nvcc) = compiler() else { return };
    let cells: Vec<&str> = CELLS.iter().filter(|cell| cell.saved > 0).map(|cell| cell.name).collect();
    let layers: Vec<(usize, Layer)> = (0..12)
        .map(|index| {
            let (cell, dtype) = (cells[index % 3], ["bf16", "fp16", "fp32"][index / 3 % 3]);
            let head_dim = [64, 333, 16, 21, 100, 768][(index + index / 6) % 6];
            (index % GPUS.len(), Layer { cell, dtype, head_dim, heads: 2, ..USUAL })
        })
        .chain([
            (3, Layer { dtype: "fp32", ..USUAL }),
            (0, Layer { cell: "gru", dtype: "fp32", head_dim: 100, ..USUAL }),
        ])
        .collect();
    let waiting = std::sync::Mutex::new(layers.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some((gpu, layer)) = waiting.lock().unwrap().next() else { return };
                    let mut problem = problem(GPUS[gpu], layer);
                    problem.set("recompute", 1).unwrap();
                    let config = best(&problem).expect("a configuration");
                    assert_eq!(compile_without_spills(&nvcc, &config), 4);
                }
            });
        }
    });
}

/// Kernels of a configuration's source, none of which spills or has a stack.
fn compile_without_spills(nvcc: &Path, config: &Config) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let kernel = constrint::kernel::find("rnn_backward").unwrap();
    let source = constrint::nvcc::write_sources(kernel, config, folder.path()).unwrap();
    let run = std::process::Command::new(nvcc)
        .args(constrint::nvcc::target_options(capability(config)))
        .args(["-Werror", "all-warnings", "-Xptxas", "-v", "-cubin", "-o"])
        .args([folder.path().join("kernel.cubin"), source])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    for line in said.lines().filter(|line| line.contains("registers")) {
        println!("{:?} {:?}: {line}", config.gpu, config.macros);
    }
    let kernels = said.matches("Compiling entry function").count();
    let nothing = "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads";
    assert_eq!(said.matches(nothing).count(), kernels, "{said}");
    kernels
}

/// Other blocks wait for the gradients of the gates: nothing is stored that they do not need between the products and the flag, as the
/// flag's release waits for all stores before it.
#[test]
fn gradients_are_handed_over_before_they_are_stored() {
    let Some(nvcc) = compiler() else { return };
    let mut problem = problem("H100 SXM5 80GB", Layer { head_dim: 256, heads: 3, ..USUAL });
    problem.set("variant", 1).unwrap();
    let config = best(&problem).expect("a configuration");
    let folder = tempfile::tempdir().unwrap();
    let kernel = constrint::kernel::find("rnn_backward").unwrap();
    let source = constrint::nvcc::write_sources(kernel, &config, folder.path()).unwrap();
    let out = folder.path().join("kernel.ptx");
    let options = ["-std=c++17", "-O3", "-arch=sm_90a", "-ptx", "-o"];
    let run = std::process::Command::new(&nvcc).args(options).arg(&out).arg(source).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = std::fs::read_to_string(out).unwrap();
    let kernels = text.split(".entry ").find(|entry| entry.starts_with("constrint_rnn_backward("));
    let instructions = kernels.expect("the kernel of all steps");
    let last = |name: &str| instructions.rfind(name).unwrap_or_else(|| panic!("{name} in the machine code"));
    let (products, flag) = (last("mma.sync"), last("st.release"));
    assert!(products < flag, "the last flag belongs to the loop");
    let (before, behind) = (&instructions[products..flag], &instructions[flag..]);
    assert!(before.contains("st.relaxed.gpu.global"), "gradients are handed over before their flag");
    assert!(!before.contains("st.global") && behind.contains("st.global"), "they are stored behind the flag");
}

/// The kernel states the limits again: a configuration that breaks one is refused by its `static_assert`.
#[test]
fn the_kernel_refuses_what_the_model_refuses() {
    let Some(nvcc) = compiler() else { return };
    let good = best(&problem("H100 SXM5 80GB", USUAL)).unwrap();
    let broken: [(&str, i64, &str); 17] = [
        ("BLOCKS_PER_HEAD", 2, "BLOCKS_PER_HEAD must be"),
        ("VARIANT", 1, "VARIANT must be 1 or 2 where"),
        ("THREADS", 96, "THREADS must be"),
        ("REGISTER_STEPS", 100, "REGISTER_STEPS must be 0 to"),
        ("REGISTER_STEPS", 1, "REGISTER_STEPS must be even"),
        ("WEIGHT_PARTS", 0, "WEIGHT_PARTS must be 1 to"),
        ("WEIGHT_TILE", 96, "WEIGHT_TILE must be 32, 64 or 128"),
        ("GRADIENT_SUMS_ATOMIC", 2, "GRADIENT_SUMS_ATOMIC must be 0 or 1"),
        ("ORDER_REVERSE", 2, "ORDER_REVERSE must be 0 or 1"),
        ("GRADIENT_CUT", 2, "GRADIENT_CUT must be 0 or 1"),
        ("RECOMPUTE", 2, "RECOMPUTE must be 0 or 1"),
        ("VECTOR", 16, "VECTOR must be a power of two"),
        ("SHARED_MEMORY_BYTES", 12_304, "SHARED_MEMORY_BYTES must be"),
        ("REGISTERS", 256, "at most 255 registers"),
        ("MIN_BLOCKS_PER_SM", 30, "do not fit the SM's 65536"),
        ("MIN_BLOCKS_PER_SM", 30, "do not fit an SM of this architecture"),
        ("BATCH_TILES", 0, "BATCH_TILES must be at least 1"),
    ];
    refuses_each(&nvcc, &good, &broken);
    let elman = best(&problem("H100 SXM5 80GB", Layer { cell: "elman", ..USUAL })).unwrap();
    refuses_each(&nvcc, &elman, &[("RECOMPUTE", 1, "RECOMPUTE must be 0 where the cell saves nothing")]);
}

/// A feasible configuration of a random layer, some variables drawn at random too.
fn random_configuration(random: &mut Random, index: usize) -> Config {
    loop {
        let layer = Layer {
            cell: CELLS[index % CELLS.len()].name,
            dtype: ["bf16", "fp16", "fp32"][usize::try_from(random.choose(&[0, 1, 2])).unwrap()],
            head_dim: random.choose(&[5, 16, 24, 64, 100, 128, 256, 333, 512, 768, 1024]),
            heads: random.choose(&[1, 2, 12, 48]),
            batch: random.choose(&[1, 8, 16, 40]),
            clip: ["none", "hidden"][usize::try_from(random.choose(&[0, 1])).unwrap()],
            gradient_clip: ["none", "recurrent"][usize::try_from(random.choose(&[0, 1])).unwrap()],
            gradient_cut: ["none", "recurrent"][usize::try_from(random.choose(&[0, 0, 0, 0, 0, 1])).unwrap()],
            gradient_sums: ["ordered", "atomic"][usize::from(index % 7 == 3)],
            // Two of five, with each cell and GPU; by the index, so that all else is drawn as before.
            order: ["forward", "reverse"][usize::from(index % 5 < 2)],
        };
        let mut problem = problem(GPUS[index / CELLS.len() % GPUS.len()], layer);
        let drawn: [(&str, &[i64]); 3] =
            [("batch_tiles", &[1, 1, 2, 3]), ("groups_per_warp", &[1, 2, 3]), ("warps_along_k", &[1, 1, 2, 4, 8])];
        let fits = drawn.iter().all(|(name, values)| problem.set(name, random.choose(values)).is_ok());
        if fits
            && let Ok(answer) = constrint::solve(&problem, &constrint::Request::default())
            && let Some(config) = answer.configs.into_iter().next()
        {
            return config;
        }
    }
}

/// `CONSTRINT_SEED` draws others.
#[test]
fn thirty_random_backward_layers_compile_as_promised() {
    let Some(nvcc) = compiler() else { return };
    let seed = std::env::var("CONSTRINT_SEED").map_or(2025, |seed| seed.parse().expect("CONSTRINT_SEED is a number"));
    let mut random = Random(seed);
    let configs: Vec<Config> = (0..30).map(|index| random_configuration(&mut random, index)).collect();
    let compiled = compile_all(&nvcc, &configs);
    for (config, compiled) in &compiled {
        let promised = config.resources.as_ref().unwrap().registers_per_thread;
        let (spills, stack) = (compiled.spill_store_bytes, compiled.stack_bytes);
        println!(
            "{:?} {:?}: {} of {promised} registers, {spills} spilled, {stack} bytes of stack",
            config.gpu, config.macros, compiled.registers
        );
    }
    for (config, compiled) in compiled {
        check(&config, &compiled);
    }
}

/// The program that shows how to call the kernel, for all cells, in both variants, with and without saved values.
#[test]
fn the_example_of_a_backward_pass_compiles() {
    let Some(nvcc) = compiler() else { return };
    for layer in [
        USUAL,
        Layer { cell: "gru", dtype: "fp16", head_dim: 768, heads: 1, gradient_clip: "recurrent", ..USUAL },
        Layer { cell: "slstm", dtype: "fp32", clip: "hidden", order: "reverse", ..USUAL },
        Layer { cell: "elman", gradient_cut: "recurrent", ..USUAL },
    ] {
        let recomputes = if layer.cell == "elman" { vec![0] } else { vec![0, 1] };
        for recompute in recomputes {
            let mut problem = problem("A100 SXM4 80GB", layer);
            problem.set("recompute", recompute).unwrap();
            compile_example(&nvcc, "rnn_backward", &best(&problem).unwrap());
        }
    }
}
