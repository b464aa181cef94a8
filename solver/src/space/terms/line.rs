//! [`Line`]: the values of one variable, by index; [`Slice`]: those that intervals, residues and lists leave of them.

use crate::arith::{ceil_div, floor_mod};
use crate::domain::Domain;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// Residues of one modulus that are told apart at most.
const MOST_RESIDUES: usize = 512;
/// The next value with one of several residues is looked for one by one where so many are gone through for each.
const NEAR: u64 = 8;
/// Moduli beyond this are not put together with others.
const LARGEST_MODULUS: i128 = 1 << 62;
/// Numbers whose multiples are left out at most: each may double the cases.
const MOST_EXCLUDED: usize = 12;

/// The values of a variable, ascending.
#[derive(Debug, Clone)]
pub(in crate::space) enum Line {
    /// `first, first + step, …`: so many of them.
    Progression {
        first: i64,
        step: i64,
        count: u64,
    },
    List(Arc<[i64]>),
}

impl Line {
    /// The values of a domain, unless they are many and no progression.
    pub(super) fn of_progression(domain: &Domain) -> Option<Self> {
        let reach = i128::from(domain.step()) * i128::from(domain.len() - 1);
        let even = i128::from(domain.hi()) - i128::from(domain.lo()) == reach;
        even.then(|| Self::Progression { first: domain.lo(), step: domain.step(), count: domain.len() })
    }

    pub(super) fn of_list(values: Arc<[i64]>) -> Self {
        let step = if values.len() > 1 { values[1] - values[0] } else { 1 };
        if !values.is_empty() && values.windows(2).all(|pair| pair[1] - pair[0] == step) {
            return Self::Progression { first: values[0], step, count: values.len() as u64 };
        }
        Self::List(values)
    }

    pub(in crate::space) fn len(&self) -> u64 {
        match self {
            Self::Progression { count, .. } => *count,
            Self::List(values) => values.len() as u64,
        }
    }

    pub(in crate::space) fn value(&self, index: u64) -> i64 {
        match self {
            Self::Progression { first, step, .. } => {
                let value = i128::from(*first) + i128::from(*step) * i128::from(index);
                i64::try_from(value).expect("one of its values")
            }
            Self::List(values) => values[usize::try_from(index).expect("fits memory")],
        }
    }

    /// Whether a number is between the first and the last value.
    pub(super) fn spans(&self, number: i64) -> bool {
        self.len() > 0 && number >= self.value(0) && number <= self.value(self.len() - 1)
    }

    /// How many values are below a number.
    pub(super) fn rank(&self, number: i128) -> u64 {
        match self {
            Self::Progression { first, step, count } => {
                let near = number.clamp(i64::MIN.into(), i64::MAX.into());
                let below = ceil_div(near - i128::from(*first), i128::from(*step));
                u64::try_from(below.clamp(0, i128::from(*count))).expect("clamped")
            }
            Self::List(values) => values.partition_point(|&value| i128::from(value) < number) as u64,
        }
    }

    /// The index of a value.
    pub(super) fn index_of(&self, value: i128) -> Option<u64> {
        let index = self.rank(value);
        (index < self.len() && i128::from(self.value(index)) == value).then_some(index)
    }
}

/// Values of a [`Line`]: those with an index in a range, with one of some residues, that are multiples of none of some
/// numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::space) struct Slice {
    pub(super) from: u64,
    pub(super) to: u64,
    modulus: i128,
    /// Ascending, at least one unless the slice is empty.
    residues: SmallVec<[i128; 4]>,
    /// Numbers whose multiples are left out.
    excluded: SmallVec<[i64; 8]>,
}

impl Slice {
    pub(super) fn of(line: &Line) -> Self {
        Self { from: 0, to: line.len(), modulus: 1, residues: smallvec![0], excluded: SmallVec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.from >= self.to || self.residues.is_empty()
    }

    /// Whether all values with an index in its range are its own.
    pub(super) fn is_whole(&self) -> bool {
        self.modulus == 1 && self.excluded.is_empty() && !self.residues.is_empty()
    }

    pub(super) fn empty(&mut self) {
        self.to = self.from;
    }

    /// Keeps the values from one number to another.
    pub(super) fn keep_between(&mut self, line: &Line, lo: i128, hi: i128) {
        self.from = self.from.max(line.rank(lo));
        self.to = self.to.min(line.rank(hi.saturating_add(1))).max(self.from);
    }

    /// Keeps the values with one of some residues, ascending, of a modulus; false, and nothing done, where that would take
    /// too many cases.
    pub(super) fn keep_residues(&mut self, modulus: i128, residues: &[i128]) -> bool {
        let (common, inverse, _) = bezout(self.modulus, modulus);
        if residues.is_empty() {
            self.empty();
            return true;
        }
        let joint = common_multiple(self.modulus, modulus);
        let Some(joint) = joint.filter(|_| self.residues.len() * residues.len() <= MOST_RESIDUES) else {
            return false;
        };
        let mut kept: SmallVec<[i128; 4]> = SmallVec::new();
        for &a in &self.residues {
            for &b in residues.iter().filter(|&&b| (b - a) % common == 0) {
                let times = floor_mod((b - a) / common * inverse, modulus / common);
                kept.push(floor_mod(a + self.modulus * times, joint));
            }
        }
        kept.sort_unstable();
        (self.modulus, self.residues) = (joint, kept);
        true
    }

    /// Leaves out the multiples of positive numbers; false, and nothing done, where that would take too many cases.
    pub(super) fn leave_out_multiples(&mut self, numbers: &[i64]) -> bool {
        let all = numbers.iter().try_fold(1, |all, &number| common_multiple(all, number.into()));
        if !self.excluded.is_empty() || numbers.len() > MOST_EXCLUDED || all.is_none() {
            return false;
        }
        self.excluded = numbers.into();
        true
    }

    /// How many values there are with an index in a range.
    pub(in crate::space) fn count(&self, line: &Line, from: u64, to: u64) -> u64 {
        if from >= to {
            return 0;
        }
        if self.is_whole() {
            return to - from;
        }
        match line {
            Line::List(_) => (from..to).filter(|&index| self.admits(line.value(index))).count() as u64,
            Line::Progression { .. } => {
                let every: i128 =
                    self.residues.iter().map(|&residue| members(line, from, to, self.modulus, residue)).sum();
                let left_out = self.count_multiples(line, (from, to), (1, 0), 0);
                u64::try_from(every - left_out).expect("no more than the line has")
            }
        }
    }

    /// How many values with a residue are multiples of one of the excluded numbers from one on, by inclusion and exclusion.
    fn count_multiples(
        &self,
        line: &Line,
        (from, to): (u64, u64),
        (product, sign): (i128, i128),
        first: usize,
    ) -> i128 {
        let mut sum = 0;
        for (place, &number) in self.excluded.iter().enumerate().skip(first) {
            let product = common_multiple(product, number.into()).expect("all together have one");
            let sign = if sign == 1 { -1 } else { 1 };
            let both: i128 = self
                .residues
                .iter()
                .map(|&residue| joint_members(line, (from, to), (self.modulus, residue), product))
                .sum();
            if both > 0 {
                sum += sign * both + self.count_multiples(line, (from, to), (product, sign), place + 1);
            }
        }
        sum
    }

    /// Whether a value has one of the residues and is none of the multiples.
    pub(in crate::space) fn admits(&self, value: i64) -> bool {
        (self.modulus == 1 || self.has_residue(value.into())) && self.excluded.iter().all(|number| value % number != 0)
    }

    fn has_residue(&self, value: i128) -> bool {
        self.residues.binary_search(&floor_mod(value, self.modulus)).is_ok()
    }

    /// After how many indices of a progression the residues are the same again.
    fn period(&self, step: i64) -> Option<u64> {
        u64::try_from(self.modulus / bezout(self.modulus, step.into()).0).ok()
    }

    /// The smallest index from one on whose value has one of the residues; of a list, the index itself.
    pub(in crate::space) fn next(&self, line: &Line, from: u64) -> u64 {
        let Line::Progression { first, step, .. } = *line else { return from };
        if self.modulus == 1 {
            return from;
        }
        // Where residues are many, the next is near.
        if let Some(period) = self.period(step).filter(|period| *period <= NEAR * self.residues.len() as u64) {
            let value = |index: u64| i128::from(first) + i128::from(step) * i128::from(index);
            let mut near = from..from.saturating_add(period);
            return near.find(|&index| self.has_residue(value(index))).unwrap_or(u64::MAX);
        }
        let of = |&residue: &i128| first_index(first, step, self.modulus, residue, from).unwrap_or(u64::MAX);
        self.residues.iter().map(of).min().unwrap_or(u64::MAX)
    }

    /// First value, distance and number of the values in a range of indices, where they are a progression and more than one.
    pub(in crate::space) fn progression(&self, line: &Line, from: u64, to: u64) -> Option<(i64, i64, u64)> {
        let (&Line::Progression { .. }, [_]) = (line, &self.residues[..]) else { return None };
        let count = self.count(line, from, to);
        let first = self.next(line, from);
        let second = self.next(line, first + 1);
        let plain = self.excluded.is_empty() && count > 1;
        plain.then(|| (line.value(first), line.value(second) - line.value(first), count))
    }

    /// Calls `visit` with the index of each value in a range of indices.
    pub(in crate::space) fn for_each(&self, line: &Line, from: u64, to: u64, mut visit: impl FnMut(u64)) {
        let mut index = self.next(line, from);
        while index < to {
            if self.admits(line.value(index)) {
                visit(index);
            }
            index = self.next(line, index + 1);
        }
    }

    /// An estimate of how many values an index range has, never too small.
    pub(super) fn at_most(&self, line: &Line, from: u64, to: u64) -> u64 {
        let &Line::Progression { step, .. } = line else { return to - from };
        let period = self.period(step).unwrap_or(u64::MAX);
        ((to - from) / period).saturating_add(1).saturating_mul(self.residues.len() as u64)
    }
}

/// Ranges of indices within slices: a slice is kept once for all of its ranges, and ranges that follow each other are one.
#[derive(Debug, Default)]
pub(in crate::space) struct Slices(Vec<(Slice, Vec<(u64, u64)>)>);

impl Slices {
    pub(in crate::space) fn push(&mut self, slice: &Slice, from: u64, to: u64) {
        match self.0.last_mut() {
            Some((last, ranges)) if last == slice => match ranges.last_mut() {
                Some((_, end)) if *end == from => *end = to,
                _ => ranges.push((from, to)),
            },
            _ => self.0.push((slice.clone(), vec![(from, to)])),
        }
    }

    pub(in crate::space) fn iter(&self) -> impl Iterator<Item = (&Slice, u64, u64)> {
        self.0.iter().flat_map(|(slice, ranges)| ranges.iter().map(move |&(from, to)| (slice, from, to)))
    }

    /// The only range, where there is one.
    pub(in crate::space) fn only(&self) -> Option<(&Slice, u64, u64)> {
        let mut ranges = self.iter();
        ranges.next().filter(|_| ranges.next().is_none())
    }
}

/// Indices from `from` to `to` whose values have a residue.
fn members(line: &Line, from: u64, to: u64, modulus: i128, residue: i128) -> i128 {
    let &Line::Progression { first, step, .. } = line else { unreachable!("only asked of progressions") };
    let Some(start) = first_index(first, step, modulus, residue, from).filter(|&start| start < to) else { return 0 };
    let period = modulus / bezout(modulus, step.into()).0;
    (i128::from(to - 1) - i128::from(start)) / period + 1
}

/// Likewise, and are multiples of a number.
fn joint_members(line: &Line, (from, to): (u64, u64), (modulus, residue): (i128, i128), number: i128) -> i128 {
    let (common, inverse, _) = bezout(modulus, number);
    if residue % common != 0 {
        return 0;
    }
    let joint = modulus / common * number;
    let times = floor_mod(-residue / common * inverse, number / common);
    let value = floor_mod(residue + modulus * times, joint);
    if joint <= LARGEST_MODULUS {
        return members(line, from, to, joint, value);
    }
    // No two values of a line are so far apart, but for signs.
    let found = [value, value - joint].map(|value| line.index_of(value));
    found.into_iter().flatten().filter(|index| (from..to).contains(index)).map(|_| 1).sum()
}

/// The least common multiple of two positive numbers, unless it is too large.
fn common_multiple(a: i128, b: i128) -> Option<i128> {
    let multiple = (a / bezout(a, b).0).checked_mul(b)?;
    (multiple <= LARGEST_MODULUS).then_some(multiple)
}

/// The first index from one on whose value `first + step * index` has a residue.
fn first_index(first: i64, step: i64, modulus: i128, residue: i128, from: u64) -> Option<u64> {
    let (common, inverse, _) = bezout(step.into(), modulus);
    let distance = residue - i128::from(first);
    if distance % common != 0 {
        return None;
    }
    let period = modulus / common;
    let index = floor_mod(floor_mod(distance / common, period) * floor_mod(inverse, period), period);
    let from = i128::from(from);
    u64::try_from(from + floor_mod(index - from, period)).ok()
}

/// The greatest common divisor of two positive numbers as a sum of multiples of them.
fn bezout(a: i128, b: i128) -> (i128, i128, i128) {
    let (mut old, mut new) = ((a, 1, 0), (b, 0, 1));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1, old.2 - quotient * new.2));
    }
    old
}

/// The solutions of `coefficient * x + constant == residue` modulo a number, as a residue of another; `None` without one.
pub(super) fn congruence(coefficient: i128, constant: i128, modulus: i128, residue: i128) -> Option<(i128, i128)> {
    let coefficient = floor_mod(coefficient, modulus);
    let distance = floor_mod(residue - constant, modulus);
    if coefficient == 0 {
        return (distance == 0).then_some((1, 0));
    }
    let (common, inverse, _) = bezout(coefficient, modulus);
    if distance % common != 0 {
        return None;
    }
    let period = modulus / common;
    Some((period, floor_mod(floor_mod(distance / common, period) * floor_mod(inverse, period), period)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_count_what_they_admit() {
        let lines = [
            Line::Progression { first: -17, step: 3, count: 90 },
            Line::Progression { first: 1, step: 1, count: 200 },
            Line::List([-6, -5, 0, 3, 4, 9, 10, 12, 30, 31, 35].into()),
        ];
        for line in &lines {
            for (modulus, residues) in [(1, &[0][..]), (4, &[1, 3]), (6, &[0, 4]), (5, &[2])] {
                for (other, residue) in [(1, 0), (9, 4), (10, 3)] {
                    for excluded in [&[][..], &[2], &[4, 6, 10], &[3, 5, 7]] {
                        let mut slice = Slice::of(line);
                        slice.keep_between(line, -9, 130);
                        assert!(slice.keep_residues(modulus, residues) && slice.keep_residues(other, &[residue]));
                        assert!(slice.leave_out_multiples(excluded));
                        let mut visited = 0;
                        slice.for_each(line, slice.from, slice.to, |index| {
                            assert!(slice.admits(line.value(index)));
                            visited += 1;
                        });
                        let fits = |value: i64| {
                            (-9..=130).contains(&value)
                                && residues.contains(&floor_mod(value.into(), modulus))
                                && floor_mod(value.into(), other) == residue
                                && excluded.iter().all(|number| value % number != 0)
                        };
                        let wanted = (0..line.len()).filter(|&index| fits(line.value(index))).count() as u64;
                        let found = slice.count(line, slice.from, slice.to);
                        let listed = (slice.from..slice.to).filter(|&index| slice.admits(line.value(index))).count();
                        if !slice.residues.is_empty() {
                            assert_eq!((found, listed as u64, visited), (wanted, wanted, wanted), "{line:?} {slice:?}");
                        }
                    }
                }
            }
        }
    }
}
