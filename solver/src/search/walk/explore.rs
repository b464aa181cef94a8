//! Explorations in a walk: of the whole tree, and of nodes of which little is left, where that promises to be cheaper than
//! walking on.

use super::small::{BOXES_A_NODE, Credit, LEAST_BUDGET};
use super::{Entered, Search, State};
use crate::boxes::{Boxes, Ending, Explored, Guide};
use crate::domain::Domain;
use crate::search::Solution;
use crate::store::Var;

/// The whole tree is explored after that many nodes, and after twice as many, and so on up to the last: in as many boxes for
/// each node before.
const BOXES_OF_WHOLE: u64 = 192;
/// Without an objective there is no bound to drop boxes by: nodes earn less, for the whole tree and for parts of it.
const BOXES_OF_ANY: u64 = 4;
const LAST_WHOLE: u64 = 1 << 13;
/// None starts with more, so that limits hold and rounds stay alike.
const LARGEST_BUDGET: u64 = 1 << 18;

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
