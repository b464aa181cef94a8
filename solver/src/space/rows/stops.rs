//! [`Stops`]: where a walk through rows may stop, because what follows is short and may follow other starts too.

use crate::space::diagram::{Diagram, Node, NodeId};
use num_traits::ToPrimitive;
use rustc_hash::FxHashMap;

/// More lists of nodes are not told apart: a walk goes on past what is new then.
const MOST_LISTS: usize = 1 << 16;

/// Where a walk stops: at lists of independent nodes that have few rows and set all columns from one on.
#[derive(Debug, Clone)]
pub(super) struct Stops {
    most: u64,
    /// Of each node: its rows, as far as a word holds them, and the first column that it sets.
    nodes: Box<[(u64, u32)]>,
    /// Lists of several nodes, and their numbers, which follow those of nodes.
    lists: FxHashMap<Box<[NodeId]>, u32>,
    /// The nodes at which the walk is.
    present: Vec<NodeId>,
    stop: Option<(u32, u64, usize)>,
}

/// The end of some rows, as part of a diagram.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop<'a> {
    /// Equal numbers, equal nodes.
    pub(super) part: u32,
    pub(super) rows: u64,
    pub(super) nodes: &'a [NodeId],
    /// The first column of the end.
    pub(super) first: usize,
}

impl Stops {
    /// Stops at no more than so many rows.
    pub(super) fn new(diagram: &Diagram, most: u32) -> Self {
        let mut nodes: Vec<(u64, u32)> = Vec::with_capacity(diagram.len());
        for id in (0..).take(diagram.len()) {
            let node = diagram.node(id);
            let own = if let Node::Choice { variable, .. } = node { *variable } else { u32::MAX };
            let first = node.children().into_iter().map(|child| nodes[child as usize].1).fold(own, u32::min);
            nodes.push((diagram.count(id).to_u64().unwrap_or(u64::MAX), first));
        }
        let (lists, present) = (FxHashMap::default(), Vec::new());
        Self { most: most.into(), nodes: nodes.into(), lists, present, stop: None }
    }

    /// Where the walk has stopped.
    pub(super) fn stop(&self) -> Option<Stop<'_>> {
        self.stop.map(|(part, rows, first)| Stop { part, rows, nodes: &self.present, first })
    }

    pub(super) fn go_on(&mut self) {
        self.stop = None;
    }

    /// Whether to stop at these nodes, which set what is left after columns up to the last one.
    pub(super) fn stop_at(&mut self, nodes: impl Iterator<Item = NodeId>, last: Option<u32>) -> bool {
        self.present.clear();
        let (mut rows, mut first) = (1u64, u32::MAX);
        for node in nodes {
            let (more, column) = self.nodes[node as usize];
            (rows, first) = (rows.saturating_mul(more), first.min(column));
            if rows > self.most || last.is_some_and(|last| last > first) {
                return false;
            }
            self.present.push(node);
        }
        self.stop = self.part().map(|part| (part, rows, first as usize));
        self.stop.is_some()
    }

    /// The number of the present nodes; none, where there are too many lists.
    fn part(&mut self) -> Option<u32> {
        if let [node] = self.present[..] {
            return Some(node);
        }
        if let Some(&part) = self.lists.get(&self.present[..]) {
            return Some(part);
        }
        let part = u32::try_from(self.nodes.len() + self.lists.len()).ok()?;
        (self.lists.len() < MOST_LISTS).then(|| {
            self.lists.insert(self.present.as_slice().into(), part);
            part
        })
    }
}
