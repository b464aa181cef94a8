//! Precedence climbing over the tokens.
//!
//! Recursion is bounded: brackets by [`partners`] before parsing starts, operators in one another by a count of levels.
//! Chains of one operator are loops.

use std::ops::Range;

use winnow::stream::{Stream, TokenSlice};

use super::super::brackets::partners;
use super::super::error::{MAX_NESTING, MAX_NODES};
use super::super::error::{SyntaxError, SyntaxErrorKind};
use super::super::lexer::{SYMBOLS, Token, TokenKind, tokens};
use super::super::scope::Scope;
use super::super::warning::{Warning, WarningKind};
use super::build::{Chain, Node};
use super::facts::{integer_exponent, is_truth};
use super::foreign;
use super::operators::{Infix, Level};
use super::python::{InPython, Rounded};
use super::real;
use crate::model::Expr;

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
    warnings: Vec<Warning>,
    /// From the first to the last operator or function that may give irrational numbers.
    irrational: Option<Range<usize>>,
}

pub(in super::super) fn parse(text: &str, scope: &dyn Scope) -> Result<(Expr, Vec<Warning>), SyntaxError> {
    let tokens = tokens(text, &SYMBOLS);
    let Some(last) = tokens.last() else {
        return Err(SyntaxError::new(0..text.len(), SyntaxErrorKind::Empty));
    };
    foreign::refuse(&tokens)?;
    let (partners, rest, end) = (partners(&tokens)?, TokenSlice::new(&tokens), last.span().end);
    let mut parser = Parser {
        tokens: &tokens,
        rest,
        partners,
        scope,
        end,
        nesting: 0,
        nodes: 0,
        warnings: Vec::new(),
        irrational: None,
    };
    let node =
        parser.expression().and_then(|node| if parser.peek().is_some() { parser.unexpected() } else { Ok(node) });
    let expr = node.and_then(|node| parser.settle(node)).map_err(|error| *error)?;
    Ok((expr, parser.warnings))
}

impl<'t> Parser<'t> {
    /// The expression with what is irrational in it decided.
    fn settle(&mut self, node: Node) -> Parsed<Expr> {
        let Some(place) = self.irrational.clone() else { return Ok(node.expr) };
        let expr = match real::settle(&node.expr) {
            Ok(expr) => expr,
            Err(reason) => return refuse(&place, SyntaxErrorKind::Undecidable { reason }),
        };
        let (levels, nodes) = Node::measure(&expr);
        self.spend(nodes)?;
        bounded(Node::new(expr, levels), &place).map(|node| node.expr)
    }

    /// Remembers where an irrational number may come from.
    pub(super) fn note_irrational(&mut self, at: &Range<usize>) {
        let known = self.irrational.clone().unwrap_or(at.clone());
        self.irrational = Some(known.start.min(at.start)..known.end.max(at.end));
    }

    /// Tells of something that is accepted but perhaps not meant, where nothing of the kind has been told.
    pub(super) fn warn(&mut self, kind: WarningKind, at: &Range<usize>) {
        if !self.warnings.iter().any(|known| known.kind == kind) {
            self.warnings.push(Warning { kind, span: at.clone() });
        }
    }

    /// The operand as a number, of which Python may have another.
    pub(super) fn as_number(&mut self, node: &Node, at: &Range<usize>) {
        if node.python.operand {
            self.warn(WarningKind::OperandAsValue, at);
        }
    }

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
                self.apply(infix, left, right, &at)?
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
                self.compared(&subject, &subject, &at);
                tests.push(self.membership(subject, infix == Infix::NotIn)?);
                continue;
            };
            let right = self.right_operand(&at, infix.right_level())?;
            self.compared(&subject, &right, &at);
            left = self.next_in_chain(&right, &at)?;
            tests.push(subject.compare(comparison, right));
            if left.is_none() {
                break;
            }
        }
        if tests.len() == 1 { Ok(tests.remove(0)) } else { Ok(Chain::And.all(tests)) }
    }

    /// The right side of a comparison as the left side of the next, if there is one.
    fn next_in_chain(&mut self, right: &Node, at: &Range<usize>) -> Parsed<Option<Node>> {
        if self.peek_infix(Level::Comparison).is_none() {
            return Ok(None);
        }
        if right.python.bits {
            self.warn(WarningKind::BitsInComparison, at);
        }
        self.copy(right).map(Some)
    }

    /// Tells where Python would compare something else.
    fn compared(&mut self, left: &Node, right: &Node, at: &Range<usize>) {
        for side in [left, right] {
            self.as_number(side, at);
        }
        if left.python.rounded.max(right.python.rounded) == Rounded::Often {
            self.warn(WarningKind::Rounded, at);
        }
    }

    /// A prefix operator with its operand, or a primary.
    fn operand(&mut self, minimum: Level) -> Parsed<Node> {
        match self.peek() {
            Some(token) if matches!(token.text, "not" | "!" | "-" | "+" | "~") => self.prefix(token, minimum),
            Some(token) => self.primary(token),
            None => self.expected_operand(),
        }
    }

    fn prefix(&mut self, token: &Token<'_>, minimum: Level) -> Parsed<Node> {
        let (at, sign) = (token.span(), matches!(token.text, "-" | "+" | "~"));
        if !sign && minimum > Level::Negation {
            return refuse(&at, SyntaxErrorKind::NotNeedsBrackets { found: token.text.to_owned() });
        }
        self.advance();
        let operand = self.right_operand(&at, if sign { Level::Sign } else { Level::Negation })?;
        self.prefixed(token, operand)
    }

    fn prefixed(&mut self, token: &Token<'_>, operand: Node) -> Parsed<Node> {
        let at = token.span();
        if matches!(token.text, "-" | "+" | "~") {
            self.as_number(&operand, &at);
        }
        match token.text {
            "+" => Ok(operand),
            "~" => bounded(operand.complement(), &at),
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
        Ok(Node { expr: node.expr.clone(), ..*node })
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
    if node.levels as usize > MAX_NESTING + 1 { refuse(at, SyntaxErrorKind::TooDeep) } else { Ok(node) }
}

impl Parser<'_> {
    fn apply(&mut self, infix: Infix, left: Node, right: Node, at: &Range<usize>) -> Parsed<Node> {
        if matches!(infix, Infix::Or | Infix::And) {
            let python = InPython::junction(&left, &right);
            let chain = if infix == Infix::Or { Chain::Or } else { Chain::And };
            return Ok(chain.join(left, right).seen(python));
        }
        self.as_number(&left, at);
        self.as_number(&right, at);
        let python = InPython::arithmetic(left.python, right.python);
        Ok(match infix {
            Infix::Add => Chain::Sum.join(left, right).seen(python),
            Infix::Subtract => Chain::Sum.join(left, right.negate()).seen(python),
            Infix::Multiply => Chain::Product.join(left, right).seen(python),
            Infix::Divide => {
                let python = InPython::quotient(&left, &right);
                left.binary(right, Expr::Quotient).seen(python)
            }
            Infix::FloorDivide | Infix::Remainder => {
                if python.rounded != Rounded::Never {
                    self.warn(WarningKind::Rounded, at);
                }
                left.binary(right, if infix == Infix::Remainder { Expr::Remainder } else { Expr::FloorDivide })
            }
            Infix::Power => self.power(left, right, at),
            Infix::BitAnd => self.bit_and(left, right)?,
            Infix::BitOr => self.bit_or(left, right)?,
            Infix::BitXor => {
                self.bit_xor_warned(&left, &right, at);
                self.bit_xor(left, right)?
            }
            Infix::ShiftLeft => Self::shift_left(left, right),
            Infix::ShiftRight => Self::shift_right(left, right),
            Infix::Or | Infix::And | Infix::Implies | Infix::Compare(_) | Infix::In | Infix::NotIn => {
                unreachable!("no operation on numbers")
            }
        })
    }

    /// `left ** right`.
    pub(super) fn power(&mut self, left: Node, right: Node, at: &Range<usize>) -> Node {
        if !integer_exponent(&right.expr) {
            self.note_irrational(at);
        }
        let python = InPython::power(&left, &right);
        left.binary(right, Expr::Power).seen(python)
    }

    /// Where other languages have a power, and nothing shows that bits are meant.
    fn bit_xor_warned(&mut self, left: &Node, right: &Node, at: &Range<usize>) {
        let bits = |node: &Node| node.python.bits || is_truth(&node.expr) && !matches!(node.expr, Expr::Constant(_));
        let operator = self.tokens.partition_point(|token| token.start < at.start);
        let beside = [operator.checked_sub(1), Some(operator + 1)].into_iter().flatten();
        let mask = |token: &Token<'_>| token.text.starts_with("0x") || token.text.starts_with("0b");
        if !bits(left) && !bits(right) && !beside.filter_map(|index| self.tokens.get(index)).any(mask) {
            self.warn(WarningKind::PerhapsPower, at);
        }
    }
}
