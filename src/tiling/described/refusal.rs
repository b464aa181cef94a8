//! What a problem with a described kernel must not say.

use super::names::{is_derived, is_identifier};
use crate::diagnostic::Place;
use crate::kernel::ShapeValue;
use crate::problem::{AccessSpec, KernelDescription, Problem, ProblemFault};
use crate::tiling::{TilingError, TilingFault};

/// Refuses what only a shipped kernel understands, and names that a described kernel's quantities have.
pub(in crate::tiling) fn refuse(problem: &Problem, kernel: &KernelDescription) -> Result<(), TilingError> {
    if problem.dtype.is_some() {
        return Err(Place::at("dtype").fault(TilingFault::NeedsShippedKernel));
    }
    if let Some((name, _)) = problem.shape.iter().find(|(_, value)| matches!(value, ShapeValue::Word(_))) {
        return Err(Place::at("shape").field(name).fault(TilingFault::NeedsShippedKernel));
    }
    let fields = [
        ("variables", problem.variables.keys().collect::<Vec<_>>()),
        ("tune_params", problem.tune_params.keys().collect()),
        ("constants", problem.constants.keys().collect()),
        ("shape", problem.shape.keys().collect()),
        ("kernel.definitions", kernel.definitions.keys().collect()),
    ];
    for (field, names) in fields {
        if let Some(name) = names.into_iter().find(|name| is_derived(name)) {
            let fault = ProblemFault::NameTaken { name: name.clone(), by: "a quantity of every described kernel" };
            return Err(Place::at(field).field(name).fault(fault));
        }
    }
    if kernel.cost.is_some() && kernel.work.is_some() {
        return Err(Place::at("kernel").field("cost").fault(TilingFault::CostBesideWork));
    }
    if let Some(work) = &kernel.work {
        check_accesses("shared", &work.shared)?;
        check_accesses("global", &work.global)?;
    }
    check_names(kernel)
}

/// What wavefronts follow from is not read where they are stated.
fn check_accesses(field: &str, accesses: &[AccessSpec]) -> Result<(), TilingError> {
    let says_both = |access: &AccessSpec| {
        let strides = [&access.lanes, &access.stride, &access.row_stride];
        access.wavefronts.is_some() && strides.iter().any(|stride| stride.is_some())
    };
    accesses.iter().position(says_both).map_or(Ok(()), |index| {
        let place = Place::at("kernel").field("work").field(field).index(index).field("wavefronts");
        Err(place.fault(TilingFault::WavefrontsBesideStrides))
    })
}

/// The kernel's name, its prefix and its header end up in C++ and in the names of files.
fn check_names(kernel: &KernelDescription) -> Result<(), TilingError> {
    let refuse = |place: Place, name: &str| Err(place.fault(TilingFault::MacroName { name: name.to_owned() }));
    let place = Place::at("kernel");
    if !is_identifier(&kernel.name) {
        return refuse(place.field("name"), &kernel.name);
    }
    if let Some(entry) = kernel.entry.as_ref().filter(|entry| !is_identifier(entry)) {
        return refuse(place.field("entry"), entry);
    }
    if let Some(role) = kernel.roles.keys().find(|role| !is_identifier(role)) {
        return refuse(place.field("roles").field(role), role);
    }
    let macros = place.field("macros");
    if let Some(prefix) = kernel.macros.prefix.as_ref().filter(|prefix| !prefix.is_empty() && !is_identifier(prefix)) {
        return refuse(macros.field("prefix"), prefix);
    }
    let is_file = |name: &str| {
        let harmless = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        name.chars().all(harmless) && name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
    };
    match kernel.macros.header.as_ref().filter(|header| !is_file(header)) {
        Some(header) => refuse(macros.field("header"), header),
        None => Ok(()),
    }
}
