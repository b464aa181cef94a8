//! What `tune` tells on the way, and at the end.

use crate::args::TuneArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::{json, report};
use constrint::tune::{Event, Left, Measured, Outcome, Tuner, WORTHWHILE_GAIN, Why};
use constrint::{Config, file};
use serde_json::{Map, Value, json};

/// Tells of each measurement, or where `all` is not asked for, of each that is the best so far.
pub(super) struct Watcher<'a> {
    names: Vec<String>,
    all: bool,
    best_ms: Option<f64>,
    output: &'a Output,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(tuner: &Tuner, all: bool, output: &'a Output) -> Self {
        Self { names: names(tuner), all, best_ms: tuner.best().map(|best| best.1), output }
    }

    pub(super) fn tell(&mut self, event: &Event<'_>) {
        let is_better = event.best_ms != self.best_ms;
        self.best_ms = event.best_ms;
        if !(self.all || is_better) {
            return;
        }
        let Event { measured, number, best_ms, left } = *event;
        let best = match best_ms {
            _ if is_better => ", the best so far".to_owned(),
            Some(best_ms) => format!("; best {}", milliseconds(best_ms)),
            None => String::new(),
        };
        let left = left.map(|left| format!("; {}", said_of(left))).unwrap_or_default();
        let said = said(&measured.outcome);
        self.output.note(&format!("{number}: {}: {said}{best}{left}", assignments(&self.names, measured)));
    }
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Took(time_ms) => milliseconds(*time_ms),
        Outcome::Failed(why) => format!("failed, {why}"),
    }
}

/// The chance of a gain, and how quick the best is expected to be.
fn said_of(left: Left) -> String {
    let (chance, gain) = (left.chance * 100.0, WORTHWHILE_GAIN * 100.0);
    format!("{chance:.0} % chance of a gain over {gain:.0} %, {} expected", milliseconds(left.expected_ms))
}

/// Four digits.
fn milliseconds(time_ms: f64) -> String {
    let (value, unit) = match time_ms {
        1000.0.. => (time_ms / 1000.0, "s"),
        1.0.. => (time_ms, "ms"),
        0.001.. => (time_ms * 1e3, "µs"),
        _ => (time_ms * 1e6, "ns"),
    };
    let digits = match value {
        1000.0.. => 0,
        100.0.. => 1,
        10.0.. => 2,
        _ => 3,
    };
    format!("{value:.digits$} {unit}")
}

fn names(tuner: &Tuner) -> Vec<String> {
    tuner.tiling().model.variables().iter().map(|variable| variable.name.clone()).collect()
}

fn assignments(names: &[String], measured: &Measured) -> String {
    let pairs = names.iter().zip(&measured.values).map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join(" ")
}

/// What came of it: as JSON, as the form that was asked for, or in words.
pub(super) fn give(tuner: Tuner, why: Why, resumed: usize, args: &TuneArgs, output: &Output) -> Result<(), Failure> {
    let best_ms = tuner.best().map(|best| best.1);
    let without = without_best(&tuner, args);
    output.note(&summary(&tuner, why, resumed));
    if output.json {
        let best = tuner.best_config().map_err(Failure::library(""))?;
        return output.object(&object(&tuner, best.as_ref(), why).into());
    }
    let answer = tuner.into_answer().map_err(Failure::library(""))?;
    let (Some(best), Some(best_ms)) = (answer.configs.first(), best_ms) else {
        return if args.emit.is_some() { Ok(()) } else { output.data(&format!("{without}\n")) };
    };
    let Some(form) = args.emit else {
        return output.data(&(report::answer(&answer) + &measured(best_ms)));
    };
    let text = best.emit(form.into());
    let Some(path) = &args.out else { return output.data(&text) };
    file::write(path, &text).map_err(Failure::library(""))?;
    output.note(&format!("written to {}", path.display()));
    Ok(())
}

/// The time of the best, as a section of an answer.
fn measured(best_ms: f64) -> String {
    report::section("Measured") + &format!("  {}\n", milliseconds(best_ms))
}

/// What is said where there is no best.
fn without_best(tuner: &Tuner, args: &TuneArgs) -> &'static str {
    match (tuner.total(), &args.replay) {
        (Some(0.0), None) => "The problem has no configuration; `constrint explain` says why.",
        (Some(0.0), Some(_)) => "The recording has no configuration of the problem.",
        _ => "nothing works",
    }
}

fn summary(tuner: &Tuner, why: Why, resumed: usize) -> String {
    let count = tuner.measured().len();
    if tuner.total() == Some(0.0) {
        return "there is nothing to measure".to_owned();
    }
    let of_all = tuner.total().map(|total| format!(" of {total:.0}")).unwrap_or_default();
    let now = if resumed > 0 { format!(", {} of them now", count - resumed) } else { String::new() };
    let why = match why {
        Why::Measurements => "as many as were asked for".to_owned(),
        Why::Settled(left) => format!("little is left to gain: {}", said_of(left)),
        Why::NothingWorks => "none of them works; --to-the-end goes on".to_owned(),
        Why::Exhausted => "every configuration was measured".to_owned(),
        Why::Limit(limit) => format!("{limit} ended it"),
    };
    format!("measured {count}{of_all} configurations{now}; {why}")
}

fn object(tuner: &Tuner, best: Option<&Config>, why: Why) -> Map<String, Value> {
    let mut object = Map::new();
    let is_empty = tuner.total() == Some(0.0) && tuner.measured().is_empty();
    object.insert("status".into(), if is_empty { "infeasible" } else { "measured" }.into());
    object.extend(json::problem(tuner.tiling()));
    if let (Some(best), Some((_, time_ms))) = (best, tuner.best()) {
        object.insert("best".into(), json!({"config": best.values_by_part(), "time_ms": time_ms}));
    }
    let names = names(tuner);
    let measurement = |(index, one): (usize, &Measured)| {
        let config: Map<String, Value> =
            names.iter().cloned().zip(one.values.iter().map(|&value| value.into())).collect();
        match &one.outcome {
            Outcome::Took(time_ms) => json!({"number": index + 1, "config": config, "time_ms": time_ms}),
            Outcome::Failed(why) => json!({"number": index + 1, "config": config, "failure": why}),
        }
    };
    object.insert("measurements".into(), tuner.measured().iter().enumerate().map(measurement).collect());
    let (ended, left) = match why {
        Why::Measurements => ("measurements", None),
        Why::Settled(left) => ("settled", Some(left)),
        Why::NothingWorks => ("nothing works", None),
        Why::Exhausted => ("exhausted", None),
        Why::Limit(limit) => (limit.name(), None),
    };
    object.insert("ended".into(), ended.into());
    if let Some(left) = left {
        object.insert("left".into(), json!({"chance": left.chance, "expected_ms": left.expected_ms}));
    }
    object
}
