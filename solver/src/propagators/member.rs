//! A literal that means that `x` is in a fixed set.
//!
//! Domain consistent where the domain of `x` can have holes; otherwise a hole waits until `x` gets there.

use crate::arith::Interval;
use crate::domain::SELECTION_LIMIT;
use crate::model::MemberSet;
use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Literal, Store, Var};

/// `result` holds exactly where `x` is in `set`.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) x: Var,
    pub(crate) set: MemberSet,
    pub(crate) result: Literal,
}

impl Member {
    /// Whether all values of `x` are on the same side.
    fn decided(&self, store: &Store) -> Option<bool> {
        let domain = store.domain(self.x);
        if domain.len() <= SELECTION_LIMIT {
            let first = self.set.contains(domain.lo());
            return domain.iter().all(|value| self.set.contains(value) == first).then_some(first);
        }
        let hull = self.hull();
        (hull.is_empty() || domain.hi() < hull.lo || domain.lo() > hull.hi).then_some(false)
    }

    /// The smallest interval around the set.
    fn hull(&self) -> Interval {
        match &self.set {
            MemberSet::Values(values) => match (values.first(), values.last()) {
                (Some(&lo), Some(&hi)) => Interval::new(lo, hi),
                _ => Interval::new(1, 0),
            },
            MemberSet::Range { start, stop, step } => {
                if *step > 0 {
                    Interval::new(*start, stop - 1)
                } else {
                    Interval::new(stop + 1, *start)
                }
            }
        }
    }

    fn enforce(&self, store: &mut Store) -> Result<(), Conflict> {
        let hull = self.hull();
        if hull.is_empty() {
            return Err(Conflict);
        }
        store.restrict(self.x, hull)?;
        match &self.set {
            MemberSet::Values(values) => store.restrict_to_sorted(self.x, values)?,
            MemberSet::Range { start, step, .. } => store.restrict_to_residue(self.x, step.abs(), *start)?,
        };
        Ok(())
    }
}

impl Propagator for Member {
    fn scope(&self) -> Vec<(Var, Events)> {
        vec![(self.x, Events::DOMAIN), (self.result.var, Events::FIXED)]
    }

    fn family(&self) -> Family {
        Family::Member
    }

    fn priority(&self) -> Priority {
        Priority::Linear
    }

    fn consistency(&self) -> Consistency {
        Consistency::Domain
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        if let Some(truth) = self.decided(store) {
            store.decide(self.result, truth)?;
            return Ok(Status::Entailed);
        }
        // Asked before the domain is cut: a long range loses its ends only, however short it is then.
        let exact = store.domain(self.x).takes_holes();
        match store.truth(self.result) {
            Some(true) => self.enforce(store)?,
            Some(false) => {
                store.retain(self.x, |value| !self.set.contains(value))?;
            }
            None => return Ok(Status::Fixpoint),
        }
        Ok(if exact { Status::Entailed } else { Status::Open })
    }
}
