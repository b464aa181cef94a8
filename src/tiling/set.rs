//! [`Problem::set`]: a size, a constant or a variable gets another value.

use super::{Tiling, TilingError, TilingFault, lower};
use crate::diagnostic::Place;
use crate::kernel::{self, ShapeValue};
use crate::problem::{KernelSpec, ListSpec, Problem, ProblemError, ProblemFault, VariableSpec};
use constrint_solver::language;
use constrint_solver::model::MAX_VALUE;

impl Problem {
    /// Sets a size of the shape or a constant, or fixes a variable at a value.
    ///
    /// # Errors
    /// [`TilingError`] when nothing has that name, or the variable cannot take the value.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), TilingError> {
        if value.checked_abs().is_none_or(|size| size > MAX_VALUE) {
            return Err(Place::at("--set")
                .field(name)
                .fault(ProblemFault::NumberTooLarge { number: value.to_string() }));
        }
        let shape = match &self.kernel {
            Some(KernelSpec::Shipped(kernel)) => {
                kernel::find(kernel)?.shape().iter().map(|parameter| parameter.name.to_owned()).collect()
            }
            Some(KernelSpec::Described(_)) | None => self.shape.keys().cloned().collect::<Vec<_>>(),
        };
        if shape.iter().any(|known| known == name) {
            self.shape.insert(name.to_owned(), ShapeValue::Integer(value));
            return Ok(());
        }
        if let Some(constant) = self.constants.get_mut(name) {
            *constant = value;
            return Ok(());
        }
        let tiling = lower(self)?;
        let Some(id) = tiling.model.find(name) else {
            let known = [shape, self.constants.keys().cloned().collect(), variable_names(&tiling)].concat();
            return Err(unknown("--set", name, known).into());
        };
        if !tiling.model.variable(id).values.contains(value) {
            return Err(Place::at("--set").field(name).fault(TilingFault::ValueNotPossible { value }));
        }
        if let Some(values) = self.tune_params.get_mut(name) {
            *values = vec![value];
            return Ok(());
        }
        self.variables.insert(name.to_owned(), VariableSpec::List(ListSpec { values: vec![value] }));
        Ok(())
    }
}

/// The names of the variables, in the order of the model.
pub(crate) fn variable_names(tiling: &Tiling) -> Vec<String> {
    tiling.model.variables().iter().map(|variable| variable.name.clone()).collect()
}

/// A name that nothing has, with the nearest of those that are known.
pub(crate) fn unknown(place: &str, name: &str, known: Vec<String>) -> ProblemError {
    let nearest = language::nearest(name, known);
    Place::at(place).fault(ProblemFault::UnknownName { name: name.to_owned(), nearest })
}
