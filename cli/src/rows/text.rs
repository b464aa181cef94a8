//! Rows as lines of text.

use super::RowSink;
use crate::args::RowFormat;
use std::io::{self, Write};

/// Lines are handed on in pieces of about this size.
const PIECE_BYTES: usize = 1 << 16;

/// Writes rows as CSV, or as a JSON object a line.
///
/// The text of a row is kept until the next, of which only what follows the first new value is written anew.
#[derive(Debug)]
pub(super) struct TextRows<'a, W: Write> {
    target: &'a mut W,
    /// Lines that have not been handed on.
    piece: Vec<u8>,
    /// The line of the last row, without its end.
    line: Vec<u8>,
    /// Where each value ends in it.
    ends: Vec<usize>,
    /// What stands before each value.
    leads: Vec<String>,
    tail: &'static [u8],
}

impl<'a, W: Write> TextRows<'a, W> {
    pub(super) fn new(format: RowFormat, names: &[&str], target: &'a mut W) -> Self {
        let csv = format == RowFormat::Csv;
        let piece = if csv { format!("{}\n", names.join(",")).into_bytes() } else { Vec::new() };
        let leads = names.iter().enumerate().map(|(place, name)| lead(csv, place, name)).collect();
        let ends = vec![0; names.len()];
        Self { target, piece, line: Vec::new(), ends, leads, tail: if csv { b"\n" } else { b"}\n" } }
    }
}

impl<W: Write> RowSink for TextRows<'_, W> {
    fn row(&mut self, kept: usize, row: &[i64]) -> io::Result<()> {
        self.line.truncate(kept.checked_sub(1).map_or(0, |last| self.ends[last]));
        let mut digits = itoa::Buffer::new();
        for (place, &value) in row.iter().enumerate().skip(kept) {
            self.line.extend_from_slice(self.leads[place].as_bytes());
            self.line.extend_from_slice(digits.format(value).as_bytes());
            self.ends[place] = self.line.len();
        }
        self.piece.extend_from_slice(&self.line);
        self.piece.extend_from_slice(self.tail);
        if self.piece.len() >= PIECE_BYTES {
            self.target.write_all(&self.piece)?;
            self.piece.clear();
        }
        Ok(())
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        self.target.write_all(&self.piece)?;
        self.target.flush()
    }
}

/// What stands before a value. Names are plain words, which neither form has to quote.
fn lead(csv: bool, place: usize, name: &str) -> String {
    let separator = match (csv, place) {
        (true, 0) => "",
        (_, 0) => "{",
        _ => ",",
    };
    if csv { separator.to_owned() } else { format!("{separator}\"{name}\":") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: RowFormat, rows: &[(usize, [i64; 3])]) -> String {
        let mut target = Vec::new();
        let mut sink = TextRows::new(format, &["a", "b", "c"], &mut target);
        for (kept, row) in rows {
            sink.row(*kept, row).unwrap();
        }
        Box::new(sink).end().unwrap();
        String::from_utf8(target).unwrap()
    }

    #[test]
    fn what_is_kept_of_a_line_is_what_stood_there() {
        let rows = [
            (0, [1, -20, 300]),
            (2, [1, -20, 4]),
            (1, [1, 5, 4]),
            (0, [i64::MIN, 0, i64::MAX]),
            (3, [i64::MIN, 0, i64::MAX]),
        ];
        let csv = written(RowFormat::Csv, &rows);
        let lines: Vec<String> = rows.iter().map(|(_, row)| row.map(|value| value.to_string()).join(",")).collect();
        assert_eq!(csv, format!("a,b,c\n{}\n", lines.join("\n")));
        let json = written(RowFormat::Jsonl, &rows);
        for ((_, [a, b, c]), line) in rows.iter().zip(json.lines()) {
            assert_eq!(line, format!("{{\"a\":{a},\"b\":{b},\"c\":{c}}}"));
        }
    }

    #[test]
    fn pieces_are_handed_on_in_order() {
        let mut target = Vec::new();
        let mut sink = TextRows::new(RowFormat::Csv, &["x"], &mut target);
        for value in 0..50_000 {
            sink.row(0, &[value]).unwrap();
        }
        Box::new(sink).end().unwrap();
        let text = String::from_utf8(target).unwrap();
        assert!(text.lines().skip(1).map(|line| line.parse::<i64>().unwrap()).eq(0..50_000));
    }
}
