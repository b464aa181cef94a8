//! [`Domain`]: the values that a variable can still take.
//!
//! Two layouts behind one interface. A *progression* is `lo, lo + step, …, hi`: two bounds and a stride, for ranges of
//! any size, without holes. A *selection* is a bit set over an ascending table of candidate values, for anything with
//! holes. A progression of at most [`SELECTION_LIMIT`] values turns into a selection when its first hole is cut.
//! A domain is never empty: an operation that would empty it answers [`Emptied`] and leaves it unspecified.

mod selection;

use crate::arith::{INFINITY, Interval, clamp, floor_mod, gcd, is_finite};
use crate::model::Values;
use selection::{Table, Words};

/// Up to this many values a domain can have holes anywhere; a larger one is cut at its ends only.
pub const SELECTION_LIMIT: u64 = 1024;

/// The operation left no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emptied;

/// Whether an operation removed a value.
pub type Changed = Result<bool, Emptied>;

/// See the module documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    lo: i64,
    hi: i64,
    layout: Layout,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Layout {
    Progression { step: i64 },
    Selection { table: Table, alive: Words },
}

impl Domain {
    /// The values that a model gives a variable.
    pub fn from_values(values: &Values) -> Self {
        match values {
            Values::Range { min, max, step } => Self::progression(*min, *max, *step),
            Values::List(list) => Self::from_sorted(list.clone()),
        }
    }

    /// `lo, lo + step, …`, up to the last value not above `hi`; `lo <= hi` and `step >= 1`.
    pub fn progression(lo: i64, hi: i64, step: i64) -> Self {
        let infinite = !is_finite(lo) || !is_finite(hi);
        let (step, hi) = if infinite { (1, hi) } else { (step, hi - (hi - lo) % step) };
        Self { lo, hi, layout: Layout::Progression { step } }
    }

    /// All integers of an interval that is not empty.
    pub fn from_interval(interval: Interval) -> Self {
        Self::progression(interval.lo, interval.hi, 1)
    }

    /// One value.
    pub fn singleton(value: i64) -> Self {
        Self::progression(value, value, 1)
    }

    /// The given values, which ascend, each once, at least one.
    pub fn from_sorted(values: Vec<i64>) -> Self {
        let (lo, hi) = (values[0], values[values.len() - 1]);
        let step = values.windows(2).map(|pair| pair[1] - pair[0]).fold(0, gcd).max(1);
        if (hi - lo) / step + 1 == i64::try_from(values.len()).expect("fits memory") {
            return Self::progression(lo, hi, step);
        }
        let alive = Words::ones(values.len());
        Self { lo, hi, layout: Layout::Selection { table: Table::Sorted(values.into()), alive } }
    }

    /// Bytes beside the domain itself that belong to it alone.
    pub fn heap_bytes(&self) -> usize {
        match &self.layout {
            Layout::Progression { .. } => 0,
            Layout::Selection { alive, .. } => alive.heap_bytes(),
        }
    }

    /// Whether any value can be removed: what [`Domain::retain`] and [`Domain::remove`] are asked, they do.
    pub fn takes_holes(&self) -> bool {
        matches!(self.layout, Layout::Selection { .. }) || self.len() <= SELECTION_LIMIT
    }

    /// Smallest value.
    pub fn lo(&self) -> i64 {
        self.lo
    }

    /// Largest value.
    pub fn hi(&self) -> i64 {
        self.hi
    }

    /// The smallest interval around it.
    pub fn hull(&self) -> Interval {
        Interval::new(self.lo, self.hi)
    }

    /// The only value, if there is one.
    pub fn fixed(&self) -> Option<i64> {
        (self.lo == self.hi && is_finite(self.lo)).then_some(self.lo)
    }

    /// How many values there are; `u64::MAX` where a bound is infinite.
    pub fn len(&self) -> u64 {
        match &self.layout {
            _ if !is_finite(self.lo) || !is_finite(self.hi) => u64::MAX,
            Layout::Progression { step } => ((self.hi - self.lo) / step).unsigned_abs() + 1,
            Layout::Selection { alive, .. } => alive.count(),
        }
    }

    /// Always false, as the type promises.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Whether `value` is possible.
    pub fn contains(&self, value: i64) -> bool {
        if value < self.lo || value > self.hi {
            return false;
        }
        match &self.layout {
            Layout::Progression { step } => *step == 1 || (value - self.lo) % step == 0,
            Layout::Selection { table, alive } => {
                let rank = table.rank(value);
                table.value(rank) == value && alive.get(rank)
            }
        }
    }

    /// A number that divides the distance of any two values, and that is 0 for a single value.
    pub fn step(&self) -> i64 {
        match &self.layout {
            _ if self.lo == self.hi => 0,
            Layout::Progression { step } | Layout::Selection { table: Table::Arithmetic { step, .. }, .. } => *step,
            Layout::Selection { .. } => 1,
        }
    }

    /// The smallest value that is at least `bound`.
    pub fn at_or_above(&self, bound: i64) -> Option<i64> {
        if bound <= self.lo {
            return Some(self.lo);
        }
        if bound > self.hi {
            return None;
        }
        Some(match &self.layout {
            Layout::Progression { step: 1 } => bound,
            Layout::Progression { step } => bound + (step - (bound - self.lo) % step) % step,
            Layout::Selection { table, alive } => table.value(alive.next(table.rank(bound))?),
        })
    }

    /// The largest value that is at most `bound`.
    pub fn at_or_below(&self, bound: i64) -> Option<i64> {
        if bound >= self.hi {
            return Some(self.hi);
        }
        if bound < self.lo {
            return None;
        }
        Some(match &self.layout {
            Layout::Progression { step: 1 } => bound,
            Layout::Progression { step } => bound - (bound - self.lo) % step,
            Layout::Selection { table, alive } => {
                let rank = table.rank(bound);
                let end = if table.value(rank) == bound { rank + 1 } else { rank };
                table.value(alive.previous(end)?)
            }
        })
    }

    /// The values, ascending. Meant for finite domains.
    pub fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        // By index in a selection, so that no value has to be looked up.
        let (step, selection) = match &self.layout {
            Layout::Progression { step } => (*step, None),
            Layout::Selection { table, alive } => (1, Some((table, alive))),
        };
        let first = selection.and_then(|(_, alive)| alive.next(0)).unwrap_or(0);
        std::iter::successors(Some((first, self.lo)), move |&(index, value)| match selection {
            _ if value == self.hi => None,
            None => Some((0, value + step)),
            Some((table, alive)) => alive.next(index + 1).map(|index| (index, table.value(index))),
        })
        .map(|(_, value)| value)
    }

    /// Keeps the values inside `interval`.
    ///
    /// # Errors
    /// [`Emptied`]
    pub fn restrict(&mut self, interval: Interval) -> Changed {
        if interval.lo <= self.lo && interval.hi >= self.hi {
            return Ok(false);
        }
        let lo = self.at_or_above(interval.lo).ok_or(Emptied)?;
        let hi = self.at_or_below(interval.hi).ok_or(Emptied)?;
        if lo > hi {
            return Err(Emptied);
        }
        if let Layout::Selection { table, alive } = &mut self.layout {
            alive.keep(table.rank(lo), table.rank(hi) + 1);
        }
        (self.lo, self.hi) = (lo, hi);
        Ok(true)
    }

    /// Keeps `value` alone.
    ///
    /// # Errors
    /// [`Emptied`] if it is not there.
    pub fn assign(&mut self, value: i64) -> Changed {
        if !self.contains(value) {
            return Err(Emptied);
        }
        let changed = self.lo != self.hi;
        if changed {
            *self = Self::singleton(value);
        }
        Ok(changed)
    }

    /// Removes one value, if the layout can (see [`SELECTION_LIMIT`]).
    ///
    /// # Errors
    /// [`Emptied`]
    pub fn remove(&mut self, value: i64) -> Changed {
        if !self.contains(value) || !is_finite(value) {
            return Ok(false);
        }
        if value == self.lo {
            return self.restrict(Interval::new(value + 1, INFINITY));
        }
        if value == self.hi {
            return self.restrict(Interval::new(-INFINITY, value - 1));
        }
        self.make_selection();
        let Layout::Selection { table, alive } = &mut self.layout else { return Ok(false) };
        alive.clear(table.rank(value));
        Ok(true)
    }

    /// Keeps the values that `keep` accepts; a domain too large for holes is only cut at its ends.
    ///
    /// # Errors
    /// [`Emptied`]
    pub fn retain(&mut self, mut keep: impl FnMut(i64) -> bool) -> Changed {
        if !self.takes_holes() {
            let lo = self.iter().take(64).find(|&value| keep(value));
            return match lo {
                Some(lo) => self.restrict(Interval::new(lo, INFINITY)),
                None => Ok(false),
            };
        }
        if self.lo == self.hi {
            return if keep(self.lo) { Ok(false) } else { Err(Emptied) };
        }
        if let Layout::Progression { .. } = self.layout {
            // Often nothing goes: then no table is made.
            if self.iter().all(&mut keep) {
                return Ok(false);
            }
            self.make_selection();
        }
        self.retain_selected(keep)
    }

    /// [`Domain::retain`] for a selection, in one walk over it.
    fn retain_selected(&mut self, mut keep: impl FnMut(i64) -> bool) -> Changed {
        let Layout::Selection { table, alive } = &mut self.layout else { return Ok(false) };
        let (mut changed, mut ends) = (false, None);
        let mut next = alive.next(0);
        while let Some(index) = next {
            let value = table.value(index);
            if keep(value) {
                ends = Some(ends.map_or((value, value), |(lo, _)| (lo, value)));
            } else {
                alive.clear(index);
                changed = true;
            }
            next = alive.next(index + 1);
        }
        (self.lo, self.hi) = ends.ok_or(Emptied)?;
        Ok(changed)
    }

    /// Keeps the values that are in an ascending list; where the domain takes no holes and more than
    /// [`SELECTION_LIMIT`] would remain, those between its ends.
    ///
    /// # Errors
    /// [`Emptied`]
    pub fn restrict_to_sorted(&mut self, values: &[i64]) -> Changed {
        if self.takes_holes() {
            return self.retain(|value| values.binary_search(&value).is_ok());
        }
        let kept: Vec<i64> = values.iter().copied().filter(|&value| self.contains(value)).collect();
        if kept.is_empty() {
            return Err(Emptied);
        }
        if kept.len() as u64 > SELECTION_LIMIT {
            return self.restrict(Interval::new(kept[0], kept[kept.len() - 1]));
        }
        *self = Self::from_sorted(kept);
        Ok(true)
    }

    /// Keeps the values that are `residue` modulo `modulus`, which is at least 1. A selection loses each value outside;
    /// a progression becomes one with a wider step.
    ///
    /// # Errors
    /// [`Emptied`]
    pub fn restrict_to_residue(&mut self, modulus: i64, residue: i64) -> Changed {
        let fits = |value: i64| floor_mod(i128::from(value) - i128::from(residue), i128::from(modulus)) == 0;
        if modulus == 1 || (self.lo == self.hi && fits(self.lo)) {
            return Ok(false);
        }
        if let Layout::Selection { .. } = self.layout {
            return self.retain(fits);
        }
        let step = self.step().max(1);
        if self.step() > 0 && step % modulus == 0 && is_finite(self.lo) {
            return if fits(self.lo) { Ok(false) } else { Err(Emptied) };
        }
        if !is_finite(self.lo) || !is_finite(self.hi) {
            return Ok(false);
        }
        // Along the progression the residues repeat after modulus / gcd steps, so the first fit is among them.
        let period = modulus / gcd(step, modulus);
        let first = self.first_fit(step, modulus, residue, period)?;
        let wide = i128::from(step) * i128::from(period);
        let last = i128::from(self.hi) - floor_mod(i128::from(self.hi) - i128::from(first), wide);
        *self = Self::progression(first, clamp(last), clamp(wide));
        Ok(true)
    }

    /// The smallest `lo + k * step` that is `residue` modulo `modulus`.
    fn first_fit(&self, step: i64, modulus: i64, residue: i64, period: i64) -> Result<i64, Emptied> {
        let (step, modulus) = (i128::from(step), i128::from(modulus));
        let need = floor_mod(i128::from(residue) - i128::from(self.lo), modulus);
        let common = i128::from(gcd(clamp(step), clamp(modulus)));
        if need % common != 0 {
            return Err(Emptied);
        }
        let inverse = inverse_modulo(step / common, i128::from(period));
        let k = floor_mod(need / common * inverse, i128::from(period));
        let first = i128::from(self.lo) + k * step;
        if first > i128::from(self.hi) { Err(Emptied) } else { Ok(clamp(first)) }
    }

    fn make_selection(&mut self) {
        if let Layout::Progression { step } = self.layout {
            let len = self.len();
            if len <= SELECTION_LIMIT {
                let alive = Words::ones(usize::try_from(len).expect("small"));
                self.layout = Layout::Selection { table: Table::Arithmetic { first: self.lo, step }, alive };
            }
        }
    }
}

/// The number `i` with `a * i = 1` modulo `modulus`, for coprime `a` and `modulus`, by Euclid's algorithm.
fn inverse_modulo(a: i128, modulus: i128) -> i128 {
    let (mut old, mut rest) = (floor_mod(a, modulus), modulus);
    let (mut x, mut y) = (1, 0);
    while rest != 0 {
        let quotient = old / rest;
        (old, rest) = (rest, old - quotient * rest);
        (x, y) = (y, x - quotient * y);
    }
    floor_mod(x, modulus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn values(domain: &Domain) -> Vec<i64> {
        domain.iter().collect()
    }

    fn any_domain() -> impl Strategy<Value = Domain> {
        prop_oneof![
            (-90i64..90, 0i64..200, 1i64..9).prop_map(|(lo, width, step)| Domain::progression(lo, lo + width, step)),
            prop::collection::btree_set(-100i64..100, 1..120)
                .prop_map(|set| Domain::from_sorted(set.into_iter().collect())),
        ]
    }

    #[derive(Debug, Clone)]
    enum Operation {
        Restrict(i64, i64),
        Remove(i64),
        Assign(i64),
        Residue(i64, i64),
        Retain(i64),
    }

    fn any_operation() -> impl Strategy<Value = Operation> {
        prop_oneof![
            (-110i64..60, 0i64..200).prop_map(|(lo, width)| Operation::Restrict(lo, lo + width)),
            (-100i64..100).prop_map(Operation::Remove),
            (-100i64..100).prop_map(Operation::Assign),
            (1i64..12, -12i64..12).prop_map(|(modulus, residue)| Operation::Residue(modulus, residue)),
            (2i64..5).prop_map(Operation::Retain),
        ]
    }

    fn apply(domain: &mut Domain, operation: &Operation) -> Changed {
        match *operation {
            Operation::Restrict(lo, hi) => domain.restrict(Interval::new(lo, hi)),
            Operation::Remove(value) => domain.remove(value),
            Operation::Assign(value) => domain.assign(value),
            Operation::Residue(modulus, residue) => domain.restrict_to_residue(modulus, residue),
            Operation::Retain(divisor) => domain.retain(|value| (value / 3) % divisor != 0),
        }
    }

    fn accepts(operation: &Operation, candidate: i64) -> bool {
        match *operation {
            Operation::Restrict(lo, hi) => lo <= candidate && candidate <= hi,
            Operation::Remove(value) => candidate != value,
            Operation::Assign(value) => candidate == value,
            Operation::Residue(modulus, residue) => (candidate - residue).rem_euclid(modulus) == 0,
            Operation::Retain(divisor) => (candidate / 3) % divisor != 0,
        }
    }

    proptest! {
        #[test]
        fn behaves_as_a_set(domain in any_domain(), operations in prop::collection::vec(any_operation(), 0..6)) {
            let mut domain = domain;
            let mut set: BTreeSet<i64> = domain.iter().collect();
            for operation in &operations {
                let before = set.len();
                set.retain(|&candidate| accepts(operation, candidate));
                match apply(&mut domain, operation) {
                    Err(Emptied) => { prop_assert!(set.is_empty()); return Ok(()); }
                    Ok(changed) => prop_assert_eq!(changed, set.len() != before, "{:?}", operation),
                }
                prop_assert_eq!(values(&domain), set.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(domain.len(), set.len() as u64);
                for probe in -105..105 {
                    prop_assert_eq!(domain.contains(probe), set.contains(&probe));
                    prop_assert_eq!(domain.at_or_above(probe), set.range(probe..).next().copied());
                    prop_assert_eq!(domain.at_or_below(probe), set.range(..=probe).next_back().copied());
                }
                if domain.step() > 0 {
                    prop_assert!(domain.iter().all(|value| (value - domain.lo()) % domain.step() == 0));
                }
            }
        }
    }

    #[test]
    fn a_huge_value_is_not_fixed() {
        let huge = Domain::from_interval(Interval::new(INFINITY, INFINITY));
        assert_eq!(huge.fixed(), None);
        assert_eq!(huge.len(), u64::MAX);
    }

    #[test]
    fn a_wide_range_takes_a_stride() {
        let mut domain = Domain::progression(1, 1 << 30, 1);
        domain.restrict_to_residue(48, 0).unwrap();
        domain.restrict_to_residue(32, 0).unwrap();
        assert_eq!((domain.lo(), domain.step(), domain.len()), (96, 96, (1 << 30) / 96));
        assert_eq!(domain.restrict_to_residue(64, 1), Err(Emptied));
    }
}
