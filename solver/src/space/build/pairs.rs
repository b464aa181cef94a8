//! Two variables at the end of a count: for each value of one, the values of the other are counted without being tried.

use super::builder::{Builder, LastVariables};
use super::parts::{Count, Parts, Tally};
use crate::space::error::SpaceError;
use crate::space::terms::last::{Last, Unsolved};
use crate::space::terms::line::{Line, Slice, Slices};
use crate::space::terms::sets::SetId;
use crate::space::terms::term::{Position, Term, TermId, Terms};
use smallvec::SmallVec;

/// Fewer pairs are counted by the residuals of each value, which are met again elsewhere.
const FEWEST_PAIRS: u64 = 1 << 12;

impl LastVariables<Tally> for Builder<'_, Tally> {
    /// How many values, or pairs of values, make truths of one or two variables true.
    fn last_variables(&mut self, truths: &[TermId], open: &[Position]) -> Result<Option<Count>, SpaceError> {
        let sizes = open.iter().map(|&position| self.terms.domains.len(position));
        if sizes.fold(1, u64::saturating_mul) < FEWEST_PAIRS {
            return Ok(None);
        }
        match *open {
            [only] => self.single(truths, only),
            [first, second] => self.pair(truths, first, second),
            _ => Ok(None),
        }
    }
}

impl Builder<'_, Tally> {
    fn single(&mut self, truths: &[TermId], position: Position) -> Result<Option<Count>, SpaceError> {
        let Some(line) = self.line_of(truths, position) else { return Ok(None) };
        let last = Last::new(&self.terms, &without_sets(&self.terms, truths), position);
        let mut count = 0;
        let mut meter = self.meter();
        let found = last.solve(&mut self.terms, &[], &line, &mut meter, &mut |slice, from, to| {
            count += slice.count(&line, from, to);
        });
        self.terms.work += meter.take();
        Ok(is_known(found)?.then(|| Tally::counted(count)))
    }

    fn pair(&mut self, truths: &[TermId], a: Position, b: Position) -> Result<Option<Count>, SpaceError> {
        let (Some(line_a), Some(line_b)) = (self.line_of(truths, a), self.line_of(truths, b)) else {
            return Ok(None);
        };
        let truths = without_sets(&self.terms, truths);
        let (last_a, last_b) = (self.last_of(&truths, a), self.last_of(&truths, b));
        let cost_a = line_b.len().saturating_mul(last_a.cost(&line_a));
        let cost_b = line_a.len().saturating_mul(last_b.cost(&line_b));
        let (first, last) = if cost_a < cost_b {
            ((b, &line_b, self.alone(&truths, b)), (&line_a, &last_a))
        } else {
            ((a, &line_a, self.alone(&truths, a)), (&line_b, &last_b))
        };
        self.each_of_first(first, last)
    }

    /// The values of a variable, of those in its set.
    fn line_of(&self, truths: &[TermId], position: Position) -> Option<Line> {
        let set: Option<SetId> = truths.iter().find_map(|&truth| match *self.terms.get(truth) {
            Term::InSet(other, set) if other == position => Some(set),
            _ => None,
        });
        self.terms.line(position, set)
    }

    /// The truths that speak of a variable.
    fn last_of(&self, truths: &[TermId], position: Position) -> Last {
        let speaks = |truth: &TermId| self.terms.variables(*truth).contains(&position);
        let truths: Vec<TermId> = truths.iter().copied().filter(speaks).collect();
        Last::new(&self.terms, &truths, position)
    }

    /// The truths that speak of a variable alone.
    fn alone(&self, truths: &[TermId], position: Position) -> Last {
        let alone = |truth: &TermId| self.terms.variables(*truth) == [position];
        let truths: Vec<TermId> = truths.iter().copied().filter(alone).collect();
        Last::new(&self.terms, &truths, position)
    }

    fn each_of_first(
        &mut self,
        (position, line, alone): (Position, &Line, Last),
        (last_line, last): (&Line, &Last),
    ) -> Result<Option<Count>, SpaceError> {
        let mut slices = Slices::default();
        let mut meter = self.meter();
        let solved = alone.solve(&mut self.terms, &[], line, &mut meter, &mut |slice, from, to| {
            slices.push(slice, from, to);
        });
        if !is_known(solved)? {
            return Ok(None);
        }
        let mut rows = Count::default();
        for (slice, from, to) in slices.iter() {
            let mut index = slice.next(line, from);
            while index < to {
                let value = line.value(index);
                if slice.admits(value) {
                    let mut count = 0;
                    let mut add = |slice: &Slice, from, to| count += slice.count(last_line, from, to);
                    let solved = last.solve(&mut self.terms, &[(position, value)], last_line, &mut meter, &mut add);
                    if !is_known(solved)? {
                        return Ok(None);
                    }
                    Tally::add(&mut rows, value, &Tally::counted(count));
                    self.spend(meter.take() / 8 + 1)?;
                }
                index = slice.next(line, index + 1);
            }
        }
        Ok(Some(rows))
    }
}

/// Whether the values of a line were found.
fn is_known(solved: Result<(), Unsolved>) -> Result<bool, SpaceError> {
    solved.map_or_else(|unsolved| unsolved.or_error().map(|()| false), |()| Ok(true))
}

/// The truths that are no sets, which the lines already are.
fn without_sets(terms: &Terms, truths: &[TermId]) -> SmallVec<[TermId; 8]> {
    truths.iter().copied().filter(|&truth| !matches!(terms.get(truth), Term::InSet(..))).collect()
}
