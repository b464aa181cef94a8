//! The native dialect: Python's expressions, exact.

mod bits;
mod build;
mod constant;
mod foreign;
mod functions;
mod membership;
mod operators;
mod parser;
mod primary;
mod python;
mod real;
#[cfg(test)]
mod tests;
mod tuples;

pub(crate) use build::may_be_undefined;
pub(crate) use operators::Level;
pub use parser::MAX_NODES;
pub(super) use parser::parse;
