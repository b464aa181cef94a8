//! Errors as a user sees them: the line, a caret under the place, and the hint below.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use super::error::SyntaxError;

/// How many characters of a line are shown on each side of the place.
const CONTEXT: usize = 60;

impl SyntaxError {
    /// The error as lines of text, without a line break at the end.
    ///
    /// `text` is what was parsed, `origin` says where it came from, such as `problems/x.json: constraints[2]`; `color`
    /// asks for ANSI colours. Of a long line, 60 characters on each side of the place are shown.
    ///
    /// # Panics
    /// If `text` is another text than the one that was parsed, and the place is not in it.
    ///
    /// ```
    /// use constrint_solver::language::parse;
    /// use constrint_solver::model::Model;
    ///
    /// let text = "2 = 3 + 9";
    /// let error = parse(text, &Model::new()).unwrap_err();
    /// let shown = "\
    /// error: `=` is not an operator of this language
    ///  --> p.json: constraints[0]:1:3
    ///   |
    /// 1 | 2 = 3 + 9
    ///   |   ^
    ///   |
    ///   = help: write `==` for equality";
    /// assert_eq!(error.render(text, "p.json: constraints[0]", false), shown);
    /// ```
    pub fn render(&self, text: &str, origin: &str, color: bool) -> String {
        let said = Said { error: true, message: self.message(), hint: self.hint(), span: self.span.clone() };
        said.render(text, origin, color)
    }
}

/// An error in a text of another language, as [`SyntaxError::render`] shows those of this one.
///
/// # Panics
/// If the place is not in the text.
///
/// ```
/// use constrint_solver::language::render_error;
///
/// let shown = render_error("no such word", Some("write `list`"), &(0..4), "lsit(a)", "p.json", false);
/// assert!(shown.starts_with("error: no such word") && shown.contains("^^^^"));
/// ```
pub fn render_error(
    message: &str,
    hint: Option<&str>,
    span: &Range<usize>,
    text: &str,
    origin: &str,
    color: bool,
) -> String {
    let (message, hint, span) = (message.to_owned(), hint.map(str::to_owned), span.clone());
    Said { error: true, message, hint, span }.render(text, origin, color)
}

/// What is said about a place in a text.
pub(super) struct Said {
    /// Whether it is an error, and not only a warning.
    pub(super) error: bool,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) span: Range<usize>,
}

impl Said {
    /// As [`SyntaxError::render`] promises.
    pub(super) fn render(&self, text: &str, origin: &str, color: bool) -> String {
        let (line, line_number) = self.line(text);
        let (window, span, elided) = window(&text[line.clone()], self.span_in(&line));
        let snippet = Snippet::source(window).line_start(line_number).annotation(AnnotationKind::Primary.span(span));
        let level = if self.error { Level::ERROR } else { Level::WARNING };
        let group = Group::with_title(level.primary_title(normalize_untrusted_str(&self.message)));
        let origin = normalize_untrusted_str(origin);
        let mut group = if elided {
            // The snippet would count its columns from where it was cut off.
            let column = text[line.start..self.span.start].chars().count() + 1;
            group.element(Origin::path(origin).line(line_number).char_column(column)).element(snippet)
        } else {
            group.element(snippet.path(origin))
        };
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(normalize_untrusted_str(hint)));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }

    /// The line in which the place starts, without its end, and its number from 1.
    fn line(&self, text: &str) -> (Range<usize>, usize) {
        let before = &text[..self.span.start];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let end = text[self.span.start..].find('\n').map_or(text.len(), |length| self.span.start + length);
        (start..end, before.matches('\n').count() + 1)
    }

    /// The place within a line, cut off at its end.
    fn span_in(&self, line: &Range<usize>) -> Range<usize> {
        self.span.start - line.start..self.span.end.min(line.end) - line.start
    }
}

/// The part of a line around a span, the span within it, and whether the line was cut off before it.
fn window(line: &str, span: Range<usize>) -> (String, Range<usize>, bool) {
    let first = line[..span.start].char_indices().rev().nth(CONTEXT - 1).map_or(0, |(index, _)| index);
    let shown = line[span.start..].char_indices().nth(CONTEXT).map_or(line.len(), |(index, _)| span.start + index);
    let left = if first > 0 { "…" } else { "" };
    let right = if shown < line.len() { "…" } else { "" };
    let offset = left.len();
    let span = span.start - first + offset..span.end.min(shown) - first + offset;
    (format!("{left}{}{right}", &line[first..shown]), span, first > 0)
}
