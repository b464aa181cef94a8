//! `constrint enumerate`: every solution, as it is found.

use crate::args::{Common, EnumerateArgs, RowFormat};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Rows;
use crate::{input, json};
use constrint::enumerate::Solutions;
use constrint::file::NewFile;
use constrint::tiling::{self, Tiling};
use serde_json::json;
use std::io::{self, BufWriter, ErrorKind, Write};

pub(crate) fn run(args: &EnumerateArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    if args.format == RowFormat::Parquet {
        return Err(Failure::NoParquet);
    }
    if output.json && args.out.is_none() {
        return Err(Failure::RowsAsJson);
    }
    let loaded = input::load(&args.problem, output)?;
    let fail = Failure::library(&loaded.origin);
    let tiling = tiling::lower(&loaded.problem).map_err(&fail)?;
    let solutions = Solutions::of(&loaded.problem, &tiling, &input::limits(common)).map_err(&fail)?;
    let written = match &args.out {
        None => {
            let mut sink = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            write_rows(&solutions, &tiling, args.format, &mut sink, output).and_then(|ended| {
                sink.flush()?;
                Ok(ended)
            })
        }
        Some(path) => {
            let mut file = NewFile::create(path).map_err(Failure::library(""))?;
            let ended = write_rows(&solutions, &tiling, args.format, &mut file, output);
            // Where a limit ended it, the file is dropped, and nothing is left.
            if let Ok(Ended { complete: true, .. }) = ended {
                file.finish().map_err(Failure::library(""))?;
            }
            ended
        }
    };
    match written {
        Ok(ended) => end(&ended, &tiling, output),
        // That the reader has gone away is no failure: there is just nobody to write for.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::Success),
        Err(error) => Err(Failure::Stream(error)),
    }
}

/// How many rows were written, and whether these are all.
struct Ended {
    rows: u64,
    complete: bool,
}

fn write_rows(
    solutions: &Solutions,
    tiling: &Tiling,
    format: RowFormat,
    sink: &mut impl Write,
    output: &Output,
) -> io::Result<Ended> {
    let names: Vec<&str> = tiling.model.variables().iter().map(|variable| variable.name.as_str()).collect();
    // The texts before each value of a row.
    let before: Vec<String> = names.iter().enumerate().map(|(place, name)| lead(format, place, name)).collect();
    if format == RowFormat::Csv {
        writeln!(sink, "{}", names.join(","))?;
    }
    let (mut rows, mut progress) = (0, Rows::new(output));
    for row in solutions.rows() {
        let Ok(row) = row else { return Ok(Ended { rows, complete: false }) };
        for (before, value) in before.iter().zip(&row) {
            write!(sink, "{before}{value}")?;
        }
        sink.write_all(if format == RowFormat::Csv { b"\n" } else { b"}\n" })?;
        rows += 1;
        progress.tell(rows);
    }
    Ok(Ended { rows, complete: true })
}

/// What stands before a value. Names are plain words, which neither form has to quote.
fn lead(format: RowFormat, place: usize, name: &str) -> String {
    let separator = match (format, place) {
        (RowFormat::Csv, 0) => "",
        (_, 0) => "{",
        _ => ",",
    };
    if format == RowFormat::Csv { separator.to_owned() } else { format!("{separator}\"{name}\":") }
}

fn end(ended: &Ended, tiling: &Tiling, output: &Output) -> Result<ExitCode, Failure> {
    let (status, code) = match (ended.complete, ended.rows) {
        (false, _) => ("unknown", ExitCode::LimitReached),
        (true, 0) => ("infeasible", ExitCode::Negative),
        (true, _) => ("optimal", ExitCode::Success),
    };
    if output.json {
        let mut object = json::problem(tiling);
        object.insert("status".into(), status.into());
        object.insert("rows".into(), json!(ended.rows));
        output.object(&object.into())?;
    }
    let rest = if ended.complete { "" } else { "; a limit was reached: there may be more, and no file was written" };
    output.note(&format!("{} solutions{rest}", ended.rows));
    Ok(code)
}
