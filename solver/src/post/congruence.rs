//! [`Congruence`]: what a constraint says modulo a small number, and polynomials modulo a number.

use crate::arith::floor_mod;
use crate::model::Expr;

/// Larger moduli say little that bounds and strides do not.
const LARGEST_MODULUS: i64 = 1 << 10;
/// `expr` modulo `modulus` is one of the residues.
#[derive(Debug, Clone)]
pub(super) struct Congruence {
    pub(super) expr: Expr,
    pub(super) modulus: i64,
    residues: Vec<bool>,
}

impl Congruence {
    /// What a constraint says modulo a constant; none where it says something else.
    pub(super) fn of(constraint: &Expr) -> Option<Self> {
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
    pub(super) fn allows(&self, residue: i64) -> bool {
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
pub(super) fn polynomial_variables(expr: &Expr) -> Option<Vec<usize>> {
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
pub(super) fn evaluate(expr: &Expr, modulus: i64, residue: &dyn Fn(usize) -> i64) -> i64 {
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
pub(super) fn with_unknowns(expr: &Expr, first: u32, unknowns: &mut Vec<Expr>) -> Expr {
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
