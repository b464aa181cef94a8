//! `Σ cᵢ·xᵢ` compared with a constant: `<=`, `==` or `!=`, required or as the meaning of a literal.
//!
//! `<=` and `==` are bounds consistent, an equation of two variables with small domains is domain consistent, `!=` is domain consistent where the last open variable can have a hole. With a
//! literal, the comparison is enforced or refuted once the literal is known, and the literal follows from the bounds
//! of the sum.

use crate::arith::{INFINITY, Interval, ceil_div, clamp, floor_div, is_finite};
use crate::domain::SELECTION_LIMIT;
use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Literal, Store, Var};

/// How the sum compares with the constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    AtMost,
    Equal,
    NotEqual,
}

/// See the module documentation. Each variable stands once, with a coefficient that is not 0.
#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) terms: Vec<(Var, i64)>,
    pub(crate) relation: Relation,
    pub(crate) constant: i128,
    /// The literal that is true exactly where the comparison holds; none where it must hold.
    pub(crate) meaning_of: Option<Literal>,
}

/// The bounds of a sum, with infinite contributions counted apart so that one of them can still be bounded.
#[derive(Debug, Clone, Copy, Default)]
struct SumBound {
    finite: i128,
    infinite: usize,
}

impl SumBound {
    fn add(&mut self, contribution: Option<i128>) {
        match contribution {
            Some(value) => self.finite += value,
            None => self.infinite += 1,
        }
    }

    /// The bound without one of its contributions; `None` where another one is infinite.
    fn without(self, contribution: Option<i128>) -> Option<i128> {
        match contribution {
            Some(value) => (self.infinite == 0).then_some(self.finite - value),
            None => (self.infinite == 1).then_some(self.finite),
        }
    }

    fn value(self) -> Option<i128> {
        (self.infinite == 0).then_some(self.finite)
    }
}

/// Contributions are kept below this magnitude, so that any sum of them fits 128 bits.
const LARGEST: i128 = 1 << 100;

/// The least that a term contributes; `None` where nothing bounds it. A lower bound of [`INFINITY`] ("at least 2^62")
/// counts like any other number.
fn smallest(store: &Store, (var, coefficient): (Var, i64)) -> Option<i128> {
    let (bound, unlimited) = if coefficient > 0 { (store.lo(var), -INFINITY) } else { (store.hi(var), INFINITY) };
    let contribution = i128::from(coefficient) * i128::from(bound);
    (bound != unlimited && contribution > -LARGEST).then_some(contribution.min(LARGEST))
}

/// The most that a term contributes.
fn largest(store: &Store, (var, coefficient): (Var, i64)) -> Option<i128> {
    smallest(store, (var, -coefficient)).map(|contribution| -contribution)
}

impl Linear {
    fn bounds(&self, store: &Store) -> (SumBound, SumBound) {
        let (mut lo, mut hi) = (SumBound::default(), SumBound::default());
        for &term in &self.terms {
            lo.add(smallest(store, term));
            hi.add(largest(store, term));
        }
        (lo, hi)
    }

    /// Whether the comparison is decided by the bounds alone.
    fn decided(&self, store: &Store) -> Option<bool> {
        let (lo, hi) = self.bounds(store);
        let above = lo.value().is_some_and(|lo| lo > self.constant);
        let below = hi.value().is_some_and(|hi| hi < self.constant);
        match self.relation {
            Relation::AtMost if above => Some(false),
            Relation::AtMost => hi.value().is_some_and(|hi| hi <= self.constant).then_some(true),
            Relation::Equal => self.equality(store, above || below),
            Relation::NotEqual => self.equality(store, above || below).map(|equal| !equal),
        }
    }

    fn equality(&self, store: &Store, apart: bool) -> Option<bool> {
        if apart {
            return Some(false);
        }
        let (rest, open) = self.all_but_one(store)?;
        let Some((var, coefficient)) = open else { return Some(rest == self.constant) };
        let missing = self.constant - rest;
        let possible = missing % i128::from(coefficient) == 0
            && store.domain(var).contains(clamp(missing / i128::from(coefficient)));
        (!possible).then_some(false)
    }

    /// The sum of the fixed terms and the one open term, if no more than one is open.
    fn all_but_one(&self, store: &Store) -> Option<(i128, Option<(Var, i64)>)> {
        let (mut sum, mut open) = (0i128, None);
        for &(var, coefficient) in &self.terms {
            match store.fixed(var) {
                Some(value) => sum = (i128::from(coefficient) * i128::from(value)).checked_add(sum)?,
                None if open.is_none() => open = Some((var, coefficient)),
                None => return None,
            }
        }
        Some((sum, open))
    }

    /// `sign * Σ <= sign * constant + slack`, for the sign 1 or -1.
    fn enforce_at_most(&self, store: &mut Store, sign: i64, slack: i128) -> Result<bool, Conflict> {
        let limit = i128::from(sign) * self.constant + slack;
        let mut lo = SumBound::default();
        for &(var, coefficient) in &self.terms {
            lo.add(smallest(store, (var, sign * coefficient)));
        }
        if lo.value().is_some_and(|lo| lo > limit) {
            return Err(Conflict);
        }
        let mut changed = false;
        for &(var, coefficient) in &self.terms {
            let coefficient = sign * coefficient;
            let Some(others) = lo.without(smallest(store, (var, coefficient))) else { continue };
            let (room, divisor) = (limit - others, i128::from(coefficient));
            // Cutting the far end of a variable does not move the near end, which `lo` is made of.
            changed |= if coefficient > 0 {
                store.lower(var, clamp(floor_div(room, divisor)))?
            } else {
                store.raise(var, clamp(ceil_div(room, divisor)))?
            };
        }
        Ok(changed)
    }

    fn enforce_not_equal(&self, store: &mut Store) -> Result<Status, Conflict> {
        let (lo, hi) = self.bounds(store);
        let apart = lo.value().is_some_and(|lo| lo > self.constant) || hi.value().is_some_and(|hi| hi < self.constant);
        if apart {
            return Ok(Status::Entailed);
        }
        let Some((rest, open)) = self.all_but_one(store) else { return Ok(Status::Fixpoint) };
        let missing = self.constant - rest;
        let Some((var, coefficient)) = open else {
            return if missing == 0 { Err(Conflict) } else { Ok(Status::Entailed) };
        };
        if missing % i128::from(coefficient) != 0 {
            return Ok(Status::Entailed);
        }
        let value = clamp(missing / i128::from(coefficient));
        store.remove(var, value)?;
        // A wide domain cannot have the hole: stay awake.
        Ok(if store.domain(var).contains(value) { Status::Fixpoint } else { Status::Entailed })
    }

    fn enforce(&self, store: &mut Store, truth: bool) -> Result<Status, Conflict> {
        match (self.relation, truth) {
            (Relation::AtMost, true) => self.enforce_bound(store, 1, 0),
            // The negation of Σ <= k is -Σ <= -k - 1.
            (Relation::AtMost, false) => self.enforce_bound(store, -1, -1),
            (Relation::Equal, true) | (Relation::NotEqual, false) => self.enforce_equal(store),
            (Relation::Equal, false) | (Relation::NotEqual, true) => self.enforce_not_equal(store),
        }
    }

    fn enforce_bound(&self, store: &mut Store, sign: i64, slack: i128) -> Result<Status, Conflict> {
        self.enforce_at_most(store, sign, slack)?;
        if let Some((sum, None)) = self.all_but_one(store) {
            // Exact where a contribution is too large for the bounds.
            let holds = i128::from(sign) * (sum - self.constant) <= slack;
            return if holds { Ok(Status::Entailed) } else { Err(Conflict) };
        }
        let limit = i128::from(sign) * self.constant + slack;
        let (lo, hi) = self.bounds(store);
        let top = if sign > 0 { hi.value() } else { lo.value().map(|lo| -lo) };
        Ok(if top.is_some_and(|top| top <= limit) { Status::Entailed } else { Status::Fixpoint })
    }

    fn enforce_equal(&self, store: &mut Store) -> Result<Status, Conflict> {
        /// Of wide domains with steps each round may cut one value: the engine has to be asked whether to go on.
        const ROUNDS: usize = 64;
        let mut rounds = 0;
        while self.enforce_at_most(store, 1, 0)? | self.enforce_at_most(store, -1, 0)? {
            rounds += 1;
            if rounds == ROUNDS {
                return Ok(Status::Open);
            }
        }
        if let Some((rest, open)) = self.all_but_one(store) {
            let Some((var, coefficient)) = open else {
                return if rest == self.constant { Ok(Status::Entailed) } else { Err(Conflict) };
            };
            let missing = self.constant - rest;
            if missing % i128::from(coefficient) != 0 {
                return Err(Conflict);
            }
            let value = clamp(missing / i128::from(coefficient));
            store.restrict(var, Interval::point(value))?;
            return Ok(if is_finite(value) { Status::Entailed } else { Status::Fixpoint });
        }
        if let &[first, second] = self.terms.as_slice() {
            self.keep_partners(store, first, second)?;
            self.keep_partners(store, second, first)?;
        }
        Ok(Status::Fixpoint)
    }

    /// In an equation of two variables, keeps the values whose partner is possible, where both domains are small.
    fn keep_partners(&self, store: &mut Store, kept: (Var, i64), other: (Var, i64)) -> Result<(), Conflict> {
        if store.domain(kept.0).len() > SELECTION_LIMIT || store.domain(other.0).len() > SELECTION_LIMIT {
            return Ok(());
        }
        let partners = store.domain(other.0).clone();
        store.retain(kept.0, |value| {
            let missing = self.constant - i128::from(kept.1) * i128::from(value);
            missing % i128::from(other.1) == 0 && partners.contains(clamp(missing / i128::from(other.1)))
        })?;
        Ok(())
    }
}

impl Propagator for Linear {
    fn scope(&self) -> Vec<(Var, Events)> {
        let events = match (self.relation, self.meaning_of) {
            (Relation::Equal, None) if self.terms.len() == 2 => Events::DOMAIN,
            (Relation::Equal | Relation::NotEqual, Some(_)) => Events::DOMAIN,
            _ => Events::BOUNDS,
        };
        let literal = self.meaning_of.iter().map(|literal| (literal.var, Events::FIXED));
        self.terms.iter().map(|&(var, _)| (var, events)).chain(literal).collect()
    }

    fn family(&self) -> Family {
        Family::Linear
    }

    fn priority(&self) -> Priority {
        if self.terms.len() <= 3 { Priority::Unary } else { Priority::Linear }
    }

    fn consistency(&self) -> Consistency {
        match (self.relation, self.meaning_of) {
            (Relation::NotEqual, None) => Consistency::Domain,
            _ => Consistency::Bounds,
        }
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        let Some(literal) = self.meaning_of else { return self.enforce(store, true) };
        if let Some(truth) = store.truth(literal) {
            return self.enforce(store, truth);
        }
        let Some(truth) = self.decided(store) else { return Ok(Status::Fixpoint) };
        store.decide(literal, truth)?;
        Ok(Status::Entailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;

    /// Two even numbers at a distance of 1: each round cuts one value of half a billion.
    #[test]
    fn creeping_bounds_leave_the_last_word_to_the_engine() {
        let mut store = Store::new();
        let terms = [1, -1].map(|sign| (store.add(Domain::progression(0, 1 << 30, 2)), sign)).to_vec();
        let linear = Linear { terms, relation: Relation::Equal, constant: 1, meaning_of: None };
        assert_eq!(linear.propagate(&mut store), Ok(Status::Open));
    }
}
