//! Tokens to a tree, by precedence climbing.

use super::error::{PythonError, PythonErrorKind};
use super::functions::Function;
use super::lexer::{Kind, Token, tokens};
use std::ops::Range;

/// How many brackets, operators and branches may stand in one another.
pub(super) const MOST_LEVELS: usize = 100;

/// An expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub(super) node: Node,
    pub(super) span: Range<usize>,
    levels: usize,
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

/// The operators of two numbers, or of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    BitOr,
    BitXor,
    BitAnd,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
}

/// The comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
}

const OPERATORS: [(&str, Operator, u8); 12] = [
    ("|", Operator::BitOr, 1),
    ("^", Operator::BitXor, 2),
    ("&", Operator::BitAnd, 3),
    ("<<", Operator::ShiftLeft, 4),
    (">>", Operator::ShiftRight, 4),
    ("+", Operator::Add, 5),
    ("-", Operator::Subtract, 5),
    ("*", Operator::Multiply, 6),
    ("/", Operator::Divide, 6),
    ("//", Operator::FloorDivide, 6),
    ("%", Operator::Remainder, 6),
    ("**", Operator::Power, POWER),
];

const SIGN: u8 = 7;
const POWER: u8 = 8;

const COMPARISONS: [(&str, Comparison); 7] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Less),
    ("<=", Comparison::LessEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterEqual),
    ("in", Comparison::In),
];

impl Operator {
    pub(super) fn symbol(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator, _)| *operator == self).expect("each is listed").0
    }
}

/// Words of Python that never name anything, with what they belong to where that is not read.
const KEYWORDS: [(&str, Option<&str>); 16] = [
    ("for", None),
    ("in", None),
    ("if", None),
    ("else", None),
    ("and", None),
    ("or", None),
    ("not", None),
    ("lambda", Some("functions (`lambda`)")),
    ("is", Some("tests of identity (`is`)")),
    ("await", Some("coroutines (`await`)")),
    ("async", Some("coroutines (`async`)")),
    ("yield", Some("coroutines (`yield`)")),
    ("None", Some("values of `None`")),
    ("import", Some("statements (`import`)")),
    ("def", Some("statements (`def`)")),
    ("class", Some("statements (`class`)")),
];

type Parsed<T> = Result<T, PythonError>;

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

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    end: usize,
    levels: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at)
    }

    fn is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.is(text))
    }

    fn next_is(&self, text: &str) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|token| token.is(text))
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.is(text);
        self.at += usize::from(found);
        found
    }

    fn place(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, |token| token.span.clone())
    }

    /// What stands where something else is due; what it is part of, if that can be named.
    fn expected(&self, what: &'static str) -> PythonError {
        let Some(token) = self.peek() else {
            return PythonError::new(&self.place(), PythonErrorKind::Expected { what, found: None });
        };
        let word = KEYWORDS.iter().find(|(word, _)| token.is(word)).and_then(|(_, what)| *what);
        let symbol = match token.text {
            ":=" => Some("assignments (`:=`)"),
            "=" => Some("assignments and named arguments (`=`)"),
            "." => Some("attributes (`a.b`)"),
            ":" => Some("dictionaries, slices and functions (`:`)"),
            "..." => Some("ellipses (`...`)"),
            "{" => Some("sets and dictionaries (`{…}`)"),
            "[" => Some("subscripts (`a[i]`)"),
            "(" => Some("calls of anything but a named function"),
            "*" | "**" => Some("unpacked lists (`*a`)"),
            _ => None,
        };
        let quoted = token.kind == Kind::Text && self.at > 0 && self.tokens[self.at - 1].kind == Kind::Text;
        let kind = match word.or(symbol).or(quoted.then_some("texts side by side")) {
            Some(what) => PythonErrorKind::Unsupported { what },
            None => PythonErrorKind::Expected { what, found: Some(token.text.chars().take(60).collect()) },
        };
        PythonError::new(&self.place(), kind)
    }

    fn expect(&mut self, text: &'static str, what: &'static str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { Err(self.expected(what)) }
    }

    /// A tree from `start` to the last token read, over operands of at most so many levels.
    fn tree(&self, start: usize, below: usize, node: Node) -> Parsed<Tree> {
        let end = self.at.checked_sub(1).map_or(start, |last| self.tokens[last].span.end);
        let span = start..end.max(start);
        if below >= MOST_LEVELS {
            return Err(PythonError::new(&span, PythonErrorKind::TooDeep));
        }
        Ok(Tree { node, span, levels: below + 1 })
    }

    /// Reads a part, one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.levels == MOST_LEVELS {
            return Err(PythonError::new(&self.place(), PythonErrorKind::TooDeep));
        }
        self.levels += 1;
        let part = read(self)?;
        self.levels -= 1;
        Ok(part)
    }

    /// Anything: `a`, or `a if c else b`.
    fn expression(&mut self) -> Parsed<Tree> {
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

    fn either(&mut self) -> Parsed<Tree> {
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
        let signs: [(&str, fn(Box<Tree>) -> Node); 3] = [("-", Node::Negate), ("+", Node::Plus), ("~", Node::Invert)];
        for (text, node) in signs {
            if self.eat(text) {
                let operand = self.deeper(|parser| parser.operators(SIGN))?;
                return self.tree(start, operand.levels, node(Box::new(operand)));
            }
        }
        self.primary()
    }

    /// A number, a name, a call, a list or brackets.
    fn primary(&mut self) -> Parsed<Tree> {
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
        let unknown = || PythonError::new(&span, PythonErrorKind::UnknownFunction { name: name.to_owned() });
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
    fn items(&mut self, first: Tree, close: &'static str) -> Parsed<Vec<Tree>> {
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
    fn comprehension(&mut self, item: Tree, generator: bool) -> Parsed<Tree> {
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

fn is_keyword(token: &Token<'_>) -> bool {
    KEYWORDS.iter().any(|(word, _)| token.is(word))
}
