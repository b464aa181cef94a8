//! `constrint count`: the exact number of solutions.

use crate::args::{Common, ProblemArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Rows;
use crate::{input, json};
use constrint::enumerate::BigUint;
use constrint_solver::model::MAX_VALUE;
use serde_json::Value;

pub(crate) fn run(args: &ProblemArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let (tiling, solutions) = input::solutions(args, common, output)?;
    let mut progress = Rows::new(output, None);
    let count = solutions.count(|met| progress.tell(met));
    let (status, code) = match (count.complete, count.solutions == BigUint::ZERO) {
        (false, _) => ("unknown", ExitCode::LimitReached),
        (true, true) => ("infeasible", ExitCode::Negative),
        (true, false) => ("optimal", ExitCode::Success),
    };
    if output.json {
        let mut object = json::problem(&tiling);
        object.insert("status".into(), status.into());
        object.insert(if count.complete { "count" } else { "count_so_far" }.into(), number(&count.solutions));
        json::limit(&mut object, count.stopped);
        output.object(&object.into())?;
    } else if count.complete {
        output.data(&format!("{}\n", count.solutions))?;
    }
    if let Some(reached) = count.stopped {
        output.note(&format!("{reached} after {} solutions: there may be more", count.solutions));
    }
    Ok(code)
}

/// A number that every JSON reader holds exactly, or its digits as text.
fn number(count: &BigUint) -> Value {
    let small = u64::try_from(count).ok().filter(|&small| small <= MAX_VALUE.unsigned_abs());
    small.map_or_else(|| count.to_string().into(), Value::from)
}
