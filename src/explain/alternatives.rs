//! What could be asked of a shipped kernel instead, where it has no configuration: another size, another type, another GPU.

use super::clock::Clock;
use super::nearest::ranked;
use super::probe::has_solution;
use crate::hardware::{Gpu, GpuSpec, TensorRates, catalog};
use crate::kernel::{BoundedSize, ShapeKind, ShapeValue};
use crate::problem::{ConstraintSpec, Problem};
use crate::solve::{Answer, Status};
use crate::tiling::Tiling;
use constrint_solver::Limits;
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value};
use std::time::Duration;

/// What it may take at most. Without optimisation it takes ten times as long.
const TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

/// How many parts of the time left one search may take at most.
const PARTS: usize = 4;

/// So many GPUs are named.
const MOST_GPUS: usize = 3;

/// What has a configuration, each with all else as the problem has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternatives {
    /// For each size that the kernel has asked about: the largest.
    pub sizes: Vec<LargestSize>,
    /// The kernel's other operand types: which of them do, or nothing where the time ran out.
    pub dtypes: Vec<(&'static str, Option<bool>)>,
    /// GPUs of the catalog by name, the nearest first (as [`NearestGpu`](super::NearestGpu) has it, by architecture and SMs); at
    /// most three.
    pub gpus: Vec<String>,
    /// Whether a GPU may be missing there because the time ran out.
    pub gpus_undecided: bool,
}

/// The largest size with a configuration, all else being equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargestSize {
    /// As problems name it.
    pub name: &'static str,
    /// What the problem asks for.
    pub asked: i64,
    /// The largest multiple of `step` with a configuration: each smaller one has one too. `None` if none has.
    pub largest: Option<i64>,
    /// Multiples of it were asked about.
    pub step: i64,
    /// Whether no larger one does; otherwise the time ran out.
    pub proved: bool,
}

impl Answer {
    /// For a shipped kernel without a configuration: which size, which type and which GPU have one, each with all else as the
    /// problem has it. `None` where there is a configuration, or the kernel names no size to ask about.
    ///
    /// `problem` is what was solved. It takes a second at most, and less where the limits say so.
    ///
    /// ```
    /// use constrint::{Problem, Request, solve};
    /// use constrint_solver::Limits;
    /// let problem = Problem::from_json(
    ///     r#"{"version": 1, "kernel": "rnn_forward", "gpu": "RTX 4090", "dtype": "fp32",
    ///         "shape": {"cell": "lstm", "head_dim": 1400, "batch": 16, "sequence": 1024}}"#,
    /// )?;
    /// let instead = solve(&problem, &Request::default())?.alternatives(&problem, &Limits::default()).unwrap();
    /// assert_eq!((instead.sizes[0].name, instead.sizes[0].largest), ("head_dim", Some(1024)));
    /// assert_eq!(instead.dtypes, [("bf16", Some(true)), ("fp16", Some(true))]);
    /// assert!(instead.gpus.contains(&"H100 SXM5 80GB".to_owned()));
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn alternatives(&self, problem: &Problem, limits: &Limits) -> Option<Alternatives> {
        let (kernel, instance) = self.tiling.kernel.as_ref().filter(|_| self.status == Status::Infeasible)?;
        let bounded = kernel.bounded_sizes();
        if bounded.is_empty() {
            return None;
        }
        let time = Some(limits.time.map_or(TIME, |time| time.min(TIME)));
        let clock = Clock::new(&Limits { time, ..limits.clone() });
        let largest = |size: &BoundedSize| {
            let parameter = kernel.shape().iter().find(|parameter| parameter.name == size.name);
            let range = parameter.map(|parameter| &parameter.kind);
            let Some(&ShapeKind::Size { min, max, .. }) = range else { return None };
            let (largest, proved) = largest(problem, size, [min, max], &clock);
            Some(LargestSize { name: size.name, asked: instance.sizes[size.name], largest, step: size.step, proved })
        };
        let sizes = bounded.iter().filter_map(largest).collect();
        let others = kernel.dtypes().iter().filter(|dtype| **dtype != instance.dtype);
        let dtypes = others.map(|&dtype| (dtype, with_dtype(problem, dtype, &clock))).collect();
        let (gpus, gpus_undecided) = gpus(problem, &self.tiling, &instance.gpu, &clock);
        Some(Alternatives { sizes, dtypes, gpus, gpus_undecided })
    }
}

/// The largest multiple of the step in a range that has a configuration, by halving, and whether that is proved.
fn largest(problem: &Problem, size: &BoundedSize, [min, max]: [i64; 2], clock: &Clock) -> (Option<i64>, bool) {
    let least = (min + size.step - 1) / size.step;
    // `low` has a configuration, if it is anything to ask about; `high` has none.
    let (mut low, mut high) = (least - 1, max / size.step + 1);
    let found = |low: i64| (low >= least).then_some(low * size.step);
    while high - low > 1 {
        let middle = i64::midpoint(low, high);
        let mut other = problem.clone();
        other.shape.insert(size.name.to_owned(), ShapeValue::Integer(middle * size.step));
        match ask(&other, clock) {
            Some(true) => low = middle,
            Some(false) => high = middle,
            None => return (found(low), false),
        }
    }
    (found(low), true)
}

fn with_dtype(problem: &Problem, dtype: &str, clock: &Clock) -> Option<bool> {
    ask(&Problem { dtype: Some(dtype.to_owned()), ..problem.clone() }, clock)
}

/// The nearest GPUs of the catalog with a configuration, and whether one may be missing.
fn gpus(problem: &Problem, tiling: &Tiling, gpu: &Gpu, clock: &Clock) -> (Vec<String>, bool) {
    let (mut found, mut undecided) = (Vec::new(), false);
    let mut is_hopeless = IndexMap::new();
    let is_kernels = !depends_on_gpu(problem, tiling);
    let there = |gpu: GpuSpec| Problem { gpu: Some(gpu), ..problem.clone() };
    for candidate in ranked(gpu, &IndexSet::new()) {
        // What a problem demands itself may well hold on the smaller GPU alone.
        let hopeless = is_hopeless.entry(candidate.compute_capability).or_insert_with(|| {
            let largest = largest_of(candidate).filter(|_| is_kernels);
            largest.is_some_and(|largest| ask(&there(GpuSpec::Limits(largest)), clock) == Some(false))
        });
        if *hopeless {
            continue;
        }
        match ask(&there(GpuSpec::Name(candidate.name.clone())), clock) {
            Some(true) => found.push(candidate.name.clone()),
            Some(false) => {}
            None => undecided = true,
        }
        if found.len() == MOST_GPUS {
            return (found, false);
        }
    }
    (found, undecided)
}

/// Whether what the problem itself demands changes with the GPU. If not, only its kernel does, to which more of a GPU is
/// never worse.
fn depends_on_gpu(problem: &Problem, tiling: &Tiling) -> bool {
    let is_own = |name: &str| problem.constants.contains_key(name) || problem.shape.contains_key(name);
    let changes = |word: &str| {
        let of_kernel = tiling.constants.contains_key(word) && !is_own(word);
        word.starts_with("gpu_") || tiling.definitions.contains_key(word) || of_kernel
    };
    let words = |text: &str| text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(changes);
    let stated = problem.constraints.iter().map(|constraint| match constraint {
        ConstraintSpec::Text(text) => text,
        ConstraintSpec::Named(named) => &named.expr,
    });
    problem.occupancy.is_some() || stated.chain(&problem.restrictions).any(|text| words(text))
}

/// A GPU with the most of everything that those of a compute capability have: where it has no configuration, none of them
/// has one, which spares asking each.
fn largest_of(gpu: &Gpu) -> Option<Map<String, Value>> {
    let alike = || catalog().gpus().iter().filter(|other| other.compute_capability == gpu.compute_capability);
    let rates = |rates: fn(&Gpu) -> TensorRates| alike().map(rates).reduce(TensorRates::larger).unwrap_or_default();
    let largest = Gpu {
        sms: alike().map(|gpu| gpu.sms).max()?,
        l2_bytes: alike().map(|gpu| gpu.l2_bytes).max()?,
        memory_bytes: alike().map(|gpu| gpu.memory_bytes).max()?,
        memory_bandwidth_bytes_per_s: alike().map(|gpu| gpu.memory_bandwidth_bytes_per_s).max()?,
        boost_clock_mhz: alike().filter_map(|gpu| gpu.boost_clock_mhz).max(),
        fp32_flops_per_s: alike().filter_map(|gpu| gpu.fp32_flops_per_s).max(),
        tensor_flops_per_s: rates(|gpu| gpu.tensor_flops_per_s),
        tensor_flops_per_clock_per_sm: rates(|gpu| gpu.tensor_flops_per_clock_per_sm),
        ..gpu.clone()
    };
    serde_json::to_value(&largest).ok()?.as_object().cloned()
}

/// Whether the problem has a solution; nothing where the time is over.
fn ask(problem: &Problem, clock: &Clock) -> Option<bool> {
    if clock.is_over() { None } else { has_solution(problem, clock, PARTS) }
}
