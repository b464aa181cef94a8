//! [`Sides`]: a comparison at given values.

use super::conjuncts;
use crate::checker::{self, Number, TooLarge};
use crate::model::{Comparison, Expr};
use num_traits::{One, Signed, Zero};
use std::fmt;

/// A comparison with its sides evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// What stands left of the operator.
    pub left: Side,
    /// The operator.
    pub comparison: Comparison,
    /// What stands right of it.
    pub right: Side,
    /// Whether it is true.
    pub holds: bool,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// A number.
    Value(Number),
    /// The base-two logarithm of this number, where it is no integer: compared exactly, but no number to be shown.
    Logarithm(Number),
    /// Undefined, so that the comparison is false.
    Undefined,
}

impl Side {
    /// Evaluates one side.
    ///
    /// # Errors
    /// [`TooLarge`]
    pub fn of(expr: &Expr, values: &[i64]) -> Result<Self, TooLarge> {
        if let Some(value) = checker::evaluate(expr, values)? {
            return Ok(Self::Value(value));
        }
        let Expr::Log2(argument) = expr else { return Ok(Self::Undefined) };
        let argument = checker::evaluate(argument, values)?.filter(Signed::is_positive);
        Ok(argument.map_or(Self::Undefined, Self::Logarithm))
    }

    /// The number, if it is one.
    pub fn value(&self) -> Option<&Number> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Logarithm(argument) => write!(f, "log2({argument})"),
            Self::Undefined => f.write_str("undefined"),
        }
    }
}

impl fmt::Display for Sides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, self.comparison.symbol(), self.right)
    }
}

impl Sides {
    fn of(comparison: Comparison, left: &Expr, right: &Expr, values: &[i64]) -> Result<Self, TooLarge> {
        let holds = checker::holds(&left.clone().compare(comparison, right.clone()), values)?;
        Ok(Self { left: Side::of(left, values)?, comparison, right: Side::of(right, values)?, holds })
    }

    /// How far the sides are from breaking the comparison; negative where it is broken. Only inequalities of numbers have
    /// a slack; of whole numbers, `a < b` is taken as `a <= b - 1`.
    pub fn slack(&self) -> Option<Number> {
        let (left, right) = (self.left.value()?, self.right.value()?);
        let distance = match self.comparison {
            Comparison::Less | Comparison::LessEqual => right - left,
            Comparison::Greater | Comparison::GreaterEqual => left - right,
            Comparison::Equal | Comparison::NotEqual => return None,
        };
        let strict = matches!(self.comparison, Comparison::Less | Comparison::Greater);
        let whole = left.is_integer() && right.is_integer();
        Some(if strict && whole { distance - Number::one() } else { distance })
    }

    /// The slack as a part of the larger side; 0 where both sides are.
    pub fn relative_slack(&self) -> Option<Number> {
        let size = self.left.value()?.abs().max(self.right.value()?.abs());
        let slack = self.slack()?;
        Some(if size.is_zero() { Number::zero() } else { slack / size })
    }
}

/// The comparisons that a constraint joins by `and`; empty if it is made in another way.
///
/// ```
/// use constrint_solver::{Model, Values, explain, language};
/// let mut model = Model::new();
/// model.add_variable("x", Values::range(1, 9, 1)?)?;
/// let expr = language::parse("2 <= x * x < 30", &model)?;
/// let shown: Vec<String> = explain::comparisons(&expr, &[5]).unwrap().iter().map(ToString::to_string).collect();
/// assert_eq!(shown, ["2 <= 25", "25 < 30"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`TooLarge`]
pub fn comparisons(expr: &Expr, values: &[i64]) -> Result<Vec<Sides>, TooLarge> {
    let mut found = Vec::new();
    for part in conjuncts(expr) {
        let Expr::Compare(comparison, left, right) = part else { return Ok(Vec::new()) };
        found.push(Sides::of(*comparison, left, right, values)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language;
    use crate::model::{Model, Values};

    fn all(text: &str, values: [i64; 2]) -> Vec<Sides> {
        let mut model = Model::new();
        for name in ["x", "y"] {
            model.add_variable(name, Values::range(0, 100, 1).unwrap()).unwrap();
        }
        comparisons(&language::parse(text, &model).unwrap(), &values).unwrap()
    }

    #[test]
    fn sides_of_chains_and_of_nothing() {
        let shown = |text, values| all(text, values).iter().map(Sides::to_string).collect::<Vec<_>>();
        assert_eq!(shown("x * 2 <= y / 2", [3, 7]), ["6 <= 7/2"]);
        assert_eq!(shown("1 <= x < y", [3, 7]), ["1 <= 3", "3 < 7"]);
        assert_eq!(shown("x == 1 or y == 1", [3, 7]), Vec::<String>::new());
        assert_eq!(shown("y % x == 0", [0, 7]), ["undefined == 0"]);
        assert_eq!(shown("log2(y) <= 3", [0, 7]), ["log2(7) <= 3"]);
    }

    #[test]
    fn slack_is_what_is_left() {
        let slack = |text| {
            let sides = all(text, [3, 8]).remove(0);
            sides.slack().map(|slack| (slack.to_string(), sides.relative_slack().unwrap().to_string()))
        };
        assert_eq!(slack("x * 2 <= y"), Some(("2".to_owned(), "1/4".to_owned())));
        assert_eq!(slack("y > x"), Some(("4".to_owned(), "1/2".to_owned())));
        assert_eq!(slack("x - 3 >= 0"), Some(("0".to_owned(), "0".to_owned())));
        assert_eq!(slack("y <= x"), Some(("-5".to_owned(), "-5/8".to_owned())));
        assert_eq!(slack("x == 3"), None);
    }
}
