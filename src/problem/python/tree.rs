//! What a text is made of: expressions in one another, and the operators between them.

use super::functions::Function;
use std::ops::Range;

/// An expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub(super) node: Node,
    pub(super) span: Range<usize>,
    /// How many expressions stand in one another in it.
    pub(super) levels: usize,
}

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Integer(i128),
    Real(f64),
    Truth(bool),
    Text(String),
    Name(String),
    List(Vec<Tree>),
    Tuple(Vec<Tree>),
    Comprehension {
        item: Box<Tree>,
        clauses: Vec<Clause>,
        generator: bool,
    },
    Negate(Box<Tree>),
    Plus(Box<Tree>),
    Invert(Box<Tree>),
    Not(Box<Tree>),
    Binary(Operator, Box<Tree>, Box<Tree>),
    /// `a < b <= c`
    Compare(Box<Tree>, Vec<(Comparison, Tree)>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    If {
        condition: Box<Tree>,
        then: Box<Tree>,
        otherwise: Box<Tree>,
    },
    Call(Function, Vec<Tree>),
}

/// `for name in items`, and the `if`s behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    pub(super) name: String,
    pub(super) items: Tree,
    pub(super) conditions: Vec<Tree>,
}

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
