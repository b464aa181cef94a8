//! From the expressions of a model to terms, and from terms to what is left of them once a variable is known.

use super::exact::Exact;
use super::linear::Form;
use super::term::{Draft, Operands, Operator, Position, Relation, Term, TermId, Terms};
use crate::model::{Comparison, Expr};
use std::rc::Rc;

/// Where a variable of the model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::space) enum Place {
    /// It has one value only.
    Fixed(i64),
    /// It is open, at this position.
    Open(Position),
}

/// Lowers the expressions of one model.
pub(in crate::space) struct Lowering<'a> {
    pub(in crate::space) terms: &'a mut Terms,
    pub(in crate::space) places: &'a [Place],
}

impl Lowering<'_> {
    /// Whether the expression is true.
    pub(in crate::space) fn truth(&mut self, expr: &Expr) -> TermId {
        match expr {
            Expr::And(list) => self.apply_truths(&Operator::And, list),
            Expr::Or(list) => self.apply_truths(&Operator::Or, list),
            Expr::Not(operand) => {
                let operand = self.truth(operand);
                self.terms.negation(operand)
            }
            Expr::Compare(comparison, a, b) => self.compare(*comparison, a, b),
            Expr::Divides(a, b) => self.apply(&Operator::Divides, [&**a, &**b]),
            Expr::IsPowerOfTwo(a) => self.apply(&Operator::IsPowerOfTwo, [&**a]),
            Expr::Member(a, set) => self.apply(&Operator::Member(Rc::new(set.clone())), [&**a]),
            Expr::AllDifferent(list) => self.apply(&Operator::AllDifferent, list),
            Expr::Table(list, rows) => self.apply(&Operator::Table(rows.clone()), list),
            Expr::Log2(_) => self.compare(Comparison::NotEqual, expr, &Expr::Constant(0)),
            number => {
                let number = self.number(number);
                self.terms.truthy(number)
            }
        }
    }

    /// The value of the expression.
    pub(in crate::space) fn number(&mut self, expr: &Expr) -> TermId {
        match expr {
            Expr::Constant(value) => self.terms.constant(&Exact::Whole(*value)),
            Expr::Variable(variable) => match self.places[variable.index()] {
                Place::Fixed(value) => self.terms.constant(&Exact::Whole(value)),
                Place::Open(position) => self.terms.intern(Draft::Variable(position)),
            },
            Expr::Sum(list) => {
                let parts: Vec<_> = list.iter().map(|term| (self.number(term), Exact::ONE)).collect();
                self.terms.sum(&parts, Exact::ZERO)
            }
            Expr::Negate(a) => {
                let a = self.number(a);
                self.terms.sum(&[(a, Exact::Whole(-1))], Exact::ZERO)
            }
            Expr::Product(list) => self.apply(&Operator::Product, list),
            Expr::Quotient(a, b) => self.apply(&Operator::Quotient, [&**a, &**b]),
            Expr::FloorDivide(a, b) => self.apply(&Operator::FloorDivide, [&**a, &**b]),
            Expr::CeilDivide(a, b) => self.apply(&Operator::CeilDivide, [&**a, &**b]),
            Expr::Remainder(a, b) => self.apply(&Operator::Remainder, [&**a, &**b]),
            Expr::Power(a, b) => self.apply(&Operator::Power, [&**a, &**b]),
            Expr::Minimum(list) => self.apply(&Operator::Minimum, list),
            Expr::Maximum(list) => self.apply(&Operator::Maximum, list),
            Expr::Absolute(a) => self.apply(&Operator::Absolute, [&**a]),
            Expr::Gcd(list) => self.apply(&Operator::Gcd, list),
            Expr::Lcm(list) => self.apply(&Operator::Lcm, list),
            Expr::Log2(a) => self.apply(&Operator::Log2, [&**a]),
            Expr::FloorLog2(a) => self.apply(&Operator::FloorLog2, [&**a]),
            Expr::FloorRoot(a, degree) => self.apply(&Operator::FloorRoot(*degree), [&**a]),
            Expr::BitAnd(a, b) => self.apply(&Operator::BitAnd, [&**a, &**b]),
            Expr::If { condition, then, otherwise } => {
                let operands = [self.truth(condition), self.number(then), self.number(otherwise)];
                self.terms.apply(&Operator::If, &operands)
            }
            Expr::Element { index, items } => {
                let index: &Expr = index;
                self.apply(&Operator::Element, std::iter::once(index).chain(items))
            }
            truth => self.truth(truth),
        }
    }

    fn apply<'e>(&mut self, operator: &Operator, operands: impl IntoIterator<Item = &'e Expr>) -> TermId {
        let operands: Operands = operands.into_iter().map(|operand| self.number(operand)).collect();
        self.terms.apply(operator, &operands)
    }

    fn apply_truths(&mut self, operator: &Operator, operands: &[Expr]) -> TermId {
        let operands: Operands = operands.iter().map(|operand| self.truth(operand)).collect();
        self.terms.apply(operator, &operands)
    }

    fn compare(&mut self, comparison: Comparison, a: &Expr, b: &Expr) -> TermId {
        if matches!(a, Expr::Log2(_)) || matches!(b, Expr::Log2(_)) {
            let (log_a, a) = self.without_logarithm(a);
            let (log_b, b) = self.without_logarithm(b);
            return self.terms.apply(&Operator::CompareLog(comparison, log_a, log_b), &[a, b]);
        }
        let (a, b) = (self.number(a), self.number(b));
        match comparison {
            Comparison::Equal => self.terms.compare(Relation::Equal, a, b),
            Comparison::NotEqual => self.terms.compare(Relation::NotEqual, a, b),
            Comparison::Less => self.terms.compare(Relation::Below, a, b),
            Comparison::LessEqual => self.terms.compare(Relation::AtMost, a, b),
            Comparison::Greater => self.terms.compare(Relation::Below, b, a),
            Comparison::GreaterEqual => self.terms.compare(Relation::AtMost, b, a),
        }
    }

    fn without_logarithm(&mut self, side: &Expr) -> (bool, TermId) {
        match side {
            Expr::Log2(argument) => (true, self.number(argument)),
            _ => (false, self.number(side)),
        }
    }
}

impl Terms {
    /// What is left of a term once a variable is known that comes before all others in it.
    pub(in crate::space) fn substitute(&mut self, term: TermId, position: Position, value: i64) -> TermId {
        if self.facts(term).first != position {
            return term;
        }
        if let Some(&known) = self.substituted.get(&(term, value)) {
            return known;
        }
        let result = self.substitute_anew(term, position, value);
        self.substituted.insert((term, value), result);
        result
    }

    /// As [`Terms::substitute`], of a term that speaks of the variable, without asking whether it was done before.
    pub(super) fn substitute_anew(&mut self, term: TermId, position: Position, value: i64) -> TermId {
        match self.get(term).clone() {
            Term::Variable(_) => self.constant(&Exact::Whole(value)),
            Term::InSet(_, set) => {
                let index = self.index_of(position, value);
                Self::truth(index.is_some_and(|index| self.sets.contains(set, index)))
            }
            Term::Polynomial(relation, shape, coefficients) => {
                let quick = self.substitute_polynomial(relation, shape, &coefficients, value);
                quick.unwrap_or_else(|| {
                    let tree = self.tree_of_polynomial(relation, shape, &coefficients);
                    self.substitute(tree, position, value)
                })
            }
            Term::Linear(terms, constant) => self.substitute_sum(&terms, constant, position, value),
            Term::Apply(operator, operands) => {
                let operands: Operands =
                    operands.iter().map(|&operand| self.substitute(operand, position, value)).collect();
                self.apply(&operator, &operands)
            }
            Term::Constant(_) | Term::Undefined | Term::TooLarge => term,
        }
    }

    fn substitute_sum(&mut self, terms: &[(TermId, Exact)], constant: Exact, position: Position, value: i64) -> TermId {
        let mut form = Form::constant(constant);
        let mut too_large = false;
        for (term, coefficient) in terms {
            let left = self.substitute(*term, position, value);
            match self.gather(&mut form, left, coefficient) {
                Self::UNDEFINED => return Self::UNDEFINED,
                gathered => too_large |= gathered == Self::TOO_LARGE,
            }
        }
        if too_large { Self::TOO_LARGE } else { self.linear(form) }
    }
}
