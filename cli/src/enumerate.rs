//! `constrint enumerate`: every solution.

use crate::args::{Common, EnumerateArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Rows;
use crate::rows::{self, Written};
use crate::{input, json};
use constrint::tiling::Tiling;
use serde_json::json;

pub(crate) fn run(args: &EnumerateArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let format = rows::format(&args.rows, output)?;
    let (tiling, solutions) = input::solutions(&args.problem, common, output)?;
    let listing = match solutions.listing() {
        Ok(listing) => listing,
        Err(reached) => return end(&Written { rows: 0, stopped: Some(reached) }, &tiling, output),
    };
    let written = rows::write(&args.rows, format, &rows::names(&tiling), |sink| {
        let (mut rows, mut progress) = (0, Rows::new(output, listing.total().as_ref()));
        let stopped = listing.visit(|block| {
            sink.block(block)?;
            rows += block.len();
            progress.tell(rows);
            Ok::<(), std::io::Error>(())
        })?;
        Ok(Written { rows, stopped })
    })?;
    written.map_or(Ok(ExitCode::Success), |written| end(&written, &tiling, output))
}

fn end(written: &Written, tiling: &Tiling, output: &Output) -> Result<ExitCode, Failure> {
    let (status, code) = match (written.stopped, written.rows) {
        (Some(_), _) => ("unknown", ExitCode::LimitReached),
        (None, 0) => ("infeasible", ExitCode::Negative),
        (None, _) => ("optimal", ExitCode::Success),
    };
    if output.json {
        let mut object = json::problem(tiling);
        object.insert("status".into(), status.into());
        object.insert("rows".into(), json!(written.rows));
        json::limit(&mut object, written.stopped);
        output.object(&object.into())?;
    }
    let rest = written.stopped.map(|reached| format!("; {reached}: there may be more, and no file was written"));
    let rest = rest.unwrap_or_default();
    output.note(&format!("{} solutions{rest}", written.rows));
    Ok(code)
}
