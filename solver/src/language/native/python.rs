//! [`InPython`]: what Python would make of a number, so that a reader can tell where its answer may be another.

use super::build::{Node, is_truth};
use super::constant;

/// How Python would see a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct InPython {
    /// How often it would be rounded.
    pub(super) rounded: Rounded,
    /// Whether it would be an operand of `and` or `or` instead of a truth.
    pub(super) operand: bool,
    /// Whether `&`, `^` or `|` was applied last, outside of brackets.
    pub(super) bits: bool,
}

/// How often binary floating point would round a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Rounded {
    /// Never: integers, and fractions over powers of two.
    #[default]
    Never,
    /// Once: compared with another such number, it compares as it does exactly.
    Once,
    /// More than once.
    Often,
}

impl InPython {
    /// What is true of either.
    pub(super) fn worse(self, other: Self) -> Self {
        Self { rounded: self.rounded.max(other.rounded), operand: self.operand || other.operand, bits: false }
    }

    /// Rounded that often.
    pub(super) fn rounded(rounded: Rounded) -> Self {
        Self { rounded, ..Self::default() }
    }

    /// The result of a sum or product of such numbers.
    pub(super) fn arithmetic(self, other: Self) -> Self {
        let rounded = if self.rounded == Rounded::Never && other.rounded == Rounded::Never {
            Rounded::Never
        } else {
            Rounded::Often
        };
        Self::rounded(rounded)
    }

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
