//! [`Diagnostic`]: what an error says of itself, and how that is shown.

use super::Place;
use constrint_solver::language::render_error;
use std::fmt::Display;
use std::ops::Range;

/// What an error says of itself.
pub trait Diagnostic: Display {
    /// What is wrong, without the place.
    fn message(&self) -> String {
        self.to_string()
    }

    /// Where it is wrong.
    fn location(&self) -> Location<'_> {
        Location::Input
    }

    /// How to mend it, as a whole sentence, where something can be said.
    fn hint(&self) -> Option<String> {
        None
    }

    /// The place as a person reads it; `origin` is the file, or the flag, that was given, and may be empty.
    fn place(&self, origin: &str) -> Option<String> {
        let is_file = !origin.is_empty() && !origin.starts_with("--");
        match self.location() {
            Location::Nowhere => None,
            Location::Input => Some(origin.to_owned()).filter(|origin| !origin.is_empty()),
            // A flag or an argument that names a GPU has no field.
            Location::Gpu if is_file => Some(format!("{origin}: gpu")),
            Location::Gpu => Some(origin.to_owned()).filter(|origin| !origin.is_empty()),
            Location::Line { line, column } => Some(format!("{origin}:{line}:{column}")),
            // A flag is at fault, not the file.
            Location::Field(place) if origin.is_empty() || place.to_string().starts_with("--") => {
                Some(place.to_string())
            }
            Location::Field(place) if place.is_root() => Some(origin.to_owned()),
            Location::Field(place) => Some(format!("{origin}: {place}")),
            Location::Text { place, span, .. } => Some(format!("{origin}: {place}, byte {}", span.start)),
            Location::File { path, line: None } => Some(path.to_owned()),
            Location::File { path, line: Some(line) } => Some(format!("{path}:{line}")),
        }
    }

    /// The whole message for a person: place, what is wrong and how to mend it. An expression is shown with a caret under
    /// the fault; `color` asks for ANSI colours in it.
    fn render(&self, origin: &str, color: bool) -> String {
        let (message, hint) = (self.message(), self.hint());
        if let Location::Text { place, text, span } = self.location() {
            return render_error(&message, hint.as_deref(), span, text, &format!("{origin}: {place}"), color);
        }
        let place = self.place(origin).map(|place| format!("{place}: ")).unwrap_or_default();
        let hint = hint.map(|hint| format!("\n  help: {hint}")).unwrap_or_default();
        format!("error: {place}{message}{hint}")
    }
}

/// Where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location<'e> {
    /// In nothing that was read: a tool failed, a limit was reached.
    Nowhere,
    /// In what was given, as a whole.
    Input,
    /// In the GPU that was given, by whatever field or flag.
    Gpu,
    /// At a place in the text that was given.
    Line {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// In a field of what was given.
    Field(&'e Place),
    /// In the text of a field.
    Text {
        /// The field.
        place: &'e Place,
        /// Its text.
        text: &'e str,
        /// The bytes at fault.
        span: &'e Range<usize>,
    },
    /// In another file.
    File {
        /// Its path.
        path: &'e str,
        /// Counted from 1; none where the file as a whole is at fault.
        line: Option<usize>,
    },
}

/// The names in backquotes, joined as a sentence needs them: `a`, `b` or `c`.
pub(crate) fn alternatives(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
