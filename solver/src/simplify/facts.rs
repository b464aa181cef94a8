//! What is known of an expression without its variables' values: whether it is an integer, defined everywhere, never 0.

use super::simplifier::Simplifier;
use crate::model::{Expr, Values};

impl Simplifier<'_> {
    /// Whether an expression is defined everywhere.
    pub(super) fn is_total(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Constant(_) | Expr::Variable(_) => true,
            Expr::Sum(list) | Expr::Product(list) | Expr::Minimum(list) | Expr::Maximum(list) => {
                list.iter().all(|operand| self.is_total(operand))
            }
            Expr::Negate(a) | Expr::Absolute(a) => self.is_total(a),
            Expr::FloorDivide(a, b) | Expr::CeilDivide(a, b) | Expr::Remainder(a, b) | Expr::Quotient(a, b) => {
                self.is_total(a) && self.is_nonzero(b)
            }
            _ => false,
        }
    }

    /// Whether an expression is known to be defined and never 0.
    pub(super) fn is_nonzero(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Constant(value) => *value != 0,
            Expr::Variable(variable) => !self.model.variable(*variable).values.contains(0),
            Expr::Product(list) => list.iter().all(|factor| self.is_nonzero(factor)),
            Expr::Negate(a) | Expr::Absolute(a) => self.is_nonzero(a),
            Expr::Sum(_) => self.least(expr).is_some_and(|least| least > 0),
            _ => false,
        }
    }

    /// A lower bound of an expression that is defined everywhere.
    fn least(&self, expr: &Expr) -> Option<i128> {
        match expr {
            Expr::Constant(value) => Some((*value).into()),
            Expr::Variable(variable) => Some(match &self.model.variable(*variable).values {
                Values::Range { min, .. } => (*min).into(),
                Values::List(values) => (*values.first()?).into(),
            }),
            Expr::Sum(list) => list.iter().try_fold(0i128, |sum, part| sum.checked_add(self.least(part)?)),
            Expr::Product(list) => list.iter().try_fold(1i128, |product, factor| {
                let least = self.least(factor).filter(|least| *least >= 0)?;
                product.checked_mul(least)
            }),
            _ => None,
        }
    }
}

/// Whether an expression is an integer wherever it is defined.
pub(super) fn is_integer(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(_)
        | Expr::Variable(_)
        | Expr::FloorDivide(..)
        | Expr::CeilDivide(..)
        | Expr::Gcd(_)
        | Expr::Lcm(_)
        | Expr::Compare(..)
        | Expr::Divides(..)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_) => true,
        Expr::Sum(list) | Expr::Product(list) | Expr::Minimum(list) | Expr::Maximum(list) => {
            list.iter().all(is_integer)
        }
        Expr::Negate(a) | Expr::Absolute(a) => is_integer(a),
        Expr::Remainder(a, b) => is_integer(a) && is_integer(b),
        Expr::Power(a, b) => is_integer(a) && matches!(**b, Expr::Constant(exponent) if exponent >= 0),
        _ => false,
    }
}
