//! [`tune`]: asks, measures, tells and logs, until it is settled.

use super::{Left, Log, Measured, Outcome, TuneError, Tuner};
use crate::kernel::Chosen;
use constrint_solver::{Exhausted, Limits};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A run that is so many times slower than the best is not repeated.
const HOPELESS: f64 = 1.5;
/// Where none of so many works, it is more likely the bench that does not.
const GIVEN_UP_AT: usize = 20;
/// Between two looks at the limits.
const LOOK: Duration = Duration::from_millis(20);

/// Measures configurations.
pub trait Bench: Sync {
    /// Why nothing can be measured at all; what is wrong with one configuration is a [`Run::Failed`].
    type Error: Send;

    /// Runs a configuration once. Several threads may call it at once, as many as [`Plan::jobs`] says.
    ///
    /// # Errors
    /// What ends the tuning.
    fn measure(&self, values: &Chosen, limits: &Limits) -> Result<Run, Self::Error>;
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Run {
    /// It took so many milliseconds.
    Took(f64),
    /// It did not work, in a word or a sentence.
    Failed(String),
    /// A limit of the tuning ended it, and it says nothing.
    Stopped,
}

/// How to go about it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Measurements at most, those of the log included; none for no such limit.
    pub measurements: Option<usize>,
    /// Runs of a configuration, whose median counts; hopeless ones are run once. 0 counts as 1.
    pub repeat: usize,
    /// Configurations that are measured at once. 0 counts as 1.
    pub jobs: usize,
    /// Go on when little is left to gain, or nothing works.
    pub to_the_end: bool,
    /// When to stop.
    pub limits: Limits,
}

/// Why a tuning ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// There were as many measurements as the plan has.
    Measurements,
    /// The chance of a worthwhile gain is small.
    Settled(Left),
    /// None of the first ones works.
    NothingWorks,
    /// Every configuration was measured.
    Exhausted,
    /// A limit.
    Limit(Exhausted),
}

/// What happened, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What was measured.
    pub measured: &'a Measured,
    /// Its number, counted from 1.
    pub number: usize,
    /// The best time so far, in milliseconds.
    pub best_ms: Option<f64>,
    /// What may still be gained, where that is known.
    pub left: Option<Left>,
}

/// Why a tuning failed.
#[derive(Debug)]
pub enum Ended<E> {
    /// The tuner, or the log.
    Tuner(TuneError),
    /// The bench.
    Bench(E),
}

impl<E> From<TuneError> for Ended<E> {
    fn from(error: TuneError) -> Self {
        Self::Tuner(error)
    }
}

/// A configuration that was measured: its median, or how it failed, and all its runs. None where a limit ended it.
type Done<E> = (Chosen, Result<Option<(Outcome, Vec<f64>)>, E>);

/// Measures configurations until it is settled, or the plan or a limit ends it. What was measured is told to the tuner, added to the log, and
/// shown to `watch`, in this order. With one job the same times give the same course; with several, which of them ends first matters.
///
/// # Errors
/// [`Ended`] where the bench cannot measure at all, or the log cannot be written. What was measured until then is in the tuner.
pub fn tune<B: Bench>(
    tuner: &mut Tuner,
    bench: &B,
    plan: &Plan,
    mut log: Option<&mut Log>,
    mut watch: impl FnMut(&Event<'_>),
) -> Result<Why, Ended<B::Error>> {
    let (send_work, work) = mpsc::channel::<Chosen>();
    let (send_done, done) = mpsc::channel::<Done<B::Error>>();
    let (work, best) = (Mutex::new(work), Mutex::new(tuner.best().map(|best| best.1)));
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            let (work, best, send_done) = (&work, &best, send_done.clone());
            scope.spawn(move || worker(bench, plan, work, best, &send_done));
        }
        drop(send_done);
        let mut course = Course { tuner, plan, out: 0, why: None };
        let result = course.run(&send_work, &done, |course, values, outcome, runs| {
            course.tuner.tell(values, outcome)?;
            let number = course.tuner.measured().len();
            let measured = course.tuner.measured()[number - 1].clone();
            if let Some(log) = &mut log {
                log.append(&measured, runs).map_err(TuneError::from)?;
            }
            let best_ms = course.tuner.best().map(|best| best.1);
            *best.lock().unwrap_or_else(PoisonError::into_inner) = best_ms;
            let left = course.tuner.left();
            watch(&Event { measured: &measured, number, best_ms, left });
            Ok(left)
        });
        drop(send_work);
        result
    })
}

/// What is out, and why no more is asked for.
struct Course<'a> {
    tuner: &'a mut Tuner,
    plan: &'a Plan,
    out: usize,
    why: Option<Why>,
}

impl Course<'_> {
    fn run<E>(
        &mut self,
        work: &Sender<Chosen>,
        done: &Receiver<Done<E>>,
        mut told: impl FnMut(&mut Self, &Chosen, Outcome, &[f64]) -> Result<Option<Left>, TuneError>,
    ) -> Result<Why, Ended<E>> {
        let mut left = self.tuner.left();
        loop {
            self.send(work, left);
            if let (0, Some(why)) = (self.out, self.why) {
                return Ok(why);
            }
            let (values, result) = match done.recv_timeout(LOOK) {
                Ok(done) => done,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Ok(self.why.unwrap_or(Why::Exhausted)),
            };
            self.out -= 1;
            if let Some((outcome, runs)) = result.map_err(Ended::Bench)? {
                left = told(self, &values, outcome, &runs)?;
            }
        }
    }

    /// Gives out as many configurations as there are jobs, unless there is a reason to end.
    fn send(&mut self, work: &Sender<Chosen>, left: Option<Left>) {
        let limits = &self.plan.limits;
        while self.out < self.plan.jobs.max(1) && self.why.is_none() {
            let begun = self.tuner.measured().len() + self.out;
            let settled = left.filter(|left| left.is_settled() && !self.plan.to_the_end);
            if let Some(exhausted) = limits.over(limits.deadline) {
                self.why = Some(Why::Limit(exhausted));
            } else if self.plan.measurements.is_some_and(|most| begun >= most) {
                self.why = Some(Why::Measurements);
            } else if self.tuner.best().is_none() && begun >= GIVEN_UP_AT && !self.plan.to_the_end {
                // What is out may be the first that works.
                self.why = (self.out == 0).then_some(Why::NothingWorks);
                return;
            } else if let Some(left) = settled {
                self.why = Some(Why::Settled(left));
            } else if let Some(values) = self.tuner.ask(1).pop() {
                // Its workers live as long as this does.
                let _ = work.send(values);
                self.out += 1;
            } else {
                let limit = limits.over(limits.deadline);
                self.why = Some(limit.map_or(Why::Exhausted, Why::Limit));
            }
        }
    }
}

/// Measures what is given out, until nothing more is.
fn worker<B: Bench>(
    bench: &B,
    plan: &Plan,
    work: &Mutex<Receiver<Chosen>>,
    best: &Mutex<Option<f64>>,
    done: &Sender<Done<B::Error>>,
) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(values) = next else { return };
        let best_ms = *best.lock().unwrap_or_else(PoisonError::into_inner);
        let result = runs(bench, plan, &values, best_ms);
        if done.send((values, result)).is_err() {
            return;
        }
    }
}

/// The median of all runs, or of those up to a hopeless one; the first failure is the configuration's.
fn runs<B: Bench>(
    bench: &B,
    plan: &Plan,
    values: &Chosen,
    best_ms: Option<f64>,
) -> Result<Option<(Outcome, Vec<f64>)>, B::Error> {
    let mut times = Vec::new();
    while times.len() < plan.repeat.max(1) {
        match bench.measure(values, &plan.limits)? {
            Run::Took(time_ms) => times.push(time_ms),
            Run::Failed(why) => return Ok(Some((Outcome::Failed(why), times))),
            Run::Stopped => return Ok(None),
        }
        if best_ms.is_some_and(|best| times.iter().all(|&time| time > HOPELESS * best)) {
            break;
        }
    }
    Ok(Some((Outcome::Took(median(&times)), times)))
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;
    use crate::tune::{Settings, Tuner};
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A time by the values, and how often it was asked.
    struct Formula {
        calls: AtomicUsize,
    }

    impl Bench for Formula {
        type Error = Infallible;

        #[expect(clippy::cast_precision_loss, reason = "small")]
        fn measure(&self, values: &Chosen, _limits: &Limits) -> Result<Run, Infallible> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            Ok(match values["x"] {
                13 => Run::Failed("unlucky".to_owned()),
                x => Run::Took(1.0 + ((x - 20) as f64 / 10.0).powi(2)),
            })
        }
    }

    fn plan() -> Plan {
        let (repeat, jobs, limits) = (1, 1, Limits::default());
        Plan { measurements: None, repeat, jobs, to_the_end: false, limits }
    }

    fn run(plan: &Plan) -> (Tuner, usize, Why) {
        let text = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 64}}}"#;
        let mut tuner = Tuner::new(&Problem::from_json(text).unwrap(), Settings::default()).unwrap();
        let bench = Formula { calls: AtomicUsize::new(0) };
        let mut numbers = Vec::new();
        let why = tune(&mut tuner, &bench, plan, None, |event| numbers.push(event.number)).unwrap();
        assert!(numbers.iter().copied().eq(1..=tuner.measured().len()));
        (tuner, bench.calls.into_inner(), why)
    }

    #[test]
    fn why_it_ends() {
        let (tuner, _, why) = run(&plan());
        assert!(matches!(why, Why::Settled(left) if left.is_settled()), "{why:?}");
        assert_eq!(tuner.best(), Some((&[20][..], 1.0)));
        for jobs in [1, 5] {
            let (tuner, calls, why) = run(&Plan { measurements: Some(7), jobs, ..plan() });
            assert_eq!((why, tuner.measured().len(), calls), (Why::Measurements, 7, 7));
            let (tuner, calls, why) = run(&Plan { to_the_end: true, jobs, ..plan() });
            assert_eq!((why, tuner.measured().len(), calls), (Why::Exhausted, 64, 64));
        }
        let limits = Limits { time: Some(Duration::ZERO), ..Limits::default() }.started();
        let (tuner, _, why) = run(&Plan { limits, ..plan() });
        assert_eq!((why, tuner.measured().len()), (Why::Limit(Exhausted::Time), 0));
    }

    /// Without any that works it gives up, unless it is to go to the end.
    #[test]
    fn it_gives_up_where_nothing_works() {
        struct Broken;
        impl Bench for Broken {
            type Error = Infallible;

            fn measure(&self, _values: &Chosen, _limits: &Limits) -> Result<Run, Infallible> {
                Ok(Run::Failed("no such program".to_owned()))
            }
        }
        let text = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 64}}}"#;
        for (jobs, to_the_end, ends) in
            [(1, false, (20, Why::NothingWorks)), (3, false, (20, Why::NothingWorks)), (3, true, (64, Why::Exhausted))]
        {
            let mut tuner = Tuner::new(&Problem::from_json(text).unwrap(), Settings::default()).unwrap();
            let plan = Plan { jobs, to_the_end, ..plan() };
            let why = tune(&mut tuner, &Broken, &plan, None, |_| {}).unwrap();
            assert_eq!((tuner.measured().len(), why), ends);
        }
    }

    #[test]
    fn hopeless_ones_are_run_once() {
        let (tuner, calls, _) = run(&Plan { repeat: 3, to_the_end: true, ..plan() });
        let again = tuner.measured().iter().filter(|one| matches!(one.outcome, Outcome::Took(time) if time <= 1.5));
        let fewest = 64 + 2 * again.count();
        assert!((fewest..3 * 64).contains(&calls), "{calls}, {fewest} at least");
    }

    #[test]
    fn the_median() {
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0]), median(&[5.0])), (2.0, 2.5, 5.0));
    }
}
