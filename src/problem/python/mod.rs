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
//! | `lexer`, `parser`, `primary`, `operators`, `tree` | text to tokens, tokens to a tree whose depth is bounded |
//! | `evaluate`, `value`, `number`, `functions` | a tree to a value |
//! | `limits`, `work` | how much is evaluated, and how much was |
//! | `refusal`, `error` | what is refused, and where |

mod error;
mod evaluate;
mod functions;
mod lexer;
mod limits;
mod number;
mod operators;
mod parser;
mod primary;
mod refusal;
#[cfg(test)]
mod tests;
mod tree;
mod value;
mod work;

pub use error::{PythonError, PythonErrorKind};
pub(super) use evaluate::list;
pub use limits::{MOST_ITEMS, MOST_STEPS};
pub(super) use value::Value;
