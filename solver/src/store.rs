//! [`Store`]: the domains of all engine variables, the trail that undoes them, and the events that they caused.
//!
//! The store is the only writer of domains. A write that would leave a domain empty answers [`Conflict`].

use crate::arith::Interval;
use crate::domain::{Changed, Domain, Emptied, SELECTION_LIMIT};
use crate::trail::{Entry, Trail};
pub use crate::var::Var;

/// A variable with the values 0 and 1, or its opposite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Literal {
    /// The variable.
    pub var: Var,
    /// True where the variable is 1; otherwise true where it is 0.
    pub positive: bool,
}

impl Literal {
    /// True where the variable is 1.
    pub fn of(var: Var) -> Self {
        Self { var, positive: true }
    }

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        Self { positive: !self.positive, ..self }
    }
}

/// No value is left for a variable, or a propagator found its constraint violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict;

impl From<Emptied> for Conflict {
    fn from(_: Emptied) -> Self {
        Self
    }
}

/// What happened to a domain, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events(u8);

impl Events {
    /// The variable became fixed.
    pub const FIXED: Self = Self(1);
    /// A bound moved (also set when the variable became fixed).
    pub const BOUNDS: Self = Self(2);
    /// Any value went (always set).
    pub const DOMAIN: Self = Self(4);

    /// Whether the two sets share an event.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn between(before: (i64, i64), after: &Domain) -> Self {
        let mut bits = Self::DOMAIN.0;
        if before != (after.lo(), after.hi()) {
            bits |= Self::BOUNDS.0;
            if after.fixed().is_some() {
                bits |= Self::FIXED.0;
            }
        }
        Self(bits)
    }
}

/// See the module documentation.
#[derive(Debug)]
pub struct Store {
    domains: Vec<Domain>,
    saved_at: Vec<u64>,
    trail: Trail,
    events: Vec<(Var, Events)>,
    /// Writes that whoever runs may still make; see [`Store::limit_writes`].
    writes_left: u64,
}

impl Default for Store {
    fn default() -> Self {
        let (domains, saved_at, events) = (Vec::new(), Vec::new(), Vec::new());
        Self { domains, saved_at, trail: Trail::default(), events, writes_left: u64::MAX }
    }
}

impl Store {
    /// A store without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable.
    pub fn add(&mut self, domain: Domain) -> Var {
        self.domains.push(domain);
        self.saved_at.push(0);
        Var::from_index(self.domains.len() - 1)
    }

    /// From now on only so many writes are made. The last of them answers [`Conflict`] though it was made, so that a
    /// propagator in a long loop comes to an end, and [`Store::is_tired`] tells it from a conflict.
    pub(crate) fn limit_writes(&mut self, writes: u64) {
        self.writes_left = writes;
    }

    /// Whether the last [`Conflict`] was none: the writes allowed were used up.
    pub(crate) fn is_tired(&self) -> bool {
        self.writes_left == 0
    }

    /// How many variables there are.
    pub fn len(&self) -> usize {
        self.domains.len()
    }

    /// Bytes that the domains and the undo log hold, without what domains share with each other.
    pub fn bytes(&self) -> u64 {
        let words: usize = self.domains.iter().map(Domain::heap_bytes).sum();
        (self.domains.capacity() * size_of::<Domain>() + words) as u64 + self.trail.bytes()
    }

    /// Whether there is no variable.
    pub fn is_empty(&self) -> bool {
        self.domains.is_empty()
    }

    /// What the variable can still be.
    pub fn domain(&self, var: Var) -> &Domain {
        &self.domains[var.index()]
    }

    /// Its smallest value.
    pub fn lo(&self, var: Var) -> i64 {
        self.domain(var).lo()
    }

    /// Its largest value.
    pub fn hi(&self, var: Var) -> i64 {
        self.domain(var).hi()
    }

    /// The interval between the two.
    pub fn hull(&self, var: Var) -> Interval {
        self.domain(var).hull()
    }

    /// Its value, if only one is left.
    pub fn fixed(&self, var: Var) -> Option<i64> {
        self.domain(var).fixed()
    }

    /// Keeps the values inside the interval.
    ///
    /// # Errors
    /// [`Conflict`] if there is none.
    pub fn restrict(&mut self, var: Var, interval: Interval) -> Result<bool, Conflict> {
        let hull = self.hull(var);
        if interval.lo <= hull.lo && interval.hi >= hull.hi {
            return Ok(false);
        }
        self.change(var, |domain| domain.restrict(interval))
    }

    /// Keeps the values that are at least `bound`.
    ///
    /// # Errors
    /// [`Conflict`] if there is none.
    pub fn raise(&mut self, var: Var, bound: i64) -> Result<bool, Conflict> {
        self.restrict(var, Interval::new(bound, Interval::ALL.hi))
    }

    /// Keeps the values that are at most `bound`.
    ///
    /// # Errors
    /// [`Conflict`] if there is none.
    pub fn lower(&mut self, var: Var, bound: i64) -> Result<bool, Conflict> {
        self.restrict(var, Interval::new(Interval::ALL.lo, bound))
    }

    /// Keeps one value alone.
    ///
    /// # Errors
    /// [`Conflict`] if it is not there.
    pub fn assign(&mut self, var: Var, value: i64) -> Result<bool, Conflict> {
        if self.fixed(var) == Some(value) {
            return Ok(false);
        }
        self.change(var, |domain| domain.assign(value))
    }

    /// Removes one value, where the layout of the domain can have a hole there.
    ///
    /// # Errors
    /// [`Conflict`] if it was the last.
    pub fn remove(&mut self, var: Var, value: i64) -> Result<bool, Conflict> {
        if !self.domain(var).contains(value) {
            return Ok(false);
        }
        self.change(var, |domain| domain.remove(value))
    }

    /// Keeps the values that are accepted; see [`Domain::retain`].
    ///
    /// # Errors
    /// [`Conflict`] if there is none.
    pub fn retain(&mut self, var: Var, keep: impl FnMut(i64) -> bool) -> Result<bool, Conflict> {
        self.change(var, |domain| domain.retain(keep))
    }

    /// Keeps the values that are in an ascending list.
    ///
    /// # Errors
    /// [`Conflict`] if there is none.
    pub fn restrict_to_sorted(&mut self, var: Var, values: &[i64]) -> Result<bool, Conflict> {
        self.change(var, |domain| domain.restrict_to_sorted(values))
    }

    /// Whether the literal is true, if that is decided.
    pub fn truth(&self, literal: Literal) -> Option<bool> {
        self.fixed(literal.var).map(|value| (value != 0) == literal.positive)
    }

    /// Makes the literal true or false.
    ///
    /// # Errors
    /// [`Conflict`] if it is the opposite.
    pub fn decide(&mut self, literal: Literal, truth: bool) -> Result<bool, Conflict> {
        self.assign(literal.var, i64::from(truth == literal.positive))
    }

    /// Keeps the values that both variables can take, as far as their layouts allow.
    ///
    /// # Errors
    /// [`Conflict`] if there is none.
    pub fn equalize(&mut self, x: Var, y: Var) -> Result<bool, Conflict> {
        let mut changed = false;
        for (from, to) in [(x, y), (y, x)] {
            changed |= self.restrict(to, self.hull(from))?;
            if self.domain(from).len() <= SELECTION_LIMIT {
                let values: Vec<i64> = self.domain(from).iter().collect();
                changed |= self.restrict_to_sorted(to, &values)?;
            }
        }
        Ok(changed)
    }

    /// Keeps the values of one residue class; see [`Domain::restrict_to_residue`].
    ///
    /// # Errors
    /// [`Conflict`] if there is none.
    pub fn restrict_to_residue(&mut self, var: Var, modulus: i64, residue: i64) -> Result<bool, Conflict> {
        self.change(var, |domain| domain.restrict_to_residue(modulus, residue))
    }

    fn change(&mut self, var: Var, operation: impl FnOnce(&mut Domain) -> Changed) -> Result<bool, Conflict> {
        let index = var.index();
        let before = (self.domains[index].lo(), self.domains[index].hi());
        let unsaved = self.trail.is_recording() && self.saved_at[index] != self.trail.stamp();
        let backup = unsaved.then(|| self.domains[index].clone());
        let outcome = operation(&mut self.domains[index]);
        if outcome != Ok(false)
            && let Some(backup) = backup
        {
            self.saved_at[index] = self.trail.stamp();
            self.trail.record(Entry::Domain(var, backup));
        }
        if outcome? {
            self.events.push((var, Events::between(before, &self.domains[index])));
            self.writes_left = self.writes_left.saturating_sub(1);
            return if self.is_tired() { Err(Conflict) } else { Ok(true) };
        }
        Ok(false)
    }

    /// The domains as they are at the root, whatever the level.
    pub(crate) fn root_domains(&self) -> Vec<Domain> {
        let mut domains = self.domains.clone();
        for (var, domain) in self.trail.root_domains() {
            domains[var.index()] = domain.clone();
        }
        domains
    }

    /// What the operation answers on a copy of the store: all that it changes is undone.
    ///
    /// # Errors
    /// Those of the operation.
    pub(crate) fn probe<T>(&mut self, operation: impl FnOnce(&mut Self) -> Result<T, Conflict>) -> Result<T, Conflict> {
        let events = std::mem::take(&mut self.events);
        self.push_level();
        let answer = operation(self);
        self.pop_level(|_| {});
        self.events = events;
        answer
    }

    /// Opens a level; what changes from now on is undone by [`Store::pop_level`].
    pub(crate) fn push_level(&mut self) {
        self.trail.push_level();
    }

    pub(crate) fn level(&self) -> usize {
        self.trail.level()
    }

    /// Records that a propagator was switched off, so that `pop_level` names it.
    pub(crate) fn record_entailed(&mut self, propagator: usize) {
        if self.trail.is_recording() {
            self.trail.record(Entry::Entailed(propagator));
        }
    }

    /// Undoes the newest level and calls `revive` with each propagator that was switched off in it.
    pub(crate) fn pop_level(&mut self, mut revive: impl FnMut(usize)) {
        self.events.clear();
        for entry in self.trail.pop_level() {
            match entry {
                Entry::Domain(var, domain) => self.domains[var.index()] = domain,
                Entry::Entailed(propagator) => revive(propagator),
            }
        }
    }

    /// The events since the last call.
    pub(crate) fn take_events(&mut self, into: &mut Vec<(Var, Events)>) {
        into.clear();
        std::mem::swap(into, &mut self.events);
    }
}

#[cfg(test)]
mod against_sets;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_restores_every_domain() {
        let mut store = Store::new();
        let x = store.add(Domain::progression(0, 9, 1));
        store.push_level();
        store.remove(x, 4).unwrap();
        store.push_level();
        store.raise(x, 3).unwrap();
        assert_eq!(store.lower(x, 2), Err(Conflict));
        store.pop_level(|_| {});
        assert_eq!(store.domain(x).iter().collect::<Vec<_>>(), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
        store.pop_level(|_| {});
        assert_eq!(store.domain(x).len(), 10);
    }

    #[test]
    fn events_say_what_happened() {
        let mut store = Store::new();
        let x = store.add(Domain::progression(0, 2, 1));
        store.remove(x, 1).unwrap();
        store.raise(x, 1).unwrap();
        let mut events = Vec::new();
        store.take_events(&mut events);
        assert!(!events[0].1.intersects(Events::BOUNDS) && events[0].1.intersects(Events::DOMAIN));
        assert!(events[1].1.intersects(Events::FIXED));
    }
}
