//! What is evident of an expression without its variables' values: integers, truths, values that are defined.

use crate::model::Expr;

/// Whether the value of the expression may be undefined somewhere. May say yes where the answer is no.
pub(crate) fn may_be_undefined(expr: &Expr) -> bool {
    let constant = |expr: &Expr, holds: fn(i64) -> bool| matches!(expr, Expr::Constant(value) if holds(*value));
    let partial = match expr {
        // A comparison is false where a side is undefined.
        Expr::Compare(..) | Expr::AllDifferent(_) | Expr::Table(..) => return false,
        Expr::Element { index, items } => match **index {
            Expr::Constant(index) => {
                let length = i128::try_from(items.len()).unwrap_or(0);
                !(-length..length).contains(&i128::from(index))
            }
            _ => true,
        },
        Expr::Quotient(_, b) | Expr::FloorDivide(_, b) | Expr::CeilDivide(_, b) | Expr::Remainder(_, b) => {
            !constant(b, |value| value != 0)
        }
        Expr::Power(_, exponent) => !constant(exponent, |value| value >= 0),
        Expr::Log2(_) | Expr::Gcd(_) | Expr::Lcm(_) | Expr::FloorLog2(_) | Expr::FloorRoot(..) => true,
        Expr::BitAnd(a, b) => !evident_integer(a) || !evident_integer(b),
        _ => false,
    };
    partial || expr.operands().into_iter().any(may_be_undefined)
}

/// Whether the value of the expression is an integer wherever it is defined. May say no where the answer is yes.
pub(super) fn evident_integer(expr: &Expr) -> bool {
    let all = |list: &[Expr]| list.iter().all(evident_integer);
    match expr {
        Expr::Sum(list) | Expr::Product(list) | Expr::Minimum(list) | Expr::Maximum(list) => all(list),
        Expr::Negate(a) | Expr::Absolute(a) => evident_integer(a),
        Expr::Remainder(a, b) => evident_integer(a) && evident_integer(b),
        Expr::Power(base, exponent) => {
            evident_integer(base) && matches!(**exponent, Expr::Constant(exponent) if exponent >= 0)
        }
        Expr::If { then, otherwise, .. } => evident_integer(then) && evident_integer(otherwise),
        Expr::Element { items, .. } => all(items),
        Expr::Quotient(a, b) => match (&**a, &**b) {
            // Over 0 there is no value at all.
            (Expr::Constant(a), Expr::Constant(b)) => *b == 0 || a % b == 0,
            _ => false,
        },
        Expr::Log2(_) => false,
        _ => true,
    }
}

/// Whether an exponent is an integer: evidently, or as a power of integers, whose exponent is rarely negative.
pub(super) fn integer_exponent(expr: &Expr) -> bool {
    evident_integer(expr)
        || matches!(expr, Expr::Power(base, exponent) if integer_exponent(base) && integer_exponent(exponent))
}

/// Whether the value is 0 or 1 as a truth, so that Python has a `bool` there.
pub(super) fn is_truth(expr: &Expr) -> bool {
    match expr {
        Expr::If { then, otherwise, .. } => is_truth(then) && is_truth(otherwise),
        Expr::Constant(value) => matches!(value, 0 | 1),
        other => other.is_test(),
    }
}
