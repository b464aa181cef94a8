//! Components of a model, each optimised by itself: their best together are the best of all.
//!
//! Branch and bound over all variables at once would meet the optimum of one component again for each assignment of another that it
//! cannot rule out. For each value of the variable that has to be decided first (see `separate.rs`), the components are searched
//! one after the other. Where there is a limit, each is granted a share of it at first, so that all have something to show;
//! what is left then goes to those that are not proved.

use super::best::{Best, Ending, Pace};
use super::options::{Exhausted, Observer, Options, Progress};
use super::separate::Separation;
use super::stage::best_of_stage;
use super::{Solution, Statistics};
use crate::checker::Number;
use crate::model::{Goal, Model};
use itertools::Itertools;
use std::time::Instant;

/// The `count` best solutions by the first objective, if the model falls apart. Of several solutions, ties of one objective have to be
/// seen by the others.
pub(super) fn best_of_components(
    model: &Model,
    options: &Options,
    count: usize,
    pace: Pace,
    statistics: &mut Statistics,
) -> Option<Ending> {
    if !options.excluded.is_empty() || (count > 1 && model.objectives().len() > 1) {
        return None;
    }
    let separation = Separation::of(model, count)?;
    let best = Best::new(model, count);
    let mut search = Components { model, options, count, pace, separation: &separation, best };
    Some(search.run(statistics))
}

struct Components<'a> {
    model: &'a Model,
    options: &'a Options,
    count: usize,
    pace: Pace,
    separation: &'a Separation<'a>,
    /// The best of the cases so far.
    best: Best<'a>,
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
        let mut of_cases: Vec<Vec<Solution>> = vec![Vec::new(); cases.len()];
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
                of_cases[case] = self.combined(&cases[case]);
                self.collect(&of_cases, statistics);
            }
        }
        let complete = open(&cases).is_empty();
        Ending {
            bound: if complete { None } else { self.bound(&cases) },
            best: std::mem::take(&mut self.best.solutions),
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
            let (nodes, best) = (statistics.nodes, self.best.solutions.first().cloned());
            Observer::new(move |progress| {
                observer.tell(&Progress { nodes: nodes + progress.nodes, best: best.clone() });
            })
        });
        if limits.nodes == Some(0) {
            return Ending { best: Vec::new(), complete: false, stopped: Some(Exhausted::Nodes), bound: None };
        }
        best_of_stage(&model, &options, self.count, self.pace, statistics)
    }

    /// The best of what a case's components have together, once each has something: what is not among the best of a component is
    /// not among the best of all.
    fn combined(&self, case: &Case) -> Vec<Solution> {
        let value = |solution: &Solution| solution.objectives.first().cloned().unwrap_or_default();
        let is_minimized = self.model.objectives()[0].goal == Goal::Minimize;
        let mut sums = vec![(Number::default(), self.separation.assignment(case.decided))];
        for (component, ending) in case.endings.iter().enumerate() {
            let Some(ending) = ending else { return Vec::new() };
            let pairs = sums.iter().cartesian_product(&ending.best).map(|((sum, values), own)| {
                let mut values = values.clone();
                self.separation.take(component, &own.values, &mut values);
                (sum + value(own), values)
            });
            let mut pairs: Vec<_> = pairs.collect();
            // Stable: of equally good ones, those met first.
            pairs.sort_by(|(a, _), (b, _)| if is_minimized { a.cmp(b) } else { b.cmp(a) });
            pairs.truncate(self.count);
            sums = pairs;
        }
        sums.into_iter().map(|(_, values)| Solution::of(self.model, values)).collect()
    }

    /// The best of all cases.
    fn collect(&mut self, of_cases: &[Vec<Solution>], statistics: &Statistics) {
        let before = self.best.solutions.first().cloned();
        self.best = Best::new(self.model, self.count);
        of_cases.iter().flatten().for_each(|solution| self.best.insert(solution.clone()));
        if self.best.solutions.first() != before.as_ref() {
            self.options.tell(|| self.best.progress(statistics.nodes));
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
