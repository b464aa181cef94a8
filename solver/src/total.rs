//! Whether an expression has a value wherever the variables of a model have one.

use crate::arith::{Interval, power_bound};
use crate::model::{Expr, Model, Values};

impl Model {
    /// Whether the expression is defined for all values of the variables, as far as bounds tell: true is certain.
    ///
    /// ```
    /// use constrint_solver::{Model, Values, language};
    /// let mut model = Model::new();
    /// model.add_variable("x", Values::range(0, 3, 1)?)?;
    /// assert!(model.defines(&language::parse("12 // (x + 1)", &model)?));
    /// assert!(model.defines(&language::parse("12 // (1 + (x > 3))", &model)?));
    /// assert!(!model.defines(&language::parse("12 // x", &model)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn defines(&self, expr: &Expr) -> bool {
        let not_zero = |divisor: &Expr| !self.hull(divisor).contains(0);
        let here = match expr {
            // A comparison is false where a side is undefined, and so is every other test.
            test if test.is_test() => return true,
            Expr::If { then, otherwise, .. } => return self.defines(then) && self.defines(otherwise),
            Expr::Quotient(_, b) | Expr::FloorDivide(_, b) | Expr::CeilDivide(_, b) | Expr::Remainder(_, b) => {
                not_zero(b)
            }
            Expr::Power(base, exponent) => is_whole(exponent) && (self.hull(exponent).lo >= 0 || not_zero(base)),
            Expr::Gcd(list) | Expr::Lcm(list) => list.iter().all(is_whole),
            Expr::BitAnd(a, b) => is_whole(a) && is_whole(b),
            Expr::FloorLog2(a) => is_whole(a) && self.hull(a).lo > 0,
            Expr::FloorRoot(a, _) => is_whole(a) && self.hull(a).lo >= 0,
            Expr::Element { index, items } => {
                let (length, index_hull) = (i64::try_from(items.len()).unwrap_or(0), self.hull(index));
                is_whole(index) && index_hull.lo >= -length && index_hull.hi < length
            }
            Expr::Log2(_) => false,
            _ => true,
        };
        here && expr.operands().into_iter().all(|operand| self.defines(operand))
    }

    /// Bounds of the values that the expression has where it is defined.
    fn hull(&self, expr: &Expr) -> Interval {
        let all = |list: &[Expr]| list.iter().map(|part| self.hull(part)).collect::<Vec<_>>();
        let sum = |a: Interval, b: Interval| {
            // Bounds are at most 2^62 each.
            Interval::new(
                crate::arith::clamp(i128::from(a.lo) + i128::from(b.lo)),
                crate::arith::clamp(i128::from(a.hi) + i128::from(b.hi)),
            )
        };
        match expr {
            Expr::Constant(value) => Interval::point(*value),
            Expr::Variable(id) => match &self.variable(*id).values {
                Values::Range { min, max, .. } => Interval::new(*min, *max),
                Values::List(list) => Interval::new(list[0], list[list.len() - 1]),
            },
            Expr::Sum(list) => all(list).into_iter().reduce(sum).unwrap_or(Interval::point(0)),
            Expr::Product(list) => all(list).into_iter().reduce(Interval::multiply).unwrap_or(Interval::point(1)),
            Expr::Negate(a) => self.hull(a).negate(),
            Expr::FloorDivide(a, b) => self.hull(a).floor_quotient(self.hull(b)),
            Expr::CeilDivide(a, b) => {
                let mirrored = self.hull(a).negate().floor_quotient(self.hull(b));
                if mirrored.is_empty() { mirrored } else { mirrored.negate() }
            }
            Expr::Power(base, exponent) => match (self.hull(base), self.hull(exponent)) {
                (base, exponent) if base.lo >= 1 && exponent.lo >= 0 => {
                    Interval::new(power_bound(base.lo, exponent.lo), power_bound(base.hi, exponent.hi))
                }
                _ => Interval::ALL,
            },
            Expr::Minimum(list) => all(list)
                .into_iter()
                .reduce(|a, b| Interval::new(a.lo.min(b.lo), a.hi.min(b.hi)))
                .unwrap_or(Interval::ALL),
            Expr::Maximum(list) => all(list)
                .into_iter()
                .reduce(|a, b| Interval::new(a.lo.max(b.lo), a.hi.max(b.hi)))
                .unwrap_or(Interval::ALL),
            Expr::If { then, otherwise, .. } => self.hull(then).hull(self.hull(otherwise)),
            test if test.is_test() => Interval::new(0, 1),
            Expr::Element { items, .. } => all(items).into_iter().reduce(Interval::hull).unwrap_or(Interval::ALL),
            _ => Interval::ALL,
        }
    }
}

/// Whether the value is an integer wherever it is defined, as far as is easily seen.
fn is_whole(expr: &Expr) -> bool {
    match expr {
        Expr::Quotient(..) | Expr::Log2(_) => false,
        Expr::Power(base, exponent) => {
            is_whole(base) && matches!(**exponent, Expr::Constant(exponent) if exponent >= 0)
        }
        Expr::FloorDivide(..) | Expr::CeilDivide(..) => true,
        other => other.operands().into_iter().all(is_whole),
    }
}
