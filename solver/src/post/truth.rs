//! Conditions: required ones become propagators, the others literals.

use super::poster::{Definition, Operation, Poster};
use crate::arith::{INFINITY, Interval, clamp, floor_div};
use crate::domain::Domain;
use crate::model::{Comparison, Expr, MemberSet};
use crate::normal::{LinearForm, Number};
use crate::propagator::Propagator;
use crate::propagators::all_different::AllDifferent;
use crate::propagators::divides::Divides;
use crate::propagators::implied::Implied;
use crate::propagators::linear::{Linear, Relation};
use crate::propagators::logic::AnyOf;
use crate::propagators::member::Member;
use crate::store::{Conflict, Literal, Var};

impl Poster {
    /// Posts an expression that must be true.
    pub(super) fn require(&mut self, expr: &Expr) -> Result<(), Conflict> {
        self.note_congruence(expr);
        match expr {
            Expr::And(operands) => operands.iter().try_for_each(|operand| self.require(operand)),
            Expr::Or(operands) => {
                let operands = operands.iter().map(|operand| self.implied(operand)).collect::<Result<_, _>>()?;
                let one_of_them = self.any_of(operands)?;
                self.engine.store.decide(one_of_them, true).map(drop)
            }
            Expr::Not(operand) => {
                let literal = self.literal(operand)?;
                self.engine.store.decide(literal, false).map(drop)
            }
            Expr::Compare(Comparison::Equal, a, b) if self.require_divisibility(a, b)? => Ok(()),
            // A logarithm that is a whole side need not be an integer: it has a literal, and is no factor of a product.
            Expr::Compare(comparison, a, b) if !is_logarithm(a) && !is_logarithm(b) => {
                if self.require_monomials(*comparison, a, b)? {
                    return Ok(());
                }
                let difference = self.difference(a, b, true)?;
                self.require_comparison(*comparison, &difference)
            }
            Expr::Divides(a, b) => {
                let (divisor, multiple) =
                    (self.integer(a, true, &mut Vec::new())?, self.integer(b, true, &mut Vec::new())?);
                let (divisor, multiple) = (self.variable(&divisor)?, self.variable(&multiple)?);
                self.add_divisibility(divisor, multiple)
            }
            Expr::AllDifferent(operands) => self.require_all_different(operands),
            Expr::Table(operands, rows) => self.require_row(operands, rows),
            _ => {
                let literal = self.literal(expr)?;
                self.engine.store.decide(literal, true).map(drop)
            }
        }
    }

    /// Recognises `x % d == 0` for integers.
    fn require_divisibility(&mut self, a: &Expr, b: &Expr) -> Result<bool, Conflict> {
        let (Expr::Remainder(multiple, divisor), Expr::Constant(0)) = (a, b) else { return Ok(false) };
        let (multiple, divisor) = (self.number(multiple, true)?, self.number(divisor, true)?);
        if !multiple.is_integer() || !divisor.is_integer() {
            return Ok(false);
        }
        self.require_comparison(Comparison::NotEqual, &divisor)?;
        let (divisor, multiple) = (self.variable(&divisor.numerator)?, self.variable(&multiple.numerator)?);
        self.add_divisibility(divisor, multiple)?;
        Ok(true)
    }

    fn add_divisibility(&mut self, divisor: Var, multiple: Var) -> Result<(), Conflict> {
        self.relaxation.exponents.divisibilities.push((divisor, multiple));
        self.add(Divides::new(divisor, multiple))
    }

    /// A number that compares with 0 as `a` does with `b`.
    fn difference(&mut self, a: &Expr, b: &Expr, hard: bool) -> Result<Number, Conflict> {
        let negated = Expr::Negate(Box::new(b.clone()));
        let number = self.number(&Expr::Sum(vec![a.clone(), negated]), hard)?;
        let hull = number.denominator.hull(&self.engine.store);
        let numerator = if hull.lo >= 0 {
            number.numerator
        } else if hull.hi <= 0 {
            self.sum(&[(&number.numerator, -1)])?
        } else {
            // The sign of n / d is that of n * d.
            self.multiply(&number.numerator, &number.denominator)?
        };
        Ok(Number { defined: number.defined, ..Number::integer(numerator) })
    }

    pub(super) fn require_comparison(&mut self, comparison: Comparison, difference: &Number) -> Result<(), Conflict> {
        debug_assert!(difference.defined.is_empty(), "hard numbers demand their conditions");
        let (relation, form, truth) = relation_to_zero(comparison, &difference.numerator);
        let normal = NormalRelation::of(relation, &form);
        let normal = if truth { normal } else { normal.negate() };
        match normal {
            NormalRelation::Decided(true) => Ok(()),
            NormalRelation::Decided(false) => Err(Conflict),
            NormalRelation::Open(relation, form) => self.add_row(form.terms, relation, -form.constant),
        }
    }

    pub(super) fn require_equal(&mut self, a: Var, b: Var) -> Result<(), Conflict> {
        let difference = self.sum(&[(&LinearForm::variable(a), 1), (&LinearForm::variable(b), -1)])?;
        self.require_comparison(Comparison::Equal, &Number::integer(difference))
    }

    /// A literal from which the expression follows, and that can be true wherever the expression is.
    ///
    /// Where nobody asks for the opposite, that is enough, and cheaper for constraints whose opposite has no propagator.
    fn implied(&mut self, expr: &Expr) -> Result<Literal, Conflict> {
        match expr {
            Expr::Or(operands) => {
                let operands = operands.iter().map(|operand| self.implied(operand)).collect::<Result<_, _>>()?;
                self.any_of(operands)
            }
            Expr::And(operands) => {
                let operands = operands.iter().map(|operand| self.implied(operand)).collect::<Result<Vec<_>, _>>()?;
                let truth = self.truth(true)?;
                self.all_of(operands, truth)
            }
            Expr::Divides(a, b) => {
                let mut defined = Vec::new();
                let divisor = self.integer(a, false, &mut defined)?;
                let multiple = self.integer(b, false, &mut defined)?;
                let constraint = Divides::new(self.variable(&divisor)?, self.variable(&multiple)?);
                self.half_reified(constraint, defined)
            }
            Expr::AllDifferent(operands) => {
                let (vars, defined) = self.comparable(operands)?;
                self.half_reified(AllDifferent::new(vars), defined)
            }
            other => self.literal(other),
        }
    }

    /// The literal from which the constraint and its conditions follow.
    fn half_reified(
        &mut self,
        constraint: impl Propagator + 'static,
        defined: Vec<Literal>,
    ) -> Result<Literal, Conflict> {
        let literal = Literal::of(self.engine.store.add(Domain::progression(0, 1, 1)));
        self.add(Implied { literal, constraint })?;
        self.all_of(defined, literal)
    }

    /// The literal that means the expression.
    pub(super) fn literal(&mut self, expr: &Expr) -> Result<Literal, Conflict> {
        match expr {
            Expr::And(operands) => {
                let refuted = self.literals(operands)?.into_iter().map(Literal::negate).collect();
                self.any_of(refuted).map(Literal::negate)
            }
            Expr::Or(operands) => {
                let operands = self.literals(operands)?;
                self.any_of(operands)
            }
            Expr::Not(operand) => self.literal(operand).map(Literal::negate),
            Expr::Compare(comparison, a, b) if is_logarithm(a) || is_logarithm(b) => {
                self.compare_logarithms(*comparison, a, b)
            }
            Expr::Compare(comparison, a, b) => {
                let difference = self.difference(a, b, false)?;
                self.compare(*comparison, difference)
            }
            Expr::Divides(a, b) => self.divides(a, b),
            Expr::IsPowerOfTwo(operand) => {
                let mut defined = Vec::new();
                let form = self.integer(operand, false, &mut defined)?;
                let var = self.variable(&form)?;
                let literal = self.is_power_of_two(var)?;
                self.all_of(defined, literal)
            }
            Expr::Member(operand, set) => self.member_of(operand, set),
            Expr::AllDifferent(operands) => self.all_different(operands),
            Expr::Table(operands, rows) => self.is_row(operands, rows),
            number => self.literal(&number.clone().compare(Comparison::NotEqual, 0)),
        }
    }

    fn literals(&mut self, exprs: &[Expr]) -> Result<Vec<Literal>, Conflict> {
        exprs.iter().map(|expr| self.literal(expr)).collect()
    }

    fn compare(&mut self, comparison: Comparison, difference: Number) -> Result<Literal, Conflict> {
        let (relation, form, truth) = relation_to_zero(comparison, &difference.numerator);
        let literal = self.compare_with_zero(relation, &form)?;
        self.all_of(difference.defined, if truth { literal } else { literal.negate() })
    }

    /// The literal that means `form != 0`.
    pub(super) fn differs_from_zero(&mut self, form: &LinearForm) -> Result<Literal, Conflict> {
        self.compare_with_zero(Relation::Equal, form).map(Literal::negate)
    }

    /// The literal that means `form <= 0`.
    pub(super) fn at_most_zero(&mut self, form: &LinearForm) -> Result<Literal, Conflict> {
        self.compare_with_zero(Relation::AtMost, form)
    }

    /// The literal that means `form <= 0` or `form == 0`.
    fn compare_with_zero(&mut self, relation: Relation, form: &LinearForm) -> Result<Literal, Conflict> {
        let (relation, form) = match NormalRelation::of(relation, form) {
            NormalRelation::Decided(truth) => return self.truth(truth),
            NormalRelation::Open(relation, form) => (relation, form),
        };
        if let Some(literal) = self.known_literal(relation, &form) {
            return Ok(literal);
        }
        let definition = Definition::Compare(relation, form.clone());
        let var = self.shared(definition, |poster| {
            let var = poster.engine.store.add(Domain::progression(0, 1, 1));
            let (constant, meaning_of) = (-form.constant, Some(Literal::of(var)));
            poster.note_magnitude(&form.terms);
            poster.add(Linear { terms: form.terms, relation, constant, meaning_of })?;
            Ok(var)
        })?;
        Ok(Literal::of(var))
    }

    /// `b == 1`, `b == 0`, `b <= 0` for a variable `b` with the values 0 and 1.
    fn known_literal(&self, relation: Relation, form: &LinearForm) -> Option<Literal> {
        let &[(var, 1)] = form.terms.as_slice() else { return None };
        let (lo, hi) = (self.engine.store.lo(var), self.engine.store.hi(var));
        match (relation, form.constant) {
            _ if lo < 0 || hi > 1 => None,
            (Relation::Equal, -1) => Some(Literal::of(var)),
            (Relation::Equal | Relation::AtMost, 0) => Some(Literal::of(var).negate()),
            _ => None,
        }
    }

    pub(super) fn truth(&mut self, truth: bool) -> Result<Literal, Conflict> {
        self.constant(i64::from(truth)).map(Literal::of)
    }

    pub(super) fn any_of(&mut self, mut operands: Vec<Literal>) -> Result<Literal, Conflict> {
        operands.sort_unstable();
        operands.dedup();
        operands.retain(|&operand| self.engine.store.truth(operand) != Some(false));
        let tautology = operands.windows(2).any(|pair| pair[0].var == pair[1].var)
            || operands.iter().any(|&operand| self.engine.store.truth(operand) == Some(true));
        match operands.as_slice() {
            _ if tautology => return self.truth(true),
            [] => return self.truth(false),
            [only] => return Ok(*only),
            _ => {}
        }
        let var = self.shared(Definition::AnyOf(operands.clone()), |poster| {
            let var = poster.engine.store.add(Domain::progression(0, 1, 1));
            poster.add(AnyOf { operands, result: Literal::of(var) })?;
            Ok(var)
        })?;
        Ok(Literal::of(var))
    }

    pub(super) fn all_of(&mut self, mut conditions: Vec<Literal>, literal: Literal) -> Result<Literal, Conflict> {
        conditions.push(literal);
        self.any_of(conditions.into_iter().map(Literal::negate).collect()).map(Literal::negate)
    }

    /// `b % a == 0`, which is false for `a == 0`, or both are 0.
    fn divides(&mut self, a: &Expr, b: &Expr) -> Result<Literal, Conflict> {
        let (mut defined, mut of_divisor) = (Vec::new(), Vec::new());
        let a = self.integer(a, false, &mut of_divisor)?;
        let b = self.integer(b, false, &mut defined)?;
        defined.extend(of_divisor);
        let a_not_zero = self.differs_from_zero(&a)?;
        let b_not_zero = self.differs_from_zero(&b)?;
        let (x, one) = (self.variable(&a)?, self.constant(1)?);
        let divisor = self.choose(a_not_zero, x, one)?;
        let multiple = self.variable(&b)?;
        let remainder = LinearForm::variable(self.operation(Operation::Remainder, multiple, divisor)?);
        let whole = self.differs_from_zero(&remainder)?.negate();
        let by_zero = self.any_of(vec![a_not_zero, b_not_zero.negate()])?;
        let by_other = self.any_of(vec![a_not_zero.negate(), whole])?;
        defined.push(by_zero);
        self.all_of(defined, by_other)
    }

    pub(super) fn is_power_of_two(&mut self, var: Var) -> Result<Literal, Conflict> {
        if self.engine.store.hi(var) >= INFINITY {
            return Ok(Literal::of(self.undefined(Interval::new(0, 1))));
        }
        self.member(var, MemberSet::Values((0..62).map(|exponent| 1 << exponent).collect()))
    }

    fn member_of(&mut self, operand: &Expr, set: &MemberSet) -> Result<Literal, Conflict> {
        let mut defined = Vec::new();
        // A fraction that is not whole is in no set of integers.
        let form = self.integer(operand, false, &mut defined)?;
        let var = self.variable(&form)?;
        let literal = self.member(var, set.clone())?;
        self.all_of(defined, literal)
    }

    pub(super) fn member(&mut self, x: Var, set: MemberSet) -> Result<Literal, Conflict> {
        let var = self.shared(Definition::Member(x, set.clone()), |poster| {
            let var = poster.engine.store.add(Domain::progression(0, 1, 1));
            poster.add(Member { x, set, result: Literal::of(var) })?;
            Ok(var)
        })?;
        Ok(Literal::of(var))
    }

    /// `log2(x)` against `r` as `x` against `2 ** r`; two logarithms as their arguments.
    fn compare_logarithms(&mut self, comparison: Comparison, a: &Expr, b: &Expr) -> Result<Literal, Conflict> {
        let argument = |side: &Expr| match side {
            // A logarithm inside a logarithm is no side of the comparison: as a sum it is not taken for one.
            Expr::Log2(argument) => Expr::Sum(vec![(**argument).clone()]),
            exponent => Expr::Power(Box::new(Expr::Constant(2)), Box::new(exponent.clone())),
        };
        for side in [a, b] {
            if !is_logarithm(side) && !self.number(side, false)?.is_integer() {
                // A fractional exponent: only the checker can tell.
                return Ok(Literal::of(self.undefined(Interval::new(0, 1))));
            }
        }
        let positive = [a, b]
            .into_iter()
            .filter(|side| is_logarithm(side))
            .map(|side| argument(side).compare(Comparison::Greater, 0));
        let compared = argument(a).compare(comparison, argument(b));
        self.literal(&Expr::And(positive.chain([compared]).collect()))
    }
}

fn is_logarithm(expr: &Expr) -> bool {
    matches!(expr, Expr::Log2(_))
}

/// `form <comparison> 0` as a relation of a form with 0, or its opposite.
fn relation_to_zero(comparison: Comparison, form: &LinearForm) -> (Relation, LinearForm, bool) {
    let negated =
        || LinearForm { terms: form.terms.iter().map(|&(var, c)| (var, -c)).collect(), constant: -form.constant };
    match comparison {
        Comparison::Equal => (Relation::Equal, form.clone(), true),
        Comparison::NotEqual => (Relation::Equal, form.clone(), false),
        Comparison::LessEqual => (Relation::AtMost, form.clone(), true),
        Comparison::Greater => (Relation::AtMost, form.clone(), false),
        Comparison::GreaterEqual => (Relation::AtMost, negated(), true),
        Comparison::Less => (Relation::AtMost, negated(), false),
    }
}

/// A relation of a form with 0, divided by the common divisor of its coefficients.
enum NormalRelation {
    Decided(bool),
    Open(Relation, LinearForm),
}

impl NormalRelation {
    fn of(relation: Relation, form: &LinearForm) -> Self {
        if let Some(value) = form.as_constant() {
            return Self::Decided(match relation {
                Relation::AtMost => value <= 0,
                Relation::Equal => value == 0,
                Relation::NotEqual => value != 0,
            });
        }
        let common = form.terms.iter().fold(0, |common, &(_, c)| crate::arith::gcd(common, c));
        let divisor = i128::from(common);
        if relation != Relation::AtMost && form.constant % divisor != 0 {
            return Self::Decided(relation == Relation::NotEqual);
        }
        // Σ c·x <= k divides to a bound rounded down.
        let mut constant = -floor_div(-form.constant, divisor);
        let mut terms: Vec<(Var, i64)> =
            form.terms.iter().map(|&(var, c)| (var, clamp(i128::from(c) / divisor))).collect();
        if relation != Relation::AtMost && terms[0].1 < 0 {
            for term in &mut terms {
                term.1 = -term.1;
            }
            constant = -constant;
        }
        Self::Open(relation, LinearForm { terms, constant })
    }

    fn negate(self) -> Self {
        match self {
            Self::Decided(truth) => Self::Decided(!truth),
            Self::Open(Relation::Equal, form) => Self::Open(Relation::NotEqual, form),
            Self::Open(Relation::NotEqual, form) => Self::Open(Relation::Equal, form),
            // Not (f <= 0) is -f + 1 <= 0.
            Self::Open(Relation::AtMost, form) => {
                let terms = form.terms.iter().map(|&(var, c)| (var, -c)).collect();
                Self::Open(Relation::AtMost, LinearForm { terms, constant: 1 - form.constant })
            }
        }
    }
}
