//! What Python would make of the results of operators.

use super::build::Node;
use super::constant;
use super::facts::is_truth;
use super::python::{InPython, Rounded};

impl InPython {
    /// `left / right`.
    pub(super) fn quotient(left: &Node, right: &Node) -> Self {
        let exact = left.python.rounded == Rounded::Never && right.python.rounded == Rounded::Never;
        let divisor = constant::integer(&right.expr).map(i64::unsigned_abs);
        // A decimal such as 5 / 10 may have a power of two below its line after all.
        let whole = divisor.zip(constant::integer(&left.expr)).map(|(divisor, number)| {
            let common = crate::arith::gcd(number, i64::try_from(divisor).unwrap_or(i64::MAX));
            divisor / common.unsigned_abs().max(1)
        });
        Self::rounded(match whole.or(divisor) {
            _ if !exact => Rounded::Often,
            Some(divisor) if divisor.is_power_of_two() => Rounded::Never,
            _ => Rounded::Once,
        })
    }

    /// `left ** right`.
    pub(super) fn power(left: &Node, right: &Node) -> Self {
        let exact = left.python.rounded == Rounded::Never && right.python.rounded == Rounded::Never;
        let negative = constant::integer(&right.expr).is_some_and(|exponent| exponent < 0);
        Self::rounded(match (exact, negative) {
            (false, _) => Rounded::Often,
            (true, true) => Rounded::Once,
            (true, false) => Rounded::Never,
        })
    }

    /// `left and right`, or with `or`.
    pub(super) fn junction(left: &Node, right: &Node) -> Self {
        let operand = [left, right].into_iter().any(|side| side.python.operand || !is_truth(&side.expr));
        Self { operand, ..Self::default() }
    }
}
