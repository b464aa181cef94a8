//! The ending of a file that is to be written, and the form that is asked for.

use crate::failure::Failure;
use clap::ValueEnum;
use std::path::Path;

/// The form that a flag names, or else the ending of the file; none where neither says anything.
///
/// # Errors
/// [`Failure::Ending`] where they contradict each other.
pub(crate) fn decide<F: ValueEnum + PartialEq + Copy>(
    path: Option<&Path>,
    given: Option<F>,
    endings: &[(&str, F)],
) -> Result<Option<F>, Failure> {
    let Some(path) = path else { return Ok(given) };
    let ending = of(path);
    let said = endings.iter().find(|(known, _)| *known == ending).map(|&(_, form)| form);
    match (given, said) {
        (Some(given), Some(said)) if given != said => {
            Err(Failure::Ending { path: path.display().to_string(), said: name(&said), given: name(&given) })
        }
        _ => Ok(given.or(said)),
    }
}

/// Refuses the endings of what is no form that the flag has.
///
/// # Errors
/// [`Failure::Ending`]
pub(crate) fn refuse<F: ValueEnum>(path: Option<&Path>, given: &F, foreign: &[&str]) -> Result<(), Failure> {
    match path.map(|path| (path, of(path))) {
        Some((path, said)) if foreign.contains(&said.as_str()) => {
            Err(Failure::Ending { path: path.display().to_string(), said, given: name(given) })
        }
        _ => Ok(()),
    }
}

fn of(path: &Path) -> String {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn name<F: ValueEnum>(form: &F) -> String {
    form.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
