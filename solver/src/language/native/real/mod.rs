//! Roots and logarithms: irrational numbers, decided exactly.
//!
//! | file | holds |
//! | --- | --- |
//! | `refusal` | why an expression cannot be settled |
//! | `ratio` | rational constants, and sums and products that fold them |
//! | `sum` | [`Sum`]: multiples of roots and logarithms, added up, and arithmetic on it |
//! | `value` | a rational number, a sum, or one of several by conditions |
//! | `power` | inverses, powers and logarithms of a sum |
//! | `settler` | arithmetic on values, case by case |
//! | `compare` | such a sum compared with 0, as a comparison of rational numbers |
//! | `round` | such a sum rounded, as an integer expression |
//!
//! An expression in which `log2` or a power with a fraction occurs is read a second time, from its operands upwards. What is
//! irrational stays a [`Sum`] until something makes a rational number or a truth of it: a comparison, whose sides are
//! raised to powers until no root is left; rounding, as the floor of a root or of a logarithm is an integer; or another
//! power. Where nothing of the kind is possible (two different roots and a number added up, a logarithm times a root), the
//! text is refused. So nothing irrational is left for the solver, but a logarithm that is a whole side of a comparison.

mod compare;
mod power;
mod ratio;
mod refusal;
mod round;
mod settler;
mod sum;
mod value;

use super::facts::{evident_integer, integer_exponent};
use crate::model::{Comparison, Expr};
use num_rational::BigRational;
use num_traits::{One, Signed};
use ratio::{one, ratio, undefined};
pub(super) use refusal::ALONE;
use refusal::{EXPONENT, Settled, TOO_LARGE};
use settler::Settler;
use sum::Sum;
use value::{Value, choose, rational};

/// Whether something in it may be irrational.
pub(super) fn is_irrational(expr: &Expr) -> bool {
    let here = match expr {
        // The solver compares a whole logarithm exactly.
        Expr::Compare(_, a, b) => return is_irrational(inside(a)) || is_irrational(inside(b)),
        Expr::Log2(_) => true,
        Expr::Power(_, exponent) => !integer_exponent(exponent),
        _ => false,
    };
    here || expr.operands().into_iter().any(is_irrational)
}

/// What a logarithm is taken of, or anything else itself.
fn inside(side: &Expr) -> &Expr {
    if let Expr::Log2(argument) = side { argument } else { side }
}

/// The expression with nothing irrational in it but logarithms that are a whole side of a comparison.
pub(super) fn settle(expr: &Expr) -> Settled<Expr> {
    let mut settler = Settler::default();
    match settler.value(expr)? {
        Value::Irrational(_) => Err(ALONE),
        value => rational(value).map_err(|_| ALONE),
    }
}

impl Settler {
    fn values(&mut self, exprs: &[Expr]) -> Settled<Vec<Value>> {
        exprs.iter().map(|expr| self.value(expr)).collect()
    }

    /// The value of an expression, operands first.
    fn value(&mut self, expr: &Expr) -> Settled<Value> {
        self.spend(1)?;
        if !is_irrational(expr) {
            return Ok(Value::Rational(expr.clone()));
        }
        match expr {
            Expr::Sum(terms) => {
                let terms = self.values(terms)?;
                terms.into_iter().try_fold(Value::Rational(Expr::Constant(0)), |sum, term| self.add(sum, term))
            }
            Expr::Product(factors) => {
                let factors = self.values(factors)?;
                factors.into_iter().try_fold(Value::Rational(one()), |product, factor| self.multiply(product, factor))
            }
            Expr::Negate(a) => {
                let a = self.value(a)?;
                self.negate(a)
            }
            Expr::Quotient(a, b) => self.quotient(a, b),
            Expr::FloorDivide(a, b) => {
                let quotient = self.quotient(a, b)?;
                self.floor(quotient).map(Value::Rational)
            }
            Expr::CeilDivide(a, b) => {
                let quotient = self.quotient(a, b)?;
                self.ceil(quotient).map(Value::Rational)
            }
            Expr::Remainder(a, b) => self.remainder(a, b),
            Expr::Power(a, b) => self.power(a, b),
            Expr::Log2(a) => {
                let a = self.value(a)?;
                self.logarithm(a)
            }
            Expr::Minimum(list) => self.extremum(list, Comparison::LessEqual),
            Expr::Maximum(list) => self.extremum(list, Comparison::GreaterEqual),
            Expr::Absolute(a) => {
                let a = self.value(a)?;
                self.absolute(a)
            }
            Expr::If { condition, then, otherwise } => {
                let condition = self.truth(condition)?;
                Ok(Value::Choice(Box::new(condition), Box::new(self.value(then)?), Box::new(self.value(otherwise)?)))
            }
            Expr::Element { index, items } => self.item(index, items),
            Expr::Gcd(list) => Ok(Value::Rational(Expr::Gcd(self.whole_numbers(list)?))),
            Expr::Lcm(list) => Ok(Value::Rational(Expr::Lcm(self.whole_numbers(list)?))),
            Expr::FloorLog2(a) => Ok(Value::Rational(Expr::FloorLog2(self.whole(a)?))),
            Expr::FloorRoot(a, degree) => Ok(Value::Rational(Expr::FloorRoot(self.whole(a)?, *degree))),
            Expr::BitAnd(a, b) => Ok(Value::Rational(Expr::BitAnd(self.whole(a)?, self.whole(b)?))),
            truth => self.truth(truth).map(Value::Rational),
        }
    }

    /// The truth of an expression.
    fn truth(&mut self, expr: &Expr) -> Settled<Expr> {
        if !is_irrational(expr) {
            return Ok(expr.clone());
        }
        match expr {
            Expr::And(list) => list.iter().map(|part| self.truth(part)).collect::<Settled<_>>().map(Expr::And),
            Expr::Or(list) => list.iter().map(|part| self.truth(part)).collect::<Settled<_>>().map(Expr::Or),
            Expr::Not(part) => Ok(Expr::Not(Box::new(self.truth(part)?))),
            Expr::Compare(comparison, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                self.compare(*comparison, a, b)
            }
            Expr::Divides(a, b) => Ok(Expr::Divides(self.whole(a)?, self.whole(b)?)),
            Expr::IsPowerOfTwo(a) => Ok(Expr::IsPowerOfTwo(self.whole(a)?)),
            Expr::Member(a, set) => Ok(Expr::Member(self.whole(a)?, set.clone())),
            Expr::Table(list, rows) => Ok(Expr::Table(self.whole_numbers(list)?, rows.clone())),
            Expr::AllDifferent(list) => self.all_different(list),
            number => {
                let value = self.value(number)?;
                self.compare(Comparison::NotEqual, value, Value::Rational(Expr::Constant(0)))
            }
        }
    }

    fn quotient(&mut self, a: &Expr, b: &Expr) -> Settled<Value> {
        let (a, b) = (self.value(a)?, self.value(b)?);
        if let (Value::Rational(a), Value::Rational(b)) = (&a, &b) {
            return Ok(Value::Rational(Expr::Quotient(Box::new(a.clone()), Box::new(b.clone()))));
        }
        let inverse = self.each(b, &|b| b.inverse())?;
        self.multiply(a, inverse)
    }

    /// `a - b * floor(a / b)`.
    fn remainder(&mut self, a: &Expr, b: &Expr) -> Settled<Value> {
        let quotient = self.quotient(a, b)?;
        let floor = Value::Rational(self.floor(quotient)?);
        let (a, b) = (self.value(a)?, self.value(b)?);
        let multiple = self.multiply(b, floor)?;
        let multiple = self.negate(multiple)?;
        self.add(a, multiple)
    }

    fn power(&mut self, base: &Expr, exponent: &Expr) -> Settled<Value> {
        let (base, exponent) = (self.value(base)?, self.value(exponent)?);
        match exponent {
            Value::Rational(exponent) => match ratio(&exponent) {
                Some(exponent) => self.each(base, &|base| base.power(&exponent)),
                None => power_of_rational(base, exponent),
            },
            // 2 ** log2(x) is x.
            exponent if matches!(base, Value::Rational(Expr::Constant(2))) => {
                self.each(exponent, &|exponent| exponent.power_of_two())
            }
            _ => Err(EXPONENT),
        }
    }

    fn logarithm(&mut self, a: Value) -> Settled<Value> {
        self.each(a, &|a| a.logarithm())
    }

    fn extremum(&mut self, list: &[Expr], better: Comparison) -> Settled<Value> {
        let values = self.values(list)?;
        let mut values = values.into_iter();
        let first = values.next().expect("an operand");
        values.try_fold(first, |best, value| {
            self.spend(best.size() + value.size())?;
            let chosen = self.compare(better, best.clone(), value.clone())?;
            // Of an operand that is undefined nothing is smallest: then neither comparison holds.
            let other = self.compare(better, value.clone(), best.clone())?;
            let otherwise = Value::Choice(Box::new(other), Box::new(value), Box::new(Value::Rational(undefined())));
            Ok(Value::Choice(Box::new(chosen), Box::new(best), Box::new(otherwise)))
        })
    }

    fn absolute(&mut self, a: Value) -> Settled<Value> {
        self.spend(2 * a.size())?;
        let natural = self.compare(Comparison::GreaterEqual, a.clone(), Value::Rational(Expr::Constant(0)))?;
        let opposite = self.negate(a.clone())?;
        Ok(Value::Choice(Box::new(natural), Box::new(a), Box::new(opposite)))
    }

    fn item(&mut self, index: &Expr, items: &[Expr]) -> Settled<Value> {
        let (index, items) = (*self.whole(index)?, self.values(items)?);
        let length = i64::try_from(items.len()).map_err(|_| TOO_LARGE)?;
        self.spend(items.len() * 4)?;
        let choose = |otherwise, (item, place): (Value, i64)| {
            let at = |place| index.clone().equals(place);
            Value::Choice(Box::new(Expr::Or(vec![at(place), at(place - length)])), Box::new(item), Box::new(otherwise))
        };
        Ok(items.into_iter().zip(0..).fold(Value::Rational(undefined()), choose))
    }

    fn all_different(&mut self, list: &[Expr]) -> Settled<Expr> {
        let values = self.values(list)?;
        let mut tests = Vec::new();
        for (index, a) in values.iter().enumerate() {
            for b in &values[..index] {
                self.spend(a.size() + b.size())?;
                tests.push(self.compare(Comparison::NotEqual, a.clone(), b.clone())?);
            }
        }
        Ok(Expr::And(tests))
    }

    fn whole_numbers(&mut self, list: &[Expr]) -> Settled<Vec<Expr>> {
        list.iter().map(|expr| self.whole(expr).map(|whole| *whole)).collect()
    }

    /// For what takes integers only: the value, which may be left undefined where it is none.
    fn whole(&mut self, expr: &Expr) -> Settled<Box<Expr>> {
        let value = self.value(expr)?;
        if let Value::Rational(value) = value {
            return Ok(Box::new(value));
        }
        self.spend(2 * value.size())?;
        let floor = self.floor(value.clone())?;
        let is_whole = self.compare(Comparison::Equal, value, Value::Rational(floor.clone()))?;
        Ok(Box::new(choose(is_whole, floor, undefined())))
    }
}

fn power_of_rational(base: Value, exponent: Expr) -> Settled<Value> {
    let base = rational(base)?;
    if integer_exponent(&exponent) {
        return Ok(Value::Rational(Expr::Power(Box::new(base), Box::new(exponent))));
    }
    // c ** (n / d) is the d-th root of c ** n for a positive c.
    match (&exponent, ratio(&base)) {
        (Expr::Quotient(n, d), Some(constant)) if evident_integer(n) && constant.is_positive() => {
            let degree = ratio(d).filter(|d| d.is_integer() && *d > BigRational::one()).ok_or(EXPONENT)?;
            let raised = Sum::rational(Expr::Power(Box::new(base), n.clone()));
            raised.power(&degree.recip())
        }
        _ => Err(EXPONENT),
    }
}
