//! Reading `ConstrINT` text: its statements become the constraints of a [`Problem`], in the native language.

use super::json::LARGEST_FILE_BYTES;
use super::{ConstraintSpec, NamedConstraintSpec, Problem, RangeSpec, VariableSpec};
use crate::diagnostic::Place;
use crate::problem::ProblemError;
use constrint_solver::Variable;
use constrint_solver::language::constrint::{self, Warning};

impl Problem {
    /// Reads `ConstrINT` text (see [`constrint_solver::language::constrint`]), and tells what in it may not be meant.
    ///
    /// The constraints are named after the lines on which their statements start, and written in the native language.
    /// The problem has no name and no objective.
    ///
    /// ```
    /// use constrint::{Problem, Request, solve};
    /// let (problem, warnings) = Problem::from_constrint("tile == [16, 32, 64]; tile * stages == 96;")?;
    /// assert!(warnings.is_empty());
    /// let answer = solve(&problem, &Request::default())?;
    /// let values = &answer.configs[0].values;
    /// assert_eq!(values["tile"] * values["stages"], 96);
    /// # Ok::<(), constrint::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ProblemError::Syntax`] where the text is not in the dialect.
    pub fn from_constrint(text: &str) -> Result<(Self, Vec<Warning>), ProblemError> {
        if text.len() > LARGEST_FILE_BYTES {
            return Err(ProblemError::TooLong { bytes: text.len(), limit: LARGEST_FILE_BYTES });
        }
        let parsed = constrint::parse(text).map_err(|error| ProblemError::Syntax {
            place: Place::at("ConstrINT text"),
            text: text.to_owned(),
            error,
        })?;
        let model = &parsed.model;
        let constraints = model.constraints().iter().map(|constraint| {
            let expr = model.display(&constraint.expr).to_string();
            ConstraintSpec::Named(NamedConstraintSpec { name: Some(constraint.name.clone()), expr, because: None })
        });
        let problem = Self {
            variables: model.variables().iter().map(|variable| (variable.name.clone(), range(variable))).collect(),
            constraints: constraints.collect(),
            ..Self::empty()
        };
        Ok((problem, parsed.warnings))
    }
}

/// The dialect gives ranges only.
fn range(variable: &Variable) -> VariableSpec {
    let mut values = variable.values.iter();
    let min = values.next().expect("never empty");
    let max = min + i64::try_from(variable.values.len()).expect("values are below 2^53") - 1;
    VariableSpec::Range(RangeSpec { min, max, step: None })
}
