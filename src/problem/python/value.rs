//! [`Value`]: what an expression comes to.

use super::error::PythonErrorKind;
use std::rc::Rc;

/// What an operation gives, or why it has no value; the place is added by who knows it.
pub(super) type Outcome<T> = Result<T, PythonErrorKind>;

/// A list, or a value of a parameter, as Python has it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::problem) enum Value {
    /// `int`.
    Integer(i128),
    /// `float`.
    Real(f64),
    /// `bool`.
    Truth(bool),
    /// `str`.
    Text(Rc<str>),
    /// `list`.
    List(Rc<[Value]>),
    /// `tuple`.
    Tuple(Rc<[Value]>),
    /// `range`: its items are not written out.
    Range { start: i128, step: i128, count: i128 },
    /// What a generator yields.
    Generator(Rc<[Value]>),
}

impl Value {
    /// What it is, for messages.
    pub(in crate::problem) fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) | Self::Real(_) => "a number",
            Self::Truth(_) => "a truth value",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Range { .. } => "a range",
            Self::Generator(_) => "what a loop yields",
        }
    }

    /// Whether it counts as true.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Integer(value) => *value != 0,
            Self::Real(value) => *value != 0.0,
            Self::Truth(value) => *value,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) => !items.is_empty(),
            Self::Range { count, .. } => *count > 0,
            Self::Generator(_) => true,
        }
    }
}
