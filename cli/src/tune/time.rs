//! What the last line of a command says of a time.

/// Units, and what they are in milliseconds.
const UNITS: [(&str, f64); 6] = [("ms", 1.0), ("us", 1e-3), ("µs", 1e-3), ("ns", 1e-6), ("s", 1e3), ("", 1.0)];

/// The time in milliseconds: a positive number, perhaps with a unit behind it, and a word and `:` or `=` before it, whose ending may be the
/// unit: `0.5`, `12.5 us`, `time: 0.3 ms`, `time_us=12.5`.
pub(super) fn milliseconds(line: &str) -> Option<f64> {
    let (label, said) = match line.rsplit_once([':', '=']) {
        Some((label, said)) => (label.trim(), said.trim()),
        None => ("", line.trim()),
    };
    let number = said.trim_end_matches(|letter: char| letter.is_alphabetic());
    let unit = &said[number.len()..];
    let unit = if unit.is_empty() { label.rsplit_once('_').map_or("", |(_, ending)| ending) } else { unit };
    let known = UNITS.iter().find(|(known, _)| *known == unit);
    // The ending of a label need not be a unit.
    let scale = known.map(|one| one.1).or((said.len() == number.len()).then_some(1.0))?;
    let time_ms = number.trim().parse::<f64>().ok()? * scale;
    (time_ms.is_finite() && time_ms > 0.0).then_some(time_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_units() {
        for (line, expected) in [
            ("0.5", 0.5),
            (" 12 ", 12.0),
            ("12.5 us", 0.0125),
            ("12.5us", 0.0125),
            ("3µs", 0.003),
            ("2e-3 s", 2.0),
            ("time: 0.3 ms", 0.3),
            ("time_us=12.5", 0.0125),
            ("kernel 7: time = 1.5", 1.5),
            ("best_case: 2", 2.0),
            ("1e3 ns", 1e-3),
        ] {
            let found = milliseconds(line).unwrap_or_else(|| panic!("{line}"));
            assert!((found - expected).abs() <= 1e-12 * expected, "{line}: {found}");
        }
    }

    #[test]
    fn nonsense_is_no_time() {
        for line in ["", "fast", "-1", "0", "nan", "inf", "1 2", "1.2.3", "5 min", "time:", "1e400", "ms", "0x10"] {
            assert_eq!(milliseconds(line), None, "{line}");
        }
    }
}
