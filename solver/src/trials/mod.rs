//! [`Trials`]: search with an outside test, such as compile and run.
//!
//! The model says what should work, the test what does. [`Trials::propose`] gives the best solution that is still open,
//! the caller tests it and [`Trials::report`]s the verdict, until nothing better is left. Every verdict is learned as a
//! constraint, and the log of trials is all that there is to know: a search resumed from it goes on where it stopped.
//!
//! ```
//! use constrint_solver::trials::{Proposal, Trials, Verdict};
//! use constrint_solver::{Model, Options, Values, language};
//!
//! let mut model = Model::new();
//! let tile = model.add_variable("tile", Values::divisors_of(768)?)?;
//! model.add_variable("stages", Values::range(1, 8, 1)?)?;
//! let size = language::parse("tile * stages", &model)?;
//! model.require(size.clone().at_most(1000));
//! model.maximize(size);
//! // What the model does not know: three stages are too many, and so are tiles from 300 on.
//! let compile_and_run = |values: &[i64]| match (values[0], values[1]) {
//!     (300.., _) => Verdict::FailsFrom { variable: tile },
//!     (_, 3..) => Verdict::Fails,
//!     _ => Verdict::Works,
//! };
//!
//! let mut trials = Trials::new(&model, &Options::default());
//! while let Proposal::Try(solution) = trials.propose() {
//!     trials.report(compile_and_run(&solution.values))?;
//! }
//! assert_eq!(trials.best().unwrap().values, [256, 2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `verdict.rs` | what a test can say, the log's entries, what is refused |
//! | `learning.rs` | verdicts as constraints |
//! | `bisection.rs` | which values of a monotone variable are still open |
//! | `ranking.rs` | which of two solutions is better |
//!
//! # What it promises
//!
//! * No assignment is proposed twice, and none that a verdict rules out.
//! * When [`Proposal::Done`] comes, [`Trials::best`] is the best of all solutions that no verdict ruled out: by the
//!   objectives in lexicographic order, or without objectives the first in the order of [`Options::order`] with the
//!   other variables after it, smallest first. Without a [bisection](Trials::bisect), proposals come best first, so that
//!   the first one that works is the last.
//! * The proposals depend on the model, the options and the log alone. Of equally good solutions the search decides
//!   which one comes first, and always decides the same.

mod bisection;
mod learning;
mod ranking;
mod verdict;

pub use verdict::{Trial, TrialError, Verdict};

use crate::brancher::ValueOrder;
use crate::checker;
use crate::model::{Expr, Model, VarId};
use crate::search::{Branching, Options, Outcome, Solution, Statistics, solve};
use bisection::Bisection;
use std::time::Instant;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// Test this solution and report the verdict.
    Try(Solution),
    /// Nothing better than [`Trials::best`] is left.
    Done,
    /// A limit of the options was reached before that was settled.
    Interrupted,
}

/// A search whose solutions are put to an outside test. See the [module](self).
#[derive(Debug, Clone)]
pub struct Trials {
    /// As the caller stated it.
    stated: Model,
    /// With what was learned.
    learned: Model,
    options: Options,
    bisection: Option<Bisection>,
    pending: Option<Solution>,
    best: Option<Solution>,
    /// Whether nothing better than the best is left.
    settled: bool,
    log: Vec<Trial>,
    statistics: Statistics,
}

impl Trials {
    /// Starts without any trial.
    ///
    /// The options' limits hold for each search for a proposal; [`Trials::until`] ends them all. Without an objective, [`Options::branching`] is of no effect.
    pub fn new(model: &Model, options: &Options) -> Self {
        let mut options = options.clone();
        if model.objectives().is_empty() {
            options.branching = Branching::InputOrder;
        }
        Self {
            stated: model.clone(),
            learned: model.clone(),
            options,
            bisection: None,
            pending: None,
            best: None,
            settled: false,
            log: Vec::new(),
            statistics: Statistics::default(),
        }
    }

    /// Proposes nothing more after this time.
    #[must_use]
    pub fn until(mut self, deadline: Instant) -> Self {
        self.options.limits.deadline = Some(deadline);
        self
    }

    /// Takes a variable to be monotone: where some value fails, all values beyond it fail as well, whatever the other
    /// variables are. Beyond means larger for [`ValueOrder::LargestFirst`] (large values are wanted, and fail sooner),
    /// smaller for [`ValueOrder::SmallestFirst`].
    ///
    /// From now on [`Verdict::Fails`] means that. Each proposal is the best solution among those whose variable is at
    /// most the middle of the values that are still open; if it works, everything up to the middle is settled, and if it
    /// fails, everything from its value on is. So `floor(log2(n)) + 1` verdicts of [`Verdict::Works`] or
    /// [`Verdict::Fails`] are enough for a variable of `n` values; other verdicts are taken at their word and come on top.
    ///
    /// Where the test is not monotone, what is found works, but something better may be missed.
    ///
    /// # Panics
    /// If the variable is not one of the model, or there were trials already: a log is read after this.
    #[must_use]
    pub fn bisect(mut self, variable: VarId, wanted: ValueOrder) -> Self {
        assert!(self.log.is_empty() && self.pending.is_none(), "the variable to bisect is named before any trial");
        self.bisection = Some(Bisection::new(&self.stated, variable, wanted));
        self
    }

    /// Learns from the trials of an earlier search, in their order, without proposing them again. They may come from a
    /// search with other options, or for another objective.
    ///
    /// ```
    /// use constrint_solver::trials::{Proposal, Trial, TrialError, Trials, Verdict};
    /// use constrint_solver::{Model, Options, Values};
    ///
    /// let mut model = Model::new();
    /// model.add_variable("x", Values::range(1, 9, 1)?)?;
    /// let log = [Trial { values: vec![1], verdict: Verdict::Fails }];
    /// let mut trials = Trials::new(&model, &Options::default()).resume(&log)?;
    /// assert!(matches!(trials.propose(), Proposal::Try(solution) if solution.values == [2]));
    ///
    /// let log = [Trial { values: vec![10], verdict: Verdict::Fails }];
    /// let refused = Trials::new(&model, &Options::default()).resume(&log).unwrap_err();
    /// assert_eq!(refused, TrialError::NotASolution { entry: 0, violated: Some("x".to_owned()) });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TrialError`] with the first entry that is no solution of the model or contradicts an earlier one.
    pub fn resume(mut self, log: &[Trial]) -> Result<Self, TrialError> {
        for trial in log {
            let solution = self.stated_solution(&trial.values)?;
            self.learn(solution, trial.verdict)?;
        }
        self.settled = false;
        if let Some(bisection) = &mut self.bisection {
            bisection.doubt();
        }
        Ok(self)
    }

    /// The next solution to test. Until its verdict is reported, the same one again.
    pub fn propose(&mut self) -> Proposal {
        if let Some(solution) = &self.pending {
            return Proposal::Try(solution.clone());
        }
        if self.settled {
            return Proposal::Done;
        }
        let found = if self.bisection.is_some() { self.bisected() } else { self.better(None) };
        match found {
            Found::Better(solution) => {
                self.pending = Some(solution.clone());
                Proposal::Try(solution)
            }
            Found::Nothing => {
                self.settled = true;
                Proposal::Done
            }
            Found::Interrupted => Proposal::Interrupted,
        }
    }

    /// Learns what the test said of the solution that was proposed last.
    ///
    /// # Errors
    /// [`TrialError::NothingProposed`]; [`TrialError::Contradiction`] where the verdict rules out what worked in an
    /// earlier trial. Nothing is learned then, and the solution is still proposed.
    pub fn report(&mut self, verdict: Verdict) -> Result<(), TrialError> {
        let solution = self.pending.clone().ok_or(TrialError::NothingProposed)?;
        self.learn(solution, verdict)?;
        self.pending = None;
        Ok(())
    }

    /// The best solution that worked so far.
    pub fn best(&self) -> Option<&Solution> {
        self.best.as_ref()
    }

    /// All trials so far, those of [`Trials::resume`] first.
    pub fn log(&self) -> &[Trial] {
        &self.log
    }

    /// What all searches together did.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// The best solution with the bisected variable in the lower half of what is open, where it is better than the best
    /// known; lower halves that hold no such solution are settled on the way.
    fn bisected(&mut self) -> Found {
        while let Some(bisection) = &self.bisection {
            let Some(part) = bisection.part() else { return Found::Nothing };
            let found = self.better(Some(part));
            let bisection = self.bisection.as_mut().expect("looked at above");
            match found {
                Found::Better(_) if bisection.is_in_doubt() => bisection.start_over(),
                Found::Nothing => bisection.settle_part(),
                found => return found,
            }
        }
        Found::Nothing
    }

    /// The best solution that is still open and satisfies `part`, where it is better than the best known.
    fn better(&mut self, part: Option<Expr>) -> Found {
        let mut model = self.learned.clone();
        if let Some(part) = part {
            model.require(part);
        }
        let limits = &self.options.limits;
        let reached = limits.over(limits.deadline);
        if reached.is_some() {
            self.statistics.stopped = reached;
            return Found::Interrupted;
        }
        let (outcome, statistics) = solve(&model, &self.options);
        self.statistics.stopped = statistics.stopped;
        self.statistics.add(&statistics);
        match outcome {
            Outcome::Optimal(solution) if self.improves(&solution) => Found::Better(solution),
            Outcome::Optimal(_) | Outcome::Infeasible => Found::Nothing,
            Outcome::Feasible(_) | Outcome::Unknown => Found::Interrupted,
        }
    }

    fn improves(&self, solution: &Solution) -> bool {
        let better = |best| ranking::is_better(&self.stated, &self.options.order, solution, best);
        self.best.as_ref().is_none_or(better)
    }

    fn learn(&mut self, solution: Solution, verdict: Verdict) -> Result<(), TrialError> {
        let verdict = self.checked(&solution, verdict)?;
        let meant = self.bisection.as_ref().map_or(verdict, |bisection| bisection.meant(verdict));
        if let Some(bisection) = &mut self.bisection {
            bisection.learn(&solution.values, meant);
        }
        self.log.push(Trial { values: solution.values.clone(), verdict });
        if let Some(left) = learning::left(&solution.values, meant) {
            self.learned.require(left);
        } else {
            // Proposals come best first, unless a middle decides: what works is then the best of all that is left.
            self.settled = self.bisection.is_none();
            if self.improves(&solution) {
                self.best = Some(solution);
            }
        }
        Ok(())
    }

    /// Refuses a verdict on a variable that is not there, or one that cannot be true beside the earlier ones.
    fn checked(&self, solution: &Solution, verdict: Verdict) -> Result<Verdict, TrialError> {
        let entry = self.log.len();
        if verdict.variable().is_some_and(|variable| variable.index() >= self.stated.variables().len()) {
            return Err(TrialError::ForeignVariable { entry });
        }
        let meant = |verdict| self.bisection.as_ref().map_or(verdict, |bisection| bisection.meant(verdict));
        let clashes = |trial: &Trial| {
            let (earlier, later) = (meant(trial.verdict), meant(verdict));
            later == Verdict::Works && learning::rules_out(&trial.values, earlier, &solution.values)
                || earlier == Verdict::Works && learning::rules_out(&solution.values, later, &trial.values)
        };
        match self.log.iter().position(clashes) {
            Some(earlier) => Err(TrialError::Contradiction { entry, earlier }),
            None => Ok(verdict),
        }
    }

    /// An entry of a log as a solution of the model as it was stated.
    fn stated_solution(&self, values: &[i64]) -> Result<Solution, TrialError> {
        let (entry, variables) = (self.log.len(), self.stated.variables());
        if values.len() != variables.len() {
            return Err(TrialError::WrongLength { entry, found: values.len(), expected: variables.len() });
        }
        let refused = |violated: Option<&String>| TrialError::NotASolution { entry, violated: violated.cloned() };
        let strays = variables.iter().zip(values).find(|(variable, value)| !variable.values.contains(**value));
        if let Some((variable, _)) = strays {
            return Err(refused(Some(&variable.name)));
        }
        let violated = checker::violated(&self.stated, values).map_err(|_| refused(None))?;
        if let Some(&index) = violated.first() {
            return Err(refused(Some(&self.stated.constraints()[index].name)));
        }
        let value_of = |expr| checker::evaluate(expr, values).ok().flatten().ok_or_else(|| refused(None));
        let objectives = self.stated.objectives().iter().map(|objective| value_of(&objective.expr));
        Ok(Solution { values: values.to_vec(), objectives: objectives.collect::<Result<_, _>>()? })
    }
}

enum Found {
    Better(Solution),
    Nothing,
    Interrupted,
}
