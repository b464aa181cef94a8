//! What a kernel wrote, against what it should have written.

use super::failure::{Failure, Outcome};
use crate::file::{self, FileError};
use crate::kernel::described::{ExpectedFile, ParameterArray};
use crate::kernel::{Case, Expected, Holds, Instance, Plan, Random, Scalar, Verify};
use std::path::Path;

/// The seed of a case's inputs.
const SEED: u64 = 1;

/// Writes a case's inputs where its plan then reads them, and tells what is to come out.
pub(super) fn prepare(
    reference: &dyn Verify,
    instance: &Instance,
    case: &Case,
    plan: &mut Plan,
    folder: &Path,
) -> Result<Vec<Expected>, FileError> {
    let inputs = reference.inputs(instance, case, &mut Random::new(SEED));
    for input in &inputs {
        let path = folder.join(input.name).with_extension("in");
        let bytes = input.element.encode(&input.values);
        file::write_bytes(&path, &bytes)?;
        if let Some(array) = plan.array(input.name).filter(|_| !bytes.is_empty()) {
            plan.arrays[array].holds = Holds::File { path: path.display().to_string() };
        }
    }
    Ok(reference.expected(instance, case, &inputs))
}

/// Holds the outputs of a case against the reference.
pub(super) fn compare(expected: &[Expected], folder: &Path, about: &str) -> Result<Outcome<()>, FileError> {
    for expected in expected {
        let found = numbers(folder, expected.name, expected.element.into())?;
        let (exact, allowed) = (&expected.values, |index: usize| expected.allowed[index]);
        if let Some(said) = wrong(expected.name, &found, exact, allowed) {
            return Ok(Err(Failure::WrongResult { said: format!("{about}: {said}") }));
        }
    }
    Ok(Ok(()))
}

/// Holds the arrays of a described kernel against the files that say what they are to hold.
pub(super) fn check_files(
    expected: &[(&ParameterArray, &ExpectedFile)],
    folder: &Path,
) -> Result<Outcome<()>, FileError> {
    for (array, expected) in expected {
        let found = numbers(folder, &array.name, array.scalar)?;
        let bytes = std::fs::read(&expected.path).map_err(|error| FileError::new(&expected.path, &error))?;
        let exact =
            array.scalar.decode(&bytes).filter(|exact| exact.len() == found.len()).ok_or_else(|| FileError {
                path: expected.path.display().to_string(),
                reason: format!("{} bytes, and the array `{}` has {} elements", bytes.len(), array.name, found.len()),
            })?;
        let allowed = |index: usize| expected.absolute.max(expected.relative * exact[index].abs());
        if let Some(said) = wrong(&array.name, &found, &exact, allowed) {
            return Ok(Err(Failure::WrongResult { said }));
        }
    }
    Ok(Ok(()))
}

fn numbers(folder: &Path, name: &str, scalar: Scalar) -> Result<Vec<f64>, FileError> {
    let path = folder.join(name).with_extension("out");
    let bytes = std::fs::read(&path).map_err(|error| FileError::new(&path, &error))?;
    let reason = || format!("{} bytes are no whole number of elements", bytes.len());
    scalar.decode(&bytes).ok_or_else(|| FileError { path: path.display().to_string(), reason: reason() })
}

/// How many elements are off by more than allowed, and the one that is off by most; nothing where none is. A NaN is off, unless it is
/// what is to come out.
fn wrong(name: &str, found: &[f64], exact: &[f64], allowed: impl Fn(usize) -> f64) -> Option<String> {
    if found.len() != exact.len() {
        return Some(format!("`{name}` has {} elements, not {}", found.len(), exact.len()));
    }
    let off = |index: usize| match (found[index], exact[index]) {
        // Infinities, whose difference is no number.
        (found, exact) if found.to_bits() == exact.to_bits() || (found.is_nan() && exact.is_nan()) => 0.0,
        (found, exact) if found.is_nan() || exact.is_nan() => f64::INFINITY,
        (found, exact) => (found - exact).abs(),
    };
    let wrong: Vec<usize> = (0..found.len()).filter(|&index| off(index) > allowed(index)).collect();
    let worst = wrong.iter().copied().max_by(|&one, &other| off(one).total_cmp(&off(other)))?;
    Some(format!(
        "{} of {} elements of `{name}` are wrong; element {worst} is {:e}, not {:e}",
        wrong.len(),
        found.len(),
        found[worst],
        exact[worst]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Element, Kernel};
    use crate::{Problem, Request, solve};

    /// What the reference itself says is right, one element that is off by more than allowed is wrong, and inputs are where the plan
    /// reads them.
    #[test]
    fn a_case_is_held_against_the_reference() {
        let problem = r#"{"version": 1, "kernel": "matmul", "gpu": "T4", "shape": {"m": 9, "n": 8, "k": 7}}"#;
        let problem = Problem::from_json(&problem.replace("T4", "A100 SXM4 80GB")).unwrap();
        let answer = solve(&problem, &Request::default()).unwrap();
        let (kernel, instance) = answer.tiling.kernel.as_ref().unwrap();
        let reference = Kernel::parts(*kernel)[0].kernel.verification().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let case = &reference.cases(instance, &answer.configs[0].values)[0];
        let mut plan = reference.plan(instance, &answer.configs[0].values, &case.sizes);
        let expected = prepare(reference, instance, case, &mut plan, folder.path()).unwrap();
        let Holds::File { path } = &plan.arrays[plan.array("a").unwrap()].holds else { panic!("{plan:?}") };
        assert_eq!(std::fs::metadata(path).unwrap().len(), 2 * 9 * 7);
        let mut values: Vec<f64> = expected[0].values.iter().map(|&value| Element::Bf16.round(value)).collect();
        let compared = |values: &[f64]| {
            std::fs::write(folder.path().join("c.out"), Element::Bf16.encode(values)).unwrap();
            compare(&expected, folder.path(), "here").unwrap()
        };
        assert_eq!(compared(&values), Ok(()));
        values[20] += 1.0;
        let said = compared(&values).unwrap_err().to_string();
        assert!(said.starts_with("wrong result: here: 1 of 72 elements of `c` are wrong; element 20 is "), "{said}");
    }

    #[test]
    fn what_is_off_is_counted_and_the_worst_is_told() {
        let off = |found: &[f64], exact: &[f64]| wrong("c", found, exact, |_| 0.5);
        assert_eq!(off(&[1.0, 2.4], &[1.0, 2.0]), None);
        let said = off(&[1.0, 2.6, 9.0], &[1.0, 2.0, 3.0]).unwrap();
        assert_eq!(said, "2 of 3 elements of `c` are wrong; element 2 is 9e0, not 3e0");
        assert!(off(&[f64::NAN], &[0.0]).is_some() && off(&[0.0], &[f64::NAN]).is_some());
        assert_eq!(off(&[f64::NAN, f64::INFINITY], &[f64::NAN, f64::INFINITY]), None);
        assert!(off(&[f64::INFINITY], &[1.0]).is_some());
        assert!(off(&[1.0], &[1.0, 2.0]).unwrap().contains("has 1 elements, not 2"));
    }
}
