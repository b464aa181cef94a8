//! Text to tokens, for every dialect, and for other languages whose words, numbers, strings and comments look alike.
//!
//! The lexer refuses nothing: what no dialect knows becomes [`TokenKind::Unknown`], so that a dialect can point at it
//! and say what to write instead. Blanks and comments (`#` to the end of the line) separate tokens and are dropped.
//!
//! ```
//! use constrint_solver::language::lexer::{TokenKind, tokens};
//!
//! let found: Vec<_> = tokens("a <<= 0x1F # all", &["<<=", "<="]).iter().map(|token| (token.kind, token.text)).collect();
//! assert_eq!(found, [(TokenKind::Name, "a"), (TokenKind::Symbol, "<<="), (TokenKind::Number, "0x1F")]);
//! ```

use std::ops::Range;

use winnow::ascii::{digit1, multispace1};
use winnow::combinator::{alt, dispatch, fail, opt, peek, preceded, repeat};
use winnow::error::EmptyError;
use winnow::prelude::*;
use winnow::stream::LocatingSlice;
use winnow::token::{any, one_of, take_till, take_while};

/// What a token is; what it says is its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Starts like a number; a [`Literal`](super::Literal), if it is one.
    Number,
    /// A letter or `_`, then letters, digits and `_`; keywords too.
    Name,
    /// A string literal, with its quotes; the closing one is missing where the text ends before it.
    Quoted,
    /// An operator or other punctuation.
    Symbol,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// One character that starts no token.
    Unknown,
}

/// A piece of text with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: TokenKind,
    /// What it says.
    pub text: &'t str,
    /// Where it starts, in bytes.
    pub start: usize,
}

impl Token<'_> {
    /// The bytes that it covers.
    pub fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Whether it is this keyword or symbol. Texts of different kinds never coincide: a string keeps its quotes.
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// The symbols of the native dialect and of `ConstrINT`, and some of other languages, to be pointed at.
pub const SYMBOLS: [&str; 34] = [
    "**", "//", "->", "=>", "=<", "==", "!=", "<=", ">=", "<>", "<<", ">>", "&&", "||", ":=", "~=", "+", "-", "*", "/",
    "%", "<", ">", "=", "!", "&", "|", "^", ",", ";", ":", ".", "?", "~",
];

type Input<'t> = LocatingSlice<&'t str>;
type Lexed<T> = Result<T, EmptyError>;

/// All tokens of the text, in linear time. Of the symbols, the first that fits is taken: a longer one stands before those
/// that it begins with.
pub fn tokens<'t>(text: &'t str, symbols: &[&str]) -> Vec<Token<'t>> {
    let mut input = LocatingSlice::new(text);
    let token = |input: &mut Input<'t>| token(input, symbols);
    preceded(separators, repeat(0.., token)).parse_next(&mut input).expect("every character belongs to some token")
}

fn token<'t>(input: &mut Input<'t>, symbols: &[&str]) -> Lexed<Token<'t>> {
    let symbol = || move |input: &mut Input<'t>| symbol(input, symbols);
    let kind = dispatch! {peek(any);
        '0'..='9' => number.value(TokenKind::Number),
        '.' => alt((number.value(TokenKind::Number), symbol().value(TokenKind::Symbol), any.value(TokenKind::Unknown))),
        'a'..='z' | 'A'..='Z' | '_' => word.value(TokenKind::Name),
        '"' | '\'' => quoted.value(TokenKind::Quoted),
        '(' | '[' | '{' => any.value(TokenKind::Open),
        ')' | ']' | '}' => any.value(TokenKind::Close),
        _ => alt((symbol().value(TokenKind::Symbol), any.value(TokenKind::Unknown))),
    };
    let ((kind, text), span) = kind.with_taken().with_span().parse_next(input)?;
    separators(input)?;
    Ok(Token { kind, text, start: span.start })
}

fn separators(input: &mut Input<'_>) -> Lexed<()> {
    repeat(0.., alt((multispace1.void(), ('#', take_till(0.., '\n')).void()))).parse_next(input)
}

/// Everything that belongs to a number or is glued to one, so that `3x` is one wrong number and not two tokens.
fn number(input: &mut Input<'_>) -> Lexed<()> {
    let body = alt((("0", one_of(['x', 'X', 'b', 'B', 'o', 'O'])).void(), decimal));
    (body, take_while(0.., ('a'..='z', 'A'..='Z', '0'..='9', '_', '.'))).void().parse_next(input)
}

fn decimal(input: &mut Input<'_>) -> Lexed<()> {
    let digits = || take_while(0.., ('0'..='9', '_'));
    let exponent = (one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1);
    (opt('.'), digit1, digits(), opt(('.', digits())), opt(exponent)).void().parse_next(input)
}

fn word(input: &mut Input<'_>) -> Lexed<()> {
    take_while(1.., ('a'..='z', 'A'..='Z', '0'..='9', '_')).void().parse_next(input)
}

fn quoted(input: &mut Input<'_>) -> Lexed<()> {
    let quote = one_of(['"', '\'']).parse_next(input)?;
    (take_till(0.., quote), opt(any)).void().parse_next(input)
}

fn symbol(input: &mut Input<'_>, symbols: &[&str]) -> Lexed<()> {
    for symbol in symbols {
        if opt(*symbol).parse_next(input)?.is_some() {
            return Ok(());
        }
    }
    fail.parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenKind::{Close, Name, Number, Open, Quoted, Symbol, Unknown};

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        tokens(text, &SYMBOLS).iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn the_longest_symbol_wins() {
        assert_eq!(kinds("a**-b"), [(Name, "a"), (Symbol, "**"), (Symbol, "-"), (Name, "b")]);
        assert_eq!(kinds("a->b<=c"), [(Name, "a"), (Symbol, "->"), (Name, "b"), (Symbol, "<="), (Name, "c")]);
    }

    #[test]
    fn what_is_glued_to_a_number_belongs_to_it() {
        assert_eq!(
            kinds("0x1F-1e-3+.5"),
            [(Number, "0x1F"), (Symbol, "-"), (Number, "1e-3"), (Symbol, "+"), (Number, ".5")]
        );
        assert_eq!(
            kinds("3x 1.2.3 2e-x"),
            [(Number, "3x"), (Number, "1.2.3"), (Number, "2e"), (Symbol, "-"), (Name, "x")]
        );
    }

    #[test]
    fn comments_and_blanks_are_dropped_and_anything_else_is_a_token() {
        assert_eq!(kinds(" # all\n(a)\t# rest"), [(Open, "("), (Name, "a"), (Close, ")")]);
        assert_eq!(kinds("'x' \"y ≤"), [(Quoted, "'x'"), (Quoted, "\"y ≤")]);
        assert_eq!(kinds("≤\0"), [(Unknown, "≤"), (Unknown, "\0")]);
    }

    #[test]
    fn places_are_bytes() {
        assert_eq!(tokens("≤ ab", &SYMBOLS)[1].span(), 4..6);
    }
}
