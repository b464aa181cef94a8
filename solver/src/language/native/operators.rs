//! Operators between two operands, and how tightly they bind.

use super::super::lexer::{Token, TokenKind};
use crate::model::Comparison;

/// How tightly an operator binds, loosest first, as in Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// `a if c else b`
    Conditional,
    /// `->`
    Implication,
    /// `or`
    Disjunction,
    /// `and`
    Conjunction,
    /// `not`
    Negation,
    /// `== != < <= > >= in`
    Comparison,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `&`
    BitAnd,
    /// `<< >>`
    Shift,
    /// `+ -`
    Sum,
    /// `* / // %`
    Product,
    /// `-x`
    Sign,
    /// `**`
    Power,
    /// Numbers, names, calls and brackets.
    Primary,
}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Infix {
    Implies,
    Or,
    And,
    Compare(Comparison),
    In,
    NotIn,
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

impl Infix {
    /// The operator that starts at the first of these tokens, and how many of them it takes.
    pub(super) fn read(tokens: &[Token<'_>]) -> Option<(Self, usize)> {
        let first = tokens.first().filter(|token| matches!(token.kind, TokenKind::Symbol | TokenKind::Name))?;
        if first.is("not") {
            return tokens.get(1).filter(|second| second.is("in")).map(|_| (Self::NotIn, 2));
        }
        Self::of(first.text).map(|infix| (infix, 1))
    }

    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "->" => Self::Implies,
            "or" | "||" => Self::Or,
            "and" | "&&" => Self::And,
            "in" => Self::In,
            "==" => Self::Compare(Comparison::Equal),
            "!=" => Self::Compare(Comparison::NotEqual),
            "<" => Self::Compare(Comparison::Less),
            "<=" => Self::Compare(Comparison::LessEqual),
            ">" => Self::Compare(Comparison::Greater),
            ">=" => Self::Compare(Comparison::GreaterEqual),
            "|" => Self::BitOr,
            "^" => Self::BitXor,
            "&" => Self::BitAnd,
            "<<" => Self::ShiftLeft,
            ">>" => Self::ShiftRight,
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "//" => Self::FloorDivide,
            "%" => Self::Remainder,
            "**" => Self::Power,
            _ => return None,
        })
    }

    /// How tightly it binds.
    pub(super) fn level(self) -> Level {
        match self {
            Self::Implies => Level::Implication,
            Self::Or => Level::Disjunction,
            Self::And => Level::Conjunction,
            Self::Compare(_) | Self::In | Self::NotIn => Level::Comparison,
            Self::BitOr => Level::BitOr,
            Self::BitXor => Level::BitXor,
            Self::BitAnd => Level::BitAnd,
            Self::ShiftLeft | Self::ShiftRight => Level::Shift,
            Self::Add | Self::Subtract => Level::Sum,
            Self::Multiply | Self::Divide | Self::FloorDivide | Self::Remainder => Level::Product,
            Self::Power => Level::Power,
        }
    }

    /// What its right operand must bind at least as tightly as.
    pub(super) fn right_level(self) -> Level {
        match self {
            Self::Implies => Level::Disjunction,
            Self::Or => Level::Conjunction,
            Self::And => Level::Negation,
            Self::Compare(_) | Self::In | Self::NotIn => Level::BitOr,
            Self::BitOr => Level::BitXor,
            Self::BitXor => Level::BitAnd,
            Self::BitAnd => Level::Shift,
            Self::ShiftLeft | Self::ShiftRight => Level::Sum,
            Self::Add | Self::Subtract => Level::Product,
            // The sign binds looser than a power on its right, but may start an exponent: 2 ** -x ** 2.
            Self::Multiply | Self::Divide | Self::FloorDivide | Self::Remainder | Self::Power => Level::Sign,
        }
    }
}
