//! [`Buffer`]: text that short pieces are copied to and from in whole chunks.

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

    /// Adds a line for each end: the start, then the end. Ends follow each other in `ends`: each stands between an offset
    /// and the next.
    pub(super) fn push_lines(&mut self, start: &Self, ends: &Self, offsets: &[usize]) {
        let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else { return };
        self.make_room((offsets.len() - 1) * start.length + last - first);
        let (mut length, to) = (self.length, &mut self.bytes[..]);
        for pair in offsets.windows(2) {
            copy_chunks(&mut to[length..], &start.bytes, start.length);
            length += start.length;
            copy_chunks(&mut to[length..], &ends.bytes[pair[0]..], pair[1] - pair[0]);
            length += pair[1] - pair[0];
        }
        self.length = length;
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

/// Copies so many bytes, and what follows them up to the end of a chunk.
#[inline]
fn copy_chunks(to: &mut [u8], from: &[u8], length: usize) {
    copy_chunk(to, from);
    if length > CHUNK {
        copy_more(to, from, length);
    }
}

#[cold]
fn copy_more(to: &mut [u8], from: &[u8], length: usize) {
    (CHUNK..length).step_by(CHUNK).for_each(|done| copy_chunk(&mut to[done..], &from[done..]));
}

#[inline]
fn copy_chunk(to: &mut [u8], from: &[u8]) {
    *to.first_chunk_mut::<CHUNK>().expect("room") = *from.first_chunk().expect("room");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_length_are_copied() {
        let text: Vec<u8> = (0..500u32).map(|index| (index % 251) as u8).collect();
        let mut ends = Buffer::new();
        ends.push(&text);
        let lengths = [0, 1, 31, 32, 33, 64, 100];
        let mut offsets = vec![3];
        offsets.extend(lengths.iter().scan(3, |offset, length| {
            *offset += length;
            Some(*offset)
        }));
        let (mut target, mut expected) = (Buffer::new(), Vec::new());
        for length in lengths {
            let mut start = Buffer::new();
            start.push(&text[..length]);
            target.push_lines(&start, &ends, &offsets);
            for pair in offsets.windows(2) {
                expected.extend_from_slice(&text[..length]);
                expected.extend_from_slice(&text[pair[0]..pair[1]]);
            }
        }
        target.push_lines(&ends, &ends, &[]);
        assert!(target.text() == expected);
        target.truncate(7);
        target.push(b"end");
        assert_eq!((target.len(), &target.text()[7..]), (10, &b"end"[..]));
    }
}
