//! `constrint sample`: random solutions, without listing them all.

use crate::args::{Common, SampleArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::rows::{self, Written};
use crate::{input, json, stopped};
use constrint_solver::{RowBlock, SpaceError};
use serde_json::json;

pub(crate) fn run(args: &SampleArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let format = rows::format(&args.rows, output)?;
    let (tiling, solutions) = input::solutions(&args.problem, common, output)?;
    let space = match solutions.space() {
        Ok(space) => space,
        Err(SpaceError::Limit(limit)) => return stopped::without_answer(json::problem(&tiling), limit, output),
        Err(error) => return Err(Failure::NoSpace(error)),
    };
    let seed = common.seed.unwrap_or_default();
    let drawn = if args.spread { space.latin_hypercube(args.count, seed) } else { space.sample(args.count, seed) };
    let written = rows::write(&args.rows, format, &rows::names(&tiling), |sink| {
        for row in &drawn {
            sink.block(&RowBlock::of_row(0, row))?;
        }
        Ok(Written { rows: drawn.len() as u64, stopped: None })
    })?;
    let Some(written) = written else { return Ok(ExitCode::Success) };
    if output.json {
        let mut object = json::problem(&tiling);
        object.insert("status".into(), if space.is_empty() { "infeasible" } else { "feasible" }.into());
        object.insert("rows".into(), json!(written.rows));
        output.object(&object.into())?;
    }
    output.note(&format!("{} of {} solutions, seed {seed}", drawn.len(), space.len()));
    Ok(if space.is_empty() && args.count > 0 { ExitCode::Negative } else { ExitCode::Success })
}
