//! Marginals: how many solutions have each value of a variable.

use crate::model::VarId;
use crate::space::diagram::Node;
use crate::space::solutions::SolutionSpace;
use num_bigint::BigUint;
use num_traits::Zero;
use std::collections::BTreeMap;

/// Up to so many values are counted one by one.
pub(in crate::space) const MOST_COUNTED: u64 = 1 << 20;

impl SolutionSpace {
    /// How many solutions have each value of a variable; values without any are left out. `None` where a variable that
    /// nothing binds has more than 2^20 values. Takes a pass over the diagram.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// let x = model.add_variable("x", Values::range(1, 6, 1)?)?;
    /// model.add_variable("y", Values::range(1, 6, 1)?)?;
    /// let expr = language::parse("x + y >= 10", &model)?;
    /// model.require(expr);
    /// let space = SolutionSpace::build(&model, &Limits::default())?;
    /// let counts: Vec<_> = space.counts(x).unwrap().into_iter().collect();
    /// assert_eq!(counts, [(4, 1u32.into()), (5, 2u32.into()), (6, 3u32.into())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn counts(&self, variable: VarId) -> Option<BTreeMap<i64, BigUint>> {
        let wanted = u32::try_from(variable.index()).expect("from a VarId");
        let mut counts = BTreeMap::new();
        if self.is_empty() {
            return Some(counts);
        }
        if !self.open.contains(&wanted) {
            counts.insert(self.fixed[variable.index()], self.len());
            return Some(counts);
        }
        let ways = self.ways_through();
        for (id, through) in (0..).zip(&ways) {
            let Node::Choice { variable, runs } = self.diagram.node(id) else { continue };
            if *variable != wanted {
                continue;
            }
            for run in runs {
                if run.count > MOST_COUNTED {
                    return None;
                }
                let each = through * self.diagram.count(run.child);
                for index in 0..run.count {
                    *counts.entry(run.value(index)).or_default() += &each;
                }
            }
        }
        Some(counts)
    }

    /// For each node, how many assignments to the variables that are not below it go with each of its rows.
    fn ways_through(&self) -> Vec<BigUint> {
        let mut ways = vec![BigUint::zero(); self.diagram.len()];
        ways[self.root as usize] = 1u32.into();
        for id in (0..=self.root).rev() {
            let through = ways[id as usize].clone();
            match self.diagram.node(id) {
                Node::Nothing | Node::End => {}
                Node::Split(parts) => {
                    let all = through * self.diagram.count(id);
                    for &part in parts {
                        ways[part as usize] += &all / self.diagram.count(part);
                    }
                }
                Node::Choice { runs, .. } => {
                    for run in runs {
                        ways[run.child as usize] += &through * run.count;
                    }
                }
            }
        }
        ways
    }
}
