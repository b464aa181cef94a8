//! What a constraint comes to at given values, in words: its two sides, and where it is undefined.

use crate::text::shortened;
use constrint_solver::checker::{self, TooLarge};
use constrint_solver::explain::{Side, Sides};
use constrint_solver::{Expr, Model};

/// The two sides with the operator between them; long numbers are cut.
pub(crate) fn shown(sides: &Sides) -> String {
    let side = |side: &Side| match side {
        Side::Value(value) => shortened(&value.to_string(), 40),
        other => other.to_string(),
    };
    format!("{} {} {}", side(&sides.left), sides.comparison.symbol(), side(&sides.right))
}

/// The parts of a constraint that are undefined and so count as false, as text; only those that are looked at.
pub(crate) fn undefined(model: &Model, expr: &Expr, values: &[i64]) -> Result<Vec<String>, TooLarge> {
    let mut found = Vec::new();
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::And(operands) | Expr::Or(operands) => pending.extend(operands),
            Expr::Not(operand) => pending.push(operand),
            Expr::If { condition, then, otherwise } => {
                pending.push(if checker::holds(condition, values)? { then } else { otherwise });
                pending.push(condition);
            }
            atom => {
                if is_undefined(atom, values)? {
                    found.push(shortened(&model.display(atom).to_string(), 60));
                }
            }
        }
    }
    found.reverse();
    Ok(found)
}

fn is_undefined(atom: &Expr, values: &[i64]) -> Result<bool, TooLarge> {
    match atom {
        Expr::Compare(..)
        | Expr::Divides(..)
        | Expr::IsPowerOfTwo(_)
        | Expr::Member(..)
        | Expr::AllDifferent(_)
        | Expr::Table(..) => {
            for operand in atom.operands() {
                if Side::of(operand, values)? == Side::Undefined {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        number => Ok(Side::of(number, values)? == Side::Undefined),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use constrint_solver::{Values, language};

    fn model() -> Model {
        let mut model = Model::new();
        for name in ["x", "y"] {
            model.add_variable(name, Values::range(0, 100, 1).unwrap()).unwrap();
        }
        model
    }

    #[test]
    fn undefined_parts_are_named() {
        let model = model();
        let undefined = |text: &str, values: [i64; 2]| {
            super::undefined(&model, &language::parse(text, &model).unwrap(), &values).unwrap()
        };
        assert_eq!(undefined("x == 0 or y % x == 0", [0, 7]), ["y % x == 0"]);
        assert_eq!(undefined("x == 0 or y % x == 0", [1, 7]), Vec::<String>::new());
        assert_eq!(undefined("(y % x, y) in {(0, 7)}", [0, 7]), ["(y % x, y) in {(0, 7)}"]);
        assert_eq!(undefined("all_different(x, [1, 2][y])", [0, 7]), ["all_different(x, [1, 2][y])"]);
        assert_eq!(undefined("log2(y) <= 3 and log2(x) <= 3", [0, 7]), ["log2(x) <= 3"]);
    }
}
