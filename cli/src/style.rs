//! The few styles that words on a terminal have.

use anstyle::{AnsiColor, Style};

/// A heading.
pub(crate) const HEAD: Style = Style::new().bold();
/// Something that holds.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Something that does not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Something to look at.
pub(crate) const NOTABLE: Style = AnsiColor::Yellow.on_default();
/// Something to look at last.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// As it is.
pub(crate) const PLAIN: Style = Style::new();

/// The text in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}
