//! Nodes of which little is left: explored box by box, where that promises to be cheaper than walking on.

use super::{Entered, Search, State};
use crate::boxes::{Boxes, Ending};
use crate::checker::Number;
use crate::domain::Domain;
use crate::model::Model;
use crate::search::{Branching, Options};
use crate::store::Var;

/// Boxes that take as long as a node of the tree, about.
const BOXES_A_NODE: u64 = 32;
/// No exploration starts with less.
const LEAST_BUDGET: u64 = 1 << 12;
/// None starts with more, so that limits hold and rounds stay alike.
const LARGEST_BUDGET: u64 = 1 << 18;
/// A search that is over before so many nodes explores nothing.
const FIRST_NODE: u64 = 32;

/// What explorations may cost, and how large a node may be. It is earned by nodes and spent on explorations that did not
/// finish, so that all together they cost no more than the walk does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Credit {
    boxes: u64,
    /// Nodes with no more assignments than this are explored.
    assignments: u128,
}

impl Default for Credit {
    fn default() -> Self {
        Self { boxes: LEAST_BUDGET - FIRST_NODE * BOXES_A_NODE, assignments: u128::MAX }
    }
}

/// What exploring needs, made when it is first asked for.
#[derive(Debug)]
pub(super) struct Small<'a> {
    model: &'a Model,
    boxes: Option<Boxes<'a>>,
    /// Whether a single best solution is looked for, in whatever order.
    pub(super) wanted: bool,
    /// Whether the order in which solutions are met is part of the answer, or some of them do not count.
    in_order: bool,
    /// The first objective's value that a solution must improve.
    pub(super) known: Option<Number>,
}

impl<'a> Small<'a> {
    pub(super) fn of(model: &'a Model, options: &Options) -> Self {
        let any_order = !model.objectives().is_empty() || options.branching == Branching::WeightedDegree;
        let in_order = !any_order || !options.excluded.is_empty();
        Self { model, boxes: None, wanted: false, in_order, known: None }
    }
}

impl Search<'_> {
    /// Explores the node, if that is worth its while; none where the walk goes on as if nothing had been.
    pub(super) fn explore_small(&mut self) -> Option<Entered> {
        self.part.credit.boxes += BOXES_A_NODE;
        let Credit { boxes: budget, assignments } = self.part.credit;
        if !self.small.wanted || self.small.in_order || budget < LEAST_BUDGET {
            return None;
        }
        let domains: Vec<&Domain> =
            (0..self.model.variables().len()).map(|index| self.engine.store.domain(Var::from_index(index))).collect();
        let size = domains.iter().fold(1u128, |size, domain| size.saturating_mul(domain.len().into()));
        if size > assignments || size == 1 {
            return None;
        }
        let model = self.small.model;
        let boxes = self.small.boxes.get_or_insert_with(|| Boxes::new(model));
        let (limits, end) = (&self.limits, self.end);
        let budget = budget.min(LARGEST_BUDGET);
        let explored = boxes.explore(&domains, self.small.known.as_ref(), budget, &mut || limits.over(end).is_some());
        self.statistics.boxes += explored.boxes;
        let credit = &mut self.part.credit;
        match explored.ending {
            Ending::Complete => credit.assignments = assignments.max(size.saturating_mul(4)),
            Ending::Unfinished | Ending::Stopped => {
                credit.boxes -= explored.boxes.max(LEAST_BUDGET).min(credit.boxes);
                credit.assignments = size / 8;
            }
        }
        let is_complete = explored.ending == Ending::Complete;
        if let Some(values) = explored.best {
            self.statistics.solutions += 1;
            // What is left of an unfinished node is entered once more.
            self.state = if is_complete { State::Retreat } else { State::Enter };
            return Some(Entered::Solution(self.solution(values)));
        }
        match explored.ending {
            Ending::Complete => Some(self.fail()),
            Ending::Stopped => Some(Entered::Interrupted),
            Ending::Unfinished => None,
        }
    }
}
