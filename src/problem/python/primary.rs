//! Numbers, names, calls, brackets and comprehensions.

use super::error::{PythonError, PythonErrorKind};
use super::functions::{self, Function};
use super::lexer::{Kind, Token};
use super::limits::MOST_LEVELS;
use super::parser::{Parsed, Parser};
use super::refusal::is_keyword;
use super::tree::{Clause, Node, Tree};

impl<'t> Parser<'t> {
    /// A number, a name, a call, a list or brackets.
    pub(super) fn primary(&mut self) -> Parsed<Tree> {
        const DUE: &str = "a number, a name or a list";
        let Some(token) = self.peek().cloned() else { return Err(self.expected(DUE)) };
        let start = token.span.start;
        if !(token.is("[") || token.is("(")) && (token.kind == Kind::Symbol || is_keyword(&token)) {
            return Err(self.expected(DUE));
        }
        self.at += 1;
        let tree = match token.kind {
            Kind::Integer(value) => self.tree(start, 0, Node::Integer(value)),
            Kind::Real(value) => self.tree(start, 0, Node::Real(value)),
            Kind::Text => self.tree(start, 0, Node::Text(token.text[1..token.text.len() - 1].to_owned())),
            Kind::Name => self.name(&token),
            Kind::Symbol => self.deeper(|parser| parser.brackets(&token)),
        }?;
        // What may follow an operand in Python, and is not read.
        let follows = ["[", "(", "."].iter().any(|text| self.is(text));
        if follows { Err(self.expected(DUE)) } else { Ok(tree) }
    }

    fn name(&mut self, token: &Token<'t>) -> Parsed<Tree> {
        let start = token.span.start;
        match token.text {
            "True" => return self.tree(start, 0, Node::Truth(true)),
            "False" => return self.tree(start, 0, Node::Truth(false)),
            _ => {}
        }
        if let Some(text) = self.peek().filter(|next| next.kind == Kind::Text && next.span.start == token.span.end) {
            let what = if token.text.to_ascii_lowercase().contains('f') {
                "f-strings"
            } else {
                "texts with a prefix (`b\"…\"`, `r\"…\"`)"
            };
            return Err(PythonError::new(&(start..text.span.end), PythonErrorKind::Unsupported { what }));
        }
        let function = if token.text == "math" && self.is(".") {
            self.at += 1;
            let Some(name) = self.peek().filter(|name| name.kind == Kind::Name).cloned() else {
                return Err(self.expected("the name of a function of `math`"));
            };
            self.at += 1;
            format!("math.{}", name.text)
        } else {
            token.text.to_owned()
        };
        if self.is("(") {
            return self.deeper(|parser| parser.call(start, &function));
        }
        self.tree(start, 0, Node::Name(function))
    }

    fn call(&mut self, start: usize, name: &str) -> Parsed<Tree> {
        let span = start..self.tokens[self.at - 1].span.end;
        let unknown = || {
            PythonError::new(
                &span,
                PythonErrorKind::UnknownFunction { name: name.to_owned(), known: functions::names().to_vec() },
            )
        };
        let function = Function::find(name).ok_or_else(unknown)?;
        self.at += 1;
        let mut arguments = Vec::new();
        if !self.eat(")") {
            let first = self.expression()?;
            if self.is("for") {
                arguments.push(self.comprehension(first, true)?);
                self.expect(")", "`)`")?;
            } else {
                arguments = self.items(first, ")")?;
            }
        }
        let below = arguments.iter().map(|argument| argument.levels).max().unwrap_or(0);
        self.tree(start, below, Node::Call(function, arguments))
    }

    /// A list, a tuple, a comprehension or an expression, behind its opening bracket.
    fn brackets(&mut self, open: &Token<'_>) -> Parsed<Tree> {
        let (start, is_list) = (open.span.start, open.is("["));
        let close = if is_list { "]" } else { ")" };
        let sequence = |items| if is_list { Node::List(items) } else { Node::Tuple(items) };
        if self.eat(close) {
            return self.tree(start, 0, sequence(Vec::new()));
        }
        let first = self.expression()?;
        if self.is("for") {
            let tree = self.comprehension(first, !is_list)?;
            self.expect(close, if is_list { "`]`" } else { "`)`" })?;
            return Ok(Tree { span: start..self.tokens[self.at - 1].span.end, ..tree });
        }
        if !is_list && self.eat(close) {
            return Ok(Tree { span: start..self.tokens[self.at - 1].span.end, ..first });
        }
        let items = self.items(first, close)?;
        let below = items.iter().map(|item| item.levels).max().unwrap_or(0);
        self.tree(start, below, sequence(items))
    }

    /// The rest of a list up to its closing bracket, or to the end of the text where that is empty; a comma may be last.
    pub(super) fn items(&mut self, first: Tree, close: &'static str) -> Parsed<Vec<Tree>> {
        let mut items = vec![first];
        let ended = |parser: &mut Self| if close.is_empty() { parser.peek().is_none() } else { parser.eat(close) };
        while !ended(self) {
            self.expect(",", "`,` or the end of the list")?;
            if ended(self) {
                break;
            }
            items.push(self.expression()?);
        }
        Ok(items)
    }

    /// The clauses of a comprehension, from its `for`.
    pub(super) fn comprehension(&mut self, item: Tree, generator: bool) -> Parsed<Tree> {
        let (start, mut below) = (item.span.start, item.levels);
        let mut clauses = Vec::new();
        while self.eat("for") {
            let Some(name) = self.peek().filter(|name| name.kind == Kind::Name && !is_keyword(name)).cloned() else {
                return Err(self.expected("a name"));
            };
            self.at += 1;
            if self.is(",") {
                let what = "several names behind one `for`";
                return Err(PythonError::new(&self.place(), PythonErrorKind::Unsupported { what }));
            }
            self.expect("in", "`in`")?;
            let items = self.deeper(Self::either)?;
            let mut conditions = Vec::new();
            while self.eat("if") {
                conditions.push(self.deeper(Self::either)?);
            }
            below = conditions.iter().fold(below.max(items.levels), |below, condition| below.max(condition.levels));
            clauses.push(Clause { name: name.text.to_owned(), items, conditions });
        }
        if clauses.len() > MOST_LEVELS {
            return Err(PythonError::new(&self.place(), PythonErrorKind::TooDeep));
        }
        self.tree(start, below, Node::Comprehension { item: Box::new(item), clauses, generator })
    }
}
