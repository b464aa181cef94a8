//! [`Oracle`]: whether some of a model's constraints have a solution together.

use super::budget::Budget;
use crate::checker;
use crate::model::{Constraint, Model};
use crate::post::first_clash;
use crate::search::{Branching, Options, Outcome, solve};
use std::time::{Duration, Instant};

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

    /// The smallest set met that has no solution.
    pub(super) fn smallest_clash(&self) -> Option<Vec<usize>> {
        self.clashing.iter().min_by_key(|known| known.len()).cloned()
    }

    fn search(&mut self, constraints: Vec<usize>) -> Option<bool> {
        let mut part = self.model.clone();
        part.keep_constraints(&constraints);
        match self.solve(&part) {
            Outcome::Infeasible => {
                self.clashing.push(constraints);
                Some(false)
            }
            Outcome::Optimal(solution) | Outcome::Feasible(solution) => {
                let holds =
                    |constraint: &Constraint| checker::holds(&constraint.expr, &solution.values).unwrap_or(false);
                self.holding.push(self.model.constraints().iter().map(holds).collect());
                Some(true)
            }
            Outcome::Unknown => None,
        }
    }

    /// Looks for any solution.
    ///
    /// What one brancher does not find in hours another may find in a millisecond, so they take turns, each round longer
    /// than the last. A turn has an end in time as well, since a single node may take long over wide domains.
    fn solve(&mut self, part: &Model) -> Outcome {
        const FIRST_TURN: (u64, Duration) = (4000, Duration::from_millis(10));
        const GROWTH: u32 = 4;
        let (mut nodes, mut time) = FIRST_TURN;
        loop {
            for branching in [Branching::WeightedDegree, Branching::InputOrder, Branching::SmallestDomain] {
                if self.budget.is_spent() {
                    return Outcome::Unknown;
                }
                let mut limits = self.budget.rest();
                let nodes = limits.nodes.map_or(nodes, |left| left.min(nodes));
                limits.nodes = Some(nodes);
                limits.time = Some(limits.time.map_or(time, |left| left.min(time)));
                let start = Instant::now();
                // A linear program takes as long as the whole of a first turn.
                let without_relaxation = self.options.without_relaxation || time == FIRST_TURN.1;
                let options = Options { limits, branching, without_relaxation, ..self.options.clone() };
                let (outcome, statistics) = solve(part, &options);
                self.budget.spend(&statistics);
                // What something else than the end of its turn has stopped, it would stop again.
                let all_used = statistics.nodes >= nodes || start.elapsed() >= time;
                if outcome != Outcome::Unknown || !all_used {
                    return outcome;
                }
            }
            (nodes, time) = (nodes.saturating_mul(GROWTH.into()), time.saturating_mul(GROWTH));
        }
    }

    /// The position in `order` of the first constraint that, by propagation alone, cannot hold with those before it;
    /// none as well where that takes long.
    pub(super) fn first_clash(&mut self, order: &[usize]) -> Option<usize> {
        /// So often the propagation may ask whether to go on; it does so every few hundred runs.
        const MOST_ASKED: u32 = 40;
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
