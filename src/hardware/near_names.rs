//! Which names of the catalog are offered for one that it lacks.

use super::names::{NOISE, is_memory, without, words};
use strsim::levenshtein;

/// How many names a hint offers.
const MOST: usize = 3;

/// How near a name is to what was written, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// It has the word that names the model: `RTX 5090` for `RTX 5090 D`.
    Model,
    /// It is of the same series and few letters away: `RTX 4060 Laptop` for `RTX 4050 Laptop`.
    Series,
    /// It begins with the same letter and is few letters away.
    Letters,
}

/// The names nearest to what was written, as far as they resemble it at all: those of the same model before those of the
/// same series before others, and of these the ones that the fewest letters make equal.
///
/// A name's leading words count as the name, so that a slip in `H1OO` is mended without the rest of the name.
pub(super) fn nearest<'a>(query: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let query = without(&words(query), &NOISE);
    let mut near: Vec<(Nearness, usize, usize, &str)> = names.filter_map(|name| near(&query, name)).collect();
    near.sort_by_key(|&(nearness, distance, whole, _)| (nearness, distance, whole));
    let best = near.first().map(|&(nearness, distance, _, _)| (nearness, distance));
    let is_best = |nearness: Nearness, distance: usize| {
        best.is_some_and(|best| nearness == best.0 && (nearness == Nearness::Model || distance == best.1))
    };
    let nearest = near.into_iter().filter(|&(nearness, distance, _, _)| is_best(nearness, distance));
    nearest.take(MOST).map(|(_, _, _, name)| name.to_owned()).collect()
}

/// How near a name is, with the distance of its nearest leading words and that of the whole name.
fn near<'a>(query: &[String], name: &'a str) -> Option<(Nearness, usize, usize, &'a str)> {
    let words = without(&words(name), &NOISE);
    let key = query.concat();
    let distance = (1..=words.len()).map(|end| levenshtein(&key, &words[..end].concat())).min()?;
    let whole = levenshtein(&key, &words.concat());
    let is_few = distance <= (key.chars().count() / 3).max(1);
    let (written, known) = (model(query), model(&words));
    let nearness = if written.is_some() && written == known {
        Nearness::Model
    } else if is_few && written.zip(known).is_some_and(|(written, known)| series(written) == series(known)) {
        Nearness::Series
    } else if is_few && key.chars().next() == words.concat().chars().next() {
        Nearness::Letters
    } else {
        return None;
    };
    Some((nearness, distance, whole, name))
}

/// The word that names the model: the first with a digit that is no memory's size.
fn model(words: &[String]) -> Option<&str> {
    words
        .iter()
        .find(|word| word.contains(|letter: char| letter.is_ascii_digit()) && !is_memory(word))
        .map(String::as_str)
}

/// What the models of a series share: the letters before the digits, how many digits follow, and of a plain number all
/// but the last two.
fn series(model: &str) -> (&str, usize, &str) {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let (letters, rest) = model.split_at(model.find(is_digit).unwrap_or(model.len()));
    let digits = &rest[..rest.find(|letter| !is_digit(letter)).unwrap_or(rest.len())];
    let generation = if letters.is_empty() { &digits[..digits.len().saturating_sub(2)] } else { "" };
    (letters, digits.len(), generation)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Diagnostic;
    use crate::hardware::{HardwareError, find};

    #[test]
    fn an_unknown_name_offers_the_nearest() {
        for (written, offered) in [
            ("RTX 4091", &["RTX 4090", "RTX 4090 D", "RTX 4090 Laptop"][..]),
            ("RTX 5090 D", &["RTX 5090", "RTX 5090 Laptop"]),
            ("RTX 4050 Laptop", &["RTX 4060 Laptop", "RTX 4070 Laptop", "RTX 4080 Laptop"]),
            ("RTX A5500", &["RTX A4500", "RTX A5000"]),
            ("H10O SXM5 80GB", &["H100 SXM5 80GB"]),
            ("H100 96GB", &["H100 PCIe", "H100 NVL 94GB", "H100 SXM5 80GB"]),
            ("H20-3e", &["H20 96GB"]),
            ("A10M", &["A10", "A10G"]),
            ("RXT 4090", &["RTX 4090", "RTX 4090 D", "RTX 4090 Laptop"]),
            ("P100", &[]),
            ("GTX 1080 Ti", &[]),
            ("Radeon VII", &[]),
            ("", &[]),
            ("NVIDIA", &[]),
        ] {
            let Err(HardwareError::UnknownGpu { mut nearest, .. }) = find(written) else { panic!("{written}") };
            nearest.sort();
            let mut offered = offered.to_vec();
            offered.sort_unstable();
            assert_eq!(nearest, offered, "{written}");
        }
    }

    #[test]
    fn the_hint_tells_how_to_make_a_gpu_of_ones_own() {
        let hint = |name: &str| find(name).unwrap_err().hint().unwrap();
        assert_eq!(
            hint("RTX 5090 D"),
            "Did you mean `RTX 5090` or `RTX 5090 Laptop`? A GPU of your own starts from one of the catalog: \
             `{\"base\": \"RTX 5090\", \"sms\": …}`."
        );
        assert!(hint("P100").contains("`constrint gpus` lists the catalog") && hint("P100").contains("\"base\""));
    }
}
