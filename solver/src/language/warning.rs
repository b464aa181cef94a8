//! What is accepted but perhaps not meant.

use std::fmt;
use std::ops::Range;

use super::render;

/// Something in a text that is accepted but perhaps not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is.
    pub kind: WarningKind,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
}

/// What may not be meant as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WarningKind {
    /// Brackets that would change the meaning if they grouped.
    BracketsIgnored {
        /// The statement as it is read, in the native dialect and shortened; none where the brackets span several.
        read_as: Option<String>,
    },
    /// `^`, which is an operation on bits in the native dialect.
    PerhapsPower,
    /// The value of `and` or `or`, which is a truth here and an operand in Python.
    OperandAsValue,
    /// A comparison of what binary floating point rounds, and what is exact here.
    Rounded,
    /// `&`, `^` or `|` between two comparisons, which binds tighter than they do.
    BitsInComparison,
}

impl Warning {
    /// What may not be meant, as one sentence without its full stop.
    pub fn message(&self) -> String {
        match &self.kind {
            WarningKind::BracketsIgnored { read_as: Some(read_as) } => {
                format!("brackets group nothing: this is read as `{read_as}`")
            }
            WarningKind::BracketsIgnored { read_as: None } => {
                "brackets group nothing: statements end at `;` wherever it stands".to_owned()
            }
            WarningKind::PerhapsPower => "`^` is the exclusive or of bits, as in Python, and no power".to_owned(),
            WarningKind::OperandAsValue => {
                "`and` and `or` give 0 or 1 here, where Python gives one of the operands".to_owned()
            }
            WarningKind::Rounded => {
                "this is compared exactly, where Python compares rounded numbers and may decide otherwise".to_owned()
            }
            WarningKind::BitsInComparison => {
                "`&`, `^` and `|` bind tighter than comparisons: this is a chain with their result in the middle"
                    .to_owned()
            }
        }
    }

    /// How to say what seems to be meant.
    pub fn hint(&self) -> Option<String> {
        Some(match &self.kind {
            WarningKind::BracketsIgnored { read_as: None } => return None,
            WarningKind::BracketsIgnored { read_as: Some(_) } => {
                "give the part in brackets a name of its own: `part == …;`".to_owned()
            }
            WarningKind::PerhapsPower => "a power is written `**`".to_owned(),
            WarningKind::OperandAsValue => "`a if condition else b` chooses a value".to_owned(),
            WarningKind::Rounded => "whole numbers on both sides mean the same everywhere".to_owned(),
            WarningKind::BitsInComparison => "put the comparisons in brackets: `(a > 1) & (b > 2)`".to_owned(),
        })
    }

    /// The warning with its line and a caret, as [`SyntaxError::render`](super::SyntaxError::render) has it.
    ///
    /// # Panics
    /// If `text` is another text than the one that was parsed, and the place is not in it.
    pub fn render(&self, text: &str, origin: &str, color: bool) -> String {
        let said = render::Said { error: false, message: self.message(), hint: self.hint(), span: self.span.clone() };
        said.render(text, origin, color)
    }
}

/// One line: what and where.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message(), self.span.start)
    }
}
