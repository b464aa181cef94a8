//! Depth-first search: [`Search`] walks the solutions, [`solve`] finds the best by branch and bound.
//!
//! The main loop is [`Search::next_solution`]: enter a node (propagate, decide or meet a leaf), retreat, until done.

mod optimize;
mod statistics;

pub use optimize::{best_solutions, solve};
pub use statistics::Statistics;

use crate::arith::Interval;
use crate::brancher::{Brancher, Decision, InputOrder, SmallestDomain, ValueOrder, WeightedDegree};
use crate::checker::{self, Number};
use crate::engine::{Engine, Fixpoint};
use crate::model::Model;
use crate::post::{ObjectiveVar, Posted, post};
use crate::relax::Relaxation;
use crate::store::Var;
use num_bigint::BigInt;
use rustc_hash::FxHashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// When to stop early.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Wall-clock time.
    pub time: Option<Duration>,
    /// Nodes of the search tree.
    pub nodes: Option<u64>,
    /// Set from elsewhere (another thread, a signal handler) to stop the search.
    pub cancel: Option<Arc<AtomicBool>>,
}

/// Which brancher to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Branching {
    /// Variables as the model states them, smallest value first: solutions in lexicographic order.
    #[default]
    InputOrder,
    /// Fewest values first.
    SmallestDomain,
    /// Fewest values for each failure.
    WeightedDegree,
}

/// How to search.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// When to stop early.
    pub limits: Limits,
    /// Which variable to branch on.
    pub branching: Branching,
    /// Leave the linear relaxation out, to see what it brings.
    pub without_relaxation: bool,
    /// Variables to branch on first, with the end of their domain to start from. The others follow, smallest first.
    pub order: Vec<(crate::model::VarId, ValueOrder)>,
}

/// Values for all variables of a model that satisfy all its constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// In the order of the model's variables.
    pub values: Vec<i64>,
    /// The exact value of each objective.
    pub objectives: Vec<Number>,
}

/// What a search found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The best solution; for a model without objective, the first in the order of the search.
    Optimal(Solution),
    /// A limit was reached; this is the best solution so far.
    Feasible(Solution),
    /// There is no solution.
    Infeasible,
    /// A limit was reached before a solution was found.
    Unknown,
}

impl Outcome {
    /// The solution, if there is one.
    pub fn solution(&self) -> Option<&Solution> {
        match self {
            Self::Optimal(solution) | Self::Feasible(solution) => Some(solution),
            Self::Infeasible | Self::Unknown => None,
        }
    }
}

/// One step of a [`Search`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The next solution.
    Solution(Solution),
    /// There are no more.
    Exhausted,
    /// A limit was reached.
    Interrupted,
}

/// A walk over the solutions of a model, in the order of its brancher.
pub struct Search<'a> {
    model: &'a Model,
    engine: Engine,
    branch_on: Vec<(Var, ValueOrder)>,
    brancher: Box<dyn Brancher>,
    path: Vec<Decision>,
    state: State,
    exact_check: bool,
    /// Asked for bounds on the objective, where that promises to pay.
    relaxation: Option<Relaxation>,
    /// The variable to be kept at or below a value that sinks as better solutions are found.
    cut: Option<(Var, i64)>,
    objective: Option<ObjectiveVar>,
    /// The objective's variable, where it is halved before anything else is decided.
    halved: Option<Var>,
    /// Whether only solutions strictly better by the first objective count.
    strict: bool,
    limits: Limits,
    deadline: Option<Instant>,
    statistics: Statistics,
    /// A leaf could not be evaluated, or a limit was reached: the search is not complete.
    skipped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Propagate at the current node.
    Enter,
    /// Take back the newest decision and try its other part.
    Retreat,
    /// Every node was seen.
    Done,
}

impl<'a> Search<'a> {
    /// Posts the model.
    pub fn new(model: &'a Model, options: &Options) -> Self {
        let start = Instant::now();
        let (posted, state) =
            post(model).map_or_else(|_| (Posted::default(), State::Done), |posted| (posted, State::Enter));
        let refuted = !options.without_relaxation
            && posted.relaxation.may_creep(&posted.engine.store, posted.decisions)
            && posted.relaxation.is_infeasible(&posted.engine.store);
        let state = if refuted { State::Done } else { state };
        let statistics = Statistics {
            propagators: posted.engine.propagators() as u64,
            variables: posted.engine.store.len() as u64,
            post_time: start.elapsed(),
            ..Statistics::default()
        };
        Self {
            model,
            branch_on: branch_order(posted.decisions, options),
            brancher: brancher(options.branching),
            path: Vec::new(),
            state,
            exact_check: posted.exact_check,
            relaxation: Some(posted.relaxation)
                .filter(|relaxation| relaxation.is_mostly_linear() && !options.without_relaxation),
            cut: None,
            objective: posted.objectives.first().copied().flatten(),
            halved: None,
            strict: true,
            engine: posted.engine,
            limits: options.limits.clone(),
            deadline: options.limits.time.and_then(|time| start.checked_add(time)),
            statistics,
            skipped: false,
        }
    }

    /// The next solution in order. After [`Step::Interrupted`] there is nothing more.
    pub fn next_solution(&mut self) -> Step {
        let start = Instant::now();
        let step = self.walk();
        self.statistics.search_time += start.elapsed();
        step
    }

    /// From now on only solutions are of interest that are better than the given one by the first objective, or as good
    /// where the search is not strict.
    fn improve_on(&mut self, known: &Solution) {
        let Some(ObjectiveVar { var, scale }) = self.objective else { return };
        let value = &known.objectives[0] * Number::from(BigInt::from(scale));
        if let Ok(value) = i64::try_from(value.to_integer())
            && crate::arith::is_finite(value)
        {
            self.cut = Some((var, if self.strict { value - 1 } else { value }));
        }
    }

    fn walk(&mut self) -> Step {
        loop {
            match self.state {
                State::Done => return if self.skipped { Step::Interrupted } else { Step::Exhausted },
                State::Retreat => self.retreat(),
                State::Enter => {
                    if self.node_limit_reached() {
                        return self.stop();
                    }
                    match self.enter() {
                        Entered::Inner | Entered::Failed => {}
                        Entered::Solution(solution) => return Step::Solution(solution),
                        Entered::Interrupted => return self.stop(),
                    }
                }
            }
        }
    }

    /// Ends the walk for good: the queues of an interrupted propagation are lost.
    fn stop(&mut self) -> Step {
        self.state = State::Done;
        self.skipped = true;
        Step::Interrupted
    }

    fn node_limit_reached(&self) -> bool {
        self.limits.nodes.is_some_and(|limit| self.statistics.nodes >= limit)
    }

    /// Propagates, then decides or meets a leaf.
    fn enter(&mut self) -> Entered {
        self.statistics.nodes += 1;
        match self.propagate() {
            Fixpoint::Interrupted => return Entered::Interrupted,
            Fixpoint::Conflict => {
                self.statistics.failures += 1;
                self.state = State::Retreat;
                return Entered::Failed;
            }
            Fixpoint::Reached => {}
        }
        if self.cannot_improve() {
            self.statistics.failures += 1;
            self.state = State::Retreat;
            return Entered::Failed;
        }
        if let Some(decision) = self.decide() {
            self.path.push(decision);
            self.engine.push_level();
            self.apply(decision, true);
            return Entered::Inner;
        }
        self.state = State::Retreat;
        self.leaf()
    }

    fn decide(&mut self) -> Option<Decision> {
        let objective = self.halved.map(|var| (var, ValueOrder::SmallestFirst));
        InputOrder
            .decide(&self.engine, objective.as_slice())
            .or_else(|| self.brancher.decide(&self.engine, &self.branch_on))
    }

    /// Goes back to the root and from now on looks for solutions in the better half of what the objective can be. Many
    /// solutions, each a little better than the last, are the sign that this pays.
    fn halve_objective(&mut self) {
        let Some(ObjectiveVar { var, .. }) = self.objective else { return };
        while self.path.pop().is_some() {
            self.engine.pop_level();
        }
        // A variable that is not bounded has no half.
        self.halved = (self.engine.store.domain(var).len() < u64::MAX).then_some(var);
        self.state = State::Enter;
    }

    fn propagate(&mut self) -> Fixpoint {
        if let Some((var, bound)) = self.cut
            && self.engine.store.lower(var, bound).is_err()
        {
            return Fixpoint::Conflict;
        }
        let (deadline, cancel) = (self.deadline, self.limits.cancel.as_deref());
        let mut interrupt = || {
            cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed))
                || deadline.is_some_and(|deadline| Instant::now() >= deadline)
        };
        if self.statistics.nodes.is_multiple_of(64) && interrupt() {
            return Fixpoint::Interrupted;
        }
        self.engine.fixpoint(&mut interrupt)
    }

    /// Whether the linear relaxation proves that no solution below this node is better than the best known.
    fn cannot_improve(&mut self) -> bool {
        /// A linear program takes as long as many nodes: none is solved in a search that is over soon, and later only
        /// where so many variables are open.
        const FIRST_NODE: u64 = 256;
        const OPEN: usize = 4;
        /// One in so many must end a node, or no more are solved but every now and then.
        const WORTH: u64 = 8;
        const NOW_AND_THEN: u64 = 64;
        let (Some(relaxation), Some((var, best))) = (&self.relaxation, self.cut) else { return false };
        let (asked, cuts) = (self.statistics.relaxations, self.statistics.relaxation_cuts);
        if self.statistics.nodes < FIRST_NODE {
            return false;
        }
        let doubtful = (cuts + 1) * WORTH < asked;
        if doubtful && !self.statistics.nodes.is_multiple_of(NOW_AND_THEN) {
            return false;
        }
        let open = self.branch_on.iter().filter(|&&(var, _)| self.engine.store.fixed(var).is_none());
        if open.count() < OPEN {
            return false;
        }
        self.statistics.relaxations += 1;
        let bound = relaxation.lower_bound(&self.engine.store, var);
        let ends = bound.is_some_and(|bound| bound > i128::from(best));
        self.statistics.relaxation_cuts += u64::from(ends);
        ends
    }

    /// Enters one part of a decision; an empty part is a failed node.
    fn apply(&mut self, decision: Decision, first: bool) {
        let upper = decision.upper_first == first;
        let part = if upper {
            Interval::new(decision.bound + 1, Interval::ALL.hi)
        } else {
            Interval::new(Interval::ALL.lo, decision.bound)
        };
        let entered = self.engine.store.restrict(decision.var, part).is_ok();
        self.state = if entered { State::Enter } else { State::Retreat };
    }

    fn retreat(&mut self) {
        let Some(decision) = self.path.pop() else {
            self.state = State::Done;
            return;
        };
        // The other part needs no level of its own: it is all that is left of the parent.
        self.engine.pop_level();
        self.apply(decision, false);
    }

    fn leaf(&mut self) -> Entered {
        let values: Vec<i64> =
            (0..self.model.variables().len()).map(|index| self.engine.store.lo(Var::from_index(index))).collect();
        let all_fixed =
            (0..self.engine.store.len()).all(|index| self.engine.store.fixed(Var::from_index(index)).is_some());
        if self.exact_check || !all_fixed {
            match checker::is_solution(self.model, &values) {
                Ok(true) => {}
                Ok(false) => return Entered::Failed,
                Err(checker::TooLarge) => {
                    self.skipped = true;
                    return Entered::Failed;
                }
            }
        }
        debug_assert_eq!(checker::is_solution(self.model, &values), Ok(true), "{values:?}");
        self.statistics.solutions += 1;
        Entered::Solution(self.solution(values))
    }

    fn solution(&self, values: Vec<i64>) -> Solution {
        let objectives = self.model.objectives().iter().map(|objective| {
            let value = checker::evaluate(&objective.expr, &values).expect("small enough at a solution");
            value.expect("defined at a solution")
        });
        let objectives = objectives.collect();
        Solution { values, objectives }
    }

    /// What the search did so far.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            propagations: self.engine.propagations(),
            propagations_by_family: self.engine.propagations_by_family(),
            ..self.statistics.clone()
        }
    }
}

enum Entered {
    Inner,
    Failed,
    Solution(Solution),
    Interrupted,
}

fn branch_order(decisions: usize, options: &Options) -> Vec<(Var, ValueOrder)> {
    let first = options.order.iter().map(|&(id, order)| (Var::from_index(id.index()), order));
    let mut all: Vec<(Var, ValueOrder)> = first.take_while(|_| decisions > 0).collect();
    let named: FxHashSet<Var> = all.iter().map(|&(var, _)| var).collect();
    let others = (0..decisions).map(Var::from_index).filter(|var| !named.contains(var));
    all.extend(others.map(|var| (var, ValueOrder::SmallestFirst)));
    all
}

fn brancher(branching: Branching) -> Box<dyn Brancher> {
    match branching {
        Branching::InputOrder => Box::new(InputOrder),
        Branching::SmallestDomain => Box::new(SmallestDomain),
        Branching::WeightedDegree => Box::new(WeightedDegree),
    }
}
