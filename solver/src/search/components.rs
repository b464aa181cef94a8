//! Components of a model, each optimised by itself: their best together are the best of all.
//!
//! Branch and bound over all variables at once would meet the optimum of one component again for each assignment of another that it
//! cannot rule out. For each value of the variable that has to be decided first (see `separate.rs`), the components are searched
//! one after the other. Where there is a limit, each is granted a share of it at first, so that all have something to show;
//! what is left then goes to those that are not proved.

use super::best::{Ending, Pace};
use super::options::{Exhausted, Observer, Options, Progress};
use super::separate::Separation;
use super::stage::best_of_stage;
use super::{Solution, Statistics};
use crate::checker::Number;
use crate::model::{Goal, Model};
use std::time::Instant;

/// The best solution by the first objective, if the model falls apart.
pub(super) fn best_of_components(
    model: &Model,
    options: &Options,
    pace: Pace,
    statistics: &mut Statistics,
) -> Option<Ending> {
    if !options.excluded.is_empty() {
        return None;
    }
    let separation = Separation::of(model)?;
    let mut search = Components { model, options, pace, separation: &separation, best: None };
    Some(search.run(statistics))
}

struct Components<'a> {
    model: &'a Model,
    options: &'a Options,
    pace: Pace,
    separation: &'a Separation<'a>,
    /// The best solution so far.
    best: Option<Solution>,
}

/// For one value of the decided variable: how the search of each component ended.
struct Case {
    decided: Option<i64>,
    endings: Vec<Option<Ending>>,
}

impl Case {
    /// Whether some component is known to have no solution.
    fn is_impossible(&self) -> bool {
        self.endings.iter().flatten().any(|ending| ending.complete && ending.best.is_empty())
    }
}

impl Components<'_> {
    fn run(&mut self, statistics: &mut Statistics) -> Ending {
        let case = |decided| Case { decided, endings: (0..self.separation.count).map(|_| None).collect() };
        let mut cases: Vec<Case> = self.separation.decisions().into_iter().map(case).collect();
        let mut stopped = None;
        for is_last in [false, true] {
            let open: Vec<(usize, usize)> = open(&cases);
            for (place, &(case, component)) in open.iter().enumerate() {
                if cases[case].is_impossible() {
                    continue;
                }
                // Of what is left half is for the first look at all that is open; what is open then gets the rest in turn.
                let shares = if is_last { 1 } else { 2 * (open.len() - place) };
                let ending = self.search(component, &cases[case], shares, statistics);
                stopped = ending.stopped.or(stopped);
                let known = &mut cases[case].endings[component];
                // A second search of a component may have been given less.
                if known.as_ref().is_none_or(|known| ending.complete || known.best.is_empty()) {
                    *known = Some(ending);
                }
                self.combine(&cases[case], statistics);
            }
        }
        let complete = open(&cases).is_empty();
        Ending {
            bound: if complete { None } else { self.bound(&cases) },
            best: self.best.take().into_iter().collect(),
            stopped: stopped.filter(|_| !complete),
            complete,
        }
    }

    /// Searches a component with one of so many shares of what the limits leave.
    fn search(&self, component: usize, case: &Case, shares: usize, statistics: &mut Statistics) -> Ending {
        let model = self.separation.model_of(component, case.decided);
        let mut options = self.options.clone();
        let limits = &mut options.limits;
        let shares = u32::try_from(shares).unwrap_or(u32::MAX);
        let now = Instant::now();
        if let Some(end) = self.options.limits.end() {
            limits.deadline = Some(now + end.saturating_duration_since(now) / shares);
        }
        limits.nodes = limits.nodes.map(|nodes| nodes.saturating_sub(statistics.nodes) / u64::from(shares));
        options.observer = self.options.observer.clone().map(|observer| {
            let (nodes, best) = (statistics.nodes, self.best.clone());
            Observer::new(move |progress| {
                observer.tell(&Progress { nodes: nodes + progress.nodes, best: best.clone() });
            })
        });
        if limits.nodes == Some(0) {
            return Ending { best: Vec::new(), complete: false, stopped: Some(Exhausted::Nodes), bound: None };
        }
        best_of_stage(&model, &options, 1, self.pace, statistics)
    }

    /// The best solutions of a case's components as one, once each has one.
    fn combine(&mut self, case: &Case, statistics: &Statistics) {
        let mut values = self.separation.assignment(case.decided);
        for (component, ending) in case.endings.iter().enumerate() {
            let Some(best) = ending.as_ref().and_then(|ending| ending.best.first()) else { return };
            self.separation.take(component, &best.values, &mut values);
        }
        let solution = Solution::of(self.model, values);
        let better = |known: &Solution| self.is_better(&solution.objectives[0], &known.objectives[0]);
        if self.best.as_ref().is_none_or(better) {
            self.best = Some(solution);
            self.options.tell(|| Progress { nodes: statistics.nodes, best: self.best.clone() });
        }
    }

    fn is_better(&self, value: &Number, known: &Number) -> bool {
        if self.model.objectives()[0].goal == Goal::Minimize { value < known } else { value > known }
    }

    /// What no solution beats: the best of the cases, each the sum of what its components cannot beat.
    fn bound(&self, cases: &[Case]) -> Option<Number> {
        let of_component = |ending: &Option<Ending>| {
            let ending = ending.as_ref()?;
            let found = || ending.best.first().map(|best| best.objectives.first().cloned().unwrap_or_default());
            if ending.complete { found() } else { ending.bound.clone() }
        };
        let of_case = |case: &Case| case.endings.iter().map(of_component).sum::<Option<Number>>();
        let possible = cases.iter().filter(|case| !case.is_impossible());
        let bounds = possible.map(of_case).collect::<Option<Vec<_>>>()?;
        bounds.into_iter().reduce(|best, bound| if self.is_better(&bound, &best) { bound } else { best })
    }
}

/// The cases and components that are not settled.
fn open(cases: &[Case]) -> Vec<(usize, usize)> {
    let unsettled = |ending: &Option<Ending>| ending.as_ref().is_none_or(|ending| !ending.complete);
    let possible = cases.iter().enumerate().filter(|(_, case)| !case.is_impossible());
    let of_case = |(place, case): (usize, &Case)| {
        let components = case.endings.iter().enumerate().filter(move |(_, ending)| unsettled(ending));
        components.map(move |(component, _)| (place, component)).collect::<Vec<_>>()
    };
    possible.flat_map(of_case).collect()
}
