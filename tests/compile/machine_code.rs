//! The predicted time of `rnn_forward` against its machine code; `backward_steps.rs` holds that of `rnn_backward` to its own.
//!
//! `steps.csv` holds configurations with floor and estimate of a step, as `benches/machine_code` reads them: the solver's pick and 30
//! others of six shapes, the picks of 60 random layers, those of all problems, and two that were once predicted wrongly. It is made anew, in some minutes, by
//!
//! ```text
//! CONSTRINT_BLESS=1 cargo test --test compile table_of_steps -- --ignored
//! ```
//!
//! which a change of the kernel or of the solver's picks asks for. What the model says is computed here each time.

#[path = "../../benches/machine_code/witness/mod.rs"]
#[allow(dead_code, reason = "the program prints more than the tests look at")]
pub(super) mod witness;

use super::{GPUS, Random, best, compiler};
use constrint::config::{Config, Number};
use constrint::hardware::find;
use constrint::kernel::recurrent::CELLS;
use constrint::{Problem, tiling};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Shapes of which many configurations are read: cell, type, head dimension, heads, pass.
const SHAPES: [(&str, &str, i64, i64, &str); 6] = [
    ("lstm", "bf16", 16, 48, "inference"),
    ("lstm", "bf16", 64, 12, "inference"),
    ("lstm", "bf16", 128, 6, "inference"),
    ("lstm", "bf16", 768, 1, "inference"),
    ("gru", "fp16", 256, 3, "training"),
    ("slstm", "fp32", 100, 5, "inference"),
];
/// Configurations of these shapes that the model once had in the wrong order: 16 sequences, lstm, on an H100.
const KNOWN: [(usize, &[(&str, i64)]); 2] =
    [(1, &[("groups_per_warp", 1), ("warps_along_units", 8)]), (2, &[("variant", 0), ("warps_along_units", 16)])];
/// Beside the pick.
const OTHERS: usize = 30;
const LAYERS: usize = 60;
const TABLE: &str = "steps.csv";
const HEAD: &str = "of,problem,values,floor,estimate";

/// A configuration and what its machine code says of a step, in clocks.
pub(super) struct Row {
    /// `shape N`, `layer` or `problem`.
    pub(super) of: String,
    pub(super) problem: String,
    values: String,
    floor: f64,
    estimate: f64,
}

impl Row {
    fn read(line: &str) -> Self {
        let fields: Vec<&str> = line.split(';').collect();
        let [of, problem, values, floor, estimate] = fields[..] else { panic!("{line}") };
        let number = |text: &str| text.parse().unwrap();
        Self {
            of: of.into(),
            problem: problem.into(),
            values: values.into(),
            floor: number(floor),
            estimate: number(estimate),
        }
    }

    /// What the model makes of the configuration now.
    pub(super) fn config(&self) -> Config {
        let problem = Problem::from_json(&self.problem).unwrap();
        let tiling = tiling::lower(&problem).unwrap();
        let values: Vec<i64> = self.values.split(' ').map(|value| value.parse().unwrap()).collect();
        Config::new(&tiling, &values, Vec::new()).unwrap_or_else(|error| panic!("{} {error:?}", self.values))
    }

    /// Picoseconds of the whole sequence by the estimate: what it says of a step, and all else as the model has it, with the parts of
    /// a step that nothing overlaps but the estimate, and those that come once beside the start.
    fn estimated_ps(&self, config: &Config, beside: &[&str], once: &[&str]) -> f64 {
        let gpu = find(config.gpu.as_ref().unwrap()).unwrap();
        let mhz = number(gpu.boost_clock_mhz.unwrap());
        let step = beside.iter().map(|name| quantity(config, name)).fold(self.estimate * 1e6 / mhz, f64::max);
        let once: f64 = once.iter().map(|name| quantity(config, name)).sum();
        quantity(config, "rounds") * (quantity(config, "start_ps") + number(config.macros["SEQUENCE"]) * step) + once
    }
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
fn number(value: i64) -> f64 {
    value as f64
}

fn quantity(config: &Config, name: &str) -> f64 {
    let Some(Number::Integer(value)) = config.quantities.get(name) else { panic!("no {name}") };
    number(*value)
}

fn values(config: &Config) -> String {
    let values: Vec<String> = config.values.values().map(ToString::to_string).collect();
    values.join(" ")
}

fn table(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile").join(name)
}

pub(super) fn rows(name: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(table(name)).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next().map(|head| head.replace(';', ",")).as_deref(), Some(HEAD));
    lines.map(Row::read).collect()
}

fn layer(gpu: &str, (cell, dtype, head_dim, heads, pass): (&str, &str, i64, i64, &str), batch: i64) -> String {
    format!(
        r#"{{"version": 1, "kernel": "rnn_forward", "gpu": "{gpu}", "dtype": "{dtype}", "shape": {{"cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": {batch}, "sequence": 1024, "pass": "{pass}"}}}}"#
    )
}

fn random_layer(random: &mut Random, index: usize) -> String {
    let pass = ["inference", "training"][usize::try_from(random.choose(&[0, 1])).unwrap()];
    let head_dim = random.choose(&[5, 16, 24, 48, 64, 100, 128, 192, 256, 333, 512, 768, 1000, 1536]);
    let cell = CELLS[index / 6 % CELLS.len()].name;
    let shape = (cell, ["bf16", "fp16", "fp32"][index % 3], head_dim, random.choose(&[1, 2, 12, 48]), pass);
    layer(GPUS[index % 6], shape, random.choose(&[1, 8, 16, 40]))
}

/// The problems of a kernel in `problems/`.
pub(super) fn problems(kernel: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "json"));
    texts
        .map(|file| std::fs::read_to_string(file).unwrap())
        .filter(|text| text.contains(&format!("\"{kernel}\"")))
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The rows of a table whose step is predicted shorter than the stalls that its instructions carry: a pick, or another that has not so
/// much of them.
pub(super) fn below_their_floors(name: &str, part: f64) -> Vec<String> {
    let mut shape = String::new();
    rows(name)
        .iter()
        .filter_map(|row| {
            let is_pick = !row.of.starts_with("shape") || std::mem::replace(&mut shape, row.of.clone()) != row.of;
            let least = row.floor * if is_pick { 1.0 } else { part };
            let predicted = witness::predicted_clocks(&row.config()).unwrap();
            (predicted < least).then(|| {
                format!("{predicted:.0} < {:.0} ({:.0}): {} {}", row.floor, row.estimate, row.problem, row.values)
            })
        })
        .collect()
}

#[test]
fn no_predicted_step_is_below_its_floor() {
    let below = below_their_floors(TABLE, 0.9);
    assert!(below.is_empty(), "{}", below.join("\n"));
}

/// For each shape of a table Kendall's tau of predicted and estimated times, and what the pick's estimate is above the best one. What
/// an estimated time has beside the estimate: see [`Row::estimated_ps`].
pub(super) fn orders(name: &str, beside: &[&str], once: &[&str]) -> Vec<(f64, f64)> {
    let mut by_shape: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(name).into_iter().filter(|row| row.of.starts_with("shape")) {
        by_shape.entry(row.of.clone()).or_default().push(row);
    }
    let order = |(shape, rows): (&String, &Vec<Row>)| {
        let pairs: Vec<(f64, f64)> = rows
            .iter()
            .map(|row| {
                let config = row.config();
                (number(config.predicted.as_ref().unwrap().time_ps), row.estimated_ps(&config, beside, once))
            })
            .collect();
        let tau = kendall_tau(&pairs);
        let pick = values(&best(&Problem::from_json(&rows[0].problem).unwrap()).unwrap());
        let picked = rows.iter().position(|row| row.values == pick);
        let picked =
            picked.unwrap_or_else(|| panic!("{shape}: the pick is not in the table, which is to be made anew"));
        let least = pairs.iter().map(|pair| pair.1).fold(f64::INFINITY, f64::min);
        let lost = pairs[picked].1 / least - 1.0;
        println!("{shape}: {} rows, tau {tau:.2}, pick {:.1}% above the best estimate", rows.len(), 100.0 * lost);
        (tau, lost)
    };
    by_shape.iter().map(order).collect()
}

/// Picks are within 5% of the best estimate (median), the worst within so much.
pub(super) fn check_picks(orders: &[(f64, f64)], worst: f64) {
    let mut lost: Vec<f64> = orders.iter().map(|order| order.1).collect();
    lost.sort_by(f64::total_cmp);
    let median = f64::midpoint(lost[(lost.len() - 1) / 2], lost[lost.len() / 2]);
    assert!(median <= 0.05 && lost[lost.len() - 1] <= worst, "{lost:?}");
}

/// What the model holds for quicker is quicker by the machine code, and its pick is about the best.
#[test]
fn predicted_times_have_the_order_of_the_machine_code() {
    let orders = orders(TABLE, &["memory_ps", "copies_ps"], &["deferred_ps"]);
    assert_eq!(orders.len(), SHAPES.len());
    assert!(orders.iter().all(|&(tau, _)| tau >= 0.8), "{orders:?}");
    check_picks(&orders, 0.15);
}

/// Each is about as slow as its machine code says, and slower than what is picked.
#[test]
fn picks_that_once_were_wrong_are_no_longer() {
    let known: Vec<Row> = rows(TABLE).into_iter().filter(|row| row.of == "known").collect();
    assert_eq!(known.len(), KNOWN.len());
    for row in known {
        let predicted = witness::predicted_clocks(&row.config()).unwrap();
        assert!((predicted / row.estimate - 1.0).abs() < 0.15, "{predicted} of {}: {}", row.estimate, row.values);
        let pick = best(&Problem::from_json(&row.problem).unwrap()).unwrap();
        assert!(witness::predicted_clocks(&pick).unwrap() < predicted, "{}", row.values);
    }
}

/// M. G. Kendall's tau-b: pairs in the same order less those in the other one, of those that do not tie. Configurations that differ
/// in what a step does not show, such as the stages, tie in the model.
fn kendall_tau(pairs: &[(f64, f64)]) -> f64 {
    let (mut sum, mut first_differs, mut second_differs) = (0.0, 0.0, 0.0);
    for (index, a) in pairs.iter().enumerate() {
        for b in &pairs[index + 1..] {
            let (first, second) = (a.0.total_cmp(&b.0) as i32, a.1.total_cmp(&b.1) as i32);
            sum += f64::from(first * second);
            first_differs += f64::from(first.abs());
            second_differs += f64::from(second.abs());
        }
    }
    sum / f64::sqrt(first_differs * second_differs)
}

/// A seeded sample of a table, read again.
pub(super) fn check_rows_again(name: &str, count: usize) {
    let Some(nvcc) = compiler() else { return };
    let seed = std::env::var("CONSTRINT_SEED").map_or(14, |seed| seed.parse().expect("CONSTRINT_SEED is a number"));
    let (rows, mut random) = (rows(name), Random(seed));
    let indices: Vec<i64> = (0..i64::try_from(rows.len()).unwrap()).collect();
    for _ in 0..count {
        let row = &rows[usize::try_from(random.choose(&indices)).unwrap()];
        let read = witness::read(&nvcc, &row.config()).unwrap();
        let context = format!("{} {}", row.problem, row.values);
        assert!((read.floor - row.floor).abs() < 1.0, "floor {} of {}: {context}", read.floor, row.floor);
        assert!(
            (read.estimate - row.estimate).abs() < 1.0,
            "estimate {} of {}: {context}",
            read.estimate,
            row.estimate
        );
    }
}

#[test]
fn the_table_of_steps_is_that_of_the_kernel() {
    check_rows_again(TABLE, 8);
}

#[test]
#[ignore = "compiles some 260 kernels"]
fn the_table_of_steps_is_made() {
    let Some(nvcc) = compiler() else { return };
    let mut wanted: Vec<(String, String, Config)> = Vec::new();
    for (index, &shape) in SHAPES.iter().enumerate() {
        // What is saved decides little of a step, and would make two of each configuration.
        let text = layer("H100 SXM5 80GB", shape, 16);
        let text = text.trim_end_matches('}').to_owned() + r#"}, "variables": {"recompute": {"values": [0]}}}"#;
        let configs = witness::draw::draw(&Problem::from_json(&text).unwrap(), OTHERS, 7).unwrap();
        wanted.extend(configs.into_iter().map(|config| (format!("shape {index}"), text.clone(), config)));
    }
    let mut random = Random(1014);
    let mut index = 0;
    let mut layers = 0;
    while layers < LAYERS {
        let text = random_layer(&mut random, index);
        index += 1;
        if let Some(config) = best(&Problem::from_json(&text).unwrap()) {
            wanted.push(("layer".to_owned(), text, config));
            layers += 1;
        }
    }
    for text in problems("rnn_forward") {
        let config = best(&Problem::from_json(&text).unwrap()).expect("a configuration");
        wanted.push(("problem".to_owned(), text, config));
    }
    for (shape, settings) in KNOWN {
        let text = layer("H100 SXM5 80GB", SHAPES[shape], 16);
        let mut problem = Problem::from_json(&text).unwrap();
        for &(name, value) in settings {
            problem.set(name, value).unwrap();
        }
        wanted.push(("known".to_owned(), text, best(&problem).expect("a configuration")));
    }
    make(&nvcc, TABLE, &wanted);
}

/// Reads what is wanted, by what it is of and its problem, on two threads; with `CONSTRINT_BLESS` that is the table from now on.
pub(super) fn make(nvcc: &Path, name: &str, wanted: &[(String, String, Config)]) {
    let next = Mutex::new(0..wanted.len());
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(index) = next.lock().unwrap().next() else { return };
                    let (of, problem, config) = &wanted[index];
                    let read = witness::read(nvcc, config).unwrap_or_else(|error| panic!("{problem} {error}"));
                    let (values, floor, estimate) = (values(config), read.floor, read.estimate);
                    let line = format!("{of};{problem};{values};{floor:.0};{estimate:.1}");
                    println!("{line}");
                    done.lock().unwrap().insert(index, line);
                }
            });
        }
    });
    let mut text = HEAD.replace(',', ";") + "\n";
    for line in done.into_inner().unwrap().values() {
        let _ = writeln!(text, "{line}");
    }
    if std::env::var_os("CONSTRINT_BLESS").is_some() {
        std::fs::write(table(name), text).unwrap();
    }
}
