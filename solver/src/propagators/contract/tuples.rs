//! What takes several variables at once: all different, rows of a table, items of a list.

use super::super::{all_different::AllDifferent, element::Element, table::Table};
use super::{Case, Supports, check};
use crate::arith::Interval;
use crate::domain::Domain;
use crate::model::Rows;
use crate::store::{Literal, Store, Var};
use itertools::Itertools;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![all_different(3, true), all_different(4, true), all_different(3, false)];
    cases.push(all_different(4, false));
    let rows: [&[&[i64]]; 4] = [
        &[&[-1, 2], &[0, 0], &[0, 1], &[3, 3], &[5, -2], &[5, 5], &[5, 6]],
        &[&[0, 0, 1], &[0, 1, 0], &[1, 0, 0], &[1, 1, 1], &[2, 2, 2], &[2, 2, 5], &[-3, 2, -3]],
        &[&[1], &[3], &[4]],
        &[],
    ];
    for rows in rows {
        cases.extend([None, Some(true), Some(false)].map(|literal| table(rows, literal)));
    }
    // Every tuple of small numbers: whole domains are rows.
    let square = (-2..4).cartesian_product(-2..4).map(|(x, y)| vec![x, y]).collect_vec();
    let square: Vec<&[i64]> = square.iter().map(Vec::as_slice).collect();
    cases.extend([Some(true), Some(false)].map(|literal| table(&square, literal)));
    for values in [true, false] {
        cases.extend([element(2, 0, values), element(2, -1, values), element(3, 1, values)]);
    }
    cases
}

/// Whether the places but one can have different values within the hulls, the one having that value.
fn others_differ(hulls: &[Interval], place: usize, taken: &mut Vec<i64>, next: usize) -> bool {
    if next == hulls.len() {
        return true;
    }
    if next == place {
        return others_differ(hulls, place, taken, next + 1);
    }
    (hulls[next].lo..=hulls[next].hi).any(|value| {
        if taken.contains(&value) {
            return false;
        }
        taken.push(value);
        let possible = others_differ(hulls, place, taken, next + 1);
        taken.pop();
        possible
    })
}

fn all_different(arity: usize, matching: bool) -> Case {
    Case {
        name: format!("all different of {arity}, matching {matching}"),
        places: vec![false; arity],
        build: Box::new(move |v| Box::new(AllDifferent { matching, ..AllDifferent::new(v.to_vec()) })),
        accepts: Box::new(|v| v.iter().all_unique()),
        supports: Box::new(|hulls, place, value| others_differ(hulls, place, &mut vec![value], 0)),
    }
}

/// A table drops rows by the domains that it finds when it is made, so it is made for full domains here.
fn any_store(vars: &[Var]) -> Store {
    let mut store = Store::new();
    for _ in 0..=vars.iter().map(|var| var.index()).max().expect("a place") {
        store.add(Domain::progression(-20, 20, 1));
    }
    store
}

fn table(rows: &[&[i64]], literal: Option<bool>) -> Case {
    let arity = rows.first().map_or(2, |row| row.len());
    let listed = rows.iter().map(|row| row.to_vec()).collect_vec();
    let rows = Rows::new(listed.clone()).expect("equally wide");
    let never: Supports = Box::new(|_, _, _| unreachable!("domain consistent"));
    Case {
        name: format!("table of {} rows {arity} wide, {literal:?}", rows.len()),
        places: (0..arity).map(|_| false).chain(literal.map(|_| true)).collect(),
        build: Box::new(move |v| {
            let meaning_of = literal.map(|positive| Literal { var: v[arity], positive });
            Box::new(Table::new(&any_store(v), &v[..arity], &rows, meaning_of))
        }),
        accepts: Box::new(move |v| {
            listed.contains(&v[..arity].to_vec()) == literal.is_none_or(|positive| (v[arity] == 1) == positive)
        }),
        supports: never,
    }
}

/// Places: the index, the items, the result.
fn element(count: usize, first: i64, values: bool) -> Case {
    let item = move |index: i64| usize::try_from(index - first).ok().filter(|&place| place < count);
    Case {
        name: format!("element of {count} from {first}, values {values}"),
        places: vec![false; count + 2],
        build: Box::new(move |v| {
            Box::new(Element { values, ..Element::new(v[0], first, v[1..=count].to_vec(), v[count + 1]) })
        }),
        accepts: Box::new(move |v| item(v[0]).is_some_and(|place| v[1 + place] == v[count + 1])),
        supports: Box::new(move |hulls, place, value| {
            let mut fixed = hulls.to_vec();
            fixed[place] = Interval::point(value);
            let meets = |item: Interval| !item.intersect(fixed[count + 1]).is_empty();
            (fixed[0].lo..=fixed[0].hi).filter_map(item).any(|place| meets(fixed[1 + place]))
        }),
    }
}

/// The non-empty sets of numbers from 0 to `most`, each as a domain.
fn subsets(most: i64) -> Vec<Domain> {
    (0..=most).powerset().filter(|set| !set.is_empty()).map(Domain::from_sorted).collect()
}

fn intervals(most: i64) -> Vec<Domain> {
    (0..=most).flat_map(|lo| (lo..=most).map(move |hi| Domain::progression(lo, hi, 1))).collect()
}

/// Random domains are seldom as tight as it takes for several variables to share a few values: so all of them.
#[test]
fn every_combination_of_small_domains_keeps_the_contract() {
    let cases = [
        (all_different(4, false), vec![intervals(3); 4]),
        (all_different(3, false), vec![subsets(3); 3]),
        (all_different(4, true), vec![subsets(2); 4]),
        (all_different(3, true), vec![subsets(3); 3]),
        (element(2, 0, true), [vec![intervals(1)], vec![subsets(3); 3]].concat()),
        (element(2, 0, false), [vec![intervals(1)], vec![subsets(3); 3]].concat()),
        (element(3, 0, false), [vec![subsets(2)], vec![intervals(3); 4]].concat()),
        (table(&[&[0, 1], &[1, 0], &[1, 2], &[2, 2], &[0, 2]], Some(true)), vec![subsets(2), subsets(3), intervals(1)]),
        (table(&[&[0, 0, 0], &[0, 1, 1], &[1, 0, 1], &[1, 1, 1], &[2, 1, 1]], None), vec![subsets(2); 3]),
    ];
    for (case, domains) in cases {
        let sharing = (0..domains.len()).collect_vec();
        for domains in domains.into_iter().multi_cartesian_product() {
            check(&case, &sharing, &domains);
        }
    }
}
