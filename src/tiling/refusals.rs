//! What is refused before anything is made a model.

use super::stated::Stated;
use super::{TilingError, TilingFault};
use crate::diagnostic::Place;
use crate::kernel::ShapeValue;
use crate::problem::{Problem, ProblemFault};

/// The GPUs and the shapes of a dispatch table are as many problems.
pub(super) fn refuse_lists(problem: &Problem) -> Result<(), TilingError> {
    for (field, is_there) in [("gpus", problem.gpus.is_some()), ("shapes", problem.shapes.is_some())] {
        if is_there {
            return Err(Place::at(field).fault(ProblemFault::ForTable));
        }
    }
    Ok(())
}

/// Without a kernel, sizes are ordinary constants, but there must be something to choose, and no type means anything.
pub(super) fn refuse_kernel_fields(problem: &Problem) -> Result<(), TilingError> {
    if problem.variables.is_empty() && problem.tune_params.is_empty() {
        return Err(Place::root().fault(TilingFault::Empty));
    }
    if let Some((name, _)) = problem.shape.iter().find(|(_, value)| !matches!(value, ShapeValue::Integer(_))) {
        return Err(Place::at("shape").field(name).fault(TilingFault::NeedsKernel));
    }
    if problem.dtype.is_some() { Err(Place::at("dtype").fault(TilingFault::NeedsKernel)) } else { Ok(()) }
}

/// The kernel names its variables and quantities after the problem's constants, but the problem has to give way.
pub(super) fn refuse_names_of_the_kernel(problem: &Problem, stated: &Stated) -> Result<(), TilingError> {
    let taken = |field: &str, name: &String, by| {
        Err(Place::at(field).field(name).fault(ProblemFault::NameTaken { name: name.clone(), by }))
    };
    let is_quantity = |name: &String| stated.names().any(|known| known == name);
    for name in problem.constants.keys() {
        if stated.variables.iter().any(|variable| variable.name == *name) {
            return taken("constants", name, "a variable of the kernel");
        }
        if is_quantity(name) {
            return taken("constants", name, "a quantity of the kernel");
        }
    }
    let variables = problem.variables.keys().map(|name| ("variables", name));
    match variables
        .chain(problem.tune_params.keys().map(|name| ("tune_params", name)))
        .find(|(_, name)| is_quantity(name))
    {
        Some((field, name)) => taken(field, name, "a quantity of the kernel"),
        None => Ok(()),
    }
}
