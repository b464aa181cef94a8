//! The engine on the tiling problem of `FlashRNN`, from text to a proved optimum in the published order.
//!
//! | call | does |
//! | --- | --- |
//! | `cargo bench --bench engine` | each case of the grid, then the median and the worst |
//! | `… -- --write FILE` | the same, and the texts and answers as JSON lines, for `peers.py` |
//! | `… -- --once ID` | one case, once, for `instructions.sh` |
//!
//! Times are CPU time: quote ratios of one run. Nodes and propagations are the same on every machine.
//!
//! | file | holds |
//! | --- | --- |
//! | `cases.rs` | the grid |
//! | `measure.rs` | an answer and its times |
//! | `run.sh`, `peers.py` | the same cases with CP-SAT and `ConstrINT`, in one table |
//! | `instructions.sh` | instruction counts of a few cases |

mod cases;
#[path = "../../tests/constrint/client.rs"]
mod client;
#[path = "../clock.rs"]
mod clock;
mod measure;

use cases::{Case, grid};
use client::Client;
use clock::{milliseconds, peak_memory_bytes};
use constrint_solver::ValueOrder;
use measure::{Answer, Times, answer_text, time};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Runs of each case.
const RUNS: usize = 5;

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(client) = Client::read() else { return };
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run_all(&client, None),
        ["--write", path] => run_all(&client, Some(Path::new(path))),
        ["--once", id] => run_once(&client, id),
        _ => panic!("unknown arguments {arguments:?}: use none, `--write FILE` or `--once ID`"),
    }
}

fn run_all(client: &Client, path: Option<&Path>) {
    println!("| case | status | nodes | propagations | best ms | median ms | parse ms |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let (mut timed, mut lines) = (Vec::new(), String::new());
    for case in grid() {
        let text = client.text(&case.layer);
        let (answer, times) = time(&text, client, RUNS);
        print_row(&case, &answer, &times);
        writeln!(lines, "{}", to_json(&case, &text, &answer, client, &times)).expect("a string takes everything");
        timed.push(times);
    }
    print_summary(&timed);
    if let Some(path) = path {
        std::fs::write(path, lines).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

fn run_once(client: &Client, id: &str) {
    let case = grid().into_iter().find(|case| case.id == id);
    let case = case.unwrap_or_else(|| panic!("no case {id}: `cargo bench --bench engine` lists them"));
    let answer = answer_text(&client.text(&case.layer), client);
    println!("{id}: {}, {} nodes", answer.status(), answer.statistics.nodes);
}

fn print_row(case: &Case, answer: &Answer, times: &Times) {
    let (status, statistics) = (answer.status(), &answer.statistics);
    let [best, median, parse] = [times.best(), times.median(), times.parse].map(milliseconds);
    println!(
        "| {} | {status} | {} | {} | {best:.2} | {median:.2} | {parse:.2} |",
        case.id, statistics.nodes, statistics.propagations,
    );
}

fn print_summary(timed: &[Times]) {
    for (name, of) in [("best", Times::best as fn(&Times) -> Duration), ("median", Times::median)] {
        let mut times: Vec<f64> = timed.iter().map(|times| milliseconds(of(times))).collect();
        times.sort_by(f64::total_cmp);
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        println!("{name} of {RUNS} runs, {} cases: median {median:.2} ms, worst {worst:.2} ms", times.len());
    }
    if let Some(bytes) = peak_memory_bytes() {
        println!("peak memory: {} MB", bytes.div_ceil(1_000_000));
    }
}

/// One line for `peers.py`.
fn to_json(case: &Case, text: &str, answer: &Answer, client: &Client, times: &Times) -> Value {
    let model = &answer.model;
    let name = |id| model.variable(id).name.clone();
    let order = client.order(model).into_iter();
    let order = order.map(|(id, end)| json!([name(id), if end == ValueOrder::LargestFirst { "max" } else { "min" }]));
    let values = answer.outcome.solution().map(|best| {
        let values = model.variable_ids().map(|id| (name(id), json!(best.values[id.index()])));
        values.collect::<Map<_, _>>()
    });
    json!({
        "id": case.id, "text": text, "order": order.collect::<Vec<_>>(), "values": values,
        "seconds": times.median().as_secs_f64(), "peak_bytes": peak_memory_bytes(),
    })
}
