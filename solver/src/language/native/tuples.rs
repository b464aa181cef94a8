//! Tuples before `in` with their rows, and lists with a subscript: the brackets that hold several expressions where
//! others hold one.

use std::ops::Range;

use itertools::{Either, Itertools};

use super::super::error::SyntaxErrorKind;
use super::super::lexer::{Token, TokenKind};
use super::build::{Chain, Node};
use super::constant;
use super::facts::may_be_undefined;
use super::operators::{Infix, Level};
use super::parser::{Parsed, Parser, bounded, refuse};
use crate::model::{Comparison, Expr, Rows};

impl Parser<'_> {
    /// How many expressions the round brackets at that token hold, where a comma makes them a tuple.
    pub(super) fn tuple_width(&self, open: usize) -> Option<usize> {
        self.tokens.get(open).filter(|token| token.is("("))?;
        let close = self.partners[open];
        let (mut commas, mut index) = (0, open + 1);
        while index < close {
            commas += usize::from(self.tokens[index].is(","));
            index = self.partners[index].max(index) + 1;
        }
        (commas > 0).then(|| commas + usize::from(!self.tokens[close - 1].is(",")))
    }

    /// Whether a tuple with `in` or `not in` behind it comes next.
    pub(super) fn at_tuple_test(&self) -> bool {
        let open = self.index();
        let close = self.partners.get(open).copied().unwrap_or(0);
        let tests = matches!(Infix::read(&self.tokens[close + 1..]), Some((Infix::In | Infix::NotIn, _)));
        close > 0 && tests && self.tuple_width(open).is_some()
    }

    /// `(a, b) in {(1, 2), (3, 4)}` or its negation, from the first bracket. Nothing can be compared with it.
    pub(super) fn tuple_test(&mut self) -> Parsed<Node> {
        let operands = self.list()?;
        let at = self.place();
        let negated = !self.eat("in");
        if negated {
            self.advance();
            self.advance();
        }
        let rows = self.rows(operands.len())?;
        if self.peek_infix(Level::Comparison).is_some() {
            return self.unexpected();
        }
        let node = if negated { self.in_no_row(operands, rows)? } else { self.in_rows(operands, rows)? };
        bounded(node, &at)
    }

    /// The rows at the right of `in`, each of that width.
    fn rows(&mut self, width: usize) -> Parsed<Vec<Vec<Node>>> {
        if self.peek().is_none_or(|token| token.kind != TokenKind::Open) {
            return refuse(&self.place(), SyntaxErrorKind::ExpectedRows);
        }
        self.advance();
        let mut rows = Vec::new();
        loop {
            if self.peek().is_some_and(|token| token.kind == TokenKind::Close) {
                self.advance();
                return Ok(rows);
            }
            self.expect_row(width)?;
            rows.push(self.list()?);
            if !self.eat(",") && self.peek().is_none_or(|token| token.kind != TokenKind::Close) {
                return self.unexpected();
            }
        }
    }

    /// Refuses the next member of a list of rows if it is none, or not of that width.
    fn expect_row(&self, width: usize) -> Parsed<()> {
        let kind = match self.tuple_width(self.index()) {
            Some(found) if found == width => return Ok(()),
            Some(found) => SyntaxErrorKind::RowWidth { expected: width, found },
            None => SyntaxErrorKind::ExpectedRow { width },
        };
        refuse(&self.place_of(self.index()), kind)
    }

    /// Refuses a list that comes next if it starts with a row and stands behind a number.
    pub(super) fn refuse_rows(&self) -> Parsed<()> {
        let first = self.index() + 1;
        let is_member = |token: &Token<'_>| token.kind == TokenKind::Close || token.is(",");
        let is_row =
            self.tuple_width(first).is_some() && self.tokens.get(self.partners[first] + 1).is_some_and(is_member);
        if is_row { refuse(&self.place_of(first), SyntaxErrorKind::MisplacedRow) } else { Ok(()) }
    }

    /// The place of a token, or of the pair of brackets that it opens.
    fn place_of(&self, index: usize) -> Range<usize> {
        let close = self.partners[index].max(index);
        self.tokens[index].start..self.tokens[close].span().end
    }

    /// Constant rows become one table; each other one becomes equations.
    fn in_rows(&mut self, operands: Vec<Node>, rows: Vec<Vec<Node>>) -> Parsed<Node> {
        let (constant, others) = split(rows);
        let mut tests = Vec::with_capacity(others.len() + 1);
        for row in others {
            tests.push(self.row_test(&operands, row, Comparison::Equal)?);
        }
        if !constant.is_empty() || tests.is_empty() {
            tests.insert(0, table(operands, constant));
        }
        if tests.len() == 1 { Ok(tests.remove(0)) } else { Ok(Chain::Or.all(tests)) }
    }

    /// In none of the rows, and everything is defined.
    fn in_no_row(&mut self, operands: Vec<Node>, rows: Vec<Vec<Node>>) -> Parsed<Node> {
        let (constant, others) = split(rows);
        let mut tests = Vec::with_capacity(others.len() + 1);
        for part in operands.iter().chain(others.iter().flatten()) {
            if may_be_undefined(&part.expr) {
                tests.push(self.copy(part)?.compare(Comparison::Equal, self.copy(part)?));
            }
        }
        for row in others {
            tests.push(self.row_test(&operands, row, Comparison::NotEqual)?);
        }
        if !constant.is_empty() || tests.is_empty() {
            tests.insert(0, table(operands, constant).unary(Expr::Not));
        }
        if tests.len() == 1 { Ok(tests.remove(0)) } else { Ok(Chain::And.all(tests)) }
    }

    /// Equal in all places, or different in one.
    fn row_test(&mut self, operands: &[Node], row: Vec<Node>, comparison: Comparison) -> Parsed<Node> {
        let mut tests = Vec::with_capacity(row.len());
        for (operand, value) in operands.iter().zip(row) {
            tests.push(self.copy(operand)?.compare(comparison, value));
        }
        let chain = if comparison == Comparison::Equal { Chain::And } else { Chain::Or };
        if tests.len() == 1 { Ok(tests.remove(0)) } else { Ok(chain.all(tests)) }
    }

    /// Whether a list with a subscript behind it comes next.
    pub(super) fn at_subscripted_list(&self) -> bool {
        let open = self.index();
        let subscripted = self.tokens.get(self.partners[open] + 1).is_some_and(|token| token.is("["));
        subscripted && (self.tokens[open].is("[") || self.tuple_width(open).is_some())
    }

    /// `[4, 8, 16][i]`, from the first bracket.
    pub(super) fn element(&mut self) -> Parsed<Node> {
        let place = self.place_of(self.index());
        let items = self.list()?;
        if items.is_empty() {
            return refuse(&place, SyntaxErrorKind::NoItems);
        }
        self.advance();
        let index = self.expression()?;
        if !self.eat("]") {
            return self.unexpected();
        }
        bounded(Node::element(items, index), &place)
    }
}

/// The rows of constants, and the others.
fn split(rows: Vec<Vec<Node>>) -> (Vec<Vec<i64>>, Vec<Vec<Node>>) {
    rows.into_iter().partition_map(|row| {
        let values: Option<Vec<i64>> = row.iter().map(|node| constant::integer(&node.expr)).collect();
        match values.filter(|values| Rows::new([values.clone()]).is_ok()) {
            Some(values) => Either::Left(values),
            None => Either::Right(row),
        }
    })
}

fn table(operands: Vec<Node>, rows: Vec<Vec<i64>>) -> Node {
    let rows = Rows::new(rows).expect("as wide as the operands, and looked at one by one");
    let levels = operands.iter().map(|operand| operand.levels).max().unwrap_or(0) + 1;
    Node::new(Expr::Table(operands.into_iter().map(|operand| operand.expr).collect(), rows), levels)
}
