//! [`Settler`]: arithmetic on values, case by case, within a limit.

use super::refusal::{Settled, TOO_LARGE};
use super::sum::Sum;
use super::value::Value;
use crate::model::Expr;

/// How many parts the intermediate results may have, all together.
const MOST_PARTS: usize = 1 << 18;

#[derive(Default)]
pub(super) struct Settler {
    parts: usize,
}

impl Settler {
    pub(super) fn spend(&mut self, parts: usize) -> Settled<()> {
        self.parts += parts;
        if self.parts > MOST_PARTS { Err(TOO_LARGE) } else { Ok(()) }
    }

    pub(super) fn add(&mut self, a: Value, b: Value) -> Settled<Value> {
        self.both(a, b, &|a, b| Ok(a.plus(b).value()))
    }

    pub(super) fn multiply(&mut self, a: Value, b: Value) -> Settled<Value> {
        self.both(a, b, &|a, b| a.times(&b).map(Sum::value))
    }

    pub(super) fn negate(&mut self, a: Value) -> Settled<Value> {
        self.each(a, &|a| Ok(a.scaled(&Expr::Constant(-1)).value()))
    }

    /// The operation in every case of the operand.
    pub(super) fn each(&mut self, a: Value, operation: &dyn Fn(Sum) -> Settled<Value>) -> Settled<Value> {
        self.spend(a.size())?;
        match a {
            Value::Rational(a) => operation(Sum::rational(a)),
            Value::Irrational(a) => operation(a),
            Value::Choice(condition, then, otherwise) => {
                let (then, otherwise) = (self.each(*then, operation)?, self.each(*otherwise, operation)?);
                Ok(Value::Choice(condition, Box::new(then), Box::new(otherwise)))
            }
        }
    }

    /// The operation in every case of both operands.
    pub(super) fn both(
        &mut self,
        a: Value,
        b: Value,
        operation: &dyn Fn(Sum, Sum) -> Settled<Value>,
    ) -> Settled<Value> {
        self.spend(a.size() + b.size())?;
        match a {
            Value::Rational(a) => self.each(b, &|b| operation(Sum::rational(a.clone()), b)),
            Value::Irrational(a) => self.each(b, &|b| operation(a.clone(), b)),
            Value::Choice(condition, then, otherwise) => {
                let then = self.both(*then, b.clone(), operation)?;
                let otherwise = self.both(*otherwise, b, operation)?;
                Ok(Value::Choice(condition, Box::new(then), Box::new(otherwise)))
            }
        }
    }
}
