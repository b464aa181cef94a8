//! [`Search`]: a walk over the tree, node by node.
//!
//! The loop is `walk`: enter a node (propagate, decide or meet a leaf), retreat, until done.
//!
//! | file | holds |
//! | --- | --- |
//! | `parts.rs` | parts of the tree: where to begin, what is left, and how good it can be; the cut of branch and bound |
//! | `advice.rs`, `programs.rs` | the linear relaxation; when it is asked, and for what |
//! | `small.rs`, `explore.rs` | what is explored box by box, and at what cost; when the whole tree or the rest of a node is |

mod advice;
mod explore;
mod parts;
mod programs;
mod small;

pub(super) use parts::Part;
pub(super) use small::Small;

use self::advice::{Advice, creeps_in_vain};
use self::small::Credit;
use super::options::{Branching, Exhausted, Limits, Options};
use super::{Solution, Statistics, Step};
use crate::arith::Interval;
use crate::brancher::{Brancher, Decision, InputOrder, SmallestDomain, ValueOrder, WeightedDegree};
use crate::checker;
use crate::engine::{Engine, Fixpoint};
use crate::model::Model;
use crate::post::{ObjectiveVar, Posted, post};
use crate::store::Var;
use rustc_hash::FxHashSet;
use std::time::Instant;

/// How a walk ended, for now or for good.
#[derive(Debug)]
pub(super) enum Walked {
    /// It met a solution.
    Solution(Solution),
    /// Every node was seen.
    Exhausted,
    /// The number of nodes asked for was seen.
    Paused,
    /// A limit was reached, or a leaf could not be evaluated.
    Interrupted,
}

/// Runs of propagators, and in addition for each of them, after which a node is decided without a fixpoint: where bounds
/// creep towards each other, halving a domain brings more than waiting.
const PATIENCE: u64 = 1 << 8;
const PATIENCE_EACH: u64 = 32;

/// A walk over the solutions of a model, in the order of its brancher.
pub struct Search<'a> {
    model: &'a Model,
    engine: Engine,
    branch_on: Vec<(Var, ValueOrder)>,
    brancher: Box<dyn Brancher>,
    path: Vec<Choice>,
    /// Every restriction between the root of the tree and the current node.
    steps: Vec<(Var, Interval)>,
    state: State,
    exact_check: bool,
    relaxation: Option<Advice>,
    small: Small<'a>,
    /// The variable to be kept at or below a value that sinks as better solutions are found.
    cut: Option<(Var, i64)>,
    objective: Option<ObjectiveVar>,
    /// The objective's variable, where it is halved before anything else is decided.
    halved: Option<Var>,
    /// By how much a solution must improve the first objective to count: 1, or 0 where those as good count too.
    least_gain: i64,
    excluded: FxHashSet<Vec<i64>>,
    limits: Limits,
    end: Option<Instant>,
    /// Pause after so many nodes of the part.
    pause_after: u64,
    statistics: Statistics,
    /// For the part and what led to it: what is decided by counting must not depend on parts walked before by chance.
    part: Counters,
    /// A leaf could not be evaluated: the search is not complete.
    skipped: bool,
    /// The limit that was reached.
    stopped: Option<Exhausted>,
}

/// A decision whose first part is being walked.
#[derive(Debug, Clone, Copy)]
struct Choice {
    decision: Decision,
    /// How many steps lead to the node where it was taken.
    steps_before: usize,
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

#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    nodes: u64,
    relaxations: u64,
    relaxation_cuts: u64,
    credit: Credit,
    /// Bounds were seen to creep: some fixpoint was not waited for.
    is_tired: bool,
}

impl<'a> Search<'a> {
    /// Posts the model.
    pub fn new(model: &'a Model, options: &Options) -> Self {
        Self::with(model, options, Small::of(model, options))
    }

    /// Posts the model; what was explored of it before is known.
    pub(super) fn with(model: &'a Model, options: &Options, small: Small<'a>) -> Self {
        let (start, end) = (Instant::now(), options.limits.end());
        let (mut posted, state) =
            post(model).map_or_else(|_| (Posted::default(), State::Done), |posted| (posted, State::Enter));
        posted.relaxation.end_at(end);
        let relaxing = cfg!(feature = "relaxation") && !options.without_relaxation;
        let refuted = relaxing && creeps_in_vain(&mut posted, &options.limits, end);
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
            steps: Vec::new(),
            state,
            exact_check: posted.exact_check,
            relaxation: Some(Advice::of(posted.relaxation)).filter(|_| relaxing),
            small,
            cut: None,
            objective: posted.objectives.first().copied().flatten(),
            halved: None,
            least_gain: 1,
            excluded: options.excluded.iter().cloned().collect(),
            engine: posted.engine,
            limits: options.limits.clone(),
            end,
            pause_after: u64::MAX,
            statistics,
            part: Counters::default(),
            skipped: false,
            stopped: None,
        }
    }

    /// The next solution in order. After [`Step::Interrupted`] there is nothing more.
    pub fn next_solution(&mut self) -> Step {
        match self.walk() {
            Walked::Solution(solution) => Step::Solution(solution),
            Walked::Exhausted => Step::Exhausted,
            Walked::Paused | Walked::Interrupted => Step::Interrupted,
        }
    }

    /// What the search did so far.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            propagations: self.engine.propagations(),
            propagations_by_family: self.engine.propagations_by_family(),
            ..self.statistics.clone()
        }
    }

    /// Goes on until something happens.
    pub(super) fn walk(&mut self) -> Walked {
        let start = Instant::now();
        let walked = self.walk_on();
        self.statistics.search_time += start.elapsed();
        walked
    }

    fn walk_on(&mut self) -> Walked {
        loop {
            match self.state {
                _ if self.stopped.is_some() => return Walked::Interrupted,
                State::Done => return if self.skipped { Walked::Interrupted } else { Walked::Exhausted },
                State::Retreat => self.retreat(),
                State::Enter if self.part.nodes >= self.pause_after => return Walked::Paused,
                State::Enter => {
                    self.stopped = self.limit_reached();
                    if self.stopped.is_some() {
                        continue;
                    }
                    match self.enter() {
                        Entered::Inner | Entered::Failed => {}
                        Entered::Solution(solution) => return Walked::Solution(solution),
                        Entered::Interrupted => self.stopped = self.limits.over(self.end),
                    }
                }
            }
        }
    }

    fn limit_reached(&self) -> Option<Exhausted> {
        if self.limits.nodes.is_some_and(|limit| self.statistics.nodes >= limit) {
            return Some(Exhausted::Nodes);
        }
        // These two take time to ask for.
        if !self.part.nodes.is_multiple_of(64) {
            return None;
        }
        let heavy = self.limits.memory_bytes.is_some_and(|limit| self.engine.store.bytes() > limit);
        self.limits.over(self.end).or(heavy.then_some(Exhausted::Memory))
    }

    /// The limit that ended the search, if one did.
    pub fn stopped(&self) -> Option<Exhausted> {
        self.stopped
    }

    /// Propagates, then decides or meets a leaf.
    fn enter(&mut self) -> Entered {
        self.statistics.nodes += 1;
        self.part.nodes += 1;
        if self.is_refuted() {
            self.path.clear();
            return self.fail();
        }
        match self.propagate() {
            Fixpoint::Interrupted => return Entered::Interrupted,
            Fixpoint::Conflict => return self.fail(),
            Fixpoint::Reached | Fixpoint::Tired if self.cannot_improve() => return self.fail(),
            Fixpoint::Reached | Fixpoint::Tired => {}
        }
        if let Some(entered) = self.explore_small() {
            return entered;
        }
        if let Some(decision) = self.decide() {
            self.path.push(Choice { decision, steps_before: self.steps.len() });
            self.engine.push_level();
            self.apply(decision, true);
            return Entered::Inner;
        }
        if self.part.is_tired {
            // With all decided, nothing is left to creep.
            let (limits, end) = (&self.limits, self.end);
            match self.engine.fixpoint(&mut || limits.over(end).is_some()) {
                Fixpoint::Interrupted => return Entered::Interrupted,
                Fixpoint::Conflict => return self.fail(),
                Fixpoint::Reached | Fixpoint::Tired => {}
            }
        }
        self.state = State::Retreat;
        self.leaf()
    }

    fn fail(&mut self) -> Entered {
        self.statistics.failures += 1;
        self.state = State::Retreat;
        if let Some(choice) = self.path.last() {
            self.brancher.failed(choice.decision);
        }
        Entered::Failed
    }

    fn decide(&mut self) -> Option<Decision> {
        // Once at a time, at the root: the rest of the tree is walked for the better half as ever, before the other comes.
        let halved = self.halved.filter(|_| self.path.is_empty());
        let objective = halved.map(|var| (var, ValueOrder::SmallestFirst));
        InputOrder
            .decide(&self.engine, objective.as_slice())
            .or_else(|| self.brancher.decide(&self.engine, &self.branch_on))
    }

    fn propagate(&mut self) -> Fixpoint {
        if let Some((var, bound)) = self.cut
            && self.engine.store.lower(var, bound).is_err()
        {
            return Fixpoint::Conflict;
        }
        // Going back loses what waits to be run.
        if self.part.is_tired {
            self.engine.schedule_all();
        }
        let runs = PATIENCE + PATIENCE_EACH * self.engine.propagators() as u64;
        let (limits, end) = (&self.limits, self.end);
        let fixpoint = self.engine.fixpoint_within(runs, &mut || limits.over(end).is_some());
        self.part.is_tired |= fixpoint == Fixpoint::Tired;
        fixpoint
    }

    /// Enters one part of a decision; an empty part is a failed node.
    fn apply(&mut self, decision: Decision, first: bool) {
        let (var, part) = (decision.var, decision.part(first));
        self.steps.push((var, part));
        let entered = self.engine.store.restrict(var, part).is_ok();
        self.state = if entered { State::Enter } else { State::Retreat };
    }

    fn retreat(&mut self) {
        let Some(Choice { decision, steps_before }) = self.path.pop() else {
            self.state = State::Done;
            return;
        };
        // The other part needs no level of its own: it is all that is left of the parent.
        self.engine.pop_level();
        self.steps.truncate(steps_before);
        self.apply(decision, false);
    }

    fn leaf(&mut self) -> Entered {
        let values: Vec<i64> =
            (0..self.model.variables().len()).map(|index| self.engine.store.lo(Var::from_index(index))).collect();
        if self.excluded.contains(&values) {
            return Entered::Failed;
        }
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
        Entered::Solution(Solution::of(self.model, values))
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
        Branching::WeightedDegree => Box::new(WeightedDegree::default()),
    }
}
