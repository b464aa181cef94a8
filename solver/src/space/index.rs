//! The index of a row: the inverse of [`SolutionSpace::get`].

use super::SolutionSpace;
use super::diagram::{Node, Run};
use num_bigint::BigUint;
use num_traits::Zero;

impl SolutionSpace {
    /// The index of a row in the order of the space; `None` where it is no solution.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// model.add_variable("x", Values::range(1, 1000, 1)?)?;
    /// model.add_variable("y", Values::range(1, 1000, 1)?)?;
    /// let expr = language::parse("x % y == 0", &model)?;
    /// model.require(expr);
    /// let space = SolutionSpace::build(&model, &Limits::default())?;
    /// let index = space.index_of(&[720, 6]).unwrap();
    /// assert_eq!(space.get(&index), Some(vec![720, 6]));
    /// assert_eq!(space.index_of(&[720, 7]), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn index_of(&self, row: &[i64]) -> Option<BigUint> {
        if !self.contains(row) {
            return None;
        }
        let mut index = BigUint::zero();
        // A node, and how many rows of all that comes after it there are for each of its rows.
        let mut pending = vec![(self.root, BigUint::from(1u32))];
        while let Some((node, weight)) = pending.pop() {
            match self.diagram.node(node) {
                Node::Nothing | Node::End => {}
                Node::Split(parts) => {
                    let mut weight = weight;
                    for &part in parts.iter().rev() {
                        let next = &weight * self.diagram.count(part);
                        pending.push((part, weight));
                        weight = next;
                    }
                }
                Node::Choice { variable, runs } => {
                    let value = row[*variable as usize];
                    let before = |run: &Run| self.diagram.count(run.child) * run.rank(value);
                    let smaller: BigUint = runs.iter().map(before).sum();
                    index += smaller * &weight;
                    let run = runs.iter().find(|run| run.contains(value))?;
                    pending.push((run.child, weight));
                }
            }
        }
        Some(index)
    }
}
