//! Common factors of dividends and divisors, and multiples of divisors.

use super::facts::is_integer;
use super::monomials::{Monomial, monomial, monomials, sum_of};
use super::simplifier::{Guards, Simplifier};
use crate::arith::gcd;
use crate::model::Expr;

/// To which integer a quotient is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    /// To none: it is a fraction.
    None,
    Down,
    Up,
}

impl Rounding {
    fn quotient(self, a: Expr, b: Expr) -> Expr {
        let (a, b) = (Box::new(a), Box::new(b));
        match self {
            Self::None => Expr::Quotient(a, b),
            Self::Down => Expr::FloorDivide(a, b),
            Self::Up => Expr::CeilDivide(a, b),
        }
    }
}

impl Simplifier<'_> {
    /// The quotient, rounded or not, without the factors that dividend and divisor have in common.
    pub(super) fn quotient(&self, a: Expr, b: Expr, rounding: Rounding, guards: Option<&mut Guards>) -> Expr {
        let (mut above, mut below) = (monomials(&a), monomial(&b));
        if !self.cancel(&mut above, &mut below, guards) {
            return rounding.quotient(a, b);
        }
        let (above, below) = (sum_of(above), below.into_expr());
        let whole = below == Expr::Constant(1) && (rounding == Rounding::None || is_integer(&above));
        if whole { above } else { rounding.quotient(above, below) }
    }

    /// The remainder without what is a multiple of the divisor, and with common factors outside.
    pub(super) fn remainder(&self, a: Expr, b: Expr, guards: Option<&mut Guards>) -> Expr {
        let (mut above, mut below) = (monomials(&a), monomial(&b));
        let whole = above.len();
        if below.coefficient != 0 && !below.factors.is_empty() {
            above.retain(|part| !self.is_multiple(part, &below));
        }
        if above.is_empty() && whole > 0 {
            let defined = self.demand_nonzero(&below.factors, guards);
            return if defined { 0.into() } else { Expr::Remainder(Box::new(a), Box::new(b)) };
        }
        let mut outside = below.factors.clone();
        if !self.cancel(&mut above, &mut below, guards) {
            let a = if above.len() < whole { sum_of(above) } else { a };
            return Expr::Remainder(Box::new(a), Box::new(b));
        }
        for factor in &below.factors {
            let place = outside.iter().position(|other| other == factor).expect("what was left");
            outside.remove(place);
        }
        outside.push(Expr::Remainder(Box::new(sum_of(above)), Box::new(below.into_expr())));
        Expr::Product(outside)
    }

    /// Takes common factors that are no constants out of a sum and a divisor; false where there is none, or one might be 0
    /// and there are no guards.
    fn cancel(&self, above: &mut [Monomial], below: &mut Monomial, mut guards: Option<&mut Guards>) -> bool {
        let mut cancelled = false;
        for factor in below.factors.clone() {
            let common = above.iter().all(|part| part.factors.contains(&factor));
            if above.is_empty() || !common {
                continue;
            }
            if !self.demand_nonzero(std::slice::from_ref(&factor), guards.as_deref_mut()) {
                continue;
            }
            above.iter_mut().chain([&mut *below]).for_each(|part| part.remove(&factor));
            cancelled = true;
        }
        cancelled
    }

    /// Whether factors are never 0, or that is now asked for.
    fn demand_nonzero(&self, factors: &[Expr], guards: Option<&mut Guards>) -> bool {
        let open: Vec<&Expr> = factors.iter().filter(|factor| !self.is_nonzero(factor)).collect();
        match guards {
            Some(guards) => {
                guards.extend(open.into_iter().cloned());
                true
            }
            None => open.is_empty(),
        }
    }

    /// Whether a product is an integer times another, defined wherever the other is.
    fn is_multiple(&self, product: &Monomial, other: &Monomial) -> bool {
        let mut rest = product.clone();
        for factor in &other.factors {
            let Some(place) = rest.factors.iter().position(|own| own == factor) else { return false };
            rest.factors.remove(place);
        }
        let whole = other.coefficient != 0 && gcd(product.coefficient, other.coefficient) == other.coefficient.abs();
        whole && rest.factors.iter().all(|factor| is_integer(factor) && self.is_total(factor))
    }
}
