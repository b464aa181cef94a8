//! Expressions put together as they are read: associative chains flat, signs of numbers folded in.

use super::python::InPython;
use crate::model::{Comparison, Expr};

/// An expression, how many operators stand in one another in it, at least 1, and how Python would see it.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) expr: Expr,
    /// Small: a frame of the parser holds several nodes.
    pub(super) levels: u32,
    pub(super) python: InPython,
}

/// The associative operations; each keeps its operands in one flat list, however long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    Sum,
    Product,
    And,
    Or,
}

impl Node {
    /// A number or a name.
    pub(super) fn leaf(expr: Expr) -> Self {
        Self::new(expr, 1)
    }

    /// An expression that Python sees as we do.
    pub(super) fn new(expr: Expr, levels: u32) -> Self {
        Self { expr, levels, python: InPython::default() }
    }

    /// The same number, as Python would see it.
    pub(super) fn seen(self, python: InPython) -> Self {
        Self { python, ..self }
    }

    /// One operation on one operand.
    pub(super) fn unary(self, operation: fn(Box<Expr>) -> Expr) -> Self {
        Self::new(operation(Box::new(self.expr)), self.levels + 1)
    }

    /// One operation on one operand that does not round the number.
    pub(super) fn unary_kept(self, operation: fn(Box<Expr>) -> Expr) -> Self {
        let python = self.python;
        self.unary(operation).seen(python)
    }

    /// One operation that gives one of its operands.
    pub(super) fn many_kept(operands: Vec<Self>, operation: fn(Vec<Expr>) -> Expr) -> Self {
        let python = operands.iter().map(|operand| operand.python).fold(InPython::default(), InPython::worse);
        Self::many(operands, operation).seen(python)
    }

    /// One operation on two operands.
    pub(super) fn binary(self, right: Self, operation: fn(Box<Expr>, Box<Expr>) -> Expr) -> Self {
        let levels = self.levels.max(right.levels) + 1;
        Self::new(operation(Box::new(self.expr), Box::new(right.expr)), levels)
    }

    /// One operation on any number of operands.
    pub(super) fn many(operands: Vec<Self>, operation: fn(Vec<Expr>) -> Expr) -> Self {
        let levels = operands.iter().map(|operand| operand.levels).max().unwrap_or(0) + 1;
        Self::new(operation(operands.into_iter().map(|operand| operand.expr).collect()), levels)
    }

    /// `then if condition else otherwise`.
    pub(super) fn choose(condition: Self, then: Self, otherwise: Self) -> Self {
        let levels = condition.levels.max(then.levels).max(otherwise.levels) + 1;
        let python = then.python.worse(otherwise.python);
        let [condition, then, otherwise] = [condition, then, otherwise].map(|node| Box::new(node.expr));
        Self { expr: Expr::If { condition, then, otherwise }, levels, python }
    }

    /// `items[index]`.
    pub(super) fn element(items: Vec<Self>, index: Self) -> Self {
        let levels = items.iter().map(|item| item.levels).fold(index.levels, u32::max) + 1;
        let python = items.iter().map(|item| item.python).fold(InPython::default(), InPython::worse);
        let items = items.into_iter().map(|item| item.expr).collect();
        Self { expr: Expr::Element { index: Box::new(index.expr), items }, levels, python }
    }

    /// A comparison.
    pub(super) fn compare(self, comparison: Comparison, right: Self) -> Self {
        let levels = self.levels.max(right.levels) + 1;
        Self::new(Expr::Compare(comparison, Box::new(self.expr), Box::new(right.expr)), levels)
    }

    /// The number with its sign changed. A sign adds no level: two of them cancel, so that they never pile up.
    pub(super) fn negate(self) -> Self {
        let expr = match self.expr {
            Expr::Negate(inner) => *inner,
            Expr::Constant(value) if value > i64::MIN => Expr::Constant(-value),
            other => Expr::Negate(Box::new(other)),
        };
        Self { expr, ..self }
    }

    /// How deep and how large an expression is, levels counted as the parser counts them: `(levels, nodes)`.
    pub(super) fn measure(expr: &Expr) -> (u32, usize) {
        let (mut deepest, mut nodes) = (0, 0);
        let mut pending = vec![(expr, 1)];
        while let Some((expr, level)) = pending.pop() {
            nodes += 1;
            deepest = deepest.max(level);
            let below = if matches!(expr, Expr::Negate(_)) { level } else { level + 1 };
            pending.extend(expr.operands().into_iter().map(|operand| (operand, below)));
        }
        (deepest, nodes)
    }
}

impl Chain {
    /// `left ∘ right` as one flat list; both sides are opened up if they are such lists themselves.
    pub(super) fn join(self, left: Node, right: Node) -> Node {
        let (mut operands, left_levels) = self.open(left);
        let (more, right_levels) = self.open(right);
        operands.extend(more);
        Node::new(self.close(operands), left_levels.max(right_levels) + 1)
    }

    /// All operands in one flat list. A single number is left as it is, a single condition becomes a truth value.
    pub(super) fn all(self, operands: Vec<Node>) -> Node {
        let condition = matches!(self, Self::And | Self::Or);
        operands.into_iter().reduce(|left, right| self.join(left, right)).map_or_else(
            || Node::leaf(self.close(Vec::new())),
            |node| {
                if condition && !self.is(&node.expr) {
                    Node::new(self.close(vec![node.expr]), node.levels + 1)
                } else {
                    node
                }
            },
        )
    }

    fn is(self, expr: &Expr) -> bool {
        matches!(
            (self, expr),
            (Self::Sum, Expr::Sum(_))
                | (Self::Product, Expr::Product(_))
                | (Self::And, Expr::And(_))
                | (Self::Or, Expr::Or(_))
        )
    }

    /// The operands of such a list, or the one operand that is none, and their levels.
    fn open(self, node: Node) -> (Vec<Expr>, u32) {
        match (self, node.expr) {
            (Self::Sum, Expr::Sum(list))
            | (Self::Product, Expr::Product(list))
            | (Self::And, Expr::And(list))
            | (Self::Or, Expr::Or(list)) => (list, node.levels - 1),
            (_, other) => (vec![other], node.levels),
        }
    }

    fn close(self, operands: Vec<Expr>) -> Expr {
        match self {
            Self::Sum => Expr::Sum(operands),
            Self::Product => Expr::Product(operands),
            Self::And => Expr::And(operands),
            Self::Or => Expr::Or(operands),
        }
    }
}
