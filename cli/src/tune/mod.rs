//! `constrint tune`: measures configurations, the most promising first.
//!
//! | file | holds |
//! | --- | --- |
//! | `command.rs`, `time.rs` | a command that measures, and how it says the time |
//! | `told.rs` | what is told on the way and at the end |

mod command;
mod time;
mod told;

use crate::args::{Common, TuneArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::{input, watch};
use command::CommandBench;
use constrint::file;
use constrint::results;
use constrint::tiling::{self, Tiling};
use constrint::tune::{Ended, Event, Log, Measured, Opened, Outcome, Plan, Recording, Settings, Tuner, Why, tune};
use constrint_solver::Limits;
use std::convert::Infallible;
use std::path::Path;
use told::Watcher;

pub(crate) fn run(args: &TuneArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    if args.command.is_empty() && args.replay.is_none() {
        return Err(Failure::NoBench);
    }
    let loaded = input::load(&args.problem, output)?;
    let limits = watch::for_call(&watch::of_flags(common));
    let tiling = tiling::lower(&loaded.problem).map_err(Failure::library(&loaded.origin))?;
    let recorded = args.replay.as_deref().map(|path| recording(path, &tiling, output)).transpose()?;
    let settings = settings(args, common, &tiling, recorded.as_deref(), &limits, output)?;
    let mut tuner = Tuner::new(&loaded.problem, settings).map_err(Failure::library(&loaded.origin))?;
    let mut log = args.log.as_deref().map(|path| resume(path, &mut tuner, output)).transpose()?;
    let plan = plan(args, limits);
    let resumed = tuner.measured().len();
    let mut watcher = Watcher::new(&tuner, args.replay.is_none(), output);
    let tell = |event: &Event<'_>| watcher.tell(event);
    let why = if let Some(recorded) = recorded {
        let bench = Recording::new(recorded);
        ended(tune(&mut tuner, &bench, &plan, log.as_mut(), tell), |never: Infallible| match never {})?
    } else {
        let bench = CommandBench::new(&tiling, &args.command, plan.jobs, args.timeout, output)?;
        ended(tune(&mut tuner, &bench, &plan, log.as_mut(), tell), |failure| failure)?
    };
    let code = code(&tuner, why);
    told::give(tuner, why, resumed, args, output)?;
    Ok(code)
}

fn ended<E>(result: Result<Why, Ended<E>>, of: impl Fn(E) -> Failure) -> Result<Why, Failure> {
    result.map_err(|ended| match ended {
        Ended::Tuner(error) => Failure::library("")(error),
        Ended::Bench(error) => of(error),
    })
}

fn code(tuner: &Tuner, why: Why) -> ExitCode {
    match (tuner.best(), why) {
        (Some(_), _) => ExitCode::Success,
        (None, Why::Limit(_)) => ExitCode::LimitReached,
        (None, _) => ExitCode::Negative,
    }
}

fn plan(args: &TuneArgs, limits: Limits) -> Plan {
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Plan {
        measurements: args.measurements.map(number),
        repeat: number(args.repeat),
        jobs: number(args.jobs),
        to_the_end: args.to_the_end,
        limits,
    }
}

fn settings(
    args: &TuneArgs,
    common: &Common,
    tiling: &Tiling,
    recorded: Option<&[Measured]>,
    limits: &Limits,
    output: &Output,
) -> Result<Settings, Failure> {
    let priors = args.prior.iter().map(|path| recording(path, tiling, output)).collect::<Result<_, _>>()?;
    let only = recorded.map(|recorded| recorded.iter().map(|one| one.values.clone()).collect());
    Ok(Settings { seed: common.seed.unwrap_or_default(), limits: limits.clone(), priors, only })
}

/// Measurements of a file that are configurations of the problem; how many are not is noted.
fn recording(path: &Path, tiling: &Tiling, output: &Output) -> Result<Vec<Measured>, Failure> {
    let place = path.display().to_string();
    let text = file::read(&place).map_err(Failure::library(""))?;
    let (measured, others) = results::recording(&place, &text, tiling).map_err(Failure::library(""))?;
    let failed = measured.iter().filter(|one| matches!(one.outcome, Outcome::Failed(_))).count();
    output.note(&format!("{place}: {} configurations, {failed} of which failed", measured.len()));
    if others > 0 {
        output.note(&format!("{place}: {others} others are left out: they are no solutions of the problem"));
    }
    Ok(measured)
}

/// Opens the log, and tells the tuner what it holds.
fn resume(path: &Path, tuner: &mut Tuner, output: &Output) -> Result<Log, Failure> {
    let place = path.display().to_string();
    let Opened { log, measured, torn } = Log::open(path, tuner.tiling()).map_err(Failure::library(""))?;
    let names: Vec<String> = tuner.tiling().model.variables().iter().map(|variable| variable.name.clone()).collect();
    let count = measured.len();
    for one in measured {
        let values = names.iter().cloned().zip(one.values).collect();
        tuner.tell(&values, one.outcome).map_err(Failure::library(&place))?;
    }
    if torn {
        output.note(&format!("{place}: the last line was unfinished and is cut off"));
    }
    if count > 0 {
        output.note(&format!("{place}: going on after measurement {count}"));
    }
    Ok(log)
}
