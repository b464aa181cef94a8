//! Remainders of quotients as remainders by products.

use super::simplifier::Simplifier;
use crate::model::{Comparison, Expr, Model};

/// Dividends and divisors of divisions that leave no remainder in any solution.
pub(super) fn exact_divisions(model: &Model) -> Vec<(Expr, Expr)> {
    let mut exact = Vec::new();
    let mut pending: Vec<&Expr> = model.constraints().iter().map(|constraint| &constraint.expr).collect();
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::And(list) => pending.extend(list),
            Expr::Compare(Comparison::Equal, a, b) => {
                for (side, other) in [(a, b), (b, a)] {
                    if let (Expr::Remainder(dividend, divisor), Expr::Constant(0)) = (&**side, &**other) {
                        exact.push(((**dividend).clone(), (**divisor).clone()));
                    }
                }
            }
            Expr::Divides(divisor, dividend) => exact.push(((**dividend).clone(), (**divisor).clone())),
            _ => {}
        }
    }
    exact
}

impl Simplifier<'_> {
    /// A remainder that is 0 where the one given is: `(a / b) % c` is 0 where `a % (b * c)` is.
    pub(super) fn of_quotient(&self, remainder: Expr) -> Expr {
        let Expr::Remainder(number, divisor) = &remainder else { return remainder };
        match &**number {
            Expr::Quotient(a, b) => {
                let product = Expr::Product(vec![(**b).clone(), (**divisor).clone()]);
                self.of_quotient(Expr::Remainder(a.clone(), Box::new(product)))
            }
            Expr::FloorDivide(a, b) | Expr::CeilDivide(a, b) if self.is_exact(a, b) => {
                let quotient = Box::new(Expr::Quotient(a.clone(), b.clone()));
                self.of_quotient(Expr::Remainder(quotient, divisor.clone()))
            }
            _ => remainder,
        }
    }

    /// Whether no solution leaves a remainder.
    fn is_exact(&self, dividend: &Expr, divisor: &Expr) -> bool {
        self.exact.iter().any(|(a, b)| a == dividend && b == divisor)
    }
}
