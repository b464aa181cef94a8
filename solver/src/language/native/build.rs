//! Expressions put together as they are read: associative chains flat, signs of numbers folded in.

use crate::model::{Comparison, Expr};

/// An expression and how many operators stand in one another in it, at least 1.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) expr: Expr,
    pub(super) levels: usize,
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
        Self { expr, levels: 1 }
    }

    /// One operation on one operand.
    pub(super) fn unary(self, operation: fn(Box<Expr>) -> Expr) -> Self {
        Self { expr: operation(Box::new(self.expr)), levels: self.levels + 1 }
    }

    /// One operation on two operands.
    pub(super) fn binary(self, right: Self, operation: fn(Box<Expr>, Box<Expr>) -> Expr) -> Self {
        let levels = self.levels.max(right.levels) + 1;
        Self { expr: operation(Box::new(self.expr), Box::new(right.expr)), levels }
    }

    /// One operation on any number of operands.
    pub(super) fn many(operands: Vec<Self>, operation: fn(Vec<Expr>) -> Expr) -> Self {
        let levels = operands.iter().map(|operand| operand.levels).max().unwrap_or(0) + 1;
        Self { expr: operation(operands.into_iter().map(|operand| operand.expr).collect()), levels }
    }

    /// `then if condition else otherwise`.
    pub(super) fn choose(condition: Self, then: Self, otherwise: Self) -> Self {
        let levels = condition.levels.max(then.levels).max(otherwise.levels) + 1;
        let [condition, then, otherwise] = [condition, then, otherwise].map(|node| Box::new(node.expr));
        Self { expr: Expr::If { condition, then, otherwise }, levels }
    }

    /// `items[index]`.
    pub(super) fn element(items: Vec<Self>, index: Self) -> Self {
        let levels = items.iter().map(|item| item.levels).fold(index.levels, usize::max) + 1;
        let items = items.into_iter().map(|item| item.expr).collect();
        Self { expr: Expr::Element { index: Box::new(index.expr), items }, levels }
    }

    /// A comparison.
    pub(super) fn compare(self, comparison: Comparison, right: Self) -> Self {
        let levels = self.levels.max(right.levels) + 1;
        Self { expr: Expr::Compare(comparison, Box::new(self.expr), Box::new(right.expr)), levels }
    }

    /// The number with its sign changed. A sign adds no level: two of them cancel, so that they never pile up.
    pub(super) fn negate(self) -> Self {
        let expr = match self.expr {
            Expr::Negate(inner) => *inner,
            Expr::Constant(value) if value > i64::MIN => Expr::Constant(-value),
            other => Expr::Negate(Box::new(other)),
        };
        Self { expr, levels: self.levels }
    }

    /// How deep and how large an expression is, levels counted as the parser counts them: `(levels, nodes)`.
    pub(super) fn measure(expr: &Expr) -> (usize, usize) {
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
        Node { expr: self.close(operands), levels: left_levels.max(right_levels) + 1 }
    }

    /// All operands in one flat list. A single number is left as it is, a single condition becomes a truth value.
    pub(super) fn all(self, operands: Vec<Node>) -> Node {
        let condition = matches!(self, Self::And | Self::Or);
        operands.into_iter().reduce(|left, right| self.join(left, right)).map_or_else(
            || Node::leaf(self.close(Vec::new())),
            |node| {
                if condition && !self.is(&node.expr) {
                    Node { levels: node.levels + 1, expr: self.close(vec![node.expr]) }
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
    fn open(self, node: Node) -> (Vec<Expr>, usize) {
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

/// Whether the value of the expression may be undefined somewhere. May say yes where the answer is no.
pub(crate) fn may_be_undefined(expr: &Expr) -> bool {
    let constant = |expr: &Expr, holds: fn(i64) -> bool| matches!(expr, Expr::Constant(value) if holds(*value));
    let partial = match expr {
        // A comparison is false where a side is undefined.
        Expr::Compare(..) | Expr::AllDifferent(_) | Expr::Table(..) => return false,
        Expr::Element { index, items } => match **index {
            Expr::Constant(index) => {
                let length = i128::try_from(items.len()).unwrap_or(0);
                !(-length..length).contains(&i128::from(index))
            }
            _ => true,
        },
        Expr::Quotient(_, b) | Expr::FloorDivide(_, b) | Expr::CeilDivide(_, b) | Expr::Remainder(_, b) => {
            !constant(b, |value| value != 0)
        }
        Expr::Power(_, exponent) => !constant(exponent, |value| value >= 0),
        Expr::Log2(_) | Expr::Gcd(_) | Expr::Lcm(_) => true,
        _ => false,
    };
    partial || expr.operands().into_iter().any(may_be_undefined)
}
