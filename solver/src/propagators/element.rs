//! `z = items[i]`.
//!
//! Domain consistent where the item and the result that meet have small domains; bounds consistent where they are
//! compared by their bounds alone.

use crate::arith::Interval;
use crate::domain::{Domain, SELECTION_LIMIT};
use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};

/// See the module documentation. There is at least one item.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) index: Var,
    /// The index of the first item.
    pub(crate) first: i64,
    pub(crate) items: Vec<Var>,
    pub(crate) result: Var,
    /// Whether values are looked at and not bounds alone; contract tests switch it off to look at the bounds.
    pub(crate) values: bool,
}

impl Element {
    pub(crate) fn new(index: Var, first: i64, items: Vec<Var>, result: Var) -> Self {
        Self { index, first, items, result, values: true }
    }

    /// The indices of the items.
    fn span(&self) -> Interval {
        let count = i64::try_from(self.items.len()).expect("fits memory");
        Interval::new(self.first, self.first + count - 1)
    }

    fn item(&self, index: i64) -> Var {
        self.items[usize::try_from(index - self.first).expect("in the span")]
    }

    fn is_small(&self, domain: &Domain) -> bool {
        self.values && domain.len() <= SELECTION_LIMIT
    }

    /// Whether item and result can be equal.
    fn can_meet(&self, store: &Store, item: Var) -> bool {
        let (item, result) = (store.domain(item), store.domain(self.result));
        let (few, many) = if item.len() <= result.len() { (item, result) } else { (result, item) };
        let common = few.hull().intersect(many.hull());
        if common.is_empty() || !self.is_small(few) {
            return !common.is_empty();
        }
        few.iter().any(|value| many.contains(value))
    }

    /// The result is a value of some item that the index can choose.
    fn restrict_result(&self, store: &mut Store, indices: &[i64]) -> Result<(), Conflict> {
        let hulls = indices.iter().map(|&index| store.hull(self.item(index)));
        let around = hulls.reduce(Interval::hull).ok_or(Conflict)?;
        store.restrict(self.result, around)?;
        let lengths = indices.iter().map(|&index| store.domain(self.item(index)).len());
        let total = lengths.fold(0u64, u64::saturating_add);
        if !self.values || total > SELECTION_LIMIT {
            return Ok(());
        }
        let mut values: Vec<i64> = indices.iter().flat_map(|&index| store.domain(self.item(index)).iter()).collect();
        values.sort_unstable();
        values.dedup();
        store.restrict_to_sorted(self.result, &values)?;
        Ok(())
    }
}

impl Propagator for Element {
    fn scope(&self) -> Vec<(Var, Events)> {
        let values = self.items.iter().chain([&self.result, &self.index]);
        values.map(|&var| (var, Events::DOMAIN)).collect()
    }

    fn family(&self) -> Family {
        Family::Element
    }

    fn priority(&self) -> Priority {
        Priority::Linear
    }

    fn consistency(&self) -> Consistency {
        if self.values { Consistency::Domain } else { Consistency::Bounds }
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        // 1. The index is that of an item that can be equal to the result.
        store.restrict(self.index, self.span())?;
        let indices: Vec<i64> =
            store.domain(self.index).iter().filter(|&index| self.can_meet(store, self.item(index))).collect();
        if indices.is_empty() {
            return Err(Conflict);
        }
        store.restrict_to_sorted(self.index, &indices)?;
        // 2. With a single index left, item and result are equal.
        if let &[only] = indices.as_slice() {
            let item = self.item(only);
            store.equalize(self.result, item)?;
            let fixed = store.fixed(item).is_some() && store.fixed(self.result).is_some();
            return Ok(if fixed { Status::Entailed } else { Status::Open });
        }
        // 3. Otherwise the result is a value of one of these items.
        self.restrict_result(store, &indices)?;
        Ok(Status::Open)
    }
}
