//! Predicted times of described kernels held against recordings in which every configuration was timed.
//!
//! `cargo bench --bench landscapes -- [--curves FILE] FOLDER`, with files `KERNEL-GPU.csv`: a column a parameter, `time_ms`, `failure`. The
//! problem is `problems/landscapes/` by the kernel's name; results are in `benches/results/landscapes.md`. Nothing is measured
//! here, and no figure of the model was fitted; `leave_out.rs` shows what fitting would change.

mod curves;
mod leave_out;
mod recording;
mod statistics;
mod step;

use constrint::enumerate::Solutions;
use constrint::hardware::GpuSpec;
use constrint::{Problem, tiling};
use constrint_solver::{Limits, checker};
use recording::{Recording, Row};
use std::path::{Path, PathBuf};

/// Names of kernels in the recordings and of problems; of GPUs as the catalog has them.
const KERNELS: [(&str, &str); 5] = [
    ("convolution", "convolution"),
    ("convolution_milo", "convolution_milo"),
    ("dedispersion_milo", "dedispersion"),
    ("gemm", "gemm_clblast"),
    ("gemm_milo", "gemm_clblast"),
];

/// GPUs whose short names the catalog finds ambiguous, as the recordings' authors have them.
const GPUS: [(&str, &str); 1] = [("A100", "A100 PCIe 40GB")];

/// A recording and the problem that describes its kernel.
pub(crate) struct Case {
    name: String,
    gpu: String,
    spec: GpuSpec,
    problem: String,
    recording: Recording,
}

/// What a prediction comes to on a recording.
pub(crate) struct Score {
    /// Solutions of the problem.
    space: String,
    /// Rows that are among them, and those of them that ran.
    valid: usize,
    ran: usize,
    tau: f64,
    /// The time of the configuration predicted fastest over the best.
    pick: f64,
    /// The median of predicted over measured times.
    ratio: f64,
}

fn main() {
    statistics::check();
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench").peekable();
    let curves = arguments.next_if_eq("--curves").and_then(|_| arguments.next());
    let Some(folder) = arguments.next() else {
        println!("give the folder of recordings: cargo bench --bench landscapes -- [--curves FILE] FOLDER");
        return;
    };
    let cases: Vec<Case> = recordings(Path::new(&folder)).iter().filter_map(|path| Case::read(path)).collect();
    if let Some(file) = curves {
        curves::write(&cases, Path::new(&file));
        return step::print();
    }
    println!(
        "| recording | rows, failed | space | rows in it, ran | tau-b | pick / best | predicted / measured | best of 10 random | random |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let scores: Vec<Score> = cases.iter().map(|case| case.score(&case.problem)).collect();
    for (case, score) in cases.iter().zip(&scores) {
        let times = case.times();
        println!(
            "| {} | {}, {} | {} | {}, {} | {:.3} | {:.3} | {:.2} | {:.3} | {:.3} |",
            case.name,
            case.recording.rows.len(),
            case.recording.rows.iter().filter(|row| !row.failure.is_empty()).count(),
            score.space,
            score.valid,
            score.ran,
            score.tau,
            score.pick,
            score.ratio,
            statistics::best_of(10, &times),
            statistics::best_of(1, &times),
        );
    }
    println!(
        "\ngeometric mean of pick / best: {:.3}",
        statistics::geometric_mean(scores.iter().map(|score| score.pick))
    );
    leave_out::print(&cases);
}

fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    paths.sort();
    paths
}

/// The GPU by its name in a recording, if the catalog has it.
fn gpu_of(name: &str) -> Option<GpuSpec> {
    let known = GPUS.into_iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| long);
    let found = GpuSpec::Name(known.replace('_', " "));
    found.resolve().is_ok().then_some(found)
}

impl Case {
    fn read(path: &Path) -> Option<Self> {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        let (kernel, gpu) = name.split_once('-')?;
        let Some((_, problem)) = KERNELS.into_iter().find(|(known, _)| *known == kernel) else {
            eprintln!("{name}: no problem describes this kernel");
            return None;
        };
        let Some(spec) = gpu_of(gpu) else {
            eprintln!("{name}: no such GPU is known");
            return None;
        };
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("problems/landscapes/{problem}.json"));
        let problem = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Some(Self { gpu: gpu.to_owned(), spec, problem, recording: Recording::read(path), name })
    }

    fn times(&self) -> Vec<f64> {
        self.recording.rows.iter().filter_map(|row| row.time_ms).collect()
    }

    /// Holds a problem, as JSON, against the recording.
    pub(crate) fn score(&self, problem: &str) -> Score {
        let mut problem = Problem::from_json(problem).unwrap_or_else(|error| panic!("{error}"));
        problem.gpu = Some(self.spec.clone());
        let tiling = tiling::lower(&problem).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let solutions = Solutions::of(&problem, &tiling, &Limits::default()).unwrap();
        let time = &tiling.definitions["time_ps"].expr;
        let names: Vec<String> = tiling.model.variables().iter().map(|variable| variable.name.clone()).collect();
        let places = self.recording.places(&names);
        let in_space = |row: &Row| {
            let values: Vec<i64> = places.iter().map(|&place| row.values[place]).collect();
            (checker::is_solution(&tiling.model, &values) == Ok(true)).then(|| {
                let predicted = checker::evaluate(time, &values).unwrap().unwrap().to_integer();
                (i64::try_from(predicted).unwrap(), row.time_ms)
            })
        };
        let found = side_by_side(&self.recording.rows, &in_space);
        let valid = found.len();
        let pairs: Vec<(i64, f64)> =
            found.into_iter().filter_map(|(predicted, measured)| Some((predicted, measured?))).collect();
        let best = self.times().into_iter().fold(f64::INFINITY, f64::min);
        let mut ratios: Vec<f64> =
            pairs.iter().map(|&(predicted, measured)| milliseconds(predicted) / measured).collect();
        ratios.sort_by(f64::total_cmp);
        Score {
            space: solutions.count(|_| {}).solutions.to_string(),
            valid,
            ran: pairs.len(),
            tau: statistics::tau_b(&pairs),
            pick: pairs.iter().min_by_key(|pair| pair.0).map_or(f64::NAN, |pair| pair.1 / best),
            ratio: ratios[ratios.len() / 2],
        }
    }
}

/// What there is of each row, in their order, on all processors.
pub(crate) fn side_by_side<R: Sync, T: Send>(rows: &[R], of: &(dyn Fn(&R) -> Option<T> + Sync)) -> Vec<T> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let parts = rows.chunks(rows.len().div_ceil(processors).max(1));
    std::thread::scope(|scope| {
        let started: Vec<_> =
            parts.map(|part| scope.spawn(|| part.iter().filter_map(of).collect::<Vec<T>>())).collect();
        started.into_iter().flat_map(|one| one.join().expect("no row panics")).collect()
    })
}

#[expect(clippy::cast_precision_loss, reason = "it is printed with three digits")]
fn milliseconds(picoseconds: i64) -> f64 {
    picoseconds as f64 / 1e9
}
