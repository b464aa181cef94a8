//! [`minimal_conflict`]: constraints that have no solution together, each of them needed for that.

use super::oracle::Oracle;
use crate::model::Model;
use crate::search::Options;
use itertools::Itertools;

/// What stands in the way of a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// The indices of constraints that have no solution together, while each of them is needed for that.
    Between(Vec<usize>),
    /// Nothing: the constraints have a solution.
    None,
    /// A limit was reached first.
    Unknown,
}

/// A minimal set of constraints that cannot hold together. Objectives play no part. The limits hold for all searches
/// together.
///
/// Where propagation alone sees a conflict, it is shrunk by propagation, which takes milliseconds, and only what is left
/// is searched: once for each constraint. Otherwise `QuickXplain` (Junker, 2004) halves the constraints, and keeps of
/// each half only what the conflict needs: about `k * log2(n / k)` searches for `k` of `n` constraints. Solutions found
/// on the way answer for every set of constraints that they satisfy.
pub fn minimal_conflict(model: &Model, options: &Options) -> Clash {
    let mut oracle = Oracle::new(model, options);
    let all: Vec<usize> = (0..oracle.constraints()).collect();
    let found = if let Some(core) = propagation_core(&mut oracle, &all) {
        without_the_needless(&mut oracle, core)
    } else {
        match oracle.consistent(&all) {
            Some(true) => return Clash::None,
            Some(false) => needed(&mut oracle, &[], false, &all),
            None => None,
        }
    };
    found.map_or(Clash::Unknown, |mut conflict| {
        conflict.sort_unstable();
        Clash::Between(conflict)
    })
}

/// A set that propagation alone refutes, small but not always minimal; none if it does not refute the whole.
///
/// The constraint at which the others first clash is part of a conflict with those before it. It goes to the front, those
/// behind it are left out, and the rest is tried again, until the front clashes by itself. So of several constraints that
/// would do, the one stated first is named.
fn propagation_core(oracle: &mut Oracle, all: &[usize]) -> Option<Vec<usize>> {
    let mut position = oracle.first_clash(all)?;
    let (mut front, mut order) = (0, all.to_vec());
    // What clashes is always `order[..=position]`.
    while position >= front {
        order.truncate(position + 1);
        order[front..].rotate_right(1);
        front += 1;
        let Some(next) = oracle.first_clash(&order) else { return Some(order) };
        position = next;
    }
    order.truncate(position + 1);
    Some(order)
}

/// The constraints of a conflict without those that can go, one after another.
fn without_the_needless(oracle: &mut Oracle, conflict: Vec<usize>) -> Option<Vec<usize>> {
    let mut kept = conflict.clone();
    for index in conflict.into_iter().sorted_unstable().rev() {
        let others: Vec<usize> = kept.iter().copied().filter(|&other| other != index).collect();
        if !oracle.consistent(&others)? {
            kept = others;
        }
    }
    Some(kept)
}

/// What of `candidates` a conflict with `background` needs; `grown` says whether the background is new.
fn needed(oracle: &mut Oracle, background: &[usize], grown: bool, candidates: &[usize]) -> Option<Vec<usize>> {
    if grown && !oracle.consistent(background)? {
        return Some(Vec::new());
    }
    if candidates.len() <= 1 {
        return Some(candidates.to_vec());
    }
    let (first, second) = candidates.split_at(candidates.len() / 2);
    let of_second = needed(oracle, &[background, first].concat(), true, second)?;
    let of_first = needed(oracle, &[background, &of_second].concat(), !of_second.is_empty(), first)?;
    Some([of_first, of_second].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse;
    use crate::model::Values;

    #[test]
    fn a_conflict_is_minimal() {
        let mut model = Model::new();
        for name in ["a", "b", "c"] {
            model.add_variable(name, Values::range(1, 20, 1).unwrap()).unwrap();
        }
        for text in ["a <= 10", "a * b >= 50", "c % 3 == 0", "b <= 4", "a + c <= 30", "c != 7"] {
            let expr = parse(text, &model).unwrap();
            model.require(expr);
        }
        assert_eq!(minimal_conflict(&model, &Options::default()), Clash::Between(vec![0, 1, 3]));
        model.keep_constraints(&[0, 1, 2]);
        assert_eq!(minimal_conflict(&model, &Options::default()), Clash::None);
    }
}
