//! [`Frontier`]: what is left of a row, node by node in the order of the columns; rows by their index.
//!
//! The rule: a row is a walk over open choices, the one of the least column first. Each choice adds to the index the number of
//! rows below the smaller values of that choice, times the number of rows of all other open parts. The sum is how many rows come
//! before.

use crate::space::diagram::{Diagram, Node, NodeId, Run};
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};

/// Nodes of independent parts, each with the choice of one column before it. Taking the least column first goes through a
/// row from left to right, also where parts interleave.
#[derive(Debug, Clone)]
pub(in crate::space) struct Frontier<'a> {
    diagram: &'a Diagram,
    /// The column that each chooses and the node; least columns last.
    heads: Vec<(u32, NodeId)>,
}

impl<'a> Frontier<'a> {
    pub(in crate::space) fn new(diagram: &'a Diagram, nodes: &[NodeId]) -> Self {
        let mut frontier = Self { diagram, heads: Vec::new() };
        for &node in nodes {
            frontier.insert(node);
        }
        frontier
    }

    fn insert(&mut self, node: NodeId) {
        match self.diagram.node(node) {
            Node::Nothing | Node::End => {}
            Node::Split(parts) => parts.iter().for_each(|&part| self.insert(part)),
            Node::Choice { variable, .. } => {
                let place = self.heads.partition_point(|(column, _)| column > variable);
                self.heads.insert(place, (*variable, node));
            }
        }
    }

    /// Takes the node with the least column: the column, and its values.
    fn take(&mut self) -> Option<(usize, &'a [Run])> {
        let (column, node) = self.heads.pop()?;
        let Node::Choice { runs, .. } = self.diagram.node(node) else { unreachable!("only choices are inserted") };
        Some((column as usize, runs))
    }

    /// In how many ways the nodes can be gone through.
    fn rows(&self) -> BigUint {
        self.heads.iter().map(|&(_, node)| self.diagram.count(node)).product()
    }

    /// The nodes, by the columns that they choose.
    pub(in crate::space) fn into_nodes(self) -> Vec<NodeId> {
        self.heads.into_iter().rev().map(|(_, node)| node).collect()
    }

    /// Sets the columns of the nodes as in their row at an index, which there is.
    pub(in crate::space) fn set(mut self, mut index: BigUint, row: &mut [i64]) {
        while let Some((column, runs)) = self.take() {
            let others = self.rows();
            for run in runs {
                let each = self.diagram.count(run.child) * &others;
                let all = &each * run.count;
                if index < all {
                    let steps = (&index / &each).to_u64().expect("below the length of the run");
                    row[column] = run.value(steps);
                    index %= each;
                    self.insert(run.child);
                    break;
                }
                index -= all;
            }
        }
    }

    /// The index of a row among those of the nodes; other columns play no part. None where it is no row of theirs.
    pub(in crate::space) fn index_of(mut self, row: &[i64]) -> Option<BigUint> {
        let mut index = BigUint::zero();
        while let Some((column, runs)) = self.take() {
            let before = |run: &Run| self.diagram.count(run.child) * run.rank(row[column]);
            index += runs.iter().map(before).sum::<BigUint>() * self.rows();
            self.insert(runs.iter().find(|run| run.contains(row[column]))?.child);
        }
        Some(index)
    }
}
