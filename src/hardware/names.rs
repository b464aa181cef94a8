//! How a name that a user writes finds a name of the catalog.

/// The fewest letters to insert, drop or replace.
pub(super) use strsim::levenshtein as edit_distance;

/// Words that a driver or a shop puts before a GPU's name and the catalog leaves out.
const NOISE: [&str; 2] = ["nvidia", "geforce"];
/// How many names a hint offers.
const MAX_SUGGESTIONS: usize = 3;

/// The indices of the names that the query means, by the first of these ranks in which any name matches:
///
/// 1. the whole name,
/// 2. its leading words (`B200` is `B200 (HGX)`, not `GB200`),
/// 3. words in a row anywhere (`4090`),
/// 4. the query's words, each a word of the name, in any order (`H100 80GB`),
/// 5. the beginning of the name (`h100-sxm`),
/// 6. the beginning of a word (`pro 6000 black`),
/// 7. any part.
///
/// Case, blanks and punctuation never count.
pub(super) fn matches<'a>(query: &str, names: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let query_words = words(query);
    let key = query_words.concat();
    if key.is_empty() {
        return Vec::new();
    }
    let ranked: Vec<(usize, usize)> = names
        .enumerate()
        .filter_map(|(index, name)| rank(&query_words, &key, &words(name)).map(|rank| (rank, index)))
        .collect();
    let best = ranked.iter().map(|(rank, _)| *rank).min();
    ranked.into_iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, index)| index).collect()
}

/// The rank of the match as numbered in [`matches()`]; `None` if there is none.
fn rank(query_words: &[String], key: &str, name_words: &[String]) -> Option<usize> {
    let tails = || (0..name_words.len()).map(|start| &name_words[start..]);
    let leads = |words: &[String]| (1..=words.len()).any(|end| words[..end].concat() == key);
    let name = name_words.concat();
    let ranks = [
        name == key,
        leads(name_words),
        tails().any(leads),
        query_words.iter().all(|word| name_words.contains(word)),
        name.starts_with(key),
        tails().any(|words| words.concat().starts_with(key)),
        name.contains(key),
    ];
    ranks.iter().position(|&matched| matched)
}

/// The words of a name: runs of letters and digits, in lower case, without the maker's.
pub(super) fn words(name: &str) -> Vec<String> {
    name.split(|letter: char| !letter.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty() && !NOISE.contains(&word.as_str()))
        .collect()
}

/// The names nearest to what was written, all equally near, as far as they resemble it at all.
///
/// A name's leading words count as the name, so that a slip in `H1OO` is mended without the rest of the name.
pub(super) fn nearest<'a>(query: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let key = words(query).concat();
    let tolerated = (key.chars().count() / 3).max(1);
    let distance = |name: &str| {
        let words = words(name);
        (1..=words.len()).map(|end| edit_distance(&key, &words[..end].concat())).min()
    };
    let near: Vec<(usize, &str)> =
        names.filter_map(|name| Some((distance(name).filter(|&distance| distance <= tolerated)?, name))).collect();
    let least = near.iter().map(|(distance, _)| *distance).min();
    let nearest = near.into_iter().filter(|(distance, _)| Some(*distance) == least);
    nearest.take(MAX_SUGGESTIONS).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::hardware::{catalog, find};

    #[test]
    fn names_match_by_any_unambiguous_part() {
        for (written, meant) in [
            ("H100 SXM5 80GB", "H100 SXM5 80GB"),
            ("h100_sxm5-80gb", "H100 SXM5 80GB"),
            ("h100-sxm", "H100 SXM5 80GB"),
            ("H100 80GB", "H100 SXM5 80GB"),
            ("h100 pcie", "H100 PCIe"),
            ("4090", "RTX 4090"),
            ("NVIDIA GeForce RTX 4090", "RTX 4090"),
            ("rtx3090", "RTX 3090"),
            ("L40S", "L40S"),
            ("L4", "L4"),
            ("A10", "A10"),
            ("A30", "A30"),
            ("B200", "B200 (HGX)"),
            ("B200(HGX)", "B200 (HGX)"),
            ("gb200", "GB200 (per GPU)"),
            ("GB10", "GB10 (DGX Spark)"),
            ("spark", "GB10 (DGX Spark)"),
            ("thor", "Jetson AGX Thor (T5000)"),
            ("rtx 6000", "RTX 6000 Ada"),
            ("rtx pro 6000 server", "RTX PRO 6000 Blackwell Server"),
        ] {
            assert_eq!(find(written).map(|gpu| gpu.name.as_str()), Ok(meant), "{written}");
        }
    }

    #[test]
    fn an_earlier_rank_hides_the_later_ones() {
        // Each name matches `x1` by the rank of its place.
        let names = ["X1", "X1 big", "old X1 big", "X1s", "old X1s", "oldX1s"];
        for rank in 0..names.len() {
            assert_eq!(
                matches("x-1", names[rank..].iter().rev().copied()),
                [names.len() - 1 - rank],
                "{}",
                names[rank]
            );
        }
        assert_eq!(matches("big x1", ["big old X1", "bigX1 two", "X1 small"].into_iter()), [1]);
        assert_eq!(matches("big x1", ["big old X1", "old bigX1s", "X1 small"].into_iter()), [0]);
    }

    #[test]
    fn every_name_finds_itself() {
        for gpu in catalog().gpus() {
            assert_eq!(find(&gpu.name), Ok(gpu));
            assert_eq!(find(&gpu.name.to_uppercase().replace(' ', "-")), Ok(gpu));
        }
    }

    #[test]
    fn an_ambiguous_name_lists_its_candidates() {
        for (written, count) in [("A100", 4), ("a100 80gb", 2), ("H100", 3), ("V100", 2), ("Orin", 3), ("PRO 6000", 2)]
        {
            let Err(Error::AmbiguousGpu { candidates, name }) = find(written) else { panic!("{written}") };
            assert_eq!((name.as_str(), candidates.len()), (written, count), "{candidates:?}");
        }
    }

    #[test]
    fn an_unknown_name_offers_the_nearest() {
        let nearest = |written: &str| match find(written) {
            Err(Error::UnknownGpu { nearest, .. }) => nearest,
            other => panic!("{written}: {other:?}"),
        };
        assert_eq!(nearest("RTX 4091"), ["RTX 4090"]);
        assert_eq!(nearest("H20O"), ["H200 SXM 141GB"]);
        assert_eq!(nearest("Radeon VII"), Vec::<String>::new());
        assert_eq!(nearest(""), Vec::<String>::new());
        assert_eq!(nearest("NVIDIA"), Vec::<String>::new());
    }

    #[test]
    fn edit_distances() {
        for (from, to, distance) in
            [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!(edit_distance(from, to), distance, "{from} {to}");
        }
    }
}
