//! [`Domains`] and [`Sets`]: the values that a variable has at the root, and subsets of them.

use super::line::Line;
use super::term::Position;
use crate::domain::Domain;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A variable with more values than this is *wide*: its values are never listed.
pub(super) const WIDE: u64 = 1 << 16;

/// The values that the variables can take, by position.
#[derive(Debug)]
pub(super) struct Domains {
    list: Vec<Root>,
    /// The same values by index; none where they are many and no progression.
    lines: Vec<Option<Line>>,
}

/// The values of one variable.
#[derive(Debug)]
pub(super) enum Root {
    /// Ascending.
    Listed(Arc<[i64]>),
    Wide(Domain),
}

impl Domains {
    pub(super) fn new<'a>(domains: impl IntoIterator<Item = &'a Domain>) -> Self {
        let root = |domain: &Domain| {
            if domain.len() <= WIDE { Root::Listed(domain.iter().collect()) } else { Root::Wide(domain.clone()) }
        };
        let list: Vec<Root> = domains.into_iter().map(root).collect();
        let line = |root: &Root| match root {
            Root::Listed(values) => Some(Line::of_list(values.clone())),
            Root::Wide(domain) => Line::of_progression(domain),
        };
        Self { lines: list.iter().map(line).collect(), list }
    }

    pub(super) fn get(&self, position: Position) -> &Root {
        &self.list[position as usize]
    }

    pub(super) fn line(&self, position: Position) -> Option<&Line> {
        self.lines[position as usize].as_ref()
    }

    /// How many values a variable has.
    pub(super) fn len(&self, position: Position) -> u64 {
        match self.get(position) {
            Root::Listed(values) => values.len() as u64,
            Root::Wide(domain) => domain.len(),
        }
    }

    pub(super) fn is_wide(&self, position: Position) -> bool {
        matches!(self.get(position), Root::Wide(_))
    }

    /// Smallest and largest value.
    pub(super) fn ends(&self, position: Position) -> (i64, i64) {
        match self.get(position) {
            Root::Listed(values) => (values[0], values[values.len() - 1]),
            Root::Wide(domain) => (domain.lo(), domain.hi()),
        }
    }
}

/// One of the [`Sets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SetId(u32);

impl SetId {
    /// Whether it is one of so many first sets.
    pub(super) fn is_before(self, mark: usize) -> bool {
        (self.0 as usize) < mark
    }
}

/// Sets of values, as a bit for each value of a listed variable, each set stored once.
#[derive(Debug, Default)]
pub(super) struct Sets {
    list: Vec<Arc<[u64]>>,
    known: FxHashMap<Arc<[u64]>, SetId>,
    bytes: usize,
}

impl Sets {
    pub(super) fn intern(&mut self, words: &[u64]) -> SetId {
        if let Some(&id) = self.known.get(words) {
            return id;
        }
        let words: Arc<[u64]> = words.into();
        let id = SetId(u32::try_from(self.list.len()).expect("fewer than 2^32 sets"));
        self.bytes += 64 + size_of_val(&*words);
        self.known.insert(words.clone(), id);
        self.list.push(words);
        id
    }

    pub(super) fn words(&self, id: SetId) -> &Arc<[u64]> {
        &self.list[id.0 as usize]
    }

    pub(super) fn intersection(&mut self, a: SetId, b: SetId) -> SetId {
        if a == b {
            return a;
        }
        let (a, b) = (self.words(a), self.words(b));
        if let ([a], [b]) = (&**a, &**b) {
            let word = a & b;
            return self.intern(&[word]);
        }
        let words: Vec<u64> = a.iter().zip(b.iter()).map(|(a, b)| a & b).collect();
        self.intern(&words)
    }

    pub(super) fn contains(&self, id: SetId, index: usize) -> bool {
        self.words(id)[index / 64] >> (index % 64) & 1 == 1
    }

    /// The smallest and the largest index in a set that is not empty.
    pub(super) fn ends(&self, id: SetId) -> (usize, usize) {
        let words = self.words(id);
        let first = words.iter().position(|&word| word != 0).expect("not empty");
        let last = words.iter().rposition(|&word| word != 0).expect("not empty");
        (first * 64 + words[first].trailing_zeros() as usize, last * 64 + words[last].ilog2() as usize)
    }

    pub(super) fn len(&self, id: SetId) -> usize {
        self.words(id).iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many sets there are.
    pub(super) fn mark(&self) -> usize {
        self.list.len()
    }

    /// Forgets all sets but so many of the first.
    pub(super) fn release(&mut self, mark: usize) {
        for words in self.list.drain(mark..) {
            self.bytes -= 64 + size_of_val(&*words);
            self.known.remove(&words);
        }
    }
}
