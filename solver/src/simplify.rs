//! Expressions without the factors that cancel, and remainders of quotients as remainders by products.
//!
//! `(x * y) // y` is `x` where `y` is not 0, `((x - 1) * y) % y` is 0 there, and `(N / W) % L == 0` says `N % (W * L) == 0`.
//! What is undefined stays so: where a divisor that goes may be 0, the comparison becomes `... and y != 0`, since undefined
//! sides make a comparison false. Both [`crate::post`] and [`crate::space`] read models so; the checker and explanations
//! keep to what was stated.

use crate::arith::gcd;
use crate::model::{Comparison, Expr, Model, Values};

/// The model with simpler expressions, constraint by constraint; `None` where there is nothing to simplify.
pub(crate) fn simplified(model: &Model) -> Option<Model> {
    let exprs = || model.constraints().iter().map(|c| &c.expr).chain(model.objectives().iter().map(|o| &o.expr));
    if !exprs().any(has_factors_below_division) {
        return None;
    }
    let simplifier = Simplifier::new(model);
    let mut simple = model.clone();
    simple.map_expressions(|expr| simplifier.truth(expr), |expr| simplifier.number(expr, None));
    Some(simple)
}

/// Whether there is a division whose dividend is more than a variable or a constant.
fn has_factors_below_division(expr: &Expr) -> bool {
    let here = match expr {
        Expr::Quotient(a, _) | Expr::FloorDivide(a, _) | Expr::CeilDivide(a, _) | Expr::Remainder(a, _) => {
            !matches!(**a, Expr::Variable(_) | Expr::Constant(_))
        }
        Expr::Divides(_, b) => !matches!(**b, Expr::Variable(_) | Expr::Constant(_)),
        _ => false,
    };
    here || expr.operands().into_iter().any(has_factors_below_division)
}

/// Divisors that must not be 0 for a simpler expression to mean the same.
type Guards = Vec<Expr>;

struct Simplifier<'a> {
    model: &'a Model,
    /// Dividends and divisors of divisions that leave no remainder in any solution.
    exact: Vec<(Expr, Expr)>,
}

/// `coefficient * factors`.
#[derive(Debug, Clone)]
struct Monomial {
    coefficient: i64,
    factors: Vec<Expr>,
}

impl<'a> Simplifier<'a> {
    fn new(model: &'a Model) -> Self {
        let mut exact = Vec::new();
        let mut pending: Vec<&Expr> = model.constraints().iter().map(|constraint| &constraint.expr).collect();
        while let Some(expr) = pending.pop() {
            match expr {
                Expr::And(list) => pending.extend(list),
                Expr::Compare(Comparison::Equal, a, b) => {
                    for (side, other) in [(a, b), (b, a)] {
                        if let (Expr::Remainder(dividend, divisor), Expr::Constant(0)) = (&**side, &**other) {
                            exact.push(((**dividend).clone(), (**divisor).clone()));
                        }
                    }
                }
                Expr::Divides(divisor, dividend) => exact.push(((**dividend).clone(), (**divisor).clone())),
                _ => {}
            }
        }
        Self { model, exact }
    }

    fn truth(&self, expr: &Expr) -> Expr {
        let all = |list: &[Expr]| list.iter().map(|operand| self.truth(operand)).collect();
        match expr {
            Expr::And(list) => Expr::And(all(list)),
            Expr::Or(list) => Expr::Or(all(list)),
            Expr::Not(operand) => Expr::Not(Box::new(self.truth(operand))),
            Expr::Compare(comparison, a, b) => self.comparison(*comparison, a, b),
            Expr::Divides(divisor, number) => self.divides(divisor, number),
            Expr::Member(number, set) => {
                Self::guarded(|guards| Expr::Member(Box::new(self.number(number, Some(guards))), set.clone()))
            }
            other => other.clone(),
        }
    }

    /// A truth that is false where one of its operands is undefined.
    fn guarded(truth: impl FnOnce(&mut Guards) -> Expr) -> Expr {
        let mut guards = Guards::new();
        let truth = truth(&mut guards);
        if guards.is_empty() {
            return truth;
        }
        let nonzero = guards.into_iter().map(|guard| guard.compare(Comparison::NotEqual, 0));
        Expr::And(std::iter::once(truth).chain(nonzero).collect())
    }

    fn comparison(&self, comparison: Comparison, a: &Expr, b: &Expr) -> Expr {
        if matches!(a, Expr::Log2(_)) || matches!(b, Expr::Log2(_)) {
            return Expr::Compare(comparison, Box::new(a.clone()), Box::new(b.clone()));
        }
        Self::guarded(|guards| {
            let (a, b) = (self.number(a, Some(guards)), self.number(b, Some(guards)));
            let multiple = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
            match (&a, &b) {
                (Expr::Remainder(..), Expr::Constant(0)) if multiple => self.of_quotient(a).compare(comparison, b),
                (Expr::Constant(0), Expr::Remainder(..)) if multiple => self.of_quotient(b).compare(comparison, a),
                _ => a.compare(comparison, b),
            }
        })
    }

    /// A remainder that is 0 where the one given is: `(a / b) % c` is 0 where `a % (b * c)` is.
    fn of_quotient(&self, remainder: Expr) -> Expr {
        let Expr::Remainder(number, divisor) = &remainder else { return remainder };
        match &**number {
            Expr::Quotient(a, b) => {
                let product = Expr::Product(vec![(**b).clone(), (**divisor).clone()]);
                self.of_quotient(Expr::Remainder(a.clone(), Box::new(product)))
            }
            Expr::FloorDivide(a, b) | Expr::CeilDivide(a, b) if self.is_exact(a, b) => {
                let quotient = Box::new(Expr::Quotient(a.clone(), b.clone()));
                self.of_quotient(Expr::Remainder(quotient, divisor.clone()))
            }
            _ => remainder,
        }
    }

    /// Whether no solution leaves a remainder.
    fn is_exact(&self, dividend: &Expr, divisor: &Expr) -> bool {
        self.exact.iter().any(|(a, b)| a == dividend && b == divisor)
    }

    fn divides(&self, divisor: &Expr, number: &Expr) -> Expr {
        Self::guarded(|guards| {
            let (divisor, number) = (self.number(divisor, Some(guards)), self.number(number, Some(guards)));
            if !self.is_nonzero(&divisor) {
                return Expr::Divides(Box::new(divisor), Box::new(number));
            }
            // A divisor that is no integer divides nothing, but may leave no remainder.
            if !is_integer(&divisor) || !is_integer(&number) {
                return Expr::Divides(Box::new(divisor), Box::new(number));
            }
            let stated = Expr::Remainder(Box::new(number.clone()), Box::new(divisor.clone()));
            let remainder = self.remainder(number.clone(), divisor.clone(), Some(guards));
            let simple = self.of_quotient(remainder);
            if simple == stated { Expr::Divides(Box::new(divisor), Box::new(number)) } else { simple.equals(0) }
        })
    }

    /// The same number. Without `guards`, it is undefined at the same places; with them, where one of these is 0 too.
    fn number(&self, expr: &Expr, mut guards: Option<&mut Guards>) -> Expr {
        let mut one = |operand: &Expr| Box::new(self.number(operand, guards.as_deref_mut()));
        match expr {
            Expr::Sum(list) => Expr::Sum(self.numbers(list, guards)),
            Expr::Product(list) => Expr::Product(self.numbers(list, guards)),
            Expr::Minimum(list) => Expr::Minimum(self.numbers(list, guards)),
            Expr::Maximum(list) => Expr::Maximum(self.numbers(list, guards)),
            Expr::Gcd(list) => Expr::Gcd(self.numbers(list, guards)),
            Expr::Lcm(list) => Expr::Lcm(self.numbers(list, guards)),
            Expr::Negate(a) => Expr::Negate(one(a)),
            Expr::Absolute(a) => Expr::Absolute(one(a)),
            Expr::Power(a, b) => Expr::Power(one(a), one(b)),
            Expr::Remainder(a, b) => {
                let (a, b) = (one(a), one(b));
                self.remainder(*a, *b, guards)
            }
            Expr::Quotient(a, b) => {
                let (a, b) = (one(a), one(b));
                self.quotient(*a, *b, Expr::Quotient, guards)
            }
            Expr::FloorDivide(a, b) => {
                let (a, b) = (one(a), one(b));
                self.quotient(*a, *b, Expr::FloorDivide, guards)
            }
            Expr::CeilDivide(a, b) => {
                let (a, b) = (one(a), one(b));
                self.quotient(*a, *b, Expr::CeilDivide, guards)
            }
            other => other.clone(),
        }
    }

    fn numbers(&self, list: &[Expr], mut guards: Option<&mut Guards>) -> Vec<Expr> {
        list.iter().map(|operand| self.number(operand, guards.as_deref_mut())).collect()
    }

    /// The quotient, rounded or not, without the factors that dividend and divisor have in common.
    fn quotient(
        &self,
        a: Expr,
        b: Expr,
        rounded: fn(Box<Expr>, Box<Expr>) -> Expr,
        guards: Option<&mut Guards>,
    ) -> Expr {
        let (mut above, mut below) = (monomials(&a), monomial(&b));
        if !self.cancel(&mut above, &mut below, guards) {
            return rounded(Box::new(a), Box::new(b));
        }
        let (above, below) = (sum_of(above), below.into_expr());
        let exact = matches!(rounded(Box::new(0.into()), Box::new(1.into())), Expr::Quotient(..)) || is_integer(&above);
        if below == Expr::Constant(1) && exact { above } else { rounded(Box::new(above), Box::new(below)) }
    }

    /// The remainder without what is a multiple of the divisor, and with common factors outside.
    fn remainder(&self, a: Expr, b: Expr, guards: Option<&mut Guards>) -> Expr {
        let (mut above, mut below) = (monomials(&a), monomial(&b));
        let whole = above.len();
        if below.coefficient != 0 && !below.factors.is_empty() {
            above.retain(|part| !self.is_multiple(part, &below));
        }
        if above.is_empty() && whole > 0 {
            let divisors: Vec<Expr> = below.factors.clone();
            if self.demand_nonzero(&divisors, guards) {
                return 0.into();
            }
            return Expr::Remainder(Box::new(a), Box::new(b));
        }
        let divisor = below.clone();
        let cancelled = self.cancel(&mut above, &mut below, guards);
        if !cancelled {
            let a = if above.len() < whole { sum_of(above) } else { a };
            return Expr::Remainder(Box::new(a), Box::new(b));
        }
        let mut outside = divisor.factors;
        for factor in &below.factors {
            let place = outside.iter().position(|other| other == factor).expect("what was left");
            outside.remove(place);
        }
        let inner = Expr::Remainder(Box::new(sum_of(above)), Box::new(below.into_expr()));
        outside.push(inner);
        Expr::Product(outside)
    }

    /// Takes common factors that are no constants out of a sum and a divisor; false where there is none, or one might be 0
    /// and there are no guards.
    fn cancel(&self, above: &mut [Monomial], below: &mut Monomial, mut guards: Option<&mut Guards>) -> bool {
        let mut cancelled = false;
        for factor in below.factors.clone() {
            let common = above.iter().all(|part| part.factors.contains(&factor));
            if above.is_empty() || !common {
                continue;
            }
            if !self.demand_nonzero(std::slice::from_ref(&factor), guards.as_deref_mut()) {
                continue;
            }
            above.iter_mut().chain([&mut *below]).for_each(|part| part.remove(&factor));
            cancelled = true;
        }
        cancelled
    }

    /// Whether factors are never 0, or that is now asked for.
    fn demand_nonzero(&self, factors: &[Expr], guards: Option<&mut Guards>) -> bool {
        let open: Vec<&Expr> = factors.iter().filter(|factor| !self.is_nonzero(factor)).collect();
        match guards {
            Some(guards) => {
                guards.extend(open.into_iter().cloned());
                true
            }
            None => open.is_empty(),
        }
    }

    /// Whether a product is an integer times another, defined wherever the other is.
    fn is_multiple(&self, product: &Monomial, other: &Monomial) -> bool {
        let mut rest = product.clone();
        for factor in &other.factors {
            let Some(place) = rest.factors.iter().position(|own| own == factor) else { return false };
            rest.factors.remove(place);
        }
        let whole = other.coefficient != 0 && gcd(product.coefficient, other.coefficient) == other.coefficient.abs();
        whole && rest.factors.iter().all(|factor| is_integer(factor) && self.is_total(factor))
    }

    /// Whether an expression is defined everywhere.
    fn is_total(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Constant(_) | Expr::Variable(_) => true,
            Expr::Sum(list) | Expr::Product(list) | Expr::Minimum(list) | Expr::Maximum(list) => {
                list.iter().all(|operand| self.is_total(operand))
            }
            Expr::Negate(a) | Expr::Absolute(a) => self.is_total(a),
            Expr::FloorDivide(a, b) | Expr::CeilDivide(a, b) | Expr::Remainder(a, b) | Expr::Quotient(a, b) => {
                self.is_total(a) && self.is_nonzero(b)
            }
            _ => false,
        }
    }

    /// Whether an expression is known to be defined and never 0.
    fn is_nonzero(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Constant(value) => *value != 0,
            Expr::Variable(variable) => !self.model.variable(*variable).values.contains(0),
            Expr::Product(list) => list.iter().all(|factor| self.is_nonzero(factor)),
            Expr::Negate(a) | Expr::Absolute(a) => self.is_nonzero(a),
            Expr::Sum(_) => self.least(expr).is_some_and(|least| least > 0),
            _ => false,
        }
    }

    /// A lower bound of an expression that is defined everywhere.
    fn least(&self, expr: &Expr) -> Option<i128> {
        match expr {
            Expr::Constant(value) => Some((*value).into()),
            Expr::Variable(variable) => Some(match &self.model.variable(*variable).values {
                Values::Range { min, .. } => (*min).into(),
                Values::List(values) => (*values.first()?).into(),
            }),
            Expr::Sum(list) => list.iter().try_fold(0i128, |sum, part| sum.checked_add(self.least(part)?)),
            Expr::Product(list) => list.iter().try_fold(1i128, |product, factor| {
                let least = self.least(factor).filter(|least| *least >= 0)?;
                product.checked_mul(least)
            }),
            _ => None,
        }
    }
}

impl Monomial {
    fn into_expr(self) -> Expr {
        let Self { coefficient, mut factors } = self;
        match factors.len() {
            0 => coefficient.into(),
            1 if coefficient == 1 => factors.remove(0),
            _ => {
                if coefficient != 1 {
                    factors.insert(0, coefficient.into());
                }
                Expr::Product(factors)
            }
        }
    }

    fn remove(&mut self, factor: &Expr) {
        let place = self.factors.iter().position(|other| other == factor).expect("a common factor");
        self.factors.remove(place);
    }
}

/// An expression as a number times factors.
fn monomial(expr: &Expr) -> Monomial {
    let mut monomial = Monomial { coefficient: 1, factors: Vec::new() };
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::Product(list) => pending.extend(list.iter().rev()),
            Expr::Negate(a) if monomial.coefficient != i64::MIN => {
                monomial.coefficient = -monomial.coefficient;
                pending.push(a);
            }
            Expr::Constant(value) if monomial.coefficient.checked_mul(*value).is_some() => {
                monomial.coefficient *= value;
            }
            other => monomial.factors.push(other.clone()),
        }
    }
    monomial
}

/// An expression as a sum of such.
fn monomials(expr: &Expr) -> Vec<Monomial> {
    match expr {
        Expr::Sum(list) => list.iter().flat_map(monomials).collect(),
        Expr::Negate(a) if matches!(**a, Expr::Sum(_)) => {
            let negated = monomials(a).into_iter().map(|part| match part.coefficient.checked_neg() {
                Some(coefficient) => Monomial { coefficient, ..part },
                None => monomial(&Expr::Negate(Box::new(part.into_expr()))),
            });
            negated.collect()
        }
        other => vec![monomial(other)],
    }
}

fn sum_of(parts: Vec<Monomial>) -> Expr {
    let mut parts: Vec<Expr> = parts.into_iter().map(Monomial::into_expr).collect();
    if parts.len() == 1 { parts.remove(0) } else { Expr::Sum(parts) }
}

/// Whether an expression is an integer wherever it is defined.
fn is_integer(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(_)
        | Expr::Variable(_)
        | Expr::FloorDivide(..)
        | Expr::CeilDivide(..)
        | Expr::Gcd(_)
        | Expr::Lcm(_)
        | Expr::Compare(..)
        | Expr::Divides(..)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Not(_) => true,
        Expr::Sum(list) | Expr::Product(list) | Expr::Minimum(list) | Expr::Maximum(list) => {
            list.iter().all(is_integer)
        }
        Expr::Negate(a) | Expr::Absolute(a) => is_integer(a),
        Expr::Remainder(a, b) => is_integer(a) && is_integer(b),
        Expr::Power(a, b) => is_integer(a) && matches!(**b, Expr::Constant(exponent) if exponent >= 0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::holds;
    use crate::language;

    fn model(ranges: &[(&str, i64, i64)], texts: &[&str]) -> Model {
        let mut model = Model::new();
        for &(name, min, max) in ranges {
            model.add_variable(name, Values::range(min, max, 1).unwrap()).unwrap();
        }
        for text in texts {
            let expr = language::parse(text, &model).unwrap();
            model.require(expr);
        }
        model
    }

    /// Whether all constraints hold, for each assignment.
    fn solutions(model: &Model, ranges: &[(&str, i64, i64)]) -> Vec<bool> {
        let sizes = ranges.iter().map(|(_, min, max)| max - min + 1);
        let row = |mut index: i64| -> Vec<i64> {
            let digit = |&(_, min, max): &(&str, i64, i64)| {
                let digit = index % (max - min + 1);
                index /= max - min + 1;
                min + digit
            };
            ranges.iter().map(digit).collect()
        };
        let all = |index| model.constraints().iter().all(|constraint| holds(&constraint.expr, &row(index)).unwrap());
        (0..sizes.product()).map(all).collect()
    }

    #[test]
    fn simple_models_have_the_same_solutions() {
        let (zeros, positive) = ([("x", -4, 4), ("y", -3, 3), ("z", -2, 3)], [("x", 1, 8), ("y", 1, 6), ("z", 1, 4)]);
        for ranges in [&zeros, &positive] {
            for texts in [
                &["(x * y) // y != x"][..],
                &["((x - 1) * y) % y == 1"],
                &["not (x * y) // y == x"],
                &["x == 1 or (2 * x * y + y * z) // y <= z"],
                &["ceil_div(x * y * z, 2 * y) == z"],
                &["(x * y) % (y * z) == y"],
                &["(x * y + z) % y == 1"],
                &["(6 * x * y) % (4 * y) == 2 * y", "x * y / y + z == 3"],
                &["(x * y * (4 // z)) % y == 0"],
                &["(x * (4 // z)) // (4 // z) == x"],
                &["(x / y) % z == 0"],
                &["(x / y) % z != 0", "x % y == 0"],
                &["(x // y) % z == 0", "x % y == 0"],
                &["x % y == 0 and (ceil_div(x, y) // z) % 2 == 0"],
                &["divides(z, x // y)", "divides(y, x)"],
                &["divides(2, x // y)", "divides(y, x)"],
                &["divides(y, x * y * (3 // z))"],
                &["x * y // y in range(0, 3)"],
            ] {
                let model = model(ranges, texts);
                let simple = simplified(&model).expect("a division of products");
                assert_eq!(solutions(&simple, ranges), solutions(&model, ranges), "{texts:?}");
            }
        }
    }

    #[test]
    fn factors_cancel_and_quotients_become_products() {
        let ranges = [("x", 1, 9), ("y", 1, 9), ("z", 1, 9)];
        for (texts, wanted) in [
            (&["(x * y) // y != x"][..], &["x != x"][..]),
            (&["((x - 1) * y) % y == 1"], &["0 == 1"]),
            (&["x % y == 0", "(x // y) % z == 0"], &["x % y == 0", "x % (y * z) == 0"]),
            (&["(x / y) % z == 0"], &["x % (y * z) == 0"]),
            (&["(x * y * z) // (2 * y) == 3"], &["x * z // 2 == 3"]),
        ] {
            let simple = simplified(&model(&ranges, texts)).unwrap();
            for (found, wanted) in simple.constraints().iter().zip(wanted) {
                assert_eq!(simple.display(&found.expr).to_string(), *wanted);
            }
        }
        let plain = model(&ranges, &["x * y <= 9", "x % y == 1"]);
        assert!(simplified(&plain).is_none(), "nothing to do");
    }
}
