//! `z = |x|`.
//!
//! Bounds consistent. Where `x` is not negative, the two keep the same values as far as their layouts allow.

use crate::arith::Interval;
use crate::propagator::{Consistency, Family, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};

/// See the module documentation.
#[derive(Debug)]
pub(crate) struct Absolute {
    pub(crate) operand: Var,
    pub(crate) result: Var,
}

/// The absolute values of an interval.
pub(crate) fn image(x: Interval) -> Interval {
    match (x.lo >= 0, x.hi <= 0) {
        (true, _) => x,
        (_, true) => x.negate(),
        _ => Interval::new(0, x.hi.max(-x.lo)),
    }
}

impl Absolute {
    fn pass(&self, store: &mut Store) -> Result<bool, Conflict> {
        // 1. The result is an absolute value of what is left of the operand.
        let mut changed = store.restrict(self.result, image(store.hull(self.operand)))?;
        // 2. The operand is no farther from 0 than the result.
        let result = store.hull(self.result);
        changed |= store.restrict(self.operand, Interval::new(-result.hi, result.hi))?;
        // 3. Nor nearer: an end of the operand inside the gap moves to the other side of it.
        let operand = store.hull(self.operand);
        if operand.lo > -result.lo {
            changed |= store.raise(self.operand, result.lo)?;
        }
        if operand.hi < result.lo {
            changed |= store.lower(self.operand, -result.lo)?;
        }
        Ok(changed)
    }
}

impl Propagator for Absolute {
    fn scope(&self) -> Vec<(Var, Events)> {
        vec![(self.operand, Events::DOMAIN), (self.result, Events::DOMAIN)]
    }

    fn family(&self) -> Family {
        Family::Extremum
    }

    fn consistency(&self) -> Consistency {
        Consistency::Bounds
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        /// Of wide domains with steps each round may cut one value: the engine has to be asked whether to go on.
        const ROUNDS: usize = 64;
        for _ in 0..ROUNDS {
            if !self.pass(store)? {
                break;
            }
        }
        if self.operand == self.result {
            store.raise(self.operand, 0)?;
            return Ok(Status::Open);
        }
        if store.lo(self.operand) >= 0 {
            store.equalize(self.operand, self.result)?;
        }
        let both_fixed = store.fixed(self.operand).is_some() && store.fixed(self.result).is_some();
        Ok(if both_fixed { Status::Entailed } else { Status::Open })
    }
}
