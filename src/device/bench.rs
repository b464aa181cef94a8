//! [`Bench`]: compiles configurations, runs and times them, each in a process of its own.

use super::check::{self, check_files};
use super::compile::{Compiler, check_kernel, machine_code};
use super::failure::{BenchError, BenchFault, Failure, MachineFault, Outcome};
use super::job::{Job, Reply, RunJob, Seen};
use super::timing::{Timer, Timing};
use super::worker::Worker;
use crate::config::Config;
use crate::diagnostic::Place;
use crate::file::FileError;
use crate::kernel::described::Described;
use crate::kernel::{Case, Instance, Launched, Part, Plan, Verify};
use crate::tiling::Tiling;
use constrint_solver::Limits;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// How configurations are timed.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The process that does each job.
    pub worker: Worker,
    /// The GPU, as the driver counts them from 0.
    pub device: usize,
    /// How often, how long.
    pub timer: Timer,
    /// What ends everything; a limit of time counts from its [`start`](Limits::started).
    pub limits: Limits,
}

/// Times configurations of one problem on a GPU of this machine.
///
/// [`compile`](Self::compile) and [`time`](Self::time) may be called from any number of threads. Compiling runs on the CPU, as much
/// at once as is asked for; the GPU does one thing at a time, and [`time`](Self::time) and [`check`](Self::check) wait for each other.
/// [`measure`](Self::measure) is both in a row. A configuration that fails, hangs or crashes is an [`Outcome`]; an error ends the search.
///
/// ```no_run
/// use constrint::device::{Bench, Setup, Timer, Worker};
/// use constrint::{Problem, Request, solve};
/// use std::time::Duration;
///
/// let problem = Problem::from_json(
///     r#"{"version": 1, "kernel": "matmul", "gpu": "detect", "shape": {"m": 4096, "n": 4096, "k": 4096}}"#,
/// )?;
/// let answer = solve(&problem, &Request::default())?;
/// // The command line's own binary is such a process.
/// let worker = Worker { command: vec!["constrint".into(), "device-worker".into()], timeout: Duration::from_secs(60) };
/// let setup = Setup { worker, device: 0, timer: Timer::quick(), limits: constrint_solver::Limits::default() };
/// let bench = Bench::new(&answer.tiling, setup)?;
/// match bench.measure(&answer.configs[0])? {
///     Ok(timing) => println!("{} ps", timing.time_ps()),
///     Err(failure) => println!("{failure}"),
/// }
/// # Ok::<(), constrint::Error>(())
/// ```
pub struct Bench<'a> {
    tiling: &'a Tiling,
    setup: Setup,
    compiler: Compiler,
    seen: Seen,
    /// Held while something runs on the GPU.
    gpu: Mutex<()>,
}

/// A configuration as machine code, in a folder that goes with it.
pub struct Built {
    folder: TempDir,
    images: Vec<PathBuf>,
    plan: Plan,
}

impl<'a> Bench<'a> {
    /// Looks what GPU and what compiler there are.
    ///
    /// # Errors
    /// [`BenchError::Machine`] where there is no GPU that runs the problem's code, or no compiler; [`BenchError::Bench`] where the problem
    /// has no kernel, or one that does not say how it is called; [`BenchError::Source`] where it has no source.
    pub fn new(tiling: &'a Tiling, setup: Setup) -> Result<Self, BenchError> {
        check_kernel(tiling)?;
        let seen = look(&setup)?;
        let asked = tiling.gpu.as_ref().map_or(seen.compute_capability, |gpu| gpu.compute_capability);
        if asked != seen.compute_capability {
            return Err(MachineFault::OtherGpu { here: seen.name, has: seen.compute_capability, asked }.into());
        }
        let compiler = Compiler::find(seen.no_nvrtc.as_deref())?;
        Ok(Self { tiling, setup, compiler, seen, gpu: Mutex::new(()) })
    }

    /// The GPU, as the driver calls it.
    pub fn gpu(&self) -> &str {
        &self.seen.name
    }

    /// What compiles: `NVRTC`, or the path of nvcc.
    pub fn compiler(&self) -> String {
        self.compiler.to_string()
    }

    /// Compiles a configuration and times it.
    ///
    /// # Errors
    /// [`BenchError`]
    pub fn measure(&self, config: &Config) -> Result<Outcome<Timing>, BenchError> {
        match self.compile(config)? {
            Ok(built) => self.time(&built),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Compiles a configuration; nothing runs on the GPU.
    ///
    /// # Errors
    /// [`BenchError`]
    pub fn compile(&self, config: &Config) -> Result<Outcome<Built>, BenchError> {
        let plan = plan(self.tiling, config)?;
        self.built(config, plan)
    }

    fn built(&self, config: &Config, plan: Plan) -> Result<Outcome<Built>, BenchError> {
        let folder = tempfile::tempdir().map_err(|error| FileError::new(&std::env::temp_dir(), &error))?;
        let itself = config.parts.is_empty().then_some(config);
        let mut images = Vec::new();
        for (index, config) in itself.into_iter().chain(config.parts.values()).enumerate() {
            let image = folder.path().join(format!("{index}.cubin"));
            let made = machine_code(
                &self.compiler,
                (config, self.seen.compute_capability),
                (folder.path(), &image),
                (&self.setup.worker, &self.setup.limits),
            )?;
            if let Err(failure) = made {
                return Ok(Err(failure));
            }
            images.push(image);
        }
        Ok(Ok(Built { folder, images, plan }))
    }

    /// Times what was compiled. Where arrays are to hold something, they are looked at first.
    ///
    /// # Errors
    /// [`BenchError`]
    pub fn time(&self, built: &Built) -> Result<Outcome<Timing>, BenchError> {
        self.time_below(built, None)
    }

    /// As [`time`](Self::time), but a configuration that takes longer than so many picoseconds is given up early; its
    /// [`Timing::complete`] is false then.
    ///
    /// # Errors
    /// [`BenchError`]
    pub fn time_below(&self, built: &Built, hopeless_ps: Option<i64>) -> Result<Outcome<Timing>, BenchError> {
        let described = self.tiling.described.as_ref();
        let expected = described.into_iter().flat_map(Described::expected).collect::<Vec<_>>();
        let outputs = expected.iter().filter_map(|(array, _)| built.plan.array(&array.name)).collect();
        let _alone = self.gpu.lock().unwrap_or_else(PoisonError::into_inner);
        // What is wrong is told before anything is timed.
        if !expected.is_empty() {
            let ran = self.run(built, &built.plan, None, outputs)?;
            let checked = match ran {
                Ok(_) => check_files(&expected, built.folder.path())?,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = checked {
                return Ok(Err(failure));
            }
        }
        let timer = Timer { hopeless_ps: hopeless_ps.or(self.setup.timer.hopeless_ps), ..self.setup.timer };
        let ran = self.run(built, &built.plan, Some(timer), Vec::new())?;
        Ok(ran.and_then(|timing| timing.ok_or_else(|| Failure::Nonsense { said: "no time".to_owned() })))
    }

    /// Whether [`time`](Self::time) looks at results first.
    pub fn is_checked(&self) -> bool {
        self.tiling.described.as_ref().is_some_and(|kernel| kernel.expected().next().is_some())
    }

    /// Runs a shipped kernel on the cases of its verification, and holds what comes out against its reference. A described
    /// kernel that says what is to come out is checked by [`time`](Self::time).
    ///
    /// # Errors
    /// [`BenchError`]; of a described kernel that does not say so [`BenchError::Bench`].
    pub fn check(&self, config: &Config) -> Result<Outcome<()>, BenchError> {
        let Some((kernel, whole)) = &self.tiling.kernel else {
            let no_reference = || Place::at("kernel").located(BenchFault::NoReference).into();
            return if self.is_checked() { Ok(Ok(())) } else { Err(no_reference()) };
        };
        for part in kernel.parts() {
            let Some(reference) = part.kernel.verification() else { continue };
            let instance = part.instance(whole);
            let config = config.parts.get(part.name).unwrap_or(config);
            let built = match self.built(config, Plan::default())? {
                Ok(built) => built,
                Err(failure) => return Ok(Err(failure)),
            };
            for case in reference.cases(&instance, &config.values) {
                let mut plan = reference.plan(&instance, &config.values, &case.sizes);
                let expected = check::prepare(reference, &instance, &case, &mut plan, built.folder.path())?;
                let outputs = expected.iter().filter_map(|expected| plan.array(expected.name)).collect();
                let _alone = self.gpu.lock().unwrap_or_else(PoisonError::into_inner);
                let checked = match self.run(&built, &plan, None, outputs)? {
                    Ok(_) => check::compare(&expected, built.folder.path(), &about(part, &case))?,
                    Err(failure) => Err(failure),
                };
                if checked.is_err() {
                    return Ok(checked);
                }
            }
        }
        Ok(Ok(()))
    }

    /// Has a plan run once, and then timed.
    fn run(
        &self,
        built: &Built,
        plan: &Plan,
        timer: Option<Timer>,
        outputs: Vec<usize>,
    ) -> Result<Outcome<Option<Timing>>, BenchError> {
        let job = RunJob {
            device: self.setup.device,
            images: built.images.clone(),
            plan: plan.clone(),
            timer,
            outputs,
            folder: built.folder.path().to_owned(),
        };
        match self.setup.worker.ask(&Job::Run(Box::new(job)), &self.setup.limits)? {
            Reply::Ran { timing } => Ok(Ok(timing)),
            Reply::Failed(failure) => Ok(Err(failure)),
            other => Ok(Err(Failure::Nonsense { said: format!("{other:?}") })),
        }
    }
}

fn about(part: &Part, case: &Case) -> String {
    if part.name.is_empty() { case.about.clone() } else { format!("{}, {}", part.name, case.about) }
}

/// What is on this machine.
pub(super) fn look(setup: &Setup) -> Result<Seen, BenchError> {
    match setup.worker.ask(&Job::Look { device: setup.device }, &setup.limits)? {
        Reply::Seen(seen) => Ok(seen),
        Reply::Failed(failure) => Err(MachineFault::NoWorker { said: failure.to_string() }.into()),
        other => Err(MachineFault::NoWorker { said: format!("{other:?}") }.into()),
    }
}

/// What a GPU does to run the whole problem once.
///
/// # Errors
/// [`BenchError::Bench`]
fn plan(tiling: &Tiling, config: &Config) -> Result<Plan, BenchError> {
    let place = || Place::at("kernel");
    if let Some(described) = &tiling.described {
        let no_value = || place().field("arguments").located(BenchFault::NoValue);
        return described.plan(&config.values).ok_or_else(|| no_value().into());
    }
    let (kernel, whole) = tiling.kernel.as_ref().ok_or_else(|| place().located(BenchFault::NoKernel))?;
    let parts = kernel.parts().iter().filter_map(|part| {
        let (instance, config) = (part.instance(whole), config.parts.get(part.name).unwrap_or(config));
        part_plan(part.kernel, &instance, config)
    });
    let joined = parts.reduce(|first, second| first.then(&second, &["workspace"]));
    joined.ok_or_else(|| place().located(BenchFault::NoArguments).into())
}

fn part_plan(kernel: &dyn Launched, instance: &Instance, config: &Config) -> Option<Plan> {
    let reference: &dyn Verify = kernel.verification()?;
    let case = reference.whole(instance, &config.values);
    Some(reference.plan(instance, &config.values, &case.sizes))
}
