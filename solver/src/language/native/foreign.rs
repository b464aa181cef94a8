//! What other languages would write here, refused with what to write instead.

use super::super::error::{SyntaxError, SyntaxErrorKind};
use super::super::lexer::{Token, TokenKind};

/// Refuses the first token that has no place anywhere in the native dialect.
pub(super) fn refuse(tokens: &[Token<'_>]) -> Result<(), SyntaxError> {
    match tokens.iter().find_map(|token| Some((token, fault(token)?))) {
        Some((token, kind)) => Err(SyntaxError::at(token, kind)),
        None => Ok(()),
    }
}

fn fault(token: &Token<'_>) -> Option<SyntaxErrorKind> {
    match token.kind {
        TokenKind::Quoted => Some(SyntaxErrorKind::Quoted),
        TokenKind::Unknown => {
            let character = token.text.chars().next()?;
            Some(SyntaxErrorKind::UnknownCharacter { character })
        }
        TokenKind::Name if token.is("for") => Some(SyntaxErrorKind::Comprehension),
        TokenKind::Name | TokenKind::Symbol => {
            let found = token.text.to_owned();
            Some(SyntaxErrorKind::ForeignOperator { found, instead: instead(token.text)? })
        }
        TokenKind::Number | TokenKind::Open | TokenKind::Close => None,
    }
}

fn instead(text: &str) -> Option<&'static str> {
    Some(match text {
        "=" | ":=" | "is" => "write `==` for equality",
        "<>" | "~=" => "write `!=`",
        "=<" => "write `<=`",
        "=>" => "write `->` for an implication, `>=` for \"at least\"",
        "?" | ":" => "write `a if condition else b`",
        ";" => "one text holds one expression; join them with `and`",
        "lambda" => "an expression defines no functions",
        _ => return None,
    })
}
