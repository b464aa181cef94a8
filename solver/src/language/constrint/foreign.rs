//! Tokens that no text of this dialect holds, and what to write instead.

use super::super::error::{SyntaxError, SyntaxErrorKind};
use super::super::lexer::{Token, TokenKind};

/// Refuses the first foreign token.
pub(super) fn refuse(tokens: &[Token<'_>]) -> Result<(), SyntaxError> {
    let previous = std::iter::once(None).chain(tokens.iter().map(Some));
    previous.zip(tokens).find_map(|(previous, token)| refusal(previous, token)).map_or(Ok(()), Err)
}

fn refusal(previous: Option<&Token<'_>>, token: &Token<'_>) -> Option<SyntaxError> {
    let kind = match token.kind {
        TokenKind::Unknown if instead(previous, token.text).is_none() => {
            SyntaxErrorKind::UnknownCharacter { character: token.text.chars().next()? }
        }
        TokenKind::Quoted => SyntaxErrorKind::Quoted,
        _ => SyntaxErrorKind::ForeignOperator { found: token.text.to_owned(), instead: instead(previous, token.text)? },
    };
    Some(SyntaxError::at(token, kind))
}

/// What to write instead of the token; none if it belongs to the dialect.
fn instead(previous: Option<&Token<'_>>, text: &str) -> Option<&'static str> {
    let after_operand = previous.is_some_and(|token| {
        matches!(token.kind, TokenKind::Number | TokenKind::Name | TokenKind::Close) && !is_word(token.text)
    });
    Some(match text {
        "-" if after_operand => "there is no subtraction: add the term on the other side of the comparison",
        "/" | "//" | "÷" => "there is no division: multiply the other side of the comparison",
        "**" | "²" | "³" => "write `^` for a power",
        "=" | ":=" => "write `==`",
        "=<" => "write `<=`",
        "=>" => "write `>=`",
        "<>" | "~=" => "write `!=`",
        "&" | "&&" | "∧" => "write `;` between conditions",
        "∨" => "write `|` between conditions",
        "and" if after_operand => "write `;` between conditions",
        "or" if after_operand => "write `|` between conditions",
        "in" if after_operand => "write `==` before the list",
        "!" | "~" => "write `!=`, or the opposite comparison",
        "->" | "<<" | ">>" | "?" | ":" | "." => "see the operators of ConstrINT text",
        "{" | "}" => "write a list in square brackets: `[1, 2, 3]`",
        _ => return None,
    })
}

/// Whether the name could be a word between two operands; two names side by side are wrong in any case.
fn is_word(text: &str) -> bool {
    matches!(text, "and" | "or" | "in")
}
