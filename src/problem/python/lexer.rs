//! Text to tokens.

use super::error::{PythonError, PythonErrorKind};
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
const SYMBOLS: [&str; 31] = [
    "...", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", ":=", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">",
    "(", ")", "[", "]", "{", "}", ",", ":", ".", "=",
];

/// All tokens of the text. Blanks, line breaks and comments separate them.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, PythonError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if first.is_ascii_whitespace() {
            at += 1;
            continue;
        } else if first == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if first.is_ascii_digit() || first == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit()) {
            number_length(rest)
        } else if is_word(first) {
            rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())
        } else if first == '\'' || first == '"' {
            let close = rest[1..].find([first, '\n']).filter(|&end| rest[1 + end..].starts_with(first));
            let unclosed = PythonError::new(&(at..text.len()), PythonErrorKind::UnclosedText);
            close.ok_or(unclosed)? + 2
        } else {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let unknown = PythonErrorKind::UnknownCharacter { character: first };
            symbol.ok_or_else(|| PythonError::new(&(at..at + first.len_utf8()), unknown))?.len()
        };
        let span = at..at + length;
        let kind = kind(&text[span.clone()], &span)?;
        tokens.push(Token { kind, text: &text[span.clone()], span });
        at += length;
    }
    Ok(tokens)
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn kind(text: &str, span: &Range<usize>) -> Result<Kind, PythonError> {
    let first = text.as_bytes()[0];
    if first.is_ascii_digit() || first == b'.' && text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        return number(text).map_err(|kind| PythonError::new(span, kind));
    }
    match first {
        b'\'' | b'"' if text.contains('\\') => {
            Err(PythonError::new(span, PythonErrorKind::Unsupported { what: "backslashes in a text" }))
        }
        b'\'' | b'"' => Ok(Kind::Text),
        _ if is_word(char::from(first)) => Ok(Kind::Name),
        _ => Ok(Kind::Symbol),
    }
}

/// Everything that belongs to a number or is glued to one, so that `3x` is one wrong number and not two tokens.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let in_base = rest.len() > 1 && bytes[0] == b'0' && b"xXoObB".contains(&bytes[1]);
    let mut length = 0;
    while let Some(&byte) = bytes.get(length) {
        let sign_of_exponent =
            !in_base && matches!(byte, b'+' | b'-') && length > 0 && matches!(bytes[length - 1], b'e' | b'E');
        if !(byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || sign_of_exponent) {
            break;
        }
        length += 1;
    }
    length
}

fn number(text: &str) -> Result<Kind, PythonErrorKind> {
    let wrong = || PythonErrorKind::Number { literal: text.chars().take(60).collect() };
    let lower = text.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find(|(prefix, _)| lower.starts_with(prefix));
    let (digits, base) = prefixed.map_or((&*lower, 10), |(_, base)| (&lower[2..], base));
    if prefixed.is_none() && lower.ends_with('j') {
        return Err(PythonErrorKind::Unsupported { what: "complex numbers" });
    }
    // An underscore stands between two digits, or between the prefix and the first.
    let digits = digits.strip_prefix('_').filter(|_| prefixed.is_some()).unwrap_or(digits);
    let whole = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_digit(base) || letter == '_');
    let parts = digits.split(['.', 'e', '+', '-']);
    let underscores_fit = |part: &str| !part.starts_with('_') && !part.ends_with('_') && !part.contains("__");
    if prefixed.is_none() && !parts.clone().all(underscores_fit) || prefixed.is_some() && !underscores_fit(digits) {
        return Err(wrong());
    }
    let plain = digits.replace('_', "");
    if whole(digits) {
        if base == 10 && plain.len() > 1 && plain.starts_with('0') && plain.bytes().any(|digit| digit != b'0') {
            return Err(wrong());
        }
        return i128::from_str_radix(&plain, base).map(Kind::Integer).map_err(|_| PythonErrorKind::TooLarge);
    }
    let starts_as_one = plain.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let real = plain.parse::<f64>().ok().filter(|_| prefixed.is_none() && starts_as_one);
    match real {
        Some(real) if real.is_finite() => Ok(Kind::Real(real)),
        Some(_) => Err(PythonErrorKind::TooLarge),
        None => Err(wrong()),
    }
}
