//! Numbers, names, calls and brackets.

use super::super::error::SyntaxErrorKind;
use super::super::lexer::{Token, TokenKind};
use super::super::number::{self, Number};
use super::super::suggest::nearest;
use super::build::Node;
use super::functions;
use super::parser::{Parsed, Parser, bounded, refuse};
use super::python::InPython;
use super::real;
use crate::model::Expr;

impl<'t> Parser<'t> {
    /// A number, a name, a call or brackets; `token` is the next one.
    pub(super) fn primary(&mut self, token: &'t Token<'t>) -> Parsed<Node> {
        self.spend(1)?;
        let node = match token.kind {
            TokenKind::Number => self.number(token),
            TokenKind::Name => self.name(token),
            TokenKind::Open if self.at_subscripted_list() => self.element(),
            TokenKind::Open if token.is("(") => self.bracketed(token),
            TokenKind::Open => refuse(&token.span(), SyntaxErrorKind::MisplacedList),
            _ => self.expected_operand(),
        }?;
        if self.peek().is_some_and(|next| next.is("[")) {
            return refuse(&self.place(), SyntaxErrorKind::Subscript);
        }
        Ok(node)
    }

    fn number(&mut self, token: &Token<'_>) -> Parsed<Node> {
        self.advance();
        match number::value(token.text) {
            Ok(Number::Integer(value)) => Ok(Node::leaf(Expr::Constant(value))),
            Ok(Number::Fraction(numerator, denominator)) => {
                let [numerator, denominator] = [numerator, denominator].map(|value| Node::leaf(Expr::Constant(value)));
                let python = InPython::quotient(&numerator, &denominator);
                Ok(numerator.binary(denominator, Expr::Quotient).seen(python))
            }
            Err(fault) => {
                let literal = token.text.to_owned();
                refuse(&token.span(), SyntaxErrorKind::Number { literal, fault })
            }
        }
    }

    fn name(&mut self, token: &'t Token<'t>) -> Parsed<Node> {
        match token.text {
            "True" | "true" => {
                self.advance();
                return Ok(Node::leaf(Expr::Constant(1)));
            }
            "False" | "false" => {
                self.advance();
                return Ok(Node::leaf(Expr::Constant(0)));
            }
            "and" | "or" | "not" | "in" | "if" | "else" => return self.expected_operand(),
            _ => self.advance(),
        }
        match self.peek().map_or("", |next| next.text) {
            "(" => self.call(token),
            "." => self.member_of(token),
            _ => self.resolve(token),
        }
    }

    /// `math.f(…)`; no other name has a member.
    fn member_of(&mut self, module: &Token<'_>) -> Parsed<Node> {
        let span = module.start..self.place().end;
        self.advance();
        match self.peek() {
            Some(function) if module.is("math") && function.kind == TokenKind::Name => {
                self.advance();
                if self.peek().is_some_and(|next| next.is("(")) {
                    return self.call(function);
                }
                let name = function.text.to_owned();
                refuse(&function.span(), SyntaxErrorKind::FunctionNotCalled { name })
            }
            _ => refuse(&span, SyntaxErrorKind::Attribute),
        }
    }

    fn resolve(&mut self, token: &Token<'_>) -> Parsed<Node> {
        let name = token.text.to_owned();
        match self.scope.resolve(token.text) {
            Some(expr) => {
                let (levels, nodes) = Node::measure(&expr);
                self.spend(nodes)?;
                if real::is_irrational(&expr) {
                    self.note_irrational(&token.span());
                }
                bounded(Node::new(expr, levels), &token.span())
            }
            None if functions::find(token.text).is_some() => {
                refuse(&token.span(), SyntaxErrorKind::FunctionNotCalled { name })
            }
            None => {
                let candidates = nearest(token.text, self.scope.names());
                refuse(&token.span(), SyntaxErrorKind::UnknownName { name, candidates })
            }
        }
    }

    fn bracketed(&mut self, open: &Token<'_>) -> Parsed<Node> {
        let close = self.tokens[self.partners[self.index()]].span().end;
        self.advance();
        let node = self.expression()?;
        match self.peek() {
            Some(token) if token.kind == TokenKind::Close => self.advance(),
            Some(token) if token.is(",") => {
                return refuse(&(open.start..close), SyntaxErrorKind::MisplacedList);
            }
            _ => return self.unexpected(),
        }
        let python = InPython { bits: false, ..node.python };
        Ok(node.seen(python))
    }

    /// Expressions between brackets, with commas between them and perhaps behind the last.
    pub(super) fn list(&mut self) -> Parsed<Vec<Node>> {
        self.advance();
        let mut items = Vec::new();
        loop {
            if self.peek().is_some_and(|token| token.kind == TokenKind::Close) {
                self.advance();
                return Ok(items);
            }
            items.push(self.expression()?);
            if !self.eat(",") && self.peek().is_none_or(|token| token.kind != TokenKind::Close) {
                return self.unexpected();
            }
        }
    }

    /// Whether the call whose `(` comes next has one argument that is a list in brackets.
    pub(super) fn list_is_only_argument(&self) -> bool {
        let open = self.index();
        let close = self.partners[open];
        let inner = self.partners[open + 1];
        inner > 0 && (inner + 1 == close || inner + 2 == close && self.tokens[inner + 1].is(","))
    }
}
