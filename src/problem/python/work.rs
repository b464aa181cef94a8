//! [`Work`]: what an evaluation has cost so far.

use super::error::PythonErrorKind;
use super::limits::{MOST_ITEMS, MOST_STEPS};
use super::value::{Outcome, Value};
use std::rc::Rc;

/// The operations made so far, within the limits.
#[derive(Default)]
pub(super) struct Work {
    steps: u64,
}

impl Work {
    /// Counts operations.
    pub(super) fn spend(&mut self, steps: usize) -> Outcome<()> {
        self.steps += steps as u64;
        if self.steps > MOST_STEPS { Err(PythonErrorKind::TooMuchWork) } else { Ok(()) }
    }

    /// Items as a list, within the limits.
    pub(super) fn kept(&mut self, items: Vec<Value>) -> Outcome<Rc<[Value]>> {
        self.bounded(items.len())?;
        Ok(items.into())
    }

    /// Counts so many new items of a list.
    pub(super) fn bounded(&mut self, count: usize) -> Outcome<()> {
        if count > MOST_ITEMS {
            return Err(PythonErrorKind::TooManyItems);
        }
        self.spend(4 * count)
    }

    /// The items of anything that has some.
    pub(super) fn items(&mut self, value: &Value) -> Outcome<Rc<[Value]>> {
        match value {
            Value::List(items) | Value::Tuple(items) | Value::Generator(items) => Ok(items.clone()),
            Value::Range { start, step, count } => {
                self.bounded(usize::try_from(*count).unwrap_or(usize::MAX))?;
                Ok((0..*count).map(|index| Value::Integer(start + index * step)).collect())
            }
            other => Err(PythonErrorKind::Operands { operation: "for", found: other.kind().to_owned() }),
        }
    }
}
