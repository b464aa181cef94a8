//! What constraints say modulo a small number, all together: `x * y % 4 == 1` cannot hold beside `x % 2 == 0`.
//!
//! Bounds cannot see it: they creep past one value after the other. Modulo `m` an expression depends on the residues of
//! its variables alone, of which there are few, so all combinations are tried. A variable whose residues that occur are
//! one class keeps that class; without any combination, there is no solution.

use super::Poster;
use crate::arith::floor_mod;
use crate::model::Expr;
use crate::store::{Conflict, Var};
use itertools::Itertools;

/// Larger moduli say little that bounds and strides do not.
const LARGEST_MODULUS: i64 = 1 << 10;
/// More combinations of residues are not tried.
const COMBINATIONS: usize = 1 << 11;

/// `expr` modulo `modulus` is one of the residues.
#[derive(Debug, Clone)]
pub(super) struct Congruence {
    expr: Expr,
    modulus: i64,
    residues: Vec<bool>,
}

impl Congruence {
    /// What a constraint says modulo a constant; none where it says something else.
    fn of(constraint: &Expr) -> Option<Self> {
        let (expr, modulus, holds): (&Expr, i64, Box<dyn Fn(i64) -> bool>) = match constraint {
            Expr::Divides(divisor, multiple) => (multiple, constant(divisor)?, Box::new(|residue| residue == 0)),
            Expr::Member(operand, set) => {
                let (expr, modulus) = remainder(operand)?;
                (expr, modulus, Box::new(move |residue| set.contains(residue)))
            }
            Expr::Compare(comparison, a, b) => {
                let ((expr, modulus), limit) = (remainder(a)?, constant(b)?);
                (expr, modulus, Box::new(move |residue| comparison.holds(residue.cmp(&limit))))
            }
            _ => return None,
        };
        if !(2..=LARGEST_MODULUS).contains(&modulus) {
            return None;
        }
        Some(Self { expr: expr.clone(), modulus, residues: (0..modulus).map(holds).collect() })
    }

    /// The residues that are asked for, as residues modulo a multiple.
    fn allows(&self, residue: i64) -> bool {
        usize::try_from(floor_mod(residue.into(), self.modulus.into())).is_ok_and(|residue| self.residues[residue])
    }
}

fn constant(expr: &Expr) -> Option<i64> {
    if let Expr::Constant(value) = expr { Some(*value) } else { None }
}

fn remainder(expr: &Expr) -> Option<(&Expr, i64)> {
    let Expr::Remainder(operand, modulus) = expr else { return None };
    Some((operand, constant(modulus)?))
}

/// The variables of a polynomial with integer coefficients; none where the expression is no such polynomial.
fn polynomial_variables(expr: &Expr) -> Option<Vec<usize>> {
    let all = |operands: &[Expr]| -> Option<Vec<usize>> {
        operands.iter().map(polynomial_variables).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
    };
    match expr {
        Expr::Constant(_) => Some(Vec::new()),
        Expr::Variable(variable) => Some(vec![variable.index()]),
        Expr::Sum(operands) | Expr::Product(operands) => all(operands),
        Expr::Negate(operand) => polynomial_variables(operand),
        Expr::Power(base, exponent) => match **exponent {
            Expr::Constant(0..=64) => polynomial_variables(base),
            _ => None,
        },
        _ => None,
    }
}

/// The value of a polynomial modulo a number, at residues of its variables.
fn evaluate(expr: &Expr, modulus: i64, residue: &dyn Fn(usize) -> i64) -> i64 {
    let within = |value: i128| i64::try_from(floor_mod(value, modulus.into())).expect("smaller than the modulus");
    let at = |operand: &Expr| i128::from(evaluate(operand, modulus, residue));
    match expr {
        Expr::Constant(value) => within((*value).into()),
        Expr::Variable(variable) => residue(variable.index()),
        Expr::Sum(operands) => within(operands.iter().map(at).sum()),
        Expr::Product(operands) => {
            operands.iter().fold(1, |product, operand| within(i128::from(product) * at(operand)))
        }
        Expr::Negate(operand) => within(-at(operand)),
        Expr::Power(base, exponent) => {
            let base = at(base);
            (0..constant(exponent).expect("a polynomial")).fold(1, |power, _| within(i128::from(power) * base))
        }
        _ => unreachable!("a polynomial"),
    }
}

/// An expression with every part that is no polynomial taken for a variable of its own, counted from `first`.
fn with_unknowns(expr: &Expr, first: u32, unknowns: &mut Vec<Expr>) -> Expr {
    let mut inside = |operand: &Expr| with_unknowns(operand, first, unknowns);
    match expr {
        Expr::Constant(_) | Expr::Variable(_) => expr.clone(),
        Expr::Sum(operands) => Expr::Sum(operands.iter().map(inside).collect()),
        Expr::Product(operands) => Expr::Product(operands.iter().map(inside).collect()),
        Expr::Negate(operand) => Expr::Negate(Box::new(inside(operand))),
        Expr::Power(base, exponent) if matches!(**exponent, Expr::Constant(0..=64)) => {
            Expr::Power(Box::new(inside(base)), exponent.clone())
        }
        other => {
            let place = unknowns.iter().position(|known| known == other).unwrap_or_else(|| {
                unknowns.push(other.clone());
                unknowns.len() - 1
            });
            Expr::Variable(crate::model::VarId(first + u32::try_from(place).expect("few")))
        }
    }
}

/// Whether every value of the expression, where it is defined, is an integer.
fn is_whole(expr: &Expr) -> bool {
    match expr {
        Expr::Quotient(..) | Expr::Log2(_) => false,
        Expr::Power(base, exponent) => matches!(**exponent, Expr::Constant(0..)) && is_whole(base),
        // An item that is chosen, or a bound of fractions, is as whole as its operands.
        other => other.operands().into_iter().all(is_whole),
    }
}

impl Poster {
    /// Notes what a required constraint says modulo a small number.
    pub(super) fn note_congruence(&mut self, constraint: &Expr) {
        if let Some(mut congruence) = Congruence::of(constraint)
            && is_whole(&congruence.expr)
        {
            let decisions = u32::try_from(self.decisions).expect("fewer than 2^32 variables");
            congruence.expr = with_unknowns(&congruence.expr, decisions, &mut self.unknowns);
            self.congruences.push(congruence);
        }
    }

    /// Tries the residues of all constraints that speak of them.
    pub(super) fn settle_congruences(&mut self) -> Result<(), Conflict> {
        let congruences = std::mem::take(&mut self.congruences);
        for modulus in congruences.iter().map(|congruence| congruence.modulus).sorted_unstable().dedup() {
            let together: Vec<&Congruence> =
                congruences.iter().filter(|congruence| modulus % congruence.modulus == 0).collect();
            self.try_residues(modulus, &together)?;
        }
        self.congruences = congruences;
        Ok(())
    }

    fn try_residues(&mut self, modulus: i64, congruences: &[&Congruence]) -> Result<(), Conflict> {
        let lists = congruences.iter().map(|congruence| polynomial_variables(&congruence.expr));
        let Some(lists) = lists.collect::<Option<Vec<_>>>() else { return Ok(()) };
        let variables: Vec<usize> = lists.concat().into_iter().sorted_unstable().dedup().collect();
        let residues: Vec<Vec<i64>> = variables.iter().map(|&variable| self.residues(variable, modulus)).collect();
        let combinations = residues.iter().try_fold(1usize, |product, list| product.checked_mul(list.len()));
        if combinations.is_none_or(|combinations| combinations > COMBINATIONS) {
            return Ok(());
        }
        let mut met: Vec<Vec<i64>> = vec![Vec::new(); variables.len()];
        for combination in residues.into_iter().multi_cartesian_product() {
            let at = |variable: usize| combination[variables.binary_search(&variable).expect("listed")];
            if congruences.iter().all(|congruence| congruence.allows(evaluate(&congruence.expr, modulus, &at))) {
                for (met, &residue) in met.iter_mut().zip(&combination) {
                    if !met.contains(&residue) {
                        met.push(residue);
                    }
                }
            }
        }
        for (&variable, met) in variables.iter().zip(&met) {
            match met.as_slice() {
                [] => return Err(Conflict),
                &[only] if variable < self.decisions => {
                    self.engine.store.restrict_to_residue(Var::from_index(variable), modulus, only)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The residues that a variable can have; all of them for a part that is no polynomial.
    fn residues(&self, variable: usize, modulus: i64) -> Vec<i64> {
        if variable >= self.decisions {
            return (0..modulus).collect();
        }
        let domain = self.engine.store.domain(Var::from_index(variable));
        let residue = |value: i64| i64::try_from(floor_mod(value.into(), modulus.into())).expect("smaller");
        let values: Vec<i64> = if domain.takes_holes() {
            domain.iter().map(residue).collect()
        } else {
            // Along a progression the residues repeat after as many values as the modulus.
            domain.iter().take(usize::try_from(modulus).expect("small")).map(residue).collect()
        };
        values.into_iter().sorted_unstable().dedup().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, Values};
    use crate::post::post;
    use crate::{Options, Outcome, language, solve};

    fn model(largest: i64, constraints: &[&str]) -> Model {
        let mut model = Model::new();
        for name in ["x", "y"] {
            model.add_variable(name, Values::range(1, largest, 1).unwrap()).unwrap();
        }
        for constraint in constraints {
            let expr = language::parse(constraint, &model).unwrap();
            model.require(expr);
        }
        model
    }

    #[test]
    fn what_no_residues_satisfy_is_refuted_when_posted() {
        for constraints in [
            &["x % 2 == 0", "x % 2 == 1"][..],
            &["x * x % 7 == 3"],
            &["x * x % 4 == 2"],
            &["abs(x - 5) * 2 % 2 == 1"],
            &["x * y % 4 == 1", "x % 2 == 0"],
            &["(x + y) % 2 == 0", "(x - y) % 2 == 1"],
            &["x ** 3 % 9 in {2, 3, 4}"],
            &["(x * (x + 1)) % 2 >= 1"],
            &["divides(8, x * x - 2)"],
        ] {
            assert!(post(&model(1 << 30, constraints)).is_err(), "{constraints:?}");
        }
    }

    /// Against trying all values.
    #[test]
    fn nothing_that_has_a_solution_is_refuted() {
        for (modulus, residue, factor) in itertools::iproduct!(2..9i64, 0..4i64, 1..4i64) {
            let texts = [
                format!("({factor} * x * x + y) % {modulus} == {residue}"),
                format!("(x - {factor} * y ** 2) % {modulus} <= {residue}"),
                format!("x * y * {factor} % {modulus} != {residue}"),
            ];
            let model = model(6, &texts.each_ref().map(String::as_str));
            let solvable = itertools::iproduct!(1..=6, 1..=6)
                .any(|(x, y)| crate::checker::is_solution(&model, &[x, y]) == Ok(true));
            let (outcome, _) = solve(&model, &Options::default());
            assert_eq!(matches!(outcome, Outcome::Optimal(_)), solvable, "{texts:?}");
        }
    }
}
