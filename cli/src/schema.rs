//! `constrint schema`: the JSON Schema of the problem format.

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(output: &Output) -> Result<ExitCode, Failure> {
    output.object(&constrint::problem::schema())?;
    Ok(ExitCode::Success)
}
