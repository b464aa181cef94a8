//! Where Python and the native language would disagree: `and` and `or` as numbers.

use crate::diagnostic::Place;
use crate::problem::{ProblemError, ProblemFault};
use constrint_solver::Expr;

/// Refuses an expression that computes with the operand that `and` or `or` gives in Python. Where all operands are
/// truth values, or only the truth of the whole counts, both languages agree.
pub(crate) fn refuse_choices_as_numbers(expr: &Expr, place: &Place) -> Result<(), ProblemError> {
    if computes_with_choice(expr, true) { Err(place.fault(ProblemFault::ChoiceAsNumber)) } else { Ok(()) }
}

/// `as_truth`: whether only the truth of the expression counts where it stands.
fn computes_with_choice(expr: &Expr, as_truth: bool) -> bool {
    match expr {
        Expr::And(list) | Expr::Or(list) => {
            !as_truth && !list.iter().all(is_truth) || list.iter().any(|part| computes_with_choice(part, true))
        }
        Expr::Not(operand) => computes_with_choice(operand, true),
        Expr::If { condition, then, otherwise } => {
            computes_with_choice(condition, true)
                || [then, otherwise].into_iter().any(|part| computes_with_choice(part, as_truth))
        }
        other => other.operands().into_iter().any(|operand| computes_with_choice(operand, false)),
    }
}

/// Whether the value is 0 or 1 in both languages.
fn is_truth(expr: &Expr) -> bool {
    match expr {
        Expr::And(list) | Expr::Or(list) => list.iter().all(is_truth),
        Expr::If { then, otherwise, .. } => is_truth(then) && is_truth(otherwise),
        Expr::Constant(value) => matches!(value, 0 | 1),
        other => other.is_test(),
    }
}
