//! What a text is made of: expressions in one another, and the operators between them.

use super::functions::Function;
use super::operators::{Comparison, Operator};
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
