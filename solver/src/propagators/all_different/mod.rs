//! No two of some variables are equal.
//!
//! Domain consistent where all domains can have holes and are not too large together; otherwise bounds consistent.

mod hall;
mod matching;

use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};
use itertools::Itertools;

/// Up to this many values, summed over all variables, are matched in each run.
const VALUES: u64 = 1 << 14;

/// See the module documentation.
#[derive(Debug)]
pub(crate) struct AllDifferent {
    pub(crate) vars: Vec<Var>,
    /// Whether a variable stands twice: then there is no solution.
    pub(crate) repeats: bool,
    /// Whether rule 3 runs; contract tests switch it off to look at rule 2.
    pub(crate) matching: bool,
}

impl AllDifferent {
    pub(crate) fn new(vars: Vec<Var>) -> Self {
        Self { repeats: !vars.iter().all_unique(), vars, matching: true }
    }

    /// Rule 1, until it cuts nothing more.
    fn spread(&self, store: &mut Store) -> Result<(), Conflict> {
        loop {
            let taken = self.vars.iter().filter_map(|&var| store.fixed(var)).sorted_unstable().collect_vec();
            if taken.iter().tuple_windows().any(|(value, next)| value == next) {
                return Err(Conflict);
            }
            let mut changed = false;
            for var in self.open(store) {
                for &value in &taken {
                    changed |= store.remove(var, value)?;
                }
            }
            if !changed {
                return Ok(());
            }
        }
    }

    fn open(&self, store: &Store) -> Vec<Var> {
        self.vars.iter().copied().filter(|&var| store.fixed(var).is_none()).collect()
    }

    /// Whether the open variables' values can be matched one by one.
    fn can_match(&self, store: &Store, open: &[Var]) -> bool {
        let sizes = open.iter().map(|&var| store.domain(var).len());
        self.matching
            && open.iter().all(|&var| store.domain(var).takes_holes())
            && sizes.fold(0, u64::saturating_add) <= VALUES
    }

    /// Whether no two variables can be equal any more, as far as their bounds tell.
    fn is_entailed(&self, store: &Store) -> bool {
        let hulls = self.vars.iter().map(|&var| store.hull(var)).sorted_unstable_by_key(|hull| hull.lo);
        hulls.tuple_windows().all(|(hull, next)| hull.hi < next.lo)
    }
}

impl Propagator for AllDifferent {
    fn scope(&self) -> Vec<(Var, Events)> {
        self.vars.iter().map(|&var| (var, Events::DOMAIN)).collect()
    }

    fn family(&self) -> Family {
        Family::AllDifferent
    }

    fn priority(&self) -> Priority {
        Priority::Costly
    }

    fn consistency(&self) -> Consistency {
        if self.matching { Consistency::Domain } else { Consistency::Bounds }
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        if self.repeats {
            return Err(Conflict);
        }
        loop {
            // 1. No other variable takes the value of a fixed one.
            self.spread(store)?;
            let open = self.open(store);
            if self.can_match(store, &open) {
                // 3. Each value left occurs in some way to give every variable a value of its own.
                matching::keep_matched(store, &open)?;
                break;
            }
            // 2. As many variables as an interval has values leave none of them to the others.
            if !hall::narrow(store, &self.vars)? {
                break;
            }
        }
        Ok(if self.is_entailed(store) { Status::Entailed } else { Status::Fixpoint })
    }
}
