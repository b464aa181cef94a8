//! What is known of a term from its operands: bounds, whether it is an integer, whether it is defined everywhere.

use super::exact::Exact;
use super::scopes::ScopeId;
use super::term::{Bounds, Draft, Facts, Operator, Position, TermId, Terms};
use smallvec::SmallVec;

impl Bounds {
    fn of(value: &Exact) -> Self {
        value.small().map_or(Self::ALL, |value| Self { lo: value.into(), hi: value.into() })
    }

    fn times(self, other: Self) -> Self {
        let (a, b) = (self, other);
        if !a.is_bounded() || !b.is_bounded() {
            return Self::ALL;
        }
        let ends = (a.lo.checked_mul(b.lo), a.lo.checked_mul(b.hi), a.hi.checked_mul(b.lo), a.hi.checked_mul(b.hi));
        let (Some(w), Some(x), Some(y), Some(z)) = ends else { return Self::ALL };
        Self { lo: w.min(x).min(y).min(z), hi: w.max(x).max(y).max(z) }
    }

    fn plus(self, other: Self) -> Self {
        if !self.is_bounded() || !other.is_bounded() {
            return Self::ALL;
        }
        match (self.lo.checked_add(other.lo), self.hi.checked_add(other.hi)) {
            (Some(lo), Some(hi)) => Self { lo, hi },
            _ => Self::ALL,
        }
    }

    pub(in crate::space) fn excludes_zero(self) -> bool {
        self.lo > 0 || self.hi < 0
    }
}

impl Terms {
    pub(super) fn facts_of(&mut self, draft: Draft<'_>) -> Facts {
        match draft {
            Draft::Constant(value) => Facts::new(Bounds::of(value), value.is_integer(), true),
            Draft::Undefined | Draft::TooLarge => Facts::new(Bounds::ALL, false, false),
            Draft::Variable(position) => {
                let (lo, hi) = self.domains.ends(position);
                let scope = self.scopes.single(position);
                self.over(scope, Facts::new(Bounds { lo: lo.into(), hi: hi.into() }, true, true))
            }
            Draft::InSet(position, _) => {
                let scope = self.scopes.single(position);
                self.over(scope, Facts::TRUTH)
            }
            Draft::Polynomial(_, shape, _) => self.over(self.shapes.get(shape).scope, Facts::TRUTH),
            Draft::Linear(terms, constant) => self.linear_facts(terms, constant),
            Draft::Apply(operator, operands) => {
                let facts = if operator.is_truth() { Facts::TRUTH } else { self.number_facts(operator, operands) };
                let scopes: SmallVec<[ScopeId; 8]> =
                    operands.iter().map(|&operand| self.facts(operand).scope).collect();
                let scope = self.scopes.union_of(&scopes);
                self.over(scope, facts)
            }
        }
    }

    /// The facts, of a term that speaks of the variables of a scope.
    pub(super) fn over(&self, scope: ScopeId, facts: Facts) -> Facts {
        Facts { scope, first: self.scopes.first(scope), ..facts }
    }

    fn linear_facts(&mut self, terms: &[(TermId, Exact)], constant: &Exact) -> Facts {
        let mut facts = Facts::new(Bounds::of(constant), constant.is_integer(), true);
        let mut scopes: SmallVec<[ScopeId; 8]> = SmallVec::new();
        for (term, coefficient) in terms {
            let of = *self.facts(*term);
            facts.bounds = facts.bounds.plus(Bounds::of(coefficient).times(of.bounds));
            facts.integer &= coefficient.is_zero() || (coefficient.is_integer() && of.integer);
            facts.total &= of.total;
            scopes.push(of.scope);
        }
        let scope = self.scopes.union_of(&scopes);
        self.over(scope, facts)
    }

    fn number_facts(&self, operator: &Operator, operands: &[TermId]) -> Facts {
        let bounds_of = |index: usize| self.facts(operands[index]).bounds;
        let integers = operands.iter().all(|&operand| self.facts(operand).integer);
        let total = operands.iter().all(|&operand| self.facts(operand).total);
        let (bounds, integer, total) = match operator {
            Operator::Product => {
                let product = operands.iter().map(|&operand| self.facts(operand).bounds).reduce(Bounds::times);
                (product.expect("not empty"), integers, total)
            }
            Operator::Quotient => (Bounds::ALL, false, total && bounds_of(1).excludes_zero()),
            Operator::FloorDivide | Operator::CeilDivide => {
                (quotient_bounds(bounds_of(0), bounds_of(1)), true, total && bounds_of(1).excludes_zero())
            }
            Operator::Remainder => {
                (remainder_bounds(bounds_of(0), bounds_of(1)), integers, total && bounds_of(1).excludes_zero())
            }
            Operator::Power => {
                let natural = self.facts(operands[1]).integer && bounds_of(1).lo >= 0;
                (Bounds::ALL, natural && integers, total && natural)
            }
            Operator::Minimum => (self.extremum_bounds(operands, i128::min), integers, total),
            Operator::Maximum => (self.extremum_bounds(operands, i128::max), integers, total),
            Operator::Absolute => {
                let Bounds { lo, hi } = bounds_of(0);
                let most = if lo == i128::MIN { i128::MAX } else { hi.max(-lo) };
                (Bounds { lo: 0.max(lo), hi: most }, integers, total)
            }
            Operator::Gcd | Operator::Lcm => (Bounds { lo: 0, hi: i128::MAX }, true, total && integers),
            Operator::Log2 => (Bounds { lo: 0, hi: i128::MAX }, true, false),
            Operator::FloorLog2 => {
                let Bounds { lo, hi } = bounds_of(0);
                let log = |value: i128| i128::from(value.max(1).ilog2());
                (
                    Bounds { lo: log(lo), hi: if hi == i128::MAX { hi } else { log(hi) } },
                    true,
                    total && integers && lo > 0,
                )
            }
            Operator::FloorRoot(_) => {
                let Bounds { lo, hi } = bounds_of(0);
                (Bounds { lo: 0, hi: hi.max(0) }, true, total && integers && lo >= 0)
            }
            Operator::BitAnd => (bits_bounds(bounds_of(0), bounds_of(1)), true, total && integers),
            Operator::If => {
                let total = operands[1..].iter().all(|&branch| self.facts(branch).total);
                let integer = operands[1..].iter().all(|&branch| self.facts(branch).integer);
                (self.hull(&operands[1..]), integer, total)
            }
            _ => (self.hull(&operands[1..]), operands[1..].iter().all(|&item| self.facts(item).integer), false),
        };
        Facts::new(bounds, integer, total)
    }

    fn extremum_bounds(&self, operands: &[TermId], pick: fn(i128, i128) -> i128) -> Bounds {
        let of = |end: fn(Bounds) -> i128| operands.iter().map(|&operand| end(self.facts(operand).bounds)).reduce(pick);
        Bounds { lo: of(|bounds| bounds.lo).expect("not empty"), hi: of(|bounds| bounds.hi).expect("not empty") }
    }

    fn hull(&self, operands: &[TermId]) -> Bounds {
        let bounds = operands.iter().map(|&operand| self.facts(operand).bounds);
        bounds.reduce(|a, b| Bounds { lo: a.lo.min(b.lo), hi: a.hi.max(b.hi) }).unwrap_or(Bounds::ALL)
    }
}

impl Facts {
    pub(super) const TRUTH: Self = Self::new(Bounds::TRUTH, true, true);

    /// Of a term without variables.
    const fn new(bounds: Bounds, integer: bool, total: bool) -> Self {
        Self { scope: ScopeId::EMPTY, first: Position::MAX, bounds, integer, total }
    }
}

/// Of `a // b` and `ceil_div(a, b)`: one beyond the rounded quotients of the ends, for a positive divisor.
fn quotient_bounds(a: Bounds, b: Bounds) -> Bounds {
    if !a.is_bounded() || !b.is_bounded() || b.lo <= 0 {
        return Bounds::ALL;
    }
    let floor = |x: i128| x.div_euclid(b.lo).min(x.div_euclid(b.hi));
    let ceil = |x: i128| -((-x).div_euclid(b.lo).min((-x).div_euclid(b.hi)));
    Bounds { lo: floor(a.lo), hi: ceil(a.hi) }
}

/// Of `a & b`: an operand that is not negative bounds it.
fn bits_bounds(a: Bounds, b: Bounds) -> Bounds {
    match (a.lo >= 0, b.lo >= 0) {
        (true, true) => Bounds { lo: 0, hi: a.hi.min(b.hi) },
        (true, false) => Bounds { lo: 0, hi: a.hi },
        (false, true) => Bounds { lo: 0, hi: b.hi },
        (false, false) => Bounds::ALL,
    }
}

/// Of `a % b`, for a positive divisor.
fn remainder_bounds(a: Bounds, b: Bounds) -> Bounds {
    if b.lo <= 0 || !b.is_bounded() {
        return Bounds::ALL;
    }
    let most = if a.lo >= 0 { a.hi.min(b.hi) } else { b.hi };
    Bounds { lo: 0, hi: most }
}
