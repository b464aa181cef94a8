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
    let Ok(listing) = solutions.listing() else {
        return end(&Written { rows: 0, complete: false }, &tiling, output);
    };
    let written = rows::write(&args.rows, format, &rows::names(&tiling), |sink| {
        let (mut rows, mut progress) = (0, Rows::new(output, listing.total().as_ref()));
        let complete = listing.visit(|block| {
            sink.block(block)?;
            rows += block.len();
            progress.tell(rows);
            Ok::<(), std::io::Error>(())
        })?;
        Ok(Written { rows, complete })
    })?;
    written.map_or(Ok(ExitCode::Success), |written| end(&written, &tiling, output))
}

fn end(written: &Written, tiling: &Tiling, output: &Output) -> Result<ExitCode, Failure> {
    let (status, code) = match (written.complete, written.rows) {
        (false, _) => ("unknown", ExitCode::LimitReached),
        (true, 0) => ("infeasible", ExitCode::Negative),
        (true, _) => ("optimal", ExitCode::Success),
    };
    if output.json {
        let mut object = json::problem(tiling);
        object.insert("status".into(), status.into());
        object.insert("rows".into(), json!(written.rows));
        output.object(&object.into())?;
    }
    let rest = if written.complete { "" } else { "; a limit was reached: there may be more, and no file was written" };
    output.note(&format!("{} solutions{rest}", written.rows));
    Ok(code)
}
