//! [`Unions`]: nodes for the rows of any of several nodes over the same variables.
//!
//! The union of `A × B` and `A × C` is `A × (B ∪ C)`. Otherwise it chooses the first variable, and for each value takes
//! the union of what follows: a determinisation, with the sets of nodes that were met before stored.

use super::marginals::MOST_COUNTED;
use crate::space::budget::Budget;
use crate::space::diagram::runs::push_run;
use crate::space::diagram::{Growing, NOTHING, Node, NodeId, Run};
use crate::space::error::SpaceError;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Runs of more values than this stay runs.
const LONG: u64 = 1 << 12;

/// See the module documentation.
pub(super) struct Unions<'a> {
    pub(super) growing: Growing,
    pub(super) budget: Budget<'a>,
    /// The place of each variable in the order of the diagram.
    places: Vec<u32>,
    names: &'a [String],
    known: FxHashMap<Box<[NodeId]>, NodeId>,
}

impl<'a> Unions<'a> {
    pub(super) fn new(places: Vec<u32>, names: &'a [String], budget: Budget<'a>) -> Self {
        Self { growing: Growing::new(), budget, places, names, known: FxHashMap::default() }
    }

    /// All combinations of rows of the parts, in the order of their first variables.
    pub(super) fn product(&mut self, parts: &[NodeId]) -> NodeId {
        let mut flat: Vec<NodeId> = parts.iter().flat_map(|&part| self.parts_of(part)).collect();
        flat.sort_by_key(|&part| self.place(part));
        self.growing.split(&flat)
    }

    /// The rows of any of the nodes.
    pub(super) fn union(&mut self, mut nodes: Vec<NodeId>) -> Result<NodeId, SpaceError> {
        nodes.sort_unstable();
        nodes.dedup();
        nodes.retain(|&node| node != NOTHING);
        match nodes[..] {
            [] => return Ok(NOTHING),
            [only] => return Ok(only),
            _ => {}
        }
        if let Some(&known) = self.known.get(&nodes[..]) {
            return Ok(known);
        }
        self.budget.spend(64 + size_of_val(&nodes[..]))?;
        let common = self.common_parts(&nodes);
        let node = if common.is_empty() { self.merged(&nodes)? } else { self.factored(&nodes, common)? };
        self.known.insert(nodes.into(), node);
        Ok(node)
    }

    fn parts_of(&self, node: NodeId) -> Vec<NodeId> {
        match self.growing.diagram.node(node) {
            Node::End => Vec::new(),
            Node::Split(parts) => parts.to_vec(),
            Node::Nothing | Node::Choice { .. } => vec![node],
        }
    }

    /// Where the first variable of a part is.
    fn place(&self, part: NodeId) -> u32 {
        match self.growing.diagram.node(part) {
            Node::Choice { variable, .. } => self.places[*variable as usize],
            Node::Split(parts) => parts.iter().map(|&part| self.place(part)).min().expect("two parts"),
            Node::Nothing | Node::End => u32::MAX,
        }
    }

    fn common_parts(&self, nodes: &[NodeId]) -> BTreeSet<NodeId> {
        let mut common = BTreeSet::from_iter(self.parts_of(nodes[0]));
        for &node in &nodes[1..] {
            let parts = self.parts_of(node);
            common.retain(|part| parts.contains(part));
        }
        common
    }

    fn factored(&mut self, nodes: &[NodeId], common: BTreeSet<NodeId>) -> Result<NodeId, SpaceError> {
        let mut others = Vec::with_capacity(nodes.len());
        for &node in nodes {
            let rest: Vec<NodeId> = self.parts_of(node).into_iter().filter(|part| !common.contains(part)).collect();
            others.push(self.product(&rest));
        }
        let union = self.union(others)?;
        Ok(self.product(&common.into_iter().chain([union]).collect::<Vec<_>>()))
    }

    /// Chooses the first variable.
    fn merged(&mut self, nodes: &[NodeId]) -> Result<NodeId, SpaceError> {
        let mut runs = Vec::new();
        let mut variable = 0;
        for &node in nodes {
            let (first, choices) = self.by_first_variable(node);
            variable = first;
            runs.extend(choices);
        }
        let too_wide = || SpaceError::TooWide {
            variable: self.names[variable as usize].clone(),
            values: runs.iter().map(|run| run.count).max().unwrap_or(0),
        };
        let segments = segments(&runs).ok_or_else(too_wide)?;
        let mut merged = Vec::with_capacity(segments.len());
        for (run, children) in segments {
            let child = self.union(children)?;
            push_run(&mut merged, &Run { child, ..run });
        }
        Ok(self.growing.choice(variable, merged))
    }

    /// The first variable of a node, and what follows each of its values.
    fn by_first_variable(&mut self, node: NodeId) -> (u32, Vec<Run>) {
        let mut parts = self.parts_of(node);
        let first = (0..parts.len()).min_by_key(|&part| self.place(parts[part])).expect("a part");
        let Node::Choice { variable, runs } = self.growing.diagram.node(parts.remove(first)).clone() else {
            unreachable!("parts of a union choose")
        };
        let after = |run: &Run| {
            let child = self.product(&[&parts[..], &[run.child]].concat());
            Run { child, ..run.clone() }
        };
        (variable, runs.iter().map(after).collect())
    }
}

/// The values of runs, ascending, as runs of values with the same children; `None` where long runs have different steps
/// and too many values to be taken one by one.
fn segments(runs: &[Run]) -> Option<Vec<(Run, Vec<NodeId>)>> {
    let (mut long, mut short): (Vec<&Run>, Vec<&Run>) = runs.iter().partition(|run| run.count > LONG);
    if let [pattern, others @ ..] = &long[..]
        && others.iter().any(|run| run.step != pattern.step || !on_lattice(pattern, run.first.into()))
    {
        if long.iter().map(|run| run.count).sum::<u64>() > MOST_COUNTED {
            return None;
        }
        short.append(&mut long);
    }
    let mut single: BTreeMap<i64, Vec<NodeId>> = BTreeMap::new();
    for run in short {
        (0..run.count).for_each(|index| single.entry(run.value(index)).or_default().push(run.child));
    }
    let one = |value: i64| Run { first: value, step: 0, count: 1, child: NOTHING };
    match long.first() {
        None => Some(single.into_iter().map(|(value, children)| (one(value), children)).collect()),
        Some(pattern) => Some(between_cuts(pattern, &long, &single)),
    }
}

fn on_lattice(pattern: &Run, value: i128) -> bool {
    (value - i128::from(pattern.first)) % i128::from(pattern.step) == 0
}

/// Long runs of one lattice, cut where one of them begins or ends and at single values.
fn between_cuts(pattern: &Run, long: &[&Run], single: &BTreeMap<i64, Vec<NodeId>>) -> Vec<(Run, Vec<NodeId>)> {
    let mut cuts: BTreeSet<i128> = BTreeSet::new();
    let ends = long.iter().map(|run| (run.first, run.last())).chain(single.keys().map(|&value| (value, value)));
    ends.for_each(|(first, last)| cuts.extend([i128::from(first), i128::from(last) + 1]));
    let cuts: Vec<i128> = cuts.into_iter().collect();
    let step = i128::from(pattern.step);
    let mut segments = Vec::new();
    for pair in cuts.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        let covers = |run: &&&Run| i128::from(run.first) <= start && start <= i128::from(run.last());
        let mut children: Vec<NodeId> = long.iter().filter(covers).map(|run| run.child).collect();
        let first = start + (i128::from(pattern.first) - start).rem_euclid(step);
        let value = |value: i128| i64::try_from(value).expect("a value of a run");
        if let Some(own) = single.get(&value(start)) {
            if first != start {
                children.clear();
            }
            children.extend(own);
            segments.push((Run { first: value(start), step: 0, count: 1, child: NOTHING }, children));
        } else if !children.is_empty() && first < end {
            let count = u64::try_from((end - 1 - first) / step + 1).expect("no more than a run has");
            let step = if count > 1 { pattern.step } else { 0 };
            segments.push((Run { first: value(first), step, count, child: NOTHING }, children));
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each value leads to, segment by segment, is what it leads to run by run.
    #[test]
    fn segments_hold_what_the_runs_hold() {
        let long = |first, count, child| Run { first, step: 3, count, child };
        let odd = |first, step, count, child| Run { first, step, count, child };
        let cases = [
            vec![long(0, 5000, 2), long(9000, 6000, 3), odd(30, 0, 1, 4), odd(31, 0, 1, 4), odd(14_998, 1, 8, 5)],
            vec![long(0, 5000, 2), long(3, 5000, 2), long(1, 5000, 3)],
            vec![odd(1, 2, 3, 2), odd(3, 2, 2, 3)],
        ];
        for runs in cases {
            let mut wanted: BTreeMap<i64, Vec<NodeId>> = BTreeMap::new();
            for run in &runs {
                (0..run.count).for_each(|index| wanted.entry(run.value(index)).or_default().push(run.child));
            }
            let mut found = Vec::new();
            for (run, children) in segments(&runs).unwrap() {
                found.extend((0..run.count).map(|index| (run.value(index), children.clone())));
            }
            for children in found.iter_mut().map(|(_, children)| children).chain(wanted.values_mut()) {
                children.sort_unstable();
            }
            assert!(found == wanted.into_iter().collect::<Vec<_>>(), "{runs:?}");
        }
        assert!(segments(&[odd(0, 2, 1 << 30, 2), odd(0, 3, 1 << 30, 3)]).is_none());
    }
}
