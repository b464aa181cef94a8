//! Lists as Python writes them: `[2**i for i in range(6)]`, `[1, 2] + list(range(4, 33, 4))`.
//!
//! T1 files give the values of a parameter as such a text, for Python to evaluate. This is an evaluator of a safe part
//! of the language: numbers, lists, comprehensions, arithmetic, comparisons and a few functions. It reads no file, calls
//! nothing, knows no attribute but the functions of `math`, and ends: it counts what it does and gives up past
//! [`MOST_STEPS`]. What it does not know it refuses by name. What it computes, it computes as Python does: whole numbers
//! exactly (up to 2^127), others as the 64-bit floating-point numbers that Python has; the values of a parameter have to
//! come out whole in the end.
//!
//! | file | holds |
//! | --- | --- |
//! | `lexer`, `parser`, `primary`, `tree` | text to tokens, tokens to a tree whose depth is bounded |
//! | `evaluate`, `number`, `functions` | a tree to a value |
//! | `refusal`, `error` | what is refused, and where |

mod error;
mod evaluate;
mod functions;
mod lexer;
mod number;
mod parser;
mod primary;
mod refusal;
#[cfg(test)]
mod tests;
mod tree;

pub use error::{PythonError, PythonErrorKind};

use std::rc::Rc;

/// A list, or a value of a parameter, as Python has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
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

/// Lists longer than this are refused.
pub const MOST_ITEMS: usize = 1_000_000;

/// Operations after which a text is given up, an item of a list being four: about a second.
pub const MOST_STEPS: u64 = 1 << 24;

/// The items of the list, tuple or range that a text stands for.
///
/// # Errors
/// [`PythonError`] where the text is no list, or holds what is not part of the language.
pub(super) fn list(text: &str) -> Result<Vec<Value>, PythonError> {
    let tree = parser::parse(text)?;
    evaluate::list(&tree)
}
