//! [`solve`]: from a problem to its best configurations.

use crate::cache::{Cache, CacheUse, Question};
use crate::config::{Config, Number, ObjectiveValue};
use crate::error::{Error, Place, ProblemFault};
use crate::kernel;
use crate::problem::{KernelSpec, Problem, ShapeValue, VariableSpec};
use crate::tiling::{Tiling, lower};
use constrint_solver::explain::Clash;
use constrint_solver::model::MAX_VALUE;
use constrint_solver::{
    Branching, Exhausted, Goal, Limits, Model, Observer, Options, Outcome, Solution, Statistics, ValueOrder,
};
use constrint_solver::{best_solutions, explain, language};
use num_traits::ToPrimitive;
use std::time::{Duration, Instant};

/// What to ask of a problem, beside what it says itself.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Limits of the search; those of the problem hold where none is set here.
    pub limits: Limits,
    /// Ask for the first solution in this order, a variable at a time, instead of the best by objective.
    pub order: Vec<(String, ValueOrder)>,
    /// How many solutions, best first; 0 counts as 1.
    pub solutions: usize,
    /// Threads to search with; 0 counts as 1. The answer is the same for any number.
    pub threads: usize,
    /// Told now and then how far the search is.
    pub observer: Option<Observer>,
    /// Where to look for the answer before searching, and to keep it after.
    pub cache: Option<Cache>,
    /// Where there is no solution, take some seconds to find constraints each of which is needed for that; otherwise what a
    /// small part of the time of the search brings has to do.
    pub explain: bool,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The solutions are the best by the objective, or the first in the order asked for.
    Optimal,
    /// A limit was reached: the best so far. Without an objective and an order, some solutions, and no limit.
    Feasible,
    /// There is no solution.
    Infeasible,
    /// A limit was reached before any solution was found.
    Unknown,
}

impl Status {
    /// As JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Feasible => "feasible",
            Self::Infeasible => "infeasible",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer to a [`Request`].
#[derive(Debug)]
pub struct Answer {
    /// How the search ended.
    pub status: Status,
    /// Best first, or in the order asked for.
    pub configs: Vec<Config>,
    /// If infeasible: indices of constraints of the tiling's model that cannot hold together. Empty where an objective is
    /// defined nowhere; none where the time for it ran out.
    pub conflict: Option<Vec<usize>>,
    /// Whether each constraint of the conflict is known to be needed for it.
    pub conflict_is_minimal: bool,
    /// What the search did; nothing if the answer comes from the cache.
    pub statistics: Statistics,
    /// Whether the answer comes from the cache, or is there now.
    pub cache: CacheUse,
    /// The model that was solved.
    pub tiling: Tiling,
}

impl Answer {
    /// Where a limit ended the search: how far the best found may be from the best there is, as a part of the former.
    /// None where it is proved best, nothing was found or no bound is known.
    pub fn gap(&self) -> Option<f64> {
        let bound = self.statistics.bound.as_ref()?;
        let Number::Integer(found) = self.configs.first()?.objectives.get(bound.objective)?.value else { return None };
        let (found, bound) = (found.to_f64()?, bound.value.to_f64()?);
        Some((found - bound).abs() / found.abs().max(1.0))
    }
}

/// Solves a problem.
///
/// ```
/// use constrint::{Problem, Request, Status, solve};
/// let problem = Problem::from_json(
///     r#"{"version": 1, "variables": {"tile": {"divisors_of": 768}, "stages": {"min": 1, "max": 8}},
///         "constraints": ["tile * stages <= 500", "tile % 32 == 0"], "objective": {"maximize": "tile * stages"}}"#,
/// )?;
/// let answer = solve(&problem, &Request::default())?;
/// assert_eq!(answer.status, Status::Optimal);
/// assert_eq!(answer.configs[0].values["tile"] * answer.configs[0].values["stages"], 480);
/// # Ok::<(), constrint::Error>(())
/// ```
///
/// # Errors
/// [`Error`] where the problem or the request is not right; never because there is no solution.
pub fn solve(problem: &Problem, request: &Request) -> Result<Answer, Error> {
    let start = Instant::now();
    let mut tiling = lower(problem)?;
    let options = options(problem, request, &mut tiling)?;
    let count = request.solutions.max(1);
    let question = Question { tiling: &tiling, options: &options, count };
    let kept = request.cache.as_ref().map(|cache| (cache, question.key()));
    // Without something to be best by, the search is over with some solution.
    let is_best = !tiling.model.objectives().is_empty() || !request.order.is_empty();
    let complete = if is_best { Status::Optimal } else { Status::Feasible };
    if let Some(configs) = kept.as_ref().and_then(|(cache, key)| cached(cache, &question, key)) {
        let (status, statistics, cache) = (complete, Statistics::default(), CacheUse::Hit);
        return Ok(Answer { status, configs, conflict: None, conflict_is_minimal: false, statistics, cache, tiling });
    }
    let (outcome, solutions, statistics) = best_solutions(&tiling.model, &options, count);
    let configs = solutions.iter().map(|solution| config(&tiling, solution)).collect::<Result<_, _>>()?;
    let is_complete = matches!(outcome, Outcome::Optimal(_));
    let status = match outcome {
        Outcome::Optimal(_) => complete,
        Outcome::Feasible(_) => Status::Feasible,
        Outcome::Infeasible => Status::Infeasible,
        Outcome::Unknown => Status::Unknown,
    };
    let (conflict, conflict_is_minimal) = if status == Status::Infeasible {
        conflict(&tiling.model, &options, time_for_conflict(request, start.elapsed()))
    } else {
        (None, false)
    };
    let cache = match kept.filter(|_| is_complete) {
        Some((cache, key)) => cache.keep(&question, &key, &solutions),
        None => CacheUse::None,
    };
    Ok(Answer { status, configs, conflict, conflict_is_minimal, statistics, cache, tiling })
}

/// The answer of a search that had to be left where it was: with the best solution that its observer was told of, if any.
/// No bound is known.
///
/// # Errors
/// As [`solve`].
pub fn abandoned(problem: &Problem, request: &Request, best: &Solution, by: Exhausted) -> Result<Answer, Error> {
    let mut tiling = lower(problem)?;
    options(problem, request, &mut tiling)?;
    let configs = vec![config(&tiling, best)?];
    let statistics = Statistics { stopped: Some(by), ..Statistics::default() };
    let (status, cache) = (Status::Feasible, CacheUse::None);
    Ok(Answer { status, configs, conflict: None, conflict_is_minimal: false, statistics, cache, tiling })
}

/// What the cache has; a configuration that plain arithmetic refuses is as if it had nothing.
fn cached(cache: &Cache, question: &Question, key: &str) -> Option<Vec<Config>> {
    let solutions = cache.find(question, key)?;
    solutions.iter().map(|solution| config(question.tiling, solution).ok()).collect()
}

/// What a conflict is worth where somebody asks for it.
pub(crate) const TIME_FOR_CONFLICT: Duration = Duration::from_secs(5);

/// Where nobody asks for it, little beside what the refutation took.
fn time_for_conflict(request: &Request, refutation: Duration) -> Duration {
    const MOST: Duration = TIME_FOR_CONFLICT;
    // Propagation alone finds most conflicts in a millisecond; without optimisation it takes ten times as long.
    const LEAST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 50 });
    if request.explain { MOST } else { (refutation / 4).clamp(LEAST, MOST) }
}

/// What clashes, and whether each constraint of it is known to be needed. Only whether there is a solution is asked, so
/// that no order helps.
pub(crate) fn conflict(model: &Model, options: &Options, time: Duration) -> (Option<Vec<usize>>, bool) {
    let limits = Limits { time: Some(time), ..options.limits.clone() };
    match explain::minimal_conflict(model, &Options { limits, order: Vec::new(), ..options.clone() }) {
        Clash::Between(constraints) => (Some(constraints), true),
        Clash::Among(constraints) => (Some(constraints), false),
        Clash::None => (Some(Vec::new()), false),
        Clash::Unknown => (None, false),
    }
}

pub(crate) fn config(tiling: &Tiling, solution: &Solution) -> Result<Config, Error> {
    let objectives =
        tiling.model.objectives().iter().zip(&solution.objectives).map(|(objective, value)| ObjectiveValue {
            maximized: objective.goal == Goal::Maximize,
            text: objective.text.clone(),
            value: Number::of(value),
        });
    Config::new(tiling, &solution.values, objectives.collect())
}

pub(crate) fn options(problem: &Problem, request: &Request, tiling: &mut Tiling) -> Result<Options, Error> {
    let limits = limits(problem, &request.limits)?.started();
    let mut order = Vec::with_capacity(request.order.len());
    for (name, end) in &request.order {
        let id = tiling.model.find(name).ok_or_else(|| unknown("--order", name, variable_names(tiling)))?;
        if order.iter().any(|&(known, _)| known == id) {
            return Err(Place::at("--order").fault(ProblemFault::NamedTwice { name: name.clone() }));
        }
        order.push((id, *end));
    }
    if !order.is_empty() {
        tiling.model.clear_objectives();
    }
    // With an order, the first solution in it is the answer, and the order must be kept. Otherwise a kernel knows what to
    // decide first, or the failures met so far tell.
    let free = order.is_empty();
    if free {
        order.clone_from(&tiling.search);
    }
    let guided = free && order.is_empty();
    let branching = if guided { Branching::WeightedDegree } else { Branching::InputOrder };
    let (threads, observer) = (request.threads, request.observer.clone());
    Ok(Options { limits, branching, order, threads, observer, ..Options::default() })
}

/// The limits asked for; those of the problem hold where none is.
pub(crate) fn limits(problem: &Problem, asked: &Limits) -> Result<Limits, Error> {
    let mut limits = asked.clone();
    if let Some(spec) = &problem.solve {
        let time = spec.time_limit_s.map(Duration::try_from_secs_f64).transpose();
        let time = time.ok().filter(|time| *time != Some(Duration::ZERO));
        let time = time.ok_or_else(|| Place::at("solve.time_limit_s").fault(ProblemFault::Limit))?;
        limits.time = limits.time.or(time);
        limits.nodes = limits.nodes.or(spec.node_limit);
        limits.memory_bytes = limits.memory_bytes.or(spec.memory_limit_bytes);
    }
    Ok(limits)
}

pub(crate) fn variable_names(tiling: &Tiling) -> Vec<String> {
    tiling.model.variables().iter().map(|variable| variable.name.clone()).collect()
}

pub(crate) fn unknown(place: &str, name: &str, known: Vec<String>) -> Error {
    let nearest = language::nearest(name, known);
    Place::at(place).fault(ProblemFault::UnknownName { name: name.to_owned(), nearest })
}

impl Problem {
    /// The limits asked for; those of the problem hold where none is.
    ///
    /// # Errors
    /// [`Error::Problem`] where a limit that the problem sets makes no sense.
    pub fn limits(&self, asked: &Limits) -> Result<Limits, Error> {
        limits(self, asked)
    }

    /// Sets a size of the shape or a constant, or fixes a variable at a value.
    ///
    /// # Errors
    /// [`Error::Problem`] when nothing has that name, or the variable cannot take the value.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), Error> {
        if value.checked_abs().is_none_or(|size| size > MAX_VALUE) {
            return Err(Place::at("--set")
                .field(name)
                .fault(ProblemFault::NumberTooLarge { number: value.to_string() }));
        }
        let shape = match &self.kernel {
            Some(KernelSpec::Shipped(kernel)) => {
                kernel::find(kernel)?.shape().iter().map(|parameter| parameter.name.to_owned()).collect()
            }
            Some(KernelSpec::Described(_)) | None => self.shape.keys().cloned().collect::<Vec<_>>(),
        };
        if shape.iter().any(|known| known == name) {
            self.shape.insert(name.to_owned(), ShapeValue::Integer(value));
            return Ok(());
        }
        if let Some(constant) = self.constants.get_mut(name) {
            *constant = value;
            return Ok(());
        }
        let tiling = lower(self)?;
        let Some(id) = tiling.model.find(name) else {
            let known = [shape, self.constants.keys().cloned().collect(), variable_names(&tiling)].concat();
            return Err(unknown("--set", name, known));
        };
        if !tiling.model.variable(id).values.contains(value) {
            return Err(Place::at("--set").field(name).fault(ProblemFault::ValueNotPossible { value }));
        }
        if let Some(values) = self.tune_params.get_mut(name) {
            *values = vec![value];
            return Ok(());
        }
        self.variables.insert(name.to_owned(), VariableSpec::List(crate::problem::ListSpec { values: vec![value] }));
        Ok(())
    }
}
