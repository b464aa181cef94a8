//! The native dialect: Python's expressions, exact.
//!
//! | file | holds |
//! | --- | --- |
//! | `parser`, `primary`, `functions`, `membership`, `tuples` | texts to expressions: operators, what stands between them, calls, `in`, tuples |
//! | `operators`, `foreign` | operators, and how tightly they bind; those of other languages |
//! | `build`, `constant`, `bits` | expressions put together as they are read; constants folded; bitwise operators as arithmetic |
//! | `facts` | what is evident of an expression |
//! | `python`, `operations` | how Python would see a number; what it would make of the results of operators |
//! | `real/` | roots and logarithms, decided exactly |

mod bits;
mod build;
mod constant;
mod facts;
mod foreign;
mod functions;
mod membership;
mod operations;
mod operators;
mod parser;
mod primary;
mod python;
mod real;
#[cfg(test)]
mod tests;
mod tuples;

pub(crate) use facts::may_be_undefined;
pub(crate) use operators::Level;
pub(super) use parser::parse;
