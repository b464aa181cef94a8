//! Solution spaces: how long the diagram of each takes, and how large it is.
//!
//! | call | does |
//! | --- | --- |
//! | `cargo bench --bench spaces` | each space: solutions, nodes, bytes, CPU time |
//! | `… -- --once NAME` | one space, once, for an instruction counter |

#[path = "../../tests/constrint/client.rs"]
mod client;

use client::{Client, Dtype, H100, Layer};
use constrint::{Problem, tiling};
use constrint_solver::{Limits, Model, SolutionSpace};
use std::path::Path;
use std::time::Duration;

const RUNS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    for (name, model) in spaces() {
        if let [flag, wanted] = &arguments[..] {
            assert_eq!(flag, "--once");
            if *wanted == name {
                let space = SolutionSpace::build(&model, &Limits::default()).unwrap();
                println!("{name}: {} solutions, {} nodes", space.len(), space.nodes());
            }
            continue;
        }
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let start = cpu_time();
            let space = SolutionSpace::build(&model, &Limits::default()).unwrap();
            let built = cpu_time() - start;
            let start = cpu_time();
            let (mut rows, mut sum) = (space.iter(), 0i64);
            if space.len() < 10_000_000u32.into() {
                while let Some(row) = rows.next_row() {
                    sum = sum.wrapping_add(row[0]);
                }
            }
            std::hint::black_box(sum);
            times.push((built, cpu_time() - start));
            if times.len() == RUNS {
                let best = times.iter().map(|t| t.0).min().unwrap();
                let walk = times.iter().map(|t| t.1).min().unwrap();
                println!(
                    "{name}: {} solutions, {} nodes, {} bytes, {:.2} ms to build, {:.2} ms to walk, lex {}",
                    space.len(),
                    space.nodes(),
                    space.bytes(),
                    best.as_secs_f64() * 1e3,
                    walk.as_secs_f64() * 1e3,
                    space.is_lexicographic()
                );
            }
        }
    }
}

fn spaces() -> Vec<(String, Model)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/spaces");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    names.sort();
    let mut spaces = Vec::new();
    for path in names {
        let problem = Problem::from_json(&std::fs::read_to_string(&path).unwrap()).unwrap();
        spaces.push((path.file_stem().unwrap().to_string_lossy().into_owned(), tiling::lower(&problem).unwrap().model));
    }
    if let Some(client) = Client::read() {
        for (head_dim, heads, batch) in [(64, 12, 16), (256, 3, 8), (768, 1, 16), (2048, 1, 16), (768, 1, 64)] {
            let layer = Layer { dtype: Dtype::Bf16, gates: 4, head_dim, heads, batch, gpu: H100 };
            let text = client.text(&layer);
            if std::env::var_os("DUMP").is_some() {
                std::fs::write(format!("/tmp/fr-{head_dim}-{batch}.constrint"), &text).unwrap();
            }
            let model = constrint_solver::language::constrint::parse(&text).unwrap().model;
            spaces.push((format!("flashrnn-{head_dim}x{heads}-b{batch}"), model));
        }
    }
    spaces
}

fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("a process cannot have run for less than no time")
}
