//! [`Buffer`]: text that short pieces are copied to and from in whole chunks.

use std::ops::Range;

/// Bytes of a chunk: two of a machine's vector registers.
const CHUNK: usize = 32;

/// Text with at least a chunk of room behind it, so that a copy of some bytes needs no loop over single ones and no call:
/// it moves whole chunks, and what it moves too much is written over by the next.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; 2 * CHUNK], length: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        self.make_room(text.len());
        self.bytes[self.length..][..text.len()].copy_from_slice(text);
        self.length += text.len();
    }

    /// Adds a line for each end: the start, then the end, which is a part of `ends`.
    pub(super) fn push_lines(&mut self, start: &Self, ends: &Self, places: &[Range<usize>]) {
        let bytes: usize = places.iter().map(|place| start.length + place.len()).sum();
        self.make_room(bytes);
        let start = start.chunks(0..start.length);
        for place in places {
            self.push_chunks(start);
            self.push_chunks(ends.chunks(place.clone()));
        }
    }

    #[inline]
    fn chunks(&self, part: Range<usize>) -> Chunks<'_> {
        let covered = &self.bytes[part.start..][..part.len().next_multiple_of(CHUNK)];
        Chunks { chunks: covered.as_chunks().0, length: part.len() }
    }

    /// Needs room.
    #[inline]
    fn push_chunks(&mut self, text: Chunks<'_>) {
        let (to, _) = self.bytes[self.length..][..CHUNK * text.chunks.len()].as_chunks_mut::<CHUNK>();
        for (to, from) in to.iter_mut().zip(text.chunks) {
            *to = *from;
        }
        self.length += text.length;
    }

    /// Room for so many bytes and a chunk.
    #[inline]
    fn make_room(&mut self, more: usize) {
        let needed = self.length + more + CHUNK;
        if self.bytes.len() < needed {
            self.bytes.resize(needed.max(2 * self.bytes.len()), 0);
        }
    }
}

/// Some bytes, and what follows them up to the end of a chunk.
#[derive(Debug, Clone, Copy)]
struct Chunks<'a> {
    chunks: &'a [[u8; CHUNK]],
    length: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_length_are_copied() {
        let text: Vec<u8> = (0..500u32).map(|index| (index % 251) as u8).collect();
        let mut ends = Buffer::new();
        ends.push(&text);
        let places: Vec<Range<usize>> = (0..500)
            .flat_map(|from| [0, 1, 31, 32, 33, 64, 100].map(|length| from..(from + length).min(500)))
            .collect();
        let (mut target, mut expected) = (Buffer::new(), Vec::new());
        for length in [0, 1, 31, 32, 33, 70] {
            let mut start = Buffer::new();
            start.push(&text[..length]);
            target.push_lines(&start, &ends, &places);
            for place in places.clone() {
                expected.extend_from_slice(&text[..length]);
                expected.extend_from_slice(&text[place]);
            }
        }
        assert!(target.text() == expected);
        target.truncate(7);
        target.push(b"end");
        assert_eq!((target.len(), &target.text()[7..]), (10, &b"end"[..]));
    }
}
