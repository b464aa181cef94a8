//! [`verify`]: a configuration against the kernel's reference.

use super::program::{Outcome, Program, Subject, subjects};
use super::{CaseReport, Comparison, Fault, Options, Report, RunError};
use crate::config::Config;
use crate::kernel::{Case, Instance, Random, Verify};
use crate::tiling::Tiling;
use constrint_solver::Limits;

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
/// [`RunError::Run`] where there is no kernel or it has no reference, [`RunError::Tool`] where the driver cannot be compiled or
/// run, [`RunError::File`].
pub fn verify(tiling: &Tiling, config: &Config, options: &Options) -> Result<Report, RunError> {
    verify_within(tiling, config, options, &Limits::default())
}

/// As [`verify`], but a compiler or a run is ended where a limit is reached first; a limit of time counts from its
/// [`start`](Limits::started).
///
/// # Errors
/// Also [`ToolError::Limit`](crate::tool::ToolError::Limit).
pub fn verify_within(tiling: &Tiling, config: &Config, options: &Options, limits: &Limits) -> Result<Report, RunError> {
    let mut report = Report { cases: Vec::new() };
    for Subject { part, kernel, reference, instance, config } in subjects(tiling, config)? {
        let capability = instance.gpu.compute_capability;
        let program = Program::build(kernel, reference, config, options.machine, capability, limits)?;
        for case in reference.cases(&instance, &config.values) {
            let mut found = run_case(&program, reference, &instance, case, options)?;
            if !part.is_empty() {
                found.case.about = format!("{part}: {}", found.case.about);
            }
            report.cases.push(found);
            if report.fault().is_some() {
                return Ok(report);
            }
        }
    }
    Ok(report)
}

fn run_case(
    program: &Program,
    reference: &dyn Verify,
    instance: &Instance,
    case: Case,
    options: &Options,
) -> Result<CaseReport, RunError> {
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
