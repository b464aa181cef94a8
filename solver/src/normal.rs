//! Normal forms: what expressions become before they are posted.
//!
//! A number is a fraction of two [`LinearForm`]s over engine variables; a product of positive variables that is compared
//! with another one is [`Factors`]. Sums and multiples of forms merge into one form
//! (so `x - x` is 0 and `2*x + 3*x` has one term); whatever is not linear becomes an auxiliary variable first.

use crate::arith::{INFINITY, Interval, clamp, gcd};
use crate::store::{Literal, Store, Var};

/// Coefficients and constants beyond these are not kept in a form; see [`LinearForm::sum`].
const LARGEST_COEFFICIENT: i128 = INFINITY as i128;
const LARGEST_CONSTANT: i128 = 1 << 100;

/// `Σ c·x + constant`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct LinearForm {
    /// Ascending by variable, each once, no coefficient 0.
    pub(crate) terms: Vec<(Var, i64)>,
    pub(crate) constant: i128,
}

impl LinearForm {
    pub(crate) fn constant(constant: i128) -> Self {
        Self { terms: Vec::new(), constant }
    }

    pub(crate) fn variable(var: Var) -> Self {
        Self { terms: vec![(var, 1)], constant: 0 }
    }

    /// 1 where the literal is true, otherwise 0.
    pub(crate) fn literal(literal: Literal) -> Self {
        if literal.positive {
            Self::variable(literal.var)
        } else {
            Self { terms: vec![(literal.var, -1)], constant: 1 }
        }
    }

    /// The number, if no variable occurs.
    pub(crate) fn as_constant(&self) -> Option<i128> {
        self.terms.is_empty().then_some(self.constant)
    }

    /// The sum of multiples of forms; `None` where a coefficient or constant grows too large.
    pub(crate) fn sum<'a>(parts: impl IntoIterator<Item = (&'a Self, i128)>) -> Option<Self> {
        let (mut terms, mut constant) = (Vec::new(), 0i128);
        for (part, factor) in parts {
            constant = part.constant.checked_mul(factor)?.checked_add(constant)?;
            for &(var, coefficient) in &part.terms {
                terms.push((var, factor.checked_mul(i128::from(coefficient))?));
            }
        }
        terms.sort_unstable_by_key(|&(var, _)| var);
        let mut merged: Vec<(Var, i64)> = Vec::with_capacity(terms.len());
        for group in terms.chunk_by(|a, b| a.0 == b.0) {
            let coefficient = group.iter().try_fold(0i128, |sum, &(_, c)| sum.checked_add(c))?;
            if coefficient.abs() > LARGEST_COEFFICIENT {
                return None;
            }
            if coefficient != 0 {
                merged.push((group[0].0, clamp(coefficient)));
            }
        }
        (constant.abs() <= LARGEST_CONSTANT).then_some(Self { terms: merged, constant })
    }

    pub(crate) fn scale(&self, factor: i128) -> Option<Self> {
        Self::sum([(self, factor)])
    }

    /// The values that it may take.
    pub(crate) fn hull(&self, store: &Store) -> Interval {
        let (mut lo, mut hi) = (Some(self.constant), Some(self.constant));
        for &(var, coefficient) in &self.terms {
            let product = store.hull(var).multiply(Interval::point(coefficient));
            let bounded = |sum: Option<i128>, bound: i64, unlimited: i64| {
                (bound != unlimited).then_some(bound).and_then(|bound| sum?.checked_add(i128::from(bound)))
            };
            lo = bounded(lo, product.lo, -INFINITY);
            hi = bounded(hi, product.hi, INFINITY);
        }
        Interval::new(lo.map_or(-INFINITY, clamp), hi.map_or(INFINITY, clamp))
    }

    /// A number that divides the distance of any two of its values.
    pub(crate) fn step(&self, store: &Store) -> i64 {
        self.terms.iter().fold(0, |step, &(var, coefficient)| {
            let product = i128::from(coefficient) * i128::from(store.domain(var).step());
            gcd(step, clamp(product))
        })
    }
}

/// `coefficient · Π variable^exponent` of positive numbers; exponents are at least 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Factors {
    pub(crate) coefficient: i64,
    pub(crate) factors: Vec<(Var, u32)>,
}

/// A number: `numerator / denominator`, meaningful where all of `defined` hold.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    pub(crate) numerator: LinearForm,
    /// Never 0 where the number is meaningful.
    pub(crate) denominator: LinearForm,
    pub(crate) defined: Vec<Literal>,
}

impl Number {
    pub(crate) fn integer(numerator: LinearForm) -> Self {
        Self { numerator, denominator: LinearForm::constant(1), defined: Vec::new() }
    }

    pub(crate) fn is_integer(&self) -> bool {
        self.denominator.as_constant() == Some(1)
    }
}
