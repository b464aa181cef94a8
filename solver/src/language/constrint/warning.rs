//! What is accepted but perhaps not meant.

use std::fmt;
use std::ops::Range;

use super::super::render;

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
}

impl Warning {
    /// What may not be meant, as one sentence without its full stop.
    pub fn message(&self) -> String {
        let WarningKind::BracketsIgnored { read_as } = &self.kind;
        match read_as {
            Some(read_as) => format!("brackets group nothing: this is read as `{read_as}`"),
            None => "brackets group nothing: statements end at `;` wherever it stands".to_owned(),
        }
    }

    /// How to say what the brackets seem to say.
    pub fn hint(&self) -> Option<String> {
        let WarningKind::BracketsIgnored { read_as } = &self.kind;
        read_as.as_ref().map(|_| "give the part in brackets a name of its own: `part == …;`".to_owned())
    }

    /// The warning with its line and a caret, as [`SyntaxError::render`](crate::language::SyntaxError::render) has it.
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
