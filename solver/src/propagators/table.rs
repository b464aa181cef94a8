//! The values of some variables are a row of a table, required or as the meaning of a literal.
//!
//! Domain consistent where the domains can have holes; otherwise a hole waits until a bound gets there.
//!
//! For each column and each value in it, the rows with that value there are a bit set, made once. What the search would
//! have to undo is computed from the domains each time: the rows that are still possible.

use crate::model::Rows;
use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Literal, Store, Var};
use itertools::Itertools;

/// See the module documentation.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    /// How many rows there are.
    rows: usize,
    /// The literal that is true exactly where the values are a row; none where they must be one.
    meaning_of: Option<Literal>,
}

/// A variable, and where in the table each value stands.
#[derive(Debug)]
struct Column {
    var: Var,
    /// Ascending, each once.
    values: Vec<i64>,
    /// For each of the values, the rows that hold it.
    holders: Vec<Bits>,
}

/// A set of rows.
#[derive(Debug, Clone)]
struct Bits(Vec<u64>);

impl Bits {
    fn none(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    fn set(&mut self, row: usize) {
        self.0[row / 64] |= 1 << (row % 64);
    }

    fn unite(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(word, other)| word & other != 0)
    }

    fn common(&self, other: &Self) -> u128 {
        self.0.iter().zip(&other.0).map(|(word, other)| u128::from((word & other).count_ones())).sum()
    }

    fn count(&self) -> u128 {
        self.common(self)
    }
}

impl Table {
    /// As many variables as the rows are wide. A variable that stands twice keeps one column, and the rows in which
    /// its values are the same; rows that the domains rule out are dropped.
    pub(crate) fn new(store: &Store, vars: &[Var], rows: &Rows, meaning_of: Option<Literal>) -> Self {
        let first = |place: usize| vars.iter().position(|&var| var == vars[place]).expect("it is there");
        let possible = |row: &[i64]| {
            let fits = |(place, &value): (usize, &i64)| {
                value == row[first(place)] && store.domain(vars[place]).contains(value)
            };
            row.iter().enumerate().all(fits)
        };
        let rows: Vec<&[i64]> = rows.iter().map(Vec::as_slice).filter(|row| possible(row)).collect();
        let places = (0..vars.len()).filter(|&place| first(place) == place);
        let columns = places.map(|place| Column::new(vars[place], place, &rows)).collect();
        Self { columns, rows: rows.len(), meaning_of }
    }

    /// The rows all of whose values are possible.
    fn possible_rows(&self, store: &Store) -> Bits {
        let mut possible = Bits(vec![u64::MAX; self.rows.div_ceil(64)]);
        for column in &self.columns {
            let domain = store.domain(column.var);
            let mut held = Bits::none(self.rows);
            for (_, holders) in column.entries().filter(|&(value, _)| domain.contains(value)) {
                held.unite(holders);
            }
            possible.intersect(&held);
        }
        possible
    }

    /// How many tuples the domains allow; nothing where one is not bounded.
    fn tuples(&self, store: &Store) -> Option<u128> {
        self.columns.iter().try_fold(1u128, |product, column| product.checked_mul(size(store, column.var)?))
    }

    /// Keeps the values that stand in a possible row.
    fn keep_rows(&self, store: &mut Store, possible: &Bits) -> Result<Status, Conflict> {
        for column in &self.columns {
            let held = column.entries().filter(|(_, holders)| holders.meets(possible)).map(|(value, _)| value);
            let held: Vec<i64> = held.collect();
            if held.is_empty() {
                return Err(Conflict);
            }
            store.restrict_to_sorted(column.var, &held)?;
        }
        let every_tuple_is_a_row = self.tuples(store) == Some(possible.count());
        Ok(if every_tuple_is_a_row { Status::Entailed } else { Status::Fixpoint })
    }

    /// Removes the values all of whose tuples are rows.
    fn avoid_rows(&self, store: &mut Store, possible: &Bits) -> Result<Status, Conflict> {
        let Some(tuples) = self.tuples(store) else { return Ok(Status::Open) };
        let sizes = self.columns.iter().map(|column| size(store, column.var)).collect_vec();
        for (column, own_size) in self.columns.iter().zip(sizes) {
            let others = tuples / own_size.expect("tuples are counted");
            let full = column.entries().filter(|(_, holders)| holders.common(possible) == others);
            for (value, _) in full {
                store.remove(column.var, value)?;
            }
        }
        // Not at the fixpoint where a wide domain kept a value that only lies at its end once this run has cut others.
        Ok(if self.possible_rows(store).count() == 0 { Status::Entailed } else { Status::Open })
    }
}

impl Column {
    fn new(var: Var, place: usize, rows: &[&[i64]]) -> Self {
        let values: Vec<i64> = rows.iter().map(|row| row[place]).sorted_unstable().dedup().collect();
        let mut holders = vec![Bits::none(rows.len()); values.len()];
        for (index, row) in rows.iter().enumerate() {
            holders[values.binary_search(&row[place]).expect("a value of the column")].set(index);
        }
        Self { var, values, holders }
    }

    fn entries(&self) -> impl Iterator<Item = (i64, &Bits)> {
        self.values.iter().copied().zip(&self.holders)
    }
}

/// How many values are left; nothing where there is no bound.
fn size(store: &Store, var: Var) -> Option<u128> {
    Some(store.domain(var).len()).filter(|&len| len < u64::MAX).map(u128::from)
}

impl Propagator for Table {
    fn scope(&self) -> Vec<(Var, Events)> {
        let literal = self.meaning_of.iter().map(|literal| (literal.var, Events::FIXED));
        self.columns.iter().map(|column| (column.var, Events::DOMAIN)).chain(literal).collect()
    }

    fn family(&self) -> Family {
        Family::Table
    }

    fn weight(&self) -> u64 {
        // A word of bits of each value of each column.
        let words = self.rows.div_ceil(64) * self.columns.iter().map(|column| column.entries().count()).sum::<usize>();
        1 + words as u64 / 256
    }

    fn priority(&self) -> Priority {
        Priority::Costly
    }

    fn consistency(&self) -> Consistency {
        Consistency::Domain
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        let possible = self.possible_rows(store);
        let truth = self.meaning_of.map_or(Some(true), |literal| store.truth(literal));
        match (self.meaning_of, truth) {
            // 1. A tuple that must be a row keeps the values of rows that are possible.
            (_, Some(true)) => self.keep_rows(store, &possible),
            // 2. A tuple that must be none loses the values with which it would be one whatever the others are.
            (_, Some(false)) => self.avoid_rows(store, &possible),
            // 3. The literal is false without a possible row, and true where every tuple is one.
            (Some(literal), None) => {
                let count = possible.count();
                if count > 0 && self.tuples(store) != Some(count) {
                    return Ok(Status::Fixpoint);
                }
                store.decide(literal, count > 0)?;
                Ok(Status::Entailed)
            }
            (None, None) => unreachable!("without a literal it must hold"),
        }
    }
}
