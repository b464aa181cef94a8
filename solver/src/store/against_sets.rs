//! The store and its trail against sets that are copied whole at every level.

use super::{Conflict, Events, Store, Var};
use crate::arith::Interval;
use crate::domain::Domain;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What is done to one of the variables, or to the levels.
#[derive(Debug, Clone)]
enum Operation {
    Push,
    Pop,
    Restrict(i64, i64),
    Remove(i64),
    Assign(i64),
    Retain(i64),
    Residue(i64, i64),
    Sorted(Vec<i64>),
    /// With the variable of that index.
    Equalize(usize),
    Entail(usize),
}

const VARIABLES: usize = 4;

fn any_domain() -> impl Strategy<Value = Domain> {
    prop_oneof![
        (-20i64..20, 0i64..40, 1i64..5).prop_map(|(lo, width, step)| Domain::progression(lo, lo + width, step)),
        prop::collection::btree_set(-30i64..30, 1..30).prop_map(|set| Domain::from_sorted(set.into_iter().collect())),
    ]
}

/// Most operations keep much, so that many can follow one another.
fn any_operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => Just(Operation::Push),
        3 => Just(Operation::Pop),
        2 => (-30i64..0, 20i64..60).prop_map(|(lo, width)| Operation::Restrict(lo, lo + width)),
        4 => (-30i64..30).prop_map(Operation::Remove),
        1 => (-20i64..20).prop_map(Operation::Assign),
        2 => (2i64..9).prop_map(Operation::Retain),
        1 => (2i64..4, 0i64..4).prop_map(|(modulus, residue)| Operation::Residue(modulus, residue)),
        1 => prop::collection::btree_set(-30i64..30, 20..50)
            .prop_map(|set| Operation::Sorted(set.into_iter().collect())),
        1 => (0..VARIABLES).prop_map(Operation::Equalize),
        1 => (0usize..9).prop_map(Operation::Entail),
    ]
}

/// All that can be gone back to: what each variable can be, and which propagators are switched off.
#[derive(Debug, Clone, PartialEq)]
struct Copied {
    sets: Vec<BTreeSet<i64>>,
    entailed: BTreeSet<usize>,
}

impl Copied {
    fn retain(&mut self, index: usize, keep: impl Fn(i64) -> bool) {
        self.sets[index].retain(|&value| keep(value));
    }
}

fn write(store: &mut Store, copied: &mut Copied, index: usize, operation: &Operation) -> Result<bool, Conflict> {
    let var = Var::from_index(index);
    match operation {
        &Operation::Restrict(lo, hi) => {
            copied.retain(index, |value| lo <= value && value <= hi);
            store.restrict(var, Interval::new(lo, hi))
        }
        &Operation::Remove(gone) => {
            copied.retain(index, |value| value != gone);
            store.remove(var, gone)
        }
        &Operation::Assign(only) => {
            copied.retain(index, |value| value == only);
            store.assign(var, only)
        }
        &Operation::Retain(divisor) => {
            copied.retain(index, |value| (value + 50) % divisor != 0);
            store.retain(var, |value| (value + 50) % divisor != 0)
        }
        &Operation::Residue(modulus, residue) => {
            copied.retain(index, |value| (value - residue).rem_euclid(modulus) == 0);
            store.restrict_to_residue(var, modulus, residue)
        }
        Operation::Sorted(values) => {
            copied.retain(index, |value| values.contains(&value));
            store.restrict_to_sorted(var, values)
        }
        &Operation::Equalize(other) => {
            let common: BTreeSet<i64> = copied.sets[index].intersection(&copied.sets[other]).copied().collect();
            copied.sets[index].clone_from(&common);
            copied.sets[other] = common;
            store.equalize(var, Var::from_index(other))
        }
        Operation::Push | Operation::Pop | Operation::Entail(_) => Ok(false),
    }
}

fn seen(store: &Store) -> Vec<BTreeSet<i64>> {
    (0..VARIABLES).map(|index| store.domain(Var::from_index(index)).iter().collect()).collect()
}

/// The variables that the events since the last call name.
fn changed(store: &mut Store) -> BTreeSet<usize> {
    let mut events = Vec::new();
    store.take_events(&mut events);
    assert!(events.iter().all(|(_, events)| events.intersects(Events::DOMAIN)));
    events.into_iter().map(|(var, _)| var.index()).collect()
}

/// One level up in both, which then agree. Nothing happens at the root, where there is none.
fn go_back(store: &mut Store, copied: &mut Copied, copies: &mut Vec<Copied>) {
    if let Some(copy) = copies.pop() {
        let entailed = &mut copied.entailed;
        store.pop_level(|propagator| assert!(entailed.remove(&propagator), "{propagator} was not switched off"));
        assert_eq!(*entailed, copy.entailed);
        *copied = copy;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_trail_goes_back_to_what_was_copied(
        domains in prop::collection::vec(any_domain(), VARIABLES),
        operations in prop::collection::vec((0..VARIABLES, any_operation()), 1..60),
    ) {
        let mut store = Store::new();
        for domain in domains {
            store.add(domain);
        }
        let mut copied = Copied { sets: seen(&store), entailed: BTreeSet::new() };
        let mut copies = Vec::new();
        for (index, operation) in operations {
            match operation {
                Operation::Push => {
                    store.push_level();
                    copies.push(copied.clone());
                }
                Operation::Pop => go_back(&mut store, &mut copied, &mut copies),
                // The root is never undone, and its propagators are not recorded.
                Operation::Entail(propagator) if store.level() > 0 && copied.entailed.insert(propagator) => {
                    store.record_entailed(propagator);
                }
                operation => {
                    let before = copied.sets.clone();
                    if let Ok(said) = write(&mut store, &mut copied, index, &operation) {
                        let differ = (0..VARIABLES).filter(|&index| before[index] != copied.sets[index]);
                        let differ: BTreeSet<usize> = differ.collect();
                        prop_assert_eq!(said, !differ.is_empty(), "{:?}", operation);
                        prop_assert_eq!(changed(&mut store), differ);
                    } else {
                        prop_assert!(copied.sets.iter().any(BTreeSet::is_empty), "{:?}", operation);
                        // A search goes back from here; at the root it is over.
                        if copies.is_empty() {
                            return Ok(());
                        }
                        go_back(&mut store, &mut copied, &mut copies);
                    }
                }
            }
            prop_assert_eq!(&seen(&store), &copied.sets);
            prop_assert_eq!(store.level(), copies.len());
        }
    }
}
