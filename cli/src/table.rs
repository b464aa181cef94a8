//! Aligned tables, at most [`WIDTH`] columns wide.

use crate::style::{PLAIN, styled};
use crate::text::{WIDTH, columns, wrap};
use anstyle::Style;

/// Blanks before each row.
const INDENT: usize = 2;
/// Blanks between columns.
const GAP: usize = 2;

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of cells; the last column is wrapped where it does not fit.
#[derive(Debug)]
pub(crate) struct Table {
    align: Vec<Align>,
    rows: Vec<Vec<(String, Style)>>,
}

impl Table {
    pub(crate) fn new(align: &[Align]) -> Self {
        Self { align: align.to_vec(), rows: Vec::new() }
    }

    /// A row without style.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.styled_row(cells.map(|cell| (cell, PLAIN)));
    }

    /// A row with a style for each cell.
    pub(crate) fn styled_row(&mut self, cells: impl IntoIterator<Item = (String, Style)>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The rows as lines.
    pub(crate) fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.align.len()).map(|column| self.width(column)).collect();
        let last = self.align.len() - 1;
        let before: usize = INDENT + widths[..last].iter().map(|width| width + GAP).sum::<usize>();
        let room = WIDTH.saturating_sub(before).max(20);
        let mut text = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(INDENT);
            for (column, (cell, style)) in row.iter().enumerate().take(last) {
                line += &aligned(cell, *style, widths[column], self.align[column]);
                line += &" ".repeat(GAP);
            }
            if let Some((cell, style)) = row.get(last) {
                line += &last_cell(cell, *style, widths[last], self.align[last], room, before);
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(column)).map(|(cell, _)| columns(cell)).max().unwrap_or(0)
    }
}

fn last_cell(cell: &str, style: Style, width: usize, align: Align, room: usize, before: usize) -> String {
    if align == Align::Right {
        return aligned(cell, style, width, align);
    }
    let lines: Vec<String> = wrap(cell, room).iter().map(|line| styled(style, line)).collect();
    lines.join(&format!("\n{}", " ".repeat(before)))
}

fn aligned(cell: &str, style: Style, width: usize, align: Align) -> String {
    let padding = " ".repeat(width.saturating_sub(columns(cell)));
    let cell = styled(style, cell);
    match align {
        Align::Left => format!("{cell}{padding}"),
        Align::Right => format!("{padding}{cell}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_wraps() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        table.row(["a".into(), "1".into(), "word ".repeat(30)]);
        table.row(["bcd".into(), "23".into(), "short".into()]);
        let text = table.render();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  a     1  word word"));
        assert!(lines[1].starts_with("           word"));
        assert_eq!(lines[2], "  bcd  23  short");
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    /// A character of Chinese takes two columns, an accent that combines none.
    #[test]
    fn columns_are_those_of_a_terminal() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        table.row(["漢字".into(), "1".into(), "two characters".into()]);
        table.row(["tuile\u{301}".into(), "漢".into(), "six".into()]);
        assert_eq!(table.render(), "  漢字    1  two characters\n  tuile\u{301}  漢  six\n");
    }
}
