//! Rows into a file or to standard output.

#[cfg(feature = "parquet")]
use super::parquet::ParquetRows;
use super::sink::{RowSink, Written};
use super::text::TextRows;
use crate::args::{RowFormat, RowsArgs};
use crate::failure::Failure;
use constrint::file::NewFile;
use constrint::tiling::Tiling;
use std::io::{self, ErrorKind, Write};

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
        RowFormat::Csv | RowFormat::Jsonl => Box::new(TextRows::new(format, names, target)),
        #[cfg(feature = "parquet")]
        RowFormat::Parquet => Box::new(ParquetRows::new(names, target)?),
        #[cfg(not(feature = "parquet"))]
        RowFormat::Parquet => unreachable!("refused by `format`"),
    };
    let written = produce(&mut *sink)?;
    sink.end()?;
    Ok(written)
}
