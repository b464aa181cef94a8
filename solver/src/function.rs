//! `result = f(x, y)` as a propagator, for any [`Function`] that can bound its results.
//!
//! Two rules, for every function alike:
//! 1. *Bounds*: the result lies in the image of the two hulls; an operand's end is cut while the image from there
//!    misses the result. Where the image's bounds move one way only, the cut is found by bisection.
//! 2. *Pairs*: where the operands have few pairs of values, all are tried, and each variable keeps the values that
//!    occur in a pair that fits.

use crate::arith::{Interval, clamp, is_finite};
use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};

/// Up to this many pairs are tried in the search; at the root, [`ROOT_PAIRS`].
const PAIRS: u64 = 64;
/// The root is visited once, so more may be spent there.
const ROOT_PAIRS: u64 = 1 << 12;

/// An operation on two integers.
pub(crate) trait Function: Send + std::fmt::Debug {
    /// For statistics.
    const FAMILY: Family;

    /// The exact result, or beyond 128 bits the infinity of its sign; `None` where it is not defined, which rejects
    /// the pair.
    fn apply(&self, x: i64, y: i64) -> Option<i128>;

    /// Holds every result for operands in the intervals, rounded outward. Empty if there is none.
    fn image(&self, x: Interval, y: Interval) -> Interval;

    /// Cuts `x` at its ends; keeps every `x` that some `y` takes into `z`.
    fn narrow_x(&self, z: Interval, x: Interval, y: Interval) -> Interval;

    /// Cuts `y` at its ends; keeps every `y` that some `x` takes into `z`.
    fn narrow_y(&self, z: Interval, x: Interval, y: Interval) -> Interval;

    /// What the function knows beyond intervals, such as residues.
    ///
    /// # Errors
    /// [`Conflict`]
    fn refine(&self, _store: &mut Store, _x: Var, _y: Var, _z: Var) -> Result<(), Conflict> {
        Ok(())
    }

    /// What rule 1 reaches alone.
    fn consistency_of_bounds(&self) -> Consistency {
        Consistency::Bounds
    }
}

/// Cuts the ends of `operand` from which `image_at` misses `z`. On `operand` both bounds of `image_at` are monotone.
pub(crate) fn trim(operand: Interval, z: Interval, image_at: impl Fn(i64) -> Interval) -> Interval {
    let below = |v: i64| image_at(v).hi < z.lo;
    let above = |v: i64| image_at(v).lo > z.hi;
    trim_monotone(trim_monotone(operand, below), above)
}

/// Cuts the prefix or suffix of `operand` on which `misses` holds; it is a prefix, a suffix, nothing or everything.
fn trim_monotone(operand: Interval, misses: impl Fn(i64) -> bool) -> Interval {
    let Interval { lo, hi } = operand;
    if operand.is_empty() {
        return operand;
    }
    match (misses(lo), misses(hi)) {
        (false, false) => operand,
        (true, true) => Interval::new(1, 0),
        (true, false) => Interval::new(bisect(lo, hi, |v| !misses(v)), hi),
        (false, true) => Interval::new(lo, bisect(lo, hi, misses) - 1),
    }
}

/// The first `v` in `lo..=hi` with `holds(v)`, which is false at `lo`, true at `hi`, and changes once.
fn bisect(lo: i64, hi: i64, holds: impl Fn(i64) -> bool) -> i64 {
    let (mut no, mut yes) = (i128::from(lo), i128::from(hi));
    while yes - no > 1 {
        let middle = i128::midpoint(no, yes);
        if holds(clamp(middle)) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    clamp(yes)
}

/// `z = function(x, y)`; see the module documentation.
#[derive(Debug)]
pub(crate) struct Functional<F> {
    pub(crate) function: F,
    pub(crate) x: Var,
    pub(crate) y: Var,
    pub(crate) z: Var,
    /// Whether rule 2 runs; contract tests switch it off to look at rule 1 alone.
    pub(crate) pairs: bool,
}

impl<F: Function> Functional<F> {
    pub(crate) fn new(function: F, x: Var, y: Var, z: Var) -> Self {
        Self { function, x, y, z, pairs: true }
    }

    fn distinct(&self) -> bool {
        self.x != self.y && self.x != self.z && self.y != self.z
    }

    /// Rule 1, until it cuts nothing more, or bounds creep.
    fn narrow(&self, store: &mut Store) -> Result<(), Conflict> {
        /// Of wide domains each round may cut one value: the engine has to be asked whether to go on.
        const ROUNDS: usize = 64;
        for _ in 0..ROUNDS {
            let (x, y) = (store.hull(self.x), store.hull(self.y));
            let mut changed = store.restrict(self.z, self.function.image(x, y))?;
            let z = store.hull(self.z);
            changed |= store.restrict(self.x, self.function.narrow_x(z, x, y))?;
            let x = store.hull(self.x);
            changed |= store.restrict(self.y, self.function.narrow_y(z, x, y))?;
            if !changed || !self.distinct() {
                break;
            }
        }
        Ok(())
    }

    fn few_pairs(&self, store: &Store) -> bool {
        let limit = if store.level() == 0 { ROOT_PAIRS } else { PAIRS };
        let (x, y) = (store.domain(self.x).len(), store.domain(self.y).len());
        self.pairs && x.checked_mul(y).is_some_and(|pairs| pairs <= limit)
    }

    /// Rule 2.
    fn try_pairs(&self, store: &mut Store) -> Result<(), Conflict> {
        let ys: Vec<i64> = store.domain(self.y).iter().collect();
        let (mut kept_x, mut results) = (Vec::new(), Vec::new());
        let mut y_kept = vec![false; ys.len()];
        let z = store.domain(self.z);
        for x in store.domain(self.x).iter() {
            let results_before = results.len();
            for (&y, kept) in ys.iter().zip(&mut y_kept) {
                let Some(result) = self.function.apply(x, y).map(clamp) else { continue };
                if self.coincide(x, y, result) && z.contains(result) {
                    *kept = true;
                    results.push(result);
                }
            }
            if results.len() > results_before {
                kept_x.push(x);
            }
        }
        results.sort_unstable();
        results.dedup();
        let kept_y = ys.into_iter().zip(y_kept).filter_map(|(y, kept)| kept.then_some(y)).collect();
        for (var, values) in [(self.x, kept_x), (self.y, kept_y), (self.z, results)] {
            if values.iter().all(|&value| is_finite(value)) {
                store.restrict_to_sorted(var, &values)?;
            }
        }
        Ok(())
    }

    /// Whether the values agree where the same variable stands in two places.
    fn coincide(&self, x: i64, y: i64, z: i64) -> bool {
        (self.x != self.y || x == y) && (self.x != self.z || x == z) && (self.y != self.z || y == z)
    }
}

impl<F: Function> Propagator for Functional<F> {
    fn scope(&self) -> Vec<(Var, Events)> {
        [self.x, self.y, self.z].map(|var| (var, Events::DOMAIN)).to_vec()
    }

    fn family(&self) -> Family {
        F::FAMILY
    }

    fn priority(&self) -> Priority {
        Priority::Costly
    }

    fn consistency(&self) -> Consistency {
        if self.pairs { Consistency::Domain } else { self.function.consistency_of_bounds() }
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        // Strides first: with them bounds move by steps, and without they may creep past each value that a stride excludes.
        self.function.refine(store, self.x, self.y, self.z)?;
        self.narrow(store)?;
        self.function.refine(store, self.x, self.y, self.z)?;
        if let (Some(x), Some(y)) = (store.fixed(self.x), store.fixed(self.y)) {
            let result = self.function.apply(x, y).map(clamp).ok_or(Conflict)?;
            store.restrict(self.z, Interval::point(result))?;
            return Ok(if is_finite(result) { Status::Entailed } else { Status::Fixpoint });
        }
        if self.few_pairs(store) {
            self.try_pairs(store)?;
            return Ok(if self.distinct() { Status::Fixpoint } else { Status::Open });
        }
        Ok(Status::Open)
    }
}
