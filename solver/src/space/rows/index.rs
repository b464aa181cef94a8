//! The row at an index, and the index of a row: the rule is in `frontier.rs`.

use super::frontier::Frontier;
use crate::space::solutions::SolutionSpace;
use num_bigint::BigUint;

impl SolutionSpace {
    /// The row at an index, counted from 0 in the order of the space; `None` from [`SolutionSpace::len`] on.
    pub fn get(&self, index: &BigUint) -> Option<Vec<i64>> {
        if index >= self.diagram.count(self.root) {
            return None;
        }
        let mut row = self.fixed.clone();
        Frontier::new(&self.diagram, &[self.root]).set(index.clone(), &mut row);
        Some(row)
    }

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
        Frontier::new(&self.diagram, &[self.root]).index_of(row)
    }
}
