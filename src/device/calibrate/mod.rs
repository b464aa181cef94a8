//! [`calibrate`]: the figures by which times are predicted, measured on a GPU of this machine.
//!
//! | file | holds |
//! | --- | --- |
//! | `kernels.cu` | small kernels |
//! | `probes.rs` | which of them is run for which figure, and how much it does |
//! | `fit.rs` | from what was read to the fields of a GPU |

mod fit;
mod probes;

use super::bench::{Setup, look};
use super::compile::{Compiler, compile_source};
use super::failure::{BenchError, Failure, MachineFault, Outcome};
use super::job::{Job, Reply, RunJob};
use super::timing::Timer;
use crate::file::{self, FileError};
use crate::hardware::Gpu;
use crate::kernel::Plan;
use fit::{Reading, fitted};
use probes::{PROBES, Planned, Probe, TOLD};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The source of the small kernels, to be compiled for 7.5 and later.
pub const SOURCE: &str = include_str!("kernels.cu");

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The GPU with what was measured of it.
    pub gpu: Gpu,
    /// What could not be measured, or cannot be meant, in sentences.
    pub notes: Vec<String>,
}

/// Measures what there is to measure of a GPU of this machine, whose limits are `base`. A figure that cannot be had is left as it was,
/// with a note.
///
/// ```no_run
/// use constrint::device::{Setup, Timer, Worker, calibrate};
/// use constrint::hardware::LocalGpus;
/// use std::time::Duration;
///
/// let worker = Worker { command: vec!["constrint".into(), "device-worker".into()], timeout: Duration::from_secs(60) };
/// let setup = Setup { worker, device: 0, timer: Timer::quick(), limits: constrint_solver::Limits::default() };
/// let base = LocalGpus::open()?.get(0)?.gpu;
/// let calibration = calibrate(&base, &setup, |name| println!("{name}"))?;
/// std::fs::write("gpu.json", serde_json::to_string_pretty(&calibration.gpu).expect("plain data")).expect("room on the disk");
/// # Ok::<(), constrint::Error>(())
/// ```
///
/// # Errors
/// [`BenchError::Machine`] where there is no such GPU, no compiler, or the compiler refuses the kernels; [`BenchError::Tool`] where a
/// limit is reached; [`BenchError::File`].
pub fn calibrate(base: &Gpu, setup: &Setup, mut about: impl FnMut(&str)) -> Result<Calibration, BenchError> {
    let seen = look(setup)?;
    let (has, asked) = (seen.compute_capability, base.compute_capability);
    if has != asked {
        return Err(MachineFault::OtherGpu { here: seen.name, has, asked }.into());
    }
    let compiler = Compiler::find(seen.no_nvrtc.as_deref())?;
    let folder = tempfile::tempdir().map_err(|error| FileError::new(&std::env::temp_dir(), &error))?;
    let source = folder.path().join("calibrate.cu");
    file::write(&source, SOURCE)?;
    let image = folder.path().join("calibrate.cubin");
    if let Err(failure) = compile_source(&compiler, (&source, has), &image, (&setup.worker, &setup.limits))? {
        return Err(MachineFault::NoKernels { said: failure.to_string() }.into());
    }
    let (mut readings, mut notes) = (BTreeMap::new(), Vec::new());
    for probe in PROBES.into_iter().filter(|probe| probe.is_of(has)) {
        about(probe.name());
        match read(probe, base, setup, folder.path(), &image)? {
            Ok(reading) => drop(readings.insert(probe, reading)),
            Err(failure) => notes.push(format!("{} could not be measured: {failure}", probe.name())),
        }
    }
    let (gpu, odd) = fitted(base, &readings);
    notes.extend(odd);
    Ok(Calibration { gpu, notes })
}

/// Runs one probe: once for what its kernel tells, and timed where the time counts.
fn read(probe: Probe, gpu: &Gpu, setup: &Setup, folder: &Path, image: &Path) -> Result<Outcome<Reading>, BenchError> {
    let Planned { plan, done } = probe.planned(gpu);
    let told = plan.array(TOLD).into_iter().collect();
    let timer = (!probe.tells_clocks()).then_some(Timer { cold: false, ..setup.timer });
    let job = RunJob {
        device: setup.device,
        images: vec![PathBuf::from(image)],
        plan: repeated(plan, probe),
        timer,
        outputs: told,
        folder: folder.to_owned(),
    };
    let timing = match setup.worker.ask(&Job::Run(Box::new(job)), &setup.limits)? {
        Reply::Ran { timing } => timing,
        Reply::Failed(failure) => return Ok(Err(failure)),
        other => return Ok(Err(Failure::Nonsense { said: format!("{other:?}") })),
    };
    #[expect(clippy::cast_precision_loss, reason = "FLOP of milliseconds and picoseconds of hours are below 2^53")]
    let (done, time_ps) = (done as f64, timing.map(|timing| timing.time_ps() as f64));
    let [clocks, nanoseconds] = numbers(&folder.join(TOLD).with_extension("out"))?;
    Ok(Ok(Reading { done, time_ps, clocks, nanoseconds }))
}

/// What a kernel tells of itself is read after its first run, in which instructions come from memory and clocks are low: the last of
/// several counts.
fn repeated(mut plan: Plan, probe: Probe) -> Plan {
    const RUNS: usize = 8;
    if probe.tells_clocks() {
        plan.steps = std::iter::repeat_n(plan.steps, RUNS).flatten().collect();
    }
    plan
}

/// Both numbers that a kernel told.
fn numbers(path: &Path) -> Result<[f64; 2], FileError> {
    let bytes = std::fs::read(path).map_err(|error| FileError::new(path, &error))?;
    let (numbers, _) = bytes.as_chunks::<8>();
    #[expect(clippy::cast_precision_loss, reason = "clocks and nanoseconds of seconds")]
    let number = |index: usize| numbers.get(index).map_or(0.0, |bytes| u64::from_le_bytes(*bytes) as f64);
    Ok([number(0), number(1)])
}
