//! Which bracket closes which, checked before anything else is read into them.

use super::error::{MAX_NESTING, SyntaxError, SyntaxErrorKind};
use super::lexer::{Token, TokenKind};

/// For each opening bracket among the tokens, the index of the one that closes it; 0 for all other tokens.
pub(super) fn partners(tokens: &[Token<'_>]) -> Result<Vec<usize>, SyntaxError> {
    let mut partners = vec![0; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open if open.len() == MAX_NESTING => {
                return Err(SyntaxError::at(token, SyntaxErrorKind::TooDeep));
            }
            TokenKind::Open => open.push(index),
            TokenKind::Close => {
                let opener = open.pop().ok_or_else(|| unopened(token))?;
                check_pair(&tokens[opener], token)?;
                partners[opener] = index;
            }
            _ => {}
        }
    }
    match open.pop() {
        Some(opener) => Err(unclosed(&tokens[opener], None)),
        None => Ok(partners),
    }
}

fn check_pair(open: &Token<'_>, close: &Token<'_>) -> Result<(), SyntaxError> {
    if matches!((open.text, close.text), ("(", ")") | ("[", "]") | ("{", "}")) {
        return Ok(());
    }
    Err(unclosed(open, Some(close.text.to_owned())))
}

fn unclosed(open: &Token<'_>, close: Option<String>) -> SyntaxError {
    SyntaxError::at(open, SyntaxErrorKind::UnclosedBracket { open: open.text.to_owned(), close })
}

fn unopened(close: &Token<'_>) -> SyntaxError {
    SyntaxError::at(close, SyntaxErrorKind::UnopenedBracket { close: close.text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::lexer::{SYMBOLS, tokens};
    use super::*;

    #[test]
    fn partners_are_found() {
        assert_eq!(partners(&tokens("(a[b]){}", &SYMBOLS)), Ok(vec![5, 0, 4, 0, 0, 0, 7, 0]));
    }

    #[test]
    fn the_opening_bracket_is_blamed() {
        assert_eq!(partners(&tokens("a + (b * [c)", &SYMBOLS)).map_err(|error| error.span), Err(9..10));
        assert_eq!(partners(&tokens("a + (b", &SYMBOLS)).map_err(|error| error.span), Err(4..5));
        assert_eq!(partners(&tokens("a + b)", &SYMBOLS)).map_err(|error| error.span), Err(5..6));
    }
}
