//! Precedence climbing over the tokens.
//!
//! Recursion is bounded: brackets by [`partners`] before parsing starts, operators in one another by a count of levels.
//! Chains of one operator are loops.

use std::ops::Range;

use winnow::stream::{Stream, TokenSlice};

use super::super::brackets::{MAX_NESTING, partners};
use super::super::error::{SyntaxError, SyntaxErrorKind};
use super::super::lexer::{Token, TokenKind, tokens};
use super::super::scope::Scope;
use super::build::{Chain, Node};
use super::foreign;
use super::operators::{Infix, Level};
use crate::model::Expr;

/// How many numbers, names and operators an expression may hold, counted after named expressions are put in and the
/// middle of a chained comparison is doubled. It bounds memory: doubling can nest.
pub const MAX_NODES: usize = 1 << 22;

/// What a step of the parser gives. The error is boxed to keep the frames of the recursion small.
pub(super) type Parsed<T> = Result<T, Box<SyntaxError>>;

/// An error at a place.
pub(super) fn refuse<T>(at: &Range<usize>, kind: SyntaxErrorKind) -> Parsed<T> {
    Err(Box::new(SyntaxError::new(at.clone(), kind)))
}

/// Where reading stands, and what has been spent.
pub(super) struct Parser<'t> {
    pub(super) tokens: &'t [Token<'t>],
    rest: TokenSlice<'t, Token<'t>>,
    /// For each opening bracket, the index of the one that closes it.
    pub(super) partners: Vec<usize>,
    pub(super) scope: &'t dyn Scope,
    /// The end of the last token.
    end: usize,
    nesting: usize,
    nodes: usize,
}

pub(in super::super) fn parse(text: &str, scope: &dyn Scope) -> Result<Expr, SyntaxError> {
    let tokens = tokens(text);
    let Some(last) = tokens.last() else {
        return Err(SyntaxError::new(0..text.len(), SyntaxErrorKind::Empty));
    };
    foreign::refuse(&tokens)?;
    let (partners, rest, end) = (partners(&tokens)?, TokenSlice::new(&tokens), last.span().end);
    let mut parser = Parser { tokens: &tokens, rest, partners, scope, end, nesting: 0, nodes: 0 };
    let node =
        parser.expression().and_then(|node| if parser.peek().is_some() { parser.unexpected() } else { Ok(node) });
    node.map(|node| node.expr).map_err(|error| *error)
}

impl<'t> Parser<'t> {
    /// Anything: `a`, or `a if c else b`.
    pub(super) fn expression(&mut self) -> Parsed<Node> {
        let node = self.climb(Level::Implication)?;
        if self.peek().is_some_and(|token| token.is("if")) { self.conditional(node) } else { Ok(node) }
    }

    /// The rest of `a if c else b`, from the `if`.
    fn conditional(&mut self, then: Node) -> Parsed<Node> {
        let at = self.place();
        self.advance();
        let condition = self.right_operand(&at, Level::Implication)?;
        if self.peek().is_none_or(|token| matches!(token.kind, TokenKind::Close) || token.is(",")) {
            return refuse(&at, SyntaxErrorKind::MissingElse);
        }
        if !self.eat("else") {
            return self.unexpected();
        }
        let otherwise = self.right_operand(&at, Level::Conditional)?;
        bounded(Node::choose(condition, then, otherwise), &at)
    }

    /// An operand, and operators that bind at least as tightly as `minimum` with their right operands.
    fn climb(&mut self, minimum: Level) -> Parsed<Node> {
        let is_tuple = minimum <= Level::Comparison && self.at_tuple_test();
        let mut node = if is_tuple { self.tuple_test()? } else { self.operand(minimum)? };
        while let Some((infix, width)) = self.peek_infix(minimum) {
            node = self.infix(node, infix, width)?;
        }
        Ok(node)
    }

    /// The rest of an operation or chain, from its operator, which takes `width` tokens.
    fn infix(&mut self, left: Node, infix: Infix, width: usize) -> Parsed<Node> {
        let at = self.place();
        let node = match infix.level() {
            Level::Implication => self.implication(left)?,
            Level::Comparison => self.comparison(left)?,
            _ => {
                self.skip(width);
                let right = self.right_operand(&at, infix.right_level())?;
                apply(infix, left, right)
            }
        };
        bounded(node, &at)
    }

    pub(super) fn peek_infix(&self, minimum: Level) -> Option<(Infix, usize)> {
        Infix::read(&self.rest).filter(|(infix, _)| infix.level() >= minimum)
    }

    /// `a -> b -> c`: wrong only where a and b hold and c does not.
    fn implication(&mut self, first: Node) -> Parsed<Node> {
        let (mut operands, mut last) = (Vec::new(), first);
        let at = self.place();
        while self.eat("->") {
            let conclusion = self.right_operand(&at, Infix::Implies.right_level())?;
            operands.push(std::mem::replace(&mut last, conclusion).unary(Expr::Not));
        }
        operands.push(last);
        Ok(Chain::Or.all(operands))
    }

    /// `a <= b < c in {…}`: each neighbouring pair; the middle operands are doubled.
    fn comparison(&mut self, first: Node) -> Parsed<Node> {
        let (mut tests, mut left) = (Vec::new(), Some(first));
        while let Some((infix, width)) = self.peek_infix(Level::Comparison) {
            let at = self.place();
            // A set cannot be compared: nothing follows it.
            let Some(subject) = left.take() else { return self.unexpected() };
            self.skip(width);
            let Infix::Compare(comparison) = infix else {
                tests.push(self.membership(subject, infix == Infix::NotIn)?);
                continue;
            };
            let right = self.right_operand(&at, infix.right_level())?;
            left = self.peek_infix(Level::Comparison).map(|_| self.copy(&right)).transpose()?;
            tests.push(subject.compare(comparison, right));
            if left.is_none() {
                break;
            }
        }
        if tests.len() == 1 { Ok(tests.remove(0)) } else { Ok(Chain::And.all(tests)) }
    }

    /// A prefix operator with its operand, or a primary.
    fn operand(&mut self, minimum: Level) -> Parsed<Node> {
        match self.peek() {
            Some(token) if matches!(token.text, "not" | "!" | "-" | "+") => self.prefix(token, minimum),
            Some(token) => self.primary(token),
            None => self.expected_operand(),
        }
    }

    fn prefix(&mut self, token: &Token<'_>, minimum: Level) -> Parsed<Node> {
        let (at, sign) = (token.span(), matches!(token.text, "-" | "+"));
        if !sign && minimum > Level::Negation {
            return refuse(&at, SyntaxErrorKind::NotNeedsBrackets { found: token.text.to_owned() });
        }
        self.advance();
        let operand = self.right_operand(&at, if sign { Level::Sign } else { Level::Negation })?;
        match token.text {
            "+" => Ok(operand),
            "-" => Ok(operand.negate()),
            _ => bounded(operand.unary(Expr::Not), &at),
        }
    }

    /// An operand of the operator at `at`, one level of operators deeper.
    fn right_operand(&mut self, at: &Range<usize>, minimum: Level) -> Parsed<Node> {
        if self.nesting == MAX_NESTING {
            return refuse(at, SyntaxErrorKind::TooDeep);
        }
        self.spend(1)?;
        self.nesting += 1;
        let node = if minimum == Level::Conditional { self.expression()? } else { self.climb(minimum)? };
        self.nesting -= 1;
        Ok(node)
    }

    /// A second copy of an operand, within the limit on size.
    pub(super) fn copy(&mut self, node: &Node) -> Parsed<Node> {
        self.spend(Node::measure(&node.expr).1)?;
        Ok(Node { expr: node.expr.clone(), levels: node.levels })
    }

    pub(super) fn spend(&mut self, nodes: usize) -> Parsed<()> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return refuse(&self.place(), SyntaxErrorKind::TooLarge);
        }
        Ok(())
    }

    pub(super) fn index(&self) -> usize {
        self.tokens.len() - self.rest.eof_offset()
    }

    pub(super) fn peek(&self) -> Option<&'t Token<'t>> {
        self.rest.peek_token()
    }

    fn skip(&mut self, tokens: usize) {
        (0..tokens).for_each(|_| self.advance());
    }

    pub(super) fn advance(&mut self) {
        self.rest.next_token();
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(text));
        if found {
            self.advance();
        }
        found
    }

    /// The place of the next token, or the end of the text.
    pub(super) fn place(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, Token::span)
    }

    fn found(&self) -> Option<String> {
        self.peek().map(|token| token.text.to_owned())
    }

    pub(super) fn expected_operand<T>(&self) -> Parsed<T> {
        refuse(&self.place(), SyntaxErrorKind::ExpectedOperand { found: self.found() })
    }

    pub(super) fn unexpected<T>(&self) -> Parsed<T> {
        let operand = self.peek().is_some_and(|token| {
            matches!(token.kind, TokenKind::Number | TokenKind::Name | TokenKind::Open) && !token.is("else")
        });
        refuse(&self.place(), SyntaxErrorKind::Unexpected { found: self.found(), operand })
    }
}

/// Refuses trees so deep that whoever walks them might run out of stack; `at` is the topmost operator.
pub(super) fn bounded(node: Node, at: &Range<usize>) -> Parsed<Node> {
    if node.levels > MAX_NESTING + 1 { refuse(at, SyntaxErrorKind::TooDeep) } else { Ok(node) }
}

fn apply(infix: Infix, left: Node, right: Node) -> Node {
    match infix {
        Infix::Or => Chain::Or.join(left, right),
        Infix::And => Chain::And.join(left, right),
        Infix::Add => Chain::Sum.join(left, right),
        Infix::Subtract => Chain::Sum.join(left, right.negate()),
        Infix::Multiply => Chain::Product.join(left, right),
        Infix::Divide => left.binary(right, Expr::Quotient),
        Infix::FloorDivide => left.binary(right, Expr::FloorDivide),
        Infix::Remainder => left.binary(right, Expr::Remainder),
        Infix::Power => left.binary(right, Expr::Power),
        Infix::Implies | Infix::Compare(_) | Infix::In | Infix::NotIn => unreachable!("chains are read as a whole"),
    }
}
