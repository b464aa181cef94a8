//! What Python has and is not read, by the token at which that shows.

use super::error::{PythonError, PythonErrorKind};
use super::lexer::{Kind, Token};
use super::parser::Parser;

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

/// Whether a token is a word that names nothing.
pub(super) fn is_keyword(token: &Token<'_>) -> bool {
    KEYWORDS.iter().any(|(word, _)| token.is(word))
}

impl Parser<'_> {
    /// What stands where something else is due; what it is part of, if that can be named.
    pub(super) fn expected(&self, what: &'static str) -> PythonError {
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
}
