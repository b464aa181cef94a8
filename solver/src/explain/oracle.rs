//! [`Oracle`]: whether some of a model's constraints have a solution together.

use super::budget::Budget;
use crate::checker;
use crate::model::{Constraint, Model};
use crate::post::first_clash;
use crate::search::{Branching, Options, Outcome, solve};

/// Answers from what earlier answers imply where it can, and by a search of its own otherwise.
pub(super) struct Oracle<'a> {
    /// Without objectives: they play no part.
    model: Model,
    options: &'a Options,
    budget: Budget,
    /// For each solution met: which constraints of the whole model hold at it.
    holding: Vec<Vec<bool>>,
    /// Sets without a solution, each sorted.
    clashing: Vec<Vec<usize>>,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(model: &Model, options: &'a Options) -> Self {
        let mut model = model.clone();
        model.clear_objectives();
        let budget = Budget::new(&options.limits);
        Self { model, options, budget, holding: Vec::new(), clashing: Vec::new() }
    }

    /// How many constraints there are.
    pub(super) fn constraints(&self) -> usize {
        self.model.constraints().len()
    }

    /// Whether these constraints alone have a solution; `None` at a limit.
    pub(super) fn consistent(&mut self, constraints: &[usize]) -> Option<bool> {
        let hold = |row: &Vec<bool>| constraints.iter().all(|&index| row[index]);
        if self.holding.iter().any(hold) {
            return Some(true);
        }
        let mut sorted = constraints.to_vec();
        sorted.sort_unstable();
        let inside = |known: &Vec<usize>| known.iter().all(|index| sorted.binary_search(index).is_ok());
        if self.clashing.iter().any(inside) {
            return Some(false);
        }
        self.search(sorted)
    }

    fn search(&mut self, constraints: Vec<usize>) -> Option<bool> {
        let mut part = self.model.clone();
        part.keep_constraints(&constraints);
        let outcome = self.solve(&part);
        if outcome == Outcome::Infeasible {
            self.clashing.push(constraints);
            return Some(false);
        }
        let solution = outcome.solution()?;
        let holds = |constraint: &Constraint| checker::holds(&constraint.expr, &solution.values).unwrap_or(false);
        self.holding.push(self.model.constraints().iter().map(holds).collect());
        Some(true)
    }

    /// A solution, or the proof that there is none; unknown at a limit.
    ///
    /// What one brancher does not find in hours another may find in a millisecond, so they take turns.
    fn solve(&mut self, part: &Model) -> Outcome {
        const FIRST_TURN_NODES: u64 = 1000;
        let branchings = [Branching::WeightedDegree, Branching::InputOrder, Branching::SmallestDomain];
        let turns = (0..)
            .step_by(3)
            .flat_map(|shift: u32| branchings.map(|branching| (FIRST_TURN_NODES << shift.min(48), branching)));
        for (nodes, branching) in turns {
            if self.budget.is_spent() {
                break;
            }
            let mut limits = self.budget.rest();
            let turn = limits.nodes.map_or(nodes, |left| left.min(nodes));
            limits.nodes = Some(turn);
            let (outcome, statistics) = solve(part, &Options { limits, branching, ..self.options.clone() });
            self.budget.spend(&statistics);
            // Something else than the end of its turn may have stopped it, and would do so again.
            if outcome != Outcome::Unknown || statistics.nodes < turn {
                return outcome;
            }
        }
        Outcome::Unknown
    }

    /// The position in `order` of the first constraint that, by propagation alone, cannot hold with those before it;
    /// none as well where that takes long.
    pub(super) fn first_clash(&mut self, order: &[usize]) -> Option<usize> {
        /// So often the propagation may ask whether to go on; it does so every few hundred runs.
        const MOST_ASKED: u32 = 400;
        let mut asked = 0;
        let budget = &self.budget;
        let position = first_clash(&self.model, order, &mut || {
            asked += 1;
            asked > MOST_ASKED || budget.is_spent()
        })?;
        let mut clashing = order[..=position].to_vec();
        clashing.sort_unstable();
        self.clashing.push(clashing);
        Some(position)
    }
}
