//! Projections: the distinct combinations of values of some variables.

use super::union::Unions;
use crate::model::VarId;
use crate::search::Limits;
use crate::space::budget::Budget;
use crate::space::diagram::runs::push_run;
use crate::space::diagram::{END, NOTHING, Node, NodeId, Run};
use crate::space::error::SpaceError;
use crate::space::solutions::SolutionSpace;
use crate::space::stack;

impl SolutionSpace {
    /// The combinations of values that the variables have in solutions, each once, as a space of its own. Its rows have
    /// the variables in the order given (the first time each is named), and so do its ids.
    ///
    /// The other variables are quantified away in the diagram: where one had a choice, the union of what follows is taken.
    /// This can take exponentially many nodes, though it seldom does. Of the limits, `nodes` counts nodes and unions, and
    /// `memory_bytes` is estimated.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// let x = model.add_variable("x", Values::range(1, 100, 1)?)?;
    /// let y = model.add_variable("y", Values::range(1, 100, 1)?)?;
    /// let z = model.add_variable("z", Values::range(1, 100, 1)?)?;
    /// let expr = language::parse("x * x + y * y == z * z", &model)?;
    /// model.require(expr);
    /// let space = SolutionSpace::build(&model, &Limits::default())?;
    /// let hypotenuses = space.project(&[z], &Limits::default())?;
    /// assert_eq!(space.len(), 104u32.into());
    /// assert_eq!(hypotenuses.len(), 42u32.into());
    /// assert_eq!(hypotenuses.iter().next(), Some(vec![5]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SpaceError`] when a limit is reached, or a variable of the projection has more than 2^20 values in several
    /// progressions of different steps.
    ///
    /// # Panics
    /// If a variable is not one of the space's.
    pub fn project(&self, variables: &[VarId], limits: &Limits) -> Result<Self, SpaceError> {
        let mut columns: Vec<Option<u32>> = vec![None; self.fixed.len()];
        let mut chosen = Vec::with_capacity(variables.len());
        for variable in variables.iter().map(|variable| variable.index()) {
            if columns[variable].is_none() {
                columns[variable] = Some(u32::try_from(chosen.len()).expect("fewer than 2^32 variables"));
                chosen.push(variable);
            }
        }
        let open: Vec<u32> = self.open.iter().filter_map(|&variable| columns[variable as usize]).collect();
        let mut places = vec![u32::MAX; chosen.len()];
        (0..).zip(&open).for_each(|(place, &variable)| places[variable as usize] = place);
        let names: Vec<String> = chosen.iter().map(|&variable| self.variables[variable].name.clone()).collect();
        let (diagram, root) = stack::with_room_for(2 * open.len(), || {
            let mut unions = Unions::new(places, &names, Budget::new(limits));
            let root = self.project_nodes(&columns, &mut unions)?;
            Ok(unions.growing.diagram.reachable(root))
        })?;
        let fixed = chosen.iter().map(|&variable| self.fixed[variable]).collect();
        let variables = chosen.iter().map(|&variable| self.variables[variable].clone()).collect();
        Ok(Self { diagram, root, fixed, open, variables })
    }

    /// The node of the root, where each variable goes to its column or is quantified away.
    fn project_nodes(&self, columns: &[Option<u32>], unions: &mut Unions) -> Result<NodeId, SpaceError> {
        let mut moved: Vec<NodeId> = Vec::with_capacity(self.diagram.len());
        for id in (0..).take(self.diagram.len()) {
            unions.budget.spend(size_of::<Node>() + size_of::<NodeId>())?;
            let new = match self.diagram.node(id) {
                Node::Nothing => NOTHING,
                Node::End => END,
                Node::Split(parts) => {
                    unions.product(&parts.iter().map(|&part| moved[part as usize]).collect::<Vec<_>>())
                }
                Node::Choice { variable, runs } => match columns[*variable as usize] {
                    None => unions.union(runs.iter().map(|run| moved[run.child as usize]).collect())?,
                    Some(column) => {
                        let mut left = Vec::with_capacity(runs.len());
                        for run in runs {
                            push_run(&mut left, &Run { child: moved[run.child as usize], ..run.clone() });
                        }
                        unions.growing.choice(column, left)
                    }
                },
            };
            moved.push(new);
        }
        Ok(moved[self.root as usize])
    }
}
