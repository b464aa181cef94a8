//! What a constraint comes to at given values: its two sides, its slack, and where it is undefined.

use constrint_solver::checker::{self, Number, TooLarge};
use constrint_solver::{Comparison, Expr, Model};
use num_traits::{Signed, ToPrimitive, Zero};

/// A comparison with its sides evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sides {
    pub(crate) left: Side,
    pub(crate) comparison: Comparison,
    pub(crate) right: Side,
    pub(crate) holds: bool,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Value(Number),
    /// A logarithm that is no integer: compared exactly, but not a number that could be shown.
    Logarithm(Number),
    Undefined,
}

impl Side {
    fn of(expr: &Expr, values: &[i64]) -> Result<Self, TooLarge> {
        if let Some(value) = checker::evaluate(expr, values)? {
            return Ok(Self::Value(value));
        }
        let Expr::Log2(argument) = expr else { return Ok(Self::Undefined) };
        let argument = checker::evaluate(argument, values)?.filter(Signed::is_positive);
        Ok(argument.map_or(Self::Undefined, Self::Logarithm))
    }

    pub(crate) fn value(&self) -> Option<&Number> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(value) => formatter.write_str(&crate::table::shortened(&value.to_string(), 40)),
            Self::Logarithm(argument) => write!(formatter, "log2({argument})"),
            Self::Undefined => formatter.write_str("undefined"),
        }
    }
}

impl std::fmt::Display for Sides {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} {}", self.left, self.comparison.symbol(), self.right)
    }
}

impl Sides {
    /// How far the sides are from breaking the comparison, and that as a part of the larger side. Only inequalities
    /// have one; of whole numbers, `a < b` is taken as `a <= b - 1`.
    pub(crate) fn slack(&self) -> Option<(Number, f64)> {
        let (left, right) = (self.left.value()?, self.right.value()?);
        let distance = match self.comparison {
            Comparison::Less | Comparison::LessEqual => right - left,
            Comparison::Greater | Comparison::GreaterEqual => left - right,
            Comparison::Equal | Comparison::NotEqual => return None,
        };
        let strict = matches!(self.comparison, Comparison::Less | Comparison::Greater);
        let whole = left.is_integer() && right.is_integer();
        let slack = if strict && whole { distance - checker::Number::from_integer(1.into()) } else { distance };
        let size = left.abs().max(right.abs());
        let relative = if size.is_zero() { Some(0.0) } else { (&slack / size).to_f64() };
        Some((slack, relative.unwrap_or(f64::INFINITY)))
    }
}

/// The comparisons that the constraint joins by `and`; empty if it is made in another way.
pub(crate) fn comparisons(expr: &Expr, values: &[i64]) -> Result<Vec<Sides>, TooLarge> {
    match expr {
        Expr::Compare(comparison, left, right) => Ok(vec![Sides {
            left: Side::of(left, values)?,
            comparison: *comparison,
            right: Side::of(right, values)?,
            holds: checker::holds(expr, values)?,
        }]),
        Expr::And(operands) => {
            let all = operands.iter().map(|operand| comparisons(operand, values)).collect::<Result<Vec<_>, _>>()?;
            Ok(if all.iter().any(Vec::is_empty) { Vec::new() } else { all.concat() })
        }
        _ => Ok(Vec::new()),
    }
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
                    found.push(crate::table::shortened(&model.display(atom).to_string(), 60));
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

    fn sides(text: &str, values: [i64; 2]) -> Vec<String> {
        let expr = language::parse(text, &model()).unwrap();
        comparisons(&expr, &values).unwrap().iter().map(Sides::to_string).collect()
    }

    #[test]
    fn sides_of_chains_and_of_nothing() {
        assert_eq!(sides("x * 2 <= y / 2", [3, 7]), ["6 <= 7/2"]);
        assert_eq!(sides("1 <= x < y", [3, 7]), ["1 <= 3", "3 < 7"]);
        assert_eq!(sides("x == 1 or y == 1", [3, 7]), Vec::<String>::new());
        assert_eq!(sides("y % x == 0", [0, 7]), ["undefined == 0"]);
        assert_eq!(sides("log2(y) <= 3", [0, 7]), ["log2(7) <= 3"]);
    }

    #[test]
    fn slack_is_what_is_left() {
        let slack = |text: &str| {
            let expr = language::parse(text, &model()).unwrap();
            comparisons(&expr, &[3, 8]).unwrap()[0].slack().map(|(slack, relative)| (slack.to_string(), relative))
        };
        assert_eq!(slack("x * 2 <= y"), Some(("2".to_owned(), 0.25)));
        assert_eq!(slack("y > x"), Some(("4".to_owned(), 0.5)));
        assert_eq!(slack("x - 3 >= 0"), Some(("0".to_owned(), 0.0)));
        assert_eq!(slack("x == 3"), None);
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
