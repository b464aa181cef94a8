//! [`SolutionSpace`]: all solutions of a model at once, as a decision diagram.
//!
//! The diagram is ordered and reduced: it chooses variables one after the other, equal residual problems are one node,
//! and independent parts of a residual problem are split and multiplied. Its size, and the time to build it, grow with
//! the number of different residual problems, not with the number of solutions.
//!
//! | room or file | holds |
//! | --- | --- |
//! | `terms/` | expressions over variables and what is known of them |
//! | `diagram/` | nodes stored once, how many rows each stands for, and parts of them |
//! | `build/` | from a model to its diagram, or to the number of its solutions |
//! | `rows/` | questions to a space: rows, indices, samples, marginals, neighbours, projections |
//! | `best/` | the best rows by an objective |
//! | `budget`, `stack` | limits of queries; room for deep recursions |
//! | `error` | why there is no space, or no answer |
//!
//! Imports run one way: `best`, `rows`, `build`, then `terms` and `diagram`, which do not know each other, then the
//! files. A room knows [`SolutionSpace`] where it makes one or answers its questions.
//!
//! Nothing here shares code with the checker; propagation is asked once, at the root, for smaller domains.

mod best;
mod budget;
mod build;
mod diagram;
mod error;
mod rows;
mod stack;
mod terms;

#[cfg(test)]
mod count_tests;
#[cfg(test)]
mod query_tests;
#[cfg(test)]
mod tests;

pub use error::{Exhausted, SpaceError};
pub use rows::{Neighbourhood, RowBlock, RowBlocks, RowEnds, SpaceRows};
pub use stack::MAX_DEPTH;

use crate::model::{Model, VarId, Variable};
use crate::search::Limits;
use crate::simplify::simplified;
use build::count::Counting;
use build::root::{Order, root_domains};
use diagram::{Diagram, Growing, NOTHING, Node, NodeId};
use num_bigint::BigUint;
use num_traits::Zero;
use rows::frontier::Frontier;
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
    diagram: Diagram,
    root: NodeId,
    /// A value for each variable: that of those with one value.
    fixed: Vec<i64>,
    /// The other variables, in the order of the diagram.
    open: Vec<u32>,
    /// As declared, a column of the rows each.
    variables: Arc<[Variable]>,
}

impl SolutionSpace {
    /// Builds the space of a model. Of the limits, `nodes` counts residual problems and `memory_bytes` is what the
    /// building may hold, estimated.
    ///
    /// # Errors
    /// [`SpaceError`] when a limit is reached, a power is too large to be computed, or a variable with more than 2^16 values
    /// depends on several others that are not known before it, or takes values that are neither few nor a progression.
    pub fn build(model: &Model, limits: &Limits) -> Result<Self, SpaceError> {
        let deadline = limits.end();
        let simple = simplified(model);
        let model = simple.as_ref().unwrap_or(model);
        let Some(domains) = root_domains(model, limits, deadline)? else { return Ok(Self::empty(model)) };
        let order = Order::new(&domains);
        stack::with_room_for(order.variables.len(), || order.build(model, limits, deadline, &domains))
    }

    /// How many solutions a model has, without a diagram. Variables that an equation defines by others are left out, the
    /// others may come in another order, and the values of the last ones are found as intervals, residues and divisors
    /// rather than tried. What is kept to be met again is forgotten beyond 96 MiB, or half of the limit on memory where
    /// that is less, so that a count takes time where a diagram would take memory.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// for name in ["x", "y"] {
    ///     model.add_variable(name, Values::range(1, 1_000_000, 1)?)?;
    /// }
    /// let expr = language::parse("3 * x + 5 * y <= 10 ** 6", &model)?;
    /// model.require(expr);
    /// assert_eq!(SolutionSpace::count(&model, &Limits::default())?, 33_333_100_000u64.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`SolutionSpace::build`].
    pub fn count(model: &Model, limits: &Limits) -> Result<BigUint, SpaceError> {
        let deadline = limits.end();
        let simple = simplified(model);
        let model = simple.as_ref().unwrap_or(model);
        let Some(domains) = root_domains(model, limits, deadline)? else { return Ok(BigUint::zero()) };
        let open = domains.iter().filter(|domain| domain.fixed().is_none()).count();
        stack::with_room_for(open, || Counting { model, domains: &domains, limits, deadline }.count())
    }

    fn empty(model: &Model) -> Self {
        let diagram = Growing::new().diagram;
        let fixed = vec![0; model.variables().len()];
        Self { diagram, root: NOTHING, fixed, open: Vec::new(), variables: model.variables().into() }
    }

    /// How many solutions there are.
    pub fn len(&self) -> BigUint {
        self.diagram.count(self.root).clone()
    }

    /// Whether there is no solution.
    pub fn is_empty(&self) -> bool {
        self.root == NOTHING
    }

    /// The row at an index, counted from 0 in the order of the space; `None` from [`SolutionSpace::len`] on.
    pub fn get(&self, index: &BigUint) -> Option<Vec<i64>> {
        if index >= self.diagram.count(self.root) {
            return None;
        }
        let mut row = self.fixed.clone();
        Frontier::new(&self.diagram, &[self.root]).set(index.clone(), &mut row);
        Some(row)
    }

    /// The variables as they were declared, in the order of the values of a row.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The ids of the variables, in the same order. A projection has ids of its own.
    pub fn variable_ids(&self) -> impl Iterator<Item = VarId> + use<> {
        (0..u32::try_from(self.variables.len()).expect("fewer than 2^32 variables")).map(VarId)
    }

    /// All rows, in the order of the space.
    pub fn iter(&self) -> SpaceRows<'_> {
        SpaceRows::new(self)
    }

    /// All rows in the same order, in blocks of at most `most` rows that begin alike.
    pub fn blocks(&self, most: u32) -> RowBlocks<'_> {
        RowBlocks::new(self, most)
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

impl<'a> IntoIterator for &'a SolutionSpace {
    type Item = Vec<i64>;
    type IntoIter = SpaceRows<'a>;

    fn into_iter(self) -> SpaceRows<'a> {
        self.iter()
    }
}
