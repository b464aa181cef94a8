//! `z = a if c else b`.
//!
//! Once the literal `c` is known, `z` and the chosen branch are kept equal. Before that, `z` lies in the hull of both
//! branches, and a branch that cannot meet `z` is not chosen. Bounds consistent.

use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Literal, Store, Var};

/// See the module documentation.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) condition: Literal,
    pub(crate) then: Var,
    pub(crate) otherwise: Var,
    pub(crate) result: Var,
}

impl Choice {
    fn follow(&self, store: &mut Store, branch: Var) -> Result<Status, Conflict> {
        store.equalize(self.result, branch)?;
        let both_fixed = store.fixed(branch).is_some() && store.fixed(self.result).is_some();
        Ok(if both_fixed { Status::Entailed } else { Status::Open })
    }

    fn can_meet(&self, store: &Store, branch: Var) -> bool {
        !store.hull(branch).intersect(store.hull(self.result)).is_empty()
    }
}

impl Propagator for Choice {
    fn scope(&self) -> Vec<(Var, Events)> {
        let values = [self.then, self.otherwise, self.result].map(|var| (var, Events::DOMAIN));
        [(self.condition.var, Events::FIXED)].into_iter().chain(values).collect()
    }

    fn family(&self) -> Family {
        Family::Choice
    }

    fn priority(&self) -> Priority {
        Priority::Linear
    }

    fn consistency(&self) -> Consistency {
        Consistency::Bounds
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        if store.truth(self.condition).is_none() {
            if !self.can_meet(store, self.then) {
                store.decide(self.condition, false)?;
            } else if !self.can_meet(store, self.otherwise) {
                store.decide(self.condition, true)?;
            }
        }
        match store.truth(self.condition) {
            Some(true) => self.follow(store, self.then),
            Some(false) => self.follow(store, self.otherwise),
            None => {
                let around = store.hull(self.then).hull(store.hull(self.otherwise));
                store.restrict(self.result, around)?;
                Ok(Status::Open)
            }
        }
    }
}
