//! Domain consistency by matching variables with values (Régin, 1994).
//!
//! Given one way to give every variable a value of its own, variable `x` can also have the value `v` exactly if the
//! owner of `v` can move elsewhere: on to a value that nobody owns, or round to the value that `x` gives up. The first
//! is a search from the values that are free, the second is that `x` and the owner are in one strongly connected
//! component of "can take over from".

use crate::store::{Conflict, Store, Var};
use itertools::Itertools;

/// Keeps the values that occur in some way to give every variable a value of its own.
pub(super) fn keep_matched(store: &mut Store, vars: &[Var]) -> Result<(), Conflict> {
    let values = vars.iter().flat_map(|&var| store.domain(var).iter()).sorted_unstable().dedup().collect_vec();
    let rank = |value: i64| values.binary_search(&value).expect("a value of some variable");
    let choices = vars.iter().map(|&var| store.domain(var).iter().map(rank).collect_vec()).collect_vec();
    let matching = Matching::covering(&choices, values.len()).ok_or(Conflict)?;
    let graph = Graph::new(&choices, &matching);
    let (escapes, component) = (graph.escapes(), graph.components());
    for (x, &var) in vars.iter().enumerate() {
        let supported = |&&value: &&usize| match matching.owner[value] {
            None => true,
            Some(owner) => escapes[owner] || component[owner] == component[x],
        };
        let kept = choices[x].iter().filter(supported).map(|&value| values[value]).collect_vec();
        if kept.len() < choices[x].len() {
            store.restrict_to_sorted(var, &kept)?;
        }
    }
    Ok(())
}

/// A value for each variable, none twice. Variables and values are indices.
struct Matching {
    chosen: Vec<Option<usize>>,
    owner: Vec<Option<usize>>,
}

impl Matching {
    /// A matching in which every variable has a value, if there is one.
    fn covering(choices: &[Vec<usize>], values: usize) -> Option<Self> {
        let mut matching = Self { chosen: vec![None; choices.len()], owner: vec![None; values] };
        (0..choices.len()).all(|variable| matching.add(choices, variable)).then_some(matching)
    }

    /// Gives one more variable a value, moving others where that is needed: a breadth-first search for a free value.
    fn add(&mut self, choices: &[Vec<usize>], variable: usize) -> bool {
        let mut reached_by = vec![None; self.owner.len()];
        let mut queue = vec![variable];
        let mut next = 0;
        while let Some(&taker) = queue.get(next) {
            next += 1;
            for &value in &choices[taker] {
                if reached_by[value].is_some() {
                    continue;
                }
                reached_by[value] = Some(taker);
                let Some(owner) = self.owner[value] else {
                    self.shift(&reached_by, value);
                    return true;
                };
                queue.push(owner);
            }
        }
        false
    }

    /// Gives a free value to whoever reached it, the value given up to whoever reached that one, and so on.
    fn shift(&mut self, reached_by: &[Option<usize>], free: usize) {
        let mut given = Some(free);
        while let Some(value) = given {
            let taker = reached_by[value].expect("on the path");
            self.owner[value] = Some(taker);
            given = self.chosen[taker].replace(value);
        }
    }
}

/// `x` points to `y` if `x` can take what `y` owns.
struct Graph<'a> {
    choices: &'a [Vec<usize>],
    matching: &'a Matching,
    /// For each value, the variables that can take it.
    takers: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn new(choices: &'a [Vec<usize>], matching: &'a Matching) -> Self {
        let mut takers = vec![Vec::new(); matching.owner.len()];
        for (variable, choices) in choices.iter().enumerate() {
            for &value in choices {
                takers[value].push(variable);
            }
        }
        Self { choices, matching, takers }
    }

    /// Who can take what the variable owns, itself included.
    fn takers_from(&self, variable: usize) -> &[usize] {
        &self.takers[self.matching.chosen[variable].expect("the matching covers all")]
    }

    /// For each variable, whether it can give up its value with all others still served: by moves that end at a value
    /// which nobody owns.
    fn escapes(&self) -> Vec<bool> {
        let mut escapes = vec![false; self.choices.len()];
        let free = self.takers.iter().zip(&self.matching.owner).filter(|(_, owner)| owner.is_none());
        let mut pending = free.flat_map(|(takers, _)| takers.iter().copied()).collect_vec();
        while let Some(variable) = pending.pop() {
            if !std::mem::replace(&mut escapes[variable], true) {
                pending.extend(self.takers_from(variable));
            }
        }
        escapes
    }

    /// For each variable, a number that it shares with those that it is on a cycle with (Kosaraju's algorithm).
    fn components(&self) -> Vec<usize> {
        let mut component = vec![usize::MAX; self.choices.len()];
        for (number, root) in self.finishing_order().into_iter().rev().enumerate() {
            let mut pending = vec![root];
            while let Some(variable) = pending.pop() {
                if component[variable] == usize::MAX {
                    component[variable] = number;
                    pending.extend(self.takers_from(variable));
                }
            }
        }
        component
    }

    /// The variables in the order in which a depth-first search leaves them.
    fn finishing_order(&self) -> Vec<usize> {
        let (mut seen, mut order) = (vec![false; self.choices.len()], Vec::with_capacity(self.choices.len()));
        let mut path = Vec::new();
        for root in 0..self.choices.len() {
            if !std::mem::replace(&mut seen[root], true) {
                path.push((root, 0));
            }
            while let Some((variable, next)) = path.last_mut() {
                let Some(&value) = self.choices[*variable].get(*next) else {
                    order.push(*variable);
                    path.pop();
                    continue;
                };
                *next += 1;
                if let Some(owner) = self.matching.owner[value]
                    && !std::mem::replace(&mut seen[owner], true)
                {
                    path.push((owner, 0));
                }
            }
        }
        order
    }
}
