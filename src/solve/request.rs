//! [`Request`]: what is asked of a problem, and how the search is told.

use super::{RequestError, RequestFault, SolveError};
use crate::cache::Cache;
use crate::diagnostic::Place;
use crate::problem::Problem;
use crate::tiling::{Tiling, unknown, variable_names};
use constrint_solver::{Branching, Limits, Observer, Options, ValueOrder};
use std::time::Duration;

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

pub(crate) fn options(problem: &Problem, request: &Request, tiling: &mut Tiling) -> Result<Options, SolveError> {
    let limits = limits(problem, &request.limits)?.started();
    let mut order = Vec::with_capacity(request.order.len());
    for (name, end) in &request.order {
        let id = tiling.model.find(name).ok_or_else(|| unknown("--order", name, variable_names(tiling)))?;
        if order.iter().any(|&(known, _)| known == id) {
            return Err(Place::at("--order").fault(RequestFault::NamedTwice { name: name.clone() }));
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
pub(crate) fn limits(problem: &Problem, asked: &Limits) -> Result<Limits, RequestError> {
    let mut limits = asked.clone();
    if let Some(spec) = &problem.solve {
        let time = spec.time_limit_s.map(Duration::try_from_secs_f64).transpose();
        let time = time.ok().filter(|time| *time != Some(Duration::ZERO));
        let time = time.ok_or_else(|| Place::at("solve.time_limit_s").fault(RequestFault::Limit))?;
        limits.time = limits.time.or(time);
        limits.nodes = limits.nodes.or(spec.node_limit);
        limits.memory_bytes = limits.memory_bytes.or(spec.memory_limit_bytes);
    }
    Ok(limits)
}

impl Problem {
    /// The limits asked for; those of the problem hold where none is.
    ///
    /// # Errors
    /// [`RequestError`] where a limit that the problem sets makes no sense.
    pub fn limits(&self, asked: &Limits) -> Result<Limits, RequestError> {
        limits(self, asked)
    }
}
