//! Arithmetic expressions to [`Number`]s.
//!
//! `hard` says that the expression stands where it must be defined: then what makes it undefined is excluded at once.
//! Otherwise the conditions are collected, and an operand that would make an operation undefined is replaced by a
//! harmless one.

use super::poster::{Definition, Operation, Poster};
use crate::arith::INFINITY;
use crate::arith::Interval;
use crate::domain::Domain;
use crate::model::{Comparison, Expr};
use crate::normal::{LinearForm, Number};
use crate::propagators::absolute::{self, Absolute};
use crate::propagators::choice::Choice;
use crate::propagators::extremum::Extremum;
use crate::store::{Conflict, Literal, Var};
use num_integer::Integer;

impl Poster {
    pub(super) fn number(&mut self, expr: &Expr, hard: bool) -> Result<Number, Conflict> {
        match expr {
            Expr::Constant(value) => Ok(Number::integer(LinearForm::constant(i128::from(*value)))),
            Expr::Variable(id) => {
                let var = Var::from_index(id.index());
                let form = match self.engine.store.fixed(var) {
                    Some(value) => LinearForm::constant(i128::from(value)),
                    None => LinearForm::variable(var),
                };
                Ok(Number::integer(form))
            }
            Expr::Sum(terms) => self.sum_of(terms, hard),
            Expr::Product(factors) => self.product_of(factors, hard),
            Expr::Negate(operand) => {
                let number = self.number(operand, hard)?;
                Ok(Number { numerator: self.sum(&[(&number.numerator, -1)])?, ..number })
            }
            Expr::Quotient(a, b) => self.quotient(a, b, hard),
            Expr::FloorDivide(a, b) => self.rounded_quotient(Operation::FloorDivide, a, b, hard),
            Expr::CeilDivide(a, b) => self.rounded_quotient(Operation::CeilDivide, a, b, hard),
            Expr::Remainder(a, b) => self.remainder(a, b, hard),
            Expr::Power(base, exponent) => self.power(base, exponent, hard),
            Expr::Minimum(operands) => self.extremum(operands, true, hard),
            Expr::Maximum(operands) => self.extremum(operands, false, hard),
            Expr::Absolute(operand) => self.absolute(operand, hard),
            Expr::Gcd(operands) => self.fold_integers(Operation::Gcd, operands, hard),
            Expr::Lcm(operands) => self.fold_integers(Operation::Lcm, operands, hard),
            Expr::Log2(operand) => self.logarithm(operand, hard),
            Expr::FloorLog2(operand) => self.rounded_down(Operation::FloorLog, operand, 2, 1, hard),
            Expr::FloorRoot(operand, degree) => {
                self.rounded_down(Operation::FloorRoot, operand, i64::from(*degree), 0, hard)
            }
            Expr::BitAnd(a, b) => self.bits(a, b, hard),
            Expr::If { condition, then, otherwise } => self.choice(condition, then, otherwise, hard),
            Expr::Element { index, items } => self.element(index, items, hard),
            Expr::Compare(..)
            | Expr::Divides(..)
            | Expr::IsPowerOfTwo(_)
            | Expr::Member(..)
            | Expr::AllDifferent(_)
            | Expr::Table(..)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_) => Ok(Number::integer(LinearForm::literal(self.literal(expr)?))),
        }
    }

    pub(super) fn numbers(&mut self, exprs: &[Expr], hard: bool) -> Result<(Vec<Number>, Vec<Literal>), Conflict> {
        let mut numbers = exprs.iter().map(|expr| self.number(expr, hard)).collect::<Result<Vec<_>, _>>()?;
        let defined = numbers.iter_mut().flat_map(|number| std::mem::take(&mut number.defined)).collect();
        Ok((numbers, defined))
    }

    fn sum_of(&mut self, terms: &[Expr], hard: bool) -> Result<Number, Conflict> {
        let (numbers, defined) = self.numbers(terms, hard)?;
        let (numerators, denominator) = self.common_denominator(numbers)?;
        let parts: Vec<_> = numerators.iter().map(|form| (form, 1)).collect();
        Ok(Number { numerator: self.sum(&parts)?, denominator, defined })
    }

    fn product_of(&mut self, factors: &[Expr], hard: bool) -> Result<Number, Conflict> {
        let (mut numbers, defined) = self.numbers(factors, hard)?;
        // Factors in one order, so that products that differ only in it share their auxiliary variables.
        numbers.sort_by(|a, b| {
            (&a.numerator.terms, &a.denominator.terms).cmp(&(&b.numerator.terms, &b.denominator.terms))
        });
        let mut product = Number::integer(LinearForm::constant(1));
        for number in numbers {
            product.numerator = self.multiply(&product.numerator, &number.numerator)?;
            product.denominator = self.multiply(&product.denominator, &number.denominator)?;
        }
        Ok(Number { defined, ..product })
    }

    /// The numerators over one denominator.
    pub(super) fn common_denominator(
        &mut self,
        numbers: Vec<Number>,
    ) -> Result<(Vec<LinearForm>, LinearForm), Conflict> {
        if numbers.iter().all(Number::is_integer) {
            let numerators = numbers.into_iter().map(|number| number.numerator).collect();
            return Ok((numerators, LinearForm::constant(1)));
        }
        let mut different: Vec<LinearForm> = Vec::new();
        for number in &numbers {
            if !number.is_integer() && !different.contains(&number.denominator) {
                different.push(number.denominator.clone());
            }
        }
        let mut numerators = Vec::with_capacity(numbers.len());
        for number in numbers {
            let mut numerator = number.numerator;
            for denominator in &different {
                if number.denominator != *denominator {
                    numerator = self.multiply(&numerator, denominator)?;
                }
            }
            numerators.push(numerator);
        }
        let mut product = LinearForm::constant(1);
        for denominator in &different {
            product = self.multiply(&product, denominator)?;
        }
        Ok((numerators, product))
    }

    /// The form, or 1 where it is 0; that it is not 0 is demanded or added to `defined`.
    fn not_zero(&mut self, form: LinearForm, hard: bool, defined: &mut Vec<Literal>) -> Result<LinearForm, Conflict> {
        if !form.hull(&self.engine.store).contains(0) {
            return Ok(form);
        }
        if form.as_constant().is_none() {
            let var = self.variable(&form)?;
            if !self.engine.store.domain(var).contains(0) {
                return Ok(form);
            }
        }
        if hard {
            self.require_comparison(Comparison::NotEqual, &Number::integer(form.clone()))?;
            return Ok(form);
        }
        let literal = self.differs_from_zero(&form)?;
        self.replace_unless(literal, form, 1, hard, defined)
    }

    /// The form where the literal holds, otherwise the replacement; the literal is demanded or added to `defined`.
    pub(super) fn replace_unless(
        &mut self,
        literal: Literal,
        form: LinearForm,
        replacement: i64,
        hard: bool,
        defined: &mut Vec<Literal>,
    ) -> Result<LinearForm, Conflict> {
        match self.engine.store.truth(literal) {
            Some(true) => return Ok(form),
            _ if hard => {
                self.engine.store.decide(literal, true)?;
                return Ok(form);
            }
            _ => defined.push(literal),
        }
        let (then, otherwise) = (self.variable(&form)?, self.constant(replacement)?);
        self.choose(literal, then, otherwise).map(LinearForm::variable)
    }

    pub(super) fn choose(&mut self, condition: Literal, then: Var, otherwise: Var) -> Result<Var, Conflict> {
        match self.engine.store.truth(condition) {
            Some(true) => return Ok(then),
            Some(false) => return Ok(otherwise),
            None if then == otherwise => return Ok(then),
            None => {}
        }
        self.shared(Definition::Choice(condition, then, otherwise), |poster| {
            let store = &mut poster.engine.store;
            let result = store.add(Domain::from_interval(store.hull(then).hull(store.hull(otherwise))));
            poster.add(Choice { condition, then, otherwise, result })?;
            Ok(result)
        })
    }

    fn quotient(&mut self, a: &Expr, b: &Expr, hard: bool) -> Result<Number, Conflict> {
        let (a, b) = (self.number(a, hard)?, self.number(b, hard)?);
        let mut defined = [a.defined, b.defined].concat();
        let divisor = self.not_zero(b.numerator, hard, &mut defined)?;
        let numerator = self.multiply(&a.numerator, &b.denominator)?;
        let denominator = self.multiply(&a.denominator, &divisor)?;
        Ok(simplified(Number { numerator, denominator, defined }))
    }

    fn rounded_quotient(&mut self, operation: Operation, a: &Expr, b: &Expr, hard: bool) -> Result<Number, Conflict> {
        let fraction = self.quotient(a, b, hard)?;
        let rounded = self.round(operation, &fraction)?;
        Ok(Number { defined: fraction.defined, ..Number::integer(rounded) })
    }

    /// The fraction rounded to an integer.
    fn round(&mut self, operation: Operation, fraction: &Number) -> Result<LinearForm, Conflict> {
        if fraction.is_integer() {
            return Ok(fraction.numerator.clone());
        }
        let (x, y) = (self.variable(&fraction.numerator)?, self.variable(&fraction.denominator)?);
        self.operation(operation, x, y).map(LinearForm::variable)
    }

    fn remainder(&mut self, a: &Expr, b: &Expr, hard: bool) -> Result<Number, Conflict> {
        let (mut a, mut b) = (self.number(a, hard)?, self.number(b, hard)?);
        let mut defined = [std::mem::take(&mut a.defined), std::mem::take(&mut b.defined)].concat();
        b.numerator = self.not_zero(b.numerator, hard, &mut defined)?;
        // (X / D) % (Y / D) = (X % Y) / D, whatever the sign of D.
        let (numerators, denominator) = self.common_denominator(vec![a, b])?;
        let (x, y) = (self.variable(&numerators[0])?, self.variable(&numerators[1])?);
        let numerator = LinearForm::variable(self.operation(Operation::Remainder, x, y)?);
        Ok(Number { numerator, denominator, defined })
    }

    /// An integer: a fraction is defined only where it is whole.
    pub(super) fn integer(
        &mut self,
        expr: &Expr,
        hard: bool,
        defined: &mut Vec<Literal>,
    ) -> Result<LinearForm, Conflict> {
        let mut number = self.number(expr, hard)?;
        defined.append(&mut number.defined);
        if number.is_integer() {
            return Ok(number.numerator);
        }
        let (x, y) = (self.variable(&number.numerator)?, self.variable(&number.denominator)?);
        let remainder = LinearForm::variable(self.operation(Operation::Remainder, x, y)?);
        let whole = self.differs_from_zero(&remainder)?.negate();
        if hard {
            self.engine.store.decide(whole, true)?;
        } else {
            defined.push(whole);
        }
        self.round(Operation::FloorDivide, &number)
    }

    fn power(&mut self, base: &Expr, exponent: &Expr, hard: bool) -> Result<Number, Conflict> {
        let mut defined = Vec::new();
        let exponent = self.integer(exponent, hard, &mut defined)?;
        let mut base = self.number(base, hard)?;
        defined.append(&mut base.defined);
        if exponent.as_constant() == Some(1) {
            return Ok(Number { defined, ..base });
        }
        if exponent.hull(&self.engine.store).lo >= 0 {
            let numerator = self.raise(&base.numerator, &exponent)?;
            let denominator = self.raise(&base.denominator, &exponent)?;
            return Ok(Number { numerator, denominator, defined });
        }
        self.power_of_any_sign(&base, &exponent, hard, defined)
    }

    /// `(n / d) ** e = n ** max(e, 0) * d ** max(-e, 0) / (d ** max(e, 0) * n ** max(-e, 0))`, for `n != 0` or `e >= 0`.
    fn power_of_any_sign(
        &mut self,
        base: &Number,
        exponent: &LinearForm,
        hard: bool,
        mut defined: Vec<Literal>,
    ) -> Result<Number, Conflict> {
        let zero = self.constant(0)?;
        let (up, down) = (self.variable(exponent)?, self.sum(&[(exponent, -1)])?);
        let down = self.variable(&down)?;
        let up = LinearForm::variable(self.extremum_of(vec![up, zero], false)?);
        let down = LinearForm::variable(self.extremum_of(vec![down, zero], false)?);
        let not_negative = self.differs_from_zero(&down)?.negate();
        let not_zero = self.differs_from_zero(&base.numerator)?;
        let meaningful = self.any_of(vec![not_zero, not_negative])?;
        if hard {
            self.engine.store.decide(meaningful, true)?;
        } else {
            defined.push(meaningful);
        }
        let nonzero = self.replace_unless(not_zero, base.numerator.clone(), 1, false, &mut Vec::new())?;
        let numerator = [self.raise(&base.numerator, &up)?, self.raise(&base.denominator, &down)?];
        let denominator = [self.raise(&base.denominator, &up)?, self.raise(&nonzero, &down)?];
        Ok(Number {
            numerator: self.multiply(&numerator[0], &numerator[1])?,
            denominator: self.multiply(&denominator[0], &denominator[1])?,
            defined,
        })
    }

    /// `base ** exponent` for an exponent that is not negative.
    fn raise(&mut self, base: &LinearForm, exponent: &LinearForm) -> Result<LinearForm, Conflict> {
        match (base.as_constant(), exponent.as_constant()) {
            (Some(1), _) | (_, Some(0)) => return Ok(LinearForm::constant(1)),
            (_, Some(1)) => return Ok(base.clone()),
            (Some(base), Some(exponent)) => {
                let small = (i64::try_from(base).ok(), i64::try_from(exponent).ok());
                let folded = small.0.zip(small.1).and_then(|(base, exponent)| crate::arith::power(base, exponent));
                if let Some(value) = folded.filter(|value| value.abs() < i128::from(INFINITY)) {
                    return Ok(LinearForm::constant(value));
                }
            }
            _ => {}
        }
        let (x, y) = (self.variable(base)?, self.variable(exponent)?);
        self.operation(Operation::Power, x, y).map(LinearForm::variable)
    }

    fn extremum(&mut self, operands: &[Expr], smallest: bool, hard: bool) -> Result<Number, Conflict> {
        let (mut numbers, defined) = self.numbers(operands, hard)?;
        for number in &mut numbers {
            self.make_denominator_positive(number)?;
        }
        let (numerators, denominator) = self.common_denominator(numbers)?;
        let vars = numerators.iter().map(|form| self.variable(form)).collect::<Result<Vec<_>, _>>()?;
        let numerator = LinearForm::variable(self.extremum_of(vars, smallest)?);
        Ok(Number { numerator, denominator, defined })
    }

    /// `n / d = n*d / d**2` where the sign of `d` is not known.
    fn make_denominator_positive(&mut self, number: &mut Number) -> Result<(), Conflict> {
        let hull = number.denominator.hull(&self.engine.store);
        if hull.lo >= 0 {
            return Ok(());
        }
        let factor = if hull.hi <= 0 { LinearForm::constant(-1) } else { number.denominator.clone() };
        number.numerator = self.multiply(&number.numerator, &factor)?;
        number.denominator = self.multiply(&number.denominator, &factor)?;
        Ok(())
    }

    fn extremum_of(&mut self, mut operands: Vec<Var>, smallest: bool) -> Result<Var, Conflict> {
        operands.sort_unstable();
        operands.dedup();
        if let [only] = operands.as_slice() {
            return Ok(*only);
        }
        self.shared(Definition::Extremum(smallest, operands.clone()), |poster| {
            let store = &mut poster.engine.store;
            let hulls: Vec<Interval> = operands.iter().map(|&operand| store.hull(operand)).collect();
            let around = hulls.iter().copied().reduce(Interval::hull).expect("an operand");
            let result = store.add(Domain::from_interval(around));
            poster.add(Extremum { operands, result, smallest })?;
            Ok(result)
        })
    }

    fn absolute(&mut self, operand: &Expr, hard: bool) -> Result<Number, Conflict> {
        let mut number = self.number(operand, hard)?;
        self.make_denominator_positive(&mut number)?;
        if number.numerator.hull(&self.engine.store).lo >= 0 {
            return Ok(number);
        }
        // |x| = |-x|: both have one variable.
        let opposite = self.sum(&[(&number.numerator, -1)])?;
        let form = if opposite.terms < number.numerator.terms { opposite } else { number.numerator };
        let operand = self.variable(&form)?;
        number.numerator = LinearForm::variable(self.absolute_of(operand)?);
        Ok(number)
    }

    fn absolute_of(&mut self, operand: Var) -> Result<Var, Conflict> {
        self.shared(Definition::Absolute(operand), |poster| {
            let store = &mut poster.engine.store;
            let result = store.add(Domain::from_interval(absolute::image(store.hull(operand))));
            poster.add(Absolute { operand, result })?;
            Ok(result)
        })
    }

    fn fold_integers(&mut self, operation: Operation, operands: &[Expr], hard: bool) -> Result<Number, Conflict> {
        let mut defined = Vec::new();
        let mut vars = Vec::with_capacity(operands.len());
        for operand in operands {
            let form = self.integer(operand, hard, &mut defined)?;
            vars.push(self.variable(&form)?);
        }
        // A single operand still loses its sign: gcd(x) = gcd(x, x).
        let mut result = vars[0];
        for &var in vars.get(1..).filter(|rest| !rest.is_empty()).unwrap_or(&vars[..1]) {
            result = self.operation(operation, result, var)?;
        }
        Ok(Number { defined, ..Number::integer(LinearForm::variable(result)) })
    }

    /// The exponent of a power of two.
    fn logarithm(&mut self, operand: &Expr, hard: bool) -> Result<Number, Conflict> {
        let mut defined = Vec::new();
        let form = self.integer(operand, hard, &mut defined)?;
        let var = self.variable(&form)?;
        let literal = self.is_power_of_two(var)?;
        let argument = self.replace_unless(literal, form, 1, hard, &mut defined)?;
        let argument = self.variable(&argument)?;
        let two = self.constant(2)?;
        let largest = if self.engine.store.hi(argument) >= INFINITY { INFINITY } else { 61 };
        let exponent = self.engine.store.add(Domain::progression(0, largest, 1));
        let power = self.operation(Operation::Power, two, exponent)?;
        self.require_equal(power, argument)?;
        Ok(Number { defined, ..Number::integer(LinearForm::variable(exponent)) })
    }

    /// The floor of a root or logarithm, whose second operand is the parameter, of what is an integer and at least `least`.
    fn rounded_down(
        &mut self,
        operation: Operation,
        operand: &Expr,
        parameter: i64,
        least: i64,
        hard: bool,
    ) -> Result<Number, Conflict> {
        let mut defined = Vec::new();
        let mut form = self.integer(operand, hard, &mut defined)?;
        if form.hull(&self.engine.store).lo < least {
            let missing = self.sum(&[(&form, -1), (&LinearForm::constant(least.into()), 1)])?;
            if hard {
                self.require_comparison(Comparison::LessEqual, &Number::integer(missing))?;
            } else {
                let literal = self.at_most_zero(&missing)?;
                form = self.replace_unless(literal, form, least, hard, &mut defined)?;
            }
        }
        let (x, y) = (self.variable(&form)?, self.constant(parameter)?);
        let result = self.operation(operation, x, y)?;
        Ok(Number { defined, ..Number::integer(LinearForm::variable(result)) })
    }

    fn bits(&mut self, a: &Expr, b: &Expr, hard: bool) -> Result<Number, Conflict> {
        let mut defined = Vec::new();
        let (a, b) = (self.integer(a, hard, &mut defined)?, self.integer(b, hard, &mut defined)?);
        let (x, y) = (self.variable(&a)?, self.variable(&b)?);
        let result = self.operation(Operation::BitAnd, x, y)?;
        Ok(Number { defined, ..Number::integer(LinearForm::variable(result)) })
    }

    fn choice(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, hard: bool) -> Result<Number, Conflict> {
        let condition = self.literal(condition)?;
        if let Some(truth) = self.engine.store.truth(condition) {
            return self.number(if truth { then } else { otherwise }, hard);
        }
        let mut branches = [self.number(then, false)?, self.number(otherwise, false)?];
        let mut defined = Vec::new();
        for (branch, unused) in branches.iter_mut().zip([condition.negate(), condition]) {
            for literal in std::mem::take(&mut branch.defined) {
                let needed = self.any_of(vec![unused, literal])?;
                if hard {
                    self.engine.store.decide(needed, true)?;
                } else {
                    defined.push(needed);
                }
            }
        }
        let (numerators, denominator) = self.common_denominator(branches.to_vec())?;
        let (then, otherwise) = (self.variable(&numerators[0])?, self.variable(&numerators[1])?);
        let numerator = LinearForm::variable(self.choose(condition, then, otherwise)?);
        Ok(Number { numerator, denominator, defined })
    }
}

/// A constant fraction that is whole becomes an integer, and a constant denominator divides what it can.
fn simplified(mut number: Number) -> Number {
    let Some(denominator) = number.denominator.as_constant() else { return number };
    if denominator == 0 {
        return number;
    }
    let coefficients = number.numerator.terms.iter().map(|&(_, c)| i128::from(c)).chain([number.numerator.constant]);
    let common =
        coefficients.fold(denominator.abs(), |common, coefficient| common.gcd(&coefficient)) * denominator.signum();
    for term in &mut number.numerator.terms {
        term.1 = crate::arith::clamp(i128::from(term.1) / common);
    }
    number.numerator.constant /= common;
    number.denominator = LinearForm::constant(denominator / common);
    number
}
