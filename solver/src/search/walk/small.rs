//! [`Small`]: what is explored box by box, beginning with the model as it is declared, before anything is posted;
//! [`Credit`]: what that may cost.

use crate::boxes::{Boxes, Explored, Guide, Order};
use crate::checker::Number;
use crate::domain::Domain;
use crate::model::Model;
use crate::search::{Branching, Limits, Options};
use std::time::Instant;

/// Boxes that take as long as a node of the tree, about.
pub(super) const BOXES_A_NODE: u64 = 32;
/// No exploration starts with less.
pub(super) const LEAST_BUDGET: u64 = 1 << 12;
/// A search that is over before so many nodes explores nothing.
const FIRST_NODE: u64 = 16;
/// Before anything is posted, all that is declared is explored in so many boxes: many problems need no more.
const BOXES_OF_DECLARED: u64 = 1 << 11;

/// What explorations may cost, and how large a node may be. It is earned by nodes and spent on explorations that did not
/// finish, so that all together they cost no more than the walk does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Credit {
    pub(super) boxes: u64,
    /// Explorations that did not finish since the last one that did: for each of them, half as much is earned.
    pub(super) in_vain: u32,
    /// Nodes with no more assignments than this are explored.
    pub(super) assignments: u128,
}

impl Default for Credit {
    fn default() -> Self {
        Self { boxes: LEAST_BUDGET - FIRST_NODE * BOXES_A_NODE, in_vain: 0, assignments: u128::MAX }
    }
}

/// What exploring needs, made when it is first asked for.
#[derive(Debug)]
pub(in crate::search) struct Small<'a> {
    pub(super) model: &'a Model,
    pub(super) boxes: Option<Boxes<'a>>,
    /// Whether a single best solution is looked for, in whatever order.
    pub(super) wanted: bool,
    /// Whether nothing is explored: the order in which solutions are met is part of the answer, some of them do not count, or
    /// the caller wants it so.
    pub(super) is_left_out: bool,
    /// The first objective's value that a solution must improve.
    pub(in crate::search) known: Option<Number>,
    /// The number of nodes after which the whole tree is explored next.
    pub(super) next_whole: u64,
    /// What the explorations of the whole tree have learned, each order on its own: what one order does not find another may,
    /// so they take turns, each for longer than before.
    pub(super) guides: [Guide; 2],
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
