//! [`Domains`] and [`Sets`]: the values that a variable has at the root, and subsets of them.

use super::ids::Position;
use super::line::Line;
use crate::domain::Domain;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A variable with more values than this is *wide*: its values are never listed.
pub(in crate::space) const WIDE: u64 = 1 << 16;

/// The values that the variables can take, by position.
#[derive(Debug)]
pub(in crate::space) struct Domains {
    list: Vec<Root>,
    /// The same values by index; none where they are many and no progression.
    lines: Vec<Option<Line>>,
}

/// The values of one variable.
#[derive(Debug)]
pub(in crate::space) enum Root {
    /// Ascending.
    Listed(Arc<[i64]>),
    Wide(Domain),
}

impl Domains {
    pub(in crate::space) fn new<'a>(domains: impl IntoIterator<Item = &'a Domain>) -> Self {
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

    pub(in crate::space) fn get(&self, position: Position) -> &Root {
        &self.list[position as usize]
    }

    pub(in crate::space) fn line(&self, position: Position) -> Option<&Line> {
        self.lines[position as usize].as_ref()
    }

    /// How many values a variable has.
    pub(in crate::space) fn len(&self, position: Position) -> u64 {
        match self.get(position) {
            Root::Listed(values) => values.len() as u64,
            Root::Wide(domain) => domain.len(),
        }
    }

    pub(in crate::space) fn is_wide(&self, position: Position) -> bool {
        matches!(self.get(position), Root::Wide(_))
    }

    /// Smallest and largest value.
    pub(in crate::space) fn ends(&self, position: Position) -> (i64, i64) {
        match self.get(position) {
            Root::Listed(values) => (values[0], values[values.len() - 1]),
            Root::Wide(domain) => (domain.lo(), domain.hi()),
        }
    }
}

/// One of the [`Sets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::space) struct SetId(u32);

impl SetId {
    /// Whether it is one of so many first sets.
    pub(super) fn is_before(self, mark: usize) -> bool {
        (self.0 as usize) < mark
    }
}

/// Sets of values of listed variables, each stored once.
#[derive(Debug, Default)]
pub(in crate::space) struct Sets {
    list: Vec<Set>,
    by_words: FxHashMap<Arc<[u64]>, SetId>,
    by_ranges: FxHashMap<Ranges, SetId>,
    bytes: usize,
}

/// A set of indices of values.
#[derive(Debug, Clone)]
enum Set {
    /// A bit for each value.
    Words(Arc<[u64]>),
    /// The indices from each first number up to before its second, where these are few beside the words.
    Ranges(Ranges),
}

/// Ascending ranges of indices below 64 times `words`, with gaps between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Ranges {
    words: usize,
    list: Arc<[(u32, u32)]>,
}

/// Sets of fewer words stay words.
const FEWEST_WORDS: usize = 16;
/// Bytes of a set beside its list: its places in a map and a list, which double as they grow.
const SET_BYTES: usize = 160;

impl Sets {
    pub(super) fn intern(&mut self, words: &[u64]) -> SetId {
        if words.len() >= FEWEST_WORDS
            && let Some(list) = ranges_of(words, words.len() / 4)
        {
            return self.intern_ranges(Ranges { words: words.len(), list: list.into() });
        }
        if let Some(&id) = self.by_words.get(words) {
            return id;
        }
        let words: Arc<[u64]> = words.into();
        let id = self.add(Set::Words(words.clone()));
        self.by_words.insert(words, id);
        id
    }

    fn intern_ranges(&mut self, ranges: Ranges) -> SetId {
        if let Some(&id) = self.by_ranges.get(&ranges) {
            return id;
        }
        let id = self.add(Set::Ranges(ranges.clone()));
        self.by_ranges.insert(ranges, id);
        id
    }

    fn add(&mut self, set: Set) -> SetId {
        let id = SetId(u32::try_from(self.list.len()).expect("fewer than 2^32 sets"));
        self.bytes += set.bytes();
        self.list.push(set);
        id
    }

    fn get(&self, id: SetId) -> &Set {
        &self.list[id.0 as usize]
    }

    pub(super) fn intersection(&mut self, a: SetId, b: SetId) -> SetId {
        if a == b {
            return a;
        }
        match (self.get(a), self.get(b)) {
            (Set::Words(a), Set::Words(b)) => {
                if let ([a], [b]) = (&**a, &**b) {
                    let word = a & b;
                    return self.intern(&[word]);
                }
                let words: Vec<u64> = a.iter().zip(b.iter()).map(|(a, b)| a & b).collect();
                self.intern(&words)
            }
            (Set::Ranges(a), Set::Ranges(b)) if a.list.len() + b.list.len() <= a.words / 4 => {
                let both = Ranges { words: a.words, list: common_ranges(&a.list, &b.list).into() };
                self.intern_ranges(both)
            }
            (a, b) => {
                let words: Vec<u64> = a.to_words().iter().zip(b.to_words().iter()).map(|(a, b)| a & b).collect();
                self.intern(&words)
            }
        }
    }

    pub(in crate::space) fn contains(&self, id: SetId, index: usize) -> bool {
        match self.get(id) {
            Set::Words(words) => words[index / 64] >> (index % 64) & 1 == 1,
            Set::Ranges(ranges) => {
                let place = ranges.list.partition_point(|&(from, _)| from as usize <= index);
                place > 0 && index < ranges.list[place - 1].1 as usize
            }
        }
    }

    /// The smallest and the largest index in a set that is not empty.
    pub(super) fn ends(&self, id: SetId) -> (usize, usize) {
        match self.get(id) {
            Set::Words(words) => {
                let first = words.iter().position(|&word| word != 0).expect("not empty");
                let last = words.iter().rposition(|&word| word != 0).expect("not empty");
                let (low, high) = (words[first].trailing_zeros() as usize, words[last].ilog2() as usize);
                (first * 64 + low, last * 64 + high)
            }
            Set::Ranges(ranges) => {
                let last = ranges.list.last().expect("not empty");
                (ranges.list[0].0 as usize, last.1 as usize - 1)
            }
        }
    }

    pub(in crate::space) fn len(&self, id: SetId) -> usize {
        match self.get(id) {
            Set::Words(words) => words.iter().map(|word| word.count_ones() as usize).sum(),
            Set::Ranges(ranges) => ranges.list.iter().map(|(from, to)| (to - from) as usize).sum(),
        }
    }

    /// Calls `visit` with ranges of indices, ascending, that together are the set.
    pub(in crate::space) fn for_each_range(&self, id: SetId, mut visit: impl FnMut(usize, usize)) {
        match self.get(id) {
            Set::Words(words) => {
                let ranges = ranges_of(words, usize::MAX).expect("no limit");
                for (from, to) in ranges {
                    visit(from as usize, to as usize);
                }
            }
            Set::Ranges(ranges) => ranges.list.iter().for_each(|&(from, to)| visit(from as usize, to as usize)),
        }
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
        for set in self.list.drain(mark..) {
            self.bytes -= set.bytes();
            match set {
                Set::Words(words) => drop(self.by_words.remove(&words)),
                Set::Ranges(ranges) => drop(self.by_ranges.remove(&ranges)),
            }
        }
    }
}

impl Set {
    fn bytes(&self) -> usize {
        SET_BYTES
            + match self {
                Self::Words(words) => size_of_val(&**words),
                Self::Ranges(ranges) => size_of_val(&*ranges.list),
            }
    }

    fn to_words(&self) -> Arc<[u64]> {
        let ranges = match self {
            Self::Words(words) => return words.clone(),
            Self::Ranges(ranges) => ranges,
        };
        let mut words = vec![0u64; ranges.words];
        for &(from, to) in &*ranges.list {
            set_range(&mut words, from as usize, to as usize);
        }
        words.into()
    }
}

/// Sets the bits from one index up to before another.
pub(super) fn set_range(words: &mut [u64], from: usize, to: usize) {
    if from >= to {
        return;
    }
    let (first, last) = (from / 64, (to - 1) / 64);
    let (low, high) = (u64::MAX << (from % 64), u64::MAX >> (63 - (to - 1) % 64));
    if first == last {
        words[first] |= low & high;
        return;
    }
    words[first] |= low;
    words[first + 1..last].fill(u64::MAX);
    words[last] |= high;
}

/// The ranges of bits that are set, unless these are more than so many.
fn ranges_of(words: &[u64], most: usize) -> Option<Vec<(u32, u32)>> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for (place, &word) in words.iter().enumerate() {
        let mut rest = word;
        while rest != 0 {
            let low = rest.trailing_zeros();
            let length = (rest >> low).trailing_ones();
            let from = u32::try_from(place * 64).expect("few values") + low;
            let full = ranges.len() == most;
            match ranges.last_mut() {
                Some((_, to)) if *to == from => *to = from + length,
                _ if full => return None,
                _ => ranges.push((from, from + length)),
            }
            rest = if low + length == 64 { 0 } else { rest >> (low + length) << (low + length) };
        }
    }
    Some(ranges)
}

/// What two lists of ranges have in common.
pub(super) fn common_ranges<T: Copy + Ord>(a: &[(T, T)], b: &[(T, T)]) -> Vec<(T, T)> {
    let (mut i, mut j, mut common) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        let (from, to) = (a[i].0.max(b[j].0), a[i].1.min(b[j].1));
        if from < to {
            common.push((from, to));
        }
        if a[i].1 < b[j].1 { i += 1 } else { j += 1 }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets of any form say the same as lists of their indices.
    #[test]
    fn ranges_and_words_are_the_same_sets() {
        let fits: [&dyn Fn(usize) -> bool; 7] = [
            &|_| true,
            &|index| index < 70,
            &|index| (64..640).contains(&index),
            &|index| index % 2 == 0,
            &|index| index % 300 < 128,
            &|index| index % 130 == 129,
            &|index| index == 1279,
        ];
        let mut sets = Sets::default();
        for size in [5, 64, 1280, 1300] {
            let listed = |fit: &dyn Fn(usize) -> bool| (0..size).filter(|&index| fit(index)).collect::<Vec<usize>>();
            let ids = fits.map(|fit| {
                let mut words = vec![0u64; size.div_ceil(64)];
                for index in listed(fit) {
                    set_range(&mut words, index, index + 1);
                }
                (sets.intern(&words), fit)
            });
            for (a, fit_a) in ids {
                for (b, fit_b) in ids {
                    let both = sets.intersection(a, b);
                    let wanted = listed(&|index| fit_a(index) && fit_b(index));
                    let mut found = Vec::new();
                    sets.for_each_range(both, |from, to| found.extend(from..to));
                    let contained: Vec<usize> = (0..size).filter(|&index| sets.contains(both, index)).collect();
                    assert_eq!((&found, &contained, sets.len(both)), (&wanted, &wanted, wanted.len()));
                    if let (Some(&first), Some(&last)) = (wanted.first(), wanted.last()) {
                        assert_eq!(sets.ends(both), (first, last));
                    }
                    let mut words = vec![0u64; size.div_ceil(64)];
                    for index in wanted {
                        set_range(&mut words, index, index + 1);
                    }
                    assert_eq!(sets.intern(&words), both, "one copy of each");
                }
            }
        }
    }
}
