//! [`Diagram`]: nodes that stand for sets of rows, equal ones stored once; nothing here knows a term or a constraint.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod` | nodes stored once, and how many rows each stands for |
//! | `runs`, `cut` | parts of runs; the part of a diagram with given values |

pub(super) mod cut;
pub(super) mod runs;

use num_bigint::BigUint;
use num_traits::{One, Zero};
use rustc_hash::FxHashMap;

/// One node of a [`Diagram`]. What it points to has a smaller number.
pub(super) type NodeId = u32;

/// No rows.
pub(super) const NOTHING: NodeId = 0;
/// The row of no variables.
pub(super) const END: NodeId = 1;

/// Neighbouring values that lead to the same node: `first, first + step, …`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) first: i64,
    /// 0 for a single value.
    pub(super) step: i64,
    pub(super) count: u64,
    pub(super) child: NodeId,
}

impl Run {
    pub(super) fn value(&self, index: u64) -> i64 {
        let offset = i128::from(index) * i128::from(self.step);
        i64::try_from(i128::from(self.first) + offset).expect("within the run")
    }

    pub(super) fn contains(&self, value: i64) -> bool {
        let distance = i128::from(value) - i128::from(self.first);
        let step = i128::from(self.step.max(1));
        distance >= 0 && distance % step == 0 && distance / step < i128::from(self.count)
    }
}

/// What a node says of the variables below it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Nothing,
    End,
    /// A value for one variable, then the rest.
    Choice {
        /// Its index in the model.
        variable: u32,
        /// Ascending by value.
        runs: Box<[Run]>,
    },
    /// Every combination of rows of several nodes, at least two, with no variable in common.
    Split(Box<[NodeId]>),
}

impl Node {
    pub(super) fn children(&self) -> Vec<NodeId> {
        match self {
            Self::Nothing | Self::End => Vec::new(),
            Self::Choice { runs, .. } => runs.iter().map(|run| run.child).collect(),
            Self::Split(parts) => parts.to_vec(),
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Nothing | Self::End => 0,
            Self::Choice { runs, .. } => size_of_val(&**runs),
            Self::Split(parts) => size_of_val(&**parts),
        }
    }
}

/// See the module documentation.
#[derive(Debug, Clone)]
pub(super) struct Diagram {
    nodes: Vec<Node>,
    counts: Vec<BigUint>,
    bytes: usize,
}

impl Diagram {
    fn new() -> Self {
        let nodes = vec![Node::Nothing, Node::End];
        Self { nodes, counts: vec![BigUint::zero(), BigUint::one()], bytes: 0 }
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// How many rows the node stands for.
    pub(super) fn count(&self, id: NodeId) -> &BigUint {
        &self.counts[id as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Bytes held, estimated to within the overhead of the allocator.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn push(&mut self, node: Node) -> NodeId {
        let count = match &node {
            Node::Nothing => BigUint::zero(),
            Node::End => BigUint::one(),
            Node::Choice { runs, .. } => runs.iter().map(|run| self.count(run.child) * run.count).sum(),
            Node::Split(parts) => parts.iter().map(|&part| self.count(part)).product(),
        };
        let digits = usize::try_from(count.bits() / 8).unwrap_or(usize::MAX);
        self.bytes += size_of::<Node>() + node.heap_bytes() + size_of::<BigUint>() + digits;
        self.nodes.push(node);
        self.counts.push(count);
        NodeId::try_from(self.nodes.len() - 1).expect("fewer than 2^32 nodes")
    }

    /// The part that `root` reaches, and the number of the root there.
    pub(super) fn reachable(&self, root: NodeId) -> (Self, NodeId) {
        let mut needed = vec![false; self.len()];
        needed[root as usize] = true;
        for id in (0..self.len()).rev().filter(|&id| id <= root as usize) {
            if needed[id] {
                for child in self.nodes[id].children() {
                    needed[child as usize] = true;
                }
            }
        }
        let mut kept = Self::new();
        let mut moved: Vec<NodeId> = vec![NOTHING, END];
        for (node, needed) in self.nodes.iter().zip(needed).skip(2) {
            let new = if needed { kept.push(renumbered(node, &moved)) } else { NOTHING };
            moved.push(new);
        }
        (kept, moved[root as usize])
    }
}

fn renumbered(node: &Node, moved: &[NodeId]) -> Node {
    match node {
        Node::Choice { variable, runs } => {
            let moved = runs.iter().map(|run| Run { child: moved[run.child as usize], ..run.clone() });
            Node::Choice { variable: *variable, runs: moved.collect() }
        }
        Node::Split(parts) => Node::Split(parts.iter().map(|&part| moved[part as usize]).collect()),
        other => other.clone(),
    }
}

/// Bytes of the place of a node in an index, which doubles as it grows, and of the allocations of the node.
const INDEX_BYTES: usize = 128;

/// A diagram that grows, and finds the nodes that it has.
#[derive(Debug)]
pub(super) struct Growing {
    pub(super) diagram: Diagram,
    known: FxHashMap<Node, NodeId>,
}

impl Growing {
    pub(super) fn new() -> Self {
        Self { diagram: Diagram::new(), known: FxHashMap::default() }
    }

    /// Bytes held, with the index of nodes.
    pub(super) fn bytes(&self) -> usize {
        2 * self.diagram.bytes() + INDEX_BYTES * self.diagram.len()
    }

    fn add(&mut self, node: Node) -> NodeId {
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let id = self.diagram.push(node.clone());
        self.known.insert(node, id);
        id
    }

    /// A node that chooses a value; without runs, it is [`NOTHING`].
    pub(super) fn choice(&mut self, variable: u32, runs: Vec<Run>) -> NodeId {
        if runs.is_empty() { NOTHING } else { self.add(Node::Choice { variable, runs: runs.into() }) }
    }

    /// All combinations of rows of the parts.
    pub(super) fn split(&mut self, parts: &[NodeId]) -> NodeId {
        if parts.contains(&NOTHING) {
            return NOTHING;
        }
        let mut flat = Vec::with_capacity(parts.len());
        for &part in parts {
            match self.diagram.node(part) {
                Node::End => {}
                Node::Split(inner) => flat.extend_from_slice(inner),
                _ => flat.push(part),
            }
        }
        match flat[..] {
            [] => END,
            [only] => only,
            _ => self.add(Node::Split(flat.into())),
        }
    }
}

/// Adds a value that is larger than those before to the runs of a node.
pub(super) fn push_value(runs: &mut Vec<Run>, value: i64, child: NodeId) {
    if child == NOTHING {
        return;
    }
    if let Some(run) = runs.last_mut()
        && run.child == child
    {
        let distance = value - run.value(run.count - 1);
        if run.count == 1 || distance == run.step {
            (run.step, run.count) = (distance, run.count + 1);
            return;
        }
    }
    runs.push(Run { first: value, step: 0, count: 1, child });
}
