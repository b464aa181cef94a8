//! Bars, as wide as a part is of a whole.

/// Characters of a bar.
const CELLS: usize = 24;
/// Parts of a character, from none to all but one.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// How much of a whole a part is: an eighth of a character at the finest.
pub(crate) fn bar(part: i64, whole: i64) -> String {
    let all = i128::try_from(8 * CELLS).expect("a narrow bar");
    let eighths = i128::from(part.max(0)) * all / i128::from(whole.max(1));
    let eighths = usize::try_from(eighths.clamp(0, all)).expect("no more than all");
    let (full, rest) = (eighths / 8, eighths % 8);
    let empty = CELLS - full - usize::from(rest > 0);
    format!("{}{}{}", "█".repeat(full), EIGHTHS[rest], "·".repeat(empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_exact_and_stay_within() {
        let drawn = |full: usize, rest: &str, empty: usize| "█".repeat(full) + rest + &"·".repeat(empty);
        assert_eq!(bar(0, 8), drawn(0, "", 24));
        assert_eq!(bar(8, 8), drawn(24, "", 0));
        assert_eq!(bar(3, 8), drawn(9, "", 15));
        assert_eq!(bar(3, 16), drawn(4, "▌", 19));
        assert_eq!(bar(99, 8), drawn(24, "", 0));
        assert_eq!(bar(i64::MAX, i64::MAX), drawn(24, "", 0));
        assert_eq!(bar(1, 0), drawn(24, "", 0));
        assert_eq!(bar(-1, 8), drawn(0, "", 24));
    }
}
