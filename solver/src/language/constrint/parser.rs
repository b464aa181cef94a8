//! The grammar, over tokens without round brackets.
//!
//! No brackets, no recursion: each level is a loop over the next tighter one, and a statement is as deep as the table
//! of levels plus the powers and remainders that stand in one another, which are counted.

use std::collections::HashMap;
use std::ops::Range;

use super::super::brackets::partners;
use super::super::error::MAX_NESTING;
use super::super::error::MAX_NODES;
use super::super::error::{SyntaxError, SyntaxErrorKind};
use super::super::lexer::{SYMBOLS, Token, TokenKind, tokens};
use super::super::number::{self, Number};
use super::{brackets, foreign};
use crate::model::{Comparison, Expr, MemberSet, VarId};

/// One statement, and the text from its first to its last token; brackets around it are left out.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) expr: Expr,
    pub(super) span: Range<usize>,
}

type Parsed<T> = Result<T, SyntaxError>;

/// A side of a comparison.
enum Side {
    Number(Expr),
    List(Vec<i64>, Range<usize>),
}

/// A whole text.
#[derive(Debug)]
pub(super) struct Program {
    /// In order of appearance; [`VarId`]s are their indices.
    pub(super) names: Vec<String>,
    pub(super) statements: Vec<Statement>,
    /// The places of brackets that would have meant something.
    pub(super) brackets: Vec<Range<usize>>,
}

pub(super) fn program(text: &str) -> Parsed<Program> {
    let all = tokens(text, &SYMBOLS);
    if let Some(token) = all.get(MAX_NODES) {
        return Err(SyntaxError::at(token, SyntaxErrorKind::TooLarge));
    }
    foreign::refuse(&all)?;
    let partners = partners(&all)?;
    let bare: Vec<Token<'_>> = all.iter().copied().filter(|token| !token.is("(") && !token.is(")")).collect();
    let end = bare.last().map_or(text.len(), |last| last.span().end);
    let mut parser = Parser { tokens: &bare, next: 0, end, names: Vec::new(), ids: HashMap::new() };
    let statements = parser.statements()?;
    if statements.is_empty() {
        return Err(SyntaxError::new(0..text.len(), SyntaxErrorKind::Empty));
    }
    let names = parser.names.into_iter().map(str::to_owned).collect();
    Ok(Program { names, statements, brackets: brackets::that_matter(&all, &partners) })
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    next: usize,
    /// The end of the last token.
    end: usize,
    names: Vec<&'t str>,
    ids: HashMap<&'t str, VarId>,
}

impl<'t> Parser<'t> {
    fn statements(&mut self) -> Parsed<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            while self.eat(&[";"]).is_some() {}
            let Some(first) = self.peek() else { return Ok(statements) };
            let expr = self.alternatives()?;
            let last = &self.tokens[self.next - 1];
            statements.push(Statement { expr, span: first.start..last.span().end });
            if self.peek().is_some_and(|token| !token.is(";")) {
                return Err(self.unexpected());
            }
        }
    }

    fn alternatives(&mut self) -> Parsed<Expr> {
        let mut all = vec![self.comparison()?];
        while self.eat(&["|", "||"]).is_some() {
            all.push(self.comparison()?);
        }
        Ok(single_or(all, Expr::Or))
    }

    /// `a == b <= c`: each neighbouring pair.
    fn comparison(&mut self) -> Parsed<Expr> {
        let start = self.place();
        let mut left = self.side()?;
        let mut tests = Vec::new();
        while let Some((token, comparison)) = self.eat_comparison() {
            let right = self.side()?;
            tests.push(compare(token, &left, comparison, &right)?);
            left = right;
        }
        if tests.is_empty() && self.peek().is_none_or(|token| matches!(token.text, ";" | "|" | "||")) {
            return Err(SyntaxError::new(start.start..self.previous_end(), SyntaxErrorKind::NotAComparison));
        }
        if tests.is_empty() { Err(self.unexpected()) } else { Ok(single_or(tests, Expr::And)) }
    }

    fn eat_comparison(&mut self) -> Option<(&'t Token<'t>, Comparison)> {
        use Comparison::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        let all = [Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual];
        let token = self.peek()?;
        let comparison = all.into_iter().find(|comparison| token.is(comparison.symbol()))?;
        self.next += 1;
        Some((token, comparison))
    }

    fn side(&mut self) -> Parsed<Side> {
        match self.peek() {
            Some(token) if token.is("[") => {
                let values = self.list()?;
                Ok(Side::List(values, token.start..self.previous_end()))
            }
            _ => self.remainder().map(Side::Number),
        }
    }

    /// Integers in square brackets, with commas between them and perhaps behind the last.
    fn list(&mut self) -> Parsed<Vec<i64>> {
        self.next += 1;
        let mut values = Vec::new();
        loop {
            if !values.is_empty() && self.eat(&["]"]).is_some() {
                return Ok(values);
            }
            let Some(token) = self.peek() else { return Err(self.expected_operand()) };
            if token.kind != TokenKind::Number && !token.is("-") {
                return Err(SyntaxError::at(token, SyntaxErrorKind::ListOfIntegers));
            }
            values.push(self.number()?);
            if self.eat(&[","]).is_none() && self.peek().is_none_or(|token| !token.is("]")) {
                return Err(self.unexpected());
            }
        }
    }

    fn remainder(&mut self) -> Parsed<Expr> {
        let mut expr = self.sum()?;
        let mut levels = 0;
        while let Some(operator) = self.eat(&["%"]) {
            levels += 1;
            bounded(levels, operator)?;
            expr = Expr::Remainder(Box::new(expr), Box::new(self.sum()?));
        }
        Ok(expr)
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let mut terms = vec![self.product()?];
        while self.eat(&["+"]).is_some() {
            terms.push(self.product()?);
        }
        Ok(single_or(terms, Expr::Sum))
    }

    fn product(&mut self) -> Parsed<Expr> {
        let mut factors = vec![self.power()?];
        while self.eat(&["*"]).is_some() {
            factors.push(self.power()?);
        }
        Ok(single_or(factors, Expr::Product))
    }

    fn power(&mut self) -> Parsed<Expr> {
        let mut operands = vec![self.operand()?];
        while let Some(operator) = self.eat(&["^"]) {
            bounded(operands.len(), operator)?;
            operands.push(self.operand()?);
        }
        let folded = operands.into_iter().rev().reduce(|power, base| Expr::Power(Box::new(base), Box::new(power)));
        Ok(folded.expect("at least one operand"))
    }

    fn operand(&mut self) -> Parsed<Expr> {
        match self.peek() {
            Some(token) if token.kind == TokenKind::Number || token.is("-") => self.number().map(Expr::Constant),
            Some(token) if token.kind == TokenKind::Name => {
                self.next += 1;
                Ok(Expr::Variable(self.variable(token)))
            }
            Some(token) if token.is("[") => Err(SyntaxError::at(token, SyntaxErrorKind::ListNeedsEqual)),
            _ => Err(self.expected_operand()),
        }
    }

    fn variable(&mut self, token: &Token<'t>) -> VarId {
        let next = VarId(u32::try_from(self.names.len()).expect("no more than tokens"));
        let id = *self.ids.entry(token.text).or_insert(next);
        if id == next {
            self.names.push(token.text);
        }
        id
    }

    /// An integer with its sign.
    fn number(&mut self) -> Parsed<i64> {
        let sign = if self.eat(&["-"]).is_some() { -1 } else { 1 };
        let Some(token) = self.peek().filter(|token| token.kind == TokenKind::Number) else {
            return Err(self.expected_operand());
        };
        self.next += 1;
        match number::value(token.text) {
            Ok(Number::Integer(value)) => Ok(sign * value),
            Ok(Number::Fraction(..)) => Err(SyntaxError::at(token, SyntaxErrorKind::NotWhole)),
            Err(fault) => {
                let literal = token.text.to_owned();
                Err(SyntaxError::at(token, SyntaxErrorKind::Number { literal, fault }))
            }
        }
    }

    fn peek(&self) -> Option<&'t Token<'t>> {
        self.tokens.get(self.next)
    }

    /// The next token, consumed, if it is one of these.
    fn eat(&mut self, texts: &[&str]) -> Option<&'t Token<'t>> {
        let token = self.peek().filter(|token| texts.contains(&token.text))?;
        self.next += 1;
        Some(token)
    }

    fn place(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, Token::span)
    }

    fn previous_end(&self) -> usize {
        self.next.checked_sub(1).map_or(0, |index| self.tokens[index].span().end)
    }

    fn found(&self) -> Option<String> {
        self.peek().map(|token| token.text.to_owned())
    }

    fn expected_operand(&self) -> SyntaxError {
        SyntaxError::new(self.place(), SyntaxErrorKind::ExpectedOperand { found: self.found() })
    }

    fn unexpected(&self) -> SyntaxError {
        let operand = self.peek().is_some_and(|token| matches!(token.kind, TokenKind::Number | TokenKind::Name));
        SyntaxError::new(self.place(), SyntaxErrorKind::Unexpected { found: self.found(), operand })
    }
}

fn bounded(levels: usize, operator: &Token<'_>) -> Parsed<()> {
    if levels > MAX_NESTING { Err(SyntaxError::at(operator, SyntaxErrorKind::TooDeep)) } else { Ok(()) }
}

/// The one operand itself, or all of them in a list.
fn single_or(mut operands: Vec<Expr>, list: fn(Vec<Expr>) -> Expr) -> Expr {
    if operands.len() == 1 { operands.remove(0) } else { list(operands) }
}

fn compare(operator: &Token<'_>, left: &Side, comparison: Comparison, right: &Side) -> Parsed<Expr> {
    let (subject, values) = match (left, right) {
        (Side::Number(left), Side::Number(right)) => return Ok(left.clone().compare(comparison, right.clone())),
        (Side::Number(subject), Side::List(values, _)) | (Side::List(values, _), Side::Number(subject)) => {
            (subject, values)
        }
        (Side::List(..), Side::List(_, place)) => {
            return Err(SyntaxError::new(place.clone(), SyntaxErrorKind::ListNeedsEqual));
        }
    };
    let mut values = values.clone();
    values.sort_unstable();
    values.dedup();
    match comparison {
        Comparison::Equal => Ok(Expr::Member(Box::new(subject.clone()), MemberSet::Values(values))),
        Comparison::NotEqual => {
            let others = values.into_iter().map(|value| subject.clone().compare(Comparison::NotEqual, value));
            Ok(single_or(others.collect(), Expr::And))
        }
        _ => Err(SyntaxError::at(operator, SyntaxErrorKind::ListNeedsEqual)),
    }
}
