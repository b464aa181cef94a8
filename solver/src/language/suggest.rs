//! Which known names a misspelled one may have meant.

use itertools::Itertools;
use strsim::osa_distance;

/// Names longer than this are not compared letter by letter.
const LONGEST_COMPARED: usize = 64;

/// How many names one suggestion offers.
const MOST_OFFERED: usize = 3;

/// Shorter names are the last words of too many others.
const SHORTEST_LAST_WORD: usize = 3;

/// The known names nearest to a misspelled one, best first: at most a third of its letters, and at least one, may
/// differ, where two neighbours swapped are one. Upper and lower case differ by less than a letter. Behind these, those of
/// which it is the last words, the shortest first: `forward_stages` for `stages`.
pub(super) fn nearest(name: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    let tolerance = (name.len() / 3).max(1);
    let known: Vec<String> = known.into_iter().collect();
    let is_last = |other: &&String| {
        let before =
            other.to_ascii_lowercase().strip_suffix(&name.to_ascii_lowercase()).map(|before| before.ends_with('_'));
        name.len() >= SHORTEST_LAST_WORD && before == Some(true)
    };
    let mut longer: Vec<(usize, String)> =
        known.iter().filter(is_last).map(|other| (other.len(), other.clone())).collect();
    longer.sort();
    let mut found: Vec<(usize, String)> = known
        .into_iter()
        .filter(|other| other.len().abs_diff(name.len()) <= tolerance && other.len() <= LONGEST_COMPARED)
        .map(|other| (osa_distance(&name.to_ascii_lowercase(), &other.to_ascii_lowercase()), other))
        .filter(|(distance, other)| *distance <= tolerance && *distance < other.len().max(name.len()))
        .collect();
    found.sort();
    found.into_iter().chain(longer).map(|(_, other)| other).unique().take(MOST_OFFERED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (left, right, expected) in [
            ("", "abc", 3),
            ("block", "block", 0),
            ("blcok", "block", 1),
            ("tile", "tiles", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(osa_distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn the_nearest_come_first_and_strangers_not_at_all() {
        let known = ["block_m", "block_n", "warps", "K"].map(String::from);
        assert_eq!(nearest("blockm", known.clone()), ["block_m", "block_n"]);
        assert_eq!(nearest("k", known.clone()), ["K"]);
        assert_eq!(nearest("stages", known), Vec::<String>::new());
        let known =
            ["backward_shared_registers", "forward_registers", "backward_registers", "register", "registers_of_all"];
        let offered = ["register", "forward_registers", "backward_registers"];
        assert_eq!(nearest("registers", known.map(String::from)), offered);
        assert_eq!(nearest("rs", ["forward_rs".to_owned()]), Vec::<String>::new());
    }
}
