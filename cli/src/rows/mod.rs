//! Rows of values, in the forms that `enumerate` and `sample` write.
//!
//! | file | writes |
//! | --- | --- |
//! | `text` | CSV and JSON lines |
//! | `ends`, `buffer` | the texts that lines are put together from |
//! | `parquet` | Parquet, with the feature of that name |

mod buffer;
mod ends;
#[cfg(feature = "parquet")]
mod parquet;
mod text;

use crate::args::{RowFormat, RowsArgs};
use crate::ending;
use crate::failure::Failure;
use crate::output::Output;
use constrint::enumerate::LimitReached;
use constrint::file::NewFile;
use constrint::tiling::Tiling;
use constrint_solver::RowBlock;
use std::io::{self, ErrorKind, Write};

/// Takes rows, which all have a value for each name.
pub(crate) trait RowSink {
    /// More rows.
    fn block(&mut self, block: &RowBlock<'_>) -> io::Result<()>;

    /// After the last row.
    fn end(self: Box<Self>) -> io::Result<()>;
}

/// How writing went.
pub(crate) struct Written {
    /// Rows.
    pub(crate) rows: u64,
    /// What ended it before these were all.
    pub(crate) stopped: Option<LimitReached>,
}

/// The names of the columns: the variables.
pub(crate) fn names(tiling: &Tiling) -> Vec<&str> {
    tiling.model.variables().iter().map(|variable| variable.name.as_str()).collect()
}

/// Writes rows to a file, whole or not at all, or to standard output. `produce` gives them to the sink and says whether
/// these were all; a file of which it says no is dropped. None where the reader has gone away: that is no failure, there
/// is just nobody to write for.
pub(crate) fn write(
    args: &RowsArgs,
    format: RowFormat,
    names: &[&str],
    produce: impl FnOnce(&mut dyn RowSink) -> io::Result<Written>,
) -> Result<Option<Written>, Failure> {
    let written = match &args.out {
        None => produce_into(format, names, &mut io::stdout(), produce),
        Some(path) => {
            let mut file = NewFile::create(path).map_err(Failure::library(""))?;
            let written = produce_into(format, names, &mut file, produce);
            if let Ok(Written { stopped: None, .. }) = written {
                file.finish().map_err(Failure::library(""))?;
            }
            written
        }
    };
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(None),
        written => written.map(Some).map_err(Failure::Stream),
    }
}

fn produce_into(
    format: RowFormat,
    names: &[&str],
    target: &mut (impl Write + Send),
    produce: impl FnOnce(&mut dyn RowSink) -> io::Result<Written>,
) -> io::Result<Written> {
    let mut sink: Box<dyn RowSink + '_> = match format {
        RowFormat::Csv | RowFormat::Jsonl => Box::new(text::TextRows::new(format, names, target)),
        #[cfg(feature = "parquet")]
        RowFormat::Parquet => Box::new(parquet::ParquetRows::new(names, target)?),
        #[cfg(not(feature = "parquet"))]
        RowFormat::Parquet => unreachable!("refused by `check`"),
    };
    let written = produce(&mut *sink)?;
    sink.end()?;
    Ok(written)
}

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
