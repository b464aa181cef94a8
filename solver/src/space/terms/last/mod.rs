//! The last variable: once all others are known, the values that make truths true, as intervals, residues and divisors.
//!
//! Most truths leave the last variable an interval, the residues of a modulus, or the divisors of a number, and these are
//! found without trying values. Of other truths, whole intervals are asked first: where bounds decide, that is the answer
//! for all of its values, and where they do not, for each half.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod` | [`Last`]: truths over known variables and a last one |
//! | `plan` | what can be said of a truth before the other variables are known |
//! | `narrow` | what a single truth leaves of a line once they are |
//! | `windows` | the indices of a progression where a number is in a window of a period |
//! | `bisect` | intervals of what is left, and halves of them, until bounds decide |
//! | `evaluate` | numbers and truths all of whose variables are known |
//! | `meter` | evaluations, counted, and the limits; why values were not found |

mod bisect;
mod evaluate;
mod meter;
mod narrow;
mod plan;
mod windows;

pub(in crate::space) use meter::{Meter, Unsolved};

use super::line::{Line, Slice};
use super::term::{Position, Relation, TermId, Terms};
use bisect::Bisection;
use narrow::Found;
use plan::{Plan, plan};
use smallvec::SmallVec;

/// Truths over known variables and a last one.
#[derive(Debug)]
pub(in crate::space) struct Last {
    position: Position,
    plans: Vec<(TermId, Plan)>,
}

impl Last {
    /// Truths that speak of the variable, and of others.
    pub(in crate::space) fn new(terms: &Terms, truths: &[TermId], position: Position) -> Self {
        let plans = truths.iter().map(|&truth| (truth, plan(terms, truth, position))).collect();
        Self { position, plans }
    }

    /// An estimate of what a value of the other variables costs, in evaluations.
    pub(in crate::space) fn cost(&self, line: &Line) -> u64 {
        let bits = u64::from(u64::BITS - line.len().leading_zeros());
        let of = |plan: &Plan| match plan {
            Plan::Affine(Relation::NotEqual, _) | Plan::Bisected => 4 * bits,
            Plan::Periodic(_) => 6 * bits,
            Plan::Affine(..) | Plan::Residue { .. } => 2,
            Plan::Quotient { .. } => 8,
            Plan::Divisor { .. } | Plan::Common { .. } => 30,
        };
        self.plans.iter().map(|(_, plan)| of(plan)).sum()
    }

    /// Calls `visit` with slices of the line and ranges of indices within them: their members are the values that make all
    /// truths true.
    pub(in crate::space) fn solve(
        &self,
        terms: &mut Terms,
        known: &[(Position, i64)],
        line: &Line,
        meter: &mut Meter,
        visit: &mut dyn FnMut(&Slice, u64, u64),
    ) -> Result<(), Unsolved> {
        meter.begin();
        let mut values: SmallVec<[(Position, i64); 4]> = known.into();
        values.push((self.position, 0));
        let Found { slice, ranges, only, rest } = self.narrowed(terms, &mut values, line, meter)?;
        if slice.is_empty() {
            return Ok(());
        }
        let Some(only) = only else {
            let mut bisection = Bisection { position: self.position, line, slice: &slice, values, meter, visit };
            let Some(ranges) = ranges else { return bisection.within(terms, slice.from, slice.to, &rest) };
            for (from, to) in ranges {
                bisection.within(terms, from.max(slice.from), to.min(slice.to), &rest)?;
            }
            return Ok(());
        };
        for value in only {
            meter.spend(1)?;
            if let Some(index) = line.index_of(value.into())
                && (slice.from..slice.to).contains(&index)
                && self.holds_at(terms, &mut values, value)?
            {
                visit(&Slice::of(line), index, index + 1);
            }
        }
        Ok(())
    }

    /// What is left of the line by all truths one by one.
    fn narrowed(
        &self,
        terms: &Terms,
        values: &mut [(Position, i64)],
        line: &Line,
        meter: &mut Meter,
    ) -> Result<Found, Unsolved> {
        let mut found = Found { slice: Slice::of(line), ranges: None, only: None, rest: SmallVec::new() };
        for (truth, plan) in &self.plans {
            meter.spend(2)?;
            if found.narrow(terms, (*truth, plan), values, line).is_none() {
                found.rest.push(*truth);
            }
            if found.slice.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    fn holds_at(&self, terms: &mut Terms, values: &mut [(Position, i64)], value: i64) -> Result<bool, Unsolved> {
        values.last_mut().expect("the last variable").1 = value;
        for (truth, _) in &self.plans {
            if !terms.holds(*truth, values)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
