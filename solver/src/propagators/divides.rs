//! `d` divides `x`, either one open. 0 divides only 0.
//!
//! Domain consistent while the two have few pairs of values. Otherwise: a fixed divisor gives `x` a stride, a fixed
//! `x` leaves `d` its divisors, and a divisor is no larger than a multiple that is not zero.

use crate::arith::{Interval, clamp, divisors};
use crate::domain::SELECTION_LIMIT;
use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};
use itertools::Itertools;

/// Up to this many pairs of values are tried.
const PAIRS: u64 = 1024;
/// Divisors of larger numbers are not enumerated: trial division would cost too much inside a search.
const FACTORIZED: i64 = 1 << 40;

#[derive(Debug)]
pub(crate) struct Divides {
    pub(crate) divisor: Var,
    pub(crate) multiple: Var,
    pub(crate) pairs: bool,
}

fn divides(divisor: i64, multiple: i64) -> bool {
    if divisor == 0 { multiple == 0 } else { multiple % divisor == 0 }
}

impl Divides {
    pub(crate) fn new(divisor: Var, multiple: Var) -> Self {
        Self { divisor, multiple, pairs: true }
    }

    /// Keeps the values that occur in a pair that fits.
    fn try_pairs(&self, store: &mut Store) -> Result<(), Conflict> {
        let fits = |d: i64, x: i64| divides(d, x) && (self.divisor != self.multiple || d == x);
        let pairs: Vec<(i64, i64)> = store
            .domain(self.divisor)
            .iter()
            .cartesian_product(store.domain(self.multiple).iter().collect_vec())
            .filter(|&(d, x)| fits(d, x))
            .collect();
        let divisors = pairs.iter().map(|&(d, _)| d).sorted_unstable().dedup().collect_vec();
        let multiples = pairs.iter().map(|&(_, x)| x).sorted_unstable().dedup().collect_vec();
        store.restrict_to_sorted(self.divisor, &divisors)?;
        store.restrict_to_sorted(self.multiple, &multiples)?;
        Ok(())
    }

    /// The divisors of a fixed number that is not 0.
    fn keep_divisors(&self, store: &mut Store, multiple: i64) -> Result<(), Conflict> {
        store.restrict(self.divisor, Interval::new(-multiple.abs(), multiple.abs()))?;
        if store.domain(self.divisor).len() <= SELECTION_LIMIT {
            store.retain(self.divisor, |d| divides(d, multiple))?;
        } else if multiple.abs() <= FACTORIZED {
            let positive = divisors(multiple.abs());
            let all = positive.iter().rev().map(|d| -d).chain(positive.iter().copied()).collect_vec();
            store.restrict_to_sorted(self.divisor, &all)?;
        }
        Ok(())
    }

    /// A divisor is no larger than a multiple that is not zero.
    fn narrow(&self, store: &mut Store) -> Result<(), Conflict> {
        let multiple = store.hull(self.multiple);
        if multiple.contains(0) {
            return Ok(());
        }
        let largest = clamp(i128::from(multiple.lo).abs().max(i128::from(multiple.hi).abs()));
        store.restrict(self.divisor, Interval::new(-largest, largest))?;
        store.remove(self.divisor, 0)?;
        let [negative, positive] = store.hull(self.divisor).without_zero();
        let smallest = match (negative.is_empty(), positive.is_empty()) {
            (true, false) => positive.lo,
            (false, true) => -negative.hi,
            _ => 1,
        };
        if multiple.lo > 0 {
            store.raise(self.multiple, smallest)?;
        } else {
            store.lower(self.multiple, -smallest)?;
        }
        Ok(())
    }
}

impl Propagator for Divides {
    fn scope(&self) -> Vec<(Var, Events)> {
        vec![(self.divisor, Events::DOMAIN), (self.multiple, Events::DOMAIN)]
    }

    fn family(&self) -> Family {
        Family::Divides
    }

    fn priority(&self) -> Priority {
        Priority::Costly
    }

    fn consistency(&self) -> Consistency {
        if self.pairs { Consistency::Domain } else { Consistency::Check }
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        if self.divisor == self.multiple {
            return Ok(Status::Entailed);
        }
        match (store.fixed(self.divisor), store.fixed(self.multiple)) {
            (Some(0), _) => {
                store.assign(self.multiple, 0)?;
                return Ok(Status::Entailed);
            }
            (Some(divisor), _) => {
                store.restrict_to_residue(self.multiple, divisor.abs(), 0)?;
                // A domain with an infinite bound could not take the stride: look again when it shrinks.
                let took_it = store.domain(self.multiple).len() < u64::MAX;
                return Ok(if took_it { Status::Entailed } else { Status::Open });
            }
            (None, Some(0)) => return Ok(Status::Entailed),
            (None, Some(multiple)) => self.keep_divisors(store, multiple)?,
            (None, None) => self.narrow(store)?,
        }
        let (d, x) = (store.domain(self.divisor).len(), store.domain(self.multiple).len());
        if self.pairs && d.checked_mul(x).is_some_and(|pairs| pairs <= PAIRS) {
            self.try_pairs(store)?;
            return Ok(Status::Fixpoint);
        }
        Ok(Status::Open)
    }
}
