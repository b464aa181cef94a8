//! [`Tuner`]: asks for measurements, and is told of them.

use super::learn::{Candidates, Chooser, coordinate};
use super::pool::{Pool, Prediction};
use super::priors::lesson;
use super::{Measured, Outcome, TellFault, TellRefused, TuneError};
use crate::cache::CacheUse;
use crate::config::{Config, Unverified};
use crate::enumerate::Solutions;
use crate::kernel::Chosen;
use crate::problem::Problem;
use crate::solve::{self, Answer, Status};
use crate::tiling::{NamedFault, Tiling, lower};
use constrint_solver::model::Objective;
use constrint_solver::{Limits, Solution, Statistics, checker};
use itertools::Itertools;

/// A failure elsewhere weighs so much of one here.
const WEIGHT_ELSEWHERE: f32 = 0.5;
/// A gain below this fraction is none.
pub const WORTHWHILE_GAIN: f64 = 0.01;
/// A chance of a worthwhile gain below this one ends the tuning.
pub const SMALL_CHANCE: f64 = 0.05;
/// It is not looked at before there are so many measurements.
const FEWEST: usize = 20;

/// How a tuner begins.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What it draws by: the same questions follow from the same seed and the same answers.
    pub seed: u64,
    /// Limits of the building of the space; the problem's own hold where none is set here.
    pub limits: Limits,
    /// What was measured elsewhere: on other GPUs, for other shapes, or earlier. A list a log.
    pub priors: Vec<Vec<Measured>>,
    /// Propose only these configurations, each a solution, instead of the space: what a recording has.
    pub only: Option<Vec<Vec<i64>>>,
}

/// Chooses which configuration to measure next. See the [module](super).
#[derive(Debug)]
pub struct Tuner {
    tiling: Tiling,
    prediction: Option<Prediction>,
    pool: Pool,
    priors: Vec<Vec<Measured>>,
    chooser: Chooser,
    measured: Vec<Measured>,
    best: Option<usize>,
}

/// What may still be gained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Left {
    /// The chance that some configuration is quicker than the best by [`WORTHWHILE_GAIN`].
    pub chance: f64,
    /// What the quickest one is expected to take, in milliseconds.
    pub expected_ms: f64,
    /// How many configurations next to the best, with one variable a step larger or smaller, were not measured yet.
    pub beside_best: usize,
}

impl Left {
    /// Whether the chance is below [`SMALL_CHANCE`], and all that is next to the best was measured: a smooth model does not see a kink.
    pub fn is_settled(&self) -> bool {
        self.chance < SMALL_CHANCE && self.beside_best == 0
    }
}

impl Tuner {
    /// Builds the space of a problem, predicts the times where there is something to predict by, and reads the priors.
    ///
    /// # Errors
    /// [`TuneError`] where the problem is not right.
    pub fn new(problem: &Problem, settings: Settings) -> Result<Self, TuneError> {
        let tiling = lower(problem)?;
        let prediction = Prediction::of(&tiling);
        let width = tiling.model.variables().len();
        let pool = if let Some(rows) = &settings.only {
            Pool::only(rows, width)
        } else {
            let solutions = Solutions::of(problem, &tiling, &settings.limits)?;
            Pool::of(&solutions, width, prediction.as_ref(), settings.seed)
        };
        let chooser = Chooser::new(settings.seed);
        let (priors, measured) = (settings.priors, Vec::new());
        let mut tuner = Self { tiling, prediction, pool, priors, chooser, measured, best: None };
        tuner.learn();
        Ok(tuner)
    }

    /// Tells the chooser of all configurations of the pool.
    fn learn(&mut self) {
        let predicted = self.prediction.as_ref().map(|prediction| self.pool.predicted(prediction));
        let lessons: Vec<_> = self.priors.iter().map(|log| lesson(log, &self.pool, predicted.as_deref())).collect();
        let mut features: Vec<Vec<f64>> = predicted.iter().cloned().collect();
        if !lessons.is_empty() {
            let mean = |place: usize| {
                let sum: f64 = lessons.iter().map(|lesson| lesson.differences[place]).sum();
                #[expect(clippy::cast_precision_loss, reason = "nobody gives 2^53 logs")]
                let count = lessons.len() as f64;
                sum / count
            };
            features.push((0..self.pool.len()).map(mean).collect());
        }
        let expected = (!features.is_empty())
            .then(|| (0..self.pool.len()).map(|place| features.iter().map(|feature| feature[place]).sum()).collect());
        let candidates = Candidates {
            coordinates: self.pool.columns().iter().filter_map(|column| coordinate(column)).collect(),
            features: features.iter().map(|feature| around_zero(feature)).collect(),
            count: self.pool.len(),
        };
        let elsewhere = lessons.iter().flat_map(|lesson| &lesson.tried).copied();
        let elsewhere = elsewhere.map(|(place, failed)| (place, failed, WEIGHT_ELSEWHERE)).collect_vec();
        self.chooser.begin(candidates, expected, &elsewhere);
    }

    /// Up to `count` configurations to measure next, the most promising first, far enough from each other that all teach something.
    /// None of them was given before. Fewer where the space is at its end. [`configuration`] tells what they mean for the kernel.
    pub fn ask(&mut self, count: usize) -> Vec<Chosen> {
        self.chooser.ask(count).into_iter().map(|place| self.named(self.pool.row(place))).collect()
    }

    fn named(&self, row: &[i64]) -> Chosen {
        let names = self.tiling.model.variables().iter().map(|variable| variable.name.clone());
        names.zip(row.iter().copied()).collect()
    }

    /// Learns what a configuration took, or how it failed. It need not be one that was asked for.
    ///
    /// # Errors
    /// [`TuneError::Tell`] where the configuration is no solution of the problem, or was told before, or the time is none.
    pub fn tell(&mut self, values: &Chosen, outcome: Outcome) -> Result<(), TuneError> {
        let number = self.measured.len() + 1;
        let refused = |fault| TuneError::from(TellRefused { number, fault });
        let row = self.tiling.row(values).map_err(|fault| refused(fault.into()))?;
        let (known, count) = (self.pool.find(&row), self.pool.len());
        if known.is_none() && checker::is_solution(&self.tiling.model, &row) != Ok(true) {
            let violated = self.violated(&row);
            return Err(refused(NamedFault::NotASolution { violated }.into()));
        }
        let value = match outcome {
            Outcome::Took(time_ms) if time_ms.is_finite() && time_ms > 0.0 => Some(time_ms.ln()),
            Outcome::Took(time_ms) => return Err(refused(TellFault::Time { found: time_ms.to_string() })),
            Outcome::Failed(_) => None,
        };
        if known.is_some_and(|place| self.chooser.is_told(place)) {
            return Err(refused(TellFault::Twice));
        }
        let place = known.unwrap_or_else(|| self.pool.insert(&row));
        let is_new = place == count;
        let is_best = matches!((&outcome, self.best()), (Outcome::Took(time), Some((_, best))) if *time < best)
            || (self.best.is_none() && value.is_some());
        self.measured.push(Measured { values: row, outcome });
        if is_best {
            self.best = Some(self.measured.len() - 1);
        }
        self.chooser.tell(place, value, is_new);
        // What is near the best is looked at more closely.
        if is_new || (is_best && self.pool.grow(place)) {
            self.learn();
        }
        Ok(())
    }

    fn violated(&self, row: &[i64]) -> Option<String> {
        let model = &self.tiling.model;
        let wrong = model.variables().iter().zip(row).find(|(variable, value)| !variable.values.contains(**value));
        wrong.map(|(variable, _)| variable.name.clone()).or_else(|| {
            let index = *checker::violated(model, row).ok()?.first()?;
            Some(model.constraints()[index].name.clone())
        })
    }

    /// The best that was measured, and its time in milliseconds.
    pub fn best(&self) -> Option<(&[i64], f64)> {
        let best = &self.measured[self.best?];
        match best.outcome {
            Outcome::Took(time_ms) => Some((&best.values, time_ms)),
            Outcome::Failed(_) => None,
        }
    }

    /// The best that was measured, as a configuration.
    ///
    /// # Errors
    /// [`TuneError::Unverified`]: a bug.
    pub fn best_config(&self) -> Result<Option<Config>, TuneError> {
        Ok(self.best().map(|(values, _)| configuration(&self.tiling, &self.named(values))).transpose()?)
    }

    /// The best that was measured, as an answer that no search proved: [`Status::Feasible`], or [`Status::Unknown`] where nothing works.
    ///
    /// # Errors
    /// [`TuneError::Unverified`]: a bug.
    pub fn into_answer(self) -> Result<Answer, TuneError> {
        let configs: Vec<Config> = self.best_config()?.into_iter().collect();
        let status = if configs.is_empty() { Status::Unknown } else { Status::Feasible };
        let (statistics, cache) = (Statistics::default(), CacheUse::None);
        let (conflict, conflict_is_minimal, tiling) = (None, false, self.tiling);
        Ok(Answer { status, configs, conflict, conflict_is_minimal, statistics, cache, tiling })
    }

    /// What was measured, in the order in which it was told.
    pub fn measured(&self) -> &[Measured] {
        &self.measured
    }

    /// What may still be gained; none before there is enough to tell by.
    pub fn left(&mut self) -> Option<Left> {
        let enough = self.measured.len() >= FEWEST && self.best.is_some();
        let (chance, quickest) = enough.then(|| self.chooser.left(WORTHWHILE_GAIN))??;
        Some(Left { chance, expected_ms: quickest.exp(), beside_best: self.chooser.beside_best().len() })
    }

    /// How many configurations the space has, where that is known.
    pub fn total(&self) -> Option<f64> {
        self.pool.total
    }

    /// The problem as the solver sees it.
    pub fn tiling(&self) -> &Tiling {
        &self.tiling
    }
}

/// What a configuration means for the kernel: its resources, macros and predicted time. It takes some milliseconds where a kernel has many
/// quantities.
///
/// # Errors
/// [`Unverified`]: a bug.
///
/// # Panics
/// If it has no value for a variable of the problem.
pub fn configuration(tiling: &Tiling, values: &Chosen) -> Result<Config, Unverified> {
    let row: Vec<i64> = tiling.model.variables().iter().map(|variable| values[&variable.name]).collect();
    let value = |objective: &Objective| checker::evaluate(&objective.expr, &row).ok().flatten();
    let objectives = tiling.model.objectives().iter().filter_map(value).collect();
    solve::config(tiling, &Solution { values: row, objectives })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "features are in single precision")]
fn around_zero(feature: &[f64]) -> Vec<f32> {
    let mean = feature.iter().sum::<f64>() / feature.len().max(1) as f64;
    feature.iter().map(|value| (value - mean) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuner(objective: &str, settings: Settings) -> Tuner {
        let text = format!(
            r#"{{"version": 1, "variables": {{"x": {{"min": 1, "max": 20}}, "y": {{"min": 1, "max": 20}}}},
                "constraints": ["x * y <= 200"]{objective}}}"#
        );
        Tuner::new(&Problem::from_json(&text).unwrap(), settings).unwrap()
    }

    fn values(x: i64, y: i64) -> Chosen {
        [("x".to_owned(), x), ("y".to_owned(), y)].into()
    }

    #[test]
    fn the_objective_is_what_is_expected() {
        let mut best = tuner(r#", "objective": {"minimize": "(x - 7) ** 2 + (y - 4) ** 2 + 1"}"#, Settings::default());
        assert_eq!(best.ask(1), [values(7, 4)]);
        let mut most = tuner(r#", "objective": {"maximize": "x * y"}"#, Settings::default());
        let first = most.ask(1).remove(0);
        assert_eq!(first["x"] * first["y"], 200);
    }

    #[test]
    fn what_cannot_be_right_is_refused_and_not_learned() {
        let mut tuner = tuner("", Settings::default());
        let mut refused = |values: Chosen, outcome| match tuner.tell(&values, outcome).unwrap_err() {
            TuneError::Tell(refused) => refused.fault,
            other => panic!("{other}"),
        };
        let violated = |name: &str| NamedFault::NotASolution { violated: Some(name.to_owned()) }.into();
        assert_eq!(refused(values(20, 20), Outcome::Took(1.0)), violated("constraints[0]"));
        assert_eq!(refused(values(21, 1), Outcome::Took(1.0)), violated("x"));
        for time in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(refused(values(1, 1), Outcome::Took(time)), TellFault::Time { .. }));
        }
        let missing = [("x".to_owned(), 1)].into();
        assert_eq!(refused(missing, Outcome::Took(1.0)), NamedFault::Missing { name: "y".to_owned() }.into());
        let unknown = [("x".to_owned(), 1), ("yy".to_owned(), 1)].into();
        assert!(matches!(refused(unknown, Outcome::Took(1.0)), TellFault::Values(NamedFault::Unknown { .. })));
        assert!(tuner.measured().is_empty());
        tuner.tell(&values(3, 3), Outcome::Took(2.0)).unwrap();
        tuner.tell(&values(3, 4), Outcome::Failed("no launch".to_owned())).unwrap();
        for twice in [values(3, 3), values(3, 4)] {
            assert!(tuner.tell(&twice, Outcome::Took(1.0)).is_err());
        }
        assert_eq!(tuner.best(), Some((&[3, 3][..], 2.0)));
        assert!(!tuner.ask(400).contains(&values(3, 3)), "what was told is not asked");
    }

    /// Of a recording's rows alone, but told of another solution.
    #[test]
    fn told_of_what_is_not_in_the_pool() {
        let only = Some(vec![vec![1, 1], vec![2, 2], vec![3, 3]]);
        let mut tuner = tuner("", Settings { only, ..Settings::default() });
        tuner.tell(&values(5, 5), Outcome::Took(3.0)).unwrap();
        assert_eq!(tuner.best(), Some((&[5, 5][..], 3.0)));
        assert_eq!(tuner.ask(9).len(), 3);
    }

    /// A space beyond what is looked at as a whole, with its best where nothing predicts it: what is near the best is added.
    #[test]
    fn large_spaces_are_looked_at_more_closely_near_the_best() {
        let names: Vec<String> = (0..8).map(|index| format!(r#""v{index}": {{"min": 1, "max": 8}}"#)).collect();
        let text = format!(r#"{{"version": 1, "variables": {{{}}}}}"#, names.join(", "));
        let mut tuner = Tuner::new(&Problem::from_json(&text).unwrap(), Settings::default()).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let time = |values: &Chosen| {
            let squares: i64 = values.values().map(|value| (value - 6).pow(2)).sum();
            1.0 + squares as f64 / 20.0
        };
        for _ in 0..80 {
            for values in tuner.ask(1) {
                tuner.tell(&values, Outcome::Took(time(&values))).unwrap();
            }
        }
        let (_, best) = tuner.best().unwrap();
        assert!(best < 1.11, "{best}: a random draw of 80 has about 2");
    }
}
