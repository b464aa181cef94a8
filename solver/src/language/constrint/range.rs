//! What a variable may be: every name from 1 to 2^30, unless a statement says that it equals something else.

use crate::model::{Comparison, Expr, MemberSet, Values, VarId};

/// The largest value of a variable of which no statement says that it equals a larger one.
const LARGEST: i64 = 1 << 30;

/// The values of each variable: `1..=2^30`, widened until it holds what the statements set the variable equal to.
///
/// Only widened: the statements stay constraints, so that they can be named where they cannot hold together.
pub(super) fn ranges<'a>(variables: usize, statements: impl Iterator<Item = &'a Expr>) -> Vec<Values> {
    let mut bounds = vec![(1, LARGEST); variables];
    for (variable, smallest, largest) in statements.filter_map(set_equal) {
        let (lo, hi) = &mut bounds[variable.index()];
        (*lo, *hi) = ((*lo).min(smallest), (*hi).max(largest));
    }
    bounds.into_iter().map(|(lo, hi)| Values::range(lo, hi, 1).expect("literals are small")).collect()
}

/// The variable that the statement sets equal to numbers, with the smallest and largest of them.
fn set_equal(statement: &Expr) -> Option<(VarId, i64, i64)> {
    match statement {
        Expr::Compare(Comparison::Equal, a, b) => match (&**a, &**b) {
            (Expr::Variable(variable), Expr::Constant(value)) | (Expr::Constant(value), Expr::Variable(variable)) => {
                Some((*variable, *value, *value))
            }
            _ => None,
        },
        Expr::Member(subject, MemberSet::Values(values)) => match &**subject {
            Expr::Variable(variable) => Some((*variable, *values.first()?, *values.last()?)),
            _ => None,
        },
        Expr::Or(alternatives) => {
            let all: Vec<_> = alternatives.iter().map(set_equal).collect::<Option<_>>()?;
            let same = all.iter().all(|one| one.0 == all[0].0);
            all.into_iter().reduce(|a, b| (a.0, a.1.min(b.1), a.2.max(b.2))).filter(|_| same)
        }
        _ => None,
    }
}
