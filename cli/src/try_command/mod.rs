//! `constrint try`: configurations put to a command, best first, until one works.

mod test;

use crate::args::{Common, TryArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::style::{BAD, PLAIN, styled};
use crate::text::paragraph;
use crate::{found, input, json, report};
use constrint::trials::{Log, Opened, Proposal, Trial, Trials, Verdict};
use constrint::{Answer, Config, Request, Status};
use constrint_solver::Limits;
use std::path::Path;
use std::time::{Duration, Instant};
use test::Test;

/// What was tried.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Trials that the log had already.
    resumed: usize,
    /// Trials of this call.
    made: usize,
}

pub(crate) fn run(args: &TryArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let loaded = input::load(&args.problem, output)?;
    let fail = Failure::library(&loaded.origin);
    let own = Request { order: args.order.clone(), solutions: 1, ..Request::default() };
    let request = input::request_for_many(own, common, output);
    let mut trials = Trials::new(&loaded.problem, &request).map_err(&fail)?;
    if let Some((name, wanted)) = &args.bisect {
        trials = trials.bisect(name, *wanted).map_err(&fail)?;
    }
    let (mut trials, mut log) = match &args.log {
        Some(path) => resume(trials, path, output)?,
        None => (trials, None),
    };
    let test = Test::new(&args.command)?;
    let resumed = trials.count();
    let limits = request.limits;
    let most = args.most.map_or(usize::MAX, |most| resumed.saturating_add(most as usize));
    try_until(&limits, most, &test, &mut trials, &mut log, output)?;
    let count = Count { resumed, made: trials.count() - resumed };
    let mut answer = trials.answer().map_err(&fail)?;
    found::state_order(&mut answer, &args.order);
    give(&answer, count, output)?;
    Ok(ExitCode::of(answer.status))
}

/// Tries until it is settled, a limit is reached, or there are so many trials.
fn try_until(
    limits: &Limits,
    most: usize,
    test: &Test,
    trials: &mut Trials,
    log: &mut Option<Log>,
    output: &Output,
) -> Result<(), Failure> {
    let stopped = || limits.over(limits.deadline).is_some();
    let mut last = None;
    while let Proposal::Try(config) = trials.propose().map_err(Failure::library(""))? {
        if stopped() || trials.count() >= most {
            break;
        }
        output.note(&format!("trial {}: {}", trials.count() + 1, changes(&config, last.as_ref())));
        let start = Instant::now();
        let ended = test.run(&config, limits, output)?;
        let why = ended.why();
        let Some(verdict) = ended.verdict(stopped()) else {
            output.note(&format!("  {why}"));
            break;
        };
        let trial = learn(&verdict, start.elapsed(), trials, output)?;
        if let Some(log) = log {
            log.append(&trial).map_err(Failure::library(""))?;
        }
        last = Some(*config);
    }
    Ok(())
}

fn resume(trials: Trials, path: &Path, output: &Output) -> Result<(Trials, Option<Log>), Failure> {
    let place = path.display().to_string();
    let Opened { log, trials: known, torn } = Log::open(path, &trials).map_err(Failure::library(""))?;
    let trials = trials.resume(&known).map_err(Failure::library(&place))?;
    if torn {
        output.note(&format!("{place}: the last line was unfinished and is cut off"));
    }
    if !known.is_empty() {
        output.note(&format!("{place}: going on after trial {}", known.len()));
    }
    Ok((trials, Some(log)))
}

fn learn(verdict: &Verdict, took: Duration, trials: &mut Trials, output: &Output) -> Result<Trial, Failure> {
    let seconds = took.as_secs_f64();
    output.note(&format!("  {} after {seconds:.2} s", said(verdict)));
    let trial = trials.report(verdict).map_err(Failure::library(""))?;
    Ok(Trial { seconds: Some((seconds * 1e3).round() / 1e3), ..trial })
}

fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Works => "works".to_owned(),
        Verdict::Fails => "fails".to_owned(),
        Verdict::FailsFrom { variable } => format!("fails, and so does any larger {variable}"),
        Verdict::FailsUpTo { variable } => format!("fails, and so does any smaller {variable}"),
    }
}

/// The values that are not those of the last trial.
fn changes(config: &Config, last: Option<&Config>) -> String {
    let changed = config.values.iter().filter(|(name, value)| last.is_none_or(|last| last.values[*name] != **value));
    changed.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn give(answer: &Answer, count: Count, output: &Output) -> Result<(), Failure> {
    let total = count.resumed + count.made;
    output.detail(&report::statistics(&answer.statistics));
    output.note(&format!("{}; trials: {total}, of them now: {}", report::summary(answer), count.made));
    if output.json {
        let mut object = json::answer(answer, false);
        object.insert("trials".into(), total.into());
        object.insert("trials_resumed".into(), count.resumed.into());
        return output.object(&object.into());
    }
    if answer.status != Status::Infeasible || total == 0 {
        return output.data(&report::answer(answer));
    }
    let why = "Each configuration failed, or is ruled out by what was learned from one that did.";
    output.data(&(report::title(&answer.tiling, &styled(BAD, "nothing works")) + &paragraph(why, 0, PLAIN)))
}
