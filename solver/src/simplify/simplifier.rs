//! [`Simplifier`]: what is known of a model while its expressions become simpler.

use crate::model::{Expr, Model};

/// Divisors that must not be 0 for a simpler expression to mean the same.
pub(super) type Guards = Vec<Expr>;

pub(super) struct Simplifier<'a> {
    pub(super) model: &'a Model,
    /// Dividends and divisors of divisions that leave no remainder in any solution.
    pub(super) exact: Vec<(Expr, Expr)>,
}
