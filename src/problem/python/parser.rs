//! Tokens to a tree, by precedence climbing.

use super::error::{PythonError, PythonErrorKind};
use super::lexer::{Token, tokens};
use super::limits::MOST_LEVELS;
use super::operators::{COMPARISONS, Comparison, OPERATORS, POWER, SIGN};
use super::tree::{Node, Tree};
use std::ops::Range;

/// What a step of the parser gives.
pub(super) type Parsed<T> = Result<T, PythonError>;

/// The tree of a whole text.
pub(super) fn parse(text: &str) -> Parsed<Tree> {
    let tokens = tokens(text)?;
    let end = tokens.last().map_or(text.len(), |token| token.span.end);
    let mut parser = Parser { tokens, at: 0, end, levels: 0 };
    if parser.tokens.is_empty() {
        return Err(PythonError::new(&(0..text.len()), PythonErrorKind::Empty));
    }
    let first = parser.expression()?;
    let tree = if parser.is("for") {
        parser.comprehension(first, true)?
    } else if parser.is(",") {
        let start = first.span.start;
        let items = parser.items(first, "")?;
        parser.tree(start, 1, Node::Tuple(items))?
    } else {
        first
    };
    match parser.peek() {
        None => Ok(tree),
        Some(_) => Err(parser.expected("an operator or the end of the text")),
    }
}

/// Where reading stands.
pub(super) struct Parser<'t> {
    pub(super) tokens: Vec<Token<'t>>,
    /// The index of the next token.
    pub(super) at: usize,
    /// The end of the last token.
    end: usize,
    levels: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at)
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.is(text))
    }

    fn next_is(&self, text: &str) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|token| token.is(text))
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.is(text);
        self.at += usize::from(found);
        found
    }

    pub(super) fn place(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, |token| token.span.clone())
    }

    pub(super) fn expect(&mut self, text: &'static str, what: &'static str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { Err(self.expected(what)) }
    }

    /// A tree from `start` to the last token read, over operands of at most so many levels.
    pub(super) fn tree(&self, start: usize, below: usize, node: Node) -> Parsed<Tree> {
        let end = self.at.checked_sub(1).map_or(start, |last| self.tokens[last].span.end);
        let span = start..end.max(start);
        if below >= MOST_LEVELS {
            return Err(PythonError::new(&span, PythonErrorKind::TooDeep));
        }
        Ok(Tree { node, span, levels: below + 1 })
    }

    /// Reads a part, one level deeper.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.levels == MOST_LEVELS {
            return Err(PythonError::new(&self.place(), PythonErrorKind::TooDeep));
        }
        self.levels += 1;
        let part = read(self)?;
        self.levels -= 1;
        Ok(part)
    }

    /// Anything: `a`, or `a if c else b`.
    pub(super) fn expression(&mut self) -> Parsed<Tree> {
        let then = self.either()?;
        // Behind a comprehension's list, `if` filters.
        if !self.eat("if") {
            return Ok(then);
        }
        let condition = self.deeper(Self::either)?;
        self.expect("else", "`else`")?;
        let otherwise = self.deeper(Self::expression)?;
        let below = then.levels.max(condition.levels).max(otherwise.levels);
        let start = then.span.start;
        let [condition, then, otherwise] = [condition, then, otherwise].map(Box::new);
        self.tree(start, below, Node::If { condition, then, otherwise })
    }

    pub(super) fn either(&mut self) -> Parsed<Tree> {
        self.chain("or", Self::both, Node::Or)
    }

    fn both(&mut self) -> Parsed<Tree> {
        self.chain("and", Self::negation, Node::And)
    }

    fn chain(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Parsed<Tree>,
        node: fn(Vec<Tree>) -> Node,
    ) -> Parsed<Tree> {
        let first = operand(self)?;
        if !self.is(word) {
            return Ok(first);
        }
        let (start, mut below) = (first.span.start, first.levels);
        let mut operands = vec![first];
        while self.eat(word) {
            operands.push(operand(self)?);
            below = below.max(operands.last().map_or(0, |operand| operand.levels));
        }
        self.tree(start, below, node(operands))
    }

    fn negation(&mut self) -> Parsed<Tree> {
        let start = self.place().start;
        if !self.eat("not") {
            return self.comparison();
        }
        let operand = self.deeper(Self::negation)?;
        self.tree(start, operand.levels, Node::Not(Box::new(operand)))
    }

    fn comparison(&mut self) -> Parsed<Tree> {
        let first = self.operators(1)?;
        let (start, mut below) = (first.span.start, first.levels);
        let mut rest = Vec::new();
        loop {
            let negated = self.is("not") && self.next_is("in");
            self.at += usize::from(negated);
            let comparison = COMPARISONS.iter().find(|(text, _)| self.is(text)).map(|&(_, comparison)| comparison);
            let Some(comparison) = comparison else { break };
            self.at += 1;
            let right = self.operators(1)?;
            below = below.max(right.levels);
            rest.push((if negated { Comparison::NotIn } else { comparison }, right));
        }
        if rest.is_empty() { Ok(first) } else { self.tree(start, below, Node::Compare(Box::new(first), rest)) }
    }

    /// Operators that bind at least as tightly, with their operands.
    fn operators(&mut self, minimum: u8) -> Parsed<Tree> {
        let mut left = self.prefix()?;
        loop {
            let found = OPERATORS.iter().find(|(text, _, level)| *level >= minimum && self.is(text));
            let Some(&(_, operator, level)) = found else { return Ok(left) };
            self.at += 1;
            // A power binds to the right, and its exponent may have a sign.
            let right = self.deeper(|parser| parser.operators(if level == POWER { SIGN } else { level + 1 }))?;
            let (start, below) = (left.span.start, left.levels.max(right.levels));
            left = self.tree(start, below, Node::Binary(operator, Box::new(left), Box::new(right)))?;
        }
    }

    fn prefix(&mut self) -> Parsed<Tree> {
        let start = self.place().start;
        let node = match self.peek() {
            Some(token) if token.is("-") => Node::Negate,
            Some(token) if token.is("+") => Node::Plus,
            Some(token) if token.is("~") => Node::Invert,
            _ => return self.primary(),
        };
        self.at += 1;
        let operand = self.deeper(|parser| parser.operators(SIGN))?;
        self.tree(start, operand.levels, node(Box::new(operand)))
    }
}
