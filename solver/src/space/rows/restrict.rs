//! Sub-spaces: the solutions whose variables lie in given sets.

use crate::model::{Values, VarId};
use crate::space::diagram::cut::copy;
use crate::space::diagram::{Growing, NOTHING, NodeId};
use crate::space::solutions::SolutionSpace;

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
