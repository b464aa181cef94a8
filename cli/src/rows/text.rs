//! Rows as lines of text.

use super::buffer::Buffer;
use super::ends::{EndTexts, Line};
use super::sink::RowSink;
use crate::args::RowFormat;
use constrint_solver::RowBlock;
use std::io::{self, Write};

/// Lines are handed on in pieces of about this size.
const PIECE_BYTES: usize = 1 << 16;

/// Writes rows as CSV, or as a JSON object a line.
///
/// A line is two copies, of its start's text and of its end's. The start's is kept from block to block, and only what
/// follows the first new value is written anew; the ends are kept by [`EndTexts`].
#[derive(Debug)]
pub(super) struct TextRows<'a, W: Write> {
    target: &'a mut W,
    /// Lines that have not been handed on.
    piece: Buffer,
    /// What stands before each value.
    leads: Vec<String>,
    start: Line,
    ends: EndTexts,
}

impl<'a, W: Write> TextRows<'a, W> {
    pub(super) fn new(format: RowFormat, names: &[&str], target: &'a mut W) -> Self {
        let csv = format == RowFormat::Csv;
        let mut piece = Buffer::new();
        if csv {
            piece.push(format!("{}\n", names.join(",")).as_bytes());
        }
        let leads = names.iter().enumerate().map(|(place, name)| lead(csv, place, name)).collect();
        Self { target, piece, leads, start: Line::new(), ends: EndTexts::new(if csv { "\n" } else { "}\n" }) }
    }
}

impl<W: Write> RowSink for TextRows<'_, W> {
    fn block(&mut self, block: &RowBlock<'_>) -> io::Result<()> {
        self.start.set(&self.leads, block.kept(), block.start());
        let (texts, offsets) = self.ends.of(&self.leads, block);
        self.piece.push_lines(&self.start.text, texts, offsets);
        if self.piece.len() >= PIECE_BYTES {
            self.target.write_all(self.piece.text())?;
            self.piece.truncate(0);
        }
        Ok(())
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        self.target.write_all(self.piece.text())?;
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
    use constrint_solver::{Limits, Model, SolutionSpace, Values, language};

    fn written(format: RowFormat, names: &[&str], blocks: impl FnOnce(&mut dyn RowSink)) -> String {
        let mut target = Vec::new();
        let mut sink = TextRows::new(format, names, &mut target);
        blocks(&mut sink);
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
        let write = |format| {
            written(format, &["a", "b", "c"], |sink| {
                for (kept, row) in &rows {
                    sink.block(&RowBlock::of_row(*kept, row)).unwrap();
                }
            })
        };
        let lines: Vec<String> = rows.iter().map(|(_, row)| row.map(|value| value.to_string()).join(",")).collect();
        assert_eq!(write(RowFormat::Csv), format!("a,b,c\n{}\n", lines.join("\n")));
        for ((_, [a, b, c]), line) in rows.iter().zip(write(RowFormat::Jsonl).lines()) {
            assert_eq!(line, format!("{{\"a\":{a},\"b\":{b},\"c\":{c}}}"));
        }
    }

    /// More text of ends than is kept, in blocks of several sizes, and pieces of it.
    #[test]
    fn blocks_are_written_row_by_row() {
        let mut model = Model::new();
        for (name, most) in [("a", 40), ("b", 3), ("c", 300), ("d", 3)] {
            model.add_variable(name, Values::range(-2, most, 1).unwrap()).unwrap();
        }
        let constraint = language::parse("(a * c + b) % 7 != d", &model).unwrap();
        model.require(constraint);
        let space = SolutionSpace::build(&model, &Limits::default()).unwrap();
        let expected: Vec<String> =
            space.iter().map(|row| row.iter().map(i64::to_string).collect::<Vec<_>>().join(",")).collect();
        for most in [1, 7, 1000, u32::MAX] {
            let csv = written(RowFormat::Csv, &["a", "b", "c", "d"], |sink| {
                let mut blocks = space.blocks(most);
                while let Some(block) = blocks.next_block() {
                    sink.block(&block).unwrap();
                }
            });
            assert!(csv.lines().skip(1).eq(expected.iter().map(String::as_str)), "blocks of {most}");
        }
    }
}
