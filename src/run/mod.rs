//! Runs a configured kernel, on the CPU emulator or on a GPU, and holds what comes out against its reference.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | [`verify`]: cases, schedules, what is found |
//! | `program.rs` | the driver: written, compiled, run |
//! | `fault.rs` | what the emulator says of a fault in the kernel |
//! | `compare.rs` | outputs against what they should be |
//! | `element.rs` | element types as bits |
//! | `random.rs` | random inputs |
//!
//! The kernel's side is [`Verify`]. A C++17 compiler is needed for the emulator (`CXX`, else g++), nvcc
//! and a GPU for the other.

mod compare;
mod element;
mod fault;
mod program;
pub mod random;

pub use compare::{Comparison, Worst};
pub use fault::{Fault, FaultPlace};

use crate::config::Config;
use crate::error::{Error, Place, ProblemFault};
use crate::kernel::{Array, Case, Instance, Kernel, Verify};
use crate::tiling::Tiling;
use constrint_solver::Limits;
use program::{Outcome, Program};
use random::Random;
use serde::Serialize;

/// What runs the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Machine {
    /// The CPU emulator: finds wrong numbers and faults of synchronisation.
    Emulator,
    /// The first GPU: finds wrong numbers.
    Gpu,
}

/// How to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What runs the kernel.
    pub machine: Machine,
    /// Seed of the inputs, and of the first order of threads.
    pub seed: u64,
    /// Orders of threads to try, at least 1; on a GPU, how often to run.
    pub schedules: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { machine: Machine::Emulator, seed: 1, schedules: 3 }
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Each case, in the order in which they were run; the last one may have ended in a fault.
    pub cases: Vec<CaseReport>,
}

impl Report {
    /// Whether all outputs are as exact as they have to be, and no fault was found.
    pub fn holds(&self) -> bool {
        self.cases.iter().all(|case| case.fault.is_none() && case.outputs.iter().all(|output| output.wrong == 0))
    }

    /// The first fault.
    pub fn fault(&self) -> Option<&Fault> {
        self.cases.iter().find_map(|case| case.fault.as_ref())
    }
}

/// One case over all its schedules.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseReport {
    /// The sizes.
    pub case: Case,
    /// Schedules that were run, the one with the fault included.
    pub schedules: u32,
    /// Each output at its worst.
    pub outputs: Vec<Comparison>,
    /// A fault of the kernel, which ends everything.
    pub fault: Option<Fault>,
}

/// Runs a configuration against the kernel's reference.
///
/// ```no_run
/// use constrint::{Problem, Request, run, solve};
///
/// let problem = Problem::from_json(
///     r#"{"version": 1, "kernel": "matmul", "gpu": "H100 SXM", "shape": {"m": 100, "n": 64, "k": 80}}"#,
/// )?;
/// let answer = solve(&problem, &Request::default())?;
/// let report = run::verify(&answer.tiling, &answer.configs[0], &run::Options::default())?;
/// assert!(report.holds(), "{:?}", report.fault());
/// # Ok::<(), constrint::Error>(())
/// ```
///
/// # Errors
/// [`Error::Problem`] where there is no kernel or it has no reference, [`Error::NoCompiler`] and [`Error::Tool`] where the
/// driver cannot be compiled or run, [`Error::File`].
pub fn verify(tiling: &Tiling, config: &Config, options: &Options) -> Result<Report, Error> {
    verify_within(tiling, config, options, &Limits::default())
}

/// As [`verify`], but a compiler or a run is ended where a limit is reached first; a limit of time counts from its
/// [`start`](Limits::started).
///
/// # Errors
/// Also [`Error::Limit`].
pub fn verify_within(tiling: &Tiling, config: &Config, options: &Options, limits: &Limits) -> Result<Report, Error> {
    let no_reference =
        |kernel: &str| Place::at("kernel").fault(ProblemFault::NoReference { kernel: kernel.to_owned() });
    if let Some(described) = &tiling.described {
        return Err(no_reference(&described.name));
    }
    let (kernel, instance) =
        tiling.kernel.as_ref().ok_or_else(|| Place::at("kernel").fault(ProblemFault::NeedsKernel))?;
    let reference = kernel.verification().ok_or_else(|| no_reference(kernel.name()))?;
    let capability = instance.gpu.compute_capability;
    let program = Program::build(*kernel as &dyn Kernel, reference, config, options.machine, capability, limits)?;
    let mut report = Report { cases: Vec::new() };
    for case in reference.cases(instance, &config.values) {
        report.cases.push(run_case(&program, reference, instance, case, options)?);
        if report.fault().is_some() {
            break;
        }
    }
    Ok(report)
}

fn run_case(
    program: &Program<'_>,
    reference: &dyn Verify,
    instance: &Instance,
    case: Case,
    options: &Options,
) -> Result<CaseReport, Error> {
    let inputs = reference.inputs(instance, &case, &mut Random::new(options.seed));
    let expected = reference.expected(instance, &case, &inputs);
    let mut outputs: Vec<Comparison> = expected.iter().map(Comparison::begin).collect();
    program.write_inputs(&inputs)?;
    for schedule in 0..options.schedules.max(1) {
        let seed = options.seed.wrapping_add(u64::from(schedule));
        if let Outcome::Fault(fault) = program.run(&case, seed)? {
            let fault = Some(Fault { seed, ..fault });
            return Ok(CaseReport { case, schedules: schedule + 1, outputs, fault });
        }
        for (comparison, expected) in outputs.iter_mut().zip(&expected) {
            let values = program.read_output(expected.name, expected.element, expected.values.len())?;
            comparison.add(expected, &values);
        }
    }
    Ok(CaseReport { case, schedules: options.schedules.max(1), outputs, fault: None })
}

/// The bytes that the driver reads for an input.
fn bytes_of(input: &Array) -> Vec<u8> {
    input.element.encode(&input.values)
}
