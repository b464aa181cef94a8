//! Runs the recurrent layer's forward pass on the CPU emulator, and holds each of its numbers to the reference in double
//! precision, within what rounding explains.
//!
//! Each case compiles the unchanged kernel with `g++ -DCONSTRINT_EMULATOR`, in a few seconds, and runs it on several shapes
//! under several orders of threads, which must give equal bits. The mutants at the end break the kernel on purpose. Without
//! `g++` the tests say so and pass, unless `CONSTRINT_REQUIRE_NVCC=1` demands that all tools are there.
//!
//! `cargo test --test rnn_forward -- --ignored` runs all cells, types, head dimensions and variants, in half an hour.

use constrint::config::Config;
use constrint::kernel::rnn_forward::reference::{Element, Layer, Operands, Outputs, Uncertain};
use constrint::kernel::rnn_forward::{CELLS, Cell};
use constrint::{Form, Problem, Request, solve};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A configuration to run: what the layer is, and variables that the solver may not choose.
#[derive(Clone)]
struct Case {
    cell: &'static str,
    dtype: &'static str,
    head_dim: usize,
    is_training: bool,
    clip: Option<f64>,
    fixed: Vec<(&'static str, i64)>,
}

/// Sizes that the compiled kernel takes when it runs.
#[derive(Clone, Copy, Debug)]
struct Shape {
    batch: usize,
    sequence: usize,
    heads: usize,
    has_initial: bool,
}

const fn shape(batch: usize, sequence: usize, heads: usize, has_initial: bool) -> Shape {
    Shape { batch, sequence, heads, has_initial }
}

impl Case {
    fn new(cell: &'static str, dtype: &'static str, head_dim: usize, fixed: &[(&'static str, i64)]) -> Self {
        Self { cell, dtype, head_dim, is_training: false, clip: None, fixed: fixed.to_vec() }
    }

    fn training(self) -> Self {
        Self { is_training: true, ..self }
    }

    fn clip(self, clip: f64) -> Self {
        Self { clip: Some(clip), ..self }
    }

    /// The best configuration with the fixed variables; none where they do not go together.
    fn config(&self) -> Option<Config> {
        let pass = if self.is_training { "training" } else { "inference" };
        let clip = if self.clip.is_some() { "hidden" } else { "none" };
        let text = format!(
            r#"{{"version": 1, "kernel": "rnn_forward", "gpu": "H100 SXM5 80GB", "dtype": "{}",
                "shape": {{"cell": "{}", "head_dim": {}, "heads": 3, "batch": 17, "sequence": 9,
                           "pass": "{pass}", "clip": "{clip}"}}}}"#,
            self.dtype, self.cell, self.head_dim
        );
        let mut problem = Problem::from_json(&text).unwrap();
        for &(name, value) in &self.fixed {
            problem.set(name, value).unwrap();
        }
        solve(&problem, &Request::default()).unwrap().configs.into_iter().next()
    }

    fn layer(&self, shape: Shape) -> Layer {
        Layer {
            cell: Cell::find(self.cell).unwrap(),
            head_dim: self.head_dim,
            heads: shape.heads,
            batch: shape.batch,
            sequence: shape.sequence,
            clip: self.clip,
            element: Element::find(self.dtype).unwrap(),
        }
    }
}

fn compiler_is_there() -> bool {
    if Command::new("g++").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(std::env::var_os("CONSTRINT_REQUIRE_NVCC").is_none_or(|value| value != "1"), "g++ is missing");
    eprintln!("skipped: g++ is missing");
    false
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compiles the driver against the kernels in `kernels`.
fn compile(config: &Config, kernels: &Path, warnings: &[&str], folder: &Path) -> PathBuf {
    let program = folder.join("driver");
    let output = Command::new("g++")
        .args(["-std=c++17", "-O1", "-g", "-U_FORTIFY_SOURCE", "-DCONSTRINT_EMULATOR"])
        .args(warnings)
        .args(config.emit(Form::Flags).split_whitespace())
        .arg("-I")
        .arg(kernels)
        .arg(repository().join("tests/emulator/rnn_forward_driver.cpp"))
        .arg("-o")
        .arg(&program)
        .output()
        .expect("g++ starts");
    assert!(output.status.success(), "g++ refuses the kernel:\n{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// A small linear congruential generator: the same numbers on every machine.
struct Random(u64);

impl Random {
    /// A multiple of `unit`, up to 127 times it either way: exact in every operand type.
    #[expect(clippy::cast_precision_loss, reason = "7 bits")]
    fn numbers(&mut self, count: usize, unit: f64) -> Vec<f64> {
        let mut number = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) % 255) as f64 - 127.0
        };
        (0..count).map(|_| number() * unit).collect()
    }
}

/// What a layer reads.
struct Data {
    input: Vec<f64>,
    weights: Vec<f64>,
    bias: Vec<f64>,
    initial: Option<Vec<f64>>,
}

fn count(of: i64) -> usize {
    usize::try_from(of).unwrap()
}

impl Data {
    fn random(layer: &Layer, has_initial: bool) -> Self {
        let (cell, row) = (layer.cell, layer.heads * layer.head_dim);
        let mut random = Random(41);
        let steps = layer.batch * layer.sequence;
        // Rows of R whose sums neither vanish nor drive every gate to its end: 2 over the root of their length.
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let exponent = ((layer.head_dim as f64).sqrt() / 2.0 * 127.0).log2().floor();
        let mut initial = has_initial.then(|| random.numbers(count(cell.states) * layer.batch * row, 1.0 / 128.0));
        if let (Some(initial), "slstm") = (&mut initial, cell.name) {
            // n is never below 1 once something has been stored.
            let units = layer.batch * row;
            initial[2 * units..3 * units].iter_mut().for_each(|n| *n = n.abs() + 1.0);
        }
        Self {
            input: random.numbers(steps * count(cell.gates) * row, 1.0 / 64.0),
            weights: random.numbers(count(cell.gates) * row * layer.head_dim, (-exponent).exp2()),
            bias: random.numbers(count(cell.biases) * row, 1.0 / 256.0),
            initial,
        }
    }

    fn bytes(&self, element: Element) -> Vec<u8> {
        let elements = self.input.iter().chain(&self.weights).flat_map(|&value| element.encode(value));
        let floats = self.bias.iter().chain(self.initial.iter().flatten());
        elements.chain(floats.flat_map(|&value| Element::Fp32.encode(value))).collect()
    }
}

/// Runs the driver; its output, or what it complained about.
fn run(program: &Path, case: &Case, shape: Shape, seeds: u64, folder: &Path) -> Result<Vec<u8>, String> {
    let layer = case.layer(shape);
    let data = Data::random(&layer, shape.has_initial);
    let (input, output) = (folder.join("input"), folder.join("output"));
    std::fs::write(&input, data.bytes(layer.element)).unwrap();
    let sizes = [shape.batch, shape.sequence, shape.heads].map(|size| size.to_string());
    let run = Command::new(program)
        .args([&input, &output])
        .args(sizes)
        .args([case.clip.unwrap_or(0.0).to_string(), u8::from(shape.has_initial).to_string()])
        .args((1..=seeds).map(|seed| seed.to_string()))
        .output()
        .expect("the driver starts");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    if run.status.success() { Ok(std::fs::read(output).unwrap()) } else { Err(said) }
}

/// The largest difference of the kernel's output from the reference, in units of what it may be.
fn compare(bytes: &[u8], case: &Case, shape: Shape) -> f64 {
    let layer = case.layer(shape);
    let data = Data::random(&layer, shape.has_initial);
    let operands = Operands {
        input: &data.input,
        weights: &data.weights,
        bias: &data.bias,
        initial: data.initial.as_deref(),
    };
    let Outputs { hidden, memory, saved, last } = layer.run(&operands);
    let in_training = |values: Vec<Uncertain>| if case.is_training { values } else { Vec::new() };
    let arrays = [
        ("h", hidden, layer.element),
        ("states", in_training(memory), Element::Fp32),
        ("saved values", in_training(saved), layer.element),
        ("last states", last, Element::Fp32),
    ];
    let mut rest = bytes;
    let mut worst: f64 = 0.0;
    for (name, expected, element) in arrays {
        let (these, others) = rest.split_at(expected.len() * element.bytes());
        rest = others;
        for (index, (found, expected)) in element.decode(these).into_iter().zip(&expected).enumerate() {
            let error = (found - expected.value).abs() / expected.tolerance(element);
            assert!(
                error <= 1.0,
                "{} {} {} {shape:?}: {name}[{index}] is {found}, not {} within {}",
                case.cell,
                case.dtype,
                case.head_dim,
                expected.value,
                expected.tolerance(element)
            );
            worst = worst.max(error);
        }
    }
    assert!(rest.is_empty(), "the driver wrote too much");
    worst
}

/// Compiles a case and holds it to the reference on all shapes; nothing where the fixed variables do not go together.
fn check(case: &Case, shapes: &[Shape], seeds: u64) -> Option<f64> {
    let config = case.config()?;
    let folder = TempDir::new().unwrap();
    let warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"];
    let program = compile(&config, &repository().join("src/kernel"), &warnings, folder.path());
    let errors = shapes.iter().map(|&shape| {
        let bytes = run(&program, case, shape, seeds, folder.path())
            .unwrap_or_else(|said| panic!("{} {} {} {shape:?}: {said}", case.cell, case.dtype, case.head_dim));
        compare(&bytes, case, shape)
    });
    Some(errors.fold(0.0, f64::max))
}

/// One block a head, then several; sums along k by one warp or several; R in registers or not; all else as the solver likes.
fn usual_cases() -> Vec<Case> {
    let grid = ("variant", 1);
    vec![
        Case::new("lstm", "bf16", 64, &[("variant", 0), ("warps_along_k", 1)]).training(),
        Case::new("lstm", "fp16", 100, &[grid, ("batch_tiles", 2)]).clip(0.5),
        Case::new("gru", "bf16", 24, &[grid, ("warps_along_k", 1)]).training(),
        Case::new("gru", "fp32", 64, &[("variant", 0), ("warps_along_k", 4), ("register_steps", 0)]),
        Case::new("slstm", "bf16", 5, &[("heads_per_block", 2)]).training(),
        Case::new("slstm", "fp32", 24, &[grid, ("warps_along_k", 3)]).training().clip(0.25),
        Case::new("elman", "bf16", 100, &[grid, ("warps_along_k", 4), ("batch_tiles", 3)]),
        Case::new("elman", "fp16", 5, &[("variant", 0)]).training(),
    ]
}

#[test]
fn usual_cases_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
    let shapes = [shape(3, 2, 2, true), shape(8, 1, 1, false), shape(17, 3, 1, false)];
    for case in usual_cases() {
        let worst = check(&case, &shapes, 2).expect("a configuration");
        println!("{} {} {}: {worst:.2} of what it may be off", case.cell, case.dtype, case.head_dim);
        assert!(worst > 0.0, "rounding leaves a trace");
    }
}

#[test]
#[ignore = "half an hour"]
fn all_cells_types_and_shapes_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
    let mut index = 0;
    for cell in CELLS.iter().map(|cell| cell.name) {
        for dtype in ["bf16", "fp16", "fp32"] {
            for head_dim in [5, 24, 64, 100] {
                for variant in [0, 1] {
                    // In turn: sums along k, R in shared memory, training, clip.
                    index += 1;
                    let warps_along_k = [1, 2, 4][index % 3];
                    let mut case = Case::new(cell, dtype, head_dim, &[("variant", variant)]);
                    if warps_along_k * 16 <= head_dim {
                        case.fixed.push(("warps_along_k", i64::try_from(warps_along_k).unwrap()));
                    }
                    if index % 4 == 1 {
                        case.fixed.push(("register_steps", 0));
                    }
                    case.is_training = index % 2 == 0;
                    case.clip = (index % 5 == 0).then_some(0.5);
                    check_all_shapes(&case);
                }
            }
        }
    }
}

/// Ten orders of threads on the largest shape, two on the others.
fn check_all_shapes(case: &Case) {
    let Some(_) = case.config() else {
        assert!(case.head_dim <= 24, "{} {} {:?} has no configuration", case.cell, case.head_dim, case.fixed);
        return;
    };
    let small: Vec<Shape> = [1, 3, 8, 17]
        .into_iter()
        .flat_map(|batch| [1, 2, 9].map(|sequence| shape(batch, sequence, 1 + batch % 2, sequence != 2)))
        .collect();
    let worst = check(case, &small, 2).unwrap();
    let worst = worst.max(check(case, &[shape(17, 9, 2, true)], 10).unwrap());
    println!("{} {} {} {:?}: {worst:.2}", case.cell, case.dtype, case.head_dim, case.fixed);
}

/// A change that breaks the kernel is noticed: by the emulator, with a word in what it says, or by the numbers.
fn check_mutant(case: &Case, file: &str, from: &str, to: &str, word: &str) {
    if !compiler_is_there() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let kernels = folder.path().join("kernel");
    copy_folder(&repository().join("src/kernel"), &kernels);
    let path = kernels.join("rnn_forward").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from} once in {file}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
    let program = compile(&case.config().unwrap(), &kernels, &[], folder.path());
    let found = run(&program, case, shape(3, 4, 1, true), 3, folder.path());
    match found {
        Err(said) => assert!(said.contains(word), "{word} in {said}"),
        Ok(bytes) => {
            assert_eq!(word, "numbers", "the emulator notices nothing");
            let compared = std::panic::catch_unwind(|| compare(&bytes, case, shape(3, 4, 1, true)));
            assert!(compared.is_err(), "the numbers do not show it");
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy_folder(&entry.path(), &target) } else { _ = std::fs::copy(entry.path(), target).unwrap() }
    }
}

fn block() -> Case {
    Case::new("lstm", "bf16", 24, &[("variant", 0), ("warps_along_k", 1), ("warps_along_units", 3), ("stages", 3)])
}

fn grid() -> Case {
    Case::new("lstm", "bf16", 24, &[("variant", 1), ("warps_along_k", 2), ("stages", 3)])
}

#[test]
fn notices_a_missing_barrier_at_the_end_of_a_step() {
    let end = "inputs, hidden, time);\n        inputs.wait();\n        device::block_barrier();";
    let without = "inputs, hidden, time);\n        inputs.wait();";
    check_mutant(&block(), "rnn_forward.cu", end, without, "race");
}

#[test]
fn notices_a_missing_wait_for_the_inputs() {
    check_mutant(&block(), "input_ring.cuh", "device::wait_async_copies<stages - 2>();", "", "wait");
}

#[test]
fn notices_a_flag_that_is_not_waited_for() {
    check_mutant(&grid(), "rnn_forward.cu", "hidden.wait(static_cast<uint32_t>(time) + 1);", "", "");
}

#[test]
fn notices_the_flag_of_the_step_before() {
    let (now, before) = ("hidden.wait(static_cast<uint32_t>(time) + 1);", "hidden.wait(static_cast<uint32_t>(time));");
    check_mutant(&grid(), "rnn_forward.cu", now, before, "");
}

#[test]
fn notices_partial_sums_without_a_second_copy() {
    check_mutant(&grid(), "config.cuh", "partial_buffers = is_grid ? 2 : 1;", "partial_buffers = 1;", "");
}

#[test]
fn notices_a_wrong_gate() {
    check_mutant(&block(), "cells/lstm.cuh", "recurrent[3] + input[3]", "recurrent[3] + input[1]", "numbers");
}

#[test]
fn notices_a_wrong_column_of_the_weights() {
    check_mutant(&block(), "weights.cuh", "step % 2 * 2 + half", "half * 2 + step % 2", "numbers");
}

/// By the predicted time: a head that fits a block needs no hand-over, one that does not is shared.
#[test]
fn small_heads_stay_in_a_block_and_large_ones_are_shared() {
    for (head_dim, heads, variant) in [(16, 48, 0), (64, 12, 0), (768, 1, 1)] {
        let text = format!(
            r#"{{"version": 1, "kernel": "rnn_forward", "gpu": "H100 SXM5 80GB", "dtype": "bf16",
                "shape": {{"cell": "lstm", "head_dim": {head_dim}, "heads": {heads}, "batch": 16, "sequence": 1024}}}}"#
        );
        let answer = solve(&Problem::from_json(&text).unwrap(), &Request::default()).unwrap();
        assert_eq!(answer.configs[0].values["variant"], variant, "{head_dim} x {heads}");
    }
}
