//! The recurrent layer's forward pass, as `compile.rs` has the matrix product.

use super::{GPUS, Random, best, check, compile_all, compile_example, compiler, refuses_each};
use constrint::Problem;
use constrint::config::Config;
use constrint::kernel::recurrent::CELLS;

/// What a layer is, but for its GPU.
#[derive(Clone, Copy)]
struct Layer {
    cell: &'static str,
    dtype: &'static str,
    head_dim: i64,
    heads: i64,
    batch: i64,
    pass: &'static str,
    clip: &'static str,
    order: &'static str,
}

const USUAL: Layer = Layer {
    cell: "lstm",
    dtype: "bf16",
    head_dim: 64,
    heads: 12,
    batch: 16,
    pass: "inference",
    clip: "none",
    order: "forward",
};

fn problem(gpu: &str, layer: Layer) -> Problem {
    let Layer { cell, dtype, head_dim, heads, batch, pass, clip, order } = layer;
    let text = format!(
        r#"{{"version": 1, "kernel": "rnn_forward", "gpu": "{gpu}", "dtype": "{dtype}",
            "shape": {{"cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": {batch},
                       "sequence": 1024, "pass": "{pass}", "clip": "{clip}", "order": "{order}"}}}}"#
    );
    Problem::from_json(&text).unwrap()
}

#[test]
fn the_best_recurrent_layers_compile_as_promised() {
    let Some(nvcc) = compiler() else { return };
    let layers = [
        (3, USUAL),
        (3, Layer { head_dim: 768, heads: 1, ..USUAL }),
        (0, Layer { cell: "gru", head_dim: 768, heads: 1, pass: "training", ..USUAL }),
        (1, Layer { cell: "slstm", dtype: "fp16", head_dim: 128, heads: 6, pass: "training", clip: "hidden", ..USUAL }),
        (2, Layer { cell: "elman", dtype: "fp32", head_dim: 100, batch: 3, ..USUAL }),
        (4, Layer { cell: "slstm", head_dim: 256, heads: 3, ..USUAL }),
        (5, Layer { dtype: "fp32", head_dim: 5, heads: 64, batch: 256, ..USUAL }),
        (0, Layer { dtype: "fp16", head_dim: 16, heads: 48, pass: "training", ..USUAL }),
        (1, Layer { cell: "gru", head_dim: 333, heads: 2, batch: 17, ..USUAL }),
        (3, Layer { order: "reverse", ..USUAL }),
        (3, Layer { head_dim: 768, heads: 1, pass: "training", order: "reverse", ..USUAL }),
    ];
    let configs: Vec<Config> =
        layers.iter().map(|&(gpu, layer)| best(&problem(GPUS[gpu], layer)).expect("a configuration")).collect();
    for (config, compiled) in compile_all(&nvcc, &configs) {
        check(&config, &compiled);
    }
}

/// Where the backward pass computes the rest again, states alone are stored.
#[test]
fn a_layer_that_saves_states_alone_compiles_as_promised() {
    let Some(nvcc) = compiler() else { return };
    let training = Layer { pass: "training", ..USUAL };
    let layers = [
        (3, training),
        (0, Layer { cell: "gru", dtype: "fp16", head_dim: 100, ..training }),
        (5, Layer { cell: "slstm", dtype: "fp32", head_dim: 333, heads: 1, clip: "hidden", ..training }),
    ];
    let mut configs = Vec::new();
    for (gpu, layer) in layers {
        for recompute in [0, 1] {
            let mut problem = problem(GPUS[gpu], layer);
            problem.set("recompute", recompute).unwrap();
            configs.push(best(&problem).expect("a configuration"));
        }
    }
    for (config, compiled) in compile_all(&nvcc, &configs) {
        check(&config, &compiled);
    }
    let stores = |config: &Config| ptx(&nvcc, config).matches("st.global").count();
    for pair in configs.chunks(2) {
        assert!(stores(&pair[1]) < stores(&pair[0]), "{:?}", pair[1].values);
    }
}

/// Other blocks wait for h: nothing that they do not need lies between the products and the flag, as the flag's release waits for
/// all stores before it, or the numbered words.
#[test]
fn h_is_handed_over_before_outputs_are_stored() {
    let Some(nvcc) = compiler() else { return };
    for (variant, hand_over) in [(1, "st.release"), (2, "st.relaxed.gpu.global")] {
        let mut layer = problem("H100 SXM5 80GB", Layer { head_dim: 768, heads: 1, pass: "training", ..USUAL });
        layer.set("variant", variant).unwrap();
        let instructions = ptx(&nvcc, &best(&layer).expect("a configuration"));
        let last = |name: &str| instructions.rfind(name).unwrap_or_else(|| panic!("{name} in the machine code"));
        let (products, handed_over) = (last("mma.sync"), last(hand_over));
        assert!(products < handed_over, "the last hand-over belongs to the loop");
        let (before, behind) = (&instructions[products..handed_over], &instructions[handed_over..]);
        assert!(variant == 2 || before.contains("st.relaxed.gpu.global"), "h is stored before its flag");
        assert!(variant == 1 || !instructions.contains("st.release"), "numbered words need no flag");
        for later in ["st.global", "cp.async.cg"] {
            assert!(
                !before.contains(later) && behind.contains(later),
                "{later} comes behind the hand-over of {variant}"
            );
        }
    }
}

fn ptx(nvcc: &std::path::Path, config: &Config) -> String {
    let folder = tempfile::tempdir().unwrap();
    let kernel = constrint::kernel::find("rnn_forward").unwrap();
    let source = constrint::nvcc::write_sources(kernel, config, folder.path()).unwrap();
    let out = folder.path().join("kernel.ptx");
    let options = ["-std=c++17", "-O3", "-arch=sm_90a", "-ptx", "-o"];
    let run = std::process::Command::new(nvcc).args(options).arg(&out).arg(source).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    std::fs::read_to_string(out).unwrap()
}

/// The kernel states the limits again: a configuration that breaks one is refused by its `static_assert`.
#[test]
fn the_kernel_refuses_what_the_model_refuses() {
    let Some(nvcc) = compiler() else { return };
    let good = best(&problem("H100 SXM5 80GB", USUAL)).unwrap();
    let steps = good.values["register_steps"];
    let broken: [(&str, i64, &str); 13] = [
        ("BLOCKS_PER_HEAD", 2, "BLOCKS_PER_HEAD must be"),
        ("VARIANT", 1, "VARIANT must be 1 or 2 where"),
        ("THREADS", 96, "THREADS must be"),
        ("REGISTER_STEPS", steps + 1, "REGISTER_STEPS must be 0 to"),
        ("REGISTER_STEPS", 1, "REGISTER_STEPS must be even"),
        ("ORDER_REVERSE", 2, "ORDER_REVERSE must be 0 or 1"),
        ("STAGES", 1, "STAGES must be at least 2"),
        ("VECTOR", 16, "VECTOR must be a power of two"),
        ("SHARED_MEMORY_BYTES", 1 << 14, "SHARED_MEMORY_BYTES must be"),
        ("REGISTERS", 256, "at most 255 registers"),
        ("MIN_BLOCKS_PER_SM", 30, "do not fit the SM's 65536"),
        ("MIN_BLOCKS_PER_SM", 30, "do not fit an SM of this architecture"),
        ("BATCH_TILES", 0, "BATCH_TILES must be at least 1"),
    ];
    refuses_each(&nvcc, &good, &broken);
    let nothing = "RECOMPUTE must be 0 where nothing would be saved";
    refuses_each(&nvcc, &good, &[("RECOMPUTE", 2, "RECOMPUTE must be 0 or 1"), ("RECOMPUTE", 1, nothing)]);
}

/// The program that shows how to call the kernel, in both variants.
#[test]
fn the_example_of_a_recurrent_layer_compiles() {
    let Some(nvcc) = compiler() else { return };
    let training =
        Layer { cell: "gru", dtype: "fp16", head_dim: 768, heads: 1, pass: "training", order: "reverse", ..USUAL };
    for layer in [USUAL, training] {
        let config = best(&problem("A100 SXM4 80GB", layer)).unwrap();
        compile_example(&nvcc, "rnn_forward", &config);
    }
}

/// A feasible configuration of a random layer, some variables drawn at random too.
fn random_configuration(random: &mut Random, index: usize) -> Config {
    loop {
        let layer = Layer {
            cell: CELLS[index / 6 % CELLS.len()].name,
            dtype: ["bf16", "fp16", "fp32"][index % 3],
            head_dim: random.choose(&[5, 16, 24, 64, 100, 128, 256, 333, 512, 768, 1024]),
            heads: random.choose(&[1, 2, 12, 48]),
            batch: random.choose(&[1, 8, 16, 40]),
            pass: ["inference", "training"][usize::try_from(random.choose(&[0, 1])).unwrap()],
            clip: ["none", "hidden"][usize::try_from(random.choose(&[0, 1])).unwrap()],
            // Two of five, with each cell, type and GPU; by the index, so that all else is drawn as before.
            order: ["forward", "reverse"][usize::from(index % 5 < 2)],
        };
        let mut problem = problem(GPUS[index % 6], layer);
        let drawn: [(&str, &[i64]); 4] = [
            ("batch_tiles", &[1, 1, 2, 3]),
            ("groups_per_warp", &[1, 2, 3]),
            ("warps_along_k", &[1, 1, 2, 4, 8]),
            ("stages", &[2, 3, 4]),
        ];
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
fn sixty_random_recurrent_layers_compile_as_promised() {
    let Some(nvcc) = compiler() else { return };
    let seed = std::env::var("CONSTRINT_SEED").map_or(2025, |seed| seed.parse().expect("CONSTRINT_SEED is a number"));
    let mut random = Random(seed);
    let configs: Vec<Config> = (0..60).map(|index| random_configuration(&mut random, index)).collect();
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
