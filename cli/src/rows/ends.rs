//! [`Line`] and [`EndTexts`]: the texts that rows are put together from.

use super::buffer::Buffer;
use constrint_solver::RowBlock;
use std::ops::Range;

/// More text than this is not kept: a processor's cache holds it.
const MOST_BYTES: usize = 1 << 20;

/// The text of some values one after the other, each behind its lead.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: Buffer,
    /// Where each value ends in it.
    ends: Vec<usize>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self { text: Buffer::new(), ends: Vec::new() }
    }

    /// Sets the values, of which the first `kept` are there already.
    pub(super) fn set(&mut self, leads: &[String], kept: usize, values: &[i64]) {
        self.ends.truncate(kept);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
        let mut digits = itoa::Buffer::new();
        for (lead, &value) in leads.iter().zip(values).skip(kept) {
            self.text.push(lead.as_bytes());
            self.text.push(digits.format(value).as_bytes());
            self.ends.push(self.text.len());
        }
    }
}

/// The texts of the ends of rows, with the ends of their lines, each list written once and found by its part of the diagram.
#[derive(Debug)]
pub(super) struct EndTexts {
    texts: Buffer,
    /// Where in it the ends of a part start, and where the last of them stops, part after part.
    offsets: Vec<usize>,
    /// Where among the offsets those of a part are; nowhere, where they are not kept.
    parts: Vec<Range<usize>>,
    line: Line,
    line_end: &'static str,
}

impl EndTexts {
    pub(super) fn new(line_end: &'static str) -> Self {
        Self { texts: Buffer::new(), offsets: Vec::new(), parts: Vec::new(), line: Line::new(), line_end }
    }

    /// The texts of a block's ends, and where each starts in them, and the last stops. `leads` are those of all values of a
    /// row.
    pub(super) fn of(&mut self, leads: &[String], block: &RowBlock<'_>) -> (&Buffer, &[usize]) {
        let known = block.part().and_then(|part| self.parts.get(part as usize)).cloned().unwrap_or_default();
        let range = if known.is_empty() { self.write(leads, block) } else { known };
        (&self.texts, &self.offsets[range])
    }

    fn write(&mut self, leads: &[String], block: &RowBlock<'_>) -> Range<usize> {
        if self.texts.len() > MOST_BYTES {
            self.texts.truncate(0);
            self.offsets.clear();
            self.parts.clear();
        }
        let (from, mut ends) = (self.offsets.len(), block.ends());
        self.offsets.push(self.texts.len());
        while let Some((kept, end)) = ends.next_end() {
            self.line.set(&leads[block.start().len()..], kept, end);
            self.texts.push(self.line.text.text());
            self.texts.push(self.line_end.as_bytes());
            self.offsets.push(self.texts.len());
        }
        let range = from..self.offsets.len();
        if let Some(part) = block.part() {
            let part = part as usize;
            self.parts.resize(self.parts.len().max(part + 1), 0..0);
            self.parts[part] = range.clone();
        }
        range
    }
}
