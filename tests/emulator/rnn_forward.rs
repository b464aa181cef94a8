//! Runs the recurrent layer's forward pass on the CPU emulator, and holds each of its numbers to the reference in double
//! precision, within what rounding explains.
//!
//! Each configuration is compiled in a few seconds, and runs on several shapes under several orders of threads. Mutants, in a file
//! of their own, break the kernel on purpose. `rnn_forward/reverse.rs` runs it in reverse.
//!
//! `cargo test --test emulator all_cells -- --ignored` runs all cells, types, head dimensions and variants: a test a head dimension.

#[path = "rnn_forward/mutants.rs"]
mod mutants;
#[path = "rnn_forward/reverse.rs"]
mod reverse;

use super::program::{OPTIONS, WARNINGS, compiler_is_there, emulator, repository, succeed};
use constrint::kernel::recurrent::{CELLS, RnnForward};
use constrint::kernel::{Array, Case, Instance, Launched, Random, Verify};
use constrint::{Answer, Form, Problem, Request, solve};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A configuration to run: what the layer is, and variables that the solver may not choose.
#[derive(Clone)]
struct Layer {
    cell: &'static str,
    dtype: &'static str,
    head_dim: i64,
    heads: i64,
    is_training: bool,
    is_clipped: bool,
    order: &'static str,
    /// Of the GPU: few of them, and a block has several parts of the batch.
    sms: i64,
    fixed: Vec<(&'static str, i64)>,
}

impl Layer {
    fn new(cell: &'static str, dtype: &'static str, head_dim: i64, fixed: &[(&'static str, i64)]) -> Self {
        Self {
            cell,
            dtype,
            head_dim,
            heads: 2,
            is_training: false,
            is_clipped: false,
            order: "forward",
            sms: 132,
            fixed: fixed.to_vec(),
        }
    }

    fn training(self) -> Self {
        Self { is_training: true, ..self }
    }

    fn clipped(self) -> Self {
        Self { is_clipped: true, ..self }
    }

    fn reverse(self) -> Self {
        Self { order: "reverse", ..self }
    }

    fn heads(self, heads: i64) -> Self {
        Self { heads, ..self }
    }

    fn sms(self, sms: i64) -> Self {
        Self { sms, ..self }
    }

    /// The best configuration with the fixed variables; without one where they do not go together.
    fn solve(&self) -> Answer {
        let pass = if self.is_training { "training" } else { "inference" };
        let clip = if self.is_clipped { "hidden" } else { "none" };
        let order = self.order;
        let text = format!(
            r#"{{"version": 1, "kernel": "rnn_forward", "dtype": "{}",
                "gpu": {{"base": "H100 SXM5 80GB", "sms": {}}},
                "shape": {{"cell": "{}", "head_dim": {}, "heads": {}, "batch": 17, "sequence": 9,
                           "pass": "{pass}", "clip": "{clip}", "order": "{order}"}}}}"#,
            self.dtype, self.sms, self.cell, self.head_dim, self.heads
        );
        let mut problem = Problem::from_json(&text).unwrap();
        for &(name, value) in &self.fixed {
            if problem.set(name, value).is_err() {
                problem.constraints.push(constrint::problem::ConstraintSpec::Text("0 == 1".to_owned()));
            }
        }
        solve(&problem, &Request::default()).unwrap()
    }
}

impl std::fmt::Display for Layer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let training = if self.is_training { " training" } else { "" };
        let clipped = if self.is_clipped { " clipped" } else { "" };
        let order = if self.order == "reverse" { " in reverse" } else { "" };
        write!(formatter, "{} {} {}{training}{clipped}{order} {:?}", self.cell, self.dtype, self.head_dim, self.fixed)
    }
}

/// A compiled driver of a configured kernel.
struct Program {
    folder: TempDir,
    answer: Answer,
}

impl Program {
    /// Compiles the driver against the kernels in `kernels`.
    fn compile(answer: Answer, kernels: &Path, warnings: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        succeed(
            Command::new("g++")
                .args(OPTIONS)
                .args(warnings)
                .args(answer.configs[0].emit(Form::Flags).split_whitespace())
                .arg(kernels.join("recurrent/forward/rnn_forward_driver.cu"))
                .args(["-x", "none"])
                .arg(emulator())
                .arg("-o")
                .arg(folder.path().join("driver")),
        );
        Self { folder, answer }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn instance(&self) -> &Instance {
        &self.answer.tiling.kernel.as_ref().unwrap().1
    }

    fn cases(&self) -> Vec<Case> {
        reference().cases(self.instance(), &self.answer.configs[0].values)
    }

    fn inputs(&self, case: &Case) -> Vec<Array> {
        reference().inputs(self.instance(), case, &mut Random::new(7))
    }

    fn write(&self, inputs: &[Array]) {
        for input in inputs {
            std::fs::write(self.file(input.name).with_extension("in"), input.element.encode(&input.values)).unwrap();
        }
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(name).with_extension("out")).unwrap()
    }

    /// Runs a case under so many orders of threads. The largest error, in units of what an element may be off by; or what the
    /// driver complained about.
    fn run(&self, case: &Case, seeds: u64) -> Result<f64, String> {
        let inputs = self.inputs(case);
        self.write(&inputs);
        let expected = reference().expected(self.instance(), case, &inputs);
        let mut worst: f64 = 0.0;
        for seed in 1..=seeds {
            self.run_driver(case, seed)?;
            for output in &expected {
                let found = output.element.decode(&self.read(output.name)).unwrap();
                assert_eq!(found.len(), output.values.len());
                for ((found, exact), allowed) in found.iter().zip(&output.values).zip(&output.allowed) {
                    let error = (found - exact).abs() / allowed;
                    worst = worst.max(if error.is_nan() { f64::INFINITY } else { error });
                }
            }
        }
        Ok(worst)
    }

    fn run_driver(&self, case: &Case, seed: u64) -> Result<(), String> {
        let run = Command::new(self.file("driver"))
            .arg(self.folder.path())
            .arg(seed.to_string())
            .args(case.sizes.iter().map(|(name, size)| format!("{name}={size}")))
            .output()
            .expect("the driver starts");
        if run.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&run.stderr).into_owned()) }
    }
}

fn reference() -> &'static dyn Verify {
    RnnForward.verification().unwrap()
}

/// Compiles a layer and holds it to the reference in all its cases; nothing where the fixed variables do not go together.
fn check(layer: &Layer, seeds: u64, cases: impl Fn(&Case) -> bool) -> Option<f64> {
    let answer = layer.solve();
    if answer.configs.is_empty() {
        return None;
    }
    let program = Program::compile(answer, &repository().join("src/kernel"), &WARNINGS);
    let mut worst: f64 = 0.0;
    for case in program.cases().iter().filter(|case| cases(case)) {
        let error = program.run(case, seeds).unwrap_or_else(|said| panic!("{layer}, {}: {said}", case.about));
        assert!(error <= 1.0, "{layer}, {}: {error} of what it may be off by", case.about);
        worst = worst.max(error);
    }
    println!("{layer}: {worst:.2} of what it may be off by");
    Some(worst)
}

/// One block a head, then several; sums along k by one warp or several; R in registers or not; all else as the solver likes.
fn usual_layers() -> Vec<Layer> {
    let grid = ("variant", 1);
    let words = ("variant", 2);
    vec![
        Layer::new("lstm", "bf16", 64, &[("variant", 0), ("warps_along_k", 1)]).training(),
        Layer::new("lstm", "fp16", 100, &[grid, ("batch_tiles", 2)]).clipped(),
        Layer::new("gru", "bf16", 24, &[grid, ("warps_along_k", 1)]).training(),
        Layer::new("gru", "fp32", 64, &[("variant", 0), ("warps_along_k", 4), ("register_steps", 0)]),
        Layer::new("slstm", "bf16", 5, &[("heads_per_block", 2)]).training(),
        Layer::new("slstm", "fp32", 24, &[grid, ("warps_along_k", 3)]).training().clipped(),
        Layer::new("elman", "bf16", 100, &[grid, ("warps_along_k", 4), ("batch_tiles", 3)]),
        // Three parts of the batch, one after the other.
        Layer::new("slstm", "bf16", 24, &[grid, ("warps_along_k", 2), ("batch_tiles", 1), ("blocks_per_sm", 1)]).sms(6),
        Layer::new("lstm", "bf16", 100, &[words, ("warps_along_k", 4), ("groups_per_warp", 1)]).training(),
        Layer::new("gru", "fp32", 64, &[words, ("warps_along_k", 2), ("batch_tiles", 2)]),
        // A single step at the end, and words that no block writes; three parts of the batch, one after the other.
        Layer::new("slstm", "fp16", 72, &[words, ("warps_along_k", 1), ("batch_tiles", 1), ("blocks_per_sm", 1)])
            .sms(6),
        Layer::new("gru", "bf16", 5, &[("batch_tiles", 1), ("blocks_per_sm", 1)]).sms(2),
        Layer::new("elman", "fp16", 5, &[("variant", 0)]).training(),
        // Nothing saved but the states.
        Layer::new("slstm", "fp16", 24, &[grid, ("recompute", 1)]).training(),
        Layer::new("gru", "bf16", 21, &[("recompute", 1)]).training(),
    ]
}

/// More heads than have room at once: launches follow each other, the last with fewer heads.
#[test]
fn heads_beyond_a_launch_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
    let fixed = [("variant", 1), ("warps_along_units", 1), ("groups_per_warp", 1), ("blocks_per_sm", 1)];
    for layer in [
        Layer::new("lstm", "bf16", 24, &fixed).training().sms(7).heads(5),
        Layer::new("slstm", "fp32", 24, &fixed).training().sms(7).heads(5),
        Layer::new("gru", "fp16", 21, &fixed).clipped().sms(2).heads(2),
        Layer::new("gru", "bf16", 21, &[("variant", 2), fixed[1], fixed[2], fixed[3]]).sms(2).heads(2),
    ] {
        check(&layer, 2, |case| {
            assert!(case.sizes["heads"] > case.sizes["together"], "{layer} needs one launch only");
            [(17, 2), (3, 9), (8, 1)].contains(&(case.sizes["batch"], case.sizes["sequence"]))
        })
        .expect("a configuration");
    }
}

#[test]
fn usual_layers_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
    // A full and a cut-off block, one step and several, with and without initial states.
    let is_usual = |case: &Case| [(17, 2), (3, 9), (8, 1)].contains(&(case.sizes["batch"], case.sizes["sequence"]));
    for layer in usual_layers() {
        let worst = check(&layer, 2, is_usual).expect("a configuration");
        assert!(worst > 0.0, "rounding leaves a trace");
    }
}

/// All cells, types and variants at a head dimension, in ten orders of threads each, or as many as `CONSTRINT_SCHEDULES` says.
fn check_all_cells(head_dim: i64) {
    if !compiler_is_there() {
        return;
    }
    let mut random = Random::new(u64::try_from(head_dim).unwrap());
    for cell in CELLS.iter().map(|cell| cell.name) {
        for dtype in ["bf16", "fp16", "fp32"] {
            for variant in [0, 1, 2] {
                check_in_several_orders(&varied(
                    Layer::new(cell, dtype, head_dim, &[("variant", variant)]),
                    &mut random,
                ));
            }
        }
    }
}

#[test]
#[ignore = "minutes"]
fn all_cells_of_5_units_agree_with_the_reference() {
    check_all_cells(5);
}

#[test]
#[ignore = "minutes"]
fn all_cells_of_24_units_agree_with_the_reference() {
    check_all_cells(24);
}

#[test]
#[ignore = "many minutes"]
fn all_cells_of_64_units_agree_with_the_reference() {
    check_all_cells(64);
}

#[test]
#[ignore = "many minutes"]
fn all_cells_of_100_units_agree_with_the_reference() {
    check_all_cells(100);
}

/// At random: sums along k by several warps, R in shared memory, training, clip, order.
fn varied(mut layer: Layer, random: &mut Random) -> Layer {
    let one_in = |count: f64, random: &mut Random| random.uniform() * count < 1.0;
    let warps_along_k = if one_in(3.0, random) { 1 } else { 2 << i64::from(one_in(2.0, random)) };
    if warps_along_k * 16 <= layer.head_dim {
        layer.fixed.push(("warps_along_k", warps_along_k));
    }
    if one_in(4.0, random) {
        layer.fixed.push(("register_steps", 0));
    }
    Layer {
        is_training: one_in(2.0, random),
        is_clipped: one_in(5.0, random),
        order: if one_in(3.0, random) { "reverse" } else { "forward" },
        ..layer
    }
}

/// Where what was drawn does not fit the chip, the solver chooses all but the variant.
fn check_in_several_orders(layer: &Layer) {
    let schedules = std::env::var("CONSTRINT_SCHEDULES").map_or(10, |count| count.parse().expect("a number"));
    let freer = Layer { fixed: layer.fixed[..1].to_vec(), ..layer.clone() };
    let found = check(layer, schedules, |_| true).or_else(|| check(&freer, schedules, |_| true));
    assert!(found.is_some() || layer.head_dim <= 16, "{layer} has no configuration");
}

/// By the predicted time: a head that fits a block needs no hand-over, one that does not is shared.
#[test]
fn small_heads_stay_in_a_block_and_large_ones_are_shared() {
    for (head_dim, heads, variant) in [(16, 48, 0), (64, 12, 0), (768, 1, 2)] {
        let text = format!(
            r#"{{"version": 1, "kernel": "rnn_forward", "gpu": "H100 SXM5 80GB", "dtype": "bf16",
                "shape": {{"cell": "lstm", "head_dim": {head_dim}, "heads": {heads}, "batch": 16, "sequence": 1024}}}}"#
        );
        let answer = solve(&Problem::from_json(&text).unwrap(), &Request::default()).unwrap();
        assert_eq!(answer.configs[0].values["variant"], variant, "{head_dim} x {heads}");
    }
}

/// As the kernel's documentation has them, whatever their number; 8 units more do not fit the chip.
#[test]
fn the_largest_heads_of_an_h100() {
    for (cell, dtype, head_dim, heads) in
        [("lstm", "bf16", 2112, 1), ("lstm", "bf16", 2112, 64), ("lstm", "fp32", 1440, 3), ("gru", "fp32", 1792, 64)]
    {
        for (head_dim, fits) in [(head_dim, true), (head_dim + 8, false)] {
            let text = format!(
                r#"{{"version": 1, "kernel": "rnn_forward", "gpu": "H100 SXM5 80GB", "dtype": "{dtype}",
                    "shape": {{"cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": 16, "sequence": 1024}}}}"#
            );
            let answer = solve(&Problem::from_json(&text).unwrap(), &Request::default()).unwrap();
            assert_eq!(!answer.configs.is_empty(), fits, "{cell} {dtype} {head_dim} x {heads}");
        }
    }
}
