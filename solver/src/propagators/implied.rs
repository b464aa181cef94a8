//! A literal that stands for a constraint in one direction: where it holds, so does the constraint (half reification,
//! Feydy, Somogyi and Stuckey, 2011).
//!
//! It serves where nothing ever asks for the opposite, as under an `or` that must hold: the opposite of the constraint is
//! then never enforced, and needs no propagator. Assignments are checked; no more is promised:
//! 1. A true literal enforces the constraint, a false one forgets it.
//! 2. Before it is known, the constraint is tried on the domains as they are. If it fails, the literal is false; if it
//!    holds whatever comes, the literal may as well be true, so that no leaf is left open.

use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Literal, Store, Var};

/// See the module documentation.
#[derive(Debug)]
pub(crate) struct Implied<P> {
    pub(crate) literal: Literal,
    pub(crate) constraint: P,
}

impl<P: Propagator> Propagator for Implied<P> {
    fn scope(&self) -> Vec<(Var, Events)> {
        self.constraint.scope().into_iter().chain([(self.literal.var, Events::FIXED)]).collect()
    }

    fn family(&self) -> Family {
        self.constraint.family()
    }

    fn priority(&self) -> Priority {
        Priority::Costly
    }

    fn consistency(&self) -> Consistency {
        Consistency::Check
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        match store.truth(self.literal) {
            Some(true) => return self.constraint.propagate(store),
            Some(false) => return Ok(Status::Entailed),
            None => {}
        }
        let is_fixed = self.constraint.scope().iter().all(|&(var, _)| store.fixed(var).is_some());
        match store.probe(|store| self.constraint.propagate(store)) {
            // What was cut short proves nothing, and would be cut short again.
            Err(Conflict) if store.is_tired() => Ok(Status::Open),
            Err(Conflict) => {
                store.decide(self.literal, false)?;
                Ok(Status::Entailed)
            }
            Ok(Status::Entailed) if is_fixed => {
                store.decide(self.literal, true)?;
                Ok(Status::Entailed)
            }
            Ok(_) => Ok(Status::Open),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;
    use crate::propagators::divides::Divides;
    use itertools::iproduct;

    /// On all pairs of small ranges: an assignment whose literal says what is so stays, and a literal that says too much
    /// is refused.
    #[test]
    fn a_literal_never_says_too_much() {
        let literals = [Domain::singleton(0), Domain::singleton(1), Domain::progression(0, 1, 1)];
        for (d_lo, d_hi, x_lo, x_hi) in iproduct!(-2i64..4, -2i64..4, -3i64..7, -3i64..7) {
            if d_lo > d_hi || x_lo > x_hi {
                continue;
            }
            for literal in &literals {
                let mut store = Store::new();
                let d = store.add(Domain::progression(d_lo, d_hi, 1));
                let x = store.add(Domain::progression(x_lo, x_hi, 1));
                let truth = store.add(literal.clone());
                let implied = Implied { literal: Literal::of(truth), constraint: Divides::new(d, x) };
                let ended = (0..3).try_for_each(|_| implied.propagate(&mut store).map(drop));
                let divides = |d: i64, x: i64| if d == 0 { x == 0 } else { x % d == 0 };
                for (d_value, x_value) in iproduct!(d_lo..=d_hi, x_lo..=x_hi) {
                    let holds = divides(d_value, x_value);
                    let kept = [(d, d_value), (x, x_value), (truth, i64::from(holds))]
                        .into_iter()
                        .all(|(var, value)| store.domain(var).contains(value));
                    assert!(!literal.contains(holds.into()) || (ended.is_ok() && kept), "{d_value} | {x_value}");
                }
                if d_lo == d_hi && x_lo == x_hi && !divides(d_lo, x_lo) {
                    assert!(ended.is_err() || store.fixed(truth) == Some(0), "{d_lo} | {x_lo}");
                }
            }
        }
    }
}
