//! [`minimal_conflict`]: constraints that have no solution together, each of them needed for that.

use super::oracle::Oracle;
use crate::model::{Expr, Model};
use crate::search::Options;
use itertools::Itertools;

/// What stands in the way of a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// The indices of constraints that have no solution together, while each of them is needed for that; those that only
    /// bound a variable of very many values are kept wherever another of them speaks of it.
    Between(Vec<usize>),
    /// Constraints that have no solution together; a limit was reached before each was found to be needed or not.
    Among(Vec<usize>),
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
///
/// Without a constraint such as `x in {16, 32}` a variable declared as 1 to 2^30 would have all of these values, and a
/// search over them may never end: such constraints are part of every set that is tried.
pub fn minimal_conflict(model: &Model, options: &Options) -> Clash {
    let mut oracle = Oracle::new(model, options);
    let all: Vec<usize> = (0..oracle.constraints()).collect();
    let (kept, candidates) = ranges(model, all.clone());
    if let Some(core) = propagation_core(&mut oracle, &all) {
        return without_the_needless(&mut oracle, model, core);
    }
    match oracle.consistent(&all) {
        Some(true) => return Clash::None,
        Some(false) => {}
        None => return Clash::Unknown,
    }
    match needed(&mut oracle, &kept, !kept.is_empty(), &candidates) {
        Some(conflict) => Clash::Between(with_ranges(model, &kept, conflict)),
        None => Clash::Among(oracle.smallest_clash().unwrap_or(all)),
    }
}

/// Those that only say which values a variable of very many may take, and the others. Alone they are ordinary constraints.
fn ranges(model: &Model, constraints: Vec<usize>) -> (Vec<usize>, Vec<usize>) {
    const MANY: u64 = 1 << 16;
    let is_range = |&index: &usize| {
        let expr = &model.constraints()[index].expr;
        let of_one = match expr {
            Expr::Member(operand, _) => matches!(**operand, Expr::Variable(_)),
            Expr::Compare(_, a, b) => matches!((&**a, &**b), (Expr::Variable(_), Expr::Constant(_))),
            _ => false,
        };
        of_one && expr.variables().iter().all(|&variable| model.variable(variable).values.len() > MANY)
    };
    let (ranges, others): (Vec<usize>, Vec<usize>) = constraints.iter().partition(|index| is_range(index));
    if others.is_empty() { (Vec::new(), constraints) } else { (ranges, others) }
}

/// The conflict with the ranges of its variables, ascending.
fn with_ranges(model: &Model, ranges: &[usize], mut conflict: Vec<usize>) -> Vec<usize> {
    let variables = |index: usize| model.constraints()[index].expr.variables();
    let spoken_of: Vec<_> = conflict.iter().flat_map(|&index| variables(index)).collect();
    conflict
        .extend(ranges.iter().filter(|&&index| variables(index).iter().any(|variable| spoken_of.contains(variable))));
    conflict.sort_unstable();
    conflict.dedup();
    conflict
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
fn without_the_needless(oracle: &mut Oracle, model: &Model, conflict: Vec<usize>) -> Clash {
    let (ranges, candidates) = ranges(model, conflict.iter().copied().sorted_unstable().collect());
    let mut kept = candidates.clone();
    for index in candidates.into_iter().rev() {
        let others: Vec<usize> = kept.iter().copied().filter(|&other| other != index).collect();
        match oracle.consistent(&[&ranges[..], &others].concat()) {
            Some(true) => {}
            Some(false) => kept = others,
            None => return Clash::Among(with_ranges(model, &ranges, kept)),
        }
    }
    Clash::Between(with_ranges(model, &ranges, kept))
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
