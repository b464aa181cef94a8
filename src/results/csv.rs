//! Comma-separated values: a line of names, then a line a run.
//!
//! Read by hand: the crate csv takes all that follows a quote without its end for one field, where this names the line.

use super::fault::fault;
use super::{Measurement, MeasurementError, MeasurementFault, Status};
use crate::tiling::Tiling;
use constrint_solver::language;
use indexmap::IndexMap;

/// What a column holds.
enum Column {
    /// The variable at this place.
    Variable(usize),
    /// A time, in this many milliseconds.
    Time(f64),
    Status,
    /// Why it failed; empty where it did not.
    Failure,
    Timestamp,
    /// Another number.
    Other(String),
}

/// The names of times, and their units in milliseconds.
const TIMES: [(&str, f64); 5] =
    [("time", 1.0), ("time_ms", 1.0), ("time_s", 1e3), ("time_us", 1e-3), ("time_ns", 1e-6)];

/// Each row with its line.
pub(super) fn rows(path: &str, text: &str, tiling: &Tiling) -> Result<Vec<(usize, Measurement)>, MeasurementError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let Some((number, head)) = lines.next() else { return Err(fault(path, 0, MeasurementFault::Empty)) };
    let columns = fields(head).and_then(|names| columns(&names, tiling)).map_err(|kind| fault(path, number, kind))?;
    let row = |(number, line)| {
        let row = fields(line).and_then(|fields| row(&columns, &fields, tiling));
        row.map(|row| (number, row)).map_err(|kind| fault(path, number, kind))
    };
    lines.map(row).collect()
}

fn columns(names: &[String], tiling: &Tiling) -> Result<Vec<Column>, MeasurementFault> {
    if let Some((index, name)) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
        debug_assert!(index > 0, "the first name has none before it");
        return Err(MeasurementFault::ColumnTwice { name: name.clone() });
    }
    let variables = tiling.model.variables();
    if let Some(missing) = variables.iter().find(|variable| !names.contains(&variable.name)) {
        // A column that means something else is not the one that was meant.
        let free = names.iter().filter(|name| matches!(column(name, tiling), Column::Other(_)));
        let nearest = language::nearest(&missing.name, free.cloned());
        return Err(MeasurementFault::MissingColumn { name: missing.name.clone(), nearest });
    }
    Ok(names.iter().map(|name| column(name, tiling)).collect())
}

fn column(name: &str, tiling: &Tiling) -> Column {
    let unit = TIMES.iter().find(|(known, _)| *known == name).map(|(_, unit)| *unit);
    match (tiling.model.variables().iter().position(|variable| variable.name == name), unit, name) {
        (Some(index), ..) => Column::Variable(index),
        (None, Some(unit), _) => Column::Time(unit),
        (None, None, "status") => Column::Status,
        (None, None, "failure") => Column::Failure,
        (None, None, "timestamp") => Column::Timestamp,
        _ => Column::Other(name.to_owned()),
    }
}

fn row(columns: &[Column], fields: &[String], tiling: &Tiling) -> Result<Measurement, MeasurementFault> {
    if fields.len() != columns.len() {
        return Err(MeasurementFault::Fields { expected: columns.len(), found: fields.len() });
    }
    let mut row = Measurement {
        values: vec![0; tiling.model.variables().len()],
        status: Status::Correct,
        failure: None,
        times_ms: Vec::new(),
        timestamp: None,
        others: IndexMap::new(),
    };
    for (column, field) in columns.iter().zip(fields) {
        match column {
            Column::Variable(index) => {
                let name = &tiling.model.variables()[*index].name;
                row.values[*index] = field.parse().map_err(|_| number(name, field, "whole numbers"))?;
            }
            Column::Status | Column::Failure if field.is_empty() => {}
            Column::Status => {
                let unknown = || MeasurementFault::Status { found: field.clone() };
                row.status = Status::of(field).ok_or_else(unknown)?;
            }
            Column::Failure => row.failure = Some(field.clone()),
            Column::Timestamp => row.timestamp = Some(field.clone()).filter(|field| !field.is_empty()),
            _ if field.is_empty() => {}
            Column::Time(unit) => row.times_ms.push(unit * real("time", field, 0.0)?),
            Column::Other(name) => {
                row.others.insert(name.clone(), real(name, field, f64::MIN)?);
            }
        }
    }
    if row.failure.is_some() && row.status == Status::Correct {
        row.status = Status::Runtime;
    }
    match (row.status, row.times_ms.is_empty()) {
        (Status::Correct, true) => Err(MeasurementFault::NoTime),
        (Status::Correct, false) => Ok(row),
        // How long it took to fail is no time of the kernel.
        _ => Ok(Measurement { times_ms: Vec::new(), ..row }),
    }
}

fn number(column: &str, found: &str, holds: &'static str) -> MeasurementFault {
    MeasurementFault::Number { column: column.to_owned(), found: found.chars().take(60).collect(), holds }
}

fn real(column: &str, field: &str, least: f64) -> Result<f64, MeasurementFault> {
    let value = field.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= least);
    let holds = if least < 0.0 { "numbers" } else { "numbers that are not negative" };
    value.ok_or_else(|| number(column, field, holds))
}

/// The fields of a line; one may stand in quotes, with two quotes for one in it.
fn fields(line: &str) -> Result<Vec<String>, MeasurementFault> {
    let mut fields = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let text = text.trim_start();
        let Some(quoted) = text.strip_prefix('"') else {
            let (field, behind) = text.split_once(',').map_or((text, None), |(field, behind)| (field, Some(behind)));
            fields.push(field.trim_end().to_owned());
            rest = behind;
            continue;
        };
        let (mut field, mut inside) = (String::new(), quoted);
        let behind = loop {
            let (part, after) = inside.split_once('"').ok_or(MeasurementFault::Quotes)?;
            field.push_str(part);
            match after.strip_prefix('"') {
                Some(more) => (field, inside) = (field + "\"", more),
                None => break after.trim_start(),
            }
        };
        fields.push(field);
        rest = match (behind, behind.strip_prefix(',')) {
            ("", _) => None,
            (_, Some(behind)) => Some(behind),
            _ => return Err(MeasurementFault::Quotes),
        };
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_and_out_of_quotes() {
        for (line, expected) in [
            ("a,b", &["a", "b"][..]),
            (" a , ,b,", &["a", "", "b", ""]),
            ("\"a,b\",\"say \"\"c\"\"\" ,d", &["a,b", "say \"c\"", "d"]),
            ("\"\"", &[""]),
        ] {
            assert_eq!(fields(line).unwrap(), expected, "{line}");
        }
        for line in ["\"a", "\"a\"b,c", "a,\"b\"\"", "\""] {
            assert_eq!(fields(line), Err(MeasurementFault::Quotes), "{line}");
        }
    }
}
