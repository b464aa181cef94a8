//! [`Monomial`]: expressions as sums of numbers times factors.

use crate::model::Expr;

/// `coefficient * factors`.
#[derive(Debug, Clone)]
pub(super) struct Monomial {
    pub(super) coefficient: i64,
    pub(super) factors: Vec<Expr>,
}

impl Monomial {
    pub(super) fn into_expr(self) -> Expr {
        let Self { coefficient, mut factors } = self;
        match factors.len() {
            0 => coefficient.into(),
            1 if coefficient == 1 => factors.remove(0),
            _ => {
                if coefficient != 1 {
                    factors.insert(0, coefficient.into());
                }
                Expr::Product(factors)
            }
        }
    }

    pub(super) fn remove(&mut self, factor: &Expr) {
        let place = self.factors.iter().position(|other| other == factor).expect("a common factor");
        self.factors.remove(place);
    }
}

/// An expression as a number times factors.
pub(super) fn monomial(expr: &Expr) -> Monomial {
    let mut monomial = Monomial { coefficient: 1, factors: Vec::new() };
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::Product(list) => pending.extend(list.iter().rev()),
            Expr::Negate(a) if monomial.coefficient != i64::MIN => {
                monomial.coefficient = -monomial.coefficient;
                pending.push(a);
            }
            Expr::Constant(value) if monomial.coefficient.checked_mul(*value).is_some() => {
                monomial.coefficient *= value;
            }
            other => monomial.factors.push(other.clone()),
        }
    }
    monomial
}

/// An expression as a sum of such.
pub(super) fn monomials(expr: &Expr) -> Vec<Monomial> {
    match expr {
        Expr::Sum(list) => list.iter().flat_map(monomials).collect(),
        Expr::Negate(a) if matches!(**a, Expr::Sum(_)) => {
            let negated = monomials(a).into_iter().map(|part| match part.coefficient.checked_neg() {
                Some(coefficient) => Monomial { coefficient, ..part },
                None => monomial(&Expr::Negate(Box::new(part.into_expr()))),
            });
            negated.collect()
        }
        other => vec![monomial(other)],
    }
}

pub(super) fn sum_of(parts: Vec<Monomial>) -> Expr {
    let mut parts: Vec<Expr> = parts.into_iter().map(Monomial::into_expr).collect();
    if parts.len() == 1 { parts.remove(0) } else { Expr::Sum(parts) }
}
