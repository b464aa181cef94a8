//! The layout of a domain with holes: a table of candidate values, and a bit for each that is still possible.

use std::sync::Arc;

/// The candidate values of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Table {
    Arithmetic { first: i64, step: i64 },
    Sorted(Arc<[i64]>),
}

impl Table {
    pub(super) fn value(&self, index: usize) -> i64 {
        match self {
            Self::Arithmetic { first, step } => first + step * i64::try_from(index).expect("within the table"),
            Self::Sorted(values) => values[index],
        }
    }

    /// The number of candidates below `value`, for a value between the first and last candidate.
    pub(super) fn rank(&self, value: i64) -> usize {
        match self {
            Self::Arithmetic { first, step } => {
                let (distance, step) = (i128::from(value) - i128::from(*first), i128::from(*step));
                usize::try_from((distance + step - 1).div_euclid(step)).expect("not below the first")
            }
            Self::Sorted(values) => values.partition_point(|&candidate| candidate < value),
        }
    }
}

/// A bit set; the first 64 bits need no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    One(u64),
    Many(Box<[u64]>),
}

impl Words {
    pub(super) fn ones(len: usize) -> Self {
        if len <= 64 {
            return Self::One(u64::MAX >> (64 - len));
        }
        let mut words = vec![u64::MAX; len.div_ceil(64)];
        if !len.is_multiple_of(64) {
            *words.last_mut().expect("not empty") >>= 64 - len % 64;
        }
        Self::Many(words.into())
    }

    pub(super) fn slice(&self) -> &[u64] {
        match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::Many(words) => words,
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Many(words) => size_of_val(&**words),
        }
    }

    pub(super) fn slice_mut(&mut self) -> &mut [u64] {
        match self {
            Self::One(word) => std::slice::from_mut(word),
            Self::Many(words) => words,
        }
    }

    pub(super) fn get(&self, index: usize) -> bool {
        self.slice()[index / 64] >> (index % 64) & 1 == 1
    }

    pub(super) fn clear(&mut self, index: usize) {
        self.slice_mut()[index / 64] &= !(1 << (index % 64));
    }

    pub(super) fn count(&self) -> u64 {
        self.slice().iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The first set bit at `from` or later.
    pub(super) fn next(&self, from: usize) -> Option<usize> {
        let words = self.slice();
        let mut word_index = from / 64;
        let mut word = words.get(word_index)? & (u64::MAX << (from % 64));
        while word == 0 {
            word_index += 1;
            word = *words.get(word_index)?;
        }
        Some(word_index * 64 + word.trailing_zeros() as usize)
    }

    /// The last set bit below `end`.
    pub(super) fn previous(&self, end: usize) -> Option<usize> {
        let words = self.slice();
        let last = end.checked_sub(1)?;
        let mut word_index = last / 64;
        let mut word = words[word_index] & (u64::MAX >> (63 - last % 64));
        while word == 0 {
            word_index = word_index.checked_sub(1)?;
            word = words[word_index];
        }
        Some(word_index * 64 + 63 - word.leading_zeros() as usize)
    }

    /// Clears every bit outside `from..end`.
    pub(super) fn keep(&mut self, from: usize, end: usize) {
        for (word_index, word) in self.slice_mut().iter_mut().enumerate() {
            let start = word_index * 64;
            *word &= mask_from(from.saturating_sub(start)) & !mask_from(end.saturating_sub(start));
        }
    }
}

/// Ones at bit `from` and above.
fn mask_from(from: usize) -> u64 {
    if from >= 64 { 0 } else { u64::MAX << from }
}
