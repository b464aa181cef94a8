//! [`Hulls`]: what the variables of an objective can be below each node.

use crate::space::diagram::NodeId;
use crate::space::terms::term::Position;

/// For each node, smallest and largest value of some variables below it; reversed where a variable is not.
pub(super) struct Hulls {
    /// The positions of the variables, ascending.
    pub(super) positions: Vec<Position>,
    pub(super) hulls: Vec<(i64, i64)>,
}

impl Hulls {
    pub(super) fn of(&self, node: NodeId, slot: usize) -> (i64, i64) {
        self.hulls[node as usize * self.positions.len() + slot]
    }

    /// Of a variable below one of the nodes.
    pub(super) fn among(&self, nodes: &[NodeId], position: Position) -> (i64, i64) {
        let slot = self.positions.binary_search(&position).expect("a variable of the objective");
        let hulls = nodes.iter().map(|&node| self.of(node, slot));
        hulls.fold((i64::MAX, i64::MIN), |a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}
