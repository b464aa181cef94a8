//! [`Shapes`]: the monomials of polynomials, and what knowing a variable makes of them, each stored once.

use super::ids::Position;
use super::relation::Relation;
use super::scopes::ScopeId;
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};
use std::rc::Rc;

/// One of the [`Shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::space) struct ShapeId(pub(super) u32);

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
    pub(super) bounds: Box<[(i64, i64)]>,
    pub(super) scope: ScopeId,
    /// What knowing the first variable makes of it, once that was asked.
    pub(super) step: Option<Rc<Step>>,
}

/// What knowing the first variable makes of a shape.
#[derive(Debug)]
pub(super) struct Step {
    /// `None` where nothing but a constant is left.
    pub(super) shape: Option<ShapeId>,
    /// For each monomial, the place of what is left of it, and the exponent of the variable.
    pub(super) moves: Box<[(u32, u32)]>,
    /// The place of the constant, the last.
    pub(super) constant: usize,
}

/// All shapes of a building, each stored once.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    pub(super) list: Vec<Shape>,
    pub(super) known: FxHashMap<Rc<[Monomial]>, ShapeId>,
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

    pub(super) fn add(&mut self, monomials: Rc<[Monomial]>, bounds: Box<[(i64, i64)]>, scope: ScopeId) -> ShapeId {
        let id = ShapeId(u32::try_from(self.list.len()).expect("fewer than 2^32 shapes"));
        self.bytes += 2 * size_of::<Shape>() + monomials.len() * (size_of::<Monomial>() + 32);
        self.known.insert(monomials.clone(), id);
        self.list.push(Shape { monomials, bounds, scope, step: None });
        id
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
    pub(super) fn decides(&self, relation: Relation, coefficients: &[i64]) -> Option<bool> {
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
    pub(super) fn coefficients(&self, coefficients: &[i64], value: i64) -> Option<Coefficients> {
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
