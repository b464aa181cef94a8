//! Text to tokens: those of [`constrint_solver::language::lexer`], with what Python makes of them.

use super::error::{PythonError, PythonErrorKind};
use constrint_solver::language::lexer::{self, TokenKind};
use constrint_solver::language::{Literal, NumberFault};
use std::ops::Range;

/// A piece of text with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) span: Range<usize>,
}

/// What a token is; what it says is its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Integer(i128),
    Real(f64),
    Name,
    /// With its quotes.
    Text,
    /// An operator, a bracket or other punctuation.
    Symbol,
}

impl Token<'_> {
    /// Whether it is this keyword or symbol.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Name | Kind::Symbol) && self.text == text
    }
}

/// The longest first.
const SYMBOLS: [&str; 25] = [
    "...", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", ":=", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">",
    ",", ":", ".", "=",
];

/// All tokens of the text. Blanks, line breaks and comments separate them.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, PythonError> {
    let tokens = lexer::tokens(text, &SYMBOLS).into_iter();
    // To Python, a form feed is a blank.
    tokens.filter(|token| token.text != "\u{c}").map(|token| translated(token, text)).collect()
}

fn translated<'t>(token: lexer::Token<'t>, text: &'t str) -> Result<Token<'t>, PythonError> {
    let span = token.span();
    let kind = match token.kind {
        TokenKind::Number => {
            number(token.text).map_err(|fault| refused_number(fault, &text[span.start..], span.start))?
        }
        TokenKind::Name => Kind::Name,
        TokenKind::Quoted => quoted(token.text).map_err(|kind| {
            let end = if kind == PythonErrorKind::UnclosedText { text.len() } else { span.end };
            PythonError::new(&(span.start..end), kind)
        })?,
        TokenKind::Symbol | TokenKind::Open | TokenKind::Close => Kind::Symbol,
        TokenKind::Unknown => {
            let character = token.text.chars().next().expect("one character");
            return Err(PythonError::new(&span, PythonErrorKind::UnknownCharacter { character }));
        }
    };
    Ok(Token { kind, text: token.text, span })
}

/// A text ends on its line, and nothing in it is written in another way.
fn quoted(text: &str) -> Result<Kind, PythonErrorKind> {
    let closed = text.len() > 1 && text.ends_with(&text[..1]) && !text.contains('\n');
    match (closed, text.contains('\\')) {
        (false, _) => Err(PythonErrorKind::UnclosedText),
        (true, true) => Err(PythonErrorKind::Unsupported { what: "backslashes in a text" }),
        (true, false) => Ok(Kind::Text),
    }
}

/// The value of a literal: an integer exactly, any other as the nearest floating-point number.
fn number(text: &str) -> Result<Kind, NumberFault> {
    let Literal { base, digits, fraction, exponent } = Literal::read(text)?;
    // Behind the prefix of a base Python takes one underscore.
    if base != 10 && text[2..].starts_with("__") {
        return Err(NumberFault::Malformed);
    }
    if fraction.is_none() && exponent.is_none() {
        return i128::from_str_radix(&digits, base).map(Kind::Integer).map_err(|_| NumberFault::TooLarge);
    }
    let (fraction, exponent) = (fraction.unwrap_or_default(), exponent.unwrap_or("0".to_owned()));
    let real = format!("{digits}.{fraction}e{exponent}").parse().ok().filter(|real: &f64| real.is_finite());
    real.map(Kind::Real).ok_or(NumberFault::TooLarge)
}

/// Why a number is refused that begins a text.
fn refused_number(fault: NumberFault, rest: &str, start: usize) -> PythonError {
    let in_base = rest.starts_with('0') && rest[1..].starts_with(['x', 'X', 'o', 'O', 'b', 'B']);
    let word = |text: &str| text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    let mut length = word(rest);
    // A wrong number goes on behind the sign of an exponent: `2e-x` is one.
    while !in_base && rest[..length].ends_with(['e', 'E']) && rest[length..].starts_with(['+', '-']) {
        length += 1 + word(&rest[length + 1..]);
    }
    let literal = &rest[..length];
    let kind = match fault {
        NumberFault::TooLarge | NumberFault::TooPrecise => PythonErrorKind::TooLarge,
        _ if !in_base && literal.ends_with(['j', 'J']) => PythonErrorKind::Unsupported { what: "complex numbers" },
        NumberFault::Malformed | NumberFault::LeadingZero => {
            PythonErrorKind::Number { literal: literal.chars().take(60).collect() }
        }
    };
    PythonError::new(&(start..start + literal.len()), kind)
}

/// Whether a letter may be glued to a number.
fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '.'
}
