//! The functions, and calls of them.

use std::ops::Range;

use super::super::error::SyntaxErrorKind;
use super::super::lexer::Token;
use super::super::suggest::nearest;
use super::super::warning::WarningKind;
use super::build::{Chain, Node};
use super::constant;
use super::facts::evident_integer;
use super::parser::{Parsed, Parser, bounded, refuse};
use super::python::{InPython, Rounded};
use crate::model::{Comparison, Expr};

/// What a function does with its arguments, which are as many as it says.
#[derive(Clone, Copy)]
enum Meaning {
    /// One argument.
    Unary(fn(Node) -> Node),
    /// One argument, rounded towards 0.
    Truncation,
    /// One argument, rounded to the nearest integer.
    Nearest,
    /// Two arguments.
    Binary(fn(Node, Node) -> Node),
    /// A number, and the constant degree of a root.
    Degree(fn(Node, u32) -> Node),
    /// A number, and the exponent.
    Power,
    /// A number, and perhaps the base.
    Logarithm,
    /// At least one argument, or a list.
    Some(fn(Vec<Node>) -> Node),
    /// At least one argument, or a list that may be empty.
    Any(fn(Vec<Node>) -> Node),
    /// At least one condition, or a list that may be empty.
    Conditions(fn(Vec<Node>) -> Node),
}

/// A function of the native dialect.
pub(super) struct Function {
    name: &'static str,
    meaning: Meaning,
}

const fn function(name: &'static str, meaning: Meaning) -> Function {
    Function { name, meaning }
}

static FUNCTIONS: &[Function] = &[
    function("abs", Meaning::Unary(|a| a.unary_kept(Expr::Absolute))),
    function("all", Meaning::Conditions(|list| Chain::And.all(list))),
    function("all_different", Meaning::Any(|list| Node::many(list, Expr::AllDifferent))),
    function("any", Meaning::Conditions(|list| Chain::Or.all(list))),
    function("ceil", Meaning::Unary(ceil)),
    function("ceil_div", Meaning::Binary(|a, b| a.binary(b, Expr::CeilDivide))),
    function("divides", Meaning::Binary(|a, b| a.binary(b, Expr::Divides))),
    function("float", Meaning::Unary(|a| a)),
    function("floor", Meaning::Unary(floor)),
    function("floor_log2", Meaning::Unary(|a| a.unary(Expr::FloorLog2))),
    function("floor_root", Meaning::Degree(root)),
    function("gcd", Meaning::Some(|list| Node::many(list, Expr::Gcd))),
    function("int", Meaning::Truncation),
    function("is_power_of_two", Meaning::Unary(|a| a.unary(Expr::IsPowerOfTwo))),
    function("isqrt", Meaning::Unary(|a| root(a, 2))),
    function("lcm", Meaning::Some(|list| Node::many(list, Expr::Lcm))),
    function("log", Meaning::Logarithm),
    function("log2", Meaning::Unary(|a| a.unary(Expr::Log2))),
    function("max", Meaning::Some(|list| Node::many_kept(list, Expr::Maximum))),
    function("min", Meaning::Some(|list| Node::many_kept(list, Expr::Minimum))),
    function("pow", Meaning::Power),
    function("prod", Meaning::Any(product)),
    function("round", Meaning::Nearest),
    function("sqrt", Meaning::Unary(square_root)),
    function("sum", Meaning::Any(sum)),
    // Names under which the same is known elsewhere.
    function("cdiv", Meaning::Binary(|a, b| a.binary(b, Expr::CeilDivide))),
    function("fabs", Meaning::Unary(|a| a.unary_kept(Expr::Absolute))),
    function("trunc", Meaning::Truncation),
];

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

impl Parser<'_> {
    /// A call, from its `(`; the name before it has been read.
    pub(super) fn call(&mut self, name: &Token<'_>) -> Parsed<Node> {
        let Some(function) = find(name.text) else { return self.unknown_function(name) };
        let takes_list = matches!(function.meaning, Meaning::Some(_) | Meaning::Any(_) | Meaning::Conditions(_));
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
        let node = self.applied(function, arguments, as_list, &name.span())?;
        bounded(node, &name.span())
    }

    fn unknown_function(&self, name: &Token<'_>) -> Parsed<Node> {
        let is_number = self.scope.resolve(name.text).is_some();
        let candidates = nearest(name.text, FUNCTIONS.iter().map(|function| function.name.to_owned()));
        let name_text = name.text.to_owned();
        refuse(&name.span(), SyntaxErrorKind::UnknownFunction { name: name_text, candidates, is_number })
    }
}

impl Parser<'_> {
    fn applied(&mut self, function: &Function, given: Vec<Node>, as_list: bool, at: &Range<usize>) -> Parsed<Node> {
        if !matches!(function.meaning, Meaning::Conditions(_)) {
            for argument in &given {
                self.as_number(argument, at);
            }
        }
        let rounds = matches!(function.name, "ceil" | "floor" | "int" | "round" | "trunc" | "ceil_div" | "cdiv");
        if rounds && given.iter().any(|argument| argument.python.rounded == Rounded::Often) {
            self.warn(WarningKind::Rounded, at);
        }
        let found = given.len();
        let mut arguments = given.into_iter();
        let mut next = || arguments.next().expect("as many as were counted");
        let takes = match (function.meaning, found) {
            (Meaning::Unary(build), 1) => {
                if matches!(function.name, "log2" | "sqrt") {
                    self.note_irrational(at);
                }
                return Ok(build(next()));
            }
            (Meaning::Truncation, 1) => return self.truncated(next()),
            (Meaning::Nearest, 1) => return self.rounded(next()),
            (Meaning::Binary(build), 2) => return Ok(build(next(), next())),
            (Meaning::Degree(build), 2) => {
                let (number, degree) = (next(), constant::integer(&next().expr));
                return match degree
                    .and_then(|degree| u32::try_from(degree).ok())
                    .filter(|degree| (1..=64).contains(degree))
                {
                    Some(degree) => Ok(build(number, degree)),
                    None => refuse(at, SyntaxErrorKind::Degree),
                };
            }
            (Meaning::Power, 2) => {
                let (base, exponent) = (next(), next());
                return Ok(self.power(base, exponent, at));
            }
            (Meaning::Logarithm, 1 | 2) => {
                let (number, base) = (next(), arguments.next());
                return self.logarithm(number, base, at);
            }
            (Meaning::Some(build), 1..) => return Ok(build(arguments.collect())),
            (Meaning::Any(build) | Meaning::Conditions(build), count) if count > 0 || as_list => {
                return Ok(build(arguments.collect()));
            }
            (Meaning::Unary(_) | Meaning::Truncation | Meaning::Nearest, _) => "one argument",
            (Meaning::Logarithm, _) => "one argument or two",
            (Meaning::Binary(_) | Meaning::Degree(_) | Meaning::Power, _) => "two arguments",
            (Meaning::Some(_) | Meaning::Any(_) | Meaning::Conditions(_), _) => "at least one argument, or one list",
        };
        refuse(at, SyntaxErrorKind::ArgumentCount { function: function.name, takes, found })
    }

    /// The logarithm to a base that is a power of two; no other can be compared exactly.
    fn logarithm(&mut self, number: Node, base: Option<Node>, at: &Range<usize>) -> Parsed<Node> {
        let base =
            base.and_then(|base| constant::integer(&base.expr)).filter(|base| *base > 1 && base.count_ones() == 1);
        let Some(base) = base else {
            return refuse(at, SyntaxErrorKind::LogarithmBase);
        };
        self.note_irrational(at);
        let logarithm = number.unary(Expr::Log2);
        Ok(match base.trailing_zeros() {
            1 => logarithm,
            places => logarithm.binary(Node::leaf(Expr::Constant(places.into())), Expr::Quotient),
        })
    }

    /// Rounded towards 0.
    fn truncated(&mut self, a: Node) -> Parsed<Node> {
        if evident_integer(&a.expr) {
            return Ok(a.seen(InPython::default()));
        }
        let natural = self.copy(&a)?.compare(Comparison::GreaterEqual, Node::leaf(Expr::Constant(0)));
        let down = floor(self.copy(&a)?);
        Ok(Node::choose(natural, down, ceil(a)))
    }

    /// Rounded to the nearest integer, and from the middle to the even one.
    fn rounded(&mut self, a: Node) -> Parsed<Node> {
        if evident_integer(&a.expr) {
            return Ok(a.seen(InPython::default()));
        }
        let [one, two] = [1, 2].map(|value| move || Node::leaf(Expr::Constant(value)));
        let half = one().binary(two(), Expr::Quotient);
        let above = Chain::Sum.join(a, half);
        let nearest = floor(self.copy(&above)?);
        let in_the_middle = above.compare(Comparison::Equal, self.copy(&nearest)?);
        let odd = self.copy(&nearest)?.binary(two(), Expr::Remainder).compare(Comparison::Equal, one());
        let below = Chain::Sum.join(self.copy(&nearest)?, one().negate());
        Ok(Node::choose(Chain::And.join(in_the_middle, odd), below, nearest))
    }
}

/// `a ** 0.5`.
fn square_root(a: Node) -> Node {
    let [one, two] = [1, 2].map(|value| Node::leaf(Expr::Constant(value)));
    let python = a.python;
    a.binary(one.binary(two, Expr::Quotient), Expr::Power).seen(python)
}

fn root(a: Node, degree: u32) -> Node {
    Node::new(Expr::FloorRoot(Box::new(a.expr), degree), a.levels + 1)
}

/// `floor(a / b)` is `a // b`, of which the solver knows more than of a fraction.
fn floor(node: Node) -> Node {
    match node.expr {
        Expr::Quotient(a, b) => Node::new(Expr::FloorDivide(a, b), node.levels),
        expr => Node { expr, ..node }.binary(Node::leaf(Expr::Constant(1)), Expr::FloorDivide),
    }
}

/// `ceil(a / b)` is `ceil_div(a, b)`.
fn ceil(node: Node) -> Node {
    match node.expr {
        Expr::Quotient(a, b) => Node::new(Expr::CeilDivide(a, b), node.levels),
        expr => Node { expr, ..node }.binary(Node::leaf(Expr::Constant(1)), Expr::CeilDivide),
    }
}

fn sum(list: Vec<Node>) -> Node {
    let python = arithmetic(&list);
    if list.is_empty() { Node::leaf(Expr::Constant(0)) } else { Chain::Sum.all(list).seen(python) }
}

fn product(list: Vec<Node>) -> Node {
    let python = arithmetic(&list);
    if list.is_empty() { Node::leaf(Expr::Constant(1)) } else { Chain::Product.all(list).seen(python) }
}

/// How Python sees the sum or product of all.
fn arithmetic(list: &[Node]) -> InPython {
    list.iter().map(|node| node.python).reduce(InPython::arithmetic).unwrap_or_default()
}
