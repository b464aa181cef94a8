//! Comparisons of products: recognised, and posted as one propagator for all their factors.

use super::poster::Poster;
use crate::model::{Comparison, Expr};
use crate::normal::Factors;
use crate::propagators::monomial::{Monomial, Order};
use crate::store::Conflict;

/// A product as it is written, before its factors are posted.
#[derive(Debug, Default)]
struct Written<'a> {
    factors: Vec<(&'a Expr, u32)>,
    constant: i64,
}

impl<'a> Written<'a> {
    /// None where the expression is no product of positive constants and other factors, or its numbers are large.
    fn of(expr: &'a Expr) -> Option<Self> {
        let mut written = Self { factors: Vec::new(), constant: 1 };
        written.multiply(expr, 1)?;
        Some(written)
    }

    fn multiply(&mut self, expr: &'a Expr, exponent: u32) -> Option<()> {
        match expr {
            Expr::Constant(value) => {
                let power = crate::arith::power(*value, i64::from(exponent)).filter(|&power| power >= 1)?;
                self.constant = self.constant.checked_mul(i64::try_from(power).ok()?)?;
            }
            Expr::Product(factors) => factors.iter().try_for_each(|factor| self.multiply(factor, exponent))?,
            Expr::Power(base, times) => match **times {
                Expr::Constant(times @ 1..=16) => self.multiply(base, exponent * u32::try_from(times).ok()?)?,
                _ => self.factors.push((expr, exponent)),
            },
            // A logarithm is compared in a way of its own.
            Expr::Sum(_) | Expr::Negate(_) | Expr::Quotient(..) | Expr::Log2(_) => return None,
            factor => self.factors.push((factor, exponent)),
        }
        (self.factors.len() <= 64 && exponent <= 64).then_some(())
    }
}

impl Poster {
    /// Posts `a == b`, `a <= b` or `a >= b` as a comparison of two products of positive factors. Whether it could.
    pub(super) fn require_monomials(&mut self, comparison: Comparison, a: &Expr, b: &Expr) -> Result<bool, Conflict> {
        let (left, order, right) = match comparison {
            Comparison::Equal => (a, Order::Equal, b),
            Comparison::LessEqual => (a, Order::AtMost, b),
            Comparison::GreaterEqual => (b, Order::AtMost, a),
            Comparison::NotEqual | Comparison::Less | Comparison::Greater => return Ok(false),
        };
        let (Some(left), Some(right)) = (Written::of(left), Written::of(right)) else { return Ok(false) };
        // Two variables are a matter of linear constraints.
        if left.factors.len() <= 1 && right.factors.len() <= 1 {
            return Ok(false);
        }
        let (Some(mut left), Some(mut right)) = (self.side(&left)?, self.side(&right)?) else { return Ok(false) };
        if !self.are_positive(&left) || !self.are_positive(&right) {
            return Ok(false);
        }
        merge_factors(&mut left, &mut right);
        self.relaxation.exponents.monomials.push((left.clone(), order == Order::Equal, right.clone()));
        let monomial = Monomial { left, order, right, pairs: true };
        if !monomial.is_exact(&self.engine.store) {
            return Ok(false);
        }
        self.add(monomial)?;
        Ok(true)
    }

    fn are_positive(&self, side: &Factors) -> bool {
        side.factors.iter().all(|&(var, _)| self.engine.store.lo(var) >= 1)
    }

    /// The factors as variables; none where a factor is no integer, or a number grows too large.
    fn side(&mut self, written: &Written) -> Result<Option<Factors>, Conflict> {
        let mut side = Factors { coefficient: written.constant, factors: Vec::new() };
        for &(expr, exponent) in &written.factors {
            let number = self.number(expr, true)?;
            if !number.is_integer() {
                return Ok(None);
            }
            let Some(value) = number.numerator.as_constant() else {
                side.factors.push((self.variable(&number.numerator)?, exponent));
                continue;
            };
            let power = i64::try_from(value).ok().and_then(|value| crate::arith::power(value, i64::from(exponent)));
            let coefficient = power.and_then(|power| i64::try_from(power).ok()?.checked_mul(side.coefficient));
            let Some(coefficient) = coefficient.filter(|&coefficient| coefficient >= 1) else { return Ok(None) };
            side.coefficient = coefficient;
        }
        Ok(Some(side))
    }
}

/// Makes each variable stand once: factors of one side are joined, and what stands on both sides, which is positive, is
/// taken out.
pub(crate) fn merge_factors(left: &mut Factors, right: &mut Factors) {
    let common = crate::arith::gcd(left.coefficient, right.coefficient);
    left.coefficient /= common;
    right.coefficient /= common;
    for side in [&mut *left, &mut *right] {
        side.factors.sort_unstable();
        side.factors.dedup_by(|next, first| {
            let same = next.0 == first.0;
            first.1 += if same { next.1 } else { 0 };
            same
        });
    }
    for (var, exponent) in &mut left.factors {
        let Some(other) = right.factors.iter_mut().find(|factor| factor.0 == *var) else { continue };
        let shared = (*exponent).min(other.1);
        *exponent -= shared;
        other.1 -= shared;
    }
    left.factors.retain(|factor| factor.1 > 0);
    right.factors.retain(|factor| factor.1 > 0);
}
