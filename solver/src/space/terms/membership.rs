//! Truths of a single variable, as the set of values that make them true.

use super::last::{Last, Meter};
use super::sets::{Root, SetId, set_range};
use super::term::{Draft, Position, Term, TermId, Terms};

/// More values are not tried one by one.
const LONGEST_TRIED: usize = 64;

impl Terms {
    /// A truth of a single variable at one of its values.
    fn truth_at(&mut self, truth: TermId, position: Position, value: i64) -> TermId {
        match self.machine_value(truth, &[(position, value)]) {
            Some(number) => Self::truth(number.is_some_and(|number| number != 0)),
            None => self.substitute(truth, position, value),
        }
    }

    /// Whether a listed variable is in a set that is not empty.
    pub(in crate::space) fn in_set(&mut self, position: Position, set: SetId) -> TermId {
        let Root::Listed(values) = self.domains.get(position) else { unreachable!("wide variables have no sets") };
        if self.sets.len(set) == values.len() { Self::TRUE } else { self.intern(Draft::InSet(position, set)) }
    }

    /// Smallest and largest value in a set that is not empty.
    pub(in crate::space) fn hull_of_set(&self, position: Position, set: SetId) -> (i64, i64) {
        let Root::Listed(values) = self.domains.get(position) else { unreachable!("wide variables have no sets") };
        let (first, last) = self.sets.ends(set);
        (values[first], values[last])
    }

    /// What two sets of values of the same variable have in common.
    pub(in crate::space) fn meet(&mut self, a: TermId, b: TermId) -> TermId {
        if a == b {
            return a;
        }
        let pair = (a.min(b), a.max(b));
        if let Some(&known) = self.meets.get(&pair) {
            return known;
        }
        let (&Term::InSet(position, first), &Term::InSet(_, second)) = (self.get(a), self.get(b)) else {
            unreachable!("both are sets")
        };
        let set = self.sets.intersection(first, second);
        let empty = self.sets.len(set) == 0;
        let met = if empty { Self::FALSE } else { self.intern(Draft::InSet(position, set)) };
        self.meets.insert(pair, met);
        met
    }

    pub(super) fn index_of(&self, position: Position, value: i64) -> Option<usize> {
        match self.domains.get(position) {
            Root::Listed(values) => values.binary_search(&value).ok(),
            Root::Wide(_) => None,
        }
    }

    /// A truth of a single listed variable, as the set of values that make it true; any other term as it is.
    pub(in crate::space) fn as_set(&mut self, term: TermId) -> TermId {
        let &[position] = self.variables(term) else { return term };
        let values = match self.domains.get(position) {
            Root::Listed(values) if !matches!(self.get(term), Term::InSet(..)) => values.clone(),
            _ => return term,
        };
        if let Some(&known) = self.as_set.get(&term) {
            return known;
        }
        if values.len() <= LONGEST_TRIED
            && let Some(words) = self.polynomial_words(term, &values)
        {
            let result = self.set_of_words(position, &words, values.len());
            self.as_set.insert(term, result);
            return result;
        }
        if values.len() > LONGEST_TRIED {
            let result = self.solved_set(term, position, values.len());
            self.as_set.insert(term, result);
            return result;
        }
        self.work += values.len() as u64;
        let mut words = vec![0u64; values.len().div_ceil(64)];
        let mut too_large = false;
        let range = self.threshold(term, &values);
        let column = if range.is_none() { self.column(term, (position, &values), &[]) } else { None };
        for index in range.clone().unwrap_or(0..values.len()) {
            let truth = match &column {
                _ if range.is_some() => Self::TRUE,
                Some(column) if column.at(index) != 0 => Self::TRUE,
                Some(_) => Self::FALSE,
                None => self.truth_at(term, position, values[index]),
            };
            too_large |= truth == Self::TOO_LARGE;
            if truth == Self::TRUE {
                words[index / 64] |= 1 << (index % 64);
            }
        }
        let result = if too_large { Self::TOO_LARGE } else { self.set_of_words(position, &words, values.len()) };
        self.as_set.insert(term, result);
        result
    }

    /// The set of values that make a truth of a single variable true, without trying each.
    fn solved_set(&mut self, truth: TermId, position: Position, values: usize) -> TermId {
        let line = self.domains.line(position).expect("a listed variable").clone();
        let mut words = vec![0u64; values.div_ceil(64)];
        let mut meter = Meter::of_list();
        let last = Last::new(self, &[truth], position);
        let solved = last.solve(self, &[], &line, &mut meter, &mut |slice, from, to| {
            let index = |index: u64| usize::try_from(index).expect("of a list");
            if slice.is_whole() {
                set_range(&mut words, index(from), index(to));
            } else {
                slice.for_each(&line, from, to, |at| set_range(&mut words, index(at), index(at) + 1));
            }
        });
        self.work += meter.take() + values as u64 / 4;
        match solved {
            Ok(()) => self.set_of_words(position, &words, values),
            // Lists are never too long.
            Err(_) => Self::TOO_LARGE,
        }
    }

    /// Whether a variable of some values has one of those whose bits are set.
    fn set_of_words(&mut self, position: Position, words: &[u64], values: usize) -> TermId {
        match words.iter().map(|word| word.count_ones() as usize).sum::<usize>() {
            0 => Self::FALSE,
            kept if kept == values => Self::TRUE,
            _ => {
                let set = self.sets.intern(words);
                self.intern(Draft::InSet(position, set))
            }
        }
    }
}
