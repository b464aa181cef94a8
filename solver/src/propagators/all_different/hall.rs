//! Hall intervals: as many variables between two bounds as there are integers.
//!
//! That no Hall interval reaches over an end of another variable's hull is bounds consistency (Leconte, 1996): each end
//! has a support where the others take any integers of their hulls.

use crate::arith::{Interval, is_finite};
use crate::store::{Conflict, Store, Var};
use itertools::Itertools;

/// Cuts the hulls at Hall intervals until none reaches over an end; says whether it cut anything. Each cut takes time
/// quadratic in the number of variables.
pub(super) fn narrow(store: &mut Store, vars: &[Var]) -> Result<bool, Conflict> {
    let mut changed = false;
    while pass(store, vars)? {
        changed = true;
    }
    Ok(changed)
}

/// Cuts at the first Hall interval at which there is something to cut.
fn pass(store: &mut Store, vars: &[Var]) -> Result<bool, Conflict> {
    // A variable that is not bounded fills no interval.
    let hulls = vars.iter().map(|&var| store.hull(var)).filter(|hull| is_finite(hull.lo) && is_finite(hull.hi));
    let by_end = hulls.sorted_unstable_by_key(|hull| hull.hi).collect_vec();
    let starts = by_end.iter().map(|hull| hull.lo).sorted_unstable().dedup().collect_vec();
    for start in starts {
        for (others, hull) in by_end.iter().filter(|hull| hull.lo >= start).enumerate() {
            let room = i128::from(hull.hi) - i128::from(start) + 1;
            let inside = i128::try_from(others).expect("fits memory") + 1;
            if inside > room {
                return Err(Conflict);
            }
            if inside == room && leave(store, vars, Interval::new(start, hull.hi))? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Moves the ends of hulls that reach into the interval, but not those of hulls inside.
fn leave(store: &mut Store, vars: &[Var], full: Interval) -> Result<bool, Conflict> {
    let mut changed = false;
    for &var in vars {
        let hull = store.hull(var);
        if full.contains(hull.lo) && !full.contains(hull.hi) {
            changed |= store.raise(var, full.hi + 1)?;
        } else if full.contains(hull.hi) && !full.contains(hull.lo) {
            changed |= store.lower(var, full.lo - 1)?;
        }
    }
    Ok(changed)
}
