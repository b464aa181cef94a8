//! [`Trials`]: the search that proposes, and hears the verdicts.

use super::{Trial, TrialFault, TrialRefused, TrialsError, Verdict};
use crate::cache::CacheUse;
use crate::config::Config;
use crate::problem::Problem;
use crate::solve::{self, Answer, Request, Status};
use crate::tiling::{NamedFault, Tiling, lower, unknown, variable_names};
use constrint_solver::trials::{self as solver, TrialError};
use constrint_solver::{Options, ValueOrder, VarId};

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Proposal {
    /// Test this configuration and report the verdict.
    Try(Box<Config>),
    /// Nothing better than what worked is left.
    Done,
    /// A limit of the request was reached before that was settled.
    Interrupted,
}

/// A search whose configurations are put to an outside test. See the [module](super).
#[derive(Debug)]
pub struct Trials {
    tiling: Tiling,
    options: Options,
    search: solver::Trials,
    done: bool,
}

impl Trials {
    /// Starts without any trial. The time limit of the request holds for all searches and tests together, that of the
    /// problem for each search.
    ///
    /// # Errors
    /// [`TrialsError`] where the problem or the request is not right.
    pub fn new(problem: &Problem, request: &Request) -> Result<Self, TrialsError> {
        let mut tiling = lower(problem)?;
        let (end, mut each) = (request.limits.end(), request.clone());
        each.limits.time = None;
        let mut options = solve::options(problem, &each, &mut tiling)?;
        // The problem's own limit begins anew with each search.
        options.limits.deadline = end;
        let search = solver::Trials::new(&tiling.model, &options);
        Ok(Self { tiling, options, search, done: false })
    }

    /// Takes a variable to be monotone and bisects it, as [`constrint_solver::trials::Trials::bisect`] says. To be
    /// called before any trial.
    ///
    /// # Errors
    /// [`TrialsError::Problem`] when no variable has that name.
    pub fn bisect(mut self, name: &str, wanted: ValueOrder) -> Result<Self, TrialsError> {
        let variable = self.tiling.model.find(name);
        let variable = variable.ok_or_else(|| unknown("--bisect", name, variable_names(&self.tiling)))?;
        self.search = self.search.bisect(variable, wanted);
        Ok(self)
    }

    /// Learns from the trials of an earlier search without proposing them again.
    ///
    /// # Errors
    /// [`TrialsError::Trial`] with the first trial that does not fit the problem or contradicts an earlier one.
    pub fn resume(mut self, log: &[Trial]) -> Result<Self, TrialsError> {
        let entries = log.iter().enumerate().map(|(index, trial)| self.entry(index, trial));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        self.search = self.search.resume(&entries).map_err(refused)?;
        Ok(self)
    }

    /// The next configuration to test. Until its verdict is reported, the same one again.
    ///
    /// # Errors
    /// [`TrialsError::Unverified`]: a bug.
    pub fn propose(&mut self) -> Result<Proposal, TrialsError> {
        Ok(match self.search.propose() {
            solver::Proposal::Try(solution) => Proposal::Try(Box::new(solve::config(&self.tiling, &solution)?)),
            solver::Proposal::Done => {
                self.done = true;
                Proposal::Done
            }
            solver::Proposal::Interrupted => Proposal::Interrupted,
        })
    }

    /// Learns what the test said of the configuration that was proposed last, and gives the trial for a log.
    ///
    /// # Errors
    /// [`TrialsError::Trial`] when the verdict blames what is no variable, or rules out what worked. Nothing is learned then.
    ///
    /// # Panics
    /// If nothing was proposed since the last verdict.
    pub fn report(&mut self, verdict: &Verdict) -> Result<Trial, TrialsError> {
        let entry = self.search.log().len();
        self.search.report(self.by_id(entry, verdict)?).map_err(refused)?;
        let values = &self.search.log()[entry].values;
        let names = self.tiling.model.variables().iter().map(|variable| variable.name.clone());
        let values = names.zip(values.iter().copied()).collect();
        Ok(Trial { values, verdict: verdict.clone(), seconds: None })
    }

    /// How many trials there were, those resumed from included.
    pub fn count(&self) -> usize {
        self.search.log().len()
    }

    /// The problem as the search sees it.
    pub fn tiling(&self) -> &Tiling {
        &self.tiling
    }

    /// The best configuration that worked, as the answer to the problem: [`Status::Optimal`] where nothing better is left,
    /// [`Status::Infeasible`] where nothing works. A conflict is looked for only where the problem has no solution even
    /// without a test.
    ///
    /// # Errors
    /// [`TrialsError::Unverified`]: a bug.
    pub fn answer(self) -> Result<Answer, TrialsError> {
        let best = self.search.best().map(|best| solve::config(&self.tiling, best)).transpose()?;
        let status = match (self.done, best.is_some()) {
            (true, true) => Status::Optimal,
            (true, false) => Status::Infeasible,
            (false, true) => Status::Feasible,
            (false, false) => Status::Unknown,
        };
        let unsolvable = status == Status::Infeasible && self.search.log().is_empty();
        let (conflict, conflict_is_minimal) = if unsolvable {
            solve::conflict(&self.tiling.model, &self.options, solve::TIME_FOR_CONFLICT)
        } else {
            (None, false)
        };
        let (configs, mut statistics) = (best.into_iter().collect(), self.search.statistics().clone());
        if !self.done {
            let limits = &self.options.limits;
            statistics.stopped = statistics.stopped.or_else(|| limits.over(limits.deadline));
        }
        let (tiling, cache) = (self.tiling, CacheUse::None);
        Ok(Answer { status, configs, conflict, conflict_is_minimal, statistics, cache, tiling })
    }

    fn entry(&self, index: usize, trial: &Trial) -> Result<solver::Trial, TrialsError> {
        let values = self.tiling.row(&trial.values).map_err(|wrong| fault(index, wrong))?;
        Ok(solver::Trial { values, verdict: self.by_id(index, &trial.verdict)? })
    }

    fn by_id(&self, entry: usize, verdict: &Verdict) -> Result<solver::Verdict, TrialsError> {
        let id = |name: &String| -> Result<VarId, TrialsError> {
            self.tiling.model.find(name).ok_or_else(|| fault(entry, self.tiling.unknown_variable(name)))
        };
        Ok(match verdict {
            Verdict::Works => solver::Verdict::Works,
            Verdict::Fails => solver::Verdict::Fails,
            Verdict::FailsFrom { variable } => solver::Verdict::FailsFrom { variable: id(variable)? },
            Verdict::FailsUpTo { variable } => solver::Verdict::FailsUpTo { variable: id(variable)? },
        })
    }
}

/// People count trials from 1.
fn fault(entry: usize, fault: impl Into<TrialFault>) -> TrialsError {
    TrialRefused { number: entry + 1, fault: fault.into() }.into()
}

fn refused(error: TrialError) -> TrialsError {
    match error {
        TrialError::NotASolution { entry, violated } => fault(entry, NamedFault::NotASolution { violated }),
        TrialError::Contradiction { entry, earlier } => {
            fault(entry, TrialFault::Contradiction { earlier: earlier + 1 })
        }
        TrialError::NothingProposed => panic!("a verdict is reported of what was proposed"),
        TrialError::WrongLength { .. } | TrialError::ForeignVariable { .. } => unreachable!("names were looked up"),
    }
}
