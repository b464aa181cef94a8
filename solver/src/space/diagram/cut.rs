//! Sub-spaces: the solutions whose variables lie in given sets.

use super::runs::push_run;
use super::{Diagram, END, Growing, NOTHING, Node, NodeId};
use crate::model::{Values, VarId};
use crate::space::solutions::SolutionSpace;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

impl SolutionSpace {
    /// The solutions in which each of the variables has one of the values given for it, as a space of its own; where a
    /// variable is named twice, both sets hold. Takes a pass over the part of the diagram that is left, not over rows.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// let a = model.add_variable("a", Values::range(1, 1000, 1)?)?;
    /// let b = model.add_variable("b", Values::range(1, 1000, 1)?)?;
    /// let expr = language::parse("a % b == 0", &model)?;
    /// model.require(expr);
    /// let space = SolutionSpace::build(&model, &Limits::default())?;
    /// let part = space.restrict(&[(a, Values::range(100, 120, 10)?), (b, Values::list([3, 11, 50])?)]);
    /// assert_eq!(part.iter().collect::<Vec<_>>(), [[100, 50], [110, 11], [120, 3]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If a variable is not one of the space's.
    #[must_use]
    pub fn restrict(&self, allowed: &[(VarId, Values)]) -> Self {
        let mut sets: Vec<Vec<&Values>> = vec![Vec::new(); self.fixed.len()];
        for (variable, values) in allowed {
            sets[variable.index()].push(values);
        }
        let mut part = self.clone();
        // Each pass cuts by one set a variable at most.
        while sets.iter().any(|sets| !sets.is_empty()) {
            let pass: Vec<Option<&Values>> = sets.iter_mut().map(Vec::pop).collect();
            part = part.within(&pass);
        }
        part
    }

    /// The solutions whose values are in the sets, of which there may be one for each variable.
    pub(in crate::space) fn within(&self, allowed: &[Option<&Values>]) -> Self {
        let mut growing = Growing::new();
        let outside = |variable: usize| allowed[variable].is_some_and(|set| !set.contains(self.fixed[variable]));
        let mut closed = vec![true; self.fixed.len()];
        self.open.iter().for_each(|&variable| closed[variable as usize] = false);
        if (0..self.fixed.len()).any(|variable| closed[variable] && outside(variable)) {
            return self.with_diagram(&growing, NOTHING);
        }
        let kept = copy(&self.diagram, self.root, &mut growing, |variable| allowed[variable as usize]);
        self.with_diagram(&growing, kept[&self.root])
    }

    /// A space of the same variables.
    pub(in crate::space) fn with_diagram(&self, growing: &Growing, root: NodeId) -> Self {
        let (diagram, root) = growing.diagram.reachable(root);
        Self { diagram, root, fixed: self.fixed.clone(), open: self.open.clone(), variables: self.variables.clone() }
    }
}

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
