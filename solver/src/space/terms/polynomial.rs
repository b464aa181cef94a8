//! Comparisons of polynomials with 0, in machine integers: what most constraints are, and the quick way through them.
//!
//! A polynomial is a [`Shape`], the list of its monomials, and a coefficient for each, with the constant last. What is
//! left of it once its first variable is known is of a shape that does not depend on the value. So that shape, and where
//! each coefficient goes, is found once; for each value, one pass over the coefficients is all there is to do. Sums of
//! products as trees of terms would be built, compared and stored anew for each value.
//!
//! Like terms are collected, coefficients are coprime, and constants are rounded, so that equal residuals are equal terms.
//! Where a number does not fit a machine word, [`Terms::substitute`] goes on with the tree.

use super::exact::Exact;
use super::scopes::ScopeId;
use super::term::{Draft, Facts, Position, Relation, TermId, Terms};
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};
use std::rc::Rc;

/// Polynomials with more monomials stay trees.
pub(super) const MOST_MONOMIALS: usize = 24;

/// One of the [`Shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::space) struct ShapeId(u32);

/// A product of variables, ascending, each as often as its exponent says; never empty.
pub(super) type Monomial = SmallVec<[Position; 6]>;

/// A coefficient for each monomial of a shape, then the constant.
pub(super) type Coefficients = SmallVec<[i64; 12]>;

/// The monomials of a polynomial.
#[derive(Debug)]
pub(super) struct Shape {
    /// Ascending.
    pub(super) monomials: Rc<[Monomial]>,
    /// Smallest and largest value of each monomial, rounded outward.
    bounds: Box<[(i64, i64)]>,
    pub(super) scope: ScopeId,
    /// What knowing the first variable makes of it, once that was asked.
    step: Option<Rc<Step>>,
}

/// What knowing the first variable makes of a shape.
#[derive(Debug)]
struct Step {
    /// `None` where nothing but a constant is left.
    shape: Option<ShapeId>,
    /// For each monomial, the place of what is left of it, and the exponent of the variable.
    moves: Box<[(u32, u32)]>,
    /// The place of the constant, the last.
    constant: usize,
}

/// All shapes of a building, each stored once.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    list: Vec<Shape>,
    known: FxHashMap<Rc<[Monomial]>, ShapeId>,
    bytes: usize,
}

impl Shapes {
    pub(super) fn get(&self, id: ShapeId) -> &Shape {
        &self.list[id.0 as usize]
    }

    /// Bytes held, estimated.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn add(&mut self, monomials: Rc<[Monomial]>, bounds: Box<[(i64, i64)]>, scope: ScopeId) -> ShapeId {
        let id = ShapeId(u32::try_from(self.list.len()).expect("fewer than 2^32 shapes"));
        self.bytes += 2 * size_of::<Shape>() + monomials.len() * (size_of::<Monomial>() + 32);
        self.known.insert(monomials.clone(), id);
        self.list.push(Shape { monomials, bounds, scope, step: None });
        id
    }
}

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

impl Shape {
    /// Of a single variable: its coefficients by exponent, the constant first.
    pub(super) fn by_exponent(&self, coefficients: &[i64]) -> Coefficients {
        let most = self.monomials.iter().map(SmallVec::len).max().unwrap_or(0);
        let mut by_exponent: Coefficients = smallvec![0; most + 1];
        by_exponent[0] = coefficients[self.monomials.len()];
        for (monomial, &coefficient) in self.monomials.iter().zip(coefficients) {
            by_exponent[monomial.len()] = coefficient;
        }
        by_exponent
    }

    /// What the bounds of the polynomial say of its comparison with 0.
    fn decides(&self, relation: Relation, coefficients: &[i64]) -> Option<bool> {
        let constant = i128::from(coefficients[self.bounds.len()]);
        let (mut least, mut most) = (constant, constant);
        for (&(lo, hi), &coefficient) in self.bounds.iter().zip(coefficients) {
            let (a, b) = (i128::from(lo) * i128::from(coefficient), i128::from(hi) * i128::from(coefficient));
            least = least.checked_add(a.min(b))?;
            most = most.checked_add(a.max(b))?;
        }
        relation.decided(least.cmp(&0), most.cmp(&0))
    }
}

impl Step {
    /// The coefficients that a value of the first variable leaves; `None` where one does not fit a machine word.
    fn coefficients(&self, coefficients: &[i64], value: i64) -> Option<Coefficients> {
        let mut left: Coefficients = smallvec![0; self.constant + 1];
        left[self.constant] = coefficients[self.moves.len()];
        for (&(place, power), &coefficient) in self.moves.iter().zip(coefficients) {
            let mut product = coefficient;
            for _ in 0..power {
                product = product.checked_mul(value)?;
            }
            let sum = &mut left[place as usize];
            *sum = sum.checked_add(product)?;
        }
        Some(left)
    }
}

/// The value of a polynomial of one variable, whose coefficients are listed by exponent; `None` where it does not fit.
pub(super) fn value_at(by_exponent: &[i64], value: i64) -> Option<i64> {
    by_exponent.iter().rev().try_fold(0i64, |sum, &coefficient| sum.checked_mul(value)?.checked_add(coefficient))
}

/// The greatest common divisor.
pub(super) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
