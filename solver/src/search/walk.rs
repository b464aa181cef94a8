//! [`Search`]: a walk over the tree, node by node.
//!
//! The loop is `walk`: enter a node (propagate, decide or meet a leaf), retreat, until done.

use super::options::{Branching, Limits, Options};
use super::{Solution, Statistics, Step};
use crate::arith::{Interval, is_finite};
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
use std::time::{Duration, Instant};

/// A part of the tree: what was decided on the way to its root.
#[derive(Debug, Clone)]
pub(super) struct Part {
    steps: Vec<(Var, Interval)>,
    /// What the branchers know: the failures that each propagator found before.
    failures: Arc<[u64]>,
    /// What is known of linear programs: how many were solved, and how many of them ended a node.
    asked: [u64; 2],
}

impl Part {
    /// The whole tree.
    pub(super) fn whole() -> Self {
        Self { steps: Vec::new(), failures: Arc::from([]), asked: [0, 0] }
    }

    /// Bytes that it holds; the failures are shared.
    pub(super) fn bytes(&self) -> u64 {
        (size_of::<Self>() + self.steps.capacity() * size_of::<(Var, Interval)>()) as u64
    }
}

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
    /// The variable to be kept at or below a value that sinks as better solutions are found.
    cut: Option<(Var, i64)>,
    objective: Option<ObjectiveVar>,
    /// The objective's variable, where it is halved before anything else is decided.
    halved: Option<Var>,
    /// By how much a solution must improve the first objective to count: 1, or 0 where those as good count too.
    least_gain: i64,
    excluded: FxHashSet<Vec<i64>>,
    limits: Limits,
    deadline: Option<Instant>,
    /// Pause after so many nodes of the part.
    pause_after: u64,
    statistics: Statistics,
    /// For the part and what led to it: what is decided by counting must not depend on parts walked before by chance.
    part: Counters,
    /// A leaf could not be evaluated: the search is not complete.
    skipped: bool,
    /// A limit was reached.
    stopped: bool,
}

/// The relaxation, and what it is to be asked.
#[derive(Debug)]
struct Advice {
    relaxation: Relaxation,
    /// Whether it may give bounds on the objective.
    bounding: bool,
    /// Whether it is still to be asked if the whole model has a solution.
    may_refute: bool,
}

impl Advice {
    fn of(relaxation: Relaxation) -> Self {
        let (bounding, may_refute) = (relaxation.may_bound(), relaxation.exponents.is_worth_asking());
        Self { relaxation, bounding, may_refute }
    }
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
}

impl<'a> Search<'a> {
    /// Posts the model.
    pub fn new(model: &'a Model, options: &Options) -> Self {
        let start = Instant::now();
        let (mut posted, state) =
            post(model).map_or_else(|_| (Posted::default(), State::Done), |posted| (posted, State::Enter));
        let refuted = !options.without_relaxation && creeps_in_vain(&mut posted);
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
            relaxation: Some(Advice::of(posted.relaxation)).filter(|_| !options.without_relaxation),
            cut: None,
            objective: posted.objectives.first().copied().flatten(),
            halved: None,
            least_gain: 1,
            excluded: options.excluded.iter().cloned().collect(),
            engine: posted.engine,
            limits: options.limits.clone(),
            deadline: options.limits.time.and_then(|time| start.checked_add(time)),
            pause_after: u64::MAX,
            statistics,
            part: Counters::default(),
            skipped: false,
            stopped: false,
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
                _ if self.stopped => return Walked::Interrupted,
                State::Done => return if self.skipped { Walked::Interrupted } else { Walked::Exhausted },
                State::Retreat => self.retreat(),
                State::Enter if self.part.nodes >= self.pause_after => return Walked::Paused,
                State::Enter => {
                    self.stopped = self.limit_reached();
                    if self.stopped {
                        continue;
                    }
                    match self.enter() {
                        Entered::Inner | Entered::Failed => {}
                        Entered::Solution(solution) => return Walked::Solution(solution),
                        Entered::Interrupted => self.stopped = true,
                    }
                }
            }
        }
    }

    fn limit_reached(&self) -> bool {
        if self.limits.nodes.is_some_and(|limit| self.statistics.nodes >= limit) {
            return true;
        }
        // These two take time to ask for.
        self.part.nodes.is_multiple_of(64)
            && (self.limits.is_over(self.deadline)
                || self.limits.memory_bytes.is_some_and(|limit| self.engine.store.bytes() > limit))
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
            Fixpoint::Reached if self.cannot_improve() => return self.fail(),
            Fixpoint::Reached => {}
        }
        if let Some(decision) = self.decide() {
            self.path.push(Choice { decision, steps_before: self.steps.len() });
            self.engine.push_level();
            self.apply(decision, true);
            return Entered::Inner;
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
        let (limits, deadline) = (&self.limits, self.deadline);
        self.engine.fixpoint(&mut || limits.is_over(deadline))
    }

    /// Whether the linear relaxation proves that no solution below this node is better than the best known.
    fn cannot_improve(&mut self) -> bool {
        /// A linear program takes as long as many nodes: none is solved in a search that is over soon, and later only
        /// where so many variables are open.
        const FIRST_NODE: u64 = 256;
        const OPEN: usize = 4;
        /// One in so many must end a node, or no more are solved but every now and then.
        const WORTH: u64 = 8;
        const NOW_AND_THEN: u64 = 1024;
        let (Some(advice), Some((var, best))) = (&self.relaxation, self.cut) else { return false };
        if !advice.bounding || self.part.nodes < FIRST_NODE {
            return false;
        }
        let doubtful = (self.part.relaxation_cuts + 1) * WORTH < self.part.relaxations;
        if doubtful && !self.part.nodes.is_multiple_of(NOW_AND_THEN) {
            return false;
        }
        let open = self.branch_on.iter().filter(|&&(var, _)| self.engine.store.fixed(var).is_none());
        if open.count() < OPEN {
            return false;
        }
        let start = Instant::now();
        let bound = advice.relaxation.lower_bound(&self.engine.store, var);
        self.statistics.relaxation_time += start.elapsed();
        let ends = bound.is_some_and(|bound| bound > i128::from(best));
        self.part.relaxations += 1;
        self.part.relaxation_cuts += u64::from(ends);
        self.statistics.relaxations += 1;
        self.statistics.relaxation_cuts += u64::from(ends);
        ends
    }

    /// Whether the exponents of products prove that the whole model has no solution. Asked once, when so many nodes have
    /// brought none.
    fn is_refuted(&mut self) -> bool {
        const PATIENCE: u64 = 512;
        let Some(advice) = self.relaxation.as_mut().filter(|advice| advice.may_refute) else { return false };
        if self.part.nodes < PATIENCE || self.statistics.solutions > 0 {
            return false;
        }
        advice.may_refute = false;
        let start = Instant::now();
        let root = self.engine.store.root_domains();
        let refuted = advice.relaxation.exponents.is_infeasible(&|var| &root[var.index()]);
        self.statistics.relaxations += 1;
        self.statistics.relaxation_time += start.elapsed();
        refuted
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
}

/// What branch and bound asks for.
impl Search<'_> {
    /// Whether from now on only solutions strictly better by the first objective are of interest, or those as good too.
    pub(super) fn set_strict(&mut self, strict: bool) {
        self.least_gain = i64::from(strict);
    }

    /// Pauses once so many nodes of the part were seen.
    pub(super) fn pause_after(&mut self, nodes: u64) {
        self.pause_after = nodes;
    }

    /// The nodes of the part seen so far.
    pub(super) fn part_nodes(&self) -> u64 {
        self.part.nodes
    }

    /// Whether some leaf was left out because a number in it was too large.
    pub(super) fn has_skipped(&self) -> bool {
        self.skipped
    }

    /// From now on only solutions are of interest that are better than the given one by the first objective, or as good
    /// where the search is not strict.
    pub(super) fn improve_on(&mut self, known: &Solution) {
        let Some(ObjectiveVar { var, scale }) = self.objective else { return };
        let value = &known.objectives[0] * Number::from(BigInt::from(scale));
        if let Ok(value) = i64::try_from(value.to_integer())
            && is_finite(value)
        {
            let bound = value - self.least_gain;
            self.cut = Some((var, self.cut.map_or(bound, |(_, known)| known.min(bound))));
        }
        if self.halved.is_some() {
            self.return_to_root();
        }
    }

    /// Goes back to the root of the part. What was seen is seen again, unless it cannot improve any more.
    fn return_to_root(&mut self) {
        if let Some(first) = self.path.first() {
            self.steps.truncate(first.steps_before);
        }
        while self.path.pop().is_some() {
            self.engine.pop_level();
        }
        if self.state != State::Done {
            self.state = State::Enter;
        }
    }

    /// Goes back to the root of the part and from now on looks for solutions in the better half of what the objective
    /// can be; each solution then halves what is left. Whether it can: a variable that is not bounded has no half.
    pub(super) fn halve_objective(&mut self) -> bool {
        let Some(ObjectiveVar { var, .. }) = self.objective else { return false };
        self.return_to_root();
        self.halved = (self.engine.store.domain(var).len() < u64::MAX).then_some(var);
        self.halved.is_some()
    }

    /// From now on looks for solutions in the better half of what the objective can be, in every part. Whether it can.
    pub(super) fn halve_at_root(&mut self) -> bool {
        self.begin(&Part::whole());
        self.halve_objective()
    }

    /// Whether every node of the part was seen.
    pub(super) fn is_exhausted(&self) -> bool {
        self.state == State::Done
    }

    /// The nodes of all parts seen so far.
    pub(super) fn nodes(&self) -> u64 {
        self.statistics.nodes
    }

    /// Walks this part next. The root must have been propagated by [`Search::settle_root`].
    pub(super) fn begin(&mut self, part: &Part) {
        while self.engine.level() > 0 {
            self.engine.pop_level();
        }
        self.engine.push_level();
        // Asked in the first walk, if at all.
        if let Some(advice) = &mut self.relaxation {
            advice.may_refute = false;
        }
        self.engine.set_failures(&part.failures);
        self.brancher.forget();
        self.path.clear();
        self.steps.clone_from(&part.steps);
        self.part = Counters { nodes: 0, relaxations: part.asked[0], relaxation_cuts: part.asked[1] };
        self.cut = None;
        let entered = part.steps.iter().all(|&(var, interval)| self.engine.store.restrict(var, interval).is_ok());
        self.state = if entered { State::Enter } else { State::Done };
    }

    /// Propagates at the root, below which all parts begin.
    pub(super) fn settle_root(&mut self) {
        match self.propagate() {
            Fixpoint::Reached => {}
            Fixpoint::Conflict => self.state = State::Done,
            Fixpoint::Interrupted => self.stopped = true,
        }
    }

    /// What has not been walked yet, in the order in which it would be.
    pub(super) fn open_parts(&self) -> Vec<Part> {
        let failures: Arc<[u64]> = Arc::from(self.engine.failures());
        let asked = [self.part.relaxations, self.part.relaxation_cuts];
        let part = |steps: Vec<(Var, Interval)>| Part { steps, failures: Arc::clone(&failures), asked };
        let current = (self.state == State::Enter).then(|| part(self.steps.clone()));
        let others = self.path.iter().rev().map(|&Choice { decision, steps_before }| {
            let mut steps = self.steps[..steps_before].to_vec();
            steps.push((decision.var, decision.part(false)));
            part(steps)
        });
        current.into_iter().chain(others).collect()
    }

    /// A value of the first objective that no solution in these parts is better than, nor the one known; none where
    /// nothing is known. It takes little longer than `grace`.
    pub(super) fn bound_of(&mut self, parts: &[Part], known: &Solution, grace: Duration) -> Option<Number> {
        let ObjectiveVar { var, scale } = self.objective?;
        let deadline = Instant::now() + grace;
        let mut least: Option<i64> = None;
        for part in parts {
            self.begin(part);
            let over = || Instant::now() >= deadline;
            if self.state == State::Enter && self.engine.fixpoint(&mut { over }) != Fixpoint::Conflict {
                let lo = self.engine.store.lo(var);
                least = Some(least.map_or(lo, |least| least.min(lo)));
            }
        }
        let scale = Number::from(BigInt::from(scale));
        let known = &known.objectives[0] * &scale;
        match least {
            Some(least) if !is_finite(least) => None,
            Some(least) => Some(known.min(Number::from(BigInt::from(least))) / scale),
            None => Some(known / scale),
        }
    }
}

enum Entered {
    Inner,
    Failed,
    Solution(Solution),
    Interrupted,
}

/// Whether bounds would creep towards each other for very long, though the linear relaxation sees that they never meet.
///
/// Two variables with very many values in one row make it possible, a long propagation makes it likely. Only then is the
/// linear program solved: it takes as long as many propagations.
fn creeps_in_vain(posted: &mut Posted) -> bool {
    const PATIENCE: u64 = 1 << 14;
    let engine = &mut posted.engine;
    if !posted.relaxation.may_creep(&engine.store, posted.decisions) {
        return false;
    }
    let mut asked = 0;
    let fixpoint = engine.fixpoint(&mut || {
        // Asked every 256 propagations.
        asked += 256;
        asked >= PATIENCE
    });
    if fixpoint == Fixpoint::Interrupted {
        engine.schedule_all();
        return posted.relaxation.is_infeasible(&engine.store);
    }
    fixpoint == Fixpoint::Conflict
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
