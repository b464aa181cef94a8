//! [`solve`]: the search, and what its answer means.

use super::answer::config;
use super::conflict::{conflict, time_for_conflict};
use super::request::options;
use super::{Answer, Request, SolveError, Status};
use crate::cache::{Cache, CacheUse, Question};
use crate::config::Config;
use crate::problem::Problem;
use crate::tiling::lower;
use constrint_solver::{Exhausted, Outcome, Solution, Statistics, best_solutions};
use std::time::Instant;

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
/// [`SolveError`] where the problem or the request is not right; never because there is no solution.
pub fn solve(problem: &Problem, request: &Request) -> Result<Answer, SolveError> {
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
pub fn abandoned(problem: &Problem, request: &Request, best: &Solution, by: Exhausted) -> Result<Answer, SolveError> {
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
