//! The part of a diagram whose variables have given values.

use super::runs::push_run;
use super::{Diagram, END, Growing, NOTHING, Node, NodeId};
use crate::model::Values;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Copies the part of a diagram that the allowed values of its variables reach from a node; where each node went.
pub(in crate::space) fn copy<'a>(
    diagram: &Diagram,
    root: NodeId,
    growing: &mut Growing,
    allowed: impl Fn(u32) -> Option<&'a Values>,
) -> FxHashMap<NodeId, NodeId> {
    let mut reached = BTreeSet::from([root]);
    let mut kept = Vec::new();
    // What a node leads to has a smaller number.
    while let Some(id) = reached.pop_last() {
        let node = allowed_part(diagram.node(id), &allowed);
        reached.extend(node.children());
        kept.push((id, node));
    }
    let mut moved = FxHashMap::from_iter([(NOTHING, NOTHING), (END, END)]);
    for (id, node) in kept.into_iter().rev() {
        let new = match node {
            Node::Nothing => NOTHING,
            Node::End => END,
            Node::Split(parts) => {
                let parts: Vec<NodeId> = parts.iter().map(|part| moved[part]).collect();
                growing.split(&parts)
            }
            Node::Choice { variable, runs } => {
                let mut left = Vec::with_capacity(runs.len());
                for mut run in runs {
                    run.child = moved[&run.child];
                    push_run(&mut left, &run);
                }
                growing.choice(variable, left)
            }
        };
        moved.insert(id, new);
    }
    moved
}

fn allowed_part<'a>(node: &Node, allowed: &impl Fn(u32) -> Option<&'a Values>) -> Node {
    let Node::Choice { variable, runs } = node else { return node.clone() };
    let Some(values) = allowed(*variable) else { return node.clone() };
    let mut left = Vec::new();
    for run in runs {
        run.push_allowed(values, run.child, &mut left);
    }
    Node::Choice { variable: *variable, runs: left.into() }
}
