//! Where leaving brackets out changes the meaning.
//!
//! What stands in a pair of brackets is read as a unit without them, too, if its loosest operator binds tighter than
//! the operators next to the brackets, or as tightly where the side does not matter (`a + (b + c)`). Otherwise the pair
//! matters. If no pair matters, the whole means the same with and without.

use std::ops::Range;

use super::super::lexer::{Token, TokenKind};

/// How tightly an operator binds; smaller is looser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Comma,
    Statement,
    Alternative,
    Comparison,
    Remainder,
    Sum,
    Product,
    Power,
    /// No operator at all.
    Operand,
}

impl Level {
    /// Of an operator between two operands.
    fn of(token: &Token<'_>) -> Option<Self> {
        Some(match token.text {
            "," => Self::Comma,
            ";" => Self::Statement,
            "|" | "||" => Self::Alternative,
            "==" | "!=" | "<" | "<=" | ">" | ">=" => Self::Comparison,
            "%" => Self::Remainder,
            "+" => Self::Sum,
            "*" => Self::Product,
            "^" => Self::Power,
            _ => return None,
        })
    }

    /// Whether a unit of this level may stand at the right of an operator of the same level without brackets.
    fn opens_right(self) -> bool {
        !matches!(self, Self::Comparison | Self::Remainder)
    }

    /// The same at the left.
    fn opens_left(self) -> bool {
        !matches!(self, Self::Comparison | Self::Power)
    }
}

/// The places of all pairs of round brackets that matter, in order. Of several around the same, the outermost counts.
pub(super) fn that_matter(tokens: &[Token<'_>], partners: &[usize]) -> Vec<Range<usize>> {
    let mut open: Vec<Pair> = Vec::new();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => open.push(Pair { open: index, loosest: Level::Operand }),
            TokenKind::Close => {
                let pair = open.pop().expect("brackets come in pairs");
                if token.is("]") {
                    continue;
                }
                if pair.matters(tokens, partners) {
                    found.push(tokens[pair.open].start..token.span().end);
                } else if let Some(around) = open.last_mut() {
                    // As good as without brackets: what is inside belongs to what is around.
                    around.loosest = around.loosest.min(pair.loosest);
                }
            }
            _ => {
                if let (Some(level), Some(pair)) = (Level::of(token), open.last_mut()) {
                    pair.loosest = pair.loosest.min(level);
                }
            }
        }
    }
    found.sort_by_key(|place| place.start);
    found
}

struct Pair {
    /// The index of the opening bracket.
    open: usize,
    /// The loosest operator inside.
    loosest: Level,
}

impl Pair {
    fn matters(&self, tokens: &[Token<'_>], partners: &[usize]) -> bool {
        let close = partners[self.open];
        if is_cut(&tokens[self.open + 1..close]) {
            return true;
        }
        let left = tokens[..self.open].last().filter(|token| !token.is("("));
        let right = tokens.get(close + 1).filter(|token| !token.is(")"));
        let level = |token: Option<&Token<'_>>| token.and_then(Level::of);
        level(left).is_some_and(|left| left > self.loosest || left == self.loosest && !left.opens_right())
            || level(right).is_some_and(|right| right > self.loosest || right == self.loosest && !right.opens_left())
    }
}

/// Whether the inside starts or ends with an operator that has its other operand outside, or is empty.
fn is_cut(inside: &[Token<'_>]) -> bool {
    let first = inside.first().is_none_or(|token| Level::of(token).is_some());
    let last = inside.last().is_none_or(|token| Level::of(token).is_some_and(|level| level != Level::Statement));
    first || last
}
