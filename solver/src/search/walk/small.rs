//! What is explored box by box: the model as it is declared, before anything is posted, and later the whole tree and nodes of
//! which little is left, where that promises to be cheaper than walking on.

use super::{Entered, Search, State};
use crate::boxes::{Boxes, Ending, Explored, Guide, Order};
use crate::checker::Number;
use crate::domain::Domain;
use crate::model::Model;
use crate::search::{Branching, Limits, Options, Solution};
use crate::store::Var;
use std::time::Instant;

/// Boxes that take as long as a node of the tree, about.
const BOXES_A_NODE: u64 = 32;
/// No exploration starts with less.
const LEAST_BUDGET: u64 = 1 << 12;
/// None starts with more, so that limits hold and rounds stay alike.
const LARGEST_BUDGET: u64 = 1 << 18;
/// A search that is over before so many nodes explores nothing.
const FIRST_NODE: u64 = 16;
/// The whole tree is explored after that many nodes, and after twice as many, and so on up to the last: in as many boxes for
/// each node before.
const BOXES_OF_WHOLE: u64 = 192;
/// Without an objective there is no bound to drop boxes by: nodes earn less, for the whole tree and for parts of it.
const BOXES_OF_ANY: u64 = 4;
const LAST_WHOLE: u64 = 1 << 13;
/// Before anything is posted, all that is declared is explored in so many boxes: many problems need no more.
const BOXES_OF_DECLARED: u64 = 1 << 11;

/// What explorations may cost, and how large a node may be. It is earned by nodes and spent on explorations that did not
/// finish, so that all together they cost no more than the walk does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Credit {
    boxes: u64,
    /// Explorations that did not finish since the last one that did: for each of them, half as much is earned.
    in_vain: u32,
    /// Nodes with no more assignments than this are explored.
    assignments: u128,
}

impl Default for Credit {
    fn default() -> Self {
        Self { boxes: LEAST_BUDGET - FIRST_NODE * BOXES_A_NODE, in_vain: 0, assignments: u128::MAX }
    }
}

/// What exploring needs, made when it is first asked for.
#[derive(Debug)]
pub(in crate::search) struct Small<'a> {
    model: &'a Model,
    boxes: Option<Boxes<'a>>,
    /// Whether a single best solution is looked for, in whatever order.
    pub(super) wanted: bool,
    /// Whether nothing is explored: the order in which solutions are met is part of the answer, some of them do not count, or
    /// the caller wants it so.
    is_left_out: bool,
    /// The first objective's value that a solution must improve.
    pub(in crate::search) known: Option<Number>,
    /// The number of nodes after which the whole tree is explored next.
    next_whole: u64,
    /// What the explorations of the whole tree have learned, each order on its own: what one order does not find another may,
    /// so they take turns, each for longer than before.
    guides: [Guide; 2],
}

impl<'a> Small<'a> {
    pub(in crate::search) fn of(model: &'a Model, options: &Options) -> Self {
        let any_order = !model.objectives().is_empty() || options.branching == Branching::WeightedDegree;
        let is_left_out = !any_order || !options.excluded.is_empty() || options.without_exploration;
        Self {
            model,
            boxes: None,
            wanted: false,
            is_left_out,
            known: None,
            next_whole: FIRST_NODE,
            guides: [Order::FewValues, Order::Failures].map(Guide::of),
        }
    }

    /// Explores all that is declared, before anything is posted; none where that is not worth its while.
    pub(in crate::search) fn explore_declared(&mut self, limits: &Limits, end: Option<Instant>) -> Option<Explored> {
        let few_nodes = limits.nodes.is_some_and(|nodes| nodes < FIRST_NODE);
        if self.is_left_out || few_nodes || limits.over(end).is_some() {
            return None;
        }
        let model = self.model;
        let boxes = self.boxes.get_or_insert_with(|| Boxes::new(model));
        let domains: Vec<Domain> =
            model.variables().iter().map(|variable| Domain::from_values(&variable.values)).collect();
        let domains: Vec<&Domain> = domains.iter().collect();
        let budget = BOXES_OF_DECLARED;
        Some(
            boxes.explore(&domains, self.known.as_ref(), &mut self.guides[0], budget, &mut || {
                limits.over(end).is_some()
            }),
        )
    }

    /// From now on the tree is walked part by part, and other parts are not this search's own.
    pub(super) fn leave_whole(&mut self) {
        self.next_whole = u64::MAX;
    }
}

impl Search<'_> {
    /// Explores the whole tree or the node, if that is worth its while; none where the walk goes on as if nothing had been.
    pub(super) fn explore_small(&mut self) -> Option<Entered> {
        if !self.small.wanted || self.small.is_left_out {
            return None;
        }
        let earned = if self.model.objectives().is_empty() { BOXES_OF_ANY } else { BOXES_A_NODE };
        self.part.credit.boxes += earned >> self.part.credit.in_vain.min(BOXES_A_NODE.ilog2());
        if self.statistics.nodes >= self.small.next_whole && self.small.next_whole <= LAST_WHOLE {
            return self.explore_whole();
        }
        let Credit { boxes: budget, assignments, .. } = self.part.credit;
        if budget < LEAST_BUDGET {
            return None;
        }
        let variables = 0..self.model.variables().len();
        let domains: Vec<Domain> =
            variables.map(|index| self.engine.store.domain(Var::from_index(index)).clone()).collect();
        let size = domains.iter().fold(1u128, |size, domain| size.saturating_mul(domain.len().into()));
        if size > assignments || size == 1 {
            return None;
        }
        let explored = self.explore(&domains, &mut Guide::default(), budget.min(LARGEST_BUDGET));
        let credit = &mut self.part.credit;
        if explored.ending == Ending::Complete {
            credit.assignments = assignments.max(size.saturating_mul(4));
            credit.in_vain = 0;
        } else {
            credit.in_vain += 1;
            credit.boxes = credit.boxes.saturating_sub(explored.boxes.max(LEAST_BUDGET));
            credit.assignments = size / 8;
        }
        self.take(explored, State::Retreat)
    }

    /// All that the root has left, the longer the more nodes were in vain.
    fn explore_whole(&mut self) -> Option<Entered> {
        let boxes = if self.model.objectives().is_empty() { BOXES_OF_ANY } else { BOXES_OF_WHOLE };
        let budget = self.small.next_whole * boxes;
        self.small.next_whole *= 2;
        let mut domains = self.engine.store.root_domains();
        domains.truncate(self.model.variables().len());
        self.small.guides.rotate_left(1);
        let mut guide = std::mem::take(&mut self.small.guides[0]);
        let explored = self.explore(&domains, &mut guide, budget);
        self.small.guides[0] = guide;
        if explored.ending == Ending::Complete {
            self.path.clear();
        }
        self.take(explored, State::Done)
    }

    fn explore(&mut self, domains: &[Domain], guide: &mut Guide, budget: u64) -> Explored {
        let model = self.small.model;
        let boxes = self.small.boxes.get_or_insert_with(|| Boxes::new(model));
        let (limits, end) = (&self.limits, self.end);
        let domains: Vec<&Domain> = domains.iter().collect();
        let explored =
            boxes.explore(&domains, self.small.known.as_ref(), guide, budget, &mut || limits.over(end).is_some());
        self.statistics.boxes += explored.boxes;
        explored
    }

    /// What an exploration means for the walk, whose state is `after` once nothing is left of what was explored.
    fn take(&mut self, explored: Explored, after: State) -> Option<Entered> {
        let is_complete = explored.ending == Ending::Complete;
        if let Some(values) = explored.best {
            self.statistics.solutions += 1;
            // What is left of an unfinished node is entered once more.
            self.state = if is_complete { after } else { State::Enter };
            return Some(Entered::Solution(Solution::of(self.model, values)));
        }
        match explored.ending {
            Ending::Complete => {
                let failed = self.fail();
                self.state = after;
                Some(failed)
            }
            Ending::Stopped => Some(Entered::Interrupted),
            Ending::Unfinished => None,
        }
    }
}
