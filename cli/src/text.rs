//! Text on a terminal: how wide it is, wrapped, cut. Lines are at most [`WIDTH`] columns wide.

use crate::style::styled;
use anstyle::Style;
use std::borrow::Cow;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthChar;

pub(crate) use textwrap::core::display_width as columns;

/// Lines are no longer than this, where words allow it, on whatever terminal: an answer looks the same everywhere.
pub(crate) const WIDTH: usize = 100;

/// The words of a text on lines of at most `width` columns; a longer word has a line to itself.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let whole_words = Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(&words.join(" "), whole_words).into_iter().map(Cow::into_owned).collect()
}

/// A wrapped paragraph, indented by `indent` blanks.
pub(crate) fn paragraph(text: &str, indent: usize, style: Style) -> String {
    let blanks = " ".repeat(indent);
    let lines = wrap(text, WIDTH.saturating_sub(indent));
    lines.iter().flat_map(|line| [blanks.clone(), styled(style, line), "\n".to_owned()]).collect()
}

/// A user's text on one line, cut to `most` columns; what would steer a terminal becomes a blank.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let (mut short, mut width) = (String::new(), 0);
    for letter in text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }) {
        width += letter.width().unwrap_or(0);
        if width > most {
            short.push('…');
            break;
        }
        short.push(letter);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap(" one  two-three\nfour five ", 9), ["one", "two-three", "four five"]);
        assert_eq!(wrap("a much_longer_word b", 4), ["a", "much_longer_word", "b"]);
        assert_eq!(wrap("漢字 漢字 漢字", 9), ["漢字 漢字", "漢字"]);
    }

    #[test]
    fn what_is_cut_has_the_width() {
        assert_eq!(shortened("tile\tsize", 9), "tile size");
        assert_eq!(shortened("tile\u{1b}[size", 6), "tile […");
        assert_eq!(shortened("漢字漢字", 5), "漢字…");
        assert_eq!(shortened("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}e\u{301}…");
    }
}
