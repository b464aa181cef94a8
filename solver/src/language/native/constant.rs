//! The value of an expression without variables.

use crate::arith::{ceil_div, floor_div, floor_mod, power, root_floor};
use crate::model::Expr;

/// The value of an expression of constants, where it is an integer and easily found; none otherwise. Never wrong, but
/// not complete: what it gives up on, the solver still evaluates exactly.
pub(super) fn integer(expr: &Expr) -> Option<i64> {
    wide(expr).and_then(|value| i64::try_from(value).ok())
}

fn wide(expr: &Expr) -> Option<i128> {
    match expr {
        Expr::Constant(value) => Some(i128::from(*value)),
        Expr::Sum(terms) => terms.iter().try_fold(0_i128, |sum, term| sum.checked_add(wide(term)?)),
        Expr::Product(factors) => factors.iter().try_fold(1_i128, |product, factor| product.checked_mul(wide(factor)?)),
        Expr::Negate(a) => wide(a)?.checked_neg(),
        Expr::Absolute(a) => wide(a)?.checked_abs(),
        Expr::Quotient(a, b) => divide(a, b, |a, b| if a % b == 0 { Some(a / b) } else { None }),
        Expr::FloorDivide(a, b) => divide(a, b, |a, b| Some(floor_div(a, b))),
        Expr::CeilDivide(a, b) => divide(a, b, |a, b| Some(ceil_div(a, b))),
        Expr::Remainder(a, b) => divide(a, b, |a, b| Some(floor_mod(a, b))),
        Expr::Power(a, b) => {
            let (base, exponent) = (integer(a)?, integer(b).filter(|&exponent| exponent >= 0)?);
            power(base, exponent)
        }
        Expr::BitAnd(a, b) => Some(wide(a)? & wide(b)?),
        Expr::FloorLog2(a) => wide(a).filter(|&value| value > 0).map(|value| value.ilog2().into()),
        Expr::FloorRoot(a, degree) => {
            integer(a).filter(|&value| value >= 0).map(|value| root_floor(value, (*degree).into()).into())
        }
        Expr::Minimum(list) => list.iter().map(wide).collect::<Option<Vec<_>>>()?.into_iter().min(),
        Expr::Maximum(list) => list.iter().map(wide).collect::<Option<Vec<_>>>()?.into_iter().max(),
        Expr::Element { index, items } => {
            let (index, length) = (wide(index)?, i128::try_from(items.len()).ok()?);
            wide(items.get(usize::try_from(if index < 0 { index + length } else { index }).ok()?)?)
        }
        _ => None,
    }
}

/// `operation` on two values, where the second is not 0 and neither is so large that it might overflow.
fn divide(a: &Expr, b: &Expr, operation: impl Fn(i128, i128) -> Option<i128>) -> Option<i128> {
    let (a, b) = (i128::from(integer(a)?), i128::from(integer(b)?));
    if b == 0 { None } else { operation(a, b) }
}
