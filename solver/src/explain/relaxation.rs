//! [`relaxations`]: for each limit in a conflict the smallest change that helps.

use super::budget::Budget;
use super::conjuncts;
use super::limit::{Limit, limits};
use crate::checker::Number;
use crate::model::{Constraint, Expr, Goal, Model};
use crate::search::{Limits, Options, Outcome, solve};

/// A change of one limit that makes a conflict vanish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relaxation {
    /// The index of the constraint in [`Model::constraints`].
    pub constraint: usize,
    /// The position of the comparison among what the constraint joins by `and`; 0 where it is a single one.
    pub comparison: usize,
    /// The comparison: as the user wrote it where it is the whole constraint.
    pub text: String,
    /// The limit as it is: the comparison's constant side, or 0 for the difference of two sides that vary.
    pub limit: Number,
    /// The limit nearest to it that helps; of `<` and `>` the nearest whole number.
    pub needed: Number,
    /// Whether no smaller change helps; otherwise a limit of the search was reached, and a smaller one may.
    pub proved: bool,
    /// Whether the whole model has a solution then. Otherwise this conflict is gone and another one is left.
    pub suffices: bool,
    /// Values for all variables of the model that are a solution then: of the whole, or of the conflict alone.
    pub witness: Vec<i64>,
}

impl Relaxation {
    /// What has to be added to the limit.
    pub fn change(&self) -> Number {
        &self.needed - &self.limit
    }
}

/// All changes found for a conflict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relaxations {
    /// In the order of the constraints, and of the comparisons in each; of an equality, up before down.
    pub found: Vec<Relaxation>,
    /// For so many limits the search was stopped before it had met any change that helps, or shown that there is none.
    pub undecided: usize,
}

/// For each limit in the constraints of a conflict, the smallest change of that limit alone that leaves the model with a
/// solution, if there is one; failing that, the smallest that makes this conflict vanish.
///
/// A limit is the constant side of `<=`, `<`, `>=`, `>` or `==`, or 0 for the difference of two sides that vary; the
/// comparisons that a constraint joins by `and`, as a chain does, are taken one by one. Neither `a % b == 0` nor a
/// comparison of logarithms has one. Each limit takes one or two searches by branch and bound: without its comparison,
/// whose measured side is made as small, or as large, as the rest allows. The time of `options` is divided among them.
///
/// `conflict` is what [`super::minimal_conflict`] gave for the model. Objectives play no part.
pub fn relaxations(model: &Model, conflict: &[usize], options: &Options) -> Relaxations {
    relaxations_of(model, conflict, conflict, options)
}

/// [`relaxations`] of the limits in some constraints of the conflict alone: those that somebody can move.
pub fn relaxations_of(model: &Model, conflict: &[usize], movable: &[usize], options: &Options) -> Relaxations {
    let mut budget = Budget::new(&options.limits);
    let mut changes = Relaxations::default();
    let of_constraint =
        |&index: &usize| limits(&model.constraints()[index]).into_iter().map(move |limit| (index, limit));
    let all: Vec<(usize, Limit)> = movable.iter().flat_map(of_constraint).collect();
    let every: Vec<usize> = (0..model.constraints().len()).collect();
    for (position, (constraint, limit)) in all.iter().enumerate() {
        let task = Task { model, options, constraint: *constraint, limit };
        let remaining = all.len() - position;
        let mut found = task.smallest(&every, &mut budget, remaining);
        if found == Found::None {
            found = task.smallest(conflict, &mut budget, remaining);
        }
        match found {
            Found::Change(change) => changes.found.push(*change),
            Found::None => {}
            Found::Unknown => changes.undecided += 1,
        }
    }
    changes
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Change(Box<Relaxation>),
    /// No change helps.
    None,
    /// A limit was reached first.
    Unknown,
}

/// One limit to be moved.
struct Task<'a> {
    model: &'a Model,
    options: &'a Options,
    constraint: usize,
    limit: &'a Limit,
}

impl Task<'_> {
    /// The smallest change after which these constraints have a solution, found within a share of the budget.
    fn smallest(&self, constraints: &[usize], budget: &mut Budget, remaining: usize) -> Found {
        if budget.is_spent() {
            return Found::Unknown;
        }
        let limits: Limits = budget.share(remaining);
        let (outcome, statistics) =
            solve(&self.without_comparison(constraints), &Options { limits, ..self.options.clone() });
        budget.spend(&statistics);
        let proved = matches!(outcome, Outcome::Optimal(_));
        match outcome {
            Outcome::Infeasible => Found::None,
            Outcome::Unknown => Found::Unknown,
            Outcome::Optimal(best) | Outcome::Feasible(best) => Found::Change(Box::new(Relaxation {
                constraint: self.constraint,
                comparison: self.limit.comparison,
                text: self.text(),
                limit: self.limit.now.clone(),
                needed: self.limit.needed(&best.objectives[0]),
                proved,
                suffices: constraints.len() == self.model.constraints().len(),
                witness: best.values,
            })),
        }
    }

    /// These constraints without the comparison; its measured side is the objective.
    fn without_comparison(&self, constraints: &[usize]) -> Model {
        let others: Vec<usize> = constraints.iter().copied().filter(|&index| index != self.constraint).collect();
        let mut model = self.model.clone();
        model.keep_constraints(&others);
        model.clear_objectives();
        for (position, part) in conjuncts(&self.stated().expr).into_iter().enumerate() {
            if position != self.limit.comparison {
                model.require(part.clone());
            }
        }
        if let Some(other_side) = &self.limit.other_side {
            model.require(other_side.clone());
        }
        match self.limit.goal() {
            Goal::Minimize => model.minimize(self.limit.measured.clone()),
            Goal::Maximize => model.maximize(self.limit.measured.clone()),
        }
        model
    }

    fn text(&self) -> String {
        let parts = conjuncts(&self.stated().expr);
        let comparison: &Expr = parts[self.limit.comparison];
        if parts.len() == 1 { self.stated().text.clone() } else { self.model.display(comparison).to_string() }
    }

    fn stated(&self) -> &Constraint {
        &self.model.constraints()[self.constraint]
    }
}
