//! The contract's cases for monomials.

use super::super::monomial::{Monomial, Order};
use super::{Case, image};
use crate::arith::Interval;
use crate::normal::Factors as Sides;
use crate::propagator::{Consistency, Family, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};

/// Monomials are posted for positive variables only: here what is below 1 goes first.
#[derive(Debug)]
struct OfPositive {
    monomial: Monomial,
    /// Of all places, those included that stand on both sides and so cancel out.
    vars: Vec<Var>,
}

impl Propagator for OfPositive {
    fn scope(&self) -> Vec<(Var, Events)> {
        self.vars.iter().map(|&var| (var, Events::DOMAIN)).collect()
    }

    fn family(&self) -> Family {
        self.monomial.family()
    }

    fn consistency(&self) -> Consistency {
        self.monomial.consistency()
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        for &var in &self.vars {
            store.raise(var, 1)?;
        }
        self.monomial.propagate(store)
    }
}

type Factors = &'static [(usize, u32)];

/// `a · Π v[i]^e` on the left against `b · Π v[i]^e` on the right.
fn monomial(arity: usize, [a, b]: [i64; 2], [left, right]: [Factors; 2], order: Order, pairs: bool) -> Case {
    let product = |coefficient: i64, factors: Factors, v: &[i64]| {
        factors.iter().fold(coefficient, |product, &(place, exponent)| product * v[place].pow(exponent))
    };
    let ordered = move |l: i64, r: i64| if order == Order::Equal { l == r } else { l <= r };
    Case {
        name: format!("monomial {a} {left:?} {order:?} {b} {right:?}, pairs {pairs}"),
        places: vec![false; arity],
        build: Box::new(move |v| {
            let side = |coefficient: i64, factors: Factors| Sides {
                coefficient,
                factors: factors.iter().map(|&(place, exponent)| (v[place], exponent)).collect(),
            };
            let (mut left, mut right) = (side(a, left), side(b, right));
            // Posting merges equal variables; the contract does the same.
            crate::post::merge_factors(&mut left, &mut right);
            Box::new(OfPositive { monomial: Monomial { left, order, right, pairs }, vars: v.to_vec() })
        }),
        accepts: Box::new(move |v| v.iter().all(|&v| v >= 1) && ordered(product(a, left, v), product(b, right, v))),
        supports: Box::new(move |hulls, place, value| {
            let mut fixed = hulls.to_vec();
            fixed[place] = Interval::point(value);
            let of = |coefficient, factors| image(&|v| Some(product(coefficient, factors, v)), &fixed);
            let (left, right) = (of(a, left), of(b, right));
            if order == Order::Equal { !left.intersect(right).is_empty() } else { left.lo <= right.hi }
        }),
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for order in [Order::AtMost, Order::Equal] {
        cases.push(monomial(2, [1, 12], [&[(0, 1), (1, 1)], &[]], order, true));
        cases.push(monomial(3, [2, 3], [&[(0, 1), (1, 1)], &[(2, 1)]], order, true));
        cases.push(monomial(3, [1, 1], [&[(0, 2), (1, 1)], &[(2, 1)]], order, false));
        cases.push(monomial(3, [1, 36], [&[(0, 1), (1, 2), (2, 1)], &[]], order, false));
        cases.push(monomial(4, [6, 4], [&[(0, 1), (1, 1)], &[(2, 1), (3, 1)]], order, true));
    }
    cases
}
