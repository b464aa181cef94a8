//! The functions, and calls of them.

use super::super::error::SyntaxErrorKind;
use super::super::lexer::Token;
use super::super::suggest::nearest;
use super::build::{Chain, Node};
use super::parser::{Parsed, Parser, bounded, refuse};
use crate::model::Expr;

/// What a function does with its arguments, which are as many as it says.
#[derive(Clone, Copy)]
enum Meaning {
    /// One argument.
    Unary(fn(Node) -> Node),
    /// Two arguments.
    Binary(fn(Node, Node) -> Node),
    /// At least one argument, or a list.
    Some(fn(Vec<Node>) -> Node),
    /// At least one argument, or a list that may be empty.
    Any(fn(Vec<Node>) -> Node),
}

/// A function of the native dialect.
pub(super) struct Function {
    name: &'static str,
    meaning: Meaning,
}

const fn function(name: &'static str, meaning: Meaning) -> Function {
    Function { name, meaning }
}

static FUNCTIONS: [Function; 19] = [
    function("abs", Meaning::Unary(|a| a.unary(Expr::Absolute))),
    function("all", Meaning::Any(|list| Chain::And.all(list))),
    function("all_different", Meaning::Any(|list| Node::many(list, Expr::AllDifferent))),
    function("any", Meaning::Any(|list| Chain::Or.all(list))),
    function("ceil", Meaning::Unary(ceil)),
    function("ceil_div", Meaning::Binary(|a, b| a.binary(b, Expr::CeilDivide))),
    function("divides", Meaning::Binary(|a, b| a.binary(b, Expr::Divides))),
    function("floor", Meaning::Unary(floor)),
    function("gcd", Meaning::Some(|list| Node::many(list, Expr::Gcd))),
    function("is_power_of_two", Meaning::Unary(|a| a.unary(Expr::IsPowerOfTwo))),
    function("lcm", Meaning::Some(|list| Node::many(list, Expr::Lcm))),
    function("log2", Meaning::Unary(|a| a.unary(Expr::Log2))),
    function("max", Meaning::Some(|list| Node::many(list, Expr::Maximum))),
    function("min", Meaning::Some(|list| Node::many(list, Expr::Minimum))),
    function("pow", Meaning::Binary(|a, b| a.binary(b, Expr::Power))),
    function("prod", Meaning::Any(product)),
    function("sum", Meaning::Any(sum)),
    // Names under which the same is known elsewhere.
    function("cdiv", Meaning::Binary(|a, b| a.binary(b, Expr::CeilDivide))),
    function("fabs", Meaning::Unary(|a| a.unary(Expr::Absolute))),
];

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

impl Parser<'_> {
    /// A call, from its `(`; the name before it has been read.
    pub(super) fn call(&mut self, name: &Token<'_>) -> Parsed<Node> {
        let Some(function) = find(name.text) else { return self.unknown_function(name) };
        let takes_list = matches!(function.meaning, Meaning::Some(_) | Meaning::Any(_));
        let as_list = takes_list && self.list_is_only_argument();
        if as_list {
            self.advance();
        }
        let arguments = self.list()?;
        if as_list {
            // The closing bracket, after a comma perhaps.
            while self.peek().is_some_and(|token| token.is(",")) {
                self.advance();
            }
            self.advance();
        }
        match function.apply(arguments, as_list) {
            Ok(node) => bounded(node, &name.span()),
            Err(kind) => refuse(&name.span(), kind),
        }
    }

    fn unknown_function(&self, name: &Token<'_>) -> Parsed<Node> {
        let is_number = self.scope.resolve(name.text).is_some();
        let candidates = nearest(name.text, FUNCTIONS.iter().map(|function| function.name.to_owned()));
        let name_text = name.text.to_owned();
        refuse(&name.span(), SyntaxErrorKind::UnknownFunction { name: name_text, candidates, is_number })
    }
}

impl Function {
    fn apply(&self, arguments: Vec<Node>, as_list: bool) -> Result<Node, SyntaxErrorKind> {
        let found = arguments.len();
        let mut given = arguments.into_iter();
        let takes = match (self.meaning, given.len()) {
            (Meaning::Unary(build), 1) => return Ok(build(given.next().expect("there is one"))),
            (Meaning::Binary(build), 2) => {
                let (first, second) = (given.next().expect("there are two"), given.next().expect("there are two"));
                return Ok(build(first, second));
            }
            (Meaning::Some(build), 1..) => return Ok(build(given.collect())),
            (Meaning::Any(build), count) if count > 0 || as_list => return Ok(build(given.collect())),
            (Meaning::Unary(_), _) => "one argument",
            (Meaning::Binary(_), _) => "two arguments",
            (Meaning::Some(_) | Meaning::Any(_), _) => "at least one argument, or one list",
        };
        Err(SyntaxErrorKind::ArgumentCount { function: self.name, takes, found })
    }
}

/// `floor(a / b)` is `a // b`, of which the solver knows more than of a fraction.
fn floor(node: Node) -> Node {
    match node.expr {
        Expr::Quotient(a, b) => Node { expr: Expr::FloorDivide(a, b), levels: node.levels },
        expr => Node { expr, ..node }.binary(Node::leaf(Expr::Constant(1)), Expr::FloorDivide),
    }
}

/// `ceil(a / b)` is `ceil_div(a, b)`.
fn ceil(node: Node) -> Node {
    match node.expr {
        Expr::Quotient(a, b) => Node { expr: Expr::CeilDivide(a, b), levels: node.levels },
        expr => Node { expr, ..node }.binary(Node::leaf(Expr::Constant(1)), Expr::CeilDivide),
    }
}

fn sum(list: Vec<Node>) -> Node {
    if list.is_empty() { Node::leaf(Expr::Constant(0)) } else { Chain::Sum.all(list) }
}

fn product(list: Vec<Node>) -> Node {
    if list.is_empty() { Node::leaf(Expr::Constant(1)) } else { Chain::Product.all(list) }
}
