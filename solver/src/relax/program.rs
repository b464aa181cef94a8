//! Linear programs over integer rows, whose floating-point answers are only proposals.
//!
//! A solver proposes multipliers for the rows, by way of `good_lp`; nothing else of its answer is used. What the
//! multipliers prove is computed in integers: for `λ >= 0` and rows `a·x <= k`, every solution has
//! `c·x >= c·x + Σ λ (a·x - k)`, and the right side is smallest at a corner of the box of bounds. So rounding may weaken a
//! bound, but can never cut a solution off.

use crate::arith::{Interval, ceil_div, is_finite};
#[cfg(feature = "relaxation")]
use good_lp::{DualValues, constraint::ConstraintReference};
#[cfg(feature = "relaxation")]
use good_lp::{Expression, ProblemVariables, Solution, SolutionWithDual, SolverModel, variable};
#[cfg(feature = "relaxation")]
use std::time::Duration;
use std::time::Instant;

#[cfg(all(feature = "relaxation", not(feature = "highs")))]
use good_lp::{clarabel as backend, solvers::clarabel::ClarabelProblem};
#[cfg(feature = "highs")]
use good_lp::{highs as backend, solvers::highs::HighsProblem};

/// Bounds beyond this are left out of the linear program, whose numbers are floating-point.
pub(super) const LARGEST_BOUND: i64 = 1 << 40;
/// Multipliers are rounded to multiples of one over each of these; small ones hit simple fractions exactly.
const SCALES: [i64; 6] = [1, 2, 6, 60, 1 << 10, 1 << 20];

/// `Σ coefficient·column <= limit`, or `==`.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) terms: Vec<(usize, i64)>,
    pub(super) limit: i128,
    pub(super) equal: bool,
}

/// Columns, each within its bounds, and rows that hold at every solution.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) columns: Vec<Interval>,
    pub(super) rows: Vec<Row>,
    /// When to give up.
    #[cfg_attr(not(feature = "relaxation"), expect(dead_code, reason = "nothing is solved"))]
    pub(super) end: Option<Instant>,
}

impl Program {
    /// A further column.
    pub(super) fn column(&mut self, bounds: Interval) -> usize {
        self.columns.push(bounds);
        self.columns.len() - 1
    }

    /// Whether the rows have no solution within the bounds. `false` says nothing.
    pub(super) fn is_infeasible(&self) -> bool {
        let Some(multipliers) = self.propose(None, None) else { return false };
        SCALES.iter().any(|&scale| self.combine(&multipliers, scale, &[]).is_some_and(|least| least > 0))
    }

    /// A number that `Σ coefficient·column` is never below, if the rows give one. Bounds of the `free` column are left
    /// out of the linear program, where they would hide how far it could go.
    pub(super) fn lower_bound(&self, objective: &[(usize, i64)], free: Option<usize>) -> Option<i128> {
        let multipliers = self.propose(Some(objective), free)?;
        let bounds = SCALES.iter().filter_map(|&scale| {
            let least = self.combine(&multipliers, scale, objective)?;
            Some(ceil_div(least, i128::from(scale)))
        });
        bounds.max()
    }

    /// Multipliers for the rows, as good as the floating-point solver can make them: for the bound on the objective, or,
    /// without one, for the proof that the rows cannot hold together.
    #[cfg(feature = "relaxation")]
    #[expect(clippy::cast_precision_loss, reason = "a proposal: what follows from it is computed exactly")]
    fn propose(&self, objective: Option<&[(usize, i64)]>, free: Option<usize>) -> Option<Vec<f64>> {
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return None;
        }
        let mut program = ProblemVariables::new();
        let columns: Vec<_> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, bounds)| {
                let mut column = variable();
                if bounds.lo.abs() <= LARGEST_BOUND && free != Some(index) {
                    column = column.min(bounds.lo as f64);
                }
                if bounds.hi.abs() <= LARGEST_BOUND && free != Some(index) {
                    column = column.max(bounds.hi as f64);
                }
                program.add(column)
            })
            .collect();
        let sum = |terms: &[(usize, i64)]| -> Expression {
            terms.iter().map(|&(index, coefficient)| coefficient as f64 * columns[index]).sum()
        };
        // Without an objective: the least by which every row must be relaxed.
        let excess = program.add(variable().min(0));
        let goal: Expression = objective.map_or(excess.into(), sum);
        let mut model = program.minimise(goal).using(backend);
        if let Some(left) = left {
            model = within(model, left);
        }
        let references: Vec<Vec<ConstraintReference>> = self
            .rows
            .iter()
            .map(|row| {
                let (sum, limit) = (sum(&row.terms), row.limit as f64);
                match objective {
                    Some(_) if row.equal => vec![model.add_constraint(sum.eq(limit))],
                    Some(_) => vec![model.add_constraint(sum.leq(limit))],
                    None if row.equal => {
                        let opposite = -sum.clone() - excess;
                        vec![
                            model.add_constraint((sum - excess).leq(limit)),
                            model.add_constraint(opposite.leq(-limit)),
                        ]
                    }
                    None => vec![model.add_constraint((sum - excess).leq(limit))],
                }
            })
            .collect();
        let mut solution = model.solve().ok()?;
        if !solution.value(excess).is_finite() {
            return None;
        }
        let dual = solution.compute_dual();
        // A shadow price is what the minimum gains by a larger limit: not positive for `<=`.
        let multiplier = |of_row: &Vec<ConstraintReference>| match of_row.as_slice() {
            [upper, lower] => dual.dual(lower.clone()) - dual.dual(upper.clone()),
            [only] => -dual.dual(only.clone()),
            _ => 0.0,
        };
        Some(references.iter().map(multiplier).collect())
    }

    /// Without a solver, none.
    #[cfg(not(feature = "relaxation"))]
    #[expect(clippy::unused_self, reason = "as with a solver")]
    fn propose(&self, _: Option<&[(usize, i64)]>, _: Option<usize>) -> Option<Vec<f64>> {
        None
    }

    /// The least value of `scale * objective + Σ λ (a·x - k)` within the bounds, for the multipliers rounded to integers
    /// after scaling. `None` where a bound that matters is infinite or a number grows too large.
    #[expect(clippy::cast_possible_truncation, reason = "far too large multipliers are refused first")]
    fn combine(&self, multipliers: &[f64], scale: i64, objective: &[(usize, i64)]) -> Option<i128> {
        let mut coefficients = vec![0i128; self.columns.len()];
        for &(index, coefficient) in objective {
            coefficients[index] += i128::from(scale) * i128::from(coefficient);
        }
        let mut constant = 0i128;
        for (row, &multiplier) in self.rows.iter().zip(multipliers) {
            let rounded = (multiplier * f64::from(i32::try_from(scale).expect("small"))).round();
            if !rounded.is_finite() || rounded.abs() > 1e15 {
                return None;
            }
            // A row that is an inequality takes no negative multiplier.
            let factor = if row.equal { rounded as i128 } else { (rounded as i128).max(0) };
            constant = constant.checked_sub(factor.checked_mul(row.limit)?)?;
            for &(index, coefficient) in &row.terms {
                coefficients[index] = coefficients[index].checked_add(factor.checked_mul(i128::from(coefficient))?)?;
            }
        }
        let ends = coefficients.into_iter().zip(&self.columns).filter(|&(coefficient, _)| coefficient != 0);
        ends.into_iter().try_fold(constant, |least, (coefficient, bounds)| {
            let end = if coefficient > 0 { bounds.lo } else { bounds.hi };
            is_finite(end).then_some(())?;
            least.checked_add(coefficient.checked_mul(i128::from(end))?)
        })
    }
}

/// The program with a limit of time.
#[cfg(all(feature = "relaxation", not(feature = "highs")))]
fn within(mut model: ClarabelProblem, time: Duration) -> ClarabelProblem {
    model.settings().time_limit(time.as_secs_f64());
    model
}

/// The program with a limit of time.
#[cfg(feature = "highs")]
fn within(model: HighsProblem, time: Duration) -> HighsProblem {
    model.set_time_limit(time.as_secs_f64())
}
