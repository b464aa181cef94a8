//! Variables with too many values to list: an equation may determine them, or bounds leave few.

use super::error::SpaceError;
use super::sets::{Root, WIDE};
use super::term::{Operator, Position, Relation, Term, TermId, Terms};
use crate::arith::Interval;
use crate::domain::Domain;

/// The values to try for a variable.
pub(super) enum Candidates {
    /// These, ascending.
    Listed(Vec<i64>),
    /// All of these, and no truth of the variable is left to look at.
    Run { first: i64, step: i64, count: u64 },
}

impl Terms {
    /// The values to try for a wide variable: `touched` are the truths that speak of it.
    pub(super) fn wide_candidates(
        &self,
        position: Position,
        touched: &[TermId],
        name: impl Fn() -> String,
    ) -> Result<Candidates, SpaceError> {
        let Root::Wide(domain) = self.domains.get(position) else { unreachable!("only asked for wide variables") };
        let mut left = domain.clone();
        let mut exact = touched.iter().all(|&truth| self.variables(truth).len() == 1);
        for &truth in touched {
            match self.cut(&mut left, position, truth) {
                Cut::Empty => return Ok(Candidates::Listed(Vec::new())),
                Cut::Exact => {}
                Cut::Weaker => exact = false,
            }
        }
        if left.len() <= WIDE {
            return Ok(Candidates::Listed(left.iter().collect()));
        }
        if exact {
            let reach = i128::from(left.step()) * i128::from(left.len() - 1);
            if i128::from(left.hi()) - i128::from(left.lo()) == reach {
                return Ok(Candidates::Run { first: left.lo(), step: left.step(), count: left.len() });
            }
            return Ok(Candidates::Listed(left.iter().collect()));
        }
        Err(SpaceError::TooWide { variable: name(), values: left.len() })
    }

    /// Cuts values that a truth excludes.
    fn cut(&self, domain: &mut Domain, position: Position, truth: TermId) -> Cut {
        let Term::Apply(Operator::Compare(relation), operands) = self.get(truth) else { return Cut::Weaker };
        let form = self.form(operands[0]);
        let [(term, coefficient)] = &form.terms[..] else { return Cut::Weaker };
        if *self.get(*term) != Term::Variable(position) || coefficient.is_zero() {
            return Cut::Weaker;
        }
        let root = form.constant.negate().divide(coefficient).expect("not 0");
        let interval = match (relation, coefficient.is_negative()) {
            (Relation::Equal, _) if !root.is_integer() => return Cut::Empty,
            (Relation::Equal, _) => (Some(&root), Some(&root)),
            (Relation::AtMost, false) => (None, Some(&root)),
            (Relation::AtMost, true) => (Some(&root), None),
            _ => return Cut::Weaker,
        };
        let lo = interval.0.map_or(Some(domain.lo()), |lo| lo.ceil().small());
        let hi = interval.1.map_or(Some(domain.hi()), |hi| hi.floor().small());
        let (Some(lo), Some(hi)) = (lo, hi) else { return Cut::Weaker };
        if lo > hi || domain.restrict(Interval::new(lo, hi)).is_err() { Cut::Empty } else { Cut::Exact }
    }
}

enum Cut {
    Empty,
    /// The domain now says what the truth says.
    Exact,
    Weaker,
}
