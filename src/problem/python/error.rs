//! What is refused, where, and what to write instead.

use super::limits::{MOST_ITEMS, MOST_LEVELS, MOST_STEPS};
use std::fmt;
use std::ops::Range;

/// A text that is no list in the part of Python that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonError {
    /// What is wrong.
    pub kind: PythonErrorKind,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
}

/// What can be wrong with the text of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PythonErrorKind {
    /// Nothing but blanks.
    Empty,
    /// A character that starts no token.
    UnknownCharacter {
        /// The character.
        character: char,
    },
    /// Digits that are no number.
    Number {
        /// As written.
        literal: String,
    },
    /// A text without its closing quote.
    UnclosedText,
    /// Something that Python has and this language has not.
    Unsupported {
        /// What it is, in the plural.
        what: &'static str,
    },
    /// A call of what is not one of the functions.
    UnknownFunction {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// A name that stands for nothing.
    UnknownName {
        /// The name.
        name: String,
    },
    /// Something else is due.
    Expected {
        /// What is due.
        what: &'static str,
        /// What is there; none at the end of the text.
        found: Option<String>,
    },
    /// More levels of brackets or operators in one another than are read.
    TooDeep,
    /// A list of more items than are kept.
    TooManyItems,
    /// More operations than are made.
    TooMuchWork,
    /// A number beyond those that are computed.
    TooLarge,
    /// A division by 0, or a negative power of 0.
    DivisionByZero,
    /// An operation that these operands do not have.
    Operands {
        /// The operation.
        operation: &'static str,
        /// What it was applied to.
        found: String,
    },
    /// A function with the wrong number of arguments.
    ArgumentCount {
        /// The function.
        function: &'static str,
        /// What it takes, as a phrase.
        takes: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A number at which an operation has no value.
    NoValue {
        /// The operation.
        operation: &'static str,
    },
    /// The whole text stands for something else than a list.
    NotAList {
        /// For what.
        found: &'static str,
    },
}

impl PythonError {
    pub(super) fn new(span: &Range<usize>, kind: PythonErrorKind) -> Self {
        Self { kind, span: span.clone() }
    }

    /// What is wrong, as one sentence without its full stop.
    pub fn message(&self) -> String {
        match &self.kind {
            PythonErrorKind::Empty => "the text is empty".to_owned(),
            PythonErrorKind::UnknownCharacter { character } => {
                format!("unexpected character `{}`", character.escape_debug())
            }
            PythonErrorKind::Number { literal } => format!("`{literal}` is not a number"),
            PythonErrorKind::UnclosedText => "a text has no closing quote".to_owned(),
            PythonErrorKind::Unsupported { what } => format!("{what} are not part of what is read as a list"),
            PythonErrorKind::UnknownFunction { name, .. } => {
                format!("calls to `{name}` are not part of what is read as a list")
            }
            PythonErrorKind::UnknownName { name } => format!("unknown name `{name}`"),
            PythonErrorKind::Expected { what, found } => {
                let found = found.as_ref().map_or("the end of the text".to_owned(), |found| format!("`{found}`"));
                format!("expected {what}, found {found}")
            }
            PythonErrorKind::TooDeep => format!("nested more than {MOST_LEVELS} levels deep"),
            PythonErrorKind::TooManyItems => format!("a list has more than {MOST_ITEMS} items"),
            PythonErrorKind::TooMuchWork => format!("the list takes more than {MOST_STEPS} operations"),
            PythonErrorKind::TooLarge => "a number is too large to be computed".to_owned(),
            PythonErrorKind::DivisionByZero => "a division by 0".to_owned(),
            PythonErrorKind::Operands { operation, found } => format!("`{operation}` does not apply to {found}"),
            PythonErrorKind::ArgumentCount { function, takes, found } => {
                format!("`{function}` takes {takes}, not {found}")
            }
            PythonErrorKind::NoValue { operation } => format!("`{operation}` has no value there"),
            PythonErrorKind::NotAList { found } => format!("this is {found}, not a list"),
        }
    }

    /// How to mend it, where something can be said.
    pub fn hint(&self) -> Option<String> {
        match &self.kind {
            PythonErrorKind::Empty | PythonErrorKind::NotAList { .. } => {
                Some("write the values as a list: `[1, 2, 4]` or `[2**i for i in range(3)]`".to_owned())
            }
            PythonErrorKind::UnknownFunction { known, .. } => Some(format!("there are {}", known.join(", "))),
            PythonErrorKind::Unsupported { .. }
            | PythonErrorKind::TooDeep
            | PythonErrorKind::TooManyItems
            | PythonErrorKind::TooMuchWork => Some("write the values out, as a list of numbers".to_owned()),
            PythonErrorKind::UnknownName { .. } => Some("the values of one parameter cannot use another".to_owned()),
            _ => None,
        }
    }
}

/// One line: what, where, and how to mend it.
impl fmt::Display for PythonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (at byte {})", self.message(), self.span.start)?;
        self.hint().map_or(Ok(()), |hint| write!(formatter, "; {hint}"))
    }
}

impl std::error::Error for PythonError {}
