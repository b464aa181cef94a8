//! Solution spaces: how long the decision diagram of each takes, and how large it is.
//!
//! | call | does |
//! | --- | --- |
//! | `cargo bench --bench spaces` | each space: solutions, nodes, bytes, CPU time to build it and to walk over its rows |
//! | `… -- --once NAME` | one space, once, for an instruction counter |
//! | `… -- --curve` | growing families of spaces, as CSV: solutions against time and bytes |
//! | `… -- --nested` | hotspot in memory, beside nested loops, as JSON |
//! | `… -- --text` | the text of `FlashRNN`'s problem, for `benches/peers` |
//!
//! Times are CPU time: quote ratios of one run. Nodes and bytes are the same on every machine.
//!
//! | file | holds |
//! | --- | --- |
//! | `families.rs` | spaces that grow with a parameter |
//! | `curve.rs` | what each of these takes |
//! | `nested.rs` | hotspot by hand |

#[path = "../../tests/constrint/client.rs"]
#[expect(dead_code, reason = "the tests and `benches/engine` also need orders of variables and other GPUs")]
mod client;
#[path = "../clock.rs"]
mod clock;
mod curve;
mod families;
mod nested;

use client::{Client, Dtype, H100, Layer};
use clock::{milliseconds, peak_memory_bytes, timed};
use constrint::{Problem, tiling};
use constrint_solver::language::constrint as dialect;
use constrint_solver::{Limits, Model, SolutionSpace};
use std::path::Path;
use std::time::Duration;

/// Runs of each measurement.
const RUNS: usize = 5;

/// Longer lists are not walked over.
const MOST_ROWS: u32 = 10_000_000;

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run_all(),
        ["--once", name] => run_once(name),
        ["--curve"] => curve::run_all(),
        // One process for each point, so that its peak memory is its own.
        ["--point", family, size] => curve::run_once(family, size),
        ["--nested"] => nested::run(),
        ["--text"] => print!("{}", Client::read().map_or_else(String::new, |client| client.text(&layer(768, 1, 64)))),
        _ => panic!("unknown arguments {arguments:?}: use none or those at the head of benches/spaces/main.rs"),
    }
}

fn run_all() {
    println!("| space | solutions | nodes | bytes | build ms | walk ms | lexicographic |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, model) in spaces() {
        let (space, build) = median(|| build(&model));
        let walk = (space.len() < MOST_ROWS.into()).then(|| median(|| walk(&space)).1);
        println!(
            "| {name} | {} | {} | {} | {:.2} | {} | {} |",
            space.len(),
            space.nodes(),
            space.bytes(),
            milliseconds(build),
            walk.map_or_else(|| "-".to_owned(), |walk| format!("{:.2}", milliseconds(walk))),
            space.is_lexicographic()
        );
    }
    if let Some(bytes) = peak_memory_bytes() {
        println!("\npeak memory: {} MB", bytes.div_ceil(1_000_000));
    }
}

fn run_once(name: &str) {
    let space = spaces().into_iter().find(|(other, _)| other == name);
    let (_, model) = space.unwrap_or_else(|| panic!("no space {name}: `cargo bench --bench spaces` lists them"));
    let space = build(&model);
    println!("{name}: {} solutions, {} nodes", space.len(), space.nodes());
}

/// The result of some runs, and the median of their times.
fn median<T>(mut run: impl FnMut() -> T) -> (T, Duration) {
    let (mut result, first) = timed(&mut run);
    let mut times = vec![first];
    while times.len() < RUNS {
        let time;
        (result, time) = timed(&mut run);
        times.push(time);
    }
    times.sort();
    (result, times[RUNS / 2])
}

fn build(model: &Model) -> SolutionSpace {
    SolutionSpace::build(model, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The sum of the first column, which keeps the walk from being left out.
fn walk(space: &SolutionSpace) -> i64 {
    let (mut rows, mut sum) = (space.iter(), 0i64);
    while let Some(row) = rows.next_row() {
        sum = sum.wrapping_add(row[0]);
    }
    std::hint::black_box(sum)
}

/// The public spaces, and where `FlashRNN` is there, some of its problems.
fn spaces() -> Vec<(String, Model)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/spaces");
    let files = std::fs::read_dir(&folder).expect("the spaces of this repository").flatten();
    let files = files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "json"));
    let mut spaces: Vec<(String, Model)> = files
        .map(|path| {
            let name = path.file_stem().expect("the name of a file").to_string_lossy().into_owned();
            (name, model(&std::fs::read_to_string(&path).expect("a text")))
        })
        .collect();
    spaces.sort_by(|(name, _), (other, _)| name.cmp(other));
    let Some(client) = Client::read() else { return spaces };
    for (head_dim, heads, batch) in [(64, 12, 16), (256, 3, 8), (768, 1, 16), (768, 1, 64), (2048, 1, 16)] {
        let text = client.text(&layer(head_dim, heads, batch));
        let parsed = dialect::parse(&text).unwrap_or_else(|error| panic!("{}", error.render(&text, "text", false)));
        spaces.push((format!("flashrnn-{head_dim}x{heads}-b{batch}"), parsed.model));
    }
    spaces
}

/// An LSTM's layer in bf16 on an H100.
fn layer(head_dim: i64, heads: i64, batch: i64) -> Layer {
    Layer { dtype: Dtype::Bf16, gates: 4, head_dim, heads, batch, gpu: H100 }
}

/// The model of a problem in JSON.
fn model(json: &str) -> Model {
    let problem = Problem::from_json(json).unwrap_or_else(|error| panic!("{error}"));
    tiling::lower(&problem).unwrap_or_else(|error| panic!("{error}")).model
}
