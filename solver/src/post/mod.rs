//! From a [`Model`] to an [`Engine`] full of propagators: the only place that knows both.
//!
//! Every sub-expression that is not linear becomes one auxiliary variable, defined by one propagator, and equal
//! sub-expressions share it. Auxiliary variables are functions of the model's variables, so the search never branches
//! on them. A comparison is either *required* (posted as it is) or gets a literal that means it.
//!
//! Where something cannot be expressed exactly (values beyond 2^62, a comparison of irrational logarithms), a weaker
//! but sound statement is posted and [`Posted::exact_check`] is set: the search then asks the checker at each leaf.
//!
//! | file | holds |
//! | --- | --- |
//! | `poster` | an engine on its way: auxiliary variables, each made once; sums and products of linear forms |
//! | `number`, `monomial` | expressions as fractions of linear forms; products of positive variables |
//! | `truth`, `tuples` | what is required or gets a literal: comparisons and conditions; tables, items of lists, pairwise difference |
//! | `congruence`, `residues` | what constraints say modulo a number; what all of them together leave of each variable |

mod congruence;
mod monomial;
mod number;
mod poster;
mod residues;
mod truth;
mod tuples;

#[cfg(test)]
pub(crate) use monomial::merge_factors;

use crate::engine::{Engine, Fixpoint, Interrupt};
use crate::model::{Expr, Goal, Model};
use crate::relax::Relaxation;
use crate::simplify::simplified;
use crate::store::{Conflict, Var};
use poster::Poster;

/// A model at work.
#[derive(Debug, Default)]
pub struct Posted {
    /// Its first variables are the model's, in order.
    pub engine: Engine,
    /// How many variables belong to the model.
    pub decisions: usize,
    /// For each objective of the model, the variable that stands for it; none where no bound can be propagated.
    pub objectives: Vec<Option<ObjectiveVar>>,
    /// Whether a leaf must be checked exactly even if every variable is fixed.
    pub exact_check: bool,
    pub(crate) relaxation: Relaxation,
}

/// A variable that is smallest where an objective is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectiveVar {
    /// The variable.
    pub var: Var,
    /// Its value is that of the objective times this; negative for one to be maximised.
    pub scale: i128,
}

/// Posts every constraint and objective of the model, after factors were cancelled.
///
/// # Errors
/// [`Conflict`] when a constraint alone already has no solution.
pub fn post(model: &Model) -> Result<Posted, Conflict> {
    let simple = simplified(model);
    let model = simple.as_ref().unwrap_or(model);
    let mut poster = Poster::new(model);
    // What speaks of a single variable comes first: the others then see smaller domains, and constants for variables
    // that are fixed.
    let (first, second): (Vec<_>, Vec<_>) =
        model.constraints().iter().partition(|constraint| constraint.expr.variables().len() <= 1);
    for constraint in first.into_iter().chain(second) {
        poster.require(&constraint.expr)?;
    }
    poster.settle_congruences()?;
    let objectives = model
        .objectives()
        .iter()
        .map(|objective| poster.objective(&objective.expr, objective.goal))
        .collect::<Result<_, _>>()?;
    Ok(Posted {
        engine: poster.engine,
        decisions: model.variables().len(),
        objectives,
        exact_check: poster.exact_check,
        relaxation: poster.relaxation,
    })
}

/// The position in `order` of the first constraint that, by propagation alone, cannot hold with those before it.
///
/// None where propagation sees no conflict, which does not say that there is none, or where the interrupt said so.
pub(crate) fn first_clash(model: &Model, order: &[usize], interrupt: Interrupt) -> Option<usize> {
    let mut poster = Poster::new(model);
    for (position, &index) in order.iter().enumerate() {
        if poster.require(&model.constraints()[index].expr).is_err() || poster.settle_congruences().is_err() {
            return Some(position);
        }
        match poster.engine.fixpoint(interrupt) {
            Fixpoint::Reached | Fixpoint::Tired => {}
            Fixpoint::Conflict => return Some(position),
            Fixpoint::Interrupted => return None,
        }
    }
    None
}

impl Poster {
    /// The variable to minimise. The relaxation is told of the first.
    fn objective(&mut self, expr: &Expr, goal: Goal) -> Result<Option<ObjectiveVar>, Conflict> {
        let number = self.number(expr, true)?;
        let Some(denominator) = number.denominator.as_constant() else { return Ok(None) };
        let direction = if goal == Goal::Minimize { 1 } else { -1 };
        let form = self.sum(&[(&number.numerator, direction * denominator.signum())])?;
        let var = self.variable(&form)?;
        self.relaxation.exponents.note_objective(&form);
        Ok(Some(ObjectiveVar { var, scale: direction * denominator.abs() }))
    }
}
