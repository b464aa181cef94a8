//! [`Value`]: a rational number, a [`Sum`], or one of several by conditions.

use super::ratio::undefined;
use super::refusal::{NOT_RATIONAL, Settled};
use super::sum::Sum;
use crate::model::Expr;

/// What an expression is worth.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A rational number.
    Rational(Expr),
    Irrational(Sum),
    /// The first where the condition holds, otherwise the second.
    Choice(Box<Expr>, Box<Value>, Box<Value>),
}

impl Value {
    /// How many parts it has, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Rational(_) => 1,
            Self::Irrational(sum) => 1 + sum.size(),
            Self::Choice(_, then, otherwise) => 1 + then.size() + otherwise.size(),
        }
    }
}

impl Sum {
    /// The sum, or the number that it comes down to.
    pub(super) fn value(self) -> Value {
        if self.atoms.is_empty() {
            Value::Rational(guarded(self.rational, &self.defined))
        } else {
            Value::Irrational(self)
        }
    }
}

/// A value that must be rational in every case.
pub(super) fn rational(value: Value) -> Settled<Expr> {
    match value {
        Value::Rational(value) => Ok(value),
        Value::Irrational(_) => Err(NOT_RATIONAL),
        Value::Choice(condition, then, otherwise) => Ok(choose(*condition, rational(*then)?, rational(*otherwise)?)),
    }
}

pub(super) fn choose(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    let [condition, then, otherwise] = [condition, then, otherwise].map(Box::new);
    Expr::If { condition, then, otherwise }
}

/// The number where all the conditions hold, and undefined elsewhere.
pub(super) fn guarded(number: Expr, conditions: &[Expr]) -> Expr {
    if conditions.is_empty() { number } else { choose(all(conditions.to_vec()), number, undefined()) }
}

/// All of them.
pub(super) fn all(mut conditions: Vec<Expr>) -> Expr {
    if conditions.len() == 1 { conditions.remove(0) } else { Expr::And(conditions) }
}
