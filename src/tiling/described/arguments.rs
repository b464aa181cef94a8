//! What a described kernel is called with, as expressions.

use crate::diagnostic::Place;
use crate::kernel::described::{Call, ExpectedFile, Parameter, ParameterArray};
use crate::kernel::{Holds, Scalar};
use crate::problem::{ArgumentSpec, ArraySpec, HoldsSpec, KernelDescription, NumberSpec, ProblemFault};
use crate::tiling::lowering::{Lowering, check_whole};
use crate::tiling::{TilingError, TilingFault};

/// Its parameters, once all names have their meaning.
pub(super) fn call(lowering: &Lowering, kernel: &KernelDescription) -> Result<Call, TilingError> {
    let place = Place::at("kernel").field("arguments");
    let mut parameters: Vec<Parameter> = Vec::new();
    for (index, argument) in kernel.arguments.iter().enumerate() {
        let place = place.index(index);
        let parameter = match argument {
            ArgumentSpec::Number(number) => number_of(lowering, &place, number)?,
            ArgumentSpec::Array(array) => Parameter::Array(array_of(lowering, &place, array, &parameters)?),
        };
        parameters.push(parameter);
    }
    Ok(Call { parameters, cooperative: kernel.cooperative })
}

fn number_of(lowering: &Lowering, place: &Place, number: &NumberSpec) -> Result<Parameter, TilingError> {
    let place = place.field("value");
    let value = lowering.parse(&place, &number.value.text())?;
    if number.scalar.is_whole() {
        check_whole(&place, &value)?;
    }
    Ok(Parameter::Number { scalar: number.scalar, value })
}

fn array_of(
    lowering: &Lowering,
    place: &Place,
    array: &ArraySpec,
    before: &[Parameter],
) -> Result<ParameterArray, TilingError> {
    let is_taken = |known: &Parameter| matches!(known, Parameter::Array(known) if known.name == array.name);
    if before.iter().any(is_taken) {
        let fault = ProblemFault::NameTaken { name: array.name.clone(), by: "another array" };
        return Err(place.field("name").fault(fault));
    }
    if !is_file_name(&array.name) {
        return Err(place.field("name").fault(TilingFault::MacroName { name: array.name.clone() }));
    }
    if array.holds.is_some() && array.file.is_some() {
        return Err(place.field("file").fault(TilingFault::FileBesideHolds));
    }
    let of_expected = place.field("expected");
    if let Some(expected) = &array.expected {
        for (field, bound) in [("absolute", expected.absolute), ("relative", expected.relative)] {
            if bound < 0.0 {
                return Err(of_expected.field(field).fault(TilingFault::NegativeBound));
            }
        }
    }
    let elements_place = place.field("elements");
    let elements = lowering.parse(&elements_place, &array.elements.text())?;
    check_whole(&elements_place, &elements)?;
    Ok(ParameterArray {
        name: array.name.clone(),
        scalar: array.scalar,
        elements,
        holds: holds(array),
        expected: array.expected.as_ref().map(|expected| ExpectedFile {
            path: expected.file.clone().into(),
            absolute: expected.absolute,
            relative: expected.relative,
        }),
    })
}

fn holds(array: &ArraySpec) -> Holds {
    if let Some(path) = &array.file {
        return Holds::File { path: path.clone() };
    }
    match array.holds.unwrap_or_default() {
        HoldsSpec::Random => Holds::Random { scalar: array.scalar, within: bounds(array.scalar) },
        HoldsSpec::Zeros => Holds::Zeros,
        HoldsSpec::Nothing => Holds::Nothing,
    }
}

/// Those of random numbers, as [`HoldsSpec::Random`] states them.
fn bounds(scalar: Scalar) -> [f64; 2] {
    if scalar.is_whole() { [0.0, 99.0] } else { [-1.0, 1.0] }
}

/// An array is written to a file of its name when it is checked.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
