//! Expressions without the factors that cancel, and remainders of quotients as remainders by products.
//!
//! `(x * y) // y` is `x` where `y` is not 0, `((x - 1) * y) % y` is 0 there, and `(N / W) % L == 0` says `N % (W * L) == 0`.
//! What is undefined stays so: where a divisor that goes may be 0, the comparison becomes `... and y != 0`, since undefined
//! sides make a comparison false. Both [`crate::post`] and [`crate::space`] read models so; the checker and explanations
//! keep to what was stated.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod` | models, truths and numbers; what must not be 0 |
//! | `simplifier` | what is known of a model meanwhile |
//! | `cancel` | quotients and remainders without common factors, and without multiples of their divisors |
//! | `quotients` | remainders of quotients as remainders by products |
//! | `monomials` | expressions as sums of numbers times factors |
//! | `facts` | which expressions are integers, defined everywhere, never 0 |

mod cancel;
mod facts;
mod monomials;
mod quotients;
mod simplifier;

use crate::model::{Comparison, Expr, Model};
use cancel::Rounding;
use facts::is_integer;
use quotients::exact_divisions;
use simplifier::{Guards, Simplifier};

/// The model with simpler expressions, constraint by constraint; `None` where there is nothing to simplify.
pub(crate) fn simplified(model: &Model) -> Option<Model> {
    let exprs = || model.constraints().iter().map(|c| &c.expr).chain(model.objectives().iter().map(|o| &o.expr));
    if !exprs().any(may_be_simpler) {
        return None;
    }
    let simplifier = Simplifier { model, exact: exact_divisions(model) };
    let mut simple = model.clone();
    simple.map_expressions(|expr| simplifier.truth(expr), |expr| simplifier.number(expr, None));
    Some(simple)
}

/// Whether there is a division with a factor on both sides, or a remainder of a quotient: otherwise nothing changes.
fn may_be_simpler(expr: &Expr) -> bool {
    let here = match expr {
        Expr::Quotient(a, b) | Expr::FloorDivide(a, b) | Expr::CeilDivide(a, b) => {
            any_factor(b, &|factor| all_have_factor(a, factor))
        }
        Expr::Remainder(a, b) | Expr::Divides(b, a) => {
            matches!(**a, Expr::Quotient(..) | Expr::FloorDivide(..) | Expr::CeilDivide(..))
                || any_factor(b, &|factor| some_has_factor(a, factor))
        }
        _ => false,
    };
    here || expr.operands().into_iter().any(may_be_simpler)
}

/// Whether something is true of a factor that is no constant.
fn any_factor(expr: &Expr, fits: &impl Fn(&Expr) -> bool) -> bool {
    match expr {
        Expr::Product(list) => list.iter().any(|factor| any_factor(factor, fits)),
        Expr::Negate(factor) => any_factor(factor, fits),
        Expr::Constant(_) => false,
        factor => fits(factor),
    }
}

/// Whether all parts of a sum have a factor.
fn all_have_factor(expr: &Expr, factor: &Expr) -> bool {
    match expr {
        Expr::Sum(list) => expr == factor || list.iter().all(|part| all_have_factor(part, factor)),
        Expr::Negate(operand) => all_have_factor(operand, factor),
        _ => any_factor(expr, &|own| own == factor),
    }
}

/// Whether some part of a sum has one.
fn some_has_factor(expr: &Expr, factor: &Expr) -> bool {
    match expr {
        Expr::Sum(list) => expr == factor || list.iter().any(|part| some_has_factor(part, factor)),
        Expr::Negate(operand) => some_has_factor(operand, factor),
        _ => any_factor(expr, &|own| own == factor),
    }
}

impl Simplifier<'_> {
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
                self.quotient(*a, *b, Rounding::None, guards)
            }
            Expr::FloorDivide(a, b) => {
                let (a, b) = (one(a), one(b));
                self.quotient(*a, *b, Rounding::Down, guards)
            }
            Expr::CeilDivide(a, b) => {
                let (a, b) = (one(a), one(b));
                self.quotient(*a, *b, Rounding::Up, guards)
            }
            other => other.clone(),
        }
    }

    fn numbers(&self, list: &[Expr], mut guards: Option<&mut Guards>) -> Vec<Expr> {
        list.iter().map(|operand| self.number(operand, guards.as_deref_mut())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::holds;
    use crate::language;
    use crate::model::Values;

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
        let plain = model(&ranges, &["x * y <= 9", "x % y == 1", "(x * y + 3) // (2 * z) == 1"]);
        assert!(simplified(&plain).is_none(), "nothing to do");
    }
}
