//! Operators and comparisons, as they are written and how tightly they bind.

/// The operators of two numbers, or of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    BitOr,
    BitXor,
    BitAnd,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
}

/// The comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
}

/// The operators with their levels, those that bind most loosely first.
pub(super) const OPERATORS: [(&str, Operator, u8); 12] = [
    ("|", Operator::BitOr, 1),
    ("^", Operator::BitXor, 2),
    ("&", Operator::BitAnd, 3),
    ("<<", Operator::ShiftLeft, 4),
    (">>", Operator::ShiftRight, 4),
    ("+", Operator::Add, 5),
    ("-", Operator::Subtract, 5),
    ("*", Operator::Multiply, 6),
    ("/", Operator::Divide, 6),
    ("//", Operator::FloorDivide, 6),
    ("%", Operator::Remainder, 6),
    ("**", Operator::Power, POWER),
];

/// The level of a sign.
pub(super) const SIGN: u8 = 7;
/// The level of a power.
pub(super) const POWER: u8 = 8;

/// The comparisons, `not in` aside, which is two words.
pub(super) const COMPARISONS: [(&str, Comparison); 7] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Less),
    ("<=", Comparison::LessEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterEqual),
    ("in", Comparison::In),
];

impl Operator {
    /// As it is written.
    pub(super) fn symbol(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator, _)| *operator == self).expect("each is listed").0
    }
}
