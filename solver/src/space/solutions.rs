//! [`SolutionSpace`]: a diagram, and what each of its variables is.

use super::diagram::{Diagram, NOTHING, Node, NodeId};
use crate::model::{VarId, Variable};
use num_bigint::BigUint;
use std::sync::Arc;

/// All solutions of a model: assignments that satisfy every constraint and at which every objective is defined.
///
/// ```
/// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
///
/// let mut model = Model::new();
/// for name in ["a", "b", "c", "d"] {
///     model.add_variable(name, Values::range(1, 1000, 1)?)?;
/// }
/// for text in ["a % b == 0", "c + d == 700"] {
///     let expr = language::parse(text, &model)?;
///     model.require(expr);
/// }
/// let space = SolutionSpace::build(&model, &Limits::default())?;
/// assert_eq!(space.len(), (7069u32 * 699).into());
/// assert_eq!(space.get(&5u32.into()), Some(vec![1, 1, 6, 694]));
/// assert!(space.contains(&[12, 4, 1, 699]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Order
///
/// Rows have an order: that of the choices of the diagram, each variable's smallest value first. [`SolutionSpace::get`]
/// and [`SolutionSpace::iter`] keep to it. It is the lexicographic order of [`Search`](crate::Search) unless a variable
/// with too many values to list was put last: [`SolutionSpace::is_lexicographic`] tells.
#[derive(Debug, Clone)]
pub struct SolutionSpace {
    pub(super) diagram: Diagram,
    pub(super) root: NodeId,
    /// A value for each variable: that of those with one value.
    pub(super) fixed: Vec<i64>,
    /// The other variables, in the order of the diagram.
    pub(super) open: Vec<u32>,
    /// As declared, a column of the rows each.
    pub(super) variables: Arc<[Variable]>,
}

impl SolutionSpace {
    /// How many solutions there are.
    pub fn len(&self) -> BigUint {
        self.diagram.count(self.root).clone()
    }

    /// Whether there is no solution.
    pub fn is_empty(&self) -> bool {
        self.root == NOTHING
    }

    /// The variables as they were declared, in the order of the values of a row.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The ids of the variables, in the same order. A projection has ids of its own.
    pub fn variable_ids(&self) -> impl Iterator<Item = VarId> + use<> {
        (0..u32::try_from(self.variables.len()).expect("fewer than 2^32 variables")).map(VarId)
    }

    /// Whether the order of the space is known to be that of [`Search`](crate::Search): lexicographic by the model's
    /// variables, smallest values first.
    pub fn is_lexicographic(&self) -> bool {
        self.open.is_sorted()
    }

    /// Whether a row, with a value for each variable of the model, is a solution.
    pub fn contains(&self, row: &[i64]) -> bool {
        if row.len() != self.fixed.len() || self.is_empty() {
            return false;
        }
        let mut open = vec![false; row.len()];
        self.open.iter().for_each(|&variable| open[variable as usize] = true);
        if (0..row.len()).any(|index| !open[index] && row[index] != self.fixed[index]) {
            return false;
        }
        let mut pending = vec![self.root];
        while let Some(node) = pending.pop() {
            match self.diagram.node(node) {
                Node::Nothing | Node::End => {}
                Node::Split(parts) => pending.extend_from_slice(parts),
                Node::Choice { variable, runs } => {
                    let value = row[*variable as usize];
                    let place = runs.partition_point(|run| run.first <= value);
                    match place.checked_sub(1).map(|place| &runs[place]) {
                        Some(run) if run.contains(value) => pending.push(run.child),
                        _ => return false,
                    }
                }
            }
        }
        true
    }

    /// How many nodes the diagram has, with the two ends.
    pub fn nodes(&self) -> usize {
        self.diagram.len()
    }

    /// Bytes that the diagram holds, estimated to within the overhead of the allocator.
    pub fn bytes(&self) -> usize {
        self.diagram.bytes()
    }
}
