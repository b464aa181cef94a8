//! [`Limit`]: a number in a constraint that could be moved.

use super::conjuncts;
use crate::checker::{self, Number};
use crate::model::{Comparison, Constraint, Expr, Goal};
use num_traits::One;

/// Which way a limit is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// The other side is too large.
    Up,
    /// The other side is too small.
    Down,
}

/// One side of a comparison that could be moved, and the way to move it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limit {
    /// The position of the comparison among what its constraint joins by `and`.
    pub(super) comparison: usize,
    /// The side that is held against the limit.
    pub(super) measured: Expr,
    /// The limit as it is.
    pub(super) now: Number,
    pub(super) direction: Move,
    /// Whether the limit itself is out of bounds: `<` and `>`.
    strict: bool,
    /// What is left of the comparison while the limit moves: an equality still bounds from its other side.
    pub(super) other_side: Option<Expr>,
}

/// Every limit of a constraint.
///
/// The limit of an inequality or equality is its constant side, or 0 for the difference of two sides that vary. There is
/// none in `a % b == 0`, which is no matter of more or less, nor where a side is a logarithm, which may be no number.
pub(super) fn limits(constraint: &Constraint) -> Vec<Limit> {
    let parts = conjuncts(&constraint.expr).into_iter().enumerate();
    parts.flat_map(|(position, part)| limits_of(position, part)).collect()
}

fn limits_of(position: usize, part: &Expr) -> Vec<Limit> {
    let Expr::Compare(comparison, a, b) = part else { return Vec::new() };
    if matches!((&**a, &**b), (Expr::Log2(_), _) | (_, Expr::Log2(_))) || is_divisibility(*comparison, a, b) {
        return Vec::new();
    }
    let (measured, comparison, limit) = if is_constant(b) {
        ((**a).clone(), *comparison, (**b).clone())
    } else if is_constant(a) {
        ((**b).clone(), mirrored(*comparison), (**a).clone())
    } else {
        ((**a).clone() - (**b).clone(), *comparison, Expr::Constant(0))
    };
    let Ok(Some(now)) = checker::evaluate(&limit, &[]) else { return Vec::new() };
    let make = |direction, strict, other_side: Option<Comparison>| Limit {
        comparison: position,
        other_side: other_side.map(|other| measured.clone().compare(other, limit.clone())),
        measured: measured.clone(),
        now: now.clone(),
        direction,
        strict,
    };
    match comparison {
        Comparison::Less => vec![make(Move::Up, true, None)],
        Comparison::LessEqual => vec![make(Move::Up, false, None)],
        Comparison::Greater => vec![make(Move::Down, true, None)],
        Comparison::GreaterEqual => vec![make(Move::Down, false, None)],
        Comparison::Equal => vec![
            make(Move::Up, false, Some(Comparison::GreaterEqual)),
            make(Move::Down, false, Some(Comparison::LessEqual)),
        ],
        Comparison::NotEqual => Vec::new(),
    }
}

fn is_constant(expr: &Expr) -> bool {
    expr.variables().is_empty()
}

fn is_divisibility(comparison: Comparison, a: &Expr, b: &Expr) -> bool {
    let zero_and_remainder =
        |zero: &Expr, other: &Expr| *zero == Expr::Constant(0) && matches!(other, Expr::Remainder(..));
    comparison == Comparison::Equal && (zero_and_remainder(a, b) || zero_and_remainder(b, a))
}

/// The comparison that says of `(b, a)` what this one says of `(a, b)`.
fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessEqual => Comparison::GreaterEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterEqual => Comparison::LessEqual,
        symmetric => symmetric,
    }
}

impl Limit {
    /// What makes the necessary change smallest.
    pub(super) fn goal(&self) -> Goal {
        match self.direction {
            Move::Up => Goal::Minimize,
            Move::Down => Goal::Maximize,
        }
    }

    /// The limit nearest to the present one that lets the measured side be `best`; for a strict comparison the nearest
    /// whole number, since there is no nearest fraction.
    pub(super) fn needed(&self, best: &Number) -> Number {
        match (self.direction, self.strict) {
            (Move::Up, false) => best.clone().max(self.now.clone()),
            (Move::Up, true) => (best.floor() + Number::one()).max(self.now.clone()),
            (Move::Down, false) => best.clone().min(self.now.clone()),
            (Move::Down, true) => (best.ceil() - Number::one()).min(self.now.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language;
    use crate::model::{Model, Values};

    fn shown(text: &str) -> Vec<String> {
        let mut model = Model::new();
        for name in ["x", "y"] {
            model.add_variable(name, Values::range(0, 100, 1).unwrap()).unwrap();
        }
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
        let all = limits(&model.constraints()[0]);
        let show = |limit: &Limit| {
            let sign = if limit.direction == Move::Up { "up" } else { "down" };
            format!("{}: {} {} {sign}", limit.comparison, model.display(&limit.measured), limit.now)
        };
        all.iter().map(show).collect()
    }

    #[test]
    fn which_numbers_are_limits() {
        assert_eq!(shown("x * y <= 2 ** 10"), ["0: x * y 1024 up"]);
        assert_eq!(shown("7 / 2 > x"), ["0: x 7/2 up"]);
        assert_eq!(shown("1 <= x < y"), ["0: x 1 down", "1: x - y 0 up"]);
        assert_eq!(shown("x == 3 and y != 3 and (x >= 9 or y >= 9)"), ["0: x 3 up", "0: x 3 down"]);
        assert_eq!(shown("3 <= 2"), ["0: 3 2 up"]);
        for none in ["x % y == 0", "0 == x % 4", "log2(x) <= 3", "x in {1, 2}", "not x <= 3", "x <= 1 // 0"] {
            assert_eq!(shown(none), [""; 0], "{none}");
        }
        assert_eq!(shown("x % 4 <= 1"), ["0: x % 4 1 up"]);
    }

    #[test]
    fn strict_limits_move_to_whole_numbers() {
        let needed = |text: &str, (numerator, denominator): (i64, i64)| {
            let mut model = Model::new();
            model.add_variable("x", Values::range(0, 100, 1).unwrap()).unwrap();
            let expr = language::parse(text, &model).unwrap();
            model.require(expr);
            let best = Number::new(numerator.into(), denominator.into());
            limits(&model.constraints()[0])[0].needed(&best).to_string()
        };
        assert_eq!(needed("x <= 3", (7, 2)), "7/2");
        assert_eq!(needed("x < 3", (7, 2)), "4");
        assert_eq!(needed("x < 3", (4, 1)), "5");
        assert_eq!(needed("x > 3", (1, 1)), "0");
        assert_eq!(needed("x > 3", (3, 2)), "1");
        assert_eq!(needed("x >= 3", (3, 2)), "3/2");
    }
}
