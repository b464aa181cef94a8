//! `z = max(x₁, …, xₙ)`, or the minimum.
//!
//! Bounds consistent.

use crate::arith::Interval;
use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};

/// See the module documentation. There is at least one operand.
#[derive(Debug)]
pub(crate) struct Extremum {
    pub(crate) operands: Vec<Var>,
    pub(crate) result: Var,
    /// Whether it is the minimum.
    pub(crate) smallest: bool,
}

impl Extremum {
    /// The hull, turned over for a minimum: `min(x, …) = -max(-x, …)`.
    fn hull(&self, store: &Store, var: Var) -> Interval {
        if self.smallest { store.hull(var).negate() } else { store.hull(var) }
    }

    fn restrict(&self, store: &mut Store, var: Var, interval: Interval) -> Result<bool, Conflict> {
        store.restrict(var, if self.smallest { interval.negate() } else { interval })
    }

    fn pass(&self, store: &mut Store) -> Result<bool, Conflict> {
        // 1. The result lies between the largest lower bound and the largest upper bound.
        let hulls = self.operands.iter().map(|&operand| self.hull(store, operand));
        let around = hulls.reduce(|a, b| Interval::new(a.lo.max(b.lo), a.hi.max(b.hi))).expect("an operand");
        let mut changed = self.restrict(store, self.result, around)?;
        // 2. No operand exceeds the result.
        let result = self.hull(store, self.result);
        for &operand in &self.operands {
            changed |= self.restrict(store, operand, Interval::new(Interval::ALL.lo, result.hi))?;
        }
        // 3. If a single operand can reach the result, it does.
        let mut reaching = self.operands.iter().filter(|&&operand| self.hull(store, operand).hi >= result.lo);
        if let (Some(&only), None) = (reaching.next(), reaching.next()) {
            changed |= self.restrict(store, only, Interval::new(result.lo, Interval::ALL.hi))?;
        }
        Ok(changed)
    }
}

impl Propagator for Extremum {
    fn scope(&self) -> Vec<(Var, Events)> {
        self.operands.iter().chain([&self.result]).map(|&var| (var, Events::BOUNDS)).collect()
    }

    fn family(&self) -> Family {
        Family::Extremum
    }

    fn priority(&self) -> Priority {
        Priority::Linear
    }

    fn consistency(&self) -> Consistency {
        Consistency::Bounds
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        while self.pass(store)? {}
        if self.operands.iter().all(|&operand| store.fixed(operand).is_some()) && store.fixed(self.result).is_some() {
            return Ok(Status::Entailed);
        }
        Ok(Status::Fixpoint)
    }
}
