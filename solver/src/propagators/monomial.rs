//! `c · Π x^e <= d · Π y^f`, or `==`, for variables that are at least 1: many factors at once, on either side.
//!
//! Bounds consistent. Beyond that, an equation keeps strides and divisors: what is fixed of one side divides the other,
//! and with two open variables of few values all pairs are tried.

use crate::arith::{INFINITY, clamp, divisors, gcd, is_finite, power, root_ceil, root_floor};
use crate::domain::SELECTION_LIMIT;
use crate::normal::Factors;
use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};

/// How the sides compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    AtMost,
    Equal,
}

/// See the module documentation. Each variable stands once.
#[derive(Debug)]
pub(crate) struct Monomial {
    pub(crate) left: Factors,
    pub(crate) order: Order,
    pub(crate) right: Factors,
    /// Whether pairs are tried; contract tests switch it off to look at the bounds alone.
    pub(crate) pairs: bool,
}

/// Products are kept below this: as a lower bound it says "at least", as an upper bound nothing is known beyond it.
const LARGEST: i128 = 1 << 120;
/// Divisors of larger numbers are not enumerated inside a search.
const FACTORIZED: i64 = 1 << 32;
/// Up to this many pairs are tried in the search; at the root, [`ROOT_PAIRS`].
const PAIRS: u64 = 64;
const ROOT_PAIRS: u64 = 1 << 12;

/// The largest value whose power is at most `limit`; [`INFINITY`] where that is too large to matter.
fn largest_root(limit: i128, exponent: u32) -> i64 {
    let small = clamp(limit);
    if is_finite(small) { root_floor(small, i64::from(exponent)) } else { INFINITY }
}

/// `base ** exponent` for a positive base, at most [`LARGEST`].
fn raised(base: i64, exponent: u32) -> i128 {
    power(base, i64::from(exponent)).map_or(LARGEST, |value| value.min(LARGEST))
}

impl Factors {
    /// The product of what `end` gives for each variable, without one of them; at most [`LARGEST`].
    fn product(&self, without: Option<usize>, end: impl Fn(Var) -> i64) -> i128 {
        let factors = self.factors.iter().enumerate().filter(|&(index, _)| Some(index) != without);
        factors.fold(i128::from(self.coefficient), |product, (_, &(var, exponent))| {
            product.saturating_mul(raised(end(var), exponent)).min(LARGEST)
        })
    }

    fn least(&self, store: &Store, without: Option<usize>) -> i128 {
        self.product(without, |var| store.lo(var))
    }

    /// None where nothing is known.
    fn most(&self, store: &Store, without: Option<usize>) -> Option<i128> {
        Some(self.product(without, |var| store.hi(var))).filter(|&most| most < LARGEST)
    }

    fn open<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = (Var, u32)> + 'a {
        self.factors.iter().copied().filter(|&(var, _)| store.fixed(var).is_none())
    }

    /// The product of the coefficient and the fixed variables.
    fn fixed_part(&self, store: &Store) -> i128 {
        self.product(None, |var| store.fixed(var).unwrap_or(1))
    }
}

/// Rule 1: `left <= right`, by the ends of the domains. Whether something changed.
fn narrow(store: &mut Store, left: &Factors, right: &Factors) -> Result<bool, Conflict> {
    let mut changed = false;
    if let Some(limit) = right.most(store, None) {
        for (index, &(var, exponent)) in left.factors.iter().enumerate() {
            let room = limit / left.least(store, Some(index));
            changed |= store.lower(var, largest_root(room, exponent))?;
        }
        if left.least(store, None) > limit {
            return Err(Conflict);
        }
    }
    let need = left.least(store, None);
    for (index, &(var, exponent)) in right.factors.iter().enumerate() {
        let Some(others) = right.most(store, Some(index)) else { continue };
        let least = clamp((need + others - 1) / others);
        changed |= store.raise(var, root_ceil(least, i64::from(exponent)))?;
    }
    Ok(changed)
}

/// Keeps the values whose power divides the number, which is positive.
fn keep_divisors(store: &mut Store, (var, exponent): (Var, u32), number: i128) -> Result<bool, Conflict> {
    let fits = |value: i64| {
        let divisor = raised(value, exponent);
        divisor <= number && number % divisor == 0
    };
    let small = clamp(number);
    let mut changed = store.lower(var, largest_root(number, exponent))?;
    if store.domain(var).len() <= SELECTION_LIMIT {
        changed |= store.retain(var, fits)?;
    } else if i128::from(small) == number && small <= FACTORIZED {
        let kept: Vec<i64> = divisors(small).into_iter().filter(|&value| fits(value)).collect();
        changed |= store.restrict_to_sorted(var, &kept)?;
    }
    Ok(changed)
}

impl Monomial {
    /// Whether the propagator may be posted: each variable is at least 1, and no product is too large to be exact.
    pub(crate) fn is_exact(&self, store: &Store) -> bool {
        let sides = [&self.left, &self.right];
        sides.iter().all(|side| side.factors.iter().all(|&(var, _)| store.lo(var) >= 1))
            && sides.iter().all(|side| side.coefficient >= 1 && side.most(store, None).is_some())
    }

    /// Rules 2 and 3, for both ways round.
    fn divide(&self, store: &mut Store) -> Result<bool, Conflict> {
        Ok(divide(store, &self.left, &self.right)? | divide(store, &self.right, &self.left)?)
    }

    /// Rule 4: of the last two open variables, keeps the values that occur in a pair that fits.
    fn try_pairs(&self, store: &mut Store) -> Result<(), Conflict> {
        let limit = if store.level() == 0 { ROOT_PAIRS } else { PAIRS };
        let mut open = self.left.open(store).chain(self.right.open(store));
        let (Some((x, _)), Some((y, _)), None) = (open.next(), open.next(), open.next()) else { return Ok(()) };
        drop(open);
        let pairs = store.domain(x).len().checked_mul(store.domain(y).len());
        if !self.pairs || pairs.is_none_or(|pairs| pairs > limit) {
            return Ok(());
        }
        let (mut kept_x, ys) = (Vec::new(), store.domain(y).iter().collect::<Vec<i64>>());
        let mut y_kept = vec![false; ys.len()];
        for value_x in store.domain(x).iter() {
            let mut supported = false;
            for (&value_y, kept) in ys.iter().zip(&mut y_kept) {
                let at = |var: Var| {
                    if var == x {
                        value_x
                    } else if var == y {
                        value_y
                    } else {
                        store.lo(var)
                    }
                };
                let fits = self.left.product(None, at) == self.right.product(None, at);
                *kept |= fits;
                supported |= fits;
            }
            if supported {
                kept_x.push(value_x);
            }
        }
        let kept_y: Vec<i64> = ys.into_iter().zip(y_kept).filter_map(|(y, kept)| kept.then_some(y)).collect();
        store.restrict_to_sorted(x, &kept_x)?;
        store.restrict_to_sorted(y, &kept_y)?;
        Ok(())
    }

    /// Whether every assignment left satisfies it; a conflict if there is only one, and that does not.
    fn is_entailed(&self, store: &Store) -> Result<bool, Conflict> {
        if self.order == Order::AtMost {
            return Ok(self.left.most(store, None).is_some_and(|most| most <= self.right.least(store, None)));
        }
        let all_fixed = |side: &Factors| side.open(store).next().is_none();
        if !all_fixed(&self.left) || !all_fixed(&self.right) {
            return Ok(false);
        }
        if self.left.fixed_part(store) == self.right.fixed_part(store) { Ok(true) } else { Err(Conflict) }
    }
}

/// What follows for `left` from the fixed part of an equation.
fn divide(store: &mut Store, left: &Factors, right: &Factors) -> Result<bool, Conflict> {
    let (known_left, known_right) = (left.fixed_part(store), right.fixed_part(store));
    if known_left >= LARGEST || known_right >= LARGEST {
        return Ok(false);
    }
    let mut changed = false;
    let mut open_right = right.open(store);
    let open: Vec<(Var, u32)> = left.open(store).collect();
    if open_right.next().is_none() {
        // Rule 2: the right side is a number, which every factor on the left divides.
        if known_right % known_left != 0 {
            return Err(Conflict);
        }
        drop(open_right);
        for factor in open {
            changed |= keep_divisors(store, factor, known_right / known_left)?;
        }
    } else if let [(var, 1)] = open.as_slice() {
        // Rule 3: what is fixed on the right divides the only open factor on the left, but for what the left has itself.
        drop(open_right);
        let (a, b) = (clamp(known_left), clamp(known_right));
        if i128::from(a) == known_left && i128::from(b) == known_right {
            let stride = b / gcd(a, b);
            changed |= stride > 1 && store.restrict_to_residue(*var, stride, 0)?;
        }
    }
    Ok(changed)
}

impl Propagator for Monomial {
    fn scope(&self) -> Vec<(Var, Events)> {
        let events = if self.order == Order::Equal { Events::DOMAIN } else { Events::BOUNDS };
        self.left.factors.iter().chain(&self.right.factors).map(|&(var, _)| (var, events)).collect()
    }

    fn family(&self) -> Family {
        Family::Monomial
    }

    fn priority(&self) -> Priority {
        Priority::Linear
    }

    fn consistency(&self) -> Consistency {
        Consistency::Bounds
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        let mut changed = narrow(store, &self.left, &self.right)?;
        if self.order == Order::Equal {
            changed |= narrow(store, &self.right, &self.left)?;
            changed |= self.divide(store)?;
            if !changed {
                self.try_pairs(store)?;
            }
        }
        if self.is_entailed(store)? {
            return Ok(Status::Entailed);
        }
        Ok(if changed { Status::Open } else { Status::Fixpoint })
    }
}
