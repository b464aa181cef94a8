//! [`Residuals`]: what is left of an objective once some variables are known.

use crate::arith::Interval;
use crate::domain::Domain;
use crate::model::{Expr, Goal};
use crate::space::terms::exact::Exact;
use crate::space::terms::lower::{Lowering, Place};
use crate::space::terms::sets::Domains;
use crate::space::terms::term::{Operands, Position, Term, TermId, Terms};
use rustc_hash::FxHashMap;

/// The residuals of one objective. All are minimised.
pub(super) struct Residuals {
    pub(super) terms: Terms,
    known: FxHashMap<(TermId, Position, i64), TermId>,
    halves: FxHashMap<(TermId, Position), (Scaled, TermId)>,
}

/// `scale * base + constant`, with a positive scale: equal bases have the same best rows.
#[derive(Debug, Clone)]
pub(super) struct Scaled {
    pub(super) scale: Exact,
    pub(super) constant: Exact,
    pub(super) base: TermId,
}

impl Scaled {
    /// `scale * value + constant`.
    pub(super) fn of(&self, value: &Exact) -> Exact {
        self.scale.multiply(value).add(&self.constant)
    }

    /// Another residual in place of the base.
    pub(super) fn then(&self, inner: &Self) -> Self {
        Self { scale: self.scale.multiply(&inner.scale), constant: self.of(&inner.constant), base: inner.base }
    }
}

impl Residuals {
    /// The residuals of an objective over variables with hulls, by position, and the objective itself, negated where it
    /// is maximised.
    pub(super) fn new(objective: &Expr, goal: Goal, places: &[Place], hulls: &[(i64, i64)]) -> (Self, TermId) {
        let domains: Vec<Domain> = hulls.iter().map(|&(lo, hi)| Domain::from_interval(Interval::new(lo, hi))).collect();
        let mut terms = Terms::new(Domains::new(&domains));
        let term = Lowering { terms: &mut terms, places }.number(objective);
        let sign = if goal == Goal::Minimize { Exact::ONE } else { Exact::Whole(-1) };
        let term = terms.sum(&[(term, sign)], Exact::ZERO);
        (Self { terms, known: FxHashMap::default(), halves: FxHashMap::default() }, term)
    }

    /// What is left of an objective once one of its variables is known. What does not speak of the variable is looked at
    /// once, not for each value.
    pub(super) fn after(&mut self, term: TermId, position: Position, value: i64) -> Scaled {
        let (rest, spoken) = self.halves(term, position);
        let left = self.assign(spoken, position, value);
        if let Some(number) = self.terms.number(left) {
            return Scaled { constant: rest.constant.add(number), ..rest };
        }
        let whole = self.terms.sum(&[(rest.base, rest.scale), (left, Exact::ONE)], rest.constant);
        self.scaled(whole)
    }

    /// A term as the sum of what does not speak of a variable and what does.
    fn halves(&mut self, term: TermId, position: Position) -> (Scaled, TermId) {
        if let Some(known) = self.halves.get(&(term, position)) {
            return known.clone();
        }
        let form = self.terms.form(term);
        let speaks = |(part, _): &(TermId, Exact)| self.terms.variables(*part).binary_search(&position).is_ok();
        let (spoken, rest): (Vec<_>, Vec<_>) = form.terms.into_iter().partition(speaks);
        let rest = self.terms.sum(&rest, form.constant);
        let halves = (self.scaled(rest), self.terms.sum(&spoken, Exact::ZERO));
        self.halves.insert((term, position), halves.clone());
        halves
    }

    /// What is left of a term once any of its variables is known.
    pub(super) fn assign(&mut self, term: TermId, position: Position, value: i64) -> TermId {
        if self.terms.variables(term).binary_search(&position).is_err() {
            return term;
        }
        if let Some(&known) = self.known.get(&(term, position, value)) {
            return known;
        }
        let left = match self.terms.get(term).clone() {
            Term::Variable(_) => self.terms.constant(&Exact::Whole(value)),
            Term::Linear(parts, constant) => {
                let parts: Vec<_> =
                    parts.iter().map(|(part, c)| (self.assign(*part, position, value), c.clone())).collect();
                self.terms.sum(&parts, constant)
            }
            Term::Apply(operator, operands) => {
                let operands: Operands =
                    operands.iter().map(|&operand| self.assign(operand, position, value)).collect();
                self.terms.apply(&operator, &operands)
            }
            Term::Constant(_) | Term::Undefined | Term::TooLarge | Term::InSet(..) | Term::Polynomial(..) => term,
        };
        self.known.insert((term, position, value), left);
        left
    }

    /// A term without its constant and the common divisor of its coefficients.
    pub(super) fn scaled(&mut self, term: TermId) -> Scaled {
        if let Some(number) = self.terms.number(term) {
            return Scaled { scale: Exact::ONE, constant: number.clone(), base: Terms::FALSE };
        }
        if matches!(self.terms.get(term), Term::Undefined | Term::TooLarge) {
            return Scaled { scale: Exact::ONE, constant: Exact::ZERO, base: term };
        }
        let form = self.terms.form(term);
        let common = form.terms.iter().fold(Exact::ZERO, |common, (_, c)| common.common_divisor(c));
        let scale = if common.is_zero() { Exact::ONE } else { common };
        let inverse = Exact::ONE.divide(&scale).expect("not 0");
        let parts: Vec<_> = form.terms.iter().map(|(part, c)| (*part, c.multiply(&inverse))).collect();
        let base = self.terms.sum(&parts, Exact::ZERO);
        Scaled { scale, constant: form.constant, base }
    }

    /// Whether a term is `c * variable` plus what does not speak of the variable: the sign of `c` then.
    pub(super) fn slope(&self, term: TermId, position: Position) -> Option<std::cmp::Ordering> {
        let form = self.terms.form(term);
        let mut touched = form.terms.iter().filter(|(part, _)| self.terms.variables(*part).contains(&position));
        let (part, coefficient) = touched.next()?;
        let alone = touched.next().is_none() && *self.terms.get(*part) == Term::Variable(position);
        alone.then(|| coefficient.signum())
    }
}
