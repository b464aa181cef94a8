//! [`Domains`] and [`Sets`]: the values that a variable has at the root, and subsets of them.

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
        Self { list: domains.into_iter().map(root).collect() }
    }

    pub(super) fn get(&self, position: Position) -> &Root {
        &self.list[position as usize]
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

    pub(super) fn len(&self, id: SetId) -> usize {
        self.words(id).iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
