//! Runs the recurrent layer's backward pass on the CPU emulator, and holds each of its numbers to the reference in double
//! precision, within what rounding explains.
//!
//! Each configuration is compiled in a few seconds, and runs on several shapes under several orders of threads. The mutants in
//! `rnn_backward/mutants.rs` break the kernel on purpose. `rnn_backward/reverse.rs` runs it in reverse.
//!
//! `cargo test --test emulator all_cells -- --ignored` runs all cells, types, head dimensions and variants: a test a head dimension.

#[path = "rnn_backward/again.rs"]
mod again;
#[path = "rnn_backward/mutants.rs"]
mod mutants;
#[path = "rnn_backward/reverse.rs"]
mod reverse;

use super::program::{OPTIONS, WARNINGS, compiler_is_there, emulator, repository, succeed};
use constrint::kernel::recurrent::{CELLS, RnnBackward};
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
    /// Of the problem: the cases are cut down, but the parts of all rows are counted by it.
    sequence: i64,
    is_clipped: bool,
    clips_gradient: bool,
    is_cut: bool,
    order: &'static str,
    /// Of the GPU: few of them, and a block has several parts of the batch.
    sms: i64,
    fixed: Vec<(&'static str, i64)>,
    /// How parts of the gradient of R are added, and its tile where it is not that of the solver.
    sums: &'static str,
    weight_tile: Option<i64>,
}

impl Layer {
    fn new(cell: &'static str, dtype: &'static str, head_dim: i64, fixed: &[(&'static str, i64)]) -> Self {
        Self {
            cell,
            dtype,
            head_dim,
            heads: 2,
            sequence: 9,
            is_clipped: false,
            clips_gradient: false,
            is_cut: false,
            order: "forward",
            sms: 132,
            fixed: fixed.to_vec(),
            sums: "ordered",
            weight_tile: None,
        }
    }

    fn atomic(self) -> Self {
        Self { sums: "atomic", ..self }
    }

    fn weight_tile(self, tile: i64) -> Self {
        Self { weight_tile: Some(tile), ..self }
    }

    fn clipped(self) -> Self {
        Self { is_clipped: true, ..self }
    }

    fn gradient_clipped(self) -> Self {
        Self { clips_gradient: true, ..self }
    }

    fn cut(self) -> Self {
        Self { is_cut: true, ..self }
    }

    fn reverse(self) -> Self {
        Self { order: "reverse", ..self }
    }

    fn heads(self, heads: i64) -> Self {
        Self { heads, ..self }
    }

    fn steps(self, sequence: i64) -> Self {
        Self { sequence, ..self }
    }

    fn sms(self, sms: i64) -> Self {
        Self { sms, ..self }
    }

    /// The best configuration with the fixed variables; without one where they do not go together.
    fn solve(&self) -> Answer {
        let word = |is_so: bool, word: &'static str| if is_so { word } else { "none" };
        let clip = word(self.is_clipped, "hidden");
        let gradient_clip = word(self.clips_gradient, "recurrent");
        let cut = word(self.is_cut, "recurrent");
        let order = self.order;
        let sums = self.sums;
        let text = format!(
            r#"{{"version": 1, "kernel": "rnn_backward", "dtype": "{}",
                "gpu": {{"base": "H100 SXM5 80GB", "sms": {}}},
                "shape": {{"cell": "{}", "head_dim": {}, "heads": {}, "batch": 17, "sequence": {},
                           "clip": "{clip}", "gradient_clip": "{gradient_clip}", "gradient_cut": "{cut}",
                           "gradient_sums": "{sums}", "order": "{order}"}}}}"#,
            self.dtype, self.sms, self.cell, self.head_dim, self.heads, self.sequence
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
        let clipped = if self.is_clipped { " clipped" } else { "" };
        let gradient = if self.clips_gradient { " gradient clipped" } else { "" };
        let cut = if self.is_cut { " cut" } else { "" };
        let order = if self.order == "reverse" { " in reverse" } else { "" };
        write!(
            formatter,
            "{} {} {}{clipped}{gradient}{cut}{order} {:?}",
            self.cell, self.dtype, self.head_dim, self.fixed
        )
    }
}

/// A compiled driver of a configured kernel.
struct Program {
    folder: TempDir,
    answer: Answer,
    is_atomic: bool,
}

impl Program {
    /// Compiles the driver against the kernels in `kernels`.
    fn compile(layer: &Layer, answer: Answer, kernels: &Path, warnings: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let tile = layer.weight_tile.map(|tile| {
            let name = "CONSTRINT_RNN_BACKWARD_WEIGHT_TILE";
            [format!("-U{name}"), format!("-D{name}={tile}")]
        });
        succeed(
            Command::new("g++")
                .args(OPTIONS)
                .args(warnings)
                .args(answer.configs[0].emit(Form::Flags).split_whitespace())
                .args(tile.iter().flatten())
                .arg(kernels.join("recurrent/backward/rnn_backward_driver.cu"))
                .args(["-x", "none"])
                .arg(emulator())
                .arg("-o")
                .arg(folder.path().join("driver")),
        );
        Self { folder, answer, is_atomic: layer.sums == "atomic" }
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
        let mut first: Vec<Vec<u8>> = Vec::new();
        for seed in 1..=seeds {
            self.run_driver(case, seed)?;
            for (index, output) in expected.iter().enumerate() {
                let bytes = self.read(output.name);
                if seed == 1 {
                    first.push(bytes.clone());
                }
                let may_differ = self.is_atomic && output.name == "of_weights";
                assert!(
                    may_differ || first[index] == bytes,
                    "{} has other bits in another order of threads",
                    output.name
                );
                let found = output.element.decode(&bytes).unwrap();
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
    RnnBackward.verification().unwrap()
}

/// Compiles a layer and holds it to the reference in all its cases; nothing where the fixed variables do not go together.
fn check(layer: &Layer, seeds: u64, cases: impl Fn(&Case) -> bool) -> Option<f64> {
    let answer = layer.solve();
    if answer.configs.is_empty() {
        return None;
    }
    let program = Program::compile(layer, answer, &repository().join("src/kernel"), &WARNINGS);
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
    let block = ("variant", 0);
    let flags = ("variant", 1);
    let words = ("variant", 2);
    vec![
        Layer::new("lstm", "bf16", 64, &[block, ("warps_along_k", 1), ("batch_tiles", 1)]),
        Layer::new("lstm", "fp16", 100, &[flags, ("batch_tiles", 2)]).clipped(),
        Layer::new("gru", "bf16", 24, &[flags, ("warps_along_k", 1)]),
        Layer::new("gru", "fp32", 64, &[block, ("warps_along_k", 4), ("register_steps", 0)]).gradient_clipped(),
        Layer::new("slstm", "bf16", 5, &[("heads_per_block", 2)]),
        Layer::new("slstm", "fp32", 24, &[flags, ("warps_along_k", 3)]).clipped().gradient_clipped(),
        Layer::new("elman", "bf16", 100, &[flags, ("warps_along_k", 4), ("batch_tiles", 3)]),
        // Three parts of the batch, one after the other.
        Layer::new("slstm", "bf16", 24, &[flags, ("warps_along_k", 2), ("batch_tiles", 1), ("blocks_per_sm", 1)])
            .sms(4),
        Layer::new("lstm", "bf16", 100, &[words, ("warps_along_k", 4), ("groups_per_warp", 1)]),
        Layer::new("gru", "fp32", 40, &[words, ("warps_along_k", 2)]),
        Layer::new("slstm", "fp16", 72, &[words, ("warps_along_k", 3), ("batch_tiles", 1), ("blocks_per_sm", 1)])
            .sms(10),
        Layer::new("gru", "bf16", 5, &[("batch_tiles", 1), ("blocks_per_sm", 1)]).sms(2).clipped(),
        Layer::new("elman", "fp16", 5, &[block]).clipped().gradient_clipped(),
        Layer::new("gru", "fp16", 21, &[]).cut().gradient_clipped(),
        Layer::new("lstm", "fp32", 24, &[flags]).cut(),
    ]
}

/// Where the gradient of R is summed up in several parts, of which some have no rows here, and in chunks of several gates.
#[test]
fn parts_of_the_gradient_of_the_weights_are_added_up() {
    if !compiler_is_there() {
        return;
    }
    for layer in [
        Layer::new("lstm", "bf16", 24, &[("variant", 0)]).steps(1024),
        Layer::new("gru", "fp32", 65, &[("variant", 1), ("register_steps", 0)]).steps(1024).sms(40),
        Layer::new("gru", "fp16", 36, &[("variant", 0)]).steps(700).sms(9),
    ] {
        let answer = layer.solve();
        assert!(answer.configs[0].macros["WEIGHT_PARTS"] > 1, "{layer}");
        check(&layer, 2, |case| [(17, 9), (3, 9)].contains(&(case.sizes["batch"], case.sizes["sequence"])))
            .expect("a configuration");
    }
}

/// Whatever tile the gradient of R is computed in, and where its parts are added as they come.
#[test]
fn gradients_of_the_weights_agree_in_every_tile() {
    if !compiler_is_there() {
        return;
    }
    let block = ("variant", 0);
    for layer in [
        Layer::new("lstm", "bf16", 72, &[block]).weight_tile(32),
        Layer::new("gru", "fp32", 40, &[block]).weight_tile(32).steps(1024).atomic(),
        Layer::new("gru", "fp16", 136, &[("variant", 1)]).weight_tile(128).reverse(),
        Layer::new("elman", "fp32", 130, &[("variant", 1)]).weight_tile(128).steps(1024).atomic(),
        Layer::new("lstm", "bf16", 24, &[("variant", 1), ("blocks_per_sm", 1)]).sms(5).heads(5).steps(1024).atomic(),
        Layer::new("slstm", "bf16", 5, &[("heads_per_block", 2)]).heads(3).steps(1024).atomic(),
        Layer::new("lstm", "fp16", 21, &[]).cut().steps(1024).atomic(),
    ] {
        check(&layer, 2, |case| [(17, 9), (3, 9)].contains(&(case.sizes["batch"], case.sizes["sequence"])))
            .expect("a configuration");
    }
}

/// More heads than have room at once: launches follow each other, the last with fewer heads.
#[test]
fn heads_beyond_a_launch_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
    let fixed = [("variant", 1), ("warps_along_units", 1), ("groups_per_warp", 1), ("blocks_per_sm", 1)];
    for layer in [
        Layer::new("lstm", "bf16", 24, &fixed).sms(5).heads(5),
        Layer::new("slstm", "fp32", 24, &fixed).sms(5).heads(5),
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

/// A full and a cut-off block, one step and several, with and without initial states.
fn is_usual(case: &Case) -> bool {
    [(17, 2), (3, 9), (8, 1)].contains(&(case.sizes["batch"], case.sizes["sequence"]))
}

#[test]
fn usual_layers_agree_with_the_reference() {
    if !compiler_is_there() {
        return;
    }
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

/// At random: sums along k by several warps, R in shared memory, saved values computed again, clips, cut, order.
fn varied(mut layer: Layer, random: &mut Random) -> Layer {
    let one_in = |count: f64, random: &mut Random| random.uniform() * count < 1.0;
    let warps_along_k = if one_in(3.0, random) { 1 } else { 2 << i64::from(one_in(2.0, random)) };
    if warps_along_k * 16 <= layer.head_dim {
        layer.fixed.push(("warps_along_k", warps_along_k));
    }
    if one_in(4.0, random) {
        layer.fixed.push(("register_steps", 0));
    }
    if layer.cell != "elman" && one_in(3.0, random) {
        layer.fixed.push(("recompute", 1));
    }
    Layer {
        is_clipped: one_in(5.0, random),
        clips_gradient: one_in(3.0, random),
        is_cut: one_in(6.0, random),
        order: if one_in(3.0, random) { "reverse" } else { "forward" },
        ..layer
    }
}

/// Where what was drawn does not fit the chip, the solver chooses all but the variant. Of many units, in the usual cases.
fn check_in_several_orders(layer: &Layer) {
    let schedules = std::env::var("CONSTRINT_SCHEDULES").map_or(10, |count| count.parse().expect("a number"));
    let freer = Layer { fixed: layer.fixed[..1].to_vec(), ..layer.clone() };
    let cases = |case: &Case| layer.head_dim < 64 || is_usual(case);
    let found = check(layer, schedules, cases).or_else(|| check(&freer, schedules, cases));
    // A small head fits one block; and numbered words of fp32 come in whole vectors, which not every depth gives each warp.
    let may_have_none = layer.head_dim <= 16 || (layer.fixed[0] == ("variant", 2) && layer.dtype == "fp32");
    assert!(found.is_some() || may_have_none, "{layer} has no configuration");
}
