//! The best solutions by an objective, without walking all of them.
//!
//! A state is a list of nodes whose rows are combined, and what is left of the objective, without its constant and its
//! scale: its best rows are computed once. An objective that is a sum of terms of single variables, or a product of such,
//! has as many residuals as there are variables, and is solved by a pass over the diagram. A sum is split where its terms
//! are about different independent parts. Where there are many more states than nodes, branch and bound takes over
//! (see [`branch`](super::branch)).

use super::entries::{Best, Entries, Entry};
use super::hulls::Hulls;
use super::residual::{Residuals, Scaled};
use crate::model::{Expr, Goal};
use crate::search::{Limits, Solution};
use crate::space::budget::Budget;
use crate::space::diagram::{Node, NodeId, Run};
use crate::space::error::SpaceError;
use crate::space::rows::frontier::Frontier;
use crate::space::rows::marginals::MOST_COUNTED;
use crate::space::solutions::SolutionSpace;
use crate::space::stack;
use crate::space::terms::exact::Exact;
use crate::space::terms::lower::Place;
use crate::space::terms::term::{Position, TermId, Terms};
use num_bigint::BigUint;
use num_traits::Zero;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// So many states more than nodes are looked at before branch and bound takes over.
const PATIENCE: u64 = 1 << 15;

impl SolutionSpace {
    /// The solution with the smallest value of an objective, the first of them in the order of the space; `None` where
    /// there is no solution at which the objective is defined. See [`SolutionSpace::best`].
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// for index in 0..20 {
    ///     model.add_variable(format!("x{index}"), Values::range(0, 9, 1)?)?;
    /// }
    /// let space = SolutionSpace::build(&model, &Limits::default())?;
    /// assert_eq!(space.len(), num_bigint::BigUint::from(10u32).pow(20));
    /// let objective = language::parse("(x0 - 3) ** 2 + abs(x1 - 7) - x2 * x3 + x4", &model)?;
    /// let best = space.minimize(&objective, &Limits::default())?.unwrap();
    /// assert_eq!(best.values[..5], [3, 7, 9, 9, 0]);
    /// assert_eq!(best.objectives[0].to_integer(), (-81).into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`SolutionSpace::best`].
    pub fn minimize(&self, objective: &Expr, limits: &Limits) -> Result<Option<Solution>, SpaceError> {
        Ok(self.best(Goal::Minimize, objective, 1, limits)?.pop())
    }

    /// The solution with the largest value of an objective; otherwise as [`SolutionSpace::minimize`].
    ///
    /// # Errors
    /// As for [`SolutionSpace::best`].
    pub fn maximize(&self, objective: &Expr, limits: &Limits) -> Result<Option<Solution>, SpaceError> {
        Ok(self.best(Goal::Maximize, objective, 1, limits)?.pop())
    }

    /// The `count` best solutions by an objective, best first, with its exact value; solutions with the same value in the
    /// order of the space. Solutions at which the objective is not defined do not count.
    ///
    /// A sum or product of terms of single variables takes a pass over the diagram, and so does a sum of terms of
    /// independent parts, each by itself. Other objectives are taken the same way while they leave few different residual
    /// problems, and by branch and bound beyond, which may take as long as a walk over all solutions. Of the limits,
    /// `nodes` counts residual problems, and `memory_bytes` is estimated.
    ///
    /// # Errors
    /// [`SpaceError`] when a limit is reached, a power is too large to be computed, or a variable with more than 2^20
    /// values in a row occurs in the objective other than as a term of its own.
    ///
    /// # Panics
    /// If a variable of the objective is not one of the space's.
    pub fn best(
        &self,
        goal: Goal,
        objective: &Expr,
        count: usize,
        limits: &Limits,
    ) -> Result<Vec<Solution>, SpaceError> {
        self.best_by(goal, objective, count, limits, PATIENCE + 8 * self.diagram.len() as u64)
    }

    /// The same, with dynamic programming for that many states and branch and bound beyond.
    pub(in crate::space) fn best_by(
        &self,
        goal: Goal,
        objective: &Expr,
        count: usize,
        limits: &Limits,
        patience: u64,
    ) -> Result<Vec<Solution>, SpaceError> {
        if self.is_empty() || count == 0 {
            return Ok(Vec::new());
        }
        stack::with_room_for(self.open.len(), || {
            let (mut optimiser, objective) = Optimiser::new(self, goal, objective, count, limits);
            optimiser.patience = patience;
            let root = optimiser.parts(&[self.root]);
            let scaled = optimiser.residuals.scaled(objective);
            let entries = match optimiser.solve(&root, scaled.base) {
                Err(Stop::Patience) => optimiser.complete(&root, scaled.base)?,
                Err(Stop::Error(error)) => return Err(error),
                Ok(entries) => entries,
            };
            let solution = |entry: &Entry| {
                let value = scaled.of(&entry.value).rational();
                let objectives = vec![if goal == Goal::Minimize { value } else { -value }];
                Solution { values: self.get(&entry.index).expect("the index of a row"), objectives }
            };
            Ok(entries.iter().map(solution).collect())
        })
    }
}

/// Why a state was not solved.
pub(super) enum Stop {
    /// There are too many states.
    Patience,
    Error(SpaceError),
}

impl From<SpaceError> for Stop {
    fn from(error: SpaceError) -> Self {
        Self::Error(error)
    }
}

/// What is left of a state once its first variable is known.
pub(super) struct Child {
    pub(super) parts: Vec<NodeId>,
    pub(super) residual: Scaled,
    /// The index of its first row among those of the state.
    pub(super) index: BigUint,
    /// So many times: values that the objective does not tell apart.
    pub(super) repeats: u64,
    /// From one time to the next.
    pub(super) stride: BigUint,
}

/// See the module documentation.
pub(super) struct Optimiser<'a> {
    pub(super) space: &'a SolutionSpace,
    pub(super) residuals: Residuals,
    pub(super) places: Vec<u32>,
    pub(super) count: usize,
    pub(super) budget: Budget<'a>,
    pub(super) known: FxHashMap<(Box<[NodeId]>, TermId), Entries>,
    /// Smallest and largest value of each variable below a node, for the variables of the objective, when needed.
    pub(super) hulls: Option<Hulls>,
    pub(super) supports: FxHashMap<NodeId, Rc<[Position]>>,
    patience: u64,
}

impl<'a> Optimiser<'a> {
    fn new(space: &'a SolutionSpace, goal: Goal, objective: &Expr, count: usize, limits: &'a Limits) -> (Self, TermId) {
        let mut lowered: Vec<Place> = space.fixed.iter().map(|&value| Place::Fixed(value)).collect();
        (0..).zip(&space.open).for_each(|(place, &variable)| lowered[variable as usize] = Place::Open(place));
        let places = space.places();
        let (residuals, term) = Residuals::new(objective, goal, &lowered, &all_hulls(space, &places));
        let optimiser = Self {
            space,
            residuals,
            places,
            count,
            budget: Budget::new(limits),
            known: FxHashMap::default(),
            hulls: None,
            supports: FxHashMap::default(),
            patience: 0,
        };
        (optimiser, term)
    }

    /// Nodes as the parts that are combined, by the columns that they choose: the rows of a state are in the order of
    /// the space.
    pub(super) fn parts(&self, nodes: &[NodeId]) -> Vec<NodeId> {
        Frontier::new(&self.space.diagram, nodes).into_nodes()
    }

    /// The best rows of a state where that needs no look at its values.
    pub(super) fn settled(&self, parts: &[NodeId], term: TermId) -> Result<Option<Entries>, SpaceError> {
        match term {
            Terms::UNDEFINED => return Ok(Some(Rc::new([]))),
            Terms::TOO_LARGE => return Err(SpaceError::PowerTooLarge),
            _ => {}
        }
        if let Some(number) = self.residuals.terms.number(term) {
            let rows: BigUint = parts.iter().map(|&part| self.space.diagram.count(part)).product();
            let indices = (0..self.count).map(BigUint::from).take_while(|index| *index < rows);
            return Ok(Some(indices.map(|index| Entry { value: number.clone(), index }).collect()));
        }
        Ok(self.known.get(&(parts.into(), term)).cloned())
    }

    pub(super) fn spend(&mut self, parts: &[NodeId]) -> Result<(), SpaceError> {
        self.budget.spend(96 + size_of_val(parts))
    }

    fn solve(&mut self, parts: &[NodeId], term: TermId) -> Result<Entries, Stop> {
        if let Some(settled) = self.settled(parts, term)? {
            return Ok(settled);
        }
        self.spend(parts)?;
        if self.budget.nodes() > self.patience {
            return Err(Stop::Patience);
        }
        let entries = match self.groups(parts, term) {
            Some(groups) => self.combined(parts, &groups, Self::solve)?,
            None => self.chosen(parts, term)?,
        };
        self.budget.keep(size_of_val(&*entries));
        self.known.insert((parts.into(), term), entries.clone());
        Ok(entries)
    }

    /// The best of what the values of the first variable leave.
    fn chosen(&mut self, parts: &[NodeId], term: TermId) -> Result<Entries, Stop> {
        let mut best = Best::new(self.count);
        for child in self.children(parts, term)? {
            let entries = self.solve(&child.parts, child.residual.base)?;
            best.add(&entries, &child.residual, &child.index, child.repeats, &child.stride);
        }
        Ok(best.into_entries())
    }

    /// What each value of the first variable of the first part leaves.
    pub(super) fn children(&mut self, parts: &[NodeId], term: TermId) -> Result<Vec<Child>, SpaceError> {
        let (space, rest) = (self.space, &parts[1..]);
        let Node::Choice { variable, runs } = space.diagram.node(parts[0]) else { unreachable!("a choice") };
        let position = self.places[*variable as usize];
        let low: BigUint = rest.iter().map(|&part| space.diagram.count(part)).product();
        let speaks = self.residuals.terms.variables(term).binary_search(&position).is_ok();
        let mut before = BigUint::zero();
        let mut children = Vec::new();
        for run in runs {
            let stride = space.diagram.count(run.child) * &low;
            let after = self.parts(&[&[run.child][..], rest].concat());
            let child = |residual, index, repeats| Child {
                parts: after.clone(),
                residual,
                index,
                repeats,
                stride: stride.clone(),
            };
            if speaks {
                for step in self.steps(run, *variable, term)? {
                    let residual = self.residuals.after(term, position, run.value(step));
                    children.push(child(residual, &before + &stride * step, 1));
                }
            } else {
                let same = Scaled { scale: Exact::ONE, constant: Exact::ZERO, base: term };
                children.push(child(same, before.clone(), run.count));
            }
            before += &stride * run.count;
        }
        Ok(children)
    }

    /// The values of a run to try, by their index in it: of very many, those from the better end of a line.
    fn steps(&self, run: &Run, variable: u32, term: TermId) -> Result<std::ops::Range<u64>, SpaceError> {
        if run.count <= MOST_COUNTED {
            return Ok(0..run.count);
        }
        let wanted = run.count.min(self.count as u64);
        match self.residuals.slope(term, self.places[variable as usize]) {
            Some(std::cmp::Ordering::Greater) => Ok(0..wanted),
            Some(std::cmp::Ordering::Less) => Ok(run.count - wanted..run.count),
            _ => {
                let name = self.space.variables[variable as usize].name.clone();
                Err(SpaceError::TooWide { variable: name, values: run.count })
            }
        }
    }
}

/// The smallest and the largest value of each open variable anywhere.
fn all_hulls(space: &SolutionSpace, places: &[u32]) -> Vec<(i64, i64)> {
    let mut hulls = vec![(i64::MAX, i64::MIN); space.open.len()];
    for id in (0..).take(space.diagram.len()) {
        if let Node::Choice { variable, runs } = space.diagram.node(id) {
            let hull = &mut hulls[places[*variable as usize] as usize];
            for run in runs {
                *hull = (hull.0.min(run.first), hull.1.max(run.last()));
            }
        }
    }
    hulls
}
