//! Whole intervals of the last variable, and halves of them, until bounds decide.

use super::super::line::{Line, Slice};
use super::super::term::{Position, TermId, Terms};
use super::meter::{Meter, Unsolved};
use smallvec::SmallVec;

/// Intervals with so few values are not asked as a whole.
const FEW: u64 = 6;

/// Halves of intervals until bounds decide.
pub(super) struct Bisection<'a, 'limits> {
    pub(super) position: Position,
    pub(super) line: &'a Line,
    pub(super) slice: &'a Slice,
    /// The known variables and the last one.
    pub(super) values: SmallVec<[(Position, i64); 4]>,
    pub(super) meter: &'a mut Meter<'limits>,
    pub(super) visit: &'a mut dyn FnMut(&Slice, u64, u64),
}

impl Bisection<'_, '_> {
    /// Visits what fits of a range of indices.
    pub(super) fn within(&mut self, terms: &mut Terms, from: u64, to: u64, truths: &[TermId]) -> Result<(), Unsolved> {
        let from = self.slice.next(self.line, from);
        if from >= to {
            return Ok(());
        }
        if truths.is_empty() {
            (self.visit)(self.slice, from, to);
            return Ok(());
        }
        if self.slice.at_most(self.line, from, to) <= FEW {
            return self.one_by_one(terms, from, to, truths);
        }
        let Some(rest) = self.undecided(terms, from, to, truths)? else { return Ok(()) };
        if rest.is_empty() {
            (self.visit)(self.slice, from, to);
            return Ok(());
        }
        let middle = from + (to - from) / 2;
        self.within(terms, from, middle, &rest)?;
        self.within(terms, middle, to, &rest)
    }

    /// The truths that hold at some values of a range only, as far as bounds tell; `None` where one holds at none.
    fn undecided(
        &mut self,
        terms: &Terms,
        from: u64,
        to: u64,
        truths: &[TermId],
    ) -> Result<Option<SmallVec<[TermId; 4]>>, Unsolved> {
        let ends = (self.line.value(from), self.line.value(to - 1));
        let hull = |asked: Position| {
            if asked == self.position {
                return ends;
            }
            let value = self.values.iter().find(|(known, _)| *known == asked).expect("known").1;
            (value, value)
        };
        let mut rest = SmallVec::new();
        for &truth in truths {
            self.meter.spend(2)?;
            match terms.certain(truth, &hull) {
                Some(true) => {}
                Some(false) => return Ok(None),
                None => rest.push(truth),
            }
        }
        Ok(Some(rest))
    }

    fn one_by_one(&mut self, terms: &mut Terms, from: u64, to: u64, truths: &[TermId]) -> Result<(), Unsolved> {
        let mut index = from;
        while index < to {
            let value = self.line.value(index);
            if self.slice.admits(value) && self.all_hold(terms, value, truths)? {
                (self.visit)(self.slice, index, index + 1);
            }
            index = self.slice.next(self.line, index + 1);
        }
        Ok(())
    }

    fn all_hold(&mut self, terms: &mut Terms, value: i64, truths: &[TermId]) -> Result<bool, Unsolved> {
        self.values.last_mut().expect("the last variable").1 = value;
        self.meter.spend(1)?;
        for &truth in truths {
            if !terms.holds(truth, &self.values)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
