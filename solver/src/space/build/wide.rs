//! Variables with too many values to list: an equation may determine them, or bounds leave few.

use crate::arith::Interval;
use crate::domain::Domain;
use crate::space::error::SpaceError;
use crate::space::terms::last::{Last, Meter};
use crate::space::terms::line::Slices;
use crate::space::terms::sets::{Root, WIDE};
use crate::space::terms::term::{Operator, Position, Relation, Term, TermId, Terms};

/// Where no more than one other variable is open, so many values are listed, each with a node of the other.
const MOST_LISTED: u64 = 1 << 20;

/// The values to try for a variable.
pub(super) enum Candidates {
    /// These, ascending.
    Listed(Vec<i64>),
    /// All of these, and no truth of the variable is left to look at.
    Run { first: i64, step: i64, count: u64 },
}

impl Terms {
    /// The values to try for a wide variable: `touched` are the truths that speak of it, and `others` is how many variables
    /// are open beside it.
    pub(super) fn wide_candidates(
        &mut self,
        position: Position,
        touched: &[TermId],
        others: usize,
        meter: &mut Meter,
        name: impl Fn() -> String,
    ) -> Result<Candidates, SpaceError> {
        if touched.iter().all(|&truth| self.variables(truth).len() == 1)
            && let Some(candidates) = self.solved_candidates(position, touched, meter)?
        {
            return Ok(candidates);
        }
        let Root::Wide(domain) = self.domains.get(position) else { unreachable!("only asked for wide variables") };
        let mut left = domain.clone();
        for &truth in touched {
            if self.is_empty_after_cut(&mut left, position, truth) {
                return Ok(Candidates::Listed(Vec::new()));
            }
        }
        if left.len() <= if others <= 1 { MOST_LISTED } else { WIDE } {
            return Ok(Candidates::Listed(left.iter().collect()));
        }
        Err(SpaceError::TooWide { variable: name(), values: left.len() })
    }

    /// The values that make truths of a single variable true, as far as they are one progression or few; `None` where
    /// they are not.
    fn solved_candidates(
        &mut self,
        position: Position,
        truths: &[TermId],
        meter: &mut Meter,
    ) -> Result<Option<Candidates>, SpaceError> {
        let Some(line) = self.line(position, None) else { return Ok(None) };
        let mut slices = Slices::default();
        let last = Last::new(self, truths, position);
        let solved = last.solve(self, &[], &line, meter, &mut |slice, from, to| {
            slices.push(slice, from, to);
        });
        self.work += meter.take();
        if let Err(unsolved) = solved {
            return unsolved.or_error().map(|()| None);
        }
        let values =
            slices.iter().fold(0u64, |sum, (slice, from, to)| sum.saturating_add(slice.count(&line, from, to)));
        if values <= MOST_LISTED {
            let mut listed = Vec::new();
            for (slice, from, to) in slices.iter() {
                slice.for_each(&line, from, to, |index| listed.push(line.value(index)));
            }
            return Ok(Some(Candidates::Listed(listed)));
        }
        let Some((slice, from, to)) = slices.only() else { return Ok(None) };
        Ok(slice.progression(&line, from, to).map(|(first, step, count)| Candidates::Run { first, step, count }))
    }

    /// Cuts values that a truth excludes, of those that it is quick to cut; whether none is left.
    fn is_empty_after_cut(&self, domain: &mut Domain, position: Position, truth: TermId) -> bool {
        let Term::Apply(Operator::Compare(relation), operands) = self.get(truth) else { return false };
        let form = self.form(operands[0]);
        let [(term, coefficient)] = &form.terms[..] else { return false };
        if *self.get(*term) != Term::Variable(position) || coefficient.is_zero() {
            return false;
        }
        let root = form.constant.negate().divide(coefficient).expect("not 0");
        let interval = match (relation, coefficient.is_negative()) {
            (Relation::Equal, _) if !root.is_integer() => return true,
            (Relation::Equal, _) => (Some(&root), Some(&root)),
            (Relation::AtMost, false) => (None, Some(&root)),
            (Relation::AtMost, true) => (Some(&root), None),
            _ => return false,
        };
        let lo = interval.0.map_or(Some(domain.lo()), |lo| lo.ceil().small());
        let hi = interval.1.map_or(Some(domain.hi()), |hi| hi.floor().small());
        let (Some(lo), Some(hi)) = (lo, hi) else { return false };
        lo > hi || domain.restrict(Interval::new(lo, hi)).is_err()
    }
}
