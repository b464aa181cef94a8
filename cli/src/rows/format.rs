//! Which form rows are to have.

use crate::args::{RowFormat, RowsArgs};
use crate::ending;
use crate::failure::Failure;
use crate::output::Output;

/// The endings of files that hold rows.
const ENDINGS: [(&str, RowFormat); 4] = [
    ("csv", RowFormat::Csv),
    ("jsonl", RowFormat::Jsonl),
    ("ndjson", RowFormat::Jsonl),
    ("parquet", RowFormat::Parquet),
];

/// The format that is asked for. Refuses what cannot be written before anything is solved.
pub(crate) fn format(args: &RowsArgs, output: &Output) -> Result<RowFormat, Failure> {
    let meant = ending::decide(args.out.as_deref(), args.format, &ENDINGS)?;
    let format = meant.unwrap_or(RowFormat::Csv);
    if format == RowFormat::Parquet && cfg!(not(feature = "parquet")) {
        return Err(Failure::NoParquet);
    }
    if output.json && args.out.is_none() {
        return Err(Failure::RowsAsJson);
    }
    Ok(format)
}
