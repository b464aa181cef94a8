//! Comparisons of polynomials with 0, in machine integers: what most constraints are, and the quick way through them.
//!
//! A polynomial is a [`Shape`](super::shapes::Shape), the list of its monomials, and a coefficient for each, with the constant last. What is
//! left of it once its first variable is known is of a shape that does not depend on the value. So that shape, and where
//! each coefficient goes, is found once; for each value, one pass over the coefficients is all there is to do. Sums of
//! products as trees of terms would be built, compared and stored anew for each value.
//!
//! Like terms are collected, coefficients are coprime, and constants are rounded, so that equal residuals are equal terms.
//! Where a number does not fit a machine word, [`Terms::substitute`] goes on with the tree.

use super::exact::Exact;
use super::scopes::ScopeId;
use super::shapes::{Coefficients, Monomial, ShapeId, Step};
use super::term::{Draft, Facts, Position, Relation, TermId, Terms};
use std::rc::Rc;

/// Polynomials with more monomials stay trees.
pub(super) const MOST_MONOMIALS: usize = 24;

impl Terms {
    /// The shape of some monomials, ascending, at least one; `None` where the value of one does not fit a machine word.
    pub(super) fn shape(&mut self, monomials: &[Monomial]) -> Option<ShapeId> {
        if let Some(&known) = self.shapes.known.get(monomials) {
            return Some(known);
        }
        let bounds = monomials.iter().map(|monomial| self.monomial_bounds(monomial)).collect::<Option<_>>()?;
        let scopes: Vec<ScopeId> = monomials.iter().flatten().map(|&position| self.scopes.single(position)).collect();
        let scope = self.scopes.union_of(&scopes);
        Some(self.shapes.add(monomials.into(), bounds, scope))
    }

    fn monomial_bounds(&self, monomial: &[Position]) -> Option<(i64, i64)> {
        let mut bounds = (1i64, 1i64);
        for &position in monomial {
            let (lo, hi) = self.domains.ends(position);
            let mut ends = [(bounds.0, lo), (bounds.0, hi), (bounds.1, lo), (bounds.1, hi)].into_iter();
            let mut products = ends.clone().map(|(a, b)| a.checked_mul(b));
            if products.any(|product| product.is_none()) {
                return None;
            }
            let first = ends.next().map(|(a, b)| a * b)?;
            bounds = ends.fold((first, first), |(lo, hi), (a, b)| (lo.min(a * b), hi.max(a * b)));
        }
        Some(bounds)
    }

    /// What is left of a comparison of a polynomial with 0 once its first variable is known; `None` where a number does
    /// not fit a machine word.
    pub(super) fn substitute_polynomial(
        &mut self,
        relation: Relation,
        shape: ShapeId,
        coefficients: &[i64],
        value: i64,
    ) -> Option<TermId> {
        let step = self.step(shape)?;
        let left = step.coefficients(coefficients, value)?;
        match step.shape {
            Some(shape) => self.compare_polynomial(relation, shape, left),
            None => Some(Self::truth(relation.holds(left[0].cmp(&0)))),
        }
    }

    fn step(&mut self, id: ShapeId) -> Option<Rc<Step>> {
        if let Some(known) = &self.shapes.get(id).step {
            return Some(known.clone());
        }
        let monomials = self.shapes.get(id).monomials.clone();
        let first = self.scopes.first(self.shapes.get(id).scope);
        let powers = monomials.iter().map(|monomial| monomial.iter().take_while(|&&other| other == first).count());
        let powers: Vec<usize> = powers.collect();
        let mut left: Vec<Monomial> = monomials.iter().zip(&powers).map(|(all, &power)| all[power..].into()).collect();
        let parts = left.clone();
        left.sort_unstable();
        left.dedup();
        left.retain(|monomial| !monomial.is_empty());
        let shape = if left.is_empty() { None } else { Some(self.shape(&left)?) };
        let place = |monomial: &Monomial| left.binary_search(monomial).unwrap_or(left.len());
        let small = |number: usize| u32::try_from(number).expect("few monomials of few variables");
        let moves = parts.iter().zip(powers).map(|(part, power)| (small(place(part)), small(power))).collect();
        let step = Rc::new(Step { shape, moves, constant: left.len() });
        self.shapes.list[id.0 as usize].step = Some(step.clone());
        Some(step)
    }

    /// `Σ c·monomial + constant <relation> 0` in its normal form.
    pub(super) fn compare_polynomial(
        &mut self,
        relation: Relation,
        shape: ShapeId,
        mut coefficients: Coefficients,
    ) -> Option<TermId> {
        let (constant, factors) = coefficients.split_last_mut().expect("a constant");
        if factors.contains(&0) {
            return self.without_zeros(relation, shape, &coefficients);
        }
        let common =
            factors.iter().fold(0, |common, factor| if common == 1 { 1 } else { gcd(common, factor.unsigned_abs()) });
        let common = i64::try_from(common).ok()?;
        let (floor, exact) = (constant.div_euclid(common), *constant % common == 0);
        let (relation, rounded) = match relation {
            Relation::AtMost => (relation, if exact { floor } else { floor + 1 }),
            Relation::Below => (Relation::AtMost, floor.checked_add(1)?),
            Relation::Equal if !exact => return Some(Self::FALSE),
            Relation::NotEqual if !exact => return Some(Self::TRUE),
            Relation::Equal | Relation::NotEqual => (relation, floor),
        };
        *constant = rounded;
        if common != 1 {
            for factor in factors.iter_mut() {
                *factor /= common;
            }
        }
        if relation != Relation::AtMost && factors[0] < 0 {
            for coefficient in &mut coefficients {
                *coefficient = coefficient.checked_neg()?;
            }
        }
        let known = self.shapes.get(shape);
        if let Some(decided) = known.decides(relation, &coefficients) {
            return Some(Self::truth(decided));
        }
        let facts = self.over(known.scope, Facts::TRUTH);
        Some(self.intern_with(Draft::Polynomial(relation, shape, &coefficients), facts))
    }

    fn without_zeros(&mut self, relation: Relation, shape: ShapeId, coefficients: &[i64]) -> Option<TermId> {
        let monomials = self.shapes.get(shape).monomials.clone();
        let (constant, factors) = coefficients.split_last().expect("a constant");
        let kept = factors.iter().zip(&*monomials).filter(|(factor, _)| **factor != 0);
        let (mut left, monomials): (Coefficients, Vec<Monomial>) =
            kept.map(|(factor, monomial)| (*factor, monomial.clone())).unzip();
        if monomials.is_empty() {
            return Some(Self::truth(relation.holds(constant.cmp(&0))));
        }
        left.push(*constant);
        let shape = self.shape(&monomials)?;
        self.compare_polynomial(relation, shape, left)
    }

    /// The comparison as a tree of sums and products.
    pub(super) fn tree_of_polynomial(&mut self, relation: Relation, shape: ShapeId, coefficients: &[i64]) -> TermId {
        let monomials = self.shapes.get(shape).monomials.clone();
        let (constant, factors) = coefficients.split_last().expect("a constant");
        let parts: Vec<(TermId, Exact)> = monomials
            .iter()
            .zip(factors)
            .map(|(monomial, factor)| {
                let variables: Vec<TermId> =
                    monomial.iter().map(|&position| self.intern(Draft::Variable(position))).collect();
                (self.product(&variables), Exact::Whole(*factor))
            })
            .collect();
        let sum = self.sum(&parts, Exact::Whole(*constant));
        self.compare_with_zero(relation, sum)
    }

    /// Its value where all of its variables are known, which are listed with their values.
    pub(super) fn polynomial_value(
        &self,
        shape: ShapeId,
        coefficients: &[i64],
        values: &[(Position, i64)],
    ) -> Option<i128> {
        let mut sum = i128::from(*coefficients.last()?);
        for (monomial, &coefficient) in self.shapes.get(shape).monomials.iter().zip(coefficients) {
            let mut product = i128::from(coefficient);
            for position in monomial {
                let (_, value) = values.iter().find(|(known, _)| known == position)?;
                product = product.checked_mul((*value).into())?;
            }
            sum = sum.checked_add(product)?;
        }
        Some(sum)
    }

    /// The coefficients of the polynomial of the second of two variables that a value of the first leaves, by exponent,
    /// the constant first.
    pub(super) fn by_exponent(&mut self, shape: ShapeId, coefficients: &[i64], value: i64) -> Option<Coefficients> {
        let step = self.step(shape)?;
        let left = step.coefficients(coefficients, value)?;
        Some(match step.shape {
            Some(shape) => self.shapes.get(shape).by_exponent(&left),
            None => left,
        })
    }
}

/// The greatest common divisor, by Euclid: coefficients are small, and it takes a remainder or two.
pub(super) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
