//! `constrint tune`: measures configurations, the most promising first.
//!
//! | file | holds |
//! | --- | --- |
//! | `command.rs`, `time.rs` | a command that measures, and how it says the time |
//! | `gpu.rs` | a GPU of this machine |
//! | `told.rs` | what is told on the way and at the end |

mod command;
mod gpu;
mod time;
mod told;

use crate::args::{Common, DeviceArgs, TuneArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::{device, input, watch};
use command::CommandBench;
use constrint::device::Timer;
use constrint::diagnostic::InFile;
use constrint::file;
use constrint::results;
use constrint::tiling::{self, Tiling};
use constrint::tune::{
    Ended, Event, Log, Measured, Opened, Outcome, Plan, Recording, Settings, TellRefused, TuneError, Tuner, Why, tune,
};
use constrint_solver::Limits;
use gpu::GpuBench;
use std::convert::Infallible;
use std::path::Path;
use std::thread;
use std::time::Duration;
use told::Watcher;

/// A run that takes longer has failed, unless the call says otherwise: of a command, which may compile, and on a GPU.
const TIMEOUT: Duration = Duration::from_secs(300);
const TIMEOUT_ON_GPU: Duration = Duration::from_secs(60);
/// Configurations that are compiled ahead: what is chosen without the times of the last few teaches less.
const MOST_AHEAD: usize = 4;

pub(crate) fn run(args: &TuneArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let on_gpu = args.command.is_empty() && args.replay.is_none();
    if on_gpu && cfg!(not(feature = "cuda")) {
        return Err(Failure::NoBench);
    }
    let loaded = input::load(&args.problem, output)?;
    let limits = watch::for_call(&watch::of_flags(common));
    let tiling = tiling::lower(&loaded.problem).map_err(Failure::library(&loaded.origin))?;
    let recorded = args.replay.as_deref().map(|path| recording(path, &tiling, output)).transpose()?;
    let settings = settings(args, common, &tiling, recorded.as_deref(), &limits, output)?;
    let mut tuner = Tuner::new(&loaded.problem, settings).map_err(Failure::library(&loaded.origin))?;
    let mut log = args.log.as_deref().map(|path| resume(path, &mut tuner, output)).transpose()?;
    let plan = plan(args, on_gpu, limits);
    let resumed = tuner.measured().len();
    let mut watcher = Watcher::new(&tuner, args.replay.is_none(), output);
    let tell = |event: &Event<'_>| watcher.tell(event);
    let why = if let Some(recorded) = recorded {
        let bench = Recording::new(recorded);
        ended(tune(&mut tuner, &bench, &plan, log.as_mut(), tell), |never: Infallible| match never {})?
    } else if on_gpu {
        let device = DeviceArgs { device: args.device, timeout: args.timeout.unwrap_or(TIMEOUT_ON_GPU) };
        let setup = device::setup(&device, Timer::quick(), plan.limits.clone())?;
        let best_ms = tuner.best().map(|best| best.1);
        let bench = GpuBench::new(&tiling, setup, args.check, best_ms).map_err(Failure::library(&loaded.origin))?;
        ended(tune(&mut tuner, &bench, &plan, log.as_mut(), tell), |failure| failure)?
    } else {
        let timeout = args.timeout.unwrap_or(TIMEOUT);
        let bench = CommandBench::new(&tiling, &args.command, plan.jobs, timeout, output)?;
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

/// On a GPU configurations are compiled ahead while one is timed, with a processor each.
fn plan(args: &TuneArgs, on_gpu: bool, limits: Limits) -> Plan {
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    let ahead = if on_gpu { processors().min(MOST_AHEAD) } else { 1 };
    Plan {
        measurements: args.measurements.map(number),
        repeat: args.repeat.map_or(1, number),
        jobs: args.jobs.map_or(ahead, number),
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

/// What was told stands in a line of the log, below its head.
fn in_log(path: &str, error: TuneError) -> TuneError {
    match error {
        TuneError::Tell(TellRefused { number, fault }) => {
            InFile { path: path.to_owned(), line: Some(number + 1), fault }.into()
        }
        other => other,
    }
}

/// Opens the log, and tells the tuner what it holds.
fn resume(path: &Path, tuner: &mut Tuner, output: &Output) -> Result<Log, Failure> {
    let place = path.display().to_string();
    let Opened { log, measured, torn } = Log::open(path, tuner.tiling()).map_err(Failure::library(""))?;
    let names: Vec<String> = tuner.tiling().model.variables().iter().map(|variable| variable.name.clone()).collect();
    let count = measured.len();
    for one in measured {
        let values = names.iter().cloned().zip(one.values).collect();
        tuner.tell(&values, one.outcome).map_err(|error| Failure::library(&place)(in_log(&place, error)))?;
    }
    if torn {
        output.note(&format!("{place}: the last line was unfinished and is cut off"));
    }
    if count > 0 {
        output.note(&format!("{place}: going on after measurement {count}"));
    }
    Ok(log)
}
